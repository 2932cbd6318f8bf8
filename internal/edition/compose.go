package edition

import (
	"cmp"
	"fmt"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/news"
)

// composer makes a feed.Channel of a snapshot.
type composer struct {
	*snapshot
	noHub     bool
	texts     textCache
	sourceIDs map[string]string // by source; see sourceID
	channel   *feed.Channel     // nil until it is needed
}

// newComposer is given the texts that the edition before was made of.
func newComposer(s *snapshot, texts map[uint64]string) *composer {
	return &composer{snapshot: s, texts: textCache{texts, map[uint64]string{}}, sourceIDs: map[string]string{}}
}

const (
	ttl       = 5 * time.Minute
	maxBody   = 64 << 10 // bytes of a safe body; the summary replaces a longer one
	maxBodies = 2 << 20  // bytes of all bodies of an edition
)

// compose makes the channel of a topic.
func (c *composer) compose() *feed.Channel {
	ch := &feed.Channel{
		ID:          "tag:" + cmp.Or(c.site.ID, "localhost") + ",2026:topics/" + c.topic.Name,
		Title:       cmp.Or(c.topic.Title, c.topic.Name),
		Description: cmp.Or(c.topic.Description, c.site.Motto),
		Publisher:   c.site.Title,
		Language:    c.site.Language,
		HomePage:    c.site.URL + "/topics/" + c.topic.Name,
		RSS:         c.address(RSS),
		Atom:        c.address(Atom),
		JSON:        c.address(JSON),
		Icon:        c.site.URL + "/icon" + cmp.Or(strings.ToLower(path.Ext(c.site.Icon)), ".svg"),
		TTL:         ttl,
		Updated:     c.topic.Changed,
		Posts:       make([]feed.Post, 0, len(c.stories)),
	}
	ch.Relations = c.pageLink("prev-archive", c.archiveFile)
	if !c.topic.Keyed && !c.noHub {
		ch.Hubs = []string{c.site.URL + "/websub"}
	}
	bodyBytes, pinned := maxBodies, 0
	for _, s := range c.stories {
		p, ok := c.post(s, &bodyBytes)
		if !ok {
			continue
		}
		ch.Posts = append(ch.Posts, p)
		if slices.ContainsFunc(c.topic.Pins, func(pin news.Pin) bool { return pin.Story == s.ID }) {
			pinned++
		}
	}
	ch.Posts = c.withNotes(ch.Posts, pinned)
	for i := range ch.Posts {
		ch.Updated = news.Later(ch.Updated, ch.Posts[i].Updated)
	}
	return ch.Tidy()
}

func (c *composer) address(f Format) string {
	return c.site.URL + "/topics/" + c.topic.Name + "." + string(f)
}

func (c *composer) tag(what string) string {
	return "tag:" + cmp.Or(c.site.ID, "localhost") + ",2026:" + what
}

// post makes the item of a story. It returns false when nothing of it may be shown.
// bodyBytes is what remains of maxBodies.
func (c *composer) post(s *news.Story, bodyBytes *int) (feed.Post, bool) {
	takes := c.shownTakes(s)
	lead, ok := TopicLeadTake(s, c.topic.Name, takes)
	if !ok || s.IsWithdrawn() {
		return feed.Post{}, false
	}
	p := c.newPost(s)
	p.Title, p.Link, p.Language = lead.Headline, feed.Address(lead.Link), lead.Language
	if c.topic.ToStory || p.Link == "" {
		p.Link = p.Page
	}
	p.Outlets = c.outlets(takes, &lead, c.events[s.ID])
	c.addText(&p, &lead, bodyBytes)
	return p, true
}

// newPost makes the item of a story without its content.
func (c *composer) newPost(s *news.Story) feed.Post {
	place := s.Places[c.topic.Name]
	return feed.Post{ID: s.URI, Page: c.site.URL + "/stories/" + s.ID, Published: place.At, Updated: place.Updated}
}

