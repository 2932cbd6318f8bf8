package feed

import (
	"cmp"
	"io"
	"time"

	"github.com/gorilla/feeds"
)

// The types below embed those of gorilla/feeds. A field beside an embedded struct
// hides the one of the same element there, which stays empty. Extra holds the elements
// for which gorilla/feeds has no field.
type atomFeed struct {
	Lang  string   `xml:"xml:lang,attr,omitempty"`
	Media string   `xml:"xmlns:media,attr"`
	Title atomText `xml:"title"`
	feeds.AtomFeed
	Extra   string      `xml:",innerxml"`
	Entries []atomEntry `xml:"entry"`
}

type atomEntry struct {
	Lang  string   `xml:"xml:lang,attr,omitempty"`
	Title atomText `xml:"title"`
	feeds.AtomEntry
	Extra   string      `xml:",innerxml"`
	Content atomContent `xml:"content"`
}

type atomContent struct {
	Type string `xml:"type,attr"`
	HTML string `xml:",cdata"`
}

// atomText is a text construct (RFC 4287 section 3.1). It is HTML only if the plain text
// looks like markup: every reader gets escaped HTML right.
type atomText struct {
	Type string `xml:"type,attr,omitempty"`
	Text string `xml:",chardata"`
}

func newAtomText(s string) atomText {
	if hasMarkup(s) {
		return atomText{"html", plainHTML(s)}
	}
	return atomText{Text: s}
}

// FeedXml implements feeds.XmlFeed.
func (f *atomFeed) FeedXml() any { return f }

// WriteAtom writes c as Atom (RFC 4287).
func WriteAtom(w io.Writer, c *Channel) error {
	return feeds.WriteXML(newAtom(c.Tidy()), w)
}

func newAtom(c *Channel) *atomFeed {
	f := &atomFeed{
		Lang:  c.Language,
		Media: "http://search.yahoo.com/mrss/",
		Title: newAtomText(c.Title),
		AtomFeed: feeds.AtomFeed{
			Xmlns:   "http://www.w3.org/2005/Atom",
			Id:      c.ID,
			Updated: atomTime(c.Updated),
			Icon:    c.Icon,
			Author:  newAuthor(c.Publisher),
		},
		Extra:   c.atomExtra(),
		Entries: make([]atomEntry, 0, len(c.Posts)),
	}
	more := renderEach(c.Posts, atomPostExtra)
	for i := range c.Posts {
		f.Entries = append(f.Entries, newEntry(&c.Posts[i], more[i]))
	}
	return f
}

func (c *Channel) atomExtra() string {
	var m markup
	if c.Description != "" {
		m.textConstruct("subtitle", c.Description)
	}
	m.text("generator", generator)
	m.link("link", "alternate", c.HomePage, "text/html")
	c.links(&m, "link", c.Atom)
	if c.Archive {
		m.empty("fh:archive", "xmlns:fh", "http://purl.org/syndication/history/1.0")
	}
	return m.String()
}

func newEntry(p *Post, more string) atomEntry {
	return atomEntry{
		Lang:  p.Language,
		Title: newAtomText(p.Title),
		AtomEntry: feeds.AtomEntry{
			Id:        p.ID,
			Published: atomTime(p.Published),
			Updated:   atomTime(p.Updated),
			Author:    newAuthor(p.Author),
		},
		Extra:   more,
		Content: atomContent{"html", p.content()},
	}
}

func atomPostExtra(m *markup, p *Post) {
	m.link("link", "alternate", p.Link, "text/html")
	p.related(m, "link")
	enclosures, pictures := splitMedia(p.Media)
	for _, e := range enclosures {
		m.empty("link", "href", e.URL, "rel", "enclosure", "type", e.Type, "length", positive(e.Length), "title", breakMarkupStrict(e.Title))
	}
	for _, c := range p.Categories {
		m.empty("category", "term", c)
	}
	m.link("link", "license", p.License, "")
	if p.Rights != "" {
		m.textConstruct("rights", p.Rights)
	}
	if len(p.Outlets) > 0 {
		m.source(&p.Outlets[0], p.Rights)
	}
	if p.Summary != "" {
		m.textConstruct("summary", p.Summary)
	}
	m.thumbnails(pictures)
	m.credits(pictures)
}

func (m *markup) textConstruct(name, s string) {
	t := newAtomText(s)
	m.open(name, "type", t.Type)
	m.escape(t.Text)
	m.close(name)
}

// source writes the feed that an entry comes from, with the notice of rights of that feed
// or else of the entry (RFC 4287 section 4.2.11). If the outlet took the entry from
// another feed, that one is the source.
func (m *markup) source(o *Outlet, rights string) {
	id, name, address := o.ID, o.Name, o.Feed
	if o.Origin.Name != "" {
		name, address = o.Origin.Name, o.Origin.Feed
		id = cmp.Or(o.Origin.ID, id)
	}
	m.open("source")
	m.text("id", id)
	m.textConstruct("title", name)
	m.text("updated", atomTime(o.At))
	m.link("link", "self", address, "")
	if rights = cmp.Or(o.Rights, rights); rights != "" {
		m.textConstruct("rights", rights)
	}
	m.close("source")
}

func newAuthor(name string) *feeds.AtomAuthor {
	if name == "" {
		return nil
	}
	return &feeds.AtomAuthor{AtomPerson: feeds.AtomPerson{Name: breakMarkupStrict(name)}}
}

// links writes the links of a channel except the one to its home page. self is the
// address of the format that is written; in Atom the other formats are alternates. RSS has
// none: readers take the first alternate for the web page of the channel.
func (c *Channel) links(m *markup, name, self string) {
	for _, f := range [...]struct{ url, media string }{{c.RSS, TypeRSS}, {c.Atom, TypeAtom}, {c.JSON, TypeJSON}} {
		switch {
		case f.url == self:
			m.link(name, "self", f.url, f.media)
		case self != c.RSS:
			m.link(name, "alternate", f.url, f.media)
		}
	}
	for _, h := range c.Hubs {
		m.link(name, "hub", h, "")
	}
	for _, r := range c.Relations {
		m.link(name, r.Rel, Address(r.URL), r.Type)
	}
}

// related writes links to our page and to the pages of all outlets but the lead.
func (p *Post) related(m *markup, name string) {
	seen := map[string]bool{"": true, p.Link: true, p.Page: true}
	if p.Page != p.Link {
		m.link(name, "related", p.Page, "text/html")
	}
	for i := range p.Outlets {
		o := &p.Outlets[i]
		if seen[o.Link] {
			continue
		}
		seen[o.Link] = true
		m.empty(name, "href", o.Link, "rel", "related", "type", "text/html", "hreflang", o.Language, "title", breakMarkupStrict(o.Name))
	}
}

// atomTime returns t as 2006-01-02T15:04:05.000Z. A feed contains many times, and
// time.Format takes three times as long.
func atomTime(t time.Time) string {
	t = t.UTC()
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	b := make([]byte, 0, len("2006-01-02T15:04:05.000Z"))
	for _, part := range [...]struct {
		n, digits int
		after     byte
	}{
		{year, 4, '-'}, {int(month), 2, '-'}, {day, 2, 'T'}, {hour, 2, ':'}, {minute, 2, ':'}, {second, 2, '.'}, {t.Nanosecond() / 1e6, 3, 'Z'},
	} {
		for d := part.digits - 1; d >= 0; d-- {
			b = append(b, byte('0'+part.n/tens[d]%10))
		}
		b = append(b, part.after)
	}
	return string(b)
}

var tens = [...]int{1, 10, 100, 1000}
