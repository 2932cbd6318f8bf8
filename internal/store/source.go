package store

import (
	"fmt"
	"slices"

	"github.com/slugline/slugline/internal/news"
)

// Get returns nil when there is none with this id.
func (t Sources) Get(id string) (*news.SourceState, error) {
	p, err := t.get(sources, []byte(id))
	if p == nil || err != nil {
		return nil, err
	}
	s := &news.SourceState{}
	if err := decodeSource(p, s); err != nil {
		return nil, fmt.Errorf("decode %s %q: %w: %w", sources, id, err, ErrDamaged)
	}
	return s, nil
}

// Put stores a source under its ID.
func (t Sources) Put(s *news.SourceState) error { return t.write(sources, []byte(s.ID), s) }

// All returns all sources in the rules' order, those no longer in the rules last.
func (t Sources) All() ([]*news.SourceState, error) {
	all, err := allRows[news.SourceState](t.rows, sources)
	if err != nil {
		return nil, err
	}
	rules, err := t.rules()
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

// Get returns nil when there never was one of this name.
func (t Topics) Get(name string) (*news.TopicState, error) {
	return row[news.TopicState](t.rows, topics, []byte(name))
}

// Put stores a topic under its Name.
func (t Topics) Put(s *news.TopicState) error { return t.write(topics, []byte(s.Name), s) }

// All returns all topics in the rules' order, those gone or renamed last.
func (t Topics) All() ([]*news.TopicState, error) {
	all, err := allRows[news.TopicState](t.rows, topics)
	if err != nil {
		return nil, err
	}
	rules, err := t.rules()
	if err != nil || rules == nil {
		return all, err
	}
	place := make(map[string]int, len(rules.Topics))
	for i := range rules.Topics {
		place[rules.Topics[i].Name] = i
	}
	sortBy(all, place, func(s *news.TopicState) (string, bool) { return s.Name, s.Removed || s.RenamedTo != "" })
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
