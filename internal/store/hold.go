package store

import (
	"bytes"
	"encoding/json"

	bolt "go.etcd.io/bbolt"

	"github.com/slugline/slugline/internal/news"
)

// Held returns the stories of which a take is held, by id.
func (t Stories) Held() ([]*news.HeldStory, error) { return allJSON[news.HeldStory](t.rows, held, nil) }

// PutHeld stores when the holds of a story end; nil means that none of its takes is held.
func (t Stories) PutHeld(story string, h *news.HeldStory) error {
	if h == nil {
		return t.delete(held, []byte(story))
	}
	old, err := getJSON[news.HeldStory](t.rows, held, []byte(story))
	if err != nil || old != nil && old.Until.Equal(h.Until) {
		return err
	}
	return t.putJSON(held, []byte(story), h)
}

// splitHeld is the migration from one list of all held stories to a row for each.
func splitHeld(b *bolt.Tx) error {
	if err := createIn(b, held); err != nil {
		return err
	}
	r := &rows{b: b}
	list, err := getJSON[[]json.RawMessage](r, state, keyHeld)
	if list == nil || err != nil {
		return err
	}
	for _, row := range *list {
		var h news.HeldStory
		if err := decode(state, keyHeld, row, &h); err != nil {
			return err
		}
		if err := r.put(held, []byte(h.Story), bytes.Clone(row)); err != nil {
			return err
		}
	}
	return r.delete(state, keyHeld)
}
