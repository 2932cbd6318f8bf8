package store

import (
	"bytes"
	"maps"
	"slices"
	"time"

	"github.com/slugline/slugline/internal/news"
)

// Placed returns the n stories that stand highest in a topic below a place. The
// zero Place is above all. Stories can share a place: Below pages without a gap.
func (tx *Tx) Placed(topic string, n int, before news.Place) ([]*news.Story, error) {
	if before.At.IsZero() {
		return tx.placed(topic, n, append([]byte(topic), 1))
	}
	return tx.placed(topic, n, placeKey(topic, before.At, before.Seq, ""))
}

// Below returns the n stories that stand next below s in a topic.
func (tx *Tx) Below(topic string, n int, s *news.Story) ([]*news.Story, error) {
	p := s.Places[topic]
	return tx.placed(topic, n, placeKey(topic, p.At, p.Seq, s.ID))
}

func (tx *Tx) placed(topic string, n int, before []byte) ([]*news.Story, error) {
	prefix := scope(topic)
	var ids []string
	err := tx.down(places, prefix, before, func(k, _ []byte) (bool, error) {
		if len(ids) < n {
			ids = append(ids, string(k[len(prefix)+16:]))
		}
		return len(ids) < n, nil
	})
	if err != nil {
		return nil, err
	}
	return tx.all(ids)
}

// Members are the ids of the stories that stand in a topic.
func (tx *Tx) Members(topic string) (map[string]bool, error) {
	members := map[string]bool{}
	prefix := scope(topic)
	err := tx.up(places, prefix, nil, func(k, _ []byte) (bool, error) {
		members[string(k[len(prefix)+16:])] = true
		return true, nil
	})
	return members, err
}

// claim is a millisecond of a topic.
type claim struct {
	topic string
	ms    int64
}

// Claim gives a story the first free millisecond at or after t as its Updated in
// a topic, and frees the old one. A zero old frees none.
func (tx *Tx) Claim(topic string, t time.Time, story string, old time.Time) time.Time {
	if !old.IsZero() {
		tx.keep(tx.unclaim(topic, old, story))
	}
	t = news.Instant(t)
	asked := claim{topic, t.UnixMilli()}
	if next, ok := tx.taken[asked]; ok {
		t = next
	}
	prefix := scope(topic)
	tx.keep(tx.up(claims, prefix, claimKey(topic, t), func(k, p []byte) (bool, error) {
		if !timeAt(k[len(prefix):]).Equal(t) {
			return false, nil
		}
		t = t.Add(time.Millisecond)
		return true, nil
	}))
	tx.keep(tx.put(claims, claimKey(topic, t), []byte(story)))
	if tx.taken == nil {
		tx.taken = map[claim]time.Time{}
	}
	tx.taken[asked] = t
	return t
}

func (tx *Tx) unclaim(topic string, t time.Time, story string) error {
	key := claimKey(topic, t)
	p, err := tx.get(claims, key)
	if err != nil || string(p) != story {
		return err
	}
	tx.taken = nil // there is a free one again below those
	return tx.drop(claims, key)
}

// RenameTopic moves what stands in a topic to another name: places, claims, and
// the stories' own Places. Where a story has a place under the new name already,
// that one stays. The topics' own rows are the caller's.
func (tx *Tx) RenameTopic(from, to string) error {
	ids, err := tx.Members(from)
	if err != nil {
		return err
	}
	// Stories that are Out have no row in places, but keep their claim.
	prefix := scope(from)
	var claimed [][]byte
	err = tx.up(claims, prefix, nil, func(k, p []byte) (bool, error) {
		claimed, ids[string(p)] = append(claimed, bytes.Clone(k)), true
		return true, nil
	})
	for i := 0; err == nil && i < len(claimed); i++ {
		err = tx.drop(claims, claimed[i])
	}
	if err != nil {
		return err
	}
	tx.taken = nil
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		if err := tx.renamePlace(id, from, to); err != nil {
			return err
		}
	}
	return tx.renamePages(from, to)
}

func (tx *Tx) renamePlace(id, from, to string) error {
	s, err := tx.Story(id)
	if s == nil || err != nil {
		return err
	}
	p, ok := s.Places[from]
	if !ok {
		return nil
	}
	delete(s.Places, from)
	if _, there := s.Places[to]; !there {
		p.Updated = tx.Claim(to, p.Updated, id, time.Time{})
		s.Places[to] = p
	}
	return tx.PutStory(s)
}
