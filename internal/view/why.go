package view

import (
	"fmt"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/story"
)

// Explanation says why an entry is in its story.
type Explanation struct {
	Entry     string         `json:"entry"`
	Source    string         `json:"source"`
	Title     string         `json:"title"` // of the source
	Headline  string         `json:"headline"`
	Link      string         `json:"link,omitempty"`
	Published time.Time      `json:"published,omitzero"` // the date that its source gave
	At        time.Time      `json:"at,omitzero"`        // the time that decides what it is compared with
	Level     news.Level     `json:"level,omitempty"`
	Score     int            `json:"score,omitempty"`    // thousandths
	Text      string         `json:"text"`               // the reason, in sentences
	Compared  *Similarity    `json:"compared,omitempty"` // with its story's first headline; null for that headline itself
	Story     *Story         `json:"story,omitempty"`    // null when it is in none
	InEvent   *EventReason   `json:"in_event,omitempty"` // why its story is in its event, and not in the next likely one; null when there is nothing to say
	Ordered   *Decision      `json:"ordered,omitempty"`  // the editor's decision that put it in this story
	Similar   []SimilarStory `json:"near,omitempty"`     // other stories that it is similar to, the most similar first
	Also      []OtherEntry   `json:"also,omitempty"`     // other entries at the address that was asked about, the newest first
}

// OtherEntry is an entry that has the same address as another.
type OtherEntry struct {
	Entry    string `json:"entry"`
	Title    string `json:"title"` // of the source
	Headline string `json:"headline"`
	Story    string `json:"story,omitempty"` // empty when it is in none
}

// Similarity is how similar two headlines are, computed again from their stored
// signatures.
type Similarity struct {
	With     string   `json:"with"`            // entry id of the story's first headline
	Score    int      `json:"score"`           // thousandths
	Words    []Weight `json:"words,omitempty"` // words that both have, and what each adds to the score
	Conflict string   `json:"guard,omitempty"` // what keeps them from being one story
	Text     string   `json:"text"`            // all of it, in sentences

	otherConflict string // what beside their words keeps them apart
}

// Weight is what a shared word adds to the similarity, in thousandths.
type Weight struct {
	Word  string `json:"word"`
	Score int    `json:"score"`
}

// compareWithStory compares an entry with the first of its story. It returns nil when
// that is the entry itself or the entry has no signature.
func compareWithStory(tx *store.Tx, loc *locale.Locale, e *news.Entry, s *news.Story) (*Similarity, error) {
	if s.Takes[0].Entry == e.ID || e.SignatureNumber == 0 {
		return nil, nil
	}
	return compareEntries(tx, loc, e.ID, s.Takes[0].Entry)
}

// compareEntries compares the headlines of two entries. Without their signatures, which
// are deleted when headlines are no longer compared, only Text is set.
func compareEntries(tx *store.Tx, loc *locale.Locale, one, with string) (*Similarity, error) {
	out := &Similarity{With: with, Text: loc.T("The comparison is no longer stored: signatures of headlines are kept for five days.")}
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
	out.Score = x.Score
	out.Conflict = Phrase(loc, x.Conflict)
	out.otherConflict = Phrase(loc, x.OtherConflict)
	for _, w := range x.SharedWords {
		out.Words = append(out.Words, Weight(w))
	}
	out.Text = speech{Locale: loc}.describeSimilarity(&x)
	return out, nil
}

// signature returns the stored signature of an entry's headline, nil when it was
// deleted.
func signature(tx *store.Tx, entry string) ([]byte, error) {
	e, err := tx.Entries.Get(entry)
	if err != nil || e == nil || e.SignatureNumber == 0 {
		return nil, err
	}
	return tx.Fold.Signature(e.Seq, e.SignatureNumber)
}

// maxSharedWords is how many of the words that two headlines share a sentence names, the
// heaviest first.
const maxSharedWords = 8

// describeSimilarity says in sentences what Explain found.
func (in speech) describeSimilarity(x *story.Explanation) string {
	var parts []string
	switch {
	case x.SameKey:
		parts = append(parts, in.T("The headlines are the same word for word."))
	case x.Score > 0:
		parts = append(parts, in.T("Similarity {}.", in.percent(x.Score)))
	}
	if x.SamePage {
		parts = append(parts, in.T("Both link to the same page."))
	}
	if len(x.SharedWords) > 0 {
		var shared []string
		for _, w := range x.SharedWords[:min(len(x.SharedWords), maxSharedWords)] {
			shared = append(shared, w.Word)
		}
		parts = append(parts, in.T("Shared: {}.", in.list(shared)))
	}
	if x.Conflict != "" {
		parts = append(parts, in.T("Kept apart because {}.", in.phrase(x.Conflict)))
	}
	return strings.Join(parts, " ")
}

