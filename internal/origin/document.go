package origin

import (
	"cmp"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"hash/fnv"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"
	"golang.org/x/net/html"

	"github.com/slugline/slugline/internal/news"
)

// Format is a feed format.
type Format string

// The formats. RSS is the default.
const (
	RSS  Format = "rss"
	RDF  Format = "rdf"
	Atom Format = "atom"
	JSON Format = "json"
)

// Doc is a feed document.
type Doc struct {
	Format      Format
	Title       string
	Site        string // address of its web page
	Description string
	Language    string
	Self, Hub   string    // addresses of the links with these relations
	PrevArchive string    // address of the rel=prev-archive link (RFC 5005); next_url in JSON
	TTL         int       // minutes; RSS only; 0: none
	Modified    time.Time // in Last-Modified and in the document; zero: none
	Items       []Item

	Header       http.Header // sent with 200 and 304
	NoValidators bool        // send no validators and never 304
	Uncompressed bool        // never use gzip
}

// Item is an item of a document. Zero fields are omitted.
type Item struct {
	ID         string
	Title      string
	Link       string
	Summary    string // HTML
	Content    string // HTML
	Author     string
	Language   string // Atom and JSON only
	Categories []string
	Published  time.Time
	Updated    time.Time // Atom and JSON only
	Media      string    // address of an enclosure
	MediaType  string
	MediaSize  int64
}

// Bytes renders the document.
func (d *Doc) Bytes() []byte {
	switch d.Format {
	case Atom:
		return d.atom()
	case RDF:
		return d.rdf()
	case JSON:
		return d.json()
	}
	return d.rss()
}

// ContentType returns the media type of the document's format.
func (d *Doc) ContentType() string {
	switch d.Format {
	case Atom:
		return "application/atom+xml; charset=utf-8"
	case RDF:
		return "application/rdf+xml; charset=utf-8"
	case JSON:
		return "application/feed+json"
	}
	return "application/rss+xml; charset=utf-8"
}

// page is an http.Handler that serves a rendered document with its validators.
type page struct {
	doc  Doc
	body []byte
	tag  string
}

func (p *page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	for name, values := range p.doc.Header {
		h[http.CanonicalHeaderKey(name)] = values
	}
	if !p.doc.NoValidators {
		p.setValidators(h)
		if p.notModified(r, h) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	if h.Get("Content-Type") == "" {
		h.Set("Content-Type", p.doc.ContentType())
	}
	p.send(w, r)
}

func (p *page) setValidators(h http.Header) {
	if h["Etag"] == nil {
		h.Set("ETag", p.tag)
	}
	if h["Last-Modified"] == nil && !p.doc.Modified.IsZero() {
		h.Set("Last-Modified", p.doc.Modified.UTC().Format(http.TimeFormat))
	}
}

// notModified reports whether the client has the document with the validators in h
// (RFC 9110 section 13.2.2).
func (p *page) notModified(r *http.Request, h http.Header) bool {
	if tag := r.Header.Get("If-None-Match"); tag != "" {
		return tag == h.Get("ETag")
	}
	since := r.Header.Get("If-Modified-Since")
	return since != "" && since == h.Get("Last-Modified")
}

func (p *page) send(w http.ResponseWriter, r *http.Request) {
	if p.doc.Uncompressed || !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		w.Header().Set("Content-Length", fmt.Sprint(len(p.body)))
		_, _ = w.Write(p.body) // fails when the client disconnects
		return
	}
	w.Header().Set("Content-Encoding", "gzip")
	w.Header().Set("Vary", "Accept-Encoding")
	z := gzipWriters.Get().(*gzip.Writer)
	z.Reset(w)
	_, _ = z.Write(p.body)
	_ = z.Close()
	gzipWriters.Put(z)
}

var gzipWriters = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}

func etagOf(body []byte) string {
	h := fnv.New64a()
	_, _ = h.Write(body)
	return fmt.Sprintf(`"%016x"`, h.Sum64())
}

// markup builds a document. Its methods write nothing for empty values.
type markup struct {
	strings.Builder
	atom string // prefix of the names in the Atom namespace
}

