package feed

import "bytes"

type kind uint8

const (
	end          kind = iota // of the input
	open                     // <name ...>
	empty                    // <name ... />
	closing                  // </name>
	cdata                    // <![CDATA[...]]>
	doctype                  // <!DOCTYPE ...>
	comment                  // a comment or an instruction
	loneBracket              // a < that begins nothing
	unterminated             // begins something that never ends
)

// token is a piece of markup. Its slices are parts of the input.
type token struct {
	kind       kind
	start, end int    // in the input, brackets included
	name       []byte // with prefix
	attrs      []byte // between name and bracket
	body       []byte // of cdata, doctype
}

// lexer finds markup in a document that need not be well-formed. It goes
// forward only, and looks at each byte a bounded number of times.
type lexer struct {
	src  []byte
	at   int
	lone [2]bool // no double, no single quote follows
}

// next moves to the next < and reads what it begins.
func (l *lexer) next() token {
	i := bytes.IndexByte(l.src[l.at:], '<')
	if i < 0 {
		l.at = len(l.src)
		return token{kind: end, start: l.at, end: l.at}
	}
	t := l.read(l.at + i)
	l.at = t.end
	return t
}

func (l *lexer) read(at int) token {
	rest := l.src[at+1:]
	switch {
	case len(rest) == 0:
		return token{kind: unterminated, start: at, end: len(l.src)}
	case rest[0] == '!':
		return l.declaration(at)
	case rest[0] == '?':
		return l.until(comment, at, 2, "?>")
	case rest[0] == '/':
		return l.tag(at, at+2)
	}
	return l.tag(at, at+1)
}

func (l *lexer) declaration(at int) token {
	rest := l.src[at:]
	switch {
	case bytes.HasPrefix(rest, []byte("<![CDATA[")):
		return l.until(cdata, at, 9, "]]>")
	case bytes.HasPrefix(rest, []byte("<!--")):
		return l.until(comment, at, 4, "-->")
	case len(rest) > 9 && bytes.EqualFold(rest[2:9], []byte("doctype")):
		return l.doctype(at)
	}
	return token{kind: loneBracket, start: at, end: at + 1}
}

func (l *lexer) until(k kind, at, skip int, mark string) token {
	i := bytes.Index(l.src[min(at+skip, len(l.src)):], []byte(mark))
	if i < 0 {
		return token{kind: unterminated, start: at, end: len(l.src)}
	}
	from := at + skip
	return token{kind: k, start: at, end: from + i + len(mark), body: l.src[from : from+i]}
}

// doctype ends at its >, the ones of an internal subset not counted.
func (l *lexer) doctype(at int) token {
	subset := false
	for i := at; i < len(l.src); i++ {
		switch l.src[i] {
		case '[':
			subset = true
		case ']':
			subset = false
		case '>':
			if !subset {
				return token{kind: doctype, start: at, end: i + 1, body: l.src[at:i]}
			}
		}
	}
	return token{kind: unterminated, start: at, end: len(l.src)}
}

// tag reads a tag whose name begins at from. What looks like one but holds
// another < outside its quotes is text.
func (l *lexer) tag(at, from int) token {
	if from >= len(l.src) {
		return token{kind: unterminated, start: at, end: len(l.src)}
	}
	if !nameStart(l.src[from]) {
		return token{kind: loneBracket, start: at, end: at + 1}
	}
	i := from + 1
	for i < len(l.src) && nameByte[l.src[i]] {
		i++
	}
	name := l.src[from:i]
	last := l.bracket(i)
	switch {
	case last == len(l.src):
		return token{kind: unterminated, start: at, end: last}
	case l.src[last] == '<':
		return token{kind: loneBracket, start: at, end: at + 1}
	}
	t := token{kind: open, start: at, end: last + 1, name: name, attrs: l.src[i:last]}
	if l.src[at+1] == '/' {
		t.kind = closing
	} else if n := len(t.attrs); n > 0 && t.attrs[n-1] == '/' {
		t.kind, t.attrs = empty, t.attrs[:n-1]
	}
	return t
}

// bracket finds the > that ends a tag, or a < before it, or the end of the
// input. A quote counts only after an equals sign, and when it is closed.
func (l *lexer) bracket(i int) int {
	value := false
	for ; i < len(l.src); i++ {
		switch c := l.src[i]; {
		case c == '>' || c == '<':
			return i
		case c == '=':
			value = true
		case value && (c == '"' || c == '\''):
			i += l.quoted(i, c)
			value = false
		case c != ' ' && c != '\t' && c != '\n' && c != '\r':
			value = false
		}
	}
	return i
}

// quoted tells how far behind i the same quote stands; 0 when there is none.
func (l *lexer) quoted(i int, quote byte) int {
	seen := &l.lone[quote&1]
	if *seen {
		return 0
	}
	n := bytes.IndexByte(l.src[i+1:], quote) + 1
	*seen = n == 0
	return n
}

// edge is next for the inside of a text: of a tag it reads the name alone.
func (l *lexer) edge() token {
	i := bytes.IndexByte(l.src[l.at:], '<')
	if i < 0 || l.at+i+2 >= len(l.src) {
		l.at = len(l.src)
		return token{kind: end}
	}
	at := l.at + i
	if l.src[at+1] == '!' {
		t := l.declaration(at)
		l.at = t.end
		return t
	}
	t := token{kind: open, start: at, end: at + 1}
	if l.src[at+1] == '/' {
		t.kind, t.end = closing, at+2
	}
	from := t.end
	if !nameStart(l.src[from]) {
		l.at = from
		return token{kind: loneBracket, start: at, end: from}
	}
	for t.end < len(l.src) && nameByte[l.src[t.end]] {
		t.end++
	}
	t.name, l.at = l.src[from:t.end], t.end
	return t
}

func nameStart(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c >= 0x80
}

// nameByte says which bytes a name is made of.
var nameByte = func() (set [256]bool) {
	for c := range 256 {
		b := byte(c)
		set[c] = nameStart(b) || b >= '0' && b <= '9' || b == '-' || b == '.' || b == ':'
	}
	return set
}()

// attribute is a name and the value as written, entities and all.
type attribute struct{ name, value []byte }

// attribute cuts the first attribute off attrs: quoted, unquoted or without value.
func nextAttribute(attrs []byte) (a attribute, rest []byte, ok bool) {
	i := 0
	for i < len(attrs) && !nameStart(attrs[i]) {
		i++
	}
	if i == len(attrs) {
		return a, nil, false
	}
	from := i
	for i < len(attrs) && nameByte[attrs[i]] {
		i++
	}
	a.name = attrs[from:i]
	v := bytes.TrimLeft(attrs[i:], " \t\r\n")
	if len(v) == 0 || v[0] != '=' {
		return a, attrs[i:], true
	}
	a.value, rest = attributeValue(bytes.TrimLeft(v[1:], " \t\r\n"))
	return a, rest, true
}

func attributeValue(v []byte) (value, rest []byte) {
	if len(v) > 0 && (v[0] == '"' || v[0] == '\'') {
		n := bytes.IndexByte(v[1:], v[0])
		if n < 0 {
			return v[1:], nil
		}
		return v[1 : n+1], v[n+2:]
	}
	n := bytes.IndexAny(v, " \t\r\n")
	if n < 0 {
		return v, nil
	}
	return v[:n], v[n:]
}

func local(name []byte) []byte {
	if i := bytes.IndexByte(name, ':'); i >= 0 {
		return name[i+1:]
	}
	return name
}

func prefix(name []byte) []byte {
	if i := bytes.IndexByte(name, ':'); i >= 0 {
		return name[:i]
	}
	return nil
}
