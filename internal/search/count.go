package search

import (
	"context"
	"math"
	"slices"

	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/topic"
)

// Tally is how many of the newest stories satisfy a query.
type Tally struct {
	Examined  int  `json:"looked"`  // stories, the newest
	Carries int  `json:"carries"` // of them
	Estimated   bool `json:"rough,omitempty"`
}

// Count counts the stories that a topic with this query would carry, of so many newest
// ones: what was read with credentials does not count. Where very many would have to be
// read one by one it is rough, an estimate.
func (x *Index) Count(ctx context.Context, q *topic.Query, newest int) (t Tally, err error) {
	err = x.search(ctx, func(ctx context.Context) error {
		a, err := x.newLookup(ctx, q)
		if err != nil {
			return err
		}
		defer func() { _ = a.reader.Close() }()
		t, err = a.count(newest)
		return err
	})
	return t, err
}

func (a *lookup) count(newest int) (t Tally, err error) {
	low := ""
	public := a.candidates
	err = a.x.Store.View(func(tx *store.Tx) error {
		s, have, err := tx.Depth(newest)
		if err != nil || s == nil {
			return err
		}
		low, t.Examined = keyOf(s), have
		keyed, err := a.x.keyedSources(tx)
		if len(keyed) > 0 {
			secret := &candidateQuery{op: opTerms, field: fieldSource, terms: keyed, sureForOne: true, sureForMany: true}
			public = allOf([]*candidateQuery{a.candidates, notOf(secret)})
		}
		return err
	})
	if err != nil || t.Examined == 0 {
		return t, err
	}
	found, err := a.walk(public, nil).until(low)
	if err != nil {
		return t, err
	}
	unsure := slices.DeleteFunc(slices.Clone(found), func(k string) bool { return a.sure(k, public) })
	sure := len(found) - len(unsure)
	some := unsure[:min(len(unsure), maxChecked)]
	good := 0
	for rest := some; len(rest) > 0; {
		n := min(len(rest), checkAtOnce)
		held, err := a.check(rest[:n], public, true)
		if err != nil {
			return t, err
		}
		good, rest = good+len(held), rest[n:]
	}
	if t.Estimated = len(some) < len(unsure); t.Estimated {
		good = int(math.Round(float64(good) * float64(len(unsure)) / float64(len(some))))
	}
	t.Carries = sure + good
	return t, nil
}

// until returns all keys down to one.
func (w *walk) until(low string) (keys []string, err error) {
	for {
		more, err := w.next(1024)
		if err != nil {
			return nil, err
		}
		for _, k := range more {
			if newer(low, k) < 0 {
				return keys, nil
			}
			keys = append(keys, k)
		}
		if len(more) == 0 {
			return keys, nil
		}
	}
}
