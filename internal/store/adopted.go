package store

import (
	"bytes"
	"time"

	"github.com/slugline/slugline/internal/news"
)

// Adopted is the table of what readers know from before a restore: stories by id, entries by
// key. It is empty unless the database was restored lately.
type Adopted struct{ *rows }

// Story returns what is known of a story.
func (t Adopted) Story(id string) (*news.AdoptedStory, error) {
	return getJSON[news.AdoptedStory](t.rows, adoptedStories, []byte(id))
}

// Stories returns all stories.
func (t Adopted) Stories() ([]*news.AdoptedStory, error) {
	return allJSON[news.AdoptedStory](t.rows, adoptedStories, nil)
}

// PutStory stores what is known of a story.
func (t Adopted) PutStory(s *news.AdoptedStory) error {
	return t.putJSON(adoptedStories, []byte(s.ID), s)
}

// Entries returns the entries with a key, in the order of their stories' ids.
func (t Adopted) Entries(key uint64) ([]*news.AdoptedEntry, error) {
	return allJSON[news.AdoptedEntry](t.rows, adoptedEntries, seqBytes(key))
}

// PutEntry stores an entry of a story under a key.
func (t Adopted) PutEntry(key uint64, e *news.AdoptedEntry) error {
	return t.putJSON(adoptedEntries, seqKey(key, e.Story), e)
}

// Expire deletes what is forgotten by a time.
func (t Adopted) Expire(at time.Time) error {
	if err := deleteExpired[news.AdoptedStory](t.rows, adoptedStories, func(s *news.AdoptedStory) bool { return s.Until.Before(at) }); err != nil {
		return err
	}
	return deleteExpired[news.AdoptedEntry](t.rows, adoptedEntries, func(e *news.AdoptedEntry) bool { return e.Until.Before(at) })
}

func deleteExpired[T any](r *rows, b bucket, expired func(*T) bool) error {
	var old [][]byte
	err := r.ascend(b, nil, nil, func(k, p []byte) (bool, error) {
		v, err := decodeRow[T](b, k, p)
		if err == nil && expired(v) {
			old = append(old, bytes.Clone(k))
		}
		return true, err
	})
	for i := 0; err == nil && i < len(old); i++ {
		err = r.delete(b, old[i])
	}
	return err
}