// Why explains why an entry is in its story. The reference is the id of the entry or the
// address of the article, or it stands for a story or an event, which means its lead. Why
// returns an Error when there is none of these.
func Why(tx *store.Tx, loc *locale.Locale, ref string) (*Explanation, error) {
	ids, err := resolve(tx, ref)
	if err != nil {
		return nil, err
	}
	out, err := whyEntry(tx, loc, ids[0])
	if err != nil || len(ids) == 1 {
		return out, err
	}
	snap := NewSnapshot(tx)
	for _, id := range ids[1:] {
		e, err := tx.Entries.Get(id)
		if err != nil {
			return nil, err
		}
		if e != nil {
			out.Also = append(out.Also, OtherEntry{e.ID, snap.Source(e.Source).Label(), e.Headline, e.Story})
		}
	}
	return out, snap.Err
}

func whyEntry(tx *store.Tx, loc *locale.Locale, id string) (*Explanation, error) {
	in, err := speak(tx, loc)
	if err != nil {
		return nil, err
	}
	e, err := tx.Entries.Get(id)
	if err != nil {
		return nil, err
	}
	if e == nil {
		return whyLead(tx, loc, id)
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
		out.Text = loc.T("It is in no story: it does not satisfy the match of its source in feeds.yaml.")
		return out, snap.Err
	}
	st, err := snap.Story(s)
	if err != nil {
		return nil, err
	}
	out.Story = &st
	for i := range s.Takes {
		if t := &s.Takes[i]; t.Entry == e.ID {
			out.Level, out.Score, out.Text = t.Level, t.Score, in.describeLevel(t, &st)
		}
	}
	if out.Level == news.LevelOrder {
		if out.Ordered, err = assigningDecision(tx, loc, e.ID); err != nil {
			return nil, err
		}
		out.Text = in.describeDecision(out.Ordered)
	}
	if out.Compared, err = compareWithStory(tx, loc, e, s); err != nil {
		return nil, err
	}
	out.InEvent, err = whyEvent(tx, in, s)
	return out, err
}

// whyLead explains the lead of a story. If retention deleted the entry, it says only what
// the story still holds.
func whyLead(tx *store.Tx, loc *locale.Locale, id string) (*Explanation, error) {
	s, err := findStory(tx, id)
	if err != nil {
		return nil, err
	}
	e, err := tx.Entries.Get(s.Lead)
	if err != nil {
		return nil, err
	}
	if e != nil {
		return whyEntry(tx, loc, e.ID)
	}
	st, err := NewSnapshot(tx).Story(s)
	if err != nil {
		return nil, err
	}
	return &Explanation{Entry: s.Lead, Source: s.Source, Title: st.Title, Headline: s.Headline, Link: s.Link, At: s.First, Story: &st,
		Text: loc.T("It leads its story. Its text is no longer stored.")}, nil
}

// CurrentStory returns the story with an id or, if that was merged, the story that it is
// part of now. It returns nil when there is none.
func CurrentStory(tx *store.Tx, id string) (*news.Story, error) {
	for range 16 { // stories merge into older ones, so a chain ends unless the file is damaged
		s, err := tx.Stories.Get(id)
		if err != nil || s == nil || s.MergedInto == "" {
			return s, err
		}
		id = s.MergedInto
	}
	return nil, fmt.Errorf("find current story of %s: chain of merged stories too long", id)
}

// describeLevel says by what rule an entry joined its story.
func (in speech) describeLevel(t *news.Take, s *Story) string {
	first := s.Outlets[0]
	by := in.T("{} from {} (entry {})", quote(in.Locale, first.Headline), isolate(first.Title), first.Entry)
	switch t.Level {
	case news.LevelNew:
		return in.T("It was the first with this headline, so it started the story.")
	case news.LevelLink:
		return in.T("It links to the same page as another entry of this story, which started with {}.", by)
	case news.LevelKey:
		if t.IsWithdrawn() && story.IsKill(t.Headline) {
			return in.T("It withdraws what its outlet reported in this story, which started with {}.", by)
		}
		return in.T("Apart from case, punctuation, wire tags and the name of the outlet, its headline is word for word that of {}.", by)
	case news.LevelEdited:
		if story.IsCorrection(t.Headline) {
			return in.T("It corrects what its outlet reported in this story: similarity {} to {}.", in.percent(t.Score), by)
		}
		return in.T("Its headline is a light edit of {}: similarity {}.", by, in.percent(t.Score))
	case news.LevelOrder:
		return in.T("An editor put it in this story.")
	}
	return ""
}
