package feed

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"strings"
)

// Outline is an outline element of an OPML file: a feed if it has an Address, a folder
// otherwise.
type Outline struct {
	Title    string
	Address  string // of the feed
	Site     string // address of the page that the feed belongs to
	Language string
	Children []Outline
}

const (
	maxOutlines = 10000
	maxFolders  = 32 // nested in each other
)

// ReadOPML reads a list of at most 10,000 feeds and folders. Its errors are *Problem.
func ReadOPML(body []byte) (title string, lines []Outline, err error) {
	if len(body) > maxBytes {
		return "", nil, &Problem{Text: "the document is larger than 8 MB"}
	}
	r := opmlReader{lexer: lexer{src: toUTF8(body, "")}}
	if err := r.seekBody(); err != nil {
		return "", nil, err
	}
	lines, err = r.outlines(0)
	if err != nil {
		return "", nil, err
	}
	return r.title, lines, nil
}

// opmlReader reads an OPML file, which need not be well-formed.
type opmlReader struct {
	lexer lexer
	title string
	count int
}

// seekBody reads up to the first outline.
func (r *opmlReader) seekBody() error {
	for seen := false; ; {
		t := r.lexer.next()
		name := strings.ToLower(string(local(t.name)))
		switch {
		case t.kind == doctype && bytes.ContainsAny(t.body, "["):
			return &Problem{Text: "the document has a DTD of its own; such documents are refused"}
		case t.kind == end || t.kind == unterminated:
			if seen {
				return nil
			}
			return &Problem{Text: "this is not a list of feeds (OPML)"}
		case t.kind == closing || name == "":
		case !seen && name != "opml":
			return &Problem{Text: "this is not a list of feeds (OPML): it begins with <" + clip(name, 40) + ">"}
		case name == "opml":
			seen = true
		case name == "title" && t.kind == open:
			from := t.end
			if n := r.lexer.next(); n.kind != end {
				r.title = decodeLine(r.lexer.src[from:n.start])
			}
		case name == "body" || name == "outline":
			if name == "outline" {
				r.lexer.at = t.start
			}
			return nil
		}
	}
}

// outlines reads the outlines up to the end of their folder.
func (r *opmlReader) outlines(depth int) ([]Outline, error) {
	if depth > maxFolders {
		return nil, &Problem{Text: "folders are nested more than 32 deep"}
	}
	var out []Outline
	for {
		t := r.lexer.next()
		outline := strings.EqualFold(string(local(t.name)), "outline")
		switch {
		case t.kind == end || t.kind == unterminated || t.kind == closing && r.closesFolder(t, outline && depth > 0):
			return out, nil
		case t.kind == closing || !outline:
			continue
		}
		if r.count++; r.count > maxOutlines {
			return nil, &Problem{Text: "the list has more than 10,000 feeds and folders"}
		}
		o := newOutline(t.attrs)
		if t.kind == open {
			var err error
			if o.Children, err = r.outlines(depth + 1); err != nil {
				return nil, err
			}
		}
		if o.Address != "" || o.Title != "" || len(o.Children) > 0 {
			out = append(out, o)
		}
	}
}

// closesFolder reports whether an end tag ends the folder.
func (r *opmlReader) closesFolder(t token, folder bool) bool {
	name := strings.ToLower(string(local(t.name)))
	return folder || name == "body" || name == "opml"
}

func newOutline(attrs []byte) Outline {
	var o Outline
	var label string
	n := 0
	for a, rest, ok := nextAttribute(attrs); ok && n < maxAttributes; a, rest, ok = nextAttribute(rest) {
		n++
		switch v := decodeLine(a.value); strings.ToLower(string(a.name)) {
		case "title":
			o.Title = v
		case "text":
			label = v
		case "xmlurl":
			o.Address = v
		case "htmlurl":
			o.Site = v
		case "language":
			o.Language = v
		}
	}
	o.Title = cmp.Or(label, o.Title)
	if low := strings.ToLower(o.Address); strings.HasPrefix(low, "feed:") {
		o.Address = strings.TrimPrefix(o.Address[5:], "//")
		if !strings.Contains(o.Address, "://") {
			o.Address = "http://" + o.Address
		}
	}
	return o
}

// decodeLine decodes an attribute or the text of an element, as one line.
func decodeLine(b []byte) string {
	out, _ := unescape(nil, b)
	return strings.Join(strings.Fields(string(clean(out))), " ")
}

type opmlOutline struct {
	Type     string        `xml:"type,attr,omitempty"`
	Text     string        `xml:"text,attr"`
	Title    string        `xml:"title,attr,omitempty"`
	Address  string        `xml:"xmlUrl,attr,omitempty"`
	Site     string        `xml:"htmlUrl,attr,omitempty"`
	Language string        `xml:"language,attr,omitempty"`
	Children []opmlOutline `xml:"outline"`
}

type opmlFile struct {
	XMLName xml.Name      `xml:"opml"`
	Version string        `xml:"version,attr"`
	Title   string        `xml:"head>title"`
	Body    []opmlOutline `xml:"body>outline"`
}

// WriteOPML returns a list of feeds as an OPML 2.0 document.
func WriteOPML(title string, lines []Outline) ([]byte, error) {
	b, err := xml.MarshalIndent(opmlFile{Version: "2.0", Title: title, Body: opmlOutlines(lines)}, "", "  ")
	if err != nil {
		return nil, err
	}
	return append([]byte(xml.Header), append(b, '\n')...), nil
}

func opmlOutlines(lines []Outline) []opmlOutline {
	out := make([]opmlOutline, 0, len(lines))
	for _, l := range lines {
		o := opmlOutline{Text: cmp.Or(l.Title, l.Address), Address: l.Address, Site: l.Site, Language: l.Language, Children: opmlOutlines(l.Children)}
		if l.Address != "" {
			o.Type, o.Title = "rss", o.Text
		}
		out = append(out, o)
	}
	return out
}
