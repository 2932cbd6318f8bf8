// Package search finds stories by the query language in all headlines and summaries
// that are kept.
//
// A search finds what a scan of the store with topic.Match would find: the index
// narrows the stories down, and Match decides where the index can't be sure. What was
// committed after the index last caught up, or not taken in yet while it is made, is
// looked at by itself, so that nothing is missing. The index is
// this node's own, in a folder beside the database; it is made of the store and
// follows its changes, never the truth: missing, damaged, of another version or of
// another database it is made anew, the newest stories first, and searches find
// meanwhile what is in already. It is fed by a goroutine of its own in short
// transactions and is never in the way of the fold.
//
// A paper, the index's document, is a story: the words of its outlets' texts as
// package words cuts and stems them, without positions, frequencies or text. Queries
// are cut into what the index must hold (see need). Few hits are sorted; of many the
// newest are found in windows of time. It is the only importer of bleve, of which it
// uses the index and the searchers: no mapping, no analysis, no scoring.
//
// Measured with 200,000 invented headlines of six scripts and their summaries
// (167,000 stories, a database of 308 MB) and 1,000 mixed queries, in processor time
// because the machine was busy: a page of 50 takes 1.5 ms at the median, 7.9 ms at
// p95, 27 ms at p99 (phrases of two frequent words); with the count of what a topic
// would carry 2.9, 14 and 36 ms. The index takes 213 MB on the disk and next to
// nothing of the heap; making it takes 115 s of one processor. Again with
//
//	go test -run '^$' -bench Find -benchtime 1x -timeout 2h ./internal/search
//
// SLUGLINE_SEARCH_HEADLINES=1000000 takes more of them, SLUGLINE_SEARCH_DIR=FOLDER
// keeps what was made for the next run, SLUGLINE_SEARCH_SLOW=1 names slow queries.
package search

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/topic"
)

// Index is the search of one store. It is ready when Store and Dir are set, finds
// something once Run runs, and may be asked by many goroutines.
type Index struct {
	Store *store.Store
	Dir   string        // folder of the index, which nobody else uses
	Log   *slog.Logger  // nil: silent
	Every time.Duration // between two looks at what was committed; 0 means 1s

	limit     int    // in tests: instead of fewHits, maxExpansion, readAtOnce and writeAtOnce
	afterStep func() // in tests: called between two steps of the making

	once  sync.Once
	slots chan struct{} // holds one for each search under way

	mu     sync.RWMutex  // guards the fields below
	handle  *handle        // nil: there is none at the moment
	opened chan struct{} // closed when there is one; see open
	status Status

	sources []*news.Source // as of seq
	seq     uint64
}

// Status is how an index does.
type Status struct {
	Opening  bool      // it is being opened
	Building bool      // it is being made
	Reached  time.Time // while it is: stories that began before are not found yet
	Problem  string    // why there is none at the moment
	Seq      uint64    // all that was committed up to this one is in
}

// Status says how the index does.
func (x *Index) Status() Status {
	x.mu.RLock()
	defer x.mu.RUnlock()
	st := x.status
	if x.handle == nil && st.Problem == "" {
		st.Opening = true
	}
	return st
}

// openWait is how long a search waits for an index that is being opened.
const openWait = 2 * time.Second

// currentHandle is the index to look into, nil when there is none. It waits a little for
// one that is being opened.
func (x *Index) currentHandle(ctx context.Context) *handle {
	x.mu.Lock()
	if x.opened == nil {
		x.opened = make(chan struct{})
	}
	s, opened, hopeless := x.handle, x.opened, x.status.Problem != ""
	x.mu.Unlock()
	if s != nil || hopeless {
		return s
	}
	select {
	case <-opened:
	case <-time.After(openWait):
	case <-ctx.Done():
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.handle
}

func (x *Index) setHandle(s *handle) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.handle = s
	if s == nil {
		return
	}
	x.status.Problem = ""
	if x.opened != nil {
		close(x.opened)
		x.opened = nil
	}
}

func (x *Index) setProblem(err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if err != nil {
		x.status.Problem = err.Error()
	}
}

func (x *Index) setProgress(t time.Time) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.status = Status{Building: true, Reached: t}
}

// setCaughtUp says that all up to seq is in.
func (x *Index) setCaughtUp(seq uint64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.status = Status{Seq: seq}
}

func (x *Index) log(what string, err error, more ...any) {
	switch {
	case x.Log == nil:
	case err != nil:
		x.Log.Error(what, append(more, "err", err)...)
	default:
		x.Log.Info(what, more...)
	}
}

// searchesAtOnce is how many searches work at the same time; others wait.
const searchesAtOnce = 2

// search runs a search. What meets damage closes the index, and Run makes another.
func (x *Index) search(ctx context.Context, fn func(context.Context) error) error {
	x.once.Do(func() { x.slots = make(chan struct{}, searchesAtOnce) })
	select {
	case x.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-x.slots }()
	s := x.currentHandle(ctx)
	err := guard(func() error { return fn(ctx) })
	if errors.Is(err, errDamaged) && s != nil {
		s.fail(err, x.Dir)
	}
	return err
}

// sourceDocs are all sources, as the part of a query that asks for them sees them.
func (x *Index) sourceDocs(tx *store.Tx) ([]take, error) {
	all, err := x.allSources(tx)
	out := make([]take, len(all))
	for i, s := range all {
		out[i] = take{topic.NewDoc(&news.Entry{}, s), s}
	}
	return out, err
}

// allSources are all sources. They are read once between two records.
func (x *Index) allSources(tx *store.Tx) ([]*news.Source, error) {
	seq := tx.Seq()
	x.mu.RLock()
	known, at := x.sources, x.seq
	x.mu.RUnlock()
	if known != nil && at == seq {
		return known, nil
	}
	all, err := tx.Outlines()
	if err != nil {
		return nil, err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.sources, x.seq = all, seq
	return all, nil
}

// keyedSources are the ids of the sources that are read with credentials.
func (x *Index) keyedSources(tx *store.Tx) (ids []string, err error) {
	all, err := x.allSources(tx)
	for _, s := range all {
		if s.Keyed {
			ids = append(ids, s.ID)
		}
	}
	return ids, err
}
