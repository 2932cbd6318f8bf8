package store

import (
	"bytes"
	"errors"
	"slices"

	"github.com/slugline/slugline/internal/news"
)

// Stars is the table of which stories each user starred, with the copies of these stories.
// A copy is stored as long as somebody starred its story.
type Stars struct{ *rows }

// Get returns a user's star of a story. The name is empty for a local user without a token.
func (t Stars) Get(token, story string) (*news.Star, error) {
	return getJSON[news.Star](t.rows, stars, starKey(token, story))
}

// Of returns the stars of a user, by the ids of the stories.
func (t Stars) Of(token string) ([]*news.Star, error) {
	return allJSON[news.Star](t.rows, stars, namePrefix(token))
}

// Count returns how many stars a user has.
func (t Stars) Count(token string) (n int, err error) {
	err = t.ascend(stars, namePrefix(token), nil, func(_, _ []byte) (bool, error) { n++; return true, nil })
	return n, err
}

// Copy returns the copy of a starred story.
func (t Stars) Copy(story string) (*news.StarredStory, error) {
	return getJSON[news.StarredStory](t.rows, starred, []byte(story))
}

// CopiesAfter returns up to n ids of starred stories that sort behind one, in their order.
func (t Stars) CopiesAfter(story string, n int) (ids []string, err error) {
	err = t.ascend(starred, nil, append([]byte(story), 0), func(k, _ []byte) (bool, error) {
		ids = append(ids, string(k))
		return len(ids) < n, nil
	})
	return ids, err
}

// Version changes with each Put and Delete, so that readers need not read all stars again.
func (t Stars) Version() uint64 { return t.bucket(stars).Sequence() }

func (t Stars) nextVersion() error {
	_, err := t.bucket(stars).NextSequence()
	return err
}

// Put stores a star and the copy of its story. The copy's Tokens are kept as they are
// stored, with that of the star.
func (t Stars) Put(s *news.Star, story *news.StarredStory) error {
	had, err := t.Copy(story.ID)
	if err != nil {
		return err
	}
	c := *story
	c.Tokens = nil
	if had != nil {
		c.Tokens = had.Tokens
	}
	if !slices.Contains(c.Tokens, s.Token) {
		c.Tokens = append(slices.Clip(c.Tokens), s.Token)
	}
	if err := t.PutCopy(&c); err != nil {
		return err
	}
	return errors.Join(t.nextVersion(), t.putJSON(stars, starKey(s.Token, s.Story), s))
}

// PutCopy replaces the copy of a starred story.
func (t Stars) PutCopy(c *news.StarredStory) error {
	old, err := t.get(starred, []byte(c.ID))
	if err != nil {
		return err
	}
	fresh, err := encodeJSON(starred, []byte(c.ID), c)
	if err != nil || bytes.Equal(old, fresh) {
		return err
	}
	return t.put(starred, []byte(c.ID), fresh)
}

// Delete deletes a user's star, and the copy of the story when it was the last one.
func (t Stars) Delete(token, story string) error {
	if err := errors.Join(t.nextVersion(), t.delete(stars, starKey(token, story))); err != nil {
		return err
	}
	c, err := t.Copy(story)
	if c == nil || err != nil {
		return err
	}
	c.Tokens = slices.DeleteFunc(c.Tokens, func(name string) bool { return name == token })
	if len(c.Tokens) == 0 {
		return t.delete(starred, []byte(story))
	}
	return t.PutCopy(c)
}

func starKey(token, story string) []byte { return append(namePrefix(token), story...) }
