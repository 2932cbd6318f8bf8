package feed

import (
	"io"
	"strings"
	"time"

	"github.com/gorilla/feeds"

	"github.com/slugline/slugline/internal/news"
)

type atomFeed struct {
	Lang     string    `xml:"xml:lang,attr,omitempty"`
	Media    string    `xml:"xmlns:media,attr"`
	Title    atomText  `xml:"title"`
	Subtitle *atomText `xml:"subtitle"`
	feeds.AtomFeed
	Generator string      `xml:"generator"`
	Link      []atomLink  `xml:"link"`
	Entries   []atomEntry `xml:"entry"`
}

// atomText says html only where plain text would look like it: HTML escaped in
// HTML is what no reader gets wrong.
type atomText struct {
	Type string `xml:"type,attr,omitempty"`
	Text string `xml:",chardata"`
}

func newText(s string) atomText {
	if strings.ContainsAny(s, "<&") {
		return atomText{"html", plainHTML(s)}
	}
	return atomText{Text: s}
}

type atomEntry struct {
	Lang  string   `xml:"xml:lang,attr,omitempty"`
	Title atomText `xml:"title"`
	feeds.AtomEntry
	Link       []atomLink     `xml:"link"`
	Category   []atomCategory `xml:"category"`
	Source     *atomSource    `xml:"source"`
	Summary    *atomText      `xml:"summary"`
	Content    atomContent    `xml:"content"`
	Thumbnails []rssThumb     `xml:"media:thumbnail"`
}

type atomLink struct {
	Href   string `xml:"href,attr"`
	Rel    string `xml:"rel,attr,omitempty"`
	Type   string `xml:"type,attr,omitempty"`
	Lang   string `xml:"hreflang,attr,omitempty"`
	Title  string `xml:"title,attr,omitempty"`
	Length int64  `xml:"length,attr,omitempty"`
}

type atomCategory struct {
	Term string `xml:"term,attr"`
}

type atomContent struct {
	Type string `xml:"type,attr"`
	HTML string `xml:",cdata"`
}

type atomSource struct {
	ID      string     `xml:"id"`
	Title   atomText   `xml:"title"`
	Updated string     `xml:"updated"`
	Link    []atomLink `xml:"link"`
}

// FeedXml makes it a feeds.XmlFeed.
func (f *atomFeed) FeedXml() any { return f }

// WriteAtom writes c as Atom (RFC 4287).
func WriteAtom(w io.Writer, c *Channel) error {
	return feeds.WriteXML(newAtom(c.tidy()), w)
}

func newAtom(c *Channel) *atomFeed {
	f := &atomFeed{
		Lang:  c.Language,
		Media: "http://search.yahoo.com/mrss/",
		Title: newText(c.Title),
		AtomFeed: feeds.AtomFeed{
			Xmlns:   "http://www.w3.org/2005/Atom",
			Id:      c.ID,
			Updated: atomTime(c.Updated),
			Icon:    c.Icon,
			Author:  newAuthor(c.Title, c.Home),
		},
		Generator: generator,
		Link:      append([]atomLink{{Href: c.Home, Rel: "alternate", Type: "text/html"}}, c.links(c.Atom)...),
		Entries:   make([]atomEntry, len(c.Posts)),
	}
	if c.Description != "" {
		t := newText(c.Description)
		f.Subtitle = &t
	}
	for i := range c.Posts {
		f.Entries[i] = newEntry(&c.Posts[i])
	}
	return f
}

func newEntry(p *Post) atomEntry {
	enclosures, pictures := split(p.Media)
	e := atomEntry{
		Lang:  p.Language,
		Title: newText(p.Title),
		AtomEntry: feeds.AtomEntry{
			Id:        p.ID,
			Published: atomTime(p.Published),
			Updated:   atomTime(p.Updated),
			Author:    newAuthor(p.Author, ""),
		},
		Link:    []atomLink{{Href: p.Link, Rel: "alternate", Type: "text/html"}},
		Content: atomContent{"html", p.content()},
		Source:  newSource(p),
	}
	e.Link = append(e.Link, p.related()...)
	for _, m := range enclosures {
		e.Link = append(e.Link, newEnclosure(m))
	}
	for _, m := range pictures {
		e.Thumbnails = append(e.Thumbnails, rssThumb{m.URL, m.Width, m.Height})
	}
	for _, c := range p.Categories {
		e.Category = append(e.Category, atomCategory{c})
	}
	if p.Summary != "" {
		t := newText(p.Summary)
		e.Summary = &t
	}
	return e
}

func newAuthor(name, uri string) *feeds.AtomAuthor {
	if name == "" {
		return nil
	}
	return &feeds.AtomAuthor{AtomPerson: feeds.AtomPerson{Name: blunt(name), Uri: uri}}
}

func newEnclosure(m news.Media) atomLink {
	return atomLink{Href: m.URL, Rel: "enclosure", Type: m.Type, Length: m.Length, Title: title(m.Title)}
}

func newSource(p *Post) *atomSource {
	if len(p.Outlets) == 0 {
		return nil
	}
	lead := &p.Outlets[0]
	s := &atomSource{ID: lead.ID, Title: newText(lead.Name), Updated: atomTime(lead.At)}
	if lead.Home != "" {
		s.Link = append(s.Link, atomLink{Href: lead.Home, Rel: "alternate", Type: "text/html"})
	}
	if lead.Feed != "" {
		s.Link = append(s.Link, atomLink{Href: lead.Feed, Rel: "self"})
	}
	return s
}

// The three formats' media types.
const (
	TypeRSS  = "application/rss+xml"
	TypeAtom = "application/atom+xml"
	TypeJSON = "application/feed+json"
)

// links are those of a channel beside its home page: self is one of its formats,
// the others are alternates.
func (c *Channel) links(self string) []atomLink {
	var out []atomLink
	for _, f := range [...]struct{ url, media string }{{c.RSS, TypeRSS}, {c.Atom, TypeAtom}, {c.JSON, TypeJSON}} {
		switch f.url {
		case "":
		case self:
			out = append(out, atomLink{Href: f.url, Rel: "self", Type: f.media})
		default:
			out = append(out, atomLink{Href: f.url, Rel: "alternate", Type: f.media})
		}
	}
	for _, h := range c.Hubs {
		out = append(out, atomLink{Href: h, Rel: "hub"})
	}
	for _, m := range c.More {
		if url := address(m.URL); url != "" {
			out = append(out, atomLink{Href: url, Rel: m.Rel, Type: m.Type})
		}
	}
	return out
}

// related are our page and the pages of the outlets that don't lead.
func (p *Post) related() []atomLink {
	var out []atomLink
	seen := map[string]bool{p.Link: true}
	if p.Page != "" && p.Page != p.Link {
		seen[p.Page] = true
		out = append(out, atomLink{Href: p.Page, Rel: "related", Type: "text/html"})
	}
	for i := range p.Outlets {
		o := &p.Outlets[i]
		if o.Link == "" || seen[o.Link] {
			continue
		}
		seen[o.Link] = true
		out = append(out, atomLink{Href: o.Link, Rel: "related", Type: "text/html", Lang: o.Language, Title: title(o.Name)})
	}
	return out
}

// title is text for an attribute that can't say whether it is HTML.
func title(s string) string { return blunt(s) }

func atomTime(t time.Time) string {
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}
