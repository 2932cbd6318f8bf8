package view

import (
	"fmt"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/story"
)

// Explanation is why an entry is in its story.
type Explanation struct {
	Entry     string         `json:"entry"`
	Source    string         `json:"source"`
	Title     string         `json:"title"` // of the source
	Headline  string         `json:"headline"`
	Link      string         `json:"link,omitempty"`
	Published time.Time      `json:"published,omitzero"` // as its source says
	At        time.Time      `json:"at,omitzero"`        // as the fold sees it
	Level     news.Level     `json:"level,omitempty"`
	Score     int            `json:"score,omitempty"`    // thousandths
	Text      string         `json:"text"`               // in plain words
	Compared  *Similarity    `json:"compared,omitempty"` // with its story's first headline; nil for that one itself
	Story     *Story         `json:"story,omitempty"`    // nil when it is in none
	Ordered   *Decision      `json:"ordered,omitempty"`  // the editor's decision that put it there
	Similar   []SimilarStory `json:"near,omitempty"`     // stories that it is like and not in, the most alike first; see NotIn
}

// Similarity is what the fold makes of two headlines, worked out again from what it
// stored of them.
type Similarity struct {
	With     string   `json:"with"`            // entry id of the story's first headline
	Score    int      `json:"score"`           // thousandths
	Words    []Weight `json:"words,omitempty"` // that both have, and what each adds to the score
	Conflict string   `json:"guard,omitempty"` // what forbids that they are one story
	Text     string   `json:"text"`            // in plain words

	otherConflict string // what else keeps apart two that are not in one story
}

// Weight is what a word adds to a likeness, in thousandths.
type Weight struct {
	Word  string `json:"word"`
	Score int    `json:"score"`
}

// compareWithStory explains a take by the signatures, which are kept as long as a headline
// is compared with others.
func compareWithStory(tx *store.Tx, e *news.Entry, s *news.Story) (*Similarity, error) {
	if s.Takes[0].Entry == e.ID || e.SignatureNumber == 0 {
		return nil, nil
	}
	return compareEntries(tx, e.ID, s.Takes[0].Entry)
}

// compareEntries compares two entries.
func compareEntries(tx *store.Tx, one, with string) (*Similarity, error) {
	out := &Similarity{With: with, Text: "What was compared is no longer kept: headlines are, for five days."}
	a, err := signature(tx, one)
	if err != nil || a == nil {
		return out, err
	}
	b, err := signature(tx, with)
	if err != nil || b == nil {
		return out, err
	}
	x, err := story.Explain(a, b)
	if err != nil {
		return nil, err
	}
	out.Score, out.Conflict, out.otherConflict = x.Score, x.Conflict, x.OtherConflict
	for _, w := range x.SharedWords {
		out.Words = append(out.Words, Weight(w))
	}
	out.Text = describeSimilarity(&x)
	return out, nil
}

// signature is what the fold keeps of an entry, nil when it is no longer kept.
func signature(tx *store.Tx, entry string) ([]byte, error) {
	e, err := tx.Entries.Get(entry)
	if err != nil || e == nil || e.SignatureNumber == 0 {
		return nil, err
	}
	return tx.Fold.Signature(e.Seq, e.SignatureNumber)
}

func describeSimilarity(x *story.Explanation) string {
	var parts []string
	switch {
	case x.SameKey:
		parts = append(parts, "Word for word the same after folding.")
	case x.Score > 0:
		parts = append(parts, fmt.Sprintf("Likeness %.3f.", float64(x.Score)/1000))
	}
	if x.SamePage {
		parts = append(parts, "Both point to the same page.")
	}
	if len(x.SharedWords) > 0 {
		var said []string
		for _, w := range x.SharedWords[:min(len(x.SharedWords), 8)] {
			said = append(said, fmt.Sprintf("%s %.3f", w.Word, float64(w.Score)/1000))
		}
		parts = append(parts, "What both have weighs: "+strings.Join(said, ", ")+".")
	}
	if x.Conflict != "" {
		parts = append(parts, "Against it speaks: "+x.Conflict+".")
	}
	return strings.Join(parts, " ")
}

