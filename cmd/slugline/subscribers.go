package main

import (
	"sync"
	"time"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
)

// subscriberCounts counts the subscribers of the topics that carry a source. Visits report
// the number to the source's server.
type subscriberCounts struct {
	store *store.Store

	mu      sync.Mutex          // guards the fields below
	topics  map[string][]string // topics that carry a source, by the source's name
	counts  map[string]int      // subscribers by topic
	expires time.Time           // when counts must be read again
}

const countsTTL = 10 * time.Minute

// configure sets which topics carry which source.
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

// of returns the number of subscribers of the topics that carry a source.
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
	counts := map[string]int{}
	var list []view.Topic
	err := s.store.View(func(tx *store.Tx) (err error) {
		list, err = view.Topics(tx)
		return err
	})
	if err != nil {
		return counts // the visit reports no subscribers
	}
	for i := range list {
		counts[list[i].Name] = list[i].Subscribers
	}
	return counts
}
