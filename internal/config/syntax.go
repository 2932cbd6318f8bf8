package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

const bom = "\ufeff"

// parsed is a file as YAML nodes.
type parsed struct {
	root   *yaml.Node // of the first document; nil when there is none
	second int        // the line of a second document, or 0
}

// document parses YAML into nodes.
func document(file []byte) (p parsed, err error) {
	// The parser panics in states that its authors believe impossible, and the file may be anything.
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("parse yaml: %v", v)
		}
	}()
	l, err := yaml.NewLoader(bytes.NewReader(bytes.TrimPrefix(file, []byte(bom))))
	if err != nil {
		return p, err
	}
	var first, second yaml.Node
	if err := l.Load(&first); errors.Is(err, io.EOF) {
		return p, nil
	} else if err != nil {
		return p, err
	}
	if err := l.Load(&second); err == nil {
		p.second = max(second.Line, 1)
	} else if !errors.Is(err, io.EOF) {
		return p, err
	}
	if len(first.Content) == 1 && !null(first.Content[0]) {
		p.root = first.Content[0]
	}
	return p, nil
}

// unreadable finds the first character that is not allowed in a text file.
func unreadable(lines []string) (line, column int, what string) {
	for i, s := range lines {
		col := 0
		for len(s) > 0 {
			c, n := utf8.DecodeRuneInString(s)
			col++
			switch {
			case c == utf8.RuneError && n == 1:
				return i + 1, col, "the file is not UTF-8 text"
			case c < ' ' && c != '\t', c >= 0x7f && c < 0xa0 && c != 0x85, c == 0xfffe, c == 0xffff:
				return i + 1, col, "this is a control character: remove it"
			}
			s = s[n:]
		}
	}
	return 0, 0, ""
}

// syntax reports in our own words what the YAML parser could not read.
func (r *reader) syntax(e *yaml.LoadError) {
	at := e.Mark
	if text := r.misplaced(e); text != "" {
		r.failAt(at.Line, at.Column, text)
		return
	}
	if at.Line == 0 || atStart(e) {
		at = e.ContextMark
	}
	text := wording(e, r.char(at.Line, at.Column))
	if hint := r.quoteHint(at.Line); hint != "" {
		text += hint
	} else if e.ContextMark.Line > 0 {
		text += r.quoteHint(e.ContextMark.Line)
	}
	r.failAt(at.Line, at.Column, text)
}

// atStart reports whether the mistake is more likely where the construct began than where
// the parser stopped.
func atStart(e *yaml.LoadError) bool {
	return strings.Contains(e.Message, "end of stream") || strings.Contains(e.Message, "',' or") ||
		strings.Contains(e.Message, "could not find expected ':'")
}

// wordings maps parts of the parser's messages to ours.
var wordings = []struct{ part, text string }{
	{"mapping keys are not allowed", "a `?` followed by a space is not allowed here; put the value in quotes"},
	{"expected key", "this does not fit what is above it: look at the indentation, and at text after a closing quote"},
	{"expected '-' indicator", "the list above is not finished: look at the indentation of this line"},
	{"',' or ']'", "the list that starts here with [ has no ], or a comma is missing"},
	{"',' or '}'", "the section that starts here with { has no }, or a comma is missing"},
	{"block sequence entries", "a list can't start on this line; put its first - on a line of its own"},
	{"end of stream", "the quote that opens here is never closed"},
	{"unknown escape", "this backslash has no meaning in double quotes; use single quotes"},
	{"hexadecimal", "this backslash has no meaning in double quotes; use single quotes"},
	{"Unicode character escape", "this backslash has no meaning in double quotes; use single quotes"},
	{"could not find expected ':'", "this line is not `key: value`"},
	{"without preceding whitespace", "a # that starts a comment needs a space before it"},
	{"max depth", "nested too deeply"},
	{"tab", "a tab can't indent: use spaces"},
	{"spaces and tabs", "a tab can't indent: use spaces"},
	{"indentation indicator", "the number after | or > must be 1 to 9"},
	{"document", "a line with `---`, `...` or % is only allowed at the start or the end of the file"},
	{"anchor", "a name of letters and digits belongs after & or *; a value that starts with one needs quotes"},
	{"alphabetic or numeric", "a name of letters and digits belongs after & or *; a value that starts with one needs quotes"},
	{"tag", "a value that starts with ! is a YAML tag: put the value in single quotes"},
	{"directive", "a line must not start with %"},
}

