package view

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/topic"
)

const (
	WireLines    = 200  // stories of a page of the wire, unless asked for more
	MaxWireLines = 1000 // stories of one answer
	maxScanned   = 5000 // stories that one answer looks at: it reads them in one transaction
	scanBatch    = 200
)

// Wire is the newest stories, those of one event together.
type Wire struct {
	Seq    uint64  `json:"seq"`              // of the last record that it knows of
	Events []Event `json:"events"`           // by their newest story that is here, the newest first
	Before string  `json:"before,omitempty"` // the story below which to ask for older ones; empty at the end
}

// Filter is a query that stories are held against, and what is muted for who asks.
type Filter struct {
	rule  *topic.Rule // nil: all stories satisfy it
	mutes []MuteRule
}

func NewFilter(query string, mutes []MuteRule) (*Filter, error) {
	f := &Filter{mutes: mutes}
	if strings.TrimSpace(query) == "" {
		return f, nil
	}
	rule, err := topic.Compile(news.Topic{Match: []string{query}})
	if wrong := (*topic.Error)(nil); errors.As(err, &wrong) {
		return nil, invalid("%s", wrong.Error())
	}
	f.rule = rule
	return f, err
}

// IsEmpty tells whether all stories pass.
func (f *Filter) IsEmpty() bool { return f.rule == nil && len(f.mutes) == 0 }

func (f *Filter) Matches(snap *Snapshot, s *news.Story) (bool, error) {
	for i := range f.mutes {
		if is, err := f.mutes[i].matches(snap, s); is || err != nil {
			return false, err
		}
	}
	if f.rule == nil {
		return true, nil
	}
	return snap.Matches(f.rule, s, true)
}

// ReadWire returns up to n stories that satisfy a query below a story, "" for the top,
// but for what a seat mutes.
func ReadWire(tx *store.Tx, seat *news.ReadState, query, before string, n int) (*Wire, error) {
	f, err := NewFilter(query, CompileMutes(seat, time.Now()))
	if err != nil {
		return nil, err
	}
	var last *news.Story
	if before != "" {
		if last, err = tx.Stories.Get(before); err != nil {
			return nil, err
		}
		if last == nil {
			return nil, notFound("There is no story %q.", before)
		}
	}
	out := &Wire{Seq: tx.Seq(), Events: []Event{}}
	snap, have := NewSnapshot(tx), 0
	for looked := 0; have < n && looked < maxScanned; looked += scanBatch {
		list, err := tx.Stories.Latest(scanBatch, last)
		if err != nil {
			return nil, err
		}
		for _, s := range list {
			if have >= n {
				break
			}
			last = s
			added, err := out.add(snap, f, s)
			if err != nil {
				return nil, err
			}
			if added {
				have++
			}
		}
		if len(list) < scanBatch && (len(list) == 0 || last == list[len(list)-1]) {
			return out, snap.Err
		}
	}
	out.Before = last.ID
	return out, snap.Err
}

// add puts a story with the others of its event, if it is to be seen.
func (w *Wire) add(snap *Snapshot, f *Filter, s *news.Story) (bool, error) {
	if s.MergedInto != "" || s.IsHidden(news.Everywhere) {
		return false, nil
	}
	holds, err := f.Matches(snap, s)
	if err != nil || !holds {
		return false, err
	}
	line, err := snap.Story(s)
	if err != nil {
		return false, err
	}
	if i := slices.IndexFunc(w.Events, func(e Event) bool { return e.ID == line.Event }); i >= 0 {
		w.Events[i].Stories = append(w.Events[i].Stories, line)
		return true, nil
	}
	w.Events = append(w.Events, Event{ID: line.Event, Last: line.First, Breaking: line.Breaking, Surge: line.Surge, Claim: line.EventClaim, Stories: []Story{line}})
	return true, nil
}
