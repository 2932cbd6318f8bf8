package view

import (
	"cmp"
	"slices"
	"strings"

	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

const (
	maxCompared = 200 // stories of an event that an entry is compared with
	maxSimilar  = 3   // similar stories that are returned
)

// SimilarStory is a story that an entry is similar to but not in.
type SimilarStory struct {
	Story    string      `json:"story"`
	Headline string      `json:"headline"`
	Language string      `json:"language,omitempty"`
	Title    string      `json:"title"`    // title of its lead's source
	Compared *Similarity `json:"compared"` // the entry with the story's first headline
}

// WhyNot is Why with the stories that the entry could have joined: the most similar
// stories of its event or, if with is the id of an entry or a story, that story.
func WhyNot(tx *store.Tx, loc *locale.Locale, id, with string) (*Explanation, error) {
	out, err := Why(tx, loc, id)
	if err != nil || out.Story == nil {
		return out, err
	}
	one, err := comparedEntry(tx, out)
	if err != nil {
		return nil, err
	}
	others, err := storiesToCompare(tx, out, with)
	if err != nil {
		return nil, err
	}
	snap := NewSnapshot(tx)
	parent, err := splitFrom(tx, out.Ordered)
	if err != nil {
		return nil, err
	}
	for _, s := range others {
		c, err := compareEntries(tx, loc, one, s.Takes[0].Entry)
		if err != nil {
			return nil, err
		}
		if s.ID == parent {
			c.otherConflict = loc.T("an editor split them (decision {})", out.Ordered.Decision)
		}
		if c.Score > 0 && c.Conflict == "" && c.otherConflict == "" && hasSource(s, out.Source) {
			c.otherConflict = loc.T("both are from {}, which lists them as two reports", isolate(out.Title))
		}
		c.addOtherConflict(loc)
		if c.Score > 0 || with != "" || s.ID == parent {
			out.Similar = append(out.Similar, SimilarStory{s.ID, s.Headline, s.Language, snap.Source(s.Source).Label(), c})
		}
	}
	slices.SortStableFunc(out.Similar, func(a, b SimilarStory) int { return cmp.Compare(b.Compared.Score, a.Compared.Score) })
	out.Similar = out.Similar[:min(len(out.Similar), maxSimilar)]
	return out, snap.Err
}

// hasSource tells whether a source has a report in a story.
func hasSource(s *news.Story, source string) bool {
	return slices.ContainsFunc(s.Takes, func(t news.Take) bool { return t.Source == source && !t.IsWithdrawn() })
}

// addOtherConflict adds what beside their words keeps two headlines apart.
func (s *Similarity) addOtherConflict(loc *locale.Locale) {
	if s.otherConflict == "" {
		return
	}
	because := loc.T("Kept apart because {}.", s.otherConflict)
	if s.Conflict != "" {
		because = loc.T("Also, {}.", s.otherConflict)
		s.Conflict += "; "
	}
	s.Conflict += s.otherConflict
	s.Text = strings.TrimSpace(s.Text + " " + because)
}

// comparedEntry returns the entry whose headline is compared. An entry that joined its
// story by its page or word for word has no signature; the story's first entry is compared
// in its place.
func comparedEntry(tx *store.Tx, r *Explanation) (string, error) {
	e, err := tx.Entries.Get(r.Entry)
	if err != nil || e == nil || r.Level == news.LevelKey || r.Level == news.LevelLink {
		return r.Story.Outlets[0].Entry, err
	}
	return e.ID, nil
}

// storiesToCompare returns the stories that an entry is compared with; see WhyNot.
func storiesToCompare(tx *store.Tx, r *Explanation, with string) ([]*news.Story, error) {
	own := r.Story
	if with != "" {
		id, err := resolveOne(tx, with, false)
		if err != nil {
			return nil, err
		}
		s, err := findStory(tx, id)
		if err != nil || s.ID == own.ID {
			return nil, err
		}
		return []*news.Story{s}, nil
	}
	ev, err := tx.Events.Get(own.Event)
	if err != nil {
		return nil, err
	}
	var ids []string
	if ev != nil {
		ids = slices.Clone(ev.Stories[max(0, len(ev.Stories)-maxCompared):])
	}
	parent, err := splitFrom(tx, r.Ordered)
	if err != nil {
		return nil, err
	}
	if parent != "" && !slices.Contains(ids, parent) {
		ids = append(ids, parent)
	}
	var out []*news.Story
	for _, id := range ids {
		s, err := tx.Stories.Get(id)
		if err != nil {
			return nil, err
		}
		if s != nil && s.MergedInto == "" && s.ID != own.ID {
			out = append(out, s)
		}
	}
	return out, nil
}

// splitFrom returns the current id of the story that a decision split an entry from. It is
// empty for any other decision.
func splitFrom(tx *store.Tx, d *Decision) (string, error) {
	if d == nil || d.Verb != "split" || len(d.Args) < 2 {
		return "", nil
	}
	s, err := CurrentStory(tx, d.Args[1])
	if err != nil || s == nil {
		return "", err
	}
	return s.ID, nil
}

// findStory returns the story with an id, that of the entry with the id, or the first of
// the event with the id.
func findStory(tx *store.Tx, id string) (*news.Story, error) {
	e, err := tx.Entries.Get(id)
	if err != nil {
		return nil, err
	}
	if e != nil {
		id = e.Story
	}
	s, err := CurrentStory(tx, id)
	if err != nil || s != nil {
		return s, err
	}
	ev, err := tx.Events.Get(id)
	if err != nil {
		return nil, err
	}
	for i := 0; ev != nil && i < len(ev.Stories) && s == nil; i++ {
		if s, err = CurrentStory(tx, ev.Stories[i]); err != nil {
			return nil, err
		}
	}
	if s == nil {
		err = noReference(id)
	}
	return s, err
}

// assigningDecision returns the decision that put an entry into its story: the last split
// or merge of it that was not undone. It returns nil when there is none.
func assigningDecision(tx *store.Tx, loc *locale.Locale, entry string) (*Decision, error) {
	all, err := tx.Orders.All()
	if err != nil {
		return nil, err
	}
	for i := len(all) - 1; i >= 0; i-- {
		o := all[i].Order
		if o.Undone != 0 || len(o.Args) < 2 {
			continue
		}
		assigns := o.Verb == "split" && o.Args[0] == entry
		if o.Verb == "merge" && len(o.Args) == 2 { // not of events
			if assigns, err = storyHasEntry(tx, o.Args[1], entry); err != nil {
				return nil, err
			}
		}
		if assigns {
			d, err := newDecision(tx, loc, &all[i])
			return &d, err
		}
	}
	return nil, nil
}

// storyHasEntry tells whether an entry is a take of the story with an id, which may have
// been merged.
func storyHasEntry(tx *store.Tx, id, entry string) (bool, error) {
	s, err := tx.Stories.Get(id)
	if err != nil || s == nil {
		return false, err
	}
	return slices.ContainsFunc(s.Takes, func(t news.Take) bool { return t.Entry == entry }), nil
}

// describeDecision says who put an entry into its story, and why.
func (in speech) describeDecision(d *Decision) string {
	if d == nil {
		return in.T("An editor put it in this story.")
	}
	who := d.Who
	if who == "" {
		who = in.T("local user")
	}
	text := in.T("An editor put it in this story: decision {} by {}, {}", d.Decision, who, in.moment(d.At))
	if d.Why != "" {
		text += ": " + d.Why
	}
	return text + in.T(".")
}
