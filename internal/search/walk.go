package search

import (
	"cmp"
	"math"
	"slices"

	"github.com/blevesearch/bleve/v2/search"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

const (
	fewHits    = 4096 // up to this many hits are sorted at once; more are found window by window
	maxScanned = 5000 // stories not indexed yet that a search checks one by one
	checkEvery = 16   // hits, each of which may cost a step in thousands of lists
)

// walk goes through the candidates, the stories that changed after they were indexed,
// and the stories not indexed yet, the newest first.
type walk struct {
	*lookup
	candidates  *candidateQuery
	below       string   // only stories below this key; empty: all
	list        []string // keys of candidates to return next
	changedKeys []string // those that are not returned yet
	windows     *windows // where more candidates are; nil: there are no more
	started     bool
	unindexed   []byte // see lookup; moves down
	scanned     int    // stories not indexed yet, so far
}

func (l *lookup) walk(candidates *candidateQuery, before *news.Story) *walk {
	w := &walk{lookup: l, candidates: candidates, changedKeys: l.changedKeys, unindexed: l.unindexed}
	if before != nil {
		w.below = keyOf(before)
		w.changedKeys = w.changedKeys[len(w.changedKeys)-countBelow(w.changedKeys, w.below):]
	}
	return w
}

// countBelow returns how many of the keys, which are sorted, are below one.
func countBelow(keys []string, below string) (n int) {
	for _, k := range keys {
		if newer(below, k) < 0 {
			n++
		}
	}
	return n
}

// next returns up to n keys, none at the end.
func (w *walk) next(n int) (keys []string, err error) {
	if !w.started {
		w.started = true
		if err := w.start(); err != nil {
			return nil, err
		}
	}
	for len(keys) < n {
		if err := w.fill(); err != nil {
			return nil, err
		}
		from := &w.list
		if len(w.list) == 0 || len(w.changedKeys) > 0 && newer(w.changedKeys[0], w.list[0]) < 0 {
			from = &w.changedKeys
		}
		if len(*from) == 0 {
			break
		}
		keys, *from = append(keys, (*from)[0]), (*from)[1:]
	}
	return keys, nil
}

// fill fills an empty list from the windows, and after the last window from the stories
// not indexed yet.
func (w *walk) fill() error {
	if err := w.nextWindow(); err != nil || len(w.list) > 0 || w.unindexed == nil || w.scanned >= maxScanned {
		return err
	}
	from := w.unindexed
	if w.below != "" && newer(string(from), w.below) < 0 {
		from = []byte(w.below)
	}
	return w.x.Store.ViewContext(w.ctx, func(tx *store.Tx) error {
		list, err := tx.Stories.Latest(checkAtOnce, storyAt(from))
		for _, s := range list {
			w.unindexed = []byte(keyOf(s))
			if !w.changed[s.ID] {
				w.list = append(w.list, keyOf(s))
			}
		}
		if w.scanned += len(list); len(list) == 0 {
			w.unindexed = nil
		}
		return err
	})
}

// nextWindow searches one window after another while the list is empty.
func (w *walk) nextWindow() error {
	for len(w.list) == 0 && w.windows != nil {
		term, ok := w.windows.next()
		if !ok {
			w.windows = nil
			return nil
		}
		inside := &candidateQuery{op: opTerms, field: fieldTime, terms: []string{term}}
		list, _, err := w.collect(allOf([]*candidateQuery{inside, w.candidates}), w.below, math.MaxInt)
		if err != nil {
			return err
		}
		w.list = list
	}
	return nil
}

// start lists all candidates if they are few; otherwise it prepares the windows.
func (w *walk) start() error {
	list, complete, err := w.collect(w.candidates, w.below, cmp.Or(w.x.limit, fewHits))
	if err != nil || complete {
		w.list = list
		return err
	}
	from := w.newest
	if from != nil && w.below != "" && newer(keyOf(from), w.below) < 0 {
		from = storyAt([]byte(w.below))
	}
	oldest, err := w.oldestWindow()
	if from == nil || err != nil {
		return err
	}
	w.windows = newWindows(sortable(from.First), oldest)
	return nil
}

// oldestWindow returns when the largest window begins that has the oldest story.
func (l *lookup) oldestWindow() (uint64, error) {
	p := planner{ctx: l.ctx, reader: l.reader}
	first, _, err := p.dictionary(fieldTime, string(levels[0].name), 1)
	if err != nil || len(first) == 0 {
		return math.MaxUint64, err
	}
	return windowStart(levels[0], first[0]), nil
}

// collect returns the keys of the candidates below a key, the newest first, without
// stories that changed after they were indexed. complete is false, and there are no
// keys, when there are more than most candidates.
func (l *lookup) collect(candidates *candidateQuery, below string, most int) (keys []string, complete bool, err error) {
	s, err := candidates.open(l.ctx, l.reader)
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = s.Close() }()
	c := &search.SearchContext{DocumentMatchPool: search.NewDocumentMatchPool(s.DocumentMatchPoolSize()+8, 0), IndexReader: l.reader}
	for hits := 0; ; hits++ {
		if hits%checkEvery == 0 {
			if err := l.ctx.Err(); err != nil {
				return nil, false, err
			}
		}
		hit, err := s.Next(c)
		if err != nil {
			return nil, false, err
		}
		if hit == nil {
			break
		}
		if hits == most {
			return nil, false, nil
		}
		key, err := l.reader.ExternalID(hit.IndexInternalID)
		c.DocumentMatchPool.Put(hit)
		if err != nil {
			return nil, false, err
		}
		if !l.changed[storyOf(key)] && (below == "" || newer(below, key) < 0) {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, newer)
	return keys, true, nil
}
