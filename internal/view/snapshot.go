// Package view holds the read models of the newsroom, the public site and the commands,
// which are also the JSON types of the API.
//
// Each function reads in the transaction that it is given, so that its answer is
// consistent. The package decides nothing about the news, writes nothing but the editors'
// read state, and does not know HTTP: a request that can't be answered is an Error that
// tells the user why.
//
//	snapshot.go       stories with their sources, in one transaction
//	stories.go        stories, outlets, and lists of them
//	coverage.go       how many outlets have an event
//	wire.go           the newest stories by event, filtered by a query and mutes; matches.go keeps
//	                  which satisfy a filter; unread.go: which of them are unread
//	why.go            why an entry is in its story; comparison.go: why not in another
//	decisions.go      what editors decided; claims.go: who works on what
//	sources.go        sources and topics; source_status.go: what is wrong with a source
//	alerts.go         alerts and their notices
//	preview.go        what a topic rule would change; search.go: results of a search
//	readstate.go      read marks and mutes of an editor
//	recipients.go     who receives newsletters; subscribers.go: how many read a feed
//	status.go         the state of the daemon
package view

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/story"
	"github.com/slugline/slugline/internal/topic"
	"github.com/slugline/slugline/internal/words"
)

// Snapshot reads stories and their sources in one transaction. It reads each source only
// once. Make one with NewSnapshot.
type Snapshot struct {
	Tx        *store.Tx
	Docs      map[string]*topic.Doc // of entries, kept for other queries; nil: they are not kept
	sources   map[string]*news.SourceState
	pins      map[string][]news.Pin // by topic
	coverages map[string]*Coverage  // by event
	Err       error                 // the first error; results after it are incomplete
}

// NewSnapshot returns a Snapshot that reads in tx and is valid as long as tx is.
func NewSnapshot(tx *store.Tx) *Snapshot {
	return &Snapshot{Tx: tx, sources: map[string]*news.SourceState{}, pins: map[string][]news.Pin{}, coverages: map[string]*Coverage{}}
}

// keptSources keeps the sources that a request has read for its next transaction, as long as
// there is no new record.
type keptSources struct {
	seq  uint64
	byID map[string]*news.SourceState
}

// snapshot returns a Snapshot with the sources that are known.
func (k *keptSources) snapshot(tx *store.Tx) *Snapshot {
	snap := NewSnapshot(tx)
	if k.byID != nil && k.seq == tx.Seq() {
		snap.sources = k.byID
	}
	k.seq, k.byID = tx.Seq(), snap.sources
	return snap
}

// Source returns the source with an id. It never returns nil: for an unknown source it
// returns one that has the id as its name and shows headlines only.
func (snap *Snapshot) Source(id string) *news.SourceState {
	if s, ok := snap.sources[id]; ok {
		return s
	}
	s, err := snap.Tx.Sources.Get(id)
	snap.Err = cmp.Or(snap.Err, err)
	if s == nil {
		s = &news.SourceState{Source: news.Source{ID: id, Name: id, Show: news.ShowHeadline}}
	}
	snap.sources[id] = s
	return s
}

// Story returns a story as lists show it.
func (snap *Snapshot) Story(s *news.Story) (Story, error) {
	ev, src := snap.Event(s.Event), snap.Source(s.Source)
	out := Story{
		ID: s.ID, Seq: s.Seq, Event: ev.ID, Breaking: ev.Breaking, Claim: s.Claim, Assigned: s.Assigned, EventClaim: ev.Claim, MergedInto: s.MergedInto, Hidden: slices.Sorted(maps.Keys(s.Hidden)),
		Headline: s.Headline, Link: s.Link, Language: s.Language, Dir: words.Dir(s.Headline),
		Source: s.Source, Name: src.Name, Title: src.Label(),
		First: s.First, Last: s.Last, Revised: s.Revised, Killed: s.Killed,
		Voices: s.Outlets(), Outlets: make([]Outlet, 0, len(s.Takes)), Topics: topicNames(s), Notes: s.Notes, Coverage: snap.coverage(ev, s),
	}
	out.Pins = snap.pinsOf(s.ID, out.Topics)
	for i := range s.Takes {
		out.Outlets = append(out.Outlets, snap.outlet(&s.Takes[i]))
		if !s.IsWithdrawn() {
			out.addHolds(s.Takes[i].Holds)
		}
	}
	slices.SortStableFunc(out.Outlets, func(a, b Outlet) int { return a.At.Compare(b.At) })
	for _, t := range s.Corrections() {
		out.Corrections = append(out.Corrections, snap.Correction(t))
	}
	if !ev.Breaking.IsZero() {
		out.Surge = &Surge{ev.Surge.Voices, int(ev.Surge.Span / time.Second)}
	}
	return out, snap.Err
}

// pinsOf returns the pins of a story in some topics.
func (snap *Snapshot) pinsOf(story string, topics []string) (all []Pin) {
	for _, name := range topics {
		for _, p := range snap.topicPins(name) {
			if p.Story == story {
				all = append(all, Pin{name, p.Until})
			}
		}
	}
	return all
}

func (snap *Snapshot) topicPins(topic string) []news.Pin {
	pins, ok := snap.pins[topic]
	if ok {
		return pins
	}
	t, err := snap.Tx.Topics.Get(topic)
	snap.Err = cmp.Or(snap.Err, err)
	if t != nil {
		pins = t.Pins
	}
	snap.pins[topic] = pins
	return pins
}

// addHolds adds the holds of a take, each once.
func (s *Story) addHolds(more []news.Hold) {
	for _, h := range more {
		if !slices.Contains(s.Held, h) {
			s.Held = append(s.Held, h)
		}
	}
}

// Event returns the event with an id, or the event that it was merged into. It never
// returns nil: the event of a single story is not stored.
func (snap *Snapshot) Event(id string) *news.Event {
	ev, err := snap.Tx.Events.Get(id)
	snap.Err = cmp.Or(snap.Err, err)
	if ev == nil {
		ev = &news.Event{ID: id}
	}
	return ev
}

func (snap *Snapshot) outlet(t *news.Take) Outlet {
	return Outlet{
		Entry: t.Entry, Source: t.Source, Title: snap.Source(t.Source).Label(), Owner: t.Owner,
		Headline: t.Headline, Link: t.Link, Language: t.Language, At: t.At,
		Level: t.Level, Score: t.Score, Was: append([]news.EarlierHeadline{}, t.Earlier...),
		Killed: t.Killed, Held: t.Holds, Righted: t.CorrectedBy,
	}
}

// Correction returns a take with which an outlet corrected itself.
func (snap *Snapshot) Correction(t *news.Take) Correction {
	headline := story.CorrectedHeadline(t.Headline)
	return Correction{Title: snap.Source(t.Source).Label(), Headline: headline, Dir: words.Dir(headline), Language: t.Language, At: t.Corrected}
}

// topicNames returns the topics that have the story in their feed, sorted by name. The
// order of feeds.yaml would require the rules, which is too slow for the live stream.
func topicNames(s *news.Story) []string {
	names := []string{}
	for name := range s.Places {
		if _, isIn := s.Standing(name); isIn {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
