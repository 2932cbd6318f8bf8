package view

import (
	"fmt"
	"strings"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/story"
)

// EventReason says what a story has in common with the most similar other story of its
// event.
type EventReason struct {
	Story    string   `json:"story"` // id of that other story
	Headline string   `json:"headline"`
	Title    string   `json:"title"` // title of its lead's source
	Score    int      `json:"score"` // how similar the two are, in thousandths
	Words    []Weight `json:"words,omitempty"`
	Text     string   `json:"text"` // all of it, in a sentence
}

// whyEvent compares the first headline of a story with those of its event. It returns nil
// if the story is alone in its event, or signatures are deleted.
func whyEvent(tx *store.Tx, s *news.Story) (*EventReason, error) {
	own, err := signature(tx, s.Takes[0].Entry)
	if err != nil || own == nil {
		return nil, err
	}
	ev, err := tx.Events.Get(s.Event)
	if err != nil || ev == nil {
		return nil, err
	}
	var others []*news.Story
	var signatures [][]byte
	for _, id := range ev.Stories[max(0, len(ev.Stories)-maxCompared):] {
		o, err := tx.Stories.Get(id)
		if err != nil {
			return nil, err
		}
		if o == nil || o.ID == s.ID || o.MergedInto != "" {
			continue
		}
		sig, err := signature(tx, o.Takes[0].Entry)
		if err != nil {
			return nil, err
		}
		if sig != nil {
			others, signatures = append(others, o), append(signatures, sig)
		}
	}
	x, err := story.ExplainEvent(own, signatures)
	if err != nil || x.Nearest < 0 {
		return nil, err
	}
	return newEventReason(NewSnapshot(tx), others[x.Nearest], &x), nil
}

func newEventReason(snap *Snapshot, nearest *news.Story, x *story.EventReason) *EventReason {
	out := &EventReason{Story: nearest.ID, Headline: nearest.Headline, Title: snap.Source(nearest.Source).Label(), Score: x.Score}
	var shared []string
	for _, w := range x.SharedWords {
		out.Words = append(out.Words, Weight(w))
		if len(shared) < maxSharedWords {
			shared = append(shared, w.Word)
		}
	}
	out.Text = fmt.Sprintf("In its event it is most similar to %s from %s: similarity %s. Shared: %s.", quote(out.Headline), isolate(out.Title), percent(out.Score), strings.Join(shared, ", "))
	return out
}
