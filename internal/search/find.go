package search

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"

	"github.com/blevesearch/bleve/v2/search"
	index "github.com/blevesearch/bleve_index_api"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/topic"
)

// ErrClosed is returned while there is no index to look into.
var ErrClosed = errors.New("the search is not ready")

const (
	fewHits     = 4096 // that many are sorted at once; with more the newest are found by windows
	checkAtOnce = 128  // candidates that one transaction looks at
	maxChanged     = 2000 // stories that changed since and are looked at one by one
	maxScanned     = 5000 // stories that are looked at one by one where the index has nothing yet
	maxChecked  = 1000 // stories that a count looks at one by one; beyond that it is an estimate
)

// Found is what a query found.
type Found struct {
	Stories []*news.Story // the newest first
	More    bool          // there are older ones
}

// lookup is one query on its way.
type lookup struct {
	ctx    context.Context
	x      *Index
	query  *topic.Query
	reader index.IndexReader
	candidates   *candidateQuery
	changed   map[string]bool // stories that changed after the index took them in
	changedKeys []string        // the keys of those that are shown, newest first
	newest    *news.Story     // the newest of all
	unindexed   []byte          // while the index is built: the key below which it has nothing yet
}

// newLookup prepares a query for the index as it stands. The caller closes the reader.
func (x *Index) newLookup(ctx context.Context, q *topic.Query) (*lookup, error) {
	s := x.currentHandle(ctx)
	if s == nil {
		return nil, ErrClosed
	}
	r, err := s.Reader()
	if err != nil {
		return nil, err
	}
	a := &lookup{ctx: ctx, x: x, query: q, reader: r}
	if err := a.prepare(); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return a, nil
}

func (a *lookup) prepare() error {
	st, err := stateOf(a.reader)
	if err != nil {
		return err
	}
	if !st.Built {
		a.unindexed = st.Cursor
		if a.unindexed == nil {
			a.unindexed = []byte(aboveAll)
		}
	}
	var turned []string // sources: their stories are stemmed by another language than they were
	p := &planner{ctx: a.ctx, reader: a.reader, maxTerms: cmp.Or(a.x.limit, maxExpansion)}
	err = a.x.Store.View(func(tx *store.Tx) error {
		changes, err := tx.Changes(st.Seq, maxChanged)
		if err != nil {
			return err
		}
		if err := a.readChanged(tx, changedStories(changes)); err != nil {
			return err
		}
		top, err := tx.Latest(1, nil)
		if err != nil {
			return err
		}
		if len(top) > 0 {
			a.newest = top[0]
		}
		if asksSources(a.query.Root()) {
			if p.sources, err = a.x.sourceDocs(tx); err != nil {
				return err
			}
		}
		rules, err := tx.Rules()
		if err != nil || rules == nil || rules.Hash == st.RulesHash {
			return err
		}
		langs, err := languages(tx)
		if err == nil {
			turned, err = sourcesInNewLanguage(a.reader, langs)
		}
		return err
	})
	if err != nil {
		return err
	}
	sorts, _, err := p.dictionary(fieldFlags, stemmedBy, math.MaxInt)
	if err != nil {
		return err
	}
	for _, s := range sorts {
		p.langs = append(p.langs, s[len(stemmedBy):])
	}
	if a.candidates, err = p.plan(a.query.Root()); err != nil {
		return err
	}
	if len(turned) > 0 {
		a.candidates = anyOf([]*candidateQuery{a.candidates, {op: opTerms, field: fieldSource, terms: turned}})
	}
	return nil
}

// readChanged takes note of stories that the index does not have as they are. Of very
// many the rest is found as it was.
func (a *lookup) readChanged(tx *store.Tx, ids []string) error {
	a.changed = make(map[string]bool, len(ids))
	for _, id := range ids[:min(len(ids), maxChanged)] {
		a.changed[id] = true
		s, err := tx.Story(id)
		if err != nil {
			return err
		}
		if shown(s) {
			a.changedKeys = append(a.changedKeys, keyOf(s))
		}
	}
	slices.SortFunc(a.changedKeys, newer)
	return nil
}

// Find returns up to n stories that satisfy a query and are older than before; nil is
// newer than all. It finds what a scan of the store with Match would find. ctx cuts it
// short.
func (x *Index) Find(ctx context.Context, q *topic.Query, before *news.Story, n int) (found *Found, err error) {
	err = x.search(ctx, func(ctx context.Context) error {
		a, err := x.newLookup(ctx, q)
		if err != nil {
			return err
		}
		defer func() { _ = a.reader.Close() }()
		found, err = a.find(before, n)
		return err
	})
	return found, err
}

