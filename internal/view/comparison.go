package view

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

const (
	maxCompared = 200 // stories of an event that an entry is compared with
	maxSimilar  = 3   // of which are told
)

// SimilarStory is a story that an entry is like and not in.
type SimilarStory struct {
	Story    string      `json:"story"`
	Headline string      `json:"headline"`
	Language string      `json:"language,omitempty"`
	Title    string      `json:"title"`    // of the source of its lead
	Compared *Similarity `json:"compared"` // with its first headline
}

// WhyNot is Why with the stories that the entry might have been in: the most alike of
// its event or, when with is an entry's or a story's id, the one that this names.
func WhyNot(tx *store.Tx, id, with string) (*Explanation, error) {
	out, err := Why(tx, id)
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
	left, err := splitFrom(tx, out.Ordered)
	if err != nil {
		return nil, err
	}
	for _, s := range others {
		c, err := compareEntries(tx, one, s.Takes[0].Entry)
		if err != nil {
			return nil, err
		}
		if s.ID == left {
			c.otherConflict = fmt.Sprintf("an editor split it off (decision %d)", out.Ordered.Decision)
		}
		c.addOtherConflict()
		if c.Score > 0 || with != "" || s.ID == left {
			out.Similar = append(out.Similar, SimilarStory{s.ID, s.Headline, s.Language, snap.Source(s.Source).Label(), c})
		}
	}
	slices.SortStableFunc(out.Similar, func(a, b SimilarStory) int { return cmp.Compare(b.Compared.Score, a.Compared.Score) })
	out.Similar = out.Similar[:min(len(out.Similar), maxSimilar)]
	return out, snap.Err
}

// addOtherConflict tells what kept two headlines apart beside their words.
func (l *Similarity) addOtherConflict() {
	switch {
	case l.otherConflict == "":
		return
	case l.Conflict == "":
		l.Conflict = l.otherConflict
	default:
		l.Conflict += "; " + l.otherConflict
	}
	l.Text = strings.TrimSpace(l.Text + " Besides, " + l.otherConflict + ".")
}

// comparedEntry is the entry whose words are compared: of one that joined its story by a
// page or word for word the fold keeps none, and its story's first speaks for it.
func comparedEntry(tx *store.Tx, r *Explanation) (string, error) {
	e, err := tx.Entries.Get(r.Entry)
	if err != nil || e == nil || r.Level == news.LevelKey || r.Level == news.LevelLink {
		return r.Story.Outlets[0].Entry, err
	}
	return e.ID, nil
}

// storiesToCompare are the stories that an entry of a story is compared with.
func storiesToCompare(tx *store.Tx, r *Explanation, with string) ([]*news.Story, error) {
	own := r.Story
	if with != "" {
		s, err := findStory(tx, with)
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
	left, err := splitFrom(tx, r.Ordered)
	if err != nil {
		return nil, err
	}
	if left != "" && !slices.Contains(ids, left) {
		ids = append(ids, left)
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

// splitFrom is the story that an entry was split from, as it is called now; empty when
// that was not how it came where it is.
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

// findStory is the story that an id names: its own, or an entry's of it.
func findStory(tx *store.Tx, id string) (*news.Story, error) {
	e, err := tx.Entries.Get(id)
	if err != nil {
		return nil, err
	}
	if e != nil {
		id = e.Story
	}
	s, err := CurrentStory(tx, id)
	if err == nil && s == nil {
		err = notFound("There is no entry and no story %q.", id)
	}
	return s, err
}

// assigningDecision is the decision that put an entry into its story: the last that was not
// undone. nil when it is not known.
func assigningDecision(tx *store.Tx, entry string) (*Decision, error) {
	all, err := tx.Orders.All()
	if err != nil {
		return nil, err
	}
	for i := len(all) - 1; i >= 0; i-- {
		o := all[i].Order
		if o.Undone != 0 || len(o.Args) < 2 {
			continue
		}
		put := o.Verb == "split" && o.Args[0] == entry
		if o.Verb == "merge" {
			if put, err = storyHasEntry(tx, o.Args[1], entry); err != nil {
				return nil, err
			}
		}
		if put {
			d, err := newDecision(tx, &all[i])
			return &d, err
		}
	}
	return nil, nil
}

// storyHasEntry tells whether an entry was a take of a story that went into another.
func storyHasEntry(tx *store.Tx, taken, entry string) (bool, error) {
	s, err := tx.Stories.Get(taken)
	if err != nil || s == nil {
		return false, err
	}
	return slices.ContainsFunc(s.Takes, func(t news.Take) bool { return t.Entry == entry }), nil
}

// describeDecision tells who put an entry where it is, and why.
func describeDecision(d *Decision) string {
	if d == nil {
		return "An editor put it there."
	}
	text := fmt.Sprintf("An editor put it there: decision %d of %s, %s", d.Decision, cmp.Or(d.Who, "somebody"), d.At.UTC().Format("2 Jan 2006, 15:04 UTC"))
	if d.Why != "" {
		text += ": " + d.Why
	}
	return text + "."
}
