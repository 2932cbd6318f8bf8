package feed

import (
	"bytes"
	"html"
)

// Limits of the entities that a document declares itself. A document beyond them keeps
// its references as they are written.
const (
	maxEntities     = 256
	maxEntityValue  = 256     // bytes
	maxExpansion    = 1 << 20 // bytes that the entities of one document may add
	maxDeclarations = 10_000  // in an internal subset
)

// subsetEnd returns where the internal subset that begins behind at ends, which is its
// closing bracket; -1 if the input ends first. Brackets in quotes, comments and
// processing instructions are not counted (XML 1.0 section 2.8).
func subsetEnd(src []byte, at int) int {
	for i := at; i < len(src); i++ {
		switch {
		case src[i] == ']':
			return i
		case src[i] != '<':
		default:
			n := declarationEnd(src[i:])
			if n < 0 {
				return -1
			}
			i += n - 1
		}
	}
	return -1
}

// declarationEnd returns the length of the markup declaration, comment or processing
// instruction that b begins with; -1 if it does not end.
func declarationEnd(b []byte) int {
	for _, p := range [...][2]string{{"<!--", "-->"}, {"<?", "?>"}} {
		if bytes.HasPrefix(b, []byte(p[0])) {
			return endOf(b, len(p[0]), p[1])
		}
	}
	for i := 1; i < len(b); i++ {
		switch b[i] {
		case '>':
			return i + 1
		case '"', '\'':
			n := bytes.IndexByte(b[i+1:], b[i])
			if n < 0 {
				return -1
			}
			i += n + 1
		}
	}
	return -1
}

// endOf returns where mark ends in b behind from; -1 when b does not contain it there.
func endOf(b []byte, from int, mark string) int {
	n := bytes.Index(b[from:], []byte(mark))
	if n < 0 {
		return -1
	}
	return from + n + len(mark)
}

// ownEntities returns the entities that a DOCTYPE declares and that are not those of
// HTML: by name, what a reference stands for, escaped. Nothing that is outside of the
// document is fetched, so external and parameter entities are left out. An entity that
// contains others, or markup, is refused: such entities can grow without bound.
func ownEntities(doctype []byte) (map[string][]byte, error) {
	_, subset, found := bytes.Cut(doctype, []byte("["))
	own := map[string][]byte{}
	for n := 0; found && n < maxDeclarations; n++ {
		i := bytes.IndexByte(subset, '<')
		if i < 0 {
			break
		}
		subset = subset[i:]
		size := declarationEnd(subset)
		if size < 0 {
			break
		}
		name, value, ok := entityDeclaration(subset[:size])
		subset = subset[size:]
		if _, twice := own[name]; !ok || twice || len(own) == maxEntities { // the first declaration counts (XML 1.0 section 4.2)
			continue
		}
		text, err := entityText(value)
		if err != nil {
			return nil, err
		}
		if s, known := entity([]byte(name)); len(text) <= maxEntityValue && (!known || s != text) {
			own[name] = []byte(html.EscapeString(text))
		}
	}
	return own, nil
}

// entityDeclaration reads <!ENTITY name "value">. ok is false for anything else.
func entityDeclaration(b []byte) (name string, value []byte, ok bool) {
	const begin = "<!entity"
	if len(b) < len(begin) || !bytes.EqualFold(b[:len(begin)], []byte(begin)) {
		return "", nil, false
	}
	b = bytes.TrimLeft(b[len(begin):], " \t\r\n")
	n := 0
	for n < len(b) && nameByte[b[n]] {
		n++
	}
	name, b = string(b[:n]), bytes.TrimLeft(b[n:], " \t\r\n")
	if n == 0 || len(b) == 0 || b[0] != '"' && b[0] != '\'' {
		return "", nil, false // a parameter entity, or an external one
	}
	value, _ = attributeValue(b)
	return name, value, true
}

var errEntities = &Problem{Text: "the document defines entities that contain others or markup; such documents are refused"}

// entityText returns the text that an entity with this value stands for. Characters in it
// may be escaped twice, as XML wants for & and < (XML 1.0 section 4.6).
func entityText(value []byte) (string, error) {
	if bytes.IndexByte(value, '<') >= 0 && len(value) > 1 {
		return "", errEntities
	}
	once, _ := unescape(nil, value)
	text, _ := unescape(nil, once)
	if hasReference(text) {
		return "", errEntities
	}
	return string(clean(text)), nil
}

// hasReference reports whether b contains a reference to an entity.
func hasReference(b []byte) bool {
	for {
		i := bytes.IndexByte(b, '&')
		if i < 0 {
			return false
		}
		b = b[i+1:]
		n := 0
		for n < len(b) && nameByte[b[n]] {
			n++
		}
		if n > 0 && n < len(b) && b[n] == ';' {
			return true
		}
	}
}

// expandEntities replaces the references to a document's own entities by their text,
// outside of CDATA sections, until they add maxExpansion bytes.
func expandEntities(src []byte, own map[string][]byte) []byte {
	out, added := make([]byte, 0, len(src)+1024), 0
	for {
		before, section, found := bytes.Cut(src, []byte("<![CDATA["))
		out = expandReferences(out, before, own, &added)
		if !found {
			return out
		}
		out = append(out, "<![CDATA["...)
		n := endOf(section, 0, "]]>")
		if n < 0 {
			return append(out, section...)
		}
		out, src = append(out, section[:n]...), section[n:]
	}
}

// expandReferences appends b with the references to own entities replaced.
func expandReferences(out, b []byte, own map[string][]byte, added *int) []byte {
	for {
		i := bytes.IndexByte(b, '&')
		if i < 0 {
			return append(out, b...)
		}
		out, b = append(out, b[:i]...), b[i:]
		n := 1
		for n < len(b) && nameByte[b[n]] {
			n++
		}
		value, ok := own[string(b[1:n])]
		if !ok || n == len(b) || b[n] != ';' || *added+len(value) > maxExpansion {
			out, b = append(out, '&'), b[1:]
			continue
		}
		*added += len(value)
		out, b = append(out, value...), b[n+1:]
	}
}
