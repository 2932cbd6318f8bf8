package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/slugline/slugline/internal/words"
)

// places names the sections in messages, as in: it belongs in a source.
var places = map[string]string{
	"site": "site", "site.links[]": "a link of site", "backup": "backup", "fetch": "fetch",
	"sources[]": "a source", "topics[]": "a topic", "alerts[]": "an alert", "alerts[].to[]": "a target of an alert", "targets[]": "a target",
	"mail": "mail", "newsletters[]": "a newsletter", "embeds": "embeds", "websub": "websub",
	"cluster": "cluster", "cluster.tls": "tls of cluster", "cluster.nats": "nats of cluster", "cluster.nats.tls": "tls of nats",
}

// hint suggests which key was meant by a key that its section does not have: first by the
// words of other programs, then by spelling, then by the keys of other sections.
func hint(key, section string) string {
	if key == "<<" {
		return "; `feeds:` lets several addresses share settings"
	}
	if k := keyAt(key); k != nil && k.Section != "" { // site.title in one word
		return meantIn(k, section)
	}
	word := squeezed(key)
	if s := synonymOf(word, section); s != nil {
		if s.text != "" {
			return s.text
		}
		return meantIn(keyAt(s.key), section)
	}
	known := slices.Sorted(maps.Keys(keysBySection[section]))
	for _, name := range known {
		if squeezed(name) == word {
			return meant(name)
		}
	}
	if s := near(key, known); s != "" {
		return s
	}
	return elsewhere(word)
}

// elsewhere says in which sections a key belongs that its own section does not have.
func elsewhere(word string) string {
	var where []string
	for i := range table {
		switch k := &table[i]; {
		case squeezed(k.Name) != word:
		case k.Section == "":
			return "; it belongs at the top level of the file: check the indentation"
		default:
			where = append(where, places[k.Section])
		}
	}
	if len(where) == 0 {
		return ""
	}
	return "; it belongs in " + list(where)
}

// keyAt returns the key at a path such as site.title or sources[].every, or nil.
func keyAt(path string) *Key {
	for i := range table {
		if k := &table[i]; k.Path() == path {
			return k
		}
	}
	return nil
}

// squeezed returns a word as synonyms has it: feedURL, feed-url and feed_url are one.
func squeezed(word string) string {
	return strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(word))
}

// meantIn suggests a key to who wrote another one in a section.
func meantIn(k *Key, section string) string {
	switch k.Section {
	case section:
		return meant(k.Name)
	case "":
		return fmt.Sprintf("; did you mean %q at the top level of the file?", k.Name)
	}
	return fmt.Sprintf("; did you mean %q in %s?", k.Name, places[k.Section])
}

func meant(word string) string { return fmt.Sprintf("; did you mean %q?", word) }

// near suggests the known word that is closest to a misspelled one; it is empty if none is
// close.
func near(word string, known []string) string {
	if best := words.Nearest(word, known); best != "" {
		return meant(best)
	}
	return ""
}
