package search

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/search/posting"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/topic"
)

// ErrClosed is returned while no index is open.
var ErrClosed = errors.New("the search index is not open")

const (
	checkAtOnce = 128  // candidates that are checked in one transaction
	maxChanged  = 2000 // stories that changed since they were indexed and are checked one by one
)

// Found is the result of a search.
type Found struct {
	Stories []*news.Story // the newest first
	More    bool          // there are older ones
}

// lookup is one query against one state of the index.
type lookup struct {
	ctx         context.Context
	x           *Index
	query       *topic.Query
	partly      bool // see FindPartly
	reader      *posting.Reader
	candidates  *candidateQuery
	changed     map[string]bool // ids of stories that changed after they were indexed
	changedKeys []posting.Key   // keys of those that are shown, the newest first
	building    bool            // the index is being built
	cursor      *posting.Key    // while it is: nothing after this key is indexed yet; nil: nothing at all
}

// newLookup prepares a query. With partly, it is for FindPartly. The caller closes the
// reader.
func (x *Index) newLookup(ctx context.Context, q *topic.Query, partly bool) (*lookup, error) {
	h := x.currentHandle(ctx)
	if h == nil {
		return nil, ErrClosed
	}
	r, err := h.Reader(ctx)
	if err != nil {
		return nil, ErrClosed
	}
	l := &lookup{ctx: ctx, x: x, query: q, partly: partly, reader: r}
	if err := l.prepare(); err != nil {
		r.Close()
		return nil, err
	}
	return l, nil
}

// prepare compares the index with the store, and plans the query.
func (l *lookup) prepare() error {
	st, err := stateOf(l.reader)
	if err != nil {
		return err
	}
	l.building, l.cursor = !st.Built, st.Cursor
	p := &planner{ctx: l.ctx, reader: l.reader, mapped: l.x.mapped(), maxTerms: cmp.Or(l.x.limit, maxExpansion), partly: l.partly}
	var langs map[string]string
	err = l.x.Store.ViewContext(l.ctx, func(tx *store.Tx) error {
		if err := l.readStore(tx, st.Seq); err != nil {
			return err
		}
		if asksSources(l.query.Root()) {
			if p.sources, err = l.x.sourceDocs(tx); err != nil {
				return err
			}
		}
		langs, _, err = newLanguages(tx, &st)
		return err
	})
	if err != nil {
		return err
	}
	flags, _, err := p.dictionary(fieldFlags, stemmedBy, math.MaxInt)
	if err != nil {
		return err
	}
	for _, f := range flags {
		p.langs = append(p.langs, f[len(stemmedBy):])
	}
	if l.candidates, err = p.plan(l.query.Root()); err != nil || langs == nil {
		return err
	}
	return l.addRestemmed(langs)
}

// readStore reads which stories changed after the index had seq.
func (l *lookup) readStore(tx *store.Tx, seq uint64) error {
	changes, err := tx.Changes.After(seq, maxChanged)
	if err != nil {
		return err
	}
	return l.readChanged(tx, changedStories(changes))
}

// readChanged reads up to maxChanged stories that changed after they were indexed. Of
// more, the others are found as they were.
func (l *lookup) readChanged(tx *store.Tx, ids []string) error {
	l.changed = make(map[string]bool, len(ids))
	for _, id := range ids[:min(len(ids), maxChanged)] {
		l.changed[id] = true
		s, err := tx.Stories.Get(id)
		if err != nil {
			return err
		}
		if s != nil && s.IsShown() {
			l.changedKeys = append(l.changedKeys, keyOf(s))
		}
	}
	slices.SortFunc(l.changedKeys, posting.Key.Compare)
	return nil
}

// addRestemmed adds the stories of sources whose language changed to the candidates:
// the index has them stemmed by the old one.
func (l *lookup) addRestemmed(langs map[string]string) error {
	sources, err := sourcesInNewLanguage(l.reader, langs)
	if len(sources) > 0 {
		l.candidates = anyOf([]*candidateQuery{l.candidates, {op: opTerms, field: fieldSource, terms: sources}})
	}
	return err
}

// Find returns up to n stories that satisfy a query and are older than before; nil is
// newer than all. It returns ErrClosed while no index is open, and ctx's error when ctx
// ends.
func (x *Index) Find(ctx context.Context, q *topic.Query, before *news.Story, n int) (found *Found, err error) {
	err = x.search(ctx, func(ctx context.Context) error {
		l, err := x.newLookup(ctx, q, false)
		if err != nil {
			return err
		}
		defer l.reader.Close()
		found, err = l.find(before, n)
		return err
	})
	return found, err
}

func (l *lookup) find(before *news.Story, n int) (*Found, error) {
	out := &Found{}
	for w := l.walk(l.candidates, before); len(out.Stories) <= n; {
		keys, err := w.next(min(max(2*n, 16), checkAtOnce))
		if err != nil {
			return nil, err
		}
		if len(keys) == 0 {
			return out, nil
		}
		more, err := l.check(keys, l.candidates, false)
		if err != nil {
			return nil, err
		}
		out.Stories = append(out.Stories, more...)
	}
	out.Stories, out.More = out.Stories[:n], true
	return out, nil
}

// check returns those of the candidates with these keys that satisfy the query, in the
// order of the keys. A candidate is matched only if the index is not sure about it.
func (l *lookup) check(keys []candidate, candidates *candidateQuery, public bool) (out []*news.Story, err error) {
	err = l.x.Store.ViewContext(l.ctx, func(tx *store.Tx) error {
		r := newStoryReader(tx)
		for _, k := range keys {
			if err := l.ctx.Err(); err != nil {
				return err
			}
			s, err := tx.Stories.Get(k.ID)
			if err != nil {
				return err
			}
			ok := s != nil && s.IsShown()
			if ok && !l.isSure(k, candidates) {
				ok, err = r.matches(l.query, s, public)
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

// isSure reports whether the candidate is known to satisfy the query. A
// story that changed after it was indexed is not.
func (l *lookup) isSure(c candidate, candidates *candidateQuery) bool {
	return c.indexed && candidates.sureForOne && (candidates.sureForMany || !c.Flag) && !l.changed[c.ID]
}
