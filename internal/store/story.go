package store

import (
	"bytes"
	"time"

	"github.com/slugline/slugline/internal/news"
)

// Story returns nil when there is none with this id.
func (tx *Tx) Story(id string) (*news.Story, error) {
	seq, ok, err := tx.bornSeq('s', id)
	if !ok || err != nil {
		return nil, err
	}
	return row[news.Story](tx, stories, seqKey(seq, id))
}

// PutStory stores a story. It stands in the topics of its Places that are not
// Out. Seq never changes.
func (tx *Tx) PutStory(s *news.Story) error {
	old, err := tx.Story(s.ID)
	if err != nil {
		return err
	}
	if old == nil {
		err = tx.put(born, bornKey('s', s.ID), number(s.Seq))
	} else {
		err = tx.displace(old)
	}
	if err != nil {
		return err
	}
	if err := tx.place(s); err != nil {
		return err
	}
	tx.scratch = appendStory(tx.scratch[:0], s)
	return tx.put(stories, seqKey(s.Seq, s.ID), tx.scratch)
}

// place makes the rows that find a story in time and in its topics.
func (tx *Tx) place(s *news.Story) error {
	for topic, p := range s.Places {
		if p.Out {
			continue
		}
		if err := tx.put(places, placeKey(topic, p.At, p.Seq, s.ID), nil); err != nil {
			return err
		}
	}
	taken := []byte{0}
	if s.Into != "" {
		taken[0] = 1
	}
	return tx.put(timeline, timelineKey(s.First, s.Seq, s.ID), taken)
}

func (tx *Tx) displace(s *news.Story) error {
	for topic, p := range s.Places {
		if err := tx.drop(places, placeKey(topic, p.At, p.Seq, s.ID)); err != nil {
			return err
		}
	}
	return tx.drop(timeline, timelineKey(s.First, s.Seq, s.ID))
}

// DropStory removes a story from everywhere but its entries.
func (tx *Tx) DropStory(s *news.Story) error {
	if err := tx.displace(s); err != nil {
		return err
	}
	for topic, p := range s.Places {
		if err := tx.unclaim(topic, p.Updated, s.ID); err != nil {
			return err
		}
	}
	if err := tx.drop(stories, seqKey(s.Seq, s.ID)); err != nil {
		return err
	}
	return tx.drop(born, bornKey('s', s.ID))
}

// EachStory hands every story to fn, in the order of birth. fn must not put or
// drop stories.
func (tx *Tx) EachStory(fn func(*news.Story) error) error {
	return tx.up(stories, nil, nil, func(k, p []byte) (bool, error) {
		s := new(news.Story)
		if err := decode(stories, k, p, s); err != nil {
			return false, err
		}
		return true, fn(s)
	})
}

// Latest returns the n newest stories of all, by First, that are older than
// before; nil is newer than all. Stories that another took in are left out.
func (tx *Tx) Latest(n int, before *news.Story) ([]*news.Story, error) {
	from := bytes.Repeat([]byte{0xff}, 8)
	if before != nil {
		from = timelineKey(before.First, before.Seq, before.ID)
	}
	var ids []string
	err := tx.down(timeline, nil, from, func(k, p []byte) (bool, error) {
		if len(ids) < n && p[0] == 0 {
			ids = append(ids, string(k[16:]))
		}
		return len(ids) < n, nil
	})
	if err != nil {
		return nil, err
	}
	return tx.all(ids)
}

// OldStories returns up to n stories with First before a time, the oldest first,
// those that another took in too.
func (tx *Tx) OldStories(before time.Time, n int) ([]*news.Story, error) {
	var ids []string
	err := tx.up(timeline, nil, nil, func(k, _ []byte) (bool, error) {
		if len(ids) == n || !timeAt(k).Before(before) {
			return false, nil
		}
		ids = append(ids, string(k[16:]))
		return true, nil
	})
	if err != nil {
		return nil, err
	}
	return tx.all(ids)
}

func (tx *Tx) all(ids []string) ([]*news.Story, error) {
	found := make([]*news.Story, 0, len(ids))
	for _, id := range ids {
		s, err := tx.Story(id)
		if err != nil {
			return nil, err
		}
		if s != nil {
			found = append(found, s)
		}
	}
	return found, nil
}
