package search

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"time"

	index "github.com/blevesearch/bleve_index_api"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

const (
	readAtOnce  = 200  // stories read in one transaction, which must be short
	writeAtOnce = 2000 // documents in a batch while the index is built
)

// update is a story to be indexed. Without takes, it is deleted from the index.
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
		if err := h.write(ctx, b, true); err != nil {
			return err
		}
		if x.afterStep != nil && !st.Built {
			x.afterStep()
		}
	}
	return nil
}

// nextBatch makes the next batch of the build, with the state that it leads to.
func (x *Index) nextBatch(ctx context.Context, st *indexState) (*index.Batch, error) {
	b := index.NewBatch()
	for n := 0; n < cmp.Or(x.limit, writeAtOnce); {
		updates, last, err := x.nextStories(st.Cursor)
		if err != nil {
			return nil, err
		}
		for _, u := range updates {
			if len(u.takes) > 0 {
				b.Update(newDocument(u.story, u.takes, x.mapped()))
			}
		}
		if last == nil {
			st.Built, st.Cursor = true, nil
			break
		}
		st.Cursor = []byte(keyOf(last))
		x.setProgress(last.First)
		if n += len(updates); ctx.Err() != nil {
			break
		}
	}
	return b, putState(b, *st)
}

// nextStories reads the next stories below a key. last is the last story read, nil at
// the end.
func (x *Index) nextStories(cursor []byte) (updates []update, last *news.Story, err error) {
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

// storyAt returns a story with this key and nothing else, nil for a key above all.
func storyAt(key []byte) *news.Story {
	if len(key) != keySize {
		return nil
	}
	at := time.UnixMilli(int64(binary.BigEndian.Uint64(key[13:]) ^ 1<<63)).UTC()
	return &news.Story{ID: string(key[:13]), First: at, Seq: binary.BigEndian.Uint64(key[21:])}
}

// replaceDocuments adds to a batch what replaces the stories' documents in the index.
func (h *handle) replaceDocuments(b *index.Batch, updates []update, mapped map[string]mapping) error {
	r, err := h.Reader()
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	for _, u := range updates {
		if err := deleteDocuments(b, r, u.id); err != nil {
			return err
		}
		if len(u.takes) > 0 {
			b.Update(newDocument(u.story, u.takes, mapped))
		}
	}
	return nil
}

// deleteDocuments deletes the documents of a story. Their ids begin with the story's.
func deleteDocuments(b *index.Batch, r index.IndexReader, story string) error {
	dict, err := r.FieldDictPrefix("_id", []byte(story))
	if err != nil {
		return err
	}
	for {
		e, err := dict.Next()
		if err != nil {
			return errors.Join(err, dict.Close())
		}
		if e == nil {
			return dict.Close()
		}
		b.Delete(e.Term)
	}
}
