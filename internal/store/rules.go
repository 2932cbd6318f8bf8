package store

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"github.com/slugline/slugline/internal/news"
)

// decodeRules is json.Unmarshal, but faster for the sources, which are most of the rules: every
// start decodes them.
func decodeRules(p []byte, r *news.Rules) error {
	rest := append(make([]byte, 0, 1<<10), '{')
	err := eachMember(p, func(name, value []byte) error {
		if string(name) == "sources" && value[0] == '[' {
			return eachElement(value, func(element []byte) error {
				r.Sources = append(r.Sources, news.Source{})
				return decodeRuleSource(element, &r.Sources[len(r.Sources)-1])
			})
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
	return json.Unmarshal(append(rest, '}'), r)
}

// decodeRuleSource decodes a source of the rules.
func decodeRuleSource(p []byte, s *news.Source) error {
	return eachMember(p, func(name, value []byte) error {
		switch string(name) {
		case "id":
			return decodeText(value, &s.ID)
		case "name":
			return decodeText(value, &s.Name)
		case "address":
			return decodeText(value, &s.Address)
		case "title":
			return decodeText(value, &s.Title)
		case "tags":
			return json.Unmarshal(value, &s.Tags)
		case "owner":
			return decodeText(value, &s.Owner)
		case "language":
			return decodeText(value, &s.Language)
		case "rank":
			return json.Unmarshal(value, &s.Rank)
		case "show":
			return decodeText(value, (*string)(&s.Show))
		case "match":
			return decodeText(value, &s.Match)
		case "paywall":
			return json.Unmarshal(value, &s.Paywall)
		case "fold":
			return decodeText(value, (*string)(&s.Fold))
		case "keyed":
			return json.Unmarshal(value, &s.Keyed)
		}
		return nil
	})
}

// decodeText decodes a string.
func decodeText(value []byte, v *string) error {
	if n := len(value); n >= 2 && value[0] == '"' && bytes.IndexByte(value, '\\') < 0 && utf8.Valid(value) {
		*v = string(value[1 : n-1])
		return nil
	}
	return json.Unmarshal(value, v)
}
