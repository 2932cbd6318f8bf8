package store

import (
	"time"

	"github.com/slugline/slugline/internal/news"
)

// Horizon is the time that retention counts from; zero before the first sweep.
func (tx *Tx) Horizon() time.Time {
	p, err := tx.get("state", []byte("horizon"))
	if err != nil || len(p) < 8 {
		tx.keep(err)
		return time.Time{}
	}
	return timeAt(p)
}

// PutHorizon moves the horizon.
func (tx *Tx) PutHorizon(t time.Time) error {
	return tx.put("state", []byte("horizon"), appendTime(nil, t))
}

// EachStory hands every story to fn, by id. fn must not put or drop stories.
func (tx *Tx) EachStory(fn func(*news.Story) error) error {
	return tx.up("stories", nil, nil, func(k, p []byte) (bool, error) {
		s := new(news.Story)
		if err := decode("stories", k, p, s); err != nil {
			return false, err
		}
		return true, fn(s)
	})
}

// Members are the ids of the stories that stand in a topic.
func (tx *Tx) Members(topic string) (map[string]bool, error) {
	members := map[string]bool{}
	prefix := scope(topic)
	err := tx.up("places", prefix, nil, func(k, _ []byte) (bool, error) {
		members[string(k[len(prefix)+16:])] = true
		return true, nil
	})
	return members, err
}
