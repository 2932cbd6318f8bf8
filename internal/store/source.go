package store

import (
	"fmt"
	"slices"

	"github.com/slugline/slugline/internal/news"
)

// Source returns nil when there is none with this id.
func (tx *Tx) Source(id string) (*news.SourceState, error) {
	p, err := tx.get(sources, []byte(id))
	if p == nil || err != nil {
		return nil, err
	}
	s := &news.SourceState{}
	if err := decodeSource(p, s); err != nil {
		return nil, fmt.Errorf("decode %s %q: %w: %w", sources, id, err, ErrDamaged)
	}
	return s, nil
}

// PutSource stores a source under its ID.
func (tx *Tx) PutSource(s *news.SourceState) error { return tx.write(sources, []byte(s.ID), s) }

// Sources returns all sources in the rules' order, those no longer in the rules last.
func (tx *Tx) Sources() ([]*news.SourceState, error) {
	all, err := rows[news.SourceState](tx, sources)
	if err != nil {
		return nil, err
	}
	rules, err := tx.Rules()
	if err != nil || rules == nil {
		return all, err
	}
	place := make(map[string]int, len(rules.Sources))
	for i := range rules.Sources {
		place[rules.Sources[i].Name] = i
	}
	sortBy(all, place, func(s *news.SourceState) (string, bool) { return s.Name, s.Removed })
	return all, nil
}

// Topic returns nil when there never was one of this name.
func (tx *Tx) Topic(name string) (*news.TopicState, error) {
	return row[news.TopicState](tx, topics, []byte(name))
}

// PutTopic stores a topic under its Name.
func (tx *Tx) PutTopic(t *news.TopicState) error { return tx.write(topics, []byte(t.Name), t) }

// Topics returns all topics in the rules' order, those gone or renamed last.
func (tx *Tx) Topics() ([]*news.TopicState, error) {
	all, err := rows[news.TopicState](tx, topics)
	if err != nil {
		return nil, err
	}
	rules, err := tx.Rules()
	if err != nil || rules == nil {
		return all, err
	}
	place := make(map[string]int, len(rules.Topics))
	for i := range rules.Topics {
		place[rules.Topics[i].Name] = i
	}
	sortBy(all, place, func(t *news.TopicState) (string, bool) { return t.Name, t.Removed || t.RenamedTo != "" })
	return all, nil
}

// sortBy sorts by the place of each one's name; gone ones and those without a
// place come last, in the order they had.
func sortBy[T any](all []*T, place map[string]int, of func(*T) (name string, gone bool)) {
	rank := func(v *T) int {
		name, gone := of(v)
		if i, ok := place[name]; ok && !gone {
			return i
		}
		return len(place)
	}
	slices.SortStableFunc(all, func(a, b *T) int { return rank(a) - rank(b) })
}