func esc(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder returns no error
	return b.String()
}

func (m *markup) text(name, value string) {
	if value != "" {
		fmt.Fprintf(m, "<%s>%s</%s>\n", name, esc(value), name)
	}
}

func (m *markup) html(name, value string) {
	if value != "" {
		fmt.Fprintf(m, "<%s><![CDATA[%s]]></%s>\n", name, strings.ReplaceAll(value, "]]>", "]]]]><![CDATA[>"), name)
	}
}

func (m *markup) link(rel, href, kind string) {
	if href != "" {
		fmt.Fprintf(m, "<%slink rel=%q href=\"%s\"%s/>\n", m.atom, rel, esc(href), kind)
	}
}

func (d *Doc) rss() []byte {
	m := &markup{atom: "atom:"}
	m.WriteString(`<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>
`)
	m.text("title", d.Title)
	m.text("link", d.Site)
	m.text("description", d.Description)
	m.text("language", d.Language)
	m.link("self", d.Self, ` type="application/rss+xml"`)
	m.link("hub", d.Hub, "")
	m.link("prev-archive", d.PrevArchive, "")
	if d.TTL > 0 {
		m.text("ttl", fmt.Sprint(d.TTL))
	}
	m.date("lastBuildDate", d.Modified, time.RFC1123Z)
	for i := range d.Items {
		d.Items[i].rss(m)
	}
	m.WriteString("</channel></rss>\n")
	return []byte(m.String())
}

func (m *markup) date(name string, t time.Time, layout string) {
	if !t.IsZero() {
		m.text(name, t.Format(layout))
	}
}

func (it *Item) rss(m *markup) {
	m.WriteString("<item>\n")
	m.text("title", it.Title)
	m.text("link", it.Link)
	if it.ID != "" {
		fmt.Fprintf(m, "<guid isPermaLink=\"%t\">%s</guid>\n", it.ID == it.Link, esc(it.ID))
	}
	m.text("dc:creator", it.Author)
	m.date("pubDate", it.Published, time.RFC1123Z)
	for _, c := range it.Categories {
		m.text("category", c)
	}
	m.html("description", it.Summary)
	m.html("content:encoded", it.Content)
	if it.Media != "" {
		fmt.Fprintf(m, "<enclosure url=\"%s\" length=\"%d\" type=\"%s\"/>\n", esc(it.Media), it.MediaSize, esc(it.MediaType))
	}
	m.WriteString("</item>\n")
}

func (d *Doc) rdf() []byte {
	m := &markup{}
	m.WriteString(`<?xml version="1.0" encoding="UTF-8"?>
<rdf:RDF xmlns="http://purl.org/rss/1.0/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/">
`)
	fmt.Fprintf(m, "<channel rdf:about=\"%s\">\n", esc(d.Site))
	m.text("title", d.Title)
	m.text("link", d.Site)
	m.text("description", d.Description)
	m.text("dc:language", d.Language)
	m.date("dc:date", d.Modified, time.RFC3339)
	m.WriteString("</channel>\n")
	for i := range d.Items {
		d.Items[i].rdf(m)
	}
	m.WriteString("</rdf:RDF>\n")
	return []byte(m.String())
}

func (it *Item) rdf(m *markup) {
	fmt.Fprintf(m, "<item rdf:about=\"%s\">\n", esc(it.ID))
	m.text("title", it.Title)
	m.text("link", it.Link)
	m.text("dc:creator", it.Author)
	m.date("dc:date", it.Published, time.RFC3339)
	for _, c := range it.Categories {
		m.text("dc:subject", c)
	}
	m.html("description", it.Summary)
	m.html("content:encoded", it.Content)
	m.WriteString("</item>\n")
}

func (d *Doc) atom() []byte {
	m := &markup{}
	fmt.Fprintf(m, `<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="%s">
`, esc(d.Language))
	m.text("id", d.Self)
	m.text("title", d.Title)
	m.text("subtitle", d.Description)
	m.link("alternate", d.Site, "")
	m.link("self", d.Self, ` type="application/atom+xml"`)
	m.link("hub", d.Hub, "")
	m.link("prev-archive", d.PrevArchive, "")
	m.date("updated", d.Modified, time.RFC3339)
	for i := range d.Items {
		d.Items[i].atom(m)
	}
	m.WriteString("</feed>\n")
	return []byte(m.String())
}

