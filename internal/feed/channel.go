package feed

import (
	"cmp"
	"time"

	"github.com/slugline/slugline/internal/news"
)

// Channel is a feed to be written. Its strings may hold anything: what a format
// can't carry is left out or escaped, so that what comes out is always valid.
type Channel struct {
	ID          string // absolute URI that never changes
	Title       string
	Description string
	Publisher   string // who makes the feed; empty: its title
	Language    string // BCP 47, of Title and Description
	HomePage    string // the page that the feed belongs to
	RSS         string // where the three formats are; a format without an address is not mentioned
	Atom        string
	JSON        string
	Hubs        []string // WebSub
	Icon        string
	TTL         time.Duration // how long a reader may wait; told in whole minutes, 0 is not told
	Updated     time.Time     // when Posts or the fields above last changed
	Relations   []Relation    // further links: prev-archive, current ... (RFC 5005)
	Archive     bool          // a part of the feed that only corrections change; Atom has a word for it (RFC 5005 section 4)
	Posts       []Post
	Tombstones  []Tombstone // posts that were taken back lately; Atom has a word for it (RFC 6721)

	tidied bool
}

// Relation is a link with its meaning.
type Relation struct {
	Rel  string
	URL  string
	Type string // media type; may be empty
}

// Tombstone is a post that is there no more.
type Tombstone struct {
	ID string    // as its Post had it
	At time.Time // when it was taken back
}

// Post is one item of a Channel.
type Post struct {
	ID         string // absolute URI that never changes; the writer leaves out a second post with the same
	Title      string // plain text
	Link       string // where the title leads
	Page       string // our page about it
	Published  time.Time
	Updated    time.Time // written as Published where it is before
	Author     string    // empty: the first outlet
	Language   string    // BCP 47; empty: not known
	Categories []string
	Summary    string // plain text
	Content    string // safe HTML with absolute links
	Media      []news.Media
	Outlets    []Outlet // who has it, the lead first
	Withdrawn  bool     // its text says that it was taken back; Atom leaves it out
}

// Outlet is one of those who have a post's news.
type Outlet struct {
	ID       string // absolute URI that stands for its feed
	Name     string
	Feed     string // address of its feed; empty when it is not to be told
	Headline string // its own
	Link     string // its own page about the news
	Language string
	At       time.Time
}

const generator = "Slugline"

// Tidy returns what all formats may print: clean one-line texts, addresses that
// are absolute and escaped or empty, dates in order, no id twice. The writers call
// it; who writes several formats can do it once for all.
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
	t.Language = cachedTag(o.Language, langs)
	t.At = news.Instant(o.At)
	t.Name = cmp.Or(t.Name, t.ID)
	return t
}

// cachedTag is languageTag with a memory: a feed has few languages and many texts.
func cachedTag(tag string, langs map[string]string) string {
	if l, ok := langs[tag]; ok {
		return l
	}
	langs[tag] = languageTag(tag)
	return langs[tag]
}

// tidyMedia keeps what has an address, gives each a type where one is known, and
// sorts pictures behind what is to be played or fetched.
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
			m.Title, m.Alt = oneLine(m.Title), oneLine(m.Alt)
			m.Length, m.Width, m.Height = max(m.Length, 0), max(m.Width, 0), max(m.Height, 0)
			m.Duration = max(m.Duration, 0)
			out = append(out, m)
		}
	}
	return out
}

// splitMedia parts what tidyMedia has sorted.
func splitMedia(all []news.Media) (enclosures, pictures []news.Media) {
	n := 0
	for n < len(all) && !all[n].Picture {
		n++
	}
	return all[:n], all[n:]
}
