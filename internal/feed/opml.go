package feed

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"regexp"
	"strings"
	"sync"

	"github.com/slugline/slugline/internal/weburl"
)

// Outline is an outline element of an OPML file: a feed if it has an Address, a folder
// otherwise.
type Outline struct {
	Title      string
	Address    string // of the feed
	Site       string // address of the page that the feed belongs to
	Language   string
	Categories []string // of the feed; /Coast/Weather is two
	Fault      string   // why an outline that should be a feed has no Address
	Children   []Outline
}

const (
	maxOutlines = 10000
	maxQuotes   = 64 // in one value
	maxFolders  = 32 // nested in each other; the content of deeper ones is in the last of them
)

// ReadOPML reads a list of at most 10,000 feeds and folders, which need not be
// well-formed. A feed has no children: outlines inside it stand behind it. Its errors
// are *Problem.
func ReadOPML(body []byte) (title string, lines []Outline, err error) {
	if len(body) > defaultBytes {
		return "", nil, &Problem{Text: "the document is larger than 8 MB"}
	}
	r := opmlReader{src: toUTF8(body, "")}
	if err := r.read(); err != nil {
		return "", nil, err
	}
	return r.title, r.tree(), nil
}

// opmlReader reads the tags of an OPML file one by one, and then puts them in order.
type opmlReader struct {
	src    []byte
	at     int
	title  string
	titled bool // the title's tag was read
	inOne  bool // the first element was read
	tags   []opmlTag
	count  int // outlines among tags
}

// opmlTag is the start tag of an outline, or an end tag.
type opmlTag struct {
	Outline
	kind      kind // open, empty or closing
	isComment bool // it is commented out, with all that is in it (OPML 2.0)
}

// read reads all tags.
func (r *opmlReader) read() error {
	for {
		n := bytes.IndexByte(r.src[r.at:], '<')
		if n < 0 {
			break
		}
		r.at += n
		if r.skipNoElement() {
			continue
		}
		if err := r.element(); err != nil {
			return err
		}
	}
	if !r.inOne {
		return &Problem{Text: "this is not a list of feeds (OPML)"}
	}
	return nil
}

// noElements are the beginnings and the ends of what is no element.
var noElements = [][2]string{{"<!--", "-->"}, {"<![CDATA[", "]]>"}, {"<?", ">"}, {"<!DOCTYPE", ">"}, {"<!ENTITY", ">"}}

// skipNoElement skips a comment, a declaration or a lone bracket. Entities that a DTD
// defines are never expanded.
func (r *opmlReader) skipNoElement() bool {
	rest := r.src[r.at:]
	for _, mark := range noElements {
		if bytes.HasPrefix(rest, []byte(mark[0])) {
			r.skip(mark[1])
			return true
		}
	}
	name := bytes.TrimPrefix(rest[1:], []byte("/"))
	if len(name) == 0 || !nameStart(name[0]) {
		r.at++
		return true
	}
	return false
}

// skip goes behind the next occurrence of end.
func (r *opmlReader) skip(end string) {
	if n := bytes.Index(r.src[r.at:], []byte(end)); n >= 0 {
		r.at += n + len(end)
		return
	}
	r.at = len(r.src)
}

// element reads the tag at r.at.
func (r *opmlReader) element() error {
	closes := r.src[r.at+1] == '/'
	name := r.src[r.at+1:]
	if closes {
		name = name[1:]
	}
	n := 0
	for n < len(name) && nameByte[name[n]] {
		n++
	}
	word := strings.ToLower(string(local(name[:min(n, 100)])))
	switch {
	case !r.inOne && word != "opml" && word != "body" && word != "outline" && word != "head":
		return &Problem{Text: "this is not a list of feeds (OPML): it begins with <" + clip(word, 40) + ">"}
	case word == "outline" && closes && len(r.tags) < 2*maxOutlines:
		r.tags = append(r.tags, opmlTag{kind: closing})
	case word == "outline" && !closes:
		r.at = len(r.src) - len(name) + n
		return r.outline()
	case word == "title" && !closes && !r.titled:
		r.readTitle()
	}
	r.inOne = true
	r.skip(">")
	return nil
}

// readTitle reads the title of the list, whose tag stands at r.at.
func (r *opmlReader) readTitle() {
	r.titled = true
	_, text, _ := bytes.Cut(r.src[r.at:], []byte(">"))
	if n := bytes.Index(text, []byte("</")); n >= 0 {
		r.title = decodeLine(text[:n])
	}
}

