package search

import (
	"cmp"
	"context"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/search/posting"
	"github.com/slugline/slugline/internal/store"
)

const (
	readAtOnce  = 200  // stories read in one transaction, which must be short
	writeAtOnce = 4000 // documents in a batch while the index is built
)

// update is a story to be indexed. Without takes, it is deleted from the index. story is nil
// if the store doesn't have it.
type update struct {
	id    string
	story *news.Story
	takes []take
}

func (r *storyReader) updateOf(s *news.Story) (update, error) {
	takes, err := r.takes(s)
	return update{s.ID, s, takes}, err
}

// build indexes every story once, the newest first. It resumes where it stopped.
func (x *Index) build(ctx context.Context, h *handle, st *indexState) error {
	x.log("search index is being built", nil, "dir", x.Dir)
	for !st.Built {
		b, err := x.nextBatch(ctx, st)
		if err != nil {
			return err
		}
		if err := h.Apply(b); err != nil {
			return err
		}
		if err := h.Flush(); err != nil {
			return err
		}
		if x.afterStep != nil && !st.Built {
			x.afterStep()
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return h.MergeAll(ctx)
}

// nextBatch makes the next batch of the build, with the state that it leads to.
func (x *Index) nextBatch(ctx context.Context, st *indexState) (*posting.Batch, error) {
	b, w := newBatch()
	for n := 0; n < cmp.Or(x.limit, writeAtOnce); {
		updates, last, err := x.nextStories(st.Cursor)
		if err != nil {
			return nil, err
		}
		for _, u := range updates {
			if len(u.takes) > 0 {
				w.addDocument(u.story, u.takes, x.mapped())
			}
		}
		if last == nil {
			st.Built, st.Cursor = true, nil
			break
		}
		cursor := keyOf(last)
		st.Cursor = &cursor
		x.setProgress(last.First)
		if n += len(updates); ctx.Err() != nil {
			break
		}
	}
	return b, putState(b, *st)
}

// nextStories reads the next stories below a key. last is the last story read, nil at
// the end.
func (x *Index) nextStories(cursor *posting.Key) (updates []update, last *news.Story, err error) {
	err = x.Store.View(func(tx *store.Tx) error {
		list, err := tx.Stories.Latest(min(readAtOnce, cmp.Or(x.limit, readAtOnce)), storyAt(cursor))
		if err != nil {
			return err
		}
		r := newStoryReader(tx)
		for _, s := range list {
			last = s
			if !s.IsShown() {
				continue
			}
			u, err := r.updateOf(s)
			if err != nil {
				return err
			}
			updates = append(updates, u)
		}
		return nil
	})
	return updates, last, err
}

// storyAt returns a story with this key and nothing else, nil for none.
func storyAt(key *posting.Key) *news.Story {
	if key == nil {
		return nil
	}
	return &news.Story{ID: key.ID, First: timeOf(key.At).UTC(), Seq: key.Seq}
}

// replaceDocuments adds to a batch what replaces the stories' documents in the index.
func (w *documentWriter) replaceDocuments(updates []update, mapped map[string]mapping) {
	for _, u := range updates {
		if u.story == nil {
			w.batch.DeleteID(u.id)
			continue
		}
		w.batch.Delete(keyOf(u.story))
		if len(u.takes) > 0 {
			w.addDocument(u.story, u.takes, mapped)
		}
	}
}
