package desk

import (
	"maps"
	"slices"

	"github.com/slugline/slugline/internal/desk/membership"
	"github.com/slugline/slugline/internal/live"
	"github.com/slugline/slugline/internal/news"
)

// recordWork applies one record. It collects what the record touched, for Last-Event-ID
// and for open pages. The works for visits, orders, rules and sweeps are built on it.
type recordWork struct {
	*transaction
	record *news.Record // its At is never before that of the record before

	backlog     bool                // see news.Visit.Backlog; rules are backlog too
	reviews     bool                // a story is being reviewed by changed rules
	touched     []string            // ids of the stories that it touched, in order
	isTouched   map[string]bool     // the same as a set
	textChanged []string            // see news.Change.TextChanged
	topics      map[string]bool     // topics with a new edition
	rang        map[string][]string // see news.Change.Rang
	signatures  int                 // how many it stored so far
}

// do carries the record out. An error that wraps journal.ErrRefused means that nothing
// has changed.
func (w *recordWork) do() error {
	if err := validate(w.record); err != nil {
		return err
	}
	switch r := w.record; {
	case r.Visit != nil:
		return w.visit(r.Visit)
	case r.Order != nil:
		return w.order(r.Order)
	case r.Rules != nil:
		return w.enforce(r.Rules)
	case r.Sweep != nil:
		return w.sweep()
	case r.Heal != nil:
		return w.heal()
	case r.Adoption != nil:
		return w.adopt(r.Adoption)
	case r.Review != nil:
		return w.continueReview(r.Review)
	}
	return w.noteSent(w.record.Sent.Notices)
}

// validate refuses a record that no node can apply.
func validate(r *news.Record) error {
	kinds := 0
	for _, set := range []bool{r.Visit != nil, r.Order != nil, r.Rules != nil, r.Sweep != nil, r.Sent != nil, r.Heal != nil, r.Adoption != nil, r.Review != nil} {
		if set {
			kinds++
		}
	}
	switch {
	case kinds == 0:
		return refused("this version of Slugline does not know the kind of record %s", r.ID)
	case kinds > 1:
		return refused("record %s is of %d kinds", r.ID, kinds)
	}
	return nil
}

// noteSent stores that notices were sent.
func (w *recordWork) noteSent(ids []string) error {
	for _, id := range ids {
		n, err := w.Tx.Notices.Get(id)
		if err != nil {
			return err
		}
		if n == nil || n.Seq == 0 || !n.Sent.IsZero() {
			continue
		}
		n.Sent = w.record.At
		if err := w.Tx.Notices.Put(n); err != nil {
			return err
		}
	}
	return nil
}

// announce stores what the record touched, and queues it for open pages until after the
// commit.
func (w *recordWork) announce() error {
	if len(w.touched) == 0 && len(w.topics) == 0 && len(w.textChanged) == 0 {
		return nil
	}
	if w.record.Rules != nil || w.record.Review != nil {
		w.touched = nil // a reload is no news
	}
	c := news.Change{
		Seq: w.record.Seq, At: w.record.At, Backlog: w.backlog, Stories: w.touched,
		Topics: slices.Sorted(maps.Keys(w.topics)), TextChanged: w.textChanged, Rang: w.rang,
	}
	if len(c.Stories)+len(c.Topics) > 0 {
		w.events = append(w.events, live.Event{Seq: c.Seq, At: c.At, Backlog: c.Backlog, Stories: c.Stories, Topics: c.Topics})
	}
	return w.Tx.Changes.Put(c)
}

// touch records that a story changed: Flush writes it, open pages learn of it, and the
// editions that show it are new.
func (w *recordWork) touch(s *news.Story) error {
	s.Last = news.Later(s.Last, w.record.At)
	w.ChangeStory(s.ID)
	w.noteTouched(s)
	if s.HasHolds() && !membership.IsEntryItem(s) {
		if err := w.noteHeld(s); err != nil {
			return err
		}
	}
	for name := range s.Places {
		if _, in := s.Standing(name); !in {
			continue
		}
		if err := w.renew(name, 0); err != nil {
			return err
		}
	}
	return nil
}

