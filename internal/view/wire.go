package view

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/quota"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/topic"
)

const (
	WireLines    = 200  // stories on a page of the wire by default
	MaxWireLines = 1000 // stories on a page at most
	maxScanned   = 5000 // stories that are examined for a page at most
	scanBatch    = 200  // stories that are examined in one transaction
)

// Wire is a page of the newest stories, grouped by event.
type Wire struct {
	Seq    uint64  `json:"seq"`              // seq of the last record that it includes
	Events []Event `json:"events"`           // by their newest story on this page, the newest first
	Before string  `json:"before,omitempty"` // id of the story to continue below; empty: no more
}

// Filter selects stories by a query and an editor's mutes.
type Filter struct {
	query string
	rule  *topic.Rule // nil: every story satisfies it
	mutes []MuteRule
	stars func() map[string]*news.Star // nil: stars make no difference
	me    string                       // the name of whoever asks, if that makes a difference
	zone  string                       // of the query's dates
}

// NewFilter compiles a query, which may be empty. It returns an Error when the query has a
// mistake.
func NewFilter(scope topic.Scope, query string, mutes []MuteRule) (*Filter, error) {
	f := &Filter{query: query, mutes: mutes, zone: scope.Zone.String()}
	if strings.TrimSpace(query) == "" {
		return f, nil
	}
	rule, err := scope.Compile(news.Topic{Match: []string{query}})
	if wrong := (*topic.Error)(nil); errors.As(err, &wrong) {
		return nil, wrongQuery(wrong)
	}
	if err != nil {
		return nil, err
	}
	if f.rule = rule; rule.AsksForStars() {
		f.stars = scope.Stars
	}
	if rule.AsksForMe() {
		f.me = scope.Me
	}
	return f, nil
}

// IsLasting tells whether what satisfies the filter does not depend on the time of the
// request: neither its query nor a mute asks for an age.
func (f *Filter) IsLasting() bool {
	asks := func(r *topic.Rule) bool { return r != nil && r.AsksForAge() }
	return !asks(f.rule) && !slices.ContainsFunc(f.mutes, func(m MuteRule) bool { return asks(m.rule) })
}

// Key is the same for filters that the same stories satisfy, for the same caller, but for
// mutes of events.
func (f *Filter) Key() string {
	key := f.query + "\x00" + f.me + "\x00" + f.zone
	for _, m := range f.mutes {
		if m.Kind != news.MuteEvent {
			key += fmt.Sprintf("\x00%s\x00%s\x00%d", m.Kind, m.What, m.Until.UnixNano())
		}
	}
	return key
}

// AsksForStars tells whether what satisfies the filter depends on the stars of whoever asks.
func (f *Filter) AsksForStars() bool { return f.stars != nil }

// IsEmpty tells whether every story matches.
func (f *Filter) IsEmpty() bool { return f.rule == nil && len(f.mutes) == 0 }

// Matches tells whether a story satisfies the query and is not muted.
func (f *Filter) Matches(snap *Snapshot, s *news.Story) (bool, error) {
	if f.mutesEvent(snap, s.Event) {
		return false, snap.Err
	}
	return f.matchesWithoutEvents(snap, s)
}

// mutesEvent tells whether an event is muted.
func (f *Filter) mutesEvent(snap *Snapshot, id string) bool {
	return slices.ContainsFunc(f.mutes, func(m MuteRule) bool { return m.Kind == news.MuteEvent && m.coversEvent(snap, id) })
}

// matchesWithoutEvents is Matches without the mutes of events.
func (f *Filter) matchesWithoutEvents(snap *Snapshot, s *news.Story) (bool, error) {
	for i := range f.mutes {
		if f.mutes[i].Kind == news.MuteEvent {
			continue
		}
		if muted, err := f.mutes[i].matches(snap, s); muted || err != nil {
			return false, err
		}
	}
	if f.rule == nil {
		return true, nil
	}
	return snap.Matches(f.rule, s, true)
}

// WireReader reads a page of the wire in several transactions, none of them long: with a
// query that few stories satisfy it examines thousands.
type WireReader struct {
	Wire   *Wire // what was read; complete when Read returns false
	Filter *Filter

	before                *news.Story // nil: the page is the first one
	last                  *news.Story // examined; nil: none
	examined              bool        // a story, since NewWireReader
	wanted, found, looked int
}

// NewWireReader prepares reading up to n stories that satisfy a filter. They are below the
// story before, or the newest when that is empty.
func NewWireReader(tx *store.Tx, f *Filter, before string, n int) (r *WireReader, err error) {
	r = &WireReader{Wire: &Wire{Seq: tx.Seq(), Events: []Event{}}, Filter: f, wanted: n}
	if before == "" {
		return r, nil
	}
	if r.before, err = tx.Stories.Get(before); err == nil && r.before == nil {
		err = notFound("There is no story %q.", before)
	}
	r.last = r.before
	return r, err
}

// Before returns the story that the page continues below, nil when it is the first one.
func (r *WireReader) Before() *news.Story { return r.before }

// Read examines the next stories, at most scanBatch, and tells whether there is more to
// read. When the processor time of ctx is used up, the page ends, after one story at least.
func (r *WireReader) Read(ctx context.Context, tx *store.Tx) (more bool, err error) {
	list, err := tx.Stories.Latest(scanBatch, r.last)
	if err != nil {
		return false, err
	}
	snap := NewSnapshot(tx)
	for _, s := range list {
		if r.found >= r.wanted {
			break
		}
		used, err := usedUp(ctx)
		if err != nil || used && r.examined {
			return false, errors.Join(err, snap.Err)
		}
		r.last, r.examined, r.Wire.Before = s, true, s.ID
		added, err := r.Wire.add(snap, r.Filter, s)
		if err != nil {
			return false, err
		}
		if added {
			r.found++
		}
	}
	if len(list) < scanBatch && (len(list) == 0 || r.last == list[len(list)-1]) {
		r.Wire.Before = "" // the end
		return false, snap.Err
	}
	r.looked += scanBatch
	r.Wire.Before = r.last.ID
	return r.found < r.wanted && r.looked < maxScanned, snap.Err
}

// usedUp tells whether the processor time of ctx is used up. If ctx ended otherwise, it
// returns why.
func usedUp(ctx context.Context) (bool, error) {
	err := ctx.Err()
	if errors.Is(err, quota.ErrUsedUp) {
		return true, nil
	}
	return false, err
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
	return true, w.append(snap, s)
}

// append adds a story to its event.
func (w *Wire) append(snap *Snapshot, s *news.Story) error {
	line, err := snap.Story(s)
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(w.Events, func(e Event) bool { return e.ID == line.Event }); i >= 0 {
		w.Events[i].Stories = append(w.Events[i].Stories, line)
		return nil
	}
	w.Events = append(w.Events, Event{ID: line.Event, Last: line.First, Breaking: line.Breaking, Surge: line.Surge, Claim: line.EventClaim, Coverage: line.Coverage, Stories: []Story{line}})
	return nil
}
