package search

import (
	"context"
	"errors"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/quota"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/topic"
)

// PartlyFound is the result of FindPartly.
type PartlyFound struct {
	Found
	Cut  bool        // the processor time was used up
	Last *news.Story // if Cut, the last story that was matched; older ones were not
}

// FindPartly is Find for readers who may see only a part of each story: some of its takes,
// topics and outlets, and some of its text. match decides about each story, by what they
// may see. No story is left out for what they may not see, so they can't learn it from what
// is missing: a term behind NOT excludes nothing before match does.
//
// When the processor time of ctx is used up (package quota), the result has what was found
// until then. The error is quota.ErrUsedUp if no story was matched at all.
func (x *Index) FindPartly(ctx context.Context, q *topic.Query, before *news.Story, n int, match func(*store.Tx, *news.Story) (bool, error)) (found *PartlyFound, err error) {
	err = x.search(ctx, func(ctx context.Context) error {
		l, err := x.newLookup(ctx, q, true)
		if err != nil {
			return err
		}
		defer l.reader.Close()
		found, err = l.findPartly(before, n, match)
		return err
	})
	return found, err
}

func (l *lookup) findPartly(before *news.Story, n int, match func(*store.Tx, *news.Story) (bool, error)) (*PartlyFound, error) {
	out := &PartlyFound{}
	for w := l.walk(l.candidates, before); len(out.Stories) <= n; {
		keys, err := w.next(min(max(2*n, 16), checkAtOnce))
		if err == nil && len(keys) == 0 {
			return out, nil
		}
		if err == nil {
			err = l.matchEach(keys, n, match, out)
		}
		if errors.Is(err, quota.ErrUsedUp) && out.Last != nil {
			out.Cut, out.More = true, true
			return out, nil
		}
		if err != nil {
			return nil, err
		}
	}
	out.Stories, out.More = out.Stories[:n], true
	return out, nil
}

// matchEach adds those of the stories with these keys that match, up to one more than n.
func (l *lookup) matchEach(keys []candidate, n int, match func(*store.Tx, *news.Story) (bool, error), out *PartlyFound) error {
	return l.x.Store.ViewContext(l.ctx, func(tx *store.Tx) error {
		for _, k := range keys {
			if err := l.ctx.Err(); err != nil {
				return err
			}
			s, err := tx.Stories.Get(k.ID)
			if err != nil {
				return err
			}
			if s == nil || !s.IsShown() {
				continue
			}
			ok, err := match(tx, s)
			if err != nil {
				return err
			}
			if ok {
				out.Stories = append(out.Stories, s)
			}
			if out.Last = s; len(out.Stories) > n {
				return nil
			}
		}
		return nil
	})
}
