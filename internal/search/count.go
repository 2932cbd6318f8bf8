package search

import (
	"context"
	"math"
	"slices"

	"github.com/slugline/slugline/internal/search/posting"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/topic"
)

// maxChecked is how many stories a count matches one by one; with more it estimates.
const maxChecked = 1000

// Tally says how many of the newest stories satisfy a query.
type Tally struct {
	Examined  int  `json:"looked"`          // how many of the newest stories were examined
	Carries   int  `json:"carries"`         // how many of those satisfy the query
	Estimated bool `json:"rough,omitempty"` // Carries is an estimate
}

// Count counts how many of the newest stories a topic with this query would carry.
// Takes of sources that are read with credentials don't count. It returns ErrClosed
// while no index is open, and ctx's error when ctx ends.
func (x *Index) Count(ctx context.Context, q *topic.Query, newest int) (t Tally, err error) {
	err = x.search(ctx, func(ctx context.Context) error {
		l, err := x.newLookup(ctx, q, false)
		if err != nil {
			return err
		}
		defer l.reader.Close()
		t, err = l.count(newest)
		return err
	})
	return t, err
}

func (l *lookup) count(newest int) (t Tally, err error) {
	var oldest posting.Key
	public := l.candidates
	err = l.x.Store.ViewContext(l.ctx, func(tx *store.Tx) error {
		s, have, err := tx.Stories.LastOfLatest(newest)
		if err != nil || s == nil {
			return err
		}
		oldest, t.Examined = keyOf(s), have
		keyed, err := l.x.keyedSources(tx)
		if len(keyed) > 0 {
			public = allOf([]*candidateQuery{l.candidates, notOf(sureTerms(fieldSource, keyed...))})
		}
		return err
	})
	if err != nil || t.Examined == 0 {
		return t, err
	}
	found, err := l.walk(public, nil).downTo(oldest)
	if err != nil {
		return t, err
	}
	unsure := slices.DeleteFunc(slices.Clone(found), func(k candidate) bool { return l.isSure(k, public) })
	checked := unsure[:min(len(unsure), maxChecked)]
	matching, err := l.countMatching(checked, public)
	if err != nil {
		return t, err
	}
	if t.Estimated = len(checked) < len(unsure); t.Estimated {
		matching = int(math.Round(float64(matching) * float64(len(unsure)) / float64(len(checked))))
	}
	t.Carries = len(found) - len(unsure) + matching
	return t, nil
}

// countMatching returns how many of the candidates with these keys satisfy the query.
func (l *lookup) countMatching(keys []candidate, candidates *candidateQuery) (n int, err error) {
	for len(keys) > 0 {
		some := keys[:min(len(keys), checkAtOnce)]
		matching, err := l.check(some, candidates, true)
		if err != nil {
			return n, err
		}
		n, keys = n+len(matching), keys[len(some):]
	}
	return n, nil
}

// downTo returns all keys down to one, and that one.
func (w *walk) downTo(oldest posting.Key) (keys []candidate, err error) {
	for {
		more, err := w.next(1024)
		if err != nil {
			return nil, err
		}
		for _, k := range more {
			if oldest.Compare(k.Key) < 0 {
				return keys, nil
			}
			keys = append(keys, k)
		}
		if len(more) == 0 {
			return keys, nil
		}
	}
}
