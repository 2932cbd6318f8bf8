package view

import (
	"strings"

	"github.com/slugline/slugline/internal/store"
)

// subscriberCounts returns the number of subscribers that aggregators report, by topic.
func subscriberCounts(tx *store.Tx) (map[string]int, error) {
	all, err := tx.FeedReaders.All()
	if err != nil {
		return nil, err
	}
	out := map[string]int{}
	for _, r := range all {
		topic, _, _ := strings.Cut(r.Feed, ".")
		out[topic] += r.Count
	}
	return out, nil
}
