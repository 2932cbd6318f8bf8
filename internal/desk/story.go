package desk

import (
	"cmp"
	"net/url"
	"slices"
	"time"

	"github.com/slugline/slugline/internal/canon"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/story"
)

// maxEarlier bounds the earlier headlines that are stored of one take.
const maxEarlier = 20

// storyWork changes stories: their takes, their lead, and whether they are withdrawn.
// Topics follow.
type storyWork struct{ memberWork }

func (w *recordWork) storyWork() storyWork { return storyWork{memberWork{w}} }

// tagURI makes the permanent URI of a story that begins with this record.
func (w *recordWork) tagURI(id string) string {
	return "tag:" + w.authority() + "," + w.record.At.Format("2006-01-02") + ":" + id
}

// authority is the host without port that mints the tag URIs (RFC 4151 section 2.1).
func (w *recordWork) authority() string {
	return cmp.Or(w.rules.Site.ID, hostOf(w.rules.Site.URL), "localhost")
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// ownerOf returns the owner of a source. Entries of one owner count as one outlet.
func ownerOf(src *news.SourceState) string {
	return cmp.Or(src.Owner, canon.Owner(src.Feed.Site, src.Address, cmp.Or(src.Title, src.Feed.Title)))
}

// publishersOf returns the names that a source's headlines may begin or end with. headlines are those of one document.
func publishersOf(src *news.SourceState, headlines []string) []string {
	own := []string{src.Title, src.Feed.Title, ownerOf(src), src.Name}
	return slices.DeleteFunc(append(own, story.OutletSuffixes(headlines)...), func(s string) bool { return s == "" })
}

func takeOf(s *news.Story, entry string) *news.Take {
	for i := range s.Takes {
		if s.Takes[i].Entry == entry {
			return &s.Takes[i]
		}
	}
	return nil
}

// leadWith makes a take what its story shows.
func leadWith(s *news.Story, t *news.Take) {
	s.Lead, s.Source = t.Entry, t.Source
	s.Headline, s.Link, s.Language = t.Headline, t.Link, t.Language
}

// leadRound is how long after its first record a story may still get a lead of a higher
// rank, although it is published: the outlets of one round of visits are read in any order.
const leadRound = 5 * time.Minute

// takeFrom makes a take of an entry.
func takeFrom(en *news.Entry, src *news.SourceState, v story.Verdict) news.Take {
	return news.Take{
		Entry: en.ID, Source: en.Source, Owner: canon.Voice(ownerOf(src), en.Agency), Headline: en.Headline, Link: en.Link,
		Language: en.Language, At: en.At, Seq: en.Seq, Level: v.Level, Score: v.Score,
	}
}

// beginStory makes a story of its first take.
func (w storyWork) beginStory(v story.Verdict, t news.Take) *news.Story {
	s := &news.Story{ID: v.Story, Seq: w.record.Seq, Event: v.Event, First: t.At, Begun: w.record.At, Takes: []news.Take{t}}
	s.URI = w.tagURI(s.ID)
	leadWith(s, &t)
	w.AddStory(s)
	w.stories++
	return s
}

// addEarlier adds headlines that a take had before, oldest first.
func addEarlier(t *news.Take, more ...news.EarlierHeadline) {
	t.Earlier = append(t.Earlier, more...)
	t.Earlier = t.Earlier[max(0, len(t.Earlier)-maxEarlier):]
}

// revised records that a story shows something else from this record on. In topics that
// have it, its updated time moves.
func (w storyWork) revised(s *news.Story) {
	s.Revised = w.record.At
	for name := range s.Places {
		w.moveUpdated(s, name)
	}
}

// quality orders the takes of a story by how well they lead it: those that are not held
// before the others, then by the source's rank, then by how complete the entry is.
type quality struct {
	open         bool
	rank, fields int
}

func (q quality) isBetter(than quality) bool {
	if q.open != than.open {
		return q.open
	}
	return q.rank > than.rank || q.rank == than.rank && q.fields > than.fields
}

func (w storyWork) qualityOf(en *news.Entry, source string) quality {
	fields := 0
	for _, has := range []bool{en.Headline != "", en.Link != "", en.Summary != "", len(en.Media) > 0} {
		if has {
			fields++
		}
	}
	return quality{open: true, rank: w.rules.rank(source), fields: fields}
}

// chooseLead gives a story the best lead among the takes that may be shown.
func (w storyWork) chooseLead(s *news.Story) error {
	var best *news.Take
	var highest quality
	for i := range s.Takes {
		t := &s.Takes[i]
		if t.IsWithdrawn() || s.IsSuperseded(t) {
			continue
		}
		en, err := w.Tx.Entries.Get(t.Entry)
		if err != nil {
			return err
		}
		if en == nil {
			en = t.EntryWithoutText()
		}
		q := w.qualityOf(en, t.Source)
		q.open = !t.IsHeld("")
		if best == nil || q.isBetter(highest) {
			best, highest = t, q
		}
	}
	if best == nil || best.Entry == s.Lead && best.Headline == s.Headline {
		return nil
	}
	leadWith(s, best)
	w.revised(s)
	return nil
}

// isWithdrawnBy tells whether a notice withdraws a take: one of its source, or of an
// outlet with the same owner.
func isWithdrawnBy(t, notice *news.Take) bool {
	return t.Owner == notice.Owner || t.Source == notice.Source
}

// withdrawTakes withdraws the takes that a notice withdraws. If the lead is among them,
// another take leads; if all takes are, the story is withdrawn.
func (w storyWork) withdrawTakes(s *news.Story, notice *news.Take) error {
	left, withLead := 0, false
	for i := range s.Takes {
		t := &s.Takes[i]
		if isWithdrawnBy(t, notice) && !t.IsWithdrawn() {
			t.Killed, t.KilledBy = w.record.At, notice.Source
		}
		if !t.IsWithdrawn() {
			left++
		} else if t.Entry == s.Lead {
			withLead = true
		}
	}
	switch {
	case left > 0 && withLead:
		if err := w.chooseLead(s); err != nil {
			return err
		}
	case left == 0 && !s.IsWithdrawn():
		if err := w.withdraw(s); err != nil {
			return err
		}
	}
	return w.touch(s)
}

// withdraw makes a story one that all outlets withdrew. It stays in its topics as a
// note, while its tombstone stands.
func (w storyWork) withdraw(s *news.Story) error {
	s.Killed = w.record.At
	w.revised(s)
	if err := w.removePin(s, news.Everywhere); err != nil {
		return err
	}
	if err := w.addTombstone(s, news.Everywhere); err != nil {
		return err
	}
	return w.replaceEventItem(s)
}

// restoreTake ends the withdrawal of a take whose entry no longer says that it is
// withdrawn. An edit does not undo another entry's withdrawal.
func (w storyWork) restoreTake(s *news.Story, t *news.Take) error {
	t.Killed, t.KilledBy = time.Time{}, ""
	if !s.IsWithdrawn() {
		return nil
	}
	return w.restore(s)
}

// restore ends the withdrawal of a story that has a take again.
func (w storyWork) restore(s *news.Story) error {
	s.Killed = time.Time{}
	for name := range s.Places {
		if _, err := w.removeTombstone(s, name); err != nil {
			return err
		}
	}
	ev, err := w.Event(s.Event)
	if err != nil {
		return err
	}
	if err := w.removeSurplusItems(ev); err != nil {
		return err
	}
	w.revised(s) // feed readers have the note
	return w.chooseLead(s)
}

// hasTakes tells whether an outlet still has the story.
func hasTakes(s *news.Story) bool {
	return slices.ContainsFunc(s.Takes, func(t news.Take) bool { return !t.IsWithdrawn() })
}
