package main

import (
	"sync"
	"time"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
)

// audience knows how many subscribe to the topics that a source feeds: servers want
// to know for whom we come.
type audience struct {
	store *store.Store

	mu     sync.Mutex          // guards the fields below
	topics map[string][]string // that carry a source, by its name
	told   map[string]int      // subscribers by topic
	until  time.Time           // when told is to be asked for again
}

const audienceHolds = 10 * time.Minute

// follow takes over which source feeds what.
func (a *audience) follow(c *config.Config) {
	topics := map[string][]string{}
	for i := range c.Topics {
		for _, src := range feeding(c, &c.Topics[i]) {
			topics[src.Name] = append(topics[src.Name], c.Topics[i].Name)
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.topics, a.until = topics, time.Time{}
}

// of counts the subscribers of the topics that a source feeds.
func (a *audience) of(source string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	if now := time.Now(); now.After(a.until) {
		a.told, a.until = a.count(), now.Add(audienceHolds)
	}
	n := 0
	for _, t := range a.topics[source] {
		n += a.told[t]
	}
	return n
}

func (a *audience) count() map[string]int {
	told := map[string]int{}
	var list []view.Topic
	err := a.store.View(func(tx *store.Tx) (err error) {
		list, err = view.Topics(tx)
		return err
	})
	if err != nil {
		return told // a visit does without
	}
	for i := range list {
		told[list[i].Name] = list[i].Subscribers
	}
	return told
}
