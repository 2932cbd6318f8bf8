// Package view reads the store for people and programs: the JSON types of the API, and
// the read models behind the newsroom's pages and the commands.
//
// Each function reads in the transaction that it is given, so that one answer is
// consistent. It decides nothing about the news, and it knows no HTTP: what can't be
// answered is an Error that says so in plain words.
package view

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/words"
)

// Snapshot reads stories and their sources in one transaction, each source once.
type Snapshot struct {
	Tx      *store.Tx
	sources map[string]*news.SourceState
	Err     error // the first; what was read after it is empty
}

func NewSnapshot(tx *store.Tx) *Snapshot {
	return &Snapshot{Tx: tx, sources: map[string]*news.SourceState{}}
}

// Source never returns nil: of one that is forgotten its id is left.
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

func (snap *Snapshot) Story(s *news.Story) (Story, error) {
	ev := snap.Event(s.Event)
	out := Story{
		ID: s.ID, Seq: s.Seq, Event: ev.ID, Breaking: ev.Breaking, Claim: s.Claim, EventClaim: ev.Claim, MergedInto: s.MergedInto, Hidden: slices.Sorted(maps.Keys(s.Hidden)),
		Headline: s.Headline, Link: s.Link, Language: s.Language, Dir: words.Dir(s.Headline),
		Source: s.Source, Title: snap.Source(s.Source).Label(),
		First: s.First, Last: s.Last, Revised: s.Revised, Killed: s.Killed,
		Voices: s.Outlets(), Outlets: make([]Outlet, 0, len(s.Takes)), Topics: topicNames(s),
	}
	for i := range s.Takes {
		out.Outlets = append(out.Outlets, snap.outlet(&s.Takes[i]))
	}
	if !ev.Breaking.IsZero() {
		out.Surge = &Surge{ev.Surge.Voices, int(ev.Surge.Span / time.Second)}
	}
	return out, snap.Err
}

// Event follows an event to the one that took it in; it is never nil.
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
		Killed: t.Killed, Righted: t.CorrectedBy,
	}
}

// topicNames are the names of those in which a story stands, sorted: the file's order
// would cost a stream all rules for each event.
func topicNames(s *news.Story) []string {
	names := []string{}
	for name, p := range s.Places {
		if !p.Out {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
