package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/slugline/slugline/internal/news"
)

// AllForVisits returns all sources by id, with no more than what visits depend on: ID,
// Name, Gone, Read, Pause, At and Validators. A start reads thousands of them.
func (t Sources) AllForVisits() (all []*news.SourceState, err error) {
	err = t.up(sources, nil, nil, func(k, p []byte) (bool, error) {
		s := &news.SourceState{}
		all = append(all, s)
		if err := standing1(p, s); err != nil {
			return false, fmt.Errorf("decode %s %q: %w: %w", sources, k, err, ErrDamaged)
		}
		return true, nil
	})
	return all, err
}

func standing1(p []byte, s *news.SourceState) error {
	return skim(p, func(name, value []byte) error {
		switch string(name) {
		case "id":
			return json.Unmarshal(value, &s.ID)
		case "name":
			return json.Unmarshal(value, &s.Name)
		case "gone":
			return json.Unmarshal(value, &s.Removed)
		case "read":
			return json.Unmarshal(value, &s.Visited)
		case "pause":
			return json.Unmarshal(value, &s.Pause)
		case "at":
			return json.Unmarshal(value, &s.At)
		case "validators":
			return json.Unmarshal(value, &s.Validators)
		}
		return nil
	})
}

// AllForQueries returns all sources by id, with no more than what queries ask of them: ID,
// Name, Title (that pages show), Tags, Language and Keyed. A search reads thousands.
func (t Sources) AllForQueries() (all []*news.Source, err error) {
	err = t.up(sources, nil, nil, func(k, p []byte) (bool, error) {
		s := &news.SourceState{}
		if err := outline(p, s); err != nil {
			return false, fmt.Errorf("decode %s %q: %w: %w", sources, k, err, ErrDamaged)
		}
		s.Title = s.Label()
		all = append(all, &s.Source)
		return true, nil
	})
	return all, err
}

func outline(p []byte, s *news.SourceState) error {
	return skim(p, func(name, value []byte) error {
		switch string(name) {
		case "id":
			return json.Unmarshal(value, &s.ID)
		case "name":
			return json.Unmarshal(value, &s.Name)
		case "title":
			return json.Unmarshal(value, &s.Title)
		case "tags":
			return json.Unmarshal(value, &s.Tags)
		case "language":
			return json.Unmarshal(value, &s.Language)
		case "keyed":
			return json.Unmarshal(value, &s.Keyed)
		case "feed":
			return json.Unmarshal(value, &s.Feed)
		}
		return nil
	})
}

// decodeSource is json.Unmarshal, quicker at what is most of a source: what it
// listed last.
func decodeSource(p []byte, s *news.SourceState) error {
	rest := append(make([]byte, 0, len(p)), '{')
	err := skim(p, func(name, value []byte) error {
		if string(name) == "listed" {
			var ok bool
			if s.Listed, ok = keysIn(value); ok {
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

// keysIn reads a list of keys; ok is false when it is anything else.
func keysIn(b []byte) (keys []uint64, ok bool) {
	if len(b) < 3 || b[0] != '[' {
		return nil, false
	}
	keys = make([]uint64, 0, bytes.Count(b, []byte(","))+1)
	for n, i := uint64(0), 1; i < len(b); i++ {
		switch c := b[i]; {
		case c >= '0' && c <= '9':
			n = n*10 + uint64(c-'0')
		case (c == ',' || c == ']') && b[i-1] >= '0':
			keys, n = append(keys, n), 0
		default:
			return nil, false
		}
	}
	return keys, b[len(b)-1] == ']'
}

var errNoObject = errors.New("not a JSON object")

// skim gives the members of a JSON object as they are written, the names without
// their quotes. It looks no deeper than it must to find where a value ends.
func skim(b []byte, each func(name, value []byte) error) error {
	b = bytes.TrimSpace(b)
	if len(b) < 2 || b[0] != '{' || b[len(b)-1] != '}' {
		return errNoObject
	}
	for b = blank(b[1 : len(b)-1]); len(b) > 0; {
		n := valueEnd(b)
		if b[0] != '"' || n < 2 {
			return errNoObject
		}
		name, rest := b[1:n-1], blank(b[n:])
		if len(rest) == 0 || rest[0] != ':' {
			return errNoObject
		}
		rest = blank(rest[1:])
		n = valueEnd(rest)
		if n == 0 {
			return errNoObject
		}
		if err := each(name, rest[:n]); err != nil {
			return err
		}
		if b = blank(rest[n:]); len(b) > 0 {
			if b[0] != ',' {
				return errNoObject
			}
			b = blank(b[1:])
		}
	}
	return nil
}

func blank(b []byte) []byte { return bytes.TrimLeft(b, " \t\r\n") }

// valueEnd is how long the value is that b begins with; 0 when it does not end.
func valueEnd(b []byte) int {
	depth := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			n := textEnd(b[i:])
			if i += n - 1; n == 0 {
				return 0
			}
		case '{', '[':
			depth++
			continue
		case '}', ']':
			depth--
		case ',', ':', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return i
			}
			continue
		default:
			if depth > 0 || i+1 < len(b) && plain(b[i+1]) {
				continue
			}
		}
		if depth == 0 {
			return i + 1
		}
		if depth < 0 {
			return 0
		}
	}
	return 0
}

// plain is true for what a number or a word may go on with.
func plain(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c == '.' || c == '-' || c == '+' || c == 'E'
}

// textEnd is how long the string is that b begins with; 0 when it does not end.
func textEnd(b []byte) int {
	for i := 1; i < len(b); i++ {
		n := bytes.IndexByte(b[i:], '"')
		if n < 0 {
			return 0
		}
		i += n
		slashes := 0
		for b[i-1-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return i + 1
		}
	}
	return 0
}
