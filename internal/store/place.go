package store

import (
	"bytes"
	"time"

	"github.com/slugline/slugline/internal/news"
)

// PlaceFrom returns the time of the oldest place in a topic at or after a time, the zero
// time when there is none. It reads one row.
func (t Stories) PlaceFrom(topic string, from time.Time) (at time.Time, err error) {
	prefix := namePrefix(topic)
	err = t.ascend(places, prefix, placeKey(topic, from, 0, ""), func(k, _ []byte) (bool, error) {
		at = readTime(k[len(prefix):])
		return false, nil
	})
	return at, err
}

// PlaceBefore returns the time of the newest place in a topic before a time, the zero time
// when there is none. It reads one row.
func (t Stories) PlaceBefore(topic string, before time.Time) (at time.Time, err error) {
	prefix := namePrefix(topic)
	err = t.descend(places, prefix, placeKey(topic, before, 0, ""), func(k, _ []byte) (bool, error) {
		at = readTime(k[len(prefix):])
		return false, nil
	})
	return at, err
}

// CountBetween returns how many stories of a topic have their place from one time on and
// before another.
func (t Stories) CountBetween(topic string, from, to time.Time) (n int, err error) {
	err = t.eachBetween(topic, from, to, func([]byte) bool {
		n++
		return true
	})
	return n, err
}

// CountAbove returns how many stories of a topic are above story s, with a place before a
// time.
func (t Stories) CountAbove(topic string, s *news.Story, before time.Time) (n int, err error) {
	prefix, p := namePrefix(topic), s.Places[topic]
	own := placeKey(topic, p.At, p.Seq, s.ID)
	err = t.descend(places, prefix, placeKey(topic, before, 0, ""), func(k, _ []byte) (bool, error) {
		if bytes.Compare(k, own) <= 0 {
			return false, nil
		}
		n++
		return true, nil
	})
	return n, err
}

// InTopicBetween returns the stories of a topic that have their place from one time on and
// before another, newest first: n of them after those that it skips.
func (t Stories) InTopicBetween(topic string, from, to time.Time, skip, n int) ([]*news.Story, error) {
	var ids []string
	if n <= 0 {
		return nil, nil
	}
	err := t.eachBetween(topic, from, to, func(id []byte) bool {
		if skip--; skip < 0 {
			ids = append(ids, string(id))
		}
		return len(ids) < n
	})
	if err != nil {
		return nil, err
	}
	return t.byIDs(ids)
}

// eachBetween calls fn with the ids of the stories of a topic that have their place from
// one time on and before another, newest first, until it returns false.
func (t Stories) eachBetween(topic string, from, to time.Time, fn func(id []byte) bool) error {
	prefix := namePrefix(topic)
	return t.descend(places, prefix, placeKey(topic, to, 0, ""), func(k, _ []byte) (bool, error) {
		return !readTime(k[len(prefix):]).Before(from) && fn(k[len(prefix)+16:]), nil
	})
}

// IDsBetween returns the ids of up to n stories of a topic that have their place from one
// time on and before another, newest first.
func (t Stories) IDsBetween(topic string, from, to time.Time, n int) (ids []string, err error) {
	err = t.eachBetween(topic, from, to, func(id []byte) bool {
		ids = append(ids, string(id))
		return len(ids) < n
	})
	return ids, err
}
