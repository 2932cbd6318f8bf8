package config

import (
	"fmt"
	"strconv"
	"strings"
)

// Key describes one key of feeds.yaml. The reader, its hints, WriteHelp and Schema all
// use the same table of keys, see Keys.
type Key struct {
	Section  string    // where the key belongs, as in sources[]; empty at the top level of the file
	Name     string    // the key itself, as in every
	Type     ValueType // what kind of value it has
	Default  string    // the value used when the key is missing, as the file would have it; empty: see Missing
	Missing  string    // what a missing key means, in words, where there is no fixed default; empty: nothing
	Required bool      // the section is refused without it
	Meaning  string    // one or two sentences
	Example  string    // a value, in YAML
	Values   []string  // the allowed values of a Choice or of each item of Choices
	Min, Max int       // the bounds of a Number
	Least    string    // the shortest Duration, the smallest Size
	Most     string    // the longest Duration, the largest Size; empty: no bound
}

// ValueType is the kind of value that a key has, in words for readers.
type ValueType string

// The kinds of values.
const (
	TypeText       ValueType = "text"
	TypePath       ValueType = "path"
	TypeName       ValueType = "name"
	TypeNumber     ValueType = "whole number"
	TypeBool       ValueType = "true or false"
	TypeDuration   ValueType = "duration"
	TypeSize       ValueType = "size"
	TypeLimit      ValueType = "number/time"
	TypeChoice     ValueType = "one of"
	TypeChoices    ValueType = "list of"
	TypeQuery      ValueType = "query"
	TypeQueries    ValueType = "query or list of queries"
	TypeWords      ValueType = "list of words"
	TypeNames      ValueType = "list of names"
	TypeAddress    ValueType = "web address"
	TypeAddresses  ValueType = "list of web addresses"
	TypeListener   ValueType = "host:port"
	TypeListeners  ValueType = "list of host:port"
	TypeNetworks   ValueType = "list of networks"
	TypeOrigins    ValueType = "list of sites"
	TypeLanguage   ValueType = "language tag"
	TypeZone       ValueType = "time zone"
	TypeTimeOfDay  ValueType = "time of day"
	TypeHours      ValueType = "span of hours"
	TypeMailbox    ValueType = "mail address"
	TypeMailServer ValueType = "mail server address"
	TypeHeaders    ValueType = "`Name: value` lines"
	TypeSection    ValueType = "section"
	TypeSections   ValueType = "list of sections"
)

// Path gives the key with its section, as in sources[].every.
func (k *Key) Path() string {
	if k.Section == "" {
		return k.Name
	}
	return k.Section + "." + k.Name
}

// Inner gives the section that the key opens: sources[] for sources. It is empty for a
// key that holds a plain value.
func (k *Key) Inner() string {
	switch k.Type {
	case TypeSection:
		return k.Path()
	case TypeSections:
		return k.Path() + "[]"
	}
	return ""
}

// Allowed says in words which values the key may have beyond what its type says; empty:
// any of the type.
func (k *Key) Allowed() string {
	switch k.Type {
	case TypeChoice, TypeChoices:
		return list(k.Values)
	case TypeNumber:
		return fmt.Sprintf("%d to %d", k.Min, k.Max)
	case TypeDuration, TypeSize:
		if k.Most != "" {
			return k.Least + " to " + k.Most
		}
		return "at least " + k.Least
	case TypeName, TypeNames:
		return "a-z, 0-9 and -, at most 63 characters"
	}
	return ""
}

// DefaultText says in words what holds when the key is missing. It is empty for a required
// key and for a section whose keys have defaults of their own.
func (k *Key) DefaultText() string {
	switch {
	case k.Required:
		return ""
	case k.Default != "":
		return k.Default
	case k.Missing != "":
		return k.Missing
	case k.Type == TypeSection:
		return ""
	}
	return "none"
}

// Keys returns every key of feeds.yaml, section after section.
func Keys() []Key {
	return append([]Key(nil), table...)
}

// keysBySection holds the keys of each section by name.
var keysBySection = bySection(table)

func bySection(keys []Key) map[string]map[string]*Key {
	m := map[string]map[string]*Key{}
	for i := range keys {
		k := &keys[i]
		if m[k.Section] == nil {
			m[k.Section] = map[string]*Key{}
		}
		m[k.Section][k.Name] = k
	}
	return m
}

// sectionKeys returns the keys of a section in the order of the table.
func sectionKeys(section string) []*Key {
	var keys []*Key
	for i := range table {
		if table[i].Section == section {
			keys = append(keys, &table[i])
		}
	}
	return keys
}

// value gives a default or an example of a scalar key as JSON would write it: a number, a
// truth value or a string.
func (k *Key) value(text string) any {
	switch k.Type {
	case TypeNumber:
		if n, err := strconv.Atoi(text); err == nil {
			return n
		}
	case TypeBool:
		return text == "true"
	}
	return strings.Trim(text, `"'`)
}
