package feed

import (
	"cmp"
	"time"

	"github.com/slugline/slugline/internal/news"
)

// Channel is a feed to be written. Its strings may contain anything: the writers leave
// out or escape what a format can't express, and their output is always valid.
type Channel struct {
	ID          string // absolute URI that never changes
	Title       string
	Description string
	Publisher   string // empty: the title
	Language    string // BCP 47, of Title and Description
	HomePage    string // the page that the feed belongs to
	RSS         string // addresses of the feed in each format; the feed links to those that are not empty
	Atom        string
	JSON        string
	Hubs        []string // addresses of WebSub hubs
	Icon        string
	TTL         time.Duration // how long a reader may wait until it asks again; written in minutes, rounded up, and only in RSS; 0: not written
	Updated     time.Time     // when Posts or the fields above last changed
	Relations   []Relation    // further links: prev-archive, current ... (RFC 5005)
	Archive     bool          // this is an archive page, which only corrections change (RFC 5005 section 4); written only in Atom
	Posts       []Post

	tidied bool // by Tidy
}

// Relation is a link of a feed.
type Relation struct {
	Rel  string
	URL  string
	Type string // media type; may be empty
}

// Post is one item of a Channel.
type Post struct {
	ID         string // absolute URI that never changes; the writers leave out a second post with the same
	Title      string // plain text
	Link       string // address of the outlet's page
	Page       string // address of our page about the story
	Published  time.Time
	Updated    time.Time // a time before Published is written as Published
	Author     string    // empty: the name of the first outlet
	Rights     string    // notice of rights of the text, plain text
	License    string    // address of the licence under which the outlet publishes the text; empty: none is named
	Language   string    // BCP 47; empty: not known
	Categories []string
	Summary    string // plain text
	Content    string // safe HTML with absolute links
	Media      []news.Media
	Outlets    []Outlet // that have the story, the lead first
}

// Outlet is one of the outlets that have a story.
type Outlet struct {
	ID       string // absolute URI of its feed, which need not be an address
	Name     string
	Feed     string // address of its feed; empty when it is secret
	Headline string // of its own take
	Link     string // address of its own page about the story
	Language string
	At       time.Time
	Paywall  bool   // its page is open to subscribers only
	Rights   string // notice of rights of its feed
	Origin   Origin // where it took its report from; zero: its own report
}

// Origin is a feed that an outlet takes reports from.
type Origin struct {
	ID   string // absolute URI; empty: that of the outlet
	Name string
	Feed string // address; may be empty
}

const generator = "Slugline"

// Tidy returns a copy that every format can express: texts on one line without control
// characters, addresses that are absolute and escaped or empty, dates in order, no id
// twice. The writers call it; a caller that writes several formats saves time by
// calling it once for all.
func (c *Channel) Tidy() *Channel {
	if c.tidied {
		return c
	}
	t := *c
	t.tidied = true
	t.ID, t.Title, t.Description = xmlText(c.ID), oneLine(c.Title), oneLine(c.Description)
	t.Title = cmp.Or(t.Title, t.ID)
	t.Publisher = cmp.Or(personName(c.Publisher), personName(t.Title), generator)
	t.Language = languageTag(c.Language)
	for _, p := range []*string{&t.HomePage, &t.RSS, &t.Atom, &t.JSON, &t.Icon} {
		*p = Address(*p)
	}
	t.Hubs = addresses(c.Hubs)
	t.Posts = make([]Post, 0, len(c.Posts))
	langs := map[string]string{"": ""}
	seen := make(map[string]bool, len(c.Posts))
	for i := range c.Posts {
		if id := xmlText(c.Posts[i].ID); !seen[id] {
			seen[id] = true
			t.Posts = append(t.Posts, c.Posts[i].tidy(id, langs))
		}
	}
	return &t
}

func (p *Post) tidy(id string, langs map[string]string) Post {
	t := *p
	t.ID, t.Title, t.Summary, t.Content = id, oneLine(p.Title), oneLine(p.Summary), xmlText(p.Content)
	t.Page, t.Link = Address(p.Page), Address(p.Link)
	t.Rights, t.License = oneLine(p.Rights), Address(p.License)
	t.Link = cmp.Or(t.Link, t.Page)
	t.Language = cachedTag(p.Language, langs)
	t.Categories = uniqueLines(p.Categories)
	t.Media = tidyMedia(p.Media)
	t.Published, t.Updated = news.Instant(p.Published), news.Instant(p.Updated)
	if t.Updated.Before(t.Published) {
		t.Updated = t.Published
	}
	t.Outlets = make([]Outlet, len(p.Outlets))
	for i := range p.Outlets {
		t.Outlets[i] = p.Outlets[i].tidy(langs)
	}
	t.Author = personName(p.Author)
	if t.Author == "" && len(t.Outlets) > 0 {
		t.Author = t.Outlets[0].Name
	}
	t.Title = cmp.Or(t.Title, t.ID)
	return t
}

func (o *Outlet) tidy(langs map[string]string) Outlet {
	t := *o
	t.ID, t.Name, t.Headline = xmlText(o.ID), personName(o.Name), oneLine(o.Headline)
	t.Feed, t.Link = Address(o.Feed), Address(o.Link)
	t.Rights, t.Origin = oneLine(o.Rights), Origin{xmlText(o.Origin.ID), oneLine(o.Origin.Name), Address(o.Origin.Feed)}
	if t.Origin.Name == "" {
		t.Origin = Origin{}
	}
	t.Language = cachedTag(o.Language, langs)
	t.At = news.Instant(o.At)
	t.Name = cmp.Or(t.Name, t.ID)
	return t
}

// cachedTag is languageTag with a cache: a feed has few languages and many texts.
func cachedTag(tag string, langs map[string]string) string {
	if l, ok := langs[tag]; ok {
		return l
	}
	langs[tag] = languageTag(tag)
	return langs[tag]
}

// tidyMedia returns the media that have an address, with a type if one is known, and
// with the pictures last.
func tidyMedia(all []news.Media) []news.Media {
	out := make([]news.Media, 0, len(all))
	for _, pictures := range []bool{false, true} {
		for i := range all {
			m := all[i]
			if m.Picture != pictures {
				continue
			}
			if m.URL = Address(m.URL); m.URL == "" {
				continue
			}
			m.Type = mediaType(m.Type, m.URL)
			m.Title, m.Alt, m.Credit = oneLine(m.Title), oneLine(m.Alt), oneLine(m.Credit)
			m.Length, m.Width, m.Height = max(m.Length, 0), max(m.Width, 0), max(m.Height, 0)
			m.Duration = max(m.Duration, 0)
			out = append(out, m)
		}
	}
	return out
}

// splitMedia splits what tidyMedia has sorted.
func splitMedia(all []news.Media) (enclosures, pictures []news.Media) {
	n := 0
	for n < len(all) && !all[n].Picture {
		n++
	}
	return all[:n], all[n:]
}
