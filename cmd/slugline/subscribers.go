package main

import (
	"sync"
	"time"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
)

// subscriberCounts knows how many subscribe to the topics that a source feeds: servers want
// to know for whom we come.
type subscriberCounts struct {
	store *store.Store

	mu      sync.Mutex          // guards the fields below
	topics  map[string][]string // that carry a source, by its name
	counts  map[string]int      // subscribers by topic
	expires time.Time           // when told is to be asked for again
}

const countsTTL = 10 * time.Minute

// configure takes over which source feeds what.
func (s *subscriberCounts) configure(c *config.Config) {
	topics := map[string][]string{}
	for i := range c.Topics {
		for _, src := range topicSources(c, &c.Topics[i]) {
			topics[src.Name] = append(topics[src.Name], c.Topics[i].Name)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.topics, s.expires = topics, time.Time{}
}

// of counts the subscribers of the topics that a source feeds.
func (s *subscriberCounts) of(source string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := time.Now(); now.After(s.expires) {
		s.counts, s.expires = s.read(), now.Add(countsTTL)
	}
	n := 0
	for _, t := range s.topics[source] {
		n += s.counts[t]
	}
	return n
}

func (s *subscriberCounts) read() map[string]int {
	told := map[string]int{}
	var list []view.Topic
	err := s.store.View(func(tx *store.Tx) (err error) {
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
