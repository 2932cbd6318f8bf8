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
	WireLines    = 200  // stories on a page of the wire by default
	MaxWireLines = 1000 // stories on a page at most
	maxScanned   = 5000 // stories that one call examines, in one transaction
	scanBatch    = 200
)

// Wire is a page of the newest stories, grouped by event.
type Wire struct {
	Seq    uint64  `json:"seq"`              // seq of the last record that it includes
	Events []Event `json:"events"`           // by their newest story on this page, the newest first
	Before string  `json:"before,omitempty"` // id of the story to continue below; empty: no more
}

// Filter selects stories by a query and an editor's mutes.
type Filter struct {
	rule  *topic.Rule // nil: every story satisfies it
	mutes []MuteRule
}

// NewFilter compiles a query, which may be empty. It returns an Error when the query has a
// mistake.
func NewFilter(scope topic.Scope, query string, mutes []MuteRule) (*Filter, error) {
	f := &Filter{mutes: mutes}
	if strings.TrimSpace(query) == "" {
		return f, nil
	}
	rule, err := scope.Compile(news.Topic{Match: []string{query}})
	if wrong := (*topic.Error)(nil); errors.As(err, &wrong) {
		return nil, invalid("%s", wrong.Error())
	}
	f.rule = rule
	return f, err
}

// IsEmpty tells whether every story matches.
func (f *Filter) IsEmpty() bool { return f.rule == nil && len(f.mutes) == 0 }

// Matches tells whether a story satisfies the query and is not muted.
func (f *Filter) Matches(snap *Snapshot, s *news.Story) (bool, error) {
	for i := range f.mutes {
		if muted, err := f.mutes[i].matches(snap, s); muted || err != nil {
			return false, err
		}
	}
	if f.rule == nil {
		return true, nil
	}
	return snap.Matches(f.rule, s, true)
}

// ReadWire returns up to n stories that satisfy a query and are not muted in an editor's
// read state. They are below the story before, or the newest when that is empty.
func ReadWire(tx *store.Tx, state *news.ReadState, query, before string, n int) (*Wire, error) {
	now := time.Now()
	scope, err := SearchScope(tx, now)
	if err != nil {
		return nil, err
	}
	f, err := NewFilter(scope, query, CompileMutes(state, now))
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
	snap, found := NewSnapshot(tx), 0
	for scanned := 0; found < n && scanned < maxScanned; scanned += scanBatch {
		list, err := tx.Stories.Latest(scanBatch, last)
		if err != nil {
			return nil, err
		}
		for _, s := range list {
			if found >= n {
				break
			}
			last = s
			added, err := out.add(snap, f, s)
			if err != nil {
				return nil, err
			}
			if added {
				found++
			}
		}
		if len(list) < scanBatch && (len(list) == 0 || last == list[len(list)-1]) {
			return out, snap.Err
		}
	}
	out.Before = last.ID
	return out, snap.Err
}

// add adds a story to its event if it is shown and matches f.
func (w *Wire) add(snap *Snapshot, f *Filter, s *news.Story) (bool, error) {
	if s.MergedInto != "" || s.IsTakenDown() {
		return false, nil
	}
	ok, err := f.Matches(snap, s)
	if err != nil || !ok {
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
