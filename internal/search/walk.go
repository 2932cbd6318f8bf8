package search

import (
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/search/posting"
	"github.com/slugline/slugline/internal/store"
)

const maxScanned = 5000 // stories not indexed yet that a search checks one by one

// candidate is a story that may satisfy a query.
type candidate struct {
	posting.Key      // with Flag if the index has several takes of it
	indexed     bool // the index found it
}

// walk goes through the candidates, the stories that changed after they were indexed,
// and the stories not indexed yet, the newest first.
type walk struct {
	*lookup
	candidates  *candidateQuery
	below       *posting.Key  // only stories after this key; nil: all
	hits        *posting.Hits // nil: not started
	list        []candidate   // to return next; those of the index one by one
	changedKeys []posting.Key // those that are not returned yet
	ended       bool          // the index has no more
	unindexed   bool          // there may be stories not indexed yet
	cursor      *posting.Key  // they are after this key; nil: all
	scanned     int           // stories not indexed yet, so far
}

func (l *lookup) walk(candidates *candidateQuery, before *news.Story) *walk {
	w := &walk{lookup: l, candidates: candidates, changedKeys: l.changedKeys, unindexed: l.building, cursor: l.cursor}
	if before == nil {
		return w
	}
	below := keyOf(before)
	w.below = &below
	for len(w.changedKeys) > 0 && w.changedKeys[0].Compare(below) <= 0 {
		w.changedKeys = w.changedKeys[1:]
	}
	if w.cursor == nil || w.cursor.Compare(below) < 0 {
		w.cursor = w.below
	}
	return w
}

// next returns up to n candidates, none at the end.
func (w *walk) next(n int) (all []candidate, err error) {
	if w.hits == nil {
		if w.hits, err = w.reader.Search(w.candidates.compile(), w.below); err != nil {
			return nil, err
		}
	}
	for len(all) < n {
		if err := w.fill(); err != nil {
			return nil, err
		}
		switch {
		case len(w.changedKeys) > 0 && (len(w.list) == 0 || w.changedKeys[0].Compare(w.list[0].Key) < 0):
			all, w.changedKeys = append(all, candidate{Key: w.changedKeys[0]}), w.changedKeys[1:]
		case len(w.list) > 0:
			all, w.list = append(all, w.list[0]), w.list[1:]
		default:
			return all, nil
		}
	}
	return all, nil
}

// fill fills an empty list from the index, and then from the stories not indexed yet.
func (w *walk) fill() error {
	for !w.ended && len(w.list) == 0 {
		if err := w.ctx.Err(); err != nil {
			return err
		}
		key, ok, err := w.hits.Next()
		if err != nil {
			return err
		}
		if w.ended = !ok; ok && !w.changed[key.ID] {
			w.list = append(w.list, candidate{key, true})
		}
	}
	if len(w.list) > 0 || !w.unindexed || w.scanned >= maxScanned {
		return nil
	}
	return w.x.Store.ViewContext(w.ctx, func(tx *store.Tx) error {
		list, err := tx.Stories.Latest(checkAtOnce, storyAt(w.cursor))
		for _, s := range list {
			key := keyOf(s)
			w.cursor = &key
			if !w.changed[s.ID] {
				w.list = append(w.list, candidate{Key: key})
			}
		}
		w.scanned += len(list)
		w.unindexed = len(list) > 0
		return err
	})
}