func wording(e *yaml.LoadError, c rune) string {
	if name, ok := strings.CutPrefix(e.Message, "unknown anchor '"); ok {
		name, _, _ = strings.Cut(name, "'")
		return fmt.Sprintf("*%s refers to nothing: a value that starts with * needs quotes", name)
	}
	if strings.Contains(e.Message, "cannot start any token") {
		if c == '\t' {
			return "a tab can't indent: use spaces"
		}
		return fmt.Sprintf("a value can't start with %c: put it in single quotes", c)
	}
	for _, text := range []string{e.Message, e.ContextMsg} {
		for _, w := range wordings {
			if strings.Contains(text, w.part) {
				return w.text
			}
		}
	}
	return "this is not YAML: look at the quotes and the indentation"
}

// misplaced says what is wrong about a key with a wrong indentation, or a colon in a value.
// It is empty for other mistakes.
func (r *reader) misplaced(e *yaml.LoadError) string {
	before := r.before(e.Mark.Line, e.Mark.Column)
	key := strings.TrimLeft(before, " -")
	switch {
	case before != "" && key == "" && strings.Contains(e.Message, "expected '-' indicator"):
		return "this line is indented less than the keys of the list item above; begin it in the same column as they do"
	case before != "" && key == "" && strings.Contains(e.Message, "expected key"):
		return "this line is indented differently from the keys above it; begin it in the same column"
	case !strings.Contains(e.Message, "mapping values are not allowed") && !strings.Contains(e.Message, "',' or '}'"),
		r.char(e.Mark.Line, e.Mark.Column) != ':':
		return ""
	case strings.Contains(e.Message, "',' or '}'") && e.Mark.Line > e.ContextMark.Line && !strings.ContainsAny(key, ":{,"):
		return "" // a { above was not closed, and this line begins the next key
	case !strings.ContainsAny(key, ":{,"):
		return fmt.Sprintf("%q is indented more than the key above it; begin it in the same column", key)
	case isQueryLine(before):
		return "a query with a colon and a space in it must be in single quotes"
	}
	return "a value with a colon and a space in it must be in single quotes"
}

// isQueryLine reports whether a line has a key whose value is a query.
func isQueryLine(line string) bool {
	bare := strings.TrimLeft(line, " -{")
	return strings.HasPrefix(bare, "match:") || strings.HasPrefix(bare, "hold:") || strings.HasPrefix(line, "not:") ||
		strings.Contains(line, ", match:") || strings.Contains(line, ", hold:")
}

// before returns the characters of a line before a column.
func (r *reader) before(line, column int) string {
	if line < 1 || line > len(r.lines) {
		return ""
	}
	s := []rune(r.lines[line-1])
	return string(s[:min(max(column-1, 0), len(s))])
}

func (r *reader) char(line, column int) rune {
	if line < 1 || line > len(r.lines) {
		return utf8.RuneError
	}
	for i, c := range []rune(r.lines[line-1]) {
		if i == column-1 {
			return c
		}
	}
	return utf8.RuneError
}

// quoteHint returns a hint for a mistake on a line with a query, or in the list below one:
// many characters of a query have another meaning in YAML.
func (r *reader) quoteHint(line int) string {
	if line < 1 || line > len(r.lines) {
		return ""
	}
	const hint = "; put the whole query in single quotes"
	s := r.lines[line-1]
	if isQueryLine(s) {
		return hint
	}
	deep := indent(s)
	for ; line > 0; line-- {
		s = r.lines[line-1]
		bare := strings.TrimLeft(s, " -")
		if strings.HasSuffix(strings.TrimSpace(s), ":") && isQueryLine(s) && len(s)-len(bare) <= deep {
			return hint
		}
		if !strings.HasPrefix(strings.TrimLeft(s, " "), "- ") {
			return ""
		}
	}
	return ""
}

func indent(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }
