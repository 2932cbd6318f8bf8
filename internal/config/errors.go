package config

import (
	"cmp"
	"fmt"
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
	Source string `json:"source"` // the line of the file, without secrets; a long one is cut
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

// fail reports an error at a node. Texts among args may be those of the file: passwords in
// their addresses are hidden.
func (r *reader) fail(n *yaml.Node, format string, args ...any) {
	line := ""
	if n.Line > 0 && n.Line <= len(r.lines) {
		line = r.lines[n.Line-1]
	}
	for i, a := range args {
		if s, ok := a.(string); ok {
			args[i] = hideUsers(hideCut(s, line))
		}
	}
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
	r.quoteLines()
	return &Errors{Path: r.path, List: r.errs}
}

// quoteLines adds to each error its line. Errors are in the file's order, and a long line may
// have many.
func (r *reader) quoteLines() {
	at, line := 0, ""
	for i := range r.errs {
		e := &r.errs[i]
		if e.Line > len(r.lines) {
			continue
		}
		if e.Line != at {
			at, line = e.Line, hideLine(r.lines[e.Line-1])
		}
		e.Source = excerpt(line, e.Column)
	}
}

// list joins words as in a sentence: a, b or c.
func list(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}
