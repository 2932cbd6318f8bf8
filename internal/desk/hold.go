package desk

import (
	"slices"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/desk/embargo"
	"github.com/slugline/slugline/internal/desk/membership"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/story"
)

const (
	clockError = 10 * time.Minute    // a date so little ahead is that of another clock
	zoneError  = 14 * time.Hour      // the most by which a wrong time zone puts a date ahead
	allZones   = 26 * time.Hour      // between a time where it comes first and where it comes last
	farAhead   = 30 * 24 * time.Hour // a date that is further ahead is a mistake, or the date of an event
	zoneHabit  = 3                   // so many such dates of a source in a row are a wrong time zone
)

// holdsOf returns why an entry must wait: it says so itself, it is dated ahead, it is a
// kill, or a topic holds what it says. With published, topics' queries don't count: what they would
// hold is out.
func (w storyWork) holdsOf(en *news.Entry, src *news.SourceState, published bool) (all []news.Hold) {
	at, ahead := news.Later(en.At, en.Published), isAhead(en.Published, w.record.At)
	if !ahead {
		at = w.record.At
	}
	if sign, ok := embargo.Read(en.Headline, en.Summary, en.Language, at); ok {
		if ahead && sign.Open && mayMean(sign.Until, en.Published) {
			sign.Until = en.Published
		}
		all = append(all, news.Hold{Until: news.Instant(sign.Until), Why: sign.Text})
	}
	if ahead && !(isZoneError(en.Published, w.record.At) && src.Ahead >= zoneHabit) {
		all = append(all, news.Hold{Until: en.Published, Why: news.DatedAhead})
	}
	all = slices.DeleteFunc(all, func(h news.Hold) bool { return !h.Until.IsZero() && !h.Until.After(w.record.At) })
	if story.IsSureKill(en.Headline) {
		all = append(all, news.Hold{Why: news.KillNotice})
	}
	if published {
		return all
	}
	for i := range w.rules.topics {
		if r := &w.rules.topics[i]; r.Hold != nil && r.Holds(w.Doc(en, src)) {
			all = append(all, news.Hold{Topic: r.Name, Why: strings.Join(r.Topic.Hold, " | ")})
		}
	}
	return all
}

// mayMean tells whether the time of a sign that leaves its zone open, read as the latest, may
// be a date ahead. Zero is no time.
func mayMean(latest, published time.Time) bool {
	d := latest.Sub(published)
	return latest.IsZero() || d >= 0 && d <= allZones
}

// isAhead tells whether an entry is dated so far ahead that it must wait. The first
// moment of a day is a date without a time: it is not ahead where that day has begun
// somewhere.
func isAhead(published, at time.Time) bool {
	d := published.Sub(at)
	switch {
	case published.IsZero() || d <= clockError || d > farAhead:
		return false
	case published.Equal(published.Truncate(24 * time.Hour)):
		return d > zoneError
	}
	return true
}

// isZoneError tells whether a date ahead may be one in a wrong time zone. Times that
// people set for a publication are round, those of publications are not.
func isZoneError(published, at time.Time) bool {
	return published.Sub(at) <= zoneError && !published.Equal(published.Truncate(5*time.Minute))
}

// noteDate counts dates of a source in a row that look as if they were of a wrong time
// zone.
func (w *visitWork) noteDate(en *news.Entry) {
	switch {
	case isAhead(en.Published, w.record.At) && isZoneError(en.Published, w.record.At):
		w.src.Ahead++
		w.ahead = true
	case !en.Published.After(w.record.At):
		w.past = true
	}
}

// judgeDates decides whether the source's dates are of a wrong time zone. If they have
// been since this record, what was held for its date is held no longer.
func (w *visitWork) judgeDates() error {
	if w.past && !w.ahead && !w.backlog {
		w.src.Ahead = 0
	}
	if w.src.Ahead < zoneHabit || !w.ahead {
		return nil
	}
	w.src.Ahead = zoneHabit
	if w.hadZoneHabit {
		return nil // nothing has been held for that since
	}
	all := func(*news.HeldStory) bool { return true }
	return w.endHolds(all, func(t *news.Take, h news.Hold) bool {
		return t.Source == w.src.ID && h.Why == news.DatedAhead && isZoneError(h.Until, w.record.At)
	})
}

