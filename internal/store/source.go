package store

import (
	"encoding/json"

	"github.com/slugline/slugline/internal/news"
)

// Sources is the table of sources.
type Sources struct{ *rows }

// Get returns the source with an id.
func (t Sources) Get(id string) (*news.SourceState, error) {
	p, err := t.get(sources, []byte(id))
	if p == nil || err != nil {
		return nil, err
	}
	s := &news.SourceState{}
	if isEncoded(p) {
		return s, decodeError(sources, []byte(id), decodeTyped([]byte(id), p, s))
	}
	return s, decodeError(sources, []byte(id), decodeSource(p, s))
}

// Put stores a source under its ID.
func (t Sources) Put(s *news.SourceState) error {
	t.scratch = encodeValue(t.scratch[:0], func(c *coder) { describeSource(c, s) })
	return t.put(sources, []byte(s.ID), t.scratch)
}

// All returns all sources in the order of the rules, then the removed ones.
func (t Sources) All() ([]*news.SourceState, error) {
	all, err := allJSON[news.SourceState](t.rows, sources, nil)
	if err != nil {
		return nil, err
	}
	rules, err := t.rules()
	if err != nil || rules == nil {
		return all, err
	}
	order := make(map[string]int, len(rules.Sources))
	for i := range rules.Sources {
		order[rules.Sources[i].Name] = i
	}
	sortByName(all, order, func(s *news.SourceState) (string, bool) { return s.Name, s.Removed })
	return all, nil
}

// AllForVisits returns all sources by id, with the fields that visits need: ID, Name,
// Removed, Visited, Pause, At and Validators. Decoding all fields of thousands of sources
// would slow down the start.
func (t Sources) AllForVisits() (all []*news.SourceState, err error) {
	err = t.ascend(sources, nil, nil, func(k, p []byte) (bool, error) {
		s := &news.SourceState{}
		all = append(all, s)
		if isEncoded(p) {
			s.ID = string(k)
			return true, decodeError(sources, k, decodeStart(p, sourceMask, func(o *fieldSet) { describeForVisits(o, s) }))
		}
		return true, decodeError(sources, k, decodeForVisits(p, s))
	})
	return all, err
}

// decodeForVisits decodes a row of an earlier release.
func decodeForVisits(p []byte, s *news.SourceState) error {
	return decodeMembers(p, func(name []byte) any {
		switch string(name) {
		case "id":
			return &s.ID
		case "name":
			return &s.Name
		case "gone":
			return &s.Removed
		case "read":
			return &s.Visited
		case "pause":
			return &s.Pause
		case "at":
			return &s.At
		case "validators":
			return &s.Validators
		}
		return nil
	})
}

// AllForQueries returns all sources by id, with the fields that queries need: ID, Name,
// Title (the one that pages show), Tags, Language and Keyed. A search reads thousands of
// sources.
func (t Sources) AllForQueries() (all []*news.Source, err error) {
	err = t.ascend(sources, nil, nil, func(k, p []byte) (bool, error) {
		s := &news.SourceState{}
		var err error
		if isEncoded(p) {
			err = decodeTyped(k, p, s)
		} else {
			err = decodeForQueries(p, s)
		}
		if err != nil {
			return false, decodeError(sources, k, err)
		}
		s.Title = s.Label()
		all = append(all, &s.Source)
		return true, nil
	})
	return all, err
}

// decodeForQueries decodes a row of an earlier release.
func decodeForQueries(p []byte, s *news.SourceState) error {
	return decodeMembers(p, func(name []byte) any {
		switch string(name) {
		case "id":
			return &s.ID
		case "name":
			return &s.Name
		case "title":
			return &s.Title
		case "tags":
			return &s.Tags
		case "language":
			return &s.Language
		case "keyed":
			return &s.Keyed
		case "feed":
			return &s.Feed
		}
		return nil
	})
}

// decodeSource decodes a row of an earlier release. It is json.Unmarshal, but faster for Listed and Parts, which are most of a
// source's row.
func decodeSource(p []byte, s *news.SourceState) error {
	rest := append(make([]byte, 0, len(p)), '{')
	err := eachMember(p, func(name, value []byte) error {
		var keys *[]uint64
		switch string(name) {
		case "listed":
			keys = &s.Listed
		case "parts":
			keys = &s.Parts
		}
		if keys != nil {
			var ok bool
			if *keys, ok = parseKeys(value); ok {
				return nil
			}
		}
		if len(rest) > 1 {
			rest = append(rest, ',')
		}
		rest = append(append(append(rest, '"'), name...), `":`...)
		rest = append(rest, value...)
		return nil
	})
	if err != nil {
		return err
	}
	return json.Unmarshal(append(rest, '}'), s)
}