// outline reads the attributes of an outline, which begin at r.at.
func (r *opmlReader) outline() error {
	if r.count++; r.count > maxOutlines {
		return &Problem{Text: "the list has more than 10,000 feeds and folders"}
	}
	attrs := r.src[r.at:]
	attrs = attrs[:nextTag(attrs)]
	t := opmlTag{kind: empty}
	var p outlineParser
	n := p.parse(attrs)
	if n > 1 && attrs[n-1] == '>' && attrs[n-2] != '/' {
		t.kind = open
	}
	t.Outline, t.isComment = p.outline(attrs, t.kind), p.isComment
	r.at += n
	r.inOne = true
	r.tags = append(r.tags, t)
	return nil
}

// nextTag returns where the next tag of an outline or of the list begins: no attribute
// reaches behind it, whatever its quotes are.
func nextTag(b []byte) int {
	for at := 0; ; at++ {
		n := bytes.IndexByte(b[at:], '<')
		if n < 0 {
			return len(b)
		}
		at += n
		word := bytes.ToLower(b[at+1 : min(len(b), at+9)])
		for _, tag := range []string{"outline", "/outline", "/body", "/opml"} {
			if bytes.HasPrefix(word, []byte(tag)) {
				return at
			}
		}
	}
}

// opmlLevel is a folder, or the top of the list, that outlines are added to.
type opmlLevel struct {
	list    *[]Outline
	folders int // that it is in, itself included

	isComment bool // what is in it is commented out
}

// tree returns the outlines in their folders.
func (r *opmlReader) tree() []Outline {
	var top []Outline
	stack := []opmlLevel{{list: &top}}
	closed := r.closesFeeds()
	for _, t := range r.tags {
		if t.kind == closing {
			stack = stack[:max(len(stack)-1, 1)]
			continue
		}
		inside := stack[len(stack)-1].add(t)
		if isFeed := t.Address != "" || t.Fault != ""; t.kind == open && (closed || !isFeed) {
			stack = append(stack, inside)
		}
	}
	return top
}

// add adds an outline, and returns what the outlines inside it are added to. The list of
// a level does not move while a folder in it is open, because nothing is added to it.
func (l opmlLevel) add(t opmlTag) opmlLevel {
	isFeed, isComment := t.Address != "" || t.Fault != "", t.isComment || l.isComment
	if isComment && t.Address != "" {
		t.Fault, t.Address = "it is commented out: "+t.Address, ""
	}
	if !isFeed && (l.folders == maxFolders || t.kind == empty && t.Title == "") {
		return l
	}
	*l.list = append(*l.list, t.Outline)
	if isFeed {
		return l
	}
	return opmlLevel{&(*l.list)[len(*l.list)-1].Children, l.folders + 1, isComment}
}

// closesFeeds reports whether the list has end tags for its feeds, and not only for its
// folders, as lists that were written like HTML.
func (r *opmlReader) closesFeeds() bool {
	feeds, folders, ends := 0, 0, 0
	for _, t := range r.tags {
		switch {
		case t.kind == closing:
			ends++
		case t.kind == open && t.Address != "":
			feeds++
		case t.kind == open:
			folders++
		}
	}
	return ends >= feeds+folders || ends > folders
}

// outlineParser collects the attributes of an outline.
type outlineParser struct {
	Outline
	label, url, kind string
	isComment        bool // the list's owner has switched it off (OPML 2.0)
}

// parse reads attributes up to the end of their tag, and returns where that is. A quote
// ends a value only where an attribute can end: a title may have quotes in it, and a
// description whole tags.
func (p *outlineParser) parse(b []byte) int {
	for i, n := 0, 0; i < len(b); {
		switch {
		case b[i] == '>':
			return i + 1
		case !nameStart(b[i]):
			i++
			continue
		}
		from := i
		for i < len(b) && nameByte[b[i]] {
			i++
		}
		name := b[from:i]
		v := bytes.TrimLeft(b[i:], " \t\r\n")
		if len(v) == 0 || v[0] != '=' {
			continue
		}
		value, rest := outlineValue(bytes.TrimLeft(v[1:], " \t\r\n"))
		i = len(b) - len(rest)
		if n++; n > maxAttributes {
			return len(b)
		}
		p.set(strings.ToLower(string(local(name[:min(len(name), 40)]))), value)
	}
	return len(b)
}

// outlineValue reads the value that b begins with, and returns the rest.
func outlineValue(b []byte) (value, rest []byte) {
	if len(b) == 0 || b[0] != '"' && b[0] != '\'' {
		n := bytes.IndexAny(b, " \t\r\n>")
		if n < 0 {
			n = len(b)
		}
		return b[:n], b[n:]
	}
	quote, first := b[0], -1
	for i, tried := 1, 0; i < len(b) && tried < maxQuotes; i, tried = i+1, tried+1 {
		n := bytes.IndexByte(b[i:], quote)
		if n < 0 {
			break
		}
		i += n
		if first < 0 {
			first = i
		}
		if endsValue(b[i+1:]) {
			return b[1:i], b[i+1:]
		}
	}
	if first < 0 {
		value, rest, _ = bytes.Cut(b[1:], []byte(">"))
		return value, rest
	}
	return b[1:first], b[first+1:]
}

