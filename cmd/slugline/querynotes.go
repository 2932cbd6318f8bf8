package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/topic"
	"github.com/slugline/slugline/internal/words"
)

// placedQuery is a query of feeds.yaml and where it stands.
type placedQuery struct{ text, place string }

// queriesOf returns all queries of feeds.yaml.
func queriesOf(c *config.Config) (all []placedQuery) {
	for i := range c.Sources {
		if src := &c.Sources[i]; src.Match != "" {
			all = append(all, placedQuery{src.Match, "match of source " + src.Name})
		}
	}
	for i := range c.Topics {
		t := &c.Topics[i]
		all = append(all, placed(t.Match, "match of topic "+t.Name)...)
		all = append(all, placed(t.Hold, "hold of topic "+t.Name)...)
	}
	for i := range c.Alerts {
		all = append(all, placed(c.Alerts[i].Match, "match of alert "+c.Alerts[i].Name)...)
	}
	return append(all, placed(c.Not, "not")...)
}

func placed(queries []string, place string) (all []placedQuery) {
	for _, q := range queries {
		all = append(all, placedQuery{q, place})
	}
	return all
}

// queryNotes returns notes about queries that are valid but probably mistakes: they name
// what the file does not have, or have a word where an operator is meant.
func queryNotes(c *config.Config, queries []placedQuery) (notes []string) {
	known := knownNames(c)
	for _, placed := range queries {
		q, err := topic.Searching(time.Now(), nil).Parse(placed.text)
		if err != nil {
			continue // it is refused elsewhere
		}
		for _, field := range []string{"source", "tag", "topic"} {
			for _, name := range q.Named(field) {
				if !slices.Contains(known[field], name) {
					notes = append(notes, fmt.Sprintf("%s asks for %s:%s, and there is no such %[2]s%[4]s", placed.place, field, name, nearest(name, known[field])))
				}
			}
		}
		for _, slip := range q.Slips() {
			words := "word"
			if strings.Contains(slip.Word, " ") {
				words = "words"
			}
			notes = append(notes, fmt.Sprintf("%s looks for the %s %q; if that is meant as an operator, write %s", placed.place, words, slip.Word, slip.Operator))
		}
	}
	return notes
}

// knownNames returns the sources, tags and topics of feeds.yaml, folded, by the field that
// names them.
func knownNames(c *config.Config) map[string][]string {
	known := map[string][]string{}
	for i := range c.Sources {
		known["source"] = append(known["source"], words.Fold(c.Sources[i].Name))
		for _, tag := range c.Sources[i].Tags {
			known["tag"] = append(known["tag"], words.Fold(tag))
		}
	}
	for i := range c.Topics {
		known["topic"] = append(known["topic"], words.Fold(c.Topics[i].Name))
	}
	return known
}

func nearest(name string, known []string) string {
	if best := words.Nearest(name, known); best != "" {
		return fmt.Sprintf("; did you mean %q?", best)
	}
	return ""
}
