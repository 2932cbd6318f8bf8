package store

import (
	"bytes"
	"maps"
	"slices"
	"time"

	"github.com/slugline/slugline/internal/news"
)

// InTopic returns the n stories that stand highest in a topic below a place. The
// zero Place is above all. Stories can share a place: Below pages without a gap.
func (t Stories) InTopic(topic string, n int, before news.Place) ([]*news.Story, error) {
	if before.At.IsZero() {
		return t.placed(topic, n, append([]byte(topic), 1))
	}
	return t.placed(topic, n, placeKey(topic, before.At, before.Seq, ""))
}

// InTopicBelow returns the n stories that stand next below s in a topic.
func (t Stories) InTopicBelow(topic string, n int, s *news.Story) ([]*news.Story, error) {
	p := s.Places[topic]
	return t.placed(topic, n, placeKey(topic, p.At, p.Seq, s.ID))
}

func (t Stories) placed(topic string, n int, before []byte) ([]*news.Story, error) {
	prefix := scope(topic)
	var ids []string
	err := t.down(places, prefix, before, func(k, _ []byte) (bool, error) {
		if len(ids) < n {
			ids = append(ids, string(k[len(prefix)+16:]))
		}
		return len(ids) < n, nil
	})
	if err != nil {
		return nil, err
	}
	return t.all(ids)
}

// IDsInTopic are the ids of the stories that stand in a topic.
func (t Stories) IDsInTopic(topic string) (map[string]bool, error) {
	members := map[string]bool{}
	prefix := scope(topic)
	err := t.up(places, prefix, nil, func(k, _ []byte) (bool, error) {
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

// ClaimUpdated gives a story the first free millisecond at or after want as its Updated
// in a topic, and frees the old one. A zero old frees none.
func (t Topics) ClaimUpdated(topic string, want time.Time, story string, old time.Time) time.Time {
	if !old.IsZero() {
		t.keep(t.unclaim(topic, old, story))
	}
	at := news.Instant(want)
	asked := claim{topic, at.UnixMilli()}
	if next, ok := t.taken[asked]; ok {
		at = next
	}
	prefix := scope(topic)
	t.keep(t.up(claims, prefix, claimKey(topic, at), func(k, p []byte) (bool, error) {
		if !timeAt(k[len(prefix):]).Equal(at) {
			return false, nil
		}
		at = at.Add(time.Millisecond)
		return true, nil
	}))
	t.keep(t.put(claims, claimKey(topic, at), []byte(story)))
	if t.taken == nil {
		t.taken = map[claim]time.Time{}
	}
	t.taken[asked] = at
	return at
}

func (t Topics) unclaim(topic string, at time.Time, story string) error {
	key := claimKey(topic, at)
	p, err := t.get(claims, key)
	if err != nil || string(p) != story {
		return err
	}
	t.taken = nil // there is a free one again below those
	return t.drop(claims, key)
}

// MoveStories moves what stands in a topic to another name: places, claims, and
// the stories' own Places. Where a story has a place under the new name already,
// that one stays. The topics' own rows are the caller's.
func (t Topics) MoveStories(from, to string) error {
	ids, err := Stories(t).IDsInTopic(from)
	if err != nil {
		return err
	}
	// Stories that are Out have no row in places, but keep their claim.
	prefix := scope(from)
	var claimed [][]byte
	err = t.up(claims, prefix, nil, func(k, p []byte) (bool, error) {
		claimed, ids[string(p)] = append(claimed, bytes.Clone(k)), true
		return true, nil
	})
	for i := 0; err == nil && i < len(claimed); i++ {
		err = t.drop(claims, claimed[i])
	}
	if err != nil {
		return err
	}
	t.taken = nil
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		if err := t.renamePlace(id, from, to); err != nil {
			return err
		}
	}
	return Archives(t).renamePages(from, to)
}

func (t Topics) renamePlace(id, from, to string) error {
	s, err := Stories(t).Get(id)
	if s == nil || err != nil {
		return err
	}
	p, ok := s.Places[from]
	if !ok {
		return nil
	}
	delete(s.Places, from)
	if _, there := s.Places[to]; !there {
		p.Updated = t.ClaimUpdated(to, p.Updated, id, time.Time{})
		s.Places[to] = p
	}
	return Stories(t).Put(s)
}