func (a *lookup) find(before *news.Story, n int) (*Found, error) {
	out := &Found{}
	for w := a.walk(a.candidates, before); len(out.Stories) <= n; {
		keys, err := w.next(min(max(2*n, 16), checkAtOnce))
		if err != nil {
			return nil, err
		}
		if len(keys) == 0 {
			return out, nil
		}
		more, err := a.check(keys, a.candidates, false)
		if err != nil {
			return nil, err
		}
		out.Stories = append(out.Stories, more...)
	}
	out.Stories, out.More = out.Stories[:n], true
	return out, nil
}

// check returns the stories that satisfy the query, in the order of keys. Those of
// which the need is sure are not held against it again.
func (a *lookup) check(keys []string, n *candidateQuery, public bool) (out []*news.Story, err error) {
	err = a.x.Store.View(func(tx *store.Tx) error {
		r := newStoryReader(tx)
		for _, k := range keys {
			if err := a.ctx.Err(); err != nil {
				return err
			}
			s, err := tx.Story(storyOf(k))
			if err != nil {
				return err
			}
			ok := shown(s)
			if ok && !a.sure(k, n) {
				ok, err = r.matches(a.query, s, public)
			}
			if err != nil {
				return err
			}
			if ok {
				out = append(out, s)
			}
		}
		return nil
	})
	return out, err
}

// sure says whether the story with a key, which meets a need, satisfies the query. Of
// stories that changed since, the index does not know.
func (a *lookup) sure(key string, n *candidateQuery) bool {
	return len(key) > keySize && n.sureForOne && (n.sureForMany || hasOneTake(key)) && !a.changed[storyOf(key)]
}

// walk goes through the stories that meet a need, and those that changed since, the
// newest first.
type walk struct {
	*lookup
	unindexed    []byte // see asking
	candidates    *candidateQuery
	below   string // key; empty is above all
	list    []string
	changedKeys    []string
	windows *windows // nil when the list is all that is left
	started   bool
	scanned  int // stories below rest
}

func (a *lookup) walk(n *candidateQuery, before *news.Story) *walk {
	w := &walk{lookup: a, candidates: n, changedKeys: a.changedKeys, unindexed: a.unindexed}
	if before != nil {
		w.below = keyOf(before)
		w.changedKeys = w.changedKeys[len(w.changedKeys)-count(w.changedKeys, w.below):]
	}
	return w
}

// count is how many keys are below one, which are the last of them.
func count(keys []string, below string) (n int) {
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

// fill looks into one window after the other until there is something in the list, and
// then at what the index has not taken in.
func (w *walk) fill() error {
	if err := w.nextWindow(); err != nil || len(w.list) > 0 || w.unindexed == nil || w.scanned >= maxScanned {
		return err
	}
	from := w.unindexed
	if w.below != "" && newer(string(from), w.below) < 0 {
		from = []byte(w.below)
	}
	return w.x.Store.View(func(tx *store.Tx) error {
		list, err := tx.Latest(checkAtOnce, storyAt(from))
		for _, s := range list {
			w.unindexed = []byte(keyOf(s))
			if !w.lookup.changed[s.ID] {
				w.list = append(w.list, keyOf(s))
			}
		}
		if w.scanned += len(list); len(list) == 0 {
			w.unindexed = nil
		}
		return err
	})
}

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

// start finds all, when they are few, else it leaves them to windows.
func (w *walk) start() error {
	list, whole, err := w.collect(w.candidates, w.below, cmp.Or(w.x.limit, fewHits))
	if err != nil || whole {
		w.list = list
		return err
	}
	from := w.newest
	if w.below != "" {
		from = storyAt([]byte(w.below))
	}
	low, err := w.lowest()
	if from == nil || err != nil {
		return err
	}
	w.windows = newWindows(sortable(from.First), low)
	return nil
}

// lowest is where the largest of windows ends that the oldest story is in.
func (a *lookup) lowest() (uint64, error) {
	p := planner{ctx: a.ctx, reader: a.reader}
	first, _, err := p.dictionary(fieldTime, string(levels[0].name), 1)
	if err != nil || len(first) == 0 {
		return math.MaxUint64, err
	}
	return windowStart(levels[0], first[0]), nil
}

// collect returns the keys of the stories that meet a need, newest first, but for
// those that changed since and those not below a key. whole says that there are no
// more than most.
func (a *lookup) collect(n *candidateQuery, below string, most int) (keys []string, whole bool, err error) {
	s, err := n.open(a.ctx, a.reader)
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = s.Close() }()
	c := &search.SearchContext{DocumentMatchPool: search.NewDocumentMatchPool(s.DocumentMatchPoolSize()+8, 0), IndexReader: a.reader}
	for hits := 0; ; hits++ {
		if hits%256 == 0 && a.ctx.Err() != nil {
			return nil, false, a.ctx.Err()
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
		key, err := a.reader.ExternalID(hit.IndexInternalID)
		c.DocumentMatchPool.Put(hit)
		if err != nil {
			return nil, false, err
		}
		if !a.changed[storyOf(key)] && (below == "" || newer(below, key) < 0) {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, newer)
	return keys, true, nil
}
