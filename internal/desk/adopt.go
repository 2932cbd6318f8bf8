package desk

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/news"
)

// adoptedKept is how long identities from before a restore are looked up: as long as
// sources may list the items again.
const adoptedKept = 90 * 24 * time.Hour

// maxAdoptedShift is how far the dates of two items with the same headline may be apart.
const maxAdoptedShift = 24 * time.Hour

// adopt stores what readers know from before a restore, and has every source asked anew:
// what it lists next is backlog.
func (w *recordWork) adopt(a *news.Adoption) error {
	w.backlog = true
	until := w.record.At.Add(adoptedKept)
	for _, s := range a.Stories {
		s.Until = until
		if w.rules.Fold < knowsTold {
			s.Shown = time.Time{} // nodes of older releases can't store it
		}
		if err := w.Tx.Adopted.PutStory(&s); err != nil {
			return err
		}
	}
	for _, e := range a.Entries {
		e.Until = until
		for _, key := range adoptedKeys(e.Source, e.Keys) {
			if err := w.Tx.Adopted.PutEntry(key, &e); err != nil {
				return err
			}
		}
	}
	if err := w.adoptNotices(a); err != nil {
		return err
	}
	return w.askAnew()
}

// adoptNotices stores which notices were made and sent before a restore, so that none of them
// is sent again.
func (w *recordWork) adoptNotices(a *news.Adoption) error {
	for _, n := range a.Notices {
		switch old, err := w.Tx.Notices.Get(n.ID); {
		case err != nil:
			return err
		case old == nil:
			n.Seq = w.record.Seq
		case old.Sent.IsZero() && !n.Sent.IsZero() && old.Seq != 0:
			sent := n.Sent
			n = *old
			n.Sent = sent
		default:
			continue
		}
		if err := w.Tx.Notices.Put(&n); err != nil {
			return err
		}
	}
	if a.Published.IsZero() {
		return nil
	}
	all, err := w.Tx.Notices.After(0)
	if err != nil {
		return err
	}
	for _, n := range all {
		if !n.Sent.IsZero() || n.Seq == w.record.Seq || news.Later(n.At, n.Due).Add(news.SentWithin).After(a.Published) {
			continue
		}
		n.Sent = w.record.At
		if err := w.Tx.Notices.Put(n); err != nil {
			return err
		}
	}
	return nil
}

// askAnew forgets the validators of all sources.
func (w *recordWork) askAnew() error {
	if err := w.Flush(); err != nil {
		return err
	}
	all, err := w.Tx.Sources.All()
	if err != nil {
		return err
	}
	for _, s := range all {
		if s.Removed {
			continue
		}
		c := *s
		c.Validators, c.Visited, c.At = news.Validators{}, false, news.Later(s.At, w.record.At)
		if err := w.PutSource(&c); err != nil {
			return err
		}
	}
	return nil
}

// adoptedKeys returns the keys under which an entry is stored or looked up, the surest
// first.
func adoptedKeys(source string, k news.Keys) []uint64 {
	var keys []uint64
	add := func(kind, scope string, n uint64) {
		if n != 0 {
			keys = append(keys, news.Key('r', kind, scope, strconv.FormatUint(n, 16)))
		}
	}
	if source != "" {
		add("guid", source, k.GUID)
		add("link", source, k.Link)
	}
	if k.Page != "" {
		keys = append(keys, news.Key('r', "page", k.Page))
	}
	add("text", "", k.Text)
	return keys
}

// adopted returns what readers know of a new entry from before a restore, nil if that is
// nothing. item asks for the item of its own that it had in topics without folding.
func (w *recordWork) adopted(en *news.Entry, item bool) (*news.AdoptedEntry, error) {
	for _, key := range adoptedKeys(en.Source, en.Keys) {
		all, err := w.Tx.Adopted.Entries(key)
		if err != nil {
			return nil, err
		}
		all = slices.DeleteFunc(all, func(e *news.AdoptedEntry) bool { return e.Item != item })
		if e := bestAdopted(all, en); e != nil {
			return e, nil
		}
	}
	return nil, nil
}

