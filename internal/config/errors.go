package config

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// maxErrors is how many errors are reported in full; further ones are only counted.
const maxErrors = 100

// Error is one thing that is wrong in the file. Line and Column count from 1,
// columns in characters.
type Error struct {
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Text   string `json:"text"`
	Source string `json:"source"` // the line of the file; a long one is cut
}

// Errors lists everything that is wrong in the file, in the file's order.
type Errors struct {
	Path string
	List []Error
}

// Error returns each error as PATH:LINE:COLUMN: text, with the line itself below it.
func (e *Errors) Error() string {
	var b strings.Builder
	for i, x := range e.List {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s:%d:%d: %s", e.Path, x.Line, x.Column, x.Text)
		if strings.TrimSpace(x.Source) != "" {
			b.WriteString("\n    " + x.Source)
		}
	}
	return b.String()
}

func (r *reader) fail(n *yaml.Node, format string, args ...any) {
	r.failAt(n.Line, n.Column, fmt.Sprintf(format, args...))
}

func (r *reader) failAt(line, column int, text string) {
	r.errs = append(r.errs, Error{Line: max(line, 1), Column: max(column, 1), Text: text})
}

// excerpt cuts a very long line to the part around the column.
func excerpt(line string, column int) string {
	const wide = 200
	if utf8.RuneCountInString(line) <= wide {
		return line
	}
	chars := []rune(line)
	from := min(max(column-wide/2, 0), len(chars)-1)
	to := min(from+wide, len(chars))
	s := string(chars[from:to])
	if from > 0 {
		s = "…" + s
	}
	if to < len(chars) {
		s += "…"
	}
	return s
}

// failure returns what the reader found wrong as *Errors, or nil.
func (r *reader) failure() error {
	if len(r.errs) == 0 {
		return nil
	}
	slices.SortStableFunc(r.errs, func(a, b Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	r.errs = slices.Compact(r.errs)
	if n := len(r.errs) - maxErrors; n > 0 {
		r.errs = r.errs[:maxErrors]
		last := &r.errs[maxErrors-1]
		last.Text += fmt.Sprintf(" (and %d more errors)", n)
	}
	for i := range r.errs {
		if e := &r.errs[i]; e.Line <= len(r.lines) {
			e.Source = excerpt(r.lines[e.Line-1], e.Column)
		}
	}
	return &Errors{Path: r.path, List: r.errs}
}

// elsewhere maps words that other feed readers use to our keys.
var elsewhere = map[string]string{
	"url": "feed", "address": "feed", "link": "feed", "xmlurl": "feed", "lang": "language", "interval": "every",
	"category": "tags", "tag": "tags", "query": "match", "filter": "match", "exclude": "not", "sources": "from",
	"disabled": "paused", "useragent": "user_agent", "timezone": "zone", "retention": "keep", "db": "database",
	"host": "listen", "limit": "stories", "password": "key",
}

// hint suggests which key of the section was meant by an unknown one.
func hint(key, section string) string {
	known := keysBySection[section]
	if s := near(key, slices.Sorted(maps.Keys(known))); s != "" {
		return s
	}
	if other := elsewhere[strings.ToLower(key)]; known[other] != nil {
		return meant(other)
	}
	if keysBySection[""][key] != nil {
		return "; it belongs at the top level of the file: check the indentation"
	}
	if key == "<<" {
		return "; `feeds:` lets several addresses share settings"
	}
	return ""
}

// near suggests the known word that is closest to a misspelled one; it is empty if none is
// close.
func near(word string, known []string) string {
	best, far := "", max(1, min(3, utf8.RuneCountInString(word)/3))+1
	for _, k := range known {
		if d := distance(strings.ToLower(word), k, far); d < far {
			best, far = k, d
		}
	}
	if best == "" {
		return ""
	}
	return meant(best)
}

func meant(word string) string { return fmt.Sprintf("; did you mean %q?", word) }

// distance counts the letters to add, remove, change or swap with the next one to turn a
// into b. It stops at limit.
func distance(a, b string, limit int) int {
	s, t := []rune(a), []rune(b)
	if len(s)-len(t) >= limit || len(t)-len(s) >= limit || len(s) > 64 {
		return limit
	}
	before, last, row := make([]int, len(t)+1), make([]int, len(t)+1), make([]int, len(t)+1)
	for j := range last {
		last[j] = j
	}
	for i := range s {
		row[0] = i + 1
		for j := range t {
			change := last[j]
			if s[i] != t[j] {
				change++
			}
			row[j+1] = min(change, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && s[i] == t[j-1] && s[i-1] == t[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(t)]
}

// list joins words as in a sentence: a, b or c.
func list(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}
