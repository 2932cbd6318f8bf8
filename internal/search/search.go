// Package search finds stories by the query language in all stored headlines and
// summaries.
//
// A search finds exactly what topic's match would find in a scan of the store: the
// index finds candidates, and match decides where the index is not sure. The index is
// never sure about a query field that it does not know. Stories that changed after the
// index last caught up, and stories not indexed yet while the index is built, are
// matched one by one.
//
// The index belongs to this node, in a folder beside the database. It is built from the
// store and follows its changes. An index that is missing, damaged, of another version
// or of another database is rebuilt, newest stories first; meanwhile searches find what
// is indexed so far. One goroutine writes it, with short read transactions, so it never
// delays the desk.
//
// A document of the index (package posting) is a story: the words of its takes as package
// words cuts and stems them, and each two of them in a row as a hash, so that a phrase has few
// candidates. It has no positions, frequencies or text. Hits come the newest first.
//
//	search.go      Index and its status
//	partly.go      FindPartly, for readers who may not see all of a story
//	find.go        Find; walk.go goes through candidates, newest first; count.go counts
//	mapping.go     which query fields the index knows, and how
//	planner.go     a query to a candidate query, with the forms of its words (forms.go)
//	               and the pairs of its phrases (pairs.go)
//	candidates.go  candidate queries, and what they ask the index
//	run.go         opens, builds (build.go) and follows (catchup.go, language.go)
//	handle.go      an open index; state.go says how far it has come
//	document.go    what the index holds of a story; window.go its windows of time
//
// cmd/slugline/MEASURED.md says what a search and the index cost. To measure again:
//
//	go test -run '^$' -bench Find -benchtime 1x -timeout 2h ./internal/search
//
// SLUGLINE_SEARCH_HEADLINES=1000000 sets the number of headlines, SLUGLINE_SEARCH_DIR=FOLDER
// keeps the store and the index for the next run, SLUGLINE_SEARCH_SLOW=1 prints slow
// queries.
package search

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/search/posting"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/topic"
)

// Index is the search index of one store. Set Store and Dir, and call Run; until Run
// has opened the index, Find and Count return ErrClosed. Find, Count and Status are
// safe for use by several goroutines.
type Index struct {
	Store *store.Store
	Dir   string        // folder of the index, which nothing else uses
	Log   *slog.Logger  // nil: silent
	Every time.Duration // between two checks for new records; 0 means 1s

	// Set by tests only.
	limit     int                // instead of fewHits, maxExpansion, readAtOnce and writeAtOnce
	known     map[string]mapping // instead of mappings
	afterStep func()             // called after each step of a build

	failed bool // Run has logged that there is no index

	once  sync.Once
	slots chan struct{} // one for each running search

	mu     sync.RWMutex  // guards the fields below
	handle *handle       // nil: no index is open
	opened chan struct{} // made by a search that waits, closed when handle is set
	status Status

	sources []*news.Source // as of seq
	seq     uint64
}

// Status is the state of an index.
type Status struct {
	Opening  bool      // it is being opened
	Building bool      // it is being built
	Reached  time.Time // while it is built: stories that began before are not found yet
	Problem  string    // why there is no index; empty: none, or it is being opened
	Seq      uint64    // all records up to this one are indexed
}

// Status returns the state of the index.
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

// currentHandle returns the open index, nil when there is none. It waits up to openWait
// for one that is being opened.
func (x *Index) currentHandle(ctx context.Context) *handle {
	x.mu.Lock()
	if x.opened == nil {
		x.opened = make(chan struct{})
	}
	h, opened, problem := x.handle, x.opened, x.status.Problem
	x.mu.Unlock()
	if h != nil || problem != "" {
		return h
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

func (x *Index) setHandle(h *handle) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.handle = h
	if h == nil {
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

// setProgress notes that a build has indexed all stories that began after t.
func (x *Index) setProgress(t time.Time) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.status = Status{Building: true, Reached: t}
}

// setCaughtUp notes that all records up to seq are indexed.
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

// searchesAtOnce is how many searches run at the same time; others wait.
const searchesAtOnce = 2

// search runs a search in one of the slots. A search that finds damage closes the
// index, and Run rebuilds it.
func (x *Index) search(ctx context.Context, fn func(context.Context) error) error {
	x.once.Do(func() { x.slots = make(chan struct{}, searchesAtOnce) })
	select {
	case x.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-x.slots }()
	h := x.currentHandle(ctx)
	err := fn(ctx)
	if errors.Is(err, posting.ErrDamaged) && h != nil {
		h.fail(err)
	}
	return err
}

// sourceDocs returns all sources as takes with an empty entry, which the parts of a
// query about the source match.
func (x *Index) sourceDocs(tx *store.Tx) ([]take, error) {
	all, err := x.allSources(tx)
	out := make([]take, len(all))
	for i, s := range all {
		out[i] = take{topic.NewDoc(&news.Entry{}, s), s}
	}
	return out, err
}

// allSources returns all sources. It reads them once after each record.
func (x *Index) allSources(tx *store.Tx) ([]*news.Source, error) {
	seq := tx.Seq()
	x.mu.RLock()
	cached, at := x.sources, x.seq
	x.mu.RUnlock()
	if cached != nil && at == seq {
		return cached, nil
	}
	all, err := tx.Sources.AllForQueries()
	if err != nil {
		return nil, err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.sources, x.seq = all, seq
	return all, nil
}

// keyedSources returns the ids of the sources that are read with credentials.
func (x *Index) keyedSources(tx *store.Tx) (ids []string, err error) {
	all, err := x.allSources(tx)
	for _, s := range all {
		if s.Keyed {
			ids = append(ids, s.ID)
		}
	}
	return ids, err
}