func (it *Item) atom(m *markup) {
	m.WriteString("<entry")
	if it.Language != "" {
		fmt.Fprintf(m, " xml:lang=\"%s\"", esc(it.Language))
	}
	m.WriteString(">\n")
	m.text("id", it.ID)
	m.text("title", it.Title)
	m.link("alternate", it.Link, "")
	if it.Author != "" {
		fmt.Fprintf(m, "<author><name>%s</name></author>\n", esc(it.Author))
	}
	m.date("published", it.Published, time.RFC3339)
	m.date("updated", news.Later(it.Published, it.Updated), time.RFC3339)
	for _, c := range it.Categories {
		fmt.Fprintf(m, "<category term=\"%s\"/>\n", esc(c))
	}
	m.typed("summary", it.Summary)
	m.typed("content", it.Content)
	if it.Media != "" {
		fmt.Fprintf(m, "<link rel=\"enclosure\" href=\"%s\" length=\"%d\" type=\"%s\"/>\n", esc(it.Media), it.MediaSize, esc(it.MediaType))
	}
	m.WriteString("</entry>\n")
}

func (m *markup) typed(name, html string) {
	if html != "" {
		fmt.Fprintf(m, "<%s type=\"html\">%s</%s>\n", name, esc(html), name)
	}
}

type jsonFeed struct {
	Version     string     `json:"version"`
	Title       string     `json:"title"`
	HomePage    string     `json:"home_page_url,omitempty"`
	FeedURL     string     `json:"feed_url,omitempty"`
	Description string     `json:"description,omitempty"`
	Language    string     `json:"language,omitempty"`
	NextURL     string     `json:"next_url,omitempty"`
	Items       []jsonItem `json:"items"`
}

type jsonItem struct {
	ID        string       `json:"id,omitempty"`
	URL       string       `json:"url,omitempty"`
	Title     string       `json:"title,omitempty"`
	Summary   string       `json:"summary,omitempty"`
	Content   string       `json:"content_html"`
	Published time.Time    `json:"date_published,omitzero"`
	Modified  time.Time    `json:"date_modified,omitzero"`
	Language  string       `json:"language,omitempty"`
	Tags      []string     `json:"tags,omitempty"`
	Authors   []jsonAuthor `json:"authors,omitempty"`
	Media     []jsonMedia  `json:"attachments,omitempty"`
}

type jsonAuthor struct {
	Name string `json:"name"`
}

type jsonMedia struct {
	URL  string `json:"url"`
	Type string `json:"mime_type"`
	Size int64  `json:"size_in_bytes,omitempty"`
}

func (d *Doc) json() []byte {
	f := jsonFeed{
		Version: "https://jsonfeed.org/version/1.1", Title: d.Title, HomePage: d.Site, FeedURL: d.Self,
		Description: d.Description, Language: d.Language, NextURL: d.PrevArchive, Items: []jsonItem{},
	}
	for i := range d.Items {
		f.Items = append(f.Items, d.Items[i].json())
	}
	b, _ := json.MarshalIndent(f, "", " ") // no error: strings, numbers and times
	return b
}

// plainText returns the text of HTML, because summaries in JSON Feed are plain text.
func plainText(markup string) string {
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(markup))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return strings.TrimSpace(b.String())
		case html.TextToken:
			b.Write(z.Text())
		}
	}
}

func (it *Item) json() jsonItem {
	j := jsonItem{
		ID: it.ID, URL: it.Link, Title: it.Title, Summary: plainText(it.Summary), Content: cmp.Or(it.Content, it.Summary),
		Published: it.Published, Modified: it.Updated, Language: it.Language, Tags: it.Categories,
	}
	if it.Author != "" {
		j.Authors = []jsonAuthor{{it.Author}}
	}
	if it.Media != "" {
		j.Media = []jsonMedia{{it.Media, it.MediaType, it.MediaSize}}
	}
	return j
}
