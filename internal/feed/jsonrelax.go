package feed

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// relaxJSON rewrites the first value of a document that is written as JavaScript or by
// hand, so that it is JSON: without comments and superfluous commas, with missing commas,
// and with names and strings in double quotes. What it can't rewrite stays as it is.
func relaxJSON(b []byte) []byte {
	r := jsonRelaxer{src: b, out: make([]byte, 0, len(b)+len(b)/8)}
	for r.at < len(b) && r.next() {
	}
	return r.out
}

type jsonRelaxer struct {
	src   []byte
	at    int
	out   []byte
	depth int
	value bool // a value ended before
}

// next reads a token. It is false behind the first value.
func (r *jsonRelaxer) next() bool {
	switch c := r.src[r.at]; {
	case c == ':':
		r.out = append(r.out, ':')
		r.value = false
	case c == '{' || c == '[':
		r.begin()
		r.out = append(r.out, c)
		r.depth++
		r.value = false
	case c == '}' || c == ']':
		r.out = append(r.out, c)
		r.depth--
		r.value = true
		if r.depth <= 0 {
			return false
		}
	case c == '"' || c == '\'':
		r.begin()
		r.string(c)
		return true
	case c == '/':
		r.comment()
		return true
	case isWordByte(c):
		r.begin()
		r.word()
		return true
	}
	r.at++
	return true
}

// begin writes the comma before a value, whether the document has one or not.
func (r *jsonRelaxer) begin() {
	if r.value && r.depth > 0 {
		r.out = append(r.out, ',')
	}
	r.value = true
}

// comment skips a comment.
func (r *jsonRelaxer) comment() {
	rest, end := r.src[r.at:], ""
	switch {
	case bytes.HasPrefix(rest, []byte("//")):
		end = "\n"
	case bytes.HasPrefix(rest, []byte("/*")):
		end = "*/"
	default:
		r.at++
		return
	}
	if n := bytes.Index(rest[2:], []byte(end)); n >= 0 {
		r.at += n + 2 + len(end)
		return
	}
	r.at = len(r.src)
}

// string rewrites a string that ends with quote.
func (r *jsonRelaxer) string(quote byte) {
	r.out = append(r.out, '"')
	for r.at++; r.at < len(r.src); r.at++ {
		switch c := r.src[r.at]; {
		case c == quote:
			r.at++
			r.out = append(r.out, '"')
			return
		case c == '"':
			r.out = append(r.out, '\\', '"')
		case c == '\\':
			r.escape()
		case c == '\n':
			r.out = append(r.out, '\\', 'n')
		case c == '\t' || c >= ' ':
			r.out = append(r.out, c)
			if c == '\t' {
				r.out[len(r.out)-1] = ' '
			}
		}
	}
}

// escape rewrites an escape sequence in a string.
func (r *jsonRelaxer) escape() {
	rest := r.src[r.at+1:]
	switch {
	case len(rest) == 0:
	case bytes.IndexByte([]byte(`"\/bfnrt`), rest[0]) >= 0:
		r.out = append(r.out, '\\', rest[0])
		r.at++
	case rest[0] == 'u' && isHex(rest[1:], 4):
		r.out = append(r.out, r.src[r.at:r.at+6]...)
		r.at += 5
	case rest[0] == 'x' && isHex(rest[1:], 2):
		r.out = append(append(r.out, `\u00`...), rest[1:3]...)
		r.at += 3
	default: // a backslash before a line break continues the string
		if rest[0] >= ' ' {
			r.out = append(r.out, rest[0])
		}
		r.at++
	}
}

// isHex reports whether b begins with n hexadecimal digits.
func isHex(b []byte, n int) bool {
	if len(b) < n {
		return false
	}
	_, err := strconv.ParseUint(string(b[:n]), 16, 64)
	return err == nil && b[0] != '+'
}

func isWordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || isDigit(c) || c >= 0x80 || bytes.IndexByte([]byte("_$+-."), c) >= 0
}

// word rewrites a name without quotes, a number, or a word like undefined.
func (r *jsonRelaxer) word() {
	from := r.at
	for r.at < len(r.src) && isWordByte(r.src[r.at]) {
		r.at++
	}
	word := r.src[from:r.at]
	isName := bytes.HasPrefix(bytes.TrimLeft(r.src[r.at:min(len(r.src), r.at+8)], " \t\r\n"), []byte(":"))
	switch {
	case !isName && json.Valid(word):
		r.out = append(r.out, word...)
	case isName || isDigit(word[len(word)-1]):
		r.out = append(append(append(r.out, '"'), word...), '"')
	default:
		r.out = append(r.out, "null"...)
	}
}
