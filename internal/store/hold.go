package store

import (
	"slices"
	"strings"

	"github.com/slugline/slugline/internal/news"
)

// Held returns the stories of which a take is held, by id.
func (t Stories) Held() ([]news.HeldStory, error) {
	all, err := getJSON[[]news.HeldStory](t.rows, state, keyHeld)
	if all == nil || err != nil {
		return nil, err
	}
	return *all, nil
}

// PutHeld stores when the holds of a story end; nil means that none of its takes is held.
func (t Stories) PutHeld(story string, h *news.HeldStory) error {
	all, err := t.Held()
	if err != nil {
		return err
	}
	i, found := slices.BinarySearchFunc(all, story, func(o news.HeldStory, id string) int { return strings.Compare(o.Story, id) })
	switch {
	case h == nil && !found, found && h != nil && all[i] == *h:
		return nil
	case h == nil:
		all = slices.Delete(all, i, i+1)
	case found:
		all[i] = *h
	default:
		all = slices.Insert(all, i, *h)
	}
	if len(all) == 0 {
		return t.delete(state, keyHeld)
	}
	return t.putJSON(state, keyHeld, all)
}