// endDue ends the holds whose time has come.
func (w storyWork) endDue() error {
	isDue := func(until time.Time) bool { return !until.IsZero() && !until.After(w.record.At) }
	return w.endHolds(func(h *news.HeldStory) bool { return isDue(h.Until) }, func(_ *news.Take, h news.Hold) bool { return isDue(h.Until) })
}

// endHolds ends the holds that ends selects of some stories, and publishes what is free
// by that.
func (w storyWork) endHolds(of func(*news.HeldStory) bool, ends func(*news.Take, news.Hold) bool) error {
	held, err := w.Tx.Stories.Held()
	if err != nil {
		return err
	}
	for _, h := range held {
		if !of(h) {
			continue
		}
		s, err := w.Story(h.Story)
		switch {
		case err != nil:
			return err
		case s == nil:
			err = w.Tx.Stories.PutHeld(h.Story, nil)
		default:
			err = w.endHoldsOf(s, ends)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// endHoldsOf ends holds of one story.
func (w storyWork) endHoldsOf(s *news.Story, ends func(*news.Take, news.Hold) bool) error {
	ended := false
	err := w.eachTake(s, func(_ *news.Story, t *news.Take) {
		left := slices.DeleteFunc(slices.Clone(t.Holds), func(h news.Hold) bool { return ends(t, h) })
		ended = ended || len(left) < len(t.Holds)
		t.Holds = left[:len(left):len(left)]
		if len(left) == 0 {
			t.Holds = nil
		}
	})
	switch {
	case err != nil:
		return err
	case !ended:
		return w.noteHeld(s)
	}
	return w.publishFree(s)
}

// eachTake calls fn for each take of a story, and for its copies in the items of entries.
func (w storyWork) eachTake(s *news.Story, fn func(*news.Story, *news.Take)) error {
	all, err := w.withEntryItems(s)
	if err != nil {
		return err
	}
	for _, one := range all {
		for i := range one.Takes {
			fn(one, &one.Takes[i])
		}
		if one != s {
			w.ChangeStory(one.ID)
		}
	}
	return nil
}

// publishFree brings a story of which holds have ended into the topics that wait for it.
// Its place is that of now, and it rings its alerts now.
func (w storyWork) publishFree(s *news.Story) error {
	if err := w.eachTake(s, dropSign); err != nil {
		return err
	}
	w.leadOpenly(s)
	if err := w.reviewSince(s, w.record.At); err != nil {
		return err
	}
	if err := w.touch(s); err != nil {
		return err
	}
	if err := w.noteHeld(s); err != nil || s.IsHeld("") || !s.IsShown() {
		return err
	}
	return (&visitWork{storyWork: w}).ringForStory(s, !w.backlog)
}

// dropSign removes from the headline of a take that need not wait the sign that said so.
func dropSign(s *news.Story, t *news.Take) {
	if len(t.Holds) > 0 {
		return
	}
	headline := embargo.Without(t.Headline, t.Language)
	if s.Lead == t.Entry && s.Headline == t.Headline {
		s.Headline = headline
	}
	t.Headline = headline
}

// leadOpenly gives a story whose lead is held, or corrected by a take that is held no more,
// the best lead of those that may be shown, if there is one.
func (w storyWork) leadOpenly(s *news.Story) {
	t := takeOf(s, s.Lead)
	if t == nil || !t.IsHeld("") && !s.IsSuperseded(t) {
		return
	}
	var best *news.Take
	for i := range s.Takes {
		o := &s.Takes[i]
		if o.IsHeld("") || o.IsWithdrawn() || s.IsSuperseded(o) {
			continue
		}
		if best == nil || o.Entry == t.CorrectedBy || best.Entry != t.CorrectedBy && w.rules.rank(o.Source) > w.rules.rank(best.Source) {
			best = o
		}
	}
	if best == nil {
		return
	}
	leadWith(s, best)
	if s.Published {
		w.revised(s)
	}
}

// noteHeld stores whether takes of a story are held, and until when.
func (w *recordWork) noteHeld(s *news.Story) error {
	if !s.HasHolds() || s.MergedInto != "" {
		return w.Tx.Stories.PutHeld(s.ID, nil)
	}
	return w.Tx.Stories.PutHeld(s.ID, &news.HeldStory{Story: s.ID, Until: s.NextHold()})
}

// reviseHolds decides again whether an entry must wait, after its source changed it. A
// story that must wait now leaves its topics until then. What was withdrawn does not wait.
func (w *visitWork) reviseHolds(s *news.Story, t *news.Take, old, en *news.Entry) error {
	if t.Released != 0 || story.IsKill(en.Headline) {
		return nil
	}
	had := t.Holds
	t.Holds = keepDate(w.keepSign(w.holdsOf(en, w.src, s.Published), had, old, en), had, old, en)
	for _, h := range had {
		if h.Topic != "" && !slices.ContainsFunc(t.Holds, func(o news.Hold) bool { return o.Topic == h.Topic }) && s.Published {
			t.Holds = append(t.Holds, h) // it still waits for an editor there
		}
	}
	if slices.Equal(had, t.Holds) || membership.IsEntryItem(s) {
		return nil
	}
	return w.publishFree(s)
}

// keepDate returns the holds of an edited entry without that for its date, if it was not held
// for the same date before: it is out, because its source was known for a wrong time zone then.
func keepDate(all, had []news.Hold, old, en *news.Entry) []news.Hold {
	isDate := func(h news.Hold) bool { return h.Why == news.DatedAhead }
	if !old.Published.Equal(en.Published) || slices.ContainsFunc(had, isDate) {
		return all
	}
	return slices.DeleteFunc(all, isDate)
}

// keepSign returns the holds of an edited entry with the time that a sign had before, if
// the edit left it as it was. One that had ended holds no more: "10:00" would be that of
// the next day.
func (w *visitWork) keepSign(all, had []news.Hold, old, en *news.Entry) []news.Hold {
	sign, ok := embargo.Read(en.Headline, en.Summary, en.Language, w.record.At)
	before, was := embargo.Read(old.Headline, old.Summary, old.Language, w.record.At)
	if !ok || !was || sign.Text != before.Text {
		return all
	}
	isSign := func(h news.Hold) bool { return h.Topic == "" && h.Why == sign.Text }
	i := slices.IndexFunc(had, isSign)
	switch {
	case i < 0 && !sign.Until.IsZero():
		return slices.DeleteFunc(all, isSign)
	case i >= 0 && !had[i].Until.IsZero():
		for j := range all {
			if isSign(all[j]) {
				all[j].Until = had[i].Until
			}
		}
	}
	return all
}

// holdAgain decides by changed rules which takes topics hold. What a topic has already
// stays in it.
func (w storyWork) holdAgain(s *news.Story, changed map[string]bool) error {
	differs := false
	for i := range s.Takes {
		t := &s.Takes[i]
		kept := slices.DeleteFunc(slices.Clone(t.Holds), func(h news.Hold) bool {
			return h.Topic != "" && (changed[h.Topic] || !hasTopic(w.rules.Rules, h.Topic))
		})
		more, err := w.topicHolds(s, t, changed)
		if err != nil {
			return err
		}
		if kept = append(kept, more...); !slices.Equal(kept, t.Holds) {
			t.Holds, differs = slices.Clip(kept), true
		}
	}
	if !differs {
		return nil
	}
	w.ChangeStory(s.ID)
	if err := w.copyHolds(s); err != nil {
		return err
	}
	return w.noteHeld(s)
}

// copyHolds copies the holds of a story's takes into the items of its entries.
func (w storyWork) copyHolds(s *news.Story) error {
	items, err := w.entryItems(s)
	for _, item := range items {
		for i := range item.Takes {
			if t := takeOf(s, item.Takes[i].Entry); t != nil {
				item.Takes[i].Holds = t.Holds
			}
		}
		w.ChangeStory(item.ID)
	}
	return err
}

// topicHolds returns in which of the changed topics a take must wait.
func (w storyWork) topicHolds(s *news.Story, t *news.Take, changed map[string]bool) (all []news.Hold, err error) {
	for i := range w.rules.topics {
		r := &w.rules.topics[i]
		if _, in := s.Standing(r.Name); in || r.Hold == nil || !changed[r.Name] || t.Released != 0 {
			continue
		}
		src, err := w.sourceOf(t.Source)
		if err != nil {
			return nil, err
		}
		doc, err := w.TakeDoc(t, src)
		if err != nil {
			return nil, err
		}
		if r.Holds(doc) {
			all = append(all, news.Hold{Topic: r.Name, Why: strings.Join(r.Topic.Hold, " | ")})
		}
	}
	return all, nil
}

// onHold and onClaim are second arguments of a release: what it ends.
const (
	onHold  = "hold"
	onClaim = "claim"
)

// release ends the hold of a story, or a claim. Without a second argument it ends what
// there is.
func (w orderWork) release(o *news.Order) error {
	if len(o.Args) == 2 && o.Args[1] != onHold {
		return w.releaseClaim(o)
	}
	s, err := w.storyNamed(o.Args[0])
	if err != nil {
		return err
	}
	switch {
	case len(o.Args) == 2 && !s.HasHolds():
		return refused("story %s is not held", s.ID)
	case len(o.Args) == 1 && !s.HasHolds():
		return w.releaseClaim(o)
	case len(o.Args) == 1 && s.Claim != nil:
		return refused("story %s is held, and %s claims it; add the word %s or %s", s.ID, s.Claim.Who, onHold, onClaim)
	}
	o.Args = []string{s.ID, onHold}
	err = w.eachTake(s, func(_ *news.Story, t *news.Take) {
		if len(t.Holds) > 0 {
			t.Holds, t.Released = nil, w.record.Seq
		}
	})
	if err != nil {
		return err
	}
	return w.publishFree(s)
}

// undoRelease holds a story again as long as it says that it must wait, or gives a claim
// back to whoever released it.
func (w orderWork) undoRelease(o *news.Order) error {
	if len(o.Args) < 2 || o.Args[1] != onHold {
		return w.claim(o)
	}
	s, err := w.storyNamed(o.Args[0])
	if err != nil {
		return err
	}
	holds := map[string][]news.Hold{}
	for i := range s.Takes {
		if t := &s.Takes[i]; t.Released != 0 {
			if holds[t.Entry], err = w.storedHolds(t); err != nil {
				return err
			}
		}
	}
	if !slices.ContainsFunc(s.Takes, func(t news.Take) bool { return len(holds[t.Entry]) > 0 }) {
		return refused("nothing in story %s says any longer that it must wait; hide it instead", s.ID)
	}
	err = w.eachTake(s, func(_ *news.Story, t *news.Take) {
		if again := holds[t.Entry]; len(again) > 0 {
			t.Holds, t.Released = again, 0
		}
	})
	if err != nil {
		return err
	}
	w.leadOpenly(s)
	if err := w.reviewAll(s); err != nil {
		return err
	}
	if err := w.noteHeld(s); err != nil {
		return err
	}
	return w.touch(s)
}

// storedHolds returns why the entry of a take must wait, as it is stored.
func (w orderWork) storedHolds(t *news.Take) ([]news.Hold, error) {
	en, err := w.Tx.Entries.Get(t.Entry)
	if err != nil || en == nil {
		return nil, err
	}
	src, err := w.sourceOf(t.Source)
	if err != nil {
		return nil, err
	}
	return w.holdsOf(en, src, false), nil
}
