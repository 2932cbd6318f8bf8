package search

import (
	"context"
	"fmt"
	"slices"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/search/posting"
	"github.com/slugline/slugline/internal/store"
)

const changesAtOnce = 256 // that one step indexes

// catchUp indexes the changes after st.Seq, up to changesAtOnce of them, and reports
// whether there are more.
func (x *Index) catchUp(ctx context.Context, h *handle, st *indexState) (more bool, err error) {
	if x.Store.Seq() == st.Seq {
		return false, nil
	}
	next := *st
	var ids []string
	var langs map[string]string // by source, when the rules changed
	err = x.Store.View(func(tx *store.Tx) error {
		changes, err := tx.Changes.After(st.Seq, changesAtOnce)
		if err != nil {
			return err
		}
		ids = changedStories(changes)
		if more = len(changes) == changesAtOnce; more {
			next.advanceTo(tx, changes[len(changes)-1].Seq)
		} else {
			next.advanceTo(tx, tx.Seq())
		}
		langs, next.RulesHash, err = newLanguages(tx, st)
		return err
	})
	if err != nil {
		return false, err
	}
	if langs != nil {
		restemmed, err := h.storiesInNewLanguage(ctx, langs)
		if err != nil {
			return false, err
		}
		ids = append(ids, restemmed...)
		slices.Sort(ids)
		ids = slices.Compact(ids)
	}
	if err := x.indexStories(h, ids, next, langs); err != nil {
		return false, err
	}
	*st = next
	return more, nil
}

// changedStories returns the stories that changes name, each once.
func changedStories(changes []news.Change) []string {
	var ids []string
	for _, c := range changes {
		ids = append(append(ids, c.Stories...), c.TextChanged...)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// indexStories indexes stories as they are in the store now, readAtOnce at a time. The
// last batch carries the state that this leads to.
func (x *Index) indexStories(h *handle, ids []string, next indexState, langs map[string]string) error {
	for {
		some := ids[:min(len(ids), readAtOnce)]
		ids = ids[len(some):]
		b, err := x.batchOf(some)
		if err != nil {
			return err
		}
		if len(ids) == 0 {
			if err := putState(b, next); err != nil {
				return err
			}
			if langs != nil {
				if err := putLanguages(b, langs); err != nil {
					return err
				}
			}
		}
		if err := h.Apply(b); err != nil {
			return fmt.Errorf("write search index: %w", err)
		}
		if len(ids) == 0 {
			return h.save()
		}
	}
}

// batchOf makes the batch that indexes stories as they are in the store now.
func (x *Index) batchOf(ids []string) (*posting.Batch, error) {
	var updates []update
	err := x.Store.View(func(tx *store.Tx) error {
		r := newStoryReader(tx)
		for _, id := range ids {
			s, err := tx.Stories.Get(id)
			if err != nil {
				return err
			}
			u := update{id: id}
			if u.story = s; s != nil && s.IsShown() {
				if u, err = r.updateOf(s); err != nil {
					return err
				}
			}
			updates = append(updates, u)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	b, w := newBatch()
	w.replaceDocuments(updates, x.mapped())
	return b, nil
}