// Why explains the entry with this id; a story's id stands for its lead.
func Why(tx *store.Tx, id string) (*Explanation, error) {
	e, err := tx.Entries.Get(id)
	if err != nil {
		return nil, err
	}
	if e == nil {
		return whyLead(tx, id)
	}
	snap := NewSnapshot(tx)
	out := &Explanation{
		Entry: e.ID, Source: e.Source, Title: snap.Source(e.Source).Label(),
		Headline: e.Headline, Link: e.Link, Published: e.Published, At: e.At,
	}
	s, err := CurrentStory(tx, e.Story)
	if err != nil {
		return nil, err
	}
	if s == nil {
		out.Text = "It is in no story: its source's match in feeds.yaml does not let it in."
		return out, snap.Err
	}
	st, err := snap.Story(s)
	if err != nil {
		return nil, err
	}
	out.Story = &st
	for i := range s.Takes {
		if t := &s.Takes[i]; t.Entry == e.ID {
			out.Level, out.Score, out.Text = t.Level, t.Score, describeLevel(t, &st)
		}
	}
	if out.Level == news.LevelOrder {
		if out.Ordered, err = assigningDecision(tx, e.ID); err != nil {
			return nil, err
		}
		out.Text = describeDecision(out.Ordered)
	}
	out.Compared, err = compareWithStory(tx, e, s)
	return out, err
}

// whyLead explains the lead of a story, from the story alone where retention took
// the entry.
func whyLead(tx *store.Tx, id string) (*Explanation, error) {
	s, err := CurrentStory(tx, id)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return nil, notFound("There is no entry and no story %q.", id)
	}
	e, err := tx.Entries.Get(s.Lead)
	if err != nil {
		return nil, err
	}
	if e != nil {
		return Why(tx, e.ID)
	}
	st, err := NewSnapshot(tx).Story(s)
	if err != nil {
		return nil, err
	}
	return &Explanation{Entry: s.Lead, Source: s.Source, Title: st.Title, Headline: s.Headline, Link: s.Link, At: s.First, Story: &st,
		Text: "It leads its story; its text is no longer kept."}, nil
}

// CurrentStory follows the story to the one that took it in; nil when there is none.
func CurrentStory(tx *store.Tx, id string) (*news.Story, error) {
	for range 16 { // joins go to older stories, so they end; a damaged chain may not
		s, err := tx.Stories.Get(id)
		if err != nil || s == nil || s.MergedInto == "" {
			return s, err
		}
		id = s.MergedInto
	}
	return nil, fmt.Errorf("follow story %s: too many joins", id)
}

func describeLevel(t *news.Take, s *Story) string {
	first := s.Outlets[0]
	by := fmt.Sprintf("%q of %s (entry %s)", first.Headline, first.Title, first.Entry)
	switch t.Level {
	case news.LevelNew:
		return "It was the first with this headline, so the story is its own."
	case news.LevelSame:
		return "It is an entry that this story already held, under another key."
	case news.LevelLink:
		return "It points to the same page as an entry of this story, which began with " + by + "."
	case news.LevelKey:
		if !t.Killed.IsZero() && story.IsKill(t.Headline) {
			return "It takes back what its outlet told in this story, which began with " + by + "."
		}
		return "After folding (case, punctuation, wire tags, the outlet's name) its headline is word for word that of " + by + "."
	case news.LevelEdited:
		if story.IsCorrection(t.Headline) {
			return fmt.Sprintf("It corrects what its outlet told in this story: likeness %.3f to %s.", float64(t.Score)/1000, by)
		}
		return fmt.Sprintf("Its headline is a light edit of %s: likeness %.3f.", by, float64(t.Score)/1000)
	case news.LevelOrder:
		return "An editor put it there."
	}
	return ""
}
