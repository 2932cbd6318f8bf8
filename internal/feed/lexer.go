package feed

import "bytes"

// kind says what a token is.
type kind uint8

const (
	end          kind = iota // of the input
	open                     // <name ...>
	empty                    // <name ... />
	closing                  // </name>
	cdata                    // <![CDATA[...]]>
	doctype                  // <!DOCTYPE ...>
	comment                  // a comment or a processing instruction
	loneBracket              // a < that is text
	unterminated             // markup that the input ends in
)

// token is a piece of markup. Its slices are parts of the input.
type token struct {
	kind       kind
	start, end int    // in the input, brackets included
	name       []byte // with its prefix
	attrs      []byte // between name and bracket
	body       []byte // of cdata and doctype
}

// lexer finds markup in a document that need not be well-formed. It only moves
// forward, and reads each byte a bounded number of times.
type lexer struct {
	src     []byte
	at      int
	reach   int     // what was looked at ends here, or at at if that is later
	noQuote [2]bool // the rest of the input has no double quote, no single quote
	simple  bool    // a DOCTYPE ends at its first >: behind the root's start tag, or because a subset did not end
}

// next finds the next < and returns the token that it begins.
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

// looked returns where in the input ends what the lexer has looked at: bytes behind that
// had no influence on its tokens.
func (l *lexer) looked() int { return max(l.reach, l.at) }

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

// until reads a token of kind k that begins at at with skip bytes and ends with mark.
func (l *lexer) until(k kind, at, skip int, mark string) token {
	i := bytes.Index(l.src[min(at+skip, len(l.src)):], []byte(mark))
	if i < 0 {
		return token{kind: unterminated, start: at, end: len(l.src)}
	}
	from := at + skip
	return token{kind: k, start: at, end: from + i + len(mark), body: l.src[from : from+i]}
}

// doctype reads a document type declaration. It ends at the first > outside of quotes and
// of its internal subset, or at the very first > if a quote or the subset never ends.
func (l *lexer) doctype(at int) token {
	for i := at; i < len(l.src) && !l.simple; i++ {
		n := 0
		switch c := l.src[i]; c {
		case '"', '\'':
			n = bytes.IndexByte(l.src[i+1:], c) + 1
			l.simple = n == 0
		case '[':
			n = subsetEnd(l.src, i+1) - i
			l.simple = n < 0
		case '>':
			return token{kind: doctype, start: at, end: i + 1, body: l.src[at:i]}
		}
		i += max(n, 0)
	}
	return l.until(doctype, at, 0, ">")
}

// tag reads a tag whose name begins at from. If another < comes before its >, outside
// of quotes, then it is no tag but text.
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
	l.reach = max(l.reach, last)
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

// maxQuotedTag is how long a tag may be in whose quotes a < is no end, in bytes. Without
// it, each of many < could be followed by quotes up to the end of the input.
const maxQuotedTag = 1 << 10

// bracket returns where the > that ends a tag is, or a < before it, or the end of
// the input. A quote counts only after an equals sign, and only if it is closed.
func (l *lexer) bracket(i int) int {
	value, from := false, i
	for ; i < len(l.src); i++ {
		switch c := l.src[i]; {
		case c == '>' || c == '<':
			return i
		case c == '=':
			value = true
		case value && (c == '"' || c == '\''):
			i += l.quoted(i, c)
			value = false
			if i-from > maxQuotedTag {
				if n := bytes.IndexByte(l.src[from:i], '<'); n >= 0 {
					l.reach = max(l.reach, i+1)
					return from + n
				}
				from = i
			}
		case c != ' ' && c != '\t' && c != '\n' && c != '\r':
			value = false
		}
	}
	return i
}

// quoted returns the distance from i to the same quote behind it; 0 when there is
// none.
func (l *lexer) quoted(i int, quote byte) int {
	none, n := &l.noQuote[quote&1], 0
	if !*none {
		n = bytes.IndexByte(l.src[i+1:], quote) + 1
		*none = n == 0
	}
	if *none {
		l.reach = len(l.src) + 1 // also a quote at the very end would have been found
	}
	return n
}

// nextName is next for the content of a text. Of a tag it reads only the name, and
// it continues right behind it.
func (l *lexer) nextName() token {
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

// nameByte is the set of bytes that a name consists of.
var nameByte = func() (set [256]bool) {
	for c := range 256 {
		b := byte(c)
		set[c] = nameStart(b) || b >= '0' && b <= '9' || b == '-' || b == '.' || b == ':'
	}
	return set
}()

// attribute is a name and a value as written, with its entities.
type attribute struct{ name, value []byte }

// nextAttribute reads the first attribute of attrs, whose value may be quoted,
// unquoted or missing, and returns the rest. ok is false when there is none.
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

// attributeValue reads the value that v begins with, and returns the rest.
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

// local returns a name without its prefix.
func local(name []byte) []byte {
	if i := bytes.IndexByte(name, ':'); i >= 0 {
		return name[i+1:]
	}
	return name
}

// prefix returns the prefix of a name; nil when it has none.
func prefix(name []byte) []byte {
	if i := bytes.IndexByte(name, ':'); i >= 0 {
		return name[:i]
	}
	return nil
}