// endsValue reports whether a quote before b can be the end of an attribute's value:
// behind it the tag ends, or another attribute begins.
func endsValue(b []byte) bool {
	b = bytes.TrimLeft(b, " \t\r\n")
	if len(b) == 0 {
		return true
	}
	if b[0] == '>' || bytes.HasPrefix(b, []byte("/>")) {
		_, after, _ := bytes.Cut(b, []byte(">"))
		after = bytes.TrimLeft(after[:min(len(after), 1000)], " \t\r\n,;")
		return len(after) == 0 || after[0] == '<'
	}
	n := 0
	for n < min(len(b), 64) && nameByte[b[n]] {
		n++
	}
	v := bytes.TrimLeft(b[n:], " \t\r\n")
	if n == 0 || !nameStart(b[0]) || len(v) == 0 || v[0] != '=' {
		return false
	}
	v = bytes.TrimLeft(v[1:], " \t\r\n")
	return len(v) > 0 && (v[0] == '"' || v[0] == '\'')
}

func (p *outlineParser) set(name string, value []byte) {
	switch v := decodeLine(value); name {
	case "title":
		p.Title = decodeAgain(v)
	case "text":
		p.label = decodeAgain(v)
	case "xmlurl", "feedurl", "rssurl", "xml_url":
		p.Address = cmp.Or(p.Address, v)
	case "url":
		p.url = v
	case "type":
		p.kind = strings.ToLower(v)
	case "htmlurl":
		p.Site = v
	case "language":
		p.Language = v
	case "iscomment":
		p.isComment = v == "true"
	case "category":
		p.Categories = append(p.Categories, categories(decodeAgain(v))...)
	}
}

// categories returns the parts of a category attribute: a list of words and of paths
// with slashes (OPML 2.0).
func categories(s string) []string {
	var out []string
	for part := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == ',' || r == '/' || r == ';' }) {
		if part = strings.TrimSpace(part); part != "" && len(out) < maxCategories {
			out = append(out, part)
		}
	}
	return out
}

// addressIn finds the address in attributes that can't be told apart.
var addressIn = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)xmlurl\s*=\s*["']?\s*([a-z]+:[^"'\s<>]+)`) })

// outline returns the outline that the attributes make.
func (p *outlineParser) outline(attrs []byte, kind kind) Outline {
	o := p.Outline
	o.Title = cmp.Or(p.label, o.Title)
	if weburl.Absolute(o.Title) != "" && p.Title != "" && strings.Contains(o.Title, "://") {
		o.Title = p.Title // the text is only the address
	}
	if o.Address == "" {
		if m := addressIn().FindSubmatch(attrs); m != nil {
			o.Address = decodeLine(m[1])
			o.Title, _, _ = strings.Cut(o.Title, " xmlUrl=")
		}
	}
	isLink := p.kind == "link" || p.kind == "include"
	if o.Address == "" && p.url != "" && (!isLink || namesFeed(p.url)) {
		o.Address = p.url
	}
	switch {
	case o.Address != "":
		o.Address = webAddress(o.Address)
	case isLink && p.url != "":
		o.Fault = "it is a link to a page, not a feed: " + p.url
	case kind == empty && (p.kind == "rss" || p.kind == "atom" || o.Site != ""):
		o.Fault = "it has no address of a feed"
	}
	return o
}

// namesFeed reports whether an address looks like that of a feed.
func namesFeed(address string) bool {
	low := strings.ToLower(address)
	for _, word := range []string{"rss", "atom", "feed", ".xml", ".rdf"} {
		if strings.Contains(low, word) {
			return true
		}
	}
	return false
}

// webAddress returns the address of a feed as browsers read it, or as written if it is
// none.
func webAddress(s string) string {
	return cmp.Or(weburl.Absolute(strings.ReplaceAll(s, "&amp;", "&")), s)
}

// decodeLine decodes an attribute or the text of an element, as one line.
func decodeLine(b []byte) string {
	out, _ := unescape(nil, b)
	return strings.Join(strings.Fields(string(clean(out))), " ")
}

// decodeAgain decodes a title in which the entities were escaped twice.
func decodeAgain(s string) string {
	if strings.Contains(s, "&") && strings.Contains(s, ";") {
		return decodeLine([]byte(s))
	}
	return s
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
