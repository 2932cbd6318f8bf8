package store

import (
	"bytes"
	"maps"
	"time"

	"github.com/slugline/slugline/internal/news"
)

// Get returns nil when there is none with this id.
func (t Stories) Get(id string) (*news.Story, error) {
	seq, ok, err := t.bornSeq('s', id)
	if !ok || err != nil {
		return nil, err
	}
	s, err := row[news.Story](t.rows, stories, seqKey(seq, id))
	if s != nil && t.b.Writable() {
		t.remember(s)
	}
	return s, err
}

// standing is where the rows of a story in timeline and places are.
type standing struct {
	first  time.Time
	seq    uint64
	into   string
	places map[string]news.Place
}

func (t Stories) remember(s *news.Story) standing {
	now := standing{s.First, s.Seq, s.MergedInto, maps.Clone(s.Places)}
	if t.standing == nil {
		t.standing = map[string]standing{}
	}
	t.standing[s.ID] = now
	return now
}

// stands is where the stored story stands, whatever its holder made of it. A
// story that was in hand in this transaction is not read again.
func (t Stories) stands(id string) (where standing, ok bool, err error) {
	if where, ok = t.standing[id]; ok {
		return where, true, nil
	}
	s, err := t.Get(id)
	if s == nil || err != nil {
		return where, false, err
	}
	return t.standing[id], true, nil
}

// Put stores a story. It stands in the topics of its Places that are not
// Out. Seq never changes.
func (t Stories) Put(s *news.Story) error {
	was, ok, err := t.stands(s.ID)
	if err != nil {
		return err
	}
	if !ok {
		if err := t.put(born, bornKey('s', s.ID), number(s.Seq)); err != nil {
			return err
		}
	}
	if err := t.move(s.ID, was, ok, t.remember(s)); err != nil {
		return err
	}
	t.scratch = appendStory(t.scratch[:0], s)
	return t.put(stories, seqKey(s.Seq, s.ID), t.scratch)
}

// move changes the rows that find a story in time and in its topics.
func (t Stories) move(id string, was standing, known bool, now standing) error {
	if known && was.first.Equal(now.first) && was.into == now.into && maps.Equal(was.places, now.places) {
		return nil
	}
	if known {
		if err := t.displace(id, was); err != nil {
			return err
		}
	}
	for topic, p := range now.places {
		if p.Out {
			continue
		}
		if err := t.put(places, placeKey(topic, p.At, p.Seq, id), nil); err != nil {
			return err
		}
	}
	taken := []byte{0}
	if now.into != "" {
		taken[0] = 1
	}
	return t.put(timeline, timelineKey(now.first, now.seq, id), taken)
}

func (t Stories) displace(id string, was standing) error {
	for topic, p := range was.places {
		if err := t.drop(places, placeKey(topic, p.At, p.Seq, id)); err != nil {
			return err
		}
	}
	return t.drop(timeline, timelineKey(was.first, was.seq, id))
}

// Delete removes a story from everywhere but its entries.
func (t Stories) Delete(s *news.Story) error {
	was, ok, err := t.stands(s.ID)
	if !ok || err != nil {
		return err
	}
	delete(t.standing, s.ID)
	if err := t.displace(s.ID, was); err != nil {
		return err
	}
	topics := Topics(t)
	for topic, p := range was.places {
		if err := topics.unclaim(topic, p.Updated, s.ID); err != nil {
			return err
		}
	}
	if err := t.drop(stories, seqKey(s.Seq, s.ID)); err != nil {
		return err
	}
	return t.drop(born, bornKey('s', s.ID))
}

// Each hands every story to fn, in the order of birth. fn must not put or
// drop stories.
func (t Stories) Each(fn func(*news.Story) error) error {
	return t.up(stories, nil, nil, func(k, p []byte) (bool, error) {
		s := new(news.Story)
		if err := decode(stories, k, p, s); err != nil {
			return false, err
		}
		return true, fn(s)
	})
}

// Latest returns the n newest stories of all, by First, that are older than
// before; nil is newer than all. Stories that another took in are left out.
func (t Stories) Latest(n int, before *news.Story) ([]*news.Story, error) {
	from := bytes.Repeat([]byte{0xff}, 8)
	if before != nil {
		from = timelineKey(before.First, before.Seq, before.ID)
	}
	var ids []string
	err := t.down(timeline, nil, from, func(k, p []byte) (bool, error) {
		if len(ids) < n && p[0] == 0 {
			ids = append(ids, string(k[16:]))
		}
		return len(ids) < n, nil
	})
	if err != nil {
		return nil, err
	}
	return t.all(ids)
}

// LastOfLatest returns the lowest of the n newest stories, as Latest has them, and how many
// there are; nil when there is none.
func (t Stories) LastOfLatest(n int) (low *news.Story, have int, err error) {
	var id string
	err = t.down(timeline, nil, bytes.Repeat([]byte{0xff}, 8), func(k, p []byte) (bool, error) {
		if have < n && p[0] == 0 {
			id = string(k[16:])
			have++
		}
		return have < n, nil
	})
	if id == "" || err != nil {
		return nil, 0, err
	}
	low, err = t.Get(id)
	return low, have, err
}

// OlderThan returns up to n stories with First before a time, the oldest first,
// those that another took in too.
func (t Stories) OlderThan(before time.Time, n int) ([]*news.Story, error) {
	var ids []string
	err := t.up(timeline, nil, nil, func(k, _ []byte) (bool, error) {
		if len(ids) == n || !timeAt(k).Before(before) {
			return false, nil
		}
		ids = append(ids, string(k[16:]))
		return true, nil
	})
	if err != nil {
		return nil, err
	}
	return t.all(ids)
}

func (t Stories) all(ids []string) ([]*news.Story, error) {
	found := make([]*news.Story, 0, len(ids))
	for _, id := range ids {
		s, err := t.Get(id)
		if err != nil {
			return nil, err
		}
		if s != nil {
			found = append(found, s)
		}
	}
	return found, nil
}