// bestAdopted returns which of the entries with a key a new entry is. Entries of several
// stories at one address are told apart by their headlines, and those with one headline by
// their dates.
func bestAdopted(all []*news.AdoptedEntry, en *news.Entry) *news.AdoptedEntry {
	all = slices.DeleteFunc(all, func(e *news.AdoptedEntry) bool { return !isAdopted(e, en, len(all) == 1) })
	if len(all) == 0 {
		return nil
	}
	return slices.MinFunc(all, func(a, b *news.AdoptedEntry) int {
		return cmp.Or(
			boolOrder(a.Source == en.Source, b.Source == en.Source),
			cmp.Compare(a.Published.Sub(en.Published).Abs(), b.Published.Sub(en.Published).Abs()),
			cmp.Compare(a.Story, b.Story),
		)
	})
}

func boolOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// isAdopted tells whether a new entry is one from before, with which it shares a key. only
// says that no other has that key.
func isAdopted(e *news.AdoptedEntry, en *news.Entry, only bool) bool {
	sameText := e.Keys.Text == en.Keys.Text
	switch {
	case e.Source == en.Source && e.Keys.GUID != 0 && e.Keys.GUID == en.Keys.GUID:
		return true
	case e.Keys.Page != "" && e.Keys.Page == en.Keys.Page, e.Source == en.Source && e.Keys.Link != 0 && e.Keys.Link == en.Keys.Link:
		return only || sameText
	}
	if !sameText {
		return false
	}
	return e.Published.IsZero() || en.Published.IsZero() || e.Published.Sub(en.Published).Abs() <= maxAdoptedShift
}

// takeIdentity gives a new entry the id and the time that it had before a restore.
func (w *visitWork) takeIdentity(en *news.Entry, e *news.AdoptedEntry) error {
	if e.Source != en.Source || e.Entry == "" || e.At.IsZero() {
		return nil
	}
	old, err := w.Tx.Entries.Get(e.Entry)
	if err != nil || old != nil {
		return err
	}
	en.ID, en.At = e.Entry, e.At
	return nil
}

// knowsDeleted is the first fold that puts an entry back that retention deleted.
const knowsDeleted = 9

// judgeAdopted makes a new entry a take of the story in which it was before a restore. If
// that one is not here, the entry begins it, unless the fold knows another one that it joins.
func (w *visitWork) judgeAdopted(en *news.Entry, e *news.AdoptedEntry) error {
	s, err := w.Survivor(e.Story)
	if err != nil {
		return err
	}
	switch {
	case s == nil:
		return w.judge(en, e.Story)
	case w.rules.Fold >= knowsDeleted && takeOf(s, en.ID) != nil: // retention deleted the entry, not its story
		en.Story = s.ID
		w.touchText(s.ID)
		return w.Tx.Entries.Put(en)
	}
	return w.joinUnjudged(en, s)
}

// keepIdentity gives a story that begins with this record the URI and the age that readers
// know from before a restore. What was hidden or withdrawn then stays hidden.
func (w *recordWork) keepIdentity(s *news.Story) error { return w.keepIdentityOf(s, s.ID) }

// keepItemIdentity does the same for an item made of one entry. If only a feed told of it,
// its id is known by the entry's keys alone.
func (w *recordWork) keepItemIdentity(item *news.Story) error {
	id := item.ID
	en, err := w.Tx.Entries.Get(item.Lead)
	if err != nil {
		return err
	}
	if en != nil {
		e, err := w.adopted(en, true)
		if err != nil {
			return err
		}
		if e != nil {
			id = e.Story
		}
	}
	return w.keepIdentityOf(item, id)
}

func (w *recordWork) keepIdentityOf(s *news.Story, id string) error {
	a, err := w.Tx.Adopted.Story(id)
	if err != nil || a == nil {
		return err
	}
	s.URI = cmp.Or(a.URI, s.URI)
	if !a.First.IsZero() {
		s.First = a.First
	}
	for _, topic := range a.Hidden {
		if s.Hidden == nil {
			s.Hidden = map[string]uint64{}
		}
		s.Hidden[topic] = w.record.Seq
	}
	return nil
}

// adoptedPlace returns where a story was in a topic before a restore; at and zero if that is
// not known.
func (w memberWork) adoptedPlace(s *news.Story, topic string, at time.Time) (time.Time, time.Time, error) {
	id := s.URI[strings.LastIndexByte(s.URI, ':')+1:] // an item of one entry may have the id that a feed had
	a, err := w.Tx.Adopted.Story(id)
	if err != nil || a == nil {
		return at, time.Time{}, err
	}
	p, ok := a.Places[topic]
	if !ok || p.At.After(w.record.At) {
		return at, time.Time{}, nil
	}
	return p.At, p.Updated, nil
}