// noteTouched has open pages learn of a story.
func (w *recordWork) noteTouched(s *news.Story) {
	if w.isTouched == nil {
		w.isTouched = map[string]bool{}
	}
	if !w.isTouched[s.ID] && !membership.IsEntryItem(s) {
		w.isTouched[s.ID] = true
		w.touched = append(w.touched, s.ID)
	}
}

// touchText records that a story's stored text was deleted or came back. That is no
// news, but search reads the story again.
func (w *recordWork) touchText(id string) {
	if id != "" && (len(w.textChanged) == 0 || w.textChanged[len(w.textChanged)-1] != id) {
		w.textChanged = append(w.textChanged, id)
	}
}

// renew records that a topic has a new edition from this record on, and how many
// stories it gained.
func (w *recordWork) renew(name string, gained int) error {
	t, err := w.Topic(name)
	if err != nil || t == nil {
		return err
	}
	t.Seq, t.Changed = w.record.Seq, news.Later(t.Changed, w.record.At)
	t.Count += gained
	if w.reviews {
		w.countReviewed(name, gained)
	}
	if w.topics == nil {
		w.topics = map[string]bool{}
	}
	w.topics[name] = true
	w.ChangeTopic(name)
	return nil
}

// renewAll records that every topic has a new edition.
func (w *recordWork) renewAll() error {
	for i := range w.rules.Topics {
		if err := w.renew(w.rules.Topics[i].Name, 0); err != nil {
			return err
		}
	}
	return nil
}

// sourceOf returns the source with an id, as takes name it. One that is no longer stored is known by its id
// alone.
func (w *recordWork) sourceOf(id string) (*news.SourceState, error) {
	src, err := w.Source(id)
	if err == nil && src == nil {
		src = &news.SourceState{Source: news.Source{ID: id, Name: id}}
	}
	return src, err
}

// takes prepares a story's takes for matching.
func (w *recordWork) takes(s *news.Story) ([]membership.Take, error) {
	all := make([]membership.Take, 0, len(s.Takes))
	for i := range s.Takes {
		t := &s.Takes[i]
		src, err := w.sourceOf(t.Source)
		if err != nil {
			return nil, err
		}
		doc, err := w.TakeDoc(t, src)
		if err != nil {
			return nil, err
		}
		all = append(all, membership.Take{Take: t, Doc: doc, Keyed: src.Keyed})
	}
	return all, nil
}

// maxSiblings bounds how many stories of an event are compared: the newest are.
const maxSiblings = 100

// siblings returns the newest stories of an event that were not merged away, the oldest
// first.
func (w *recordWork) siblings(event string) ([]*news.Story, error) {
	ev, err := w.Event(event)
	if err != nil {
		return nil, err
	}
	return w.storiesNamed(newest(ev))
}

// eventStories returns all stories that an event lists and that were not merged away, the
// oldest first.
func (w *recordWork) eventStories(ev *news.Event) ([]*news.Story, error) {
	return w.storiesNamed(ev.Stories)
}

// storiesNamed returns the stories with these ids that were not merged away, the oldest
// first.
func (w *recordWork) storiesNamed(ids []string) ([]*news.Story, error) {
	var all []*news.Story
	for _, id := range ids {
		s, err := w.Story(id)
		if err != nil {
			return nil, err
		}
		if s != nil && s.MergedInto == "" {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, compareAge)
	return all, nil
}

func newest(ev *news.Event) []string {
	return ev.Stories[max(0, len(ev.Stories)-maxSiblings):]
}

// compareAge orders stories by age: by their first record, their first entry and their
// id.
func compareAge(a, b *news.Story) int {
	switch {
	case a.ID == b.ID:
		return 0
	case isOlder(a, b):
		return -1
	}
	return 1
}

func isOlder(a, b *news.Story) bool {
	if a.Seq != b.Seq {
		return a.Seq < b.Seq
	}
	if !a.First.Equal(b.First) {
		return a.First.Before(b.First)
	}
	return a.ID < b.ID
}