// addText adds to p what may be republished of the lead's entry.
func (c *composer) addText(p *feed.Post, lead *news.Take, bodyBytes *int) {
	e := c.entries[lead.Entry]
	text := permittedText(c.show(lead.Source), e, c.bodies[lead.Entry], &c.texts)
	if n := len(text.Body); n > maxBody || n > *bodyBytes {
		text.Body = ""
	}
	*bodyBytes -= len(text.Body)
	p.Summary, p.Media = text.Summary, text.Media
	if m, ok := c.picture[lead.Entry]; ok && !HasPicture(p.Media) {
		p.Media = append(slices.Clip(p.Media), m)
	}
	if e != nil {
		p.Author, p.Categories = e.Author, e.Categories
		p.Rights, p.License = e.Rights, cmp.Or(e.License, c.license(lead.Source))
		p.Outlets[0].Origin = c.origin(e)
		p.Title = cmp.Or(p.Title, e.Headline)
	}
	p.Title = cmp.Or(p.Title, p.Summary, p.Link)
	p.Content = c.content(p, text.Body)
}

// outlets returns the lead's outlet, then one for each other story of its event, the
// newest first, then each other source once, with its first take.
func (c *composer) outlets(takes []news.Take, lead *news.Take, others []*news.Story) []feed.Outlet {
	out := make([]feed.Outlet, 0, len(takes)+len(others))
	out = append(out, c.outlet(lead))
	seen := map[string]bool{lead.Source: true}
	for _, other := range slices.Backward(others) {
		more := c.shownTakes(other)
		if t, ok := TopicLeadTake(other, c.topic.Name, more); ok {
			seen[t.Source] = true
			out = append(out, c.outlet(&t))
		}
		takes = append(slices.Clip(takes), more...)
	}
	for i := range takes {
		if t := &takes[i]; !seen[t.Source] {
			seen[t.Source] = true
			out = append(out, c.outlet(t))
		}
	}
	return out
}

func (c *composer) outlet(t *news.Take) feed.Outlet {
	o := feed.Outlet{
		ID:       c.sourceID(t.Source),
		Name:     t.Source,
		Headline: t.Headline,
		Link:     feed.Address(t.Link),
		Language: t.Language,
		At:       t.At,
	}
	if src := c.sources[t.Source]; src != nil {
		o.Name, o.Feed, o.Rights, o.Paywall = src.Label(), publicAddress(src), src.Feed.Rights, src.Paywall
	}
	return o
}

// origin returns the feed that the source took an entry from.
func (c *composer) origin(e *news.Entry) feed.Origin {
	if e.Origin == "" {
		return feed.Origin{}
	}
	o := feed.Origin{Name: e.Origin, Feed: feed.Address(e.OriginFeed), ID: e.OriginFeed}
	if !isCanonical(o.ID) {
		o.ID = c.tag(fmt.Sprintf("sources/%s/%016x", e.Source, news.Key('o', e.Origin, e.OriginFeed)))
	}
	return o
}

// sourceID returns the id of a source in feeds: its address when that can be an id,
// else a tag URI.
func (c *composer) sourceID(source string) string {
	id, ok := c.sourceIDs[source]
	if !ok {
		id = c.tag("sources/" + source)
		if src := c.sources[source]; src != nil && !src.Keyed && isCanonical(src.Address) {
			id = src.Address
		}
		c.sourceIDs[source] = id
	}
	return id
}

var canonicalAddress = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^https?://[a-z0-9.-]+(:[1-9][0-9]*)?/[\w/.~!$&'()*+,;=:@-]*(\?[\w/?.~!$&'()*+,;=:@-]*)?$`)
})

// isCanonical tells whether an address has no other spelling, so that it can be an id
// (RFC 4287 section 4.2.6.1).
func isCanonical(address string) bool {
	if !canonicalAddress().MatchString(address) {
		return false
	}
	u, err := url.Parse(address)
	if err != nil || u.Port() == "80" || u.Port() == "443" {
		return false
	}
	return u.Path == "/" || path.Clean(u.Path) == strings.TrimSuffix(u.Path, "/")
}

// publicAddress returns the address of a source without what may be secret: of a
// source that is read with credentials, only the host is public.
func publicAddress(src *news.SourceState) string {
	if !src.Keyed {
		return src.Address
	}
	u, err := url.Parse(src.Address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host + "/"
}
