package edition

import (
	"cmp"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/canon"
	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/words"
)

// material is all that an edition is made of, read at one moment.
type material struct {
	site    news.Site
	topic   *news.TopicState
	stories []*news.Story            // what is pinned first
	events  map[string][]*news.Story // by story: the others of its event, where the topic folds events
	sources map[string]*news.SourceState
	entries map[string]*news.Entry // of the faces
	bodies  map[string]string      // of the faces whose source shows them in full

	archive string            // file of the highest page of the archive on which something is left; empty: none
	ids     map[string]string // of sources in feeds, by source; see identify
	hubless bool
	washed  washed
	channel *feed.Channel // made of the above when first needed
}

// washed are bodies that were made safe and summaries that were cut, by what they
// were made of. It takes a hundred times as long as writing them, and few are new
// when a topic changes.
type washed struct{ before, now map[uint64]string }

func (w *washed) safe(body, base string) string {
	return w.have(news.Key('b', body, base), func() string { return canon.Safe(body, base) })
}

func (w *washed) cut(summary string) string {
	if len(summary) <= summaryLength {
		return words.Cut(summary, summaryLength)
	}
	return w.have(news.Key('s', summary), func() string { return words.Cut(summary, summaryLength) })
}

func (w *washed) have(key uint64, make func() string) string {
	s, ok := w.now[key]
	if !ok {
		if s, ok = w.before[key]; !ok {
			s = make()
		}
		w.now[key] = s
	}
	return s
}

// gather reads in one short transaction; all else is done outside. before are the
// bodies that were washed last time.
func gather(p *Press, name string, before map[uint64]string) (*material, error) {
	m := newMaterial(before)
	err := p.Store.View(func(tx *store.Tx) (err error) {
		tx.WithCache(&p.decoded)
		if m.topic, err = standing(tx, name); err != nil {
			return err
		}
		if m.stories, err = Standing(tx, m.topic); err != nil {
			return err
		}
		a, err := readArchive(tx, m.topic, m.stories)
		if err != nil {
			return err
		}
		if m.archive, err = a.before(tx, a.pages()+1); err != nil {
			return err
		}
		return m.gather(tx)
	})
	return m, err
}

func newMaterial(before map[uint64]string) *material {
	return &material{
		sources: map[string]*news.SourceState{},
		entries: map[string]*news.Entry{},
		bodies:  map[string]string{},
		ids:     map[string]string{},
		washed:  washed{before, map[uint64]string{}},
	}
}

// gather reads what belongs to the topic and its stories.
func (m *material) gather(tx *store.Tx) error {
	rules, err := tx.Rules()
	if err != nil {
		return err
	}
	if rules != nil {
		m.site = rules.Site
	}
	if err := m.readEvents(tx); err != nil {
		return err
	}
	return m.read(tx)
}

// Standing are the stories that a topic's feed shows: what is pinned, then the rest
// by place, newest first.
func Standing(tx *store.Tx, t *news.TopicState) ([]*news.Story, error) {
	placed, err := tx.Stories.InTopic(t.Name, t.Stories, news.Place{})
	if err != nil {
		return nil, err
	}
	var all []*news.Story
	for _, p := range t.Pins {
		s, err := tx.Stories.Get(p.Story)
		if err != nil {
			return nil, err
		}
		if s == nil {
			continue
		}
		if at, ok := s.Places[t.Name]; ok && !at.Out {
			all = append(all, s)
		}
	}
	pinned := len(all)
	for _, s := range placed {
		if s.Places[t.Name].At.Before(t.WindowStart) {
			break
		}
		if !slices.ContainsFunc(all[:pinned], func(p *news.Story) bool { return p.ID == s.ID }) {
			all = append(all, s)
		}
	}
	return all[:min(len(all), max(t.Stories, pinned))], nil
}

// maxEvent is how many other stories of an event an item names outlets of.
const maxEvent = 50

// readEvents fetches the other stories of each event, where they are one item.
func (m *material) readEvents(tx *store.Tx) error {
	if m.topic.Fold != news.FoldEvent {
		return nil
	}
	m.events = map[string][]*news.Story{}
	for _, s := range m.stories {
		ev, err := tx.Events.Get(s.Event)
		if err != nil {
			return err
		}
		if ev == nil {
			continue
		}
		for _, id := range ev.Stories[max(0, len(ev.Stories)-maxEvent):] {
			other, err := tx.Stories.Get(id)
			if err != nil {
				return err
			}
			if other != nil && other.ID != s.ID && other.MergedInto == "" && other.Killed.IsZero() && !other.IsHidden(m.topic.Name) {
				m.events[s.ID] = append(m.events[s.ID], other)
			}
		}
	}
	return nil
}

// read fetches what belongs to the stories.
func (m *material) read(tx *store.Tx) error {
	for _, s := range m.stories {
		for _, one := range append(m.events[s.ID], s) {
			for i := range one.Takes {
				if err := m.readSource(tx, one.Takes[i].Source); err != nil {
					return err
				}
			}
		}
		face, ok := Face(s, m.takes(s))
		if !ok || !s.Killed.IsZero() {
			continue
		}
		if err := m.readEntry(tx, &face); err != nil {
			return err
		}
	}
	return nil
}

func (m *material) readSource(tx *store.Tx, id string) error {
	if _, ok := m.sources[id]; ok {
		return nil
	}
	src, err := tx.Sources.Get(id)
	m.sources[id] = src
	return err
}

func (m *material) readEntry(tx *store.Tx, face *news.Take) error {
	e, err := tx.Entries.Get(face.Entry)
	if err != nil {
		return err
	}
	m.entries[face.Entry] = e
	if e == nil || m.show(face.Source) != news.ShowFull {
		return nil
	}
	m.bodies[face.Entry], err = tx.Entries.Body(face.Entry)
	return err
}

func (m *material) source(id string) *news.SourceState { return m.sources[id] }

func (m *material) show(source string) news.Show {
	if src := m.sources[source]; src != nil {
		return src.Show
	}
	return news.ShowHeadline
}

func (m *material) takes(s *news.Story) []news.Take {
	return Takes(s, m.topic.Keyed, m.source)
}

// compose puts the material into a feed's terms.
func (m *material) compose() *feed.Channel {
	c := &feed.Channel{
		ID:          "tag:" + cmp.Or(m.site.ID, "localhost") + ",2026:topics/" + m.topic.Name,
		Title:       cmp.Or(m.topic.Title, m.topic.Name),
		Description: cmp.Or(m.topic.Description, m.site.Motto),
		Publisher:   m.site.Title,
		Language:    m.site.Language,
		HomePage:    m.site.URL + "/topics/" + m.topic.Name,
		RSS:         m.address(RSS),
		Atom:        m.address(Atom),
		JSON:        m.address(JSON),
		Icon:        m.site.URL + "/icon" + cmp.Or(strings.ToLower(path.Ext(m.site.Icon)), ".svg"),
		TTL:         ttl,
		Updated:     m.topic.Changed,
		Posts:       make([]feed.Post, 0, len(m.stories)),
	}
	c.Relations = m.pageLink("prev-archive", m.archive)
	if !m.topic.Keyed && !m.hubless {
		c.Hubs = []string{m.site.URL + "/websub"}
	}
	room := maxBodies
	for _, s := range m.stories {
		if p, ok := m.post(s, &room); ok {
			c.Posts = append(c.Posts, p)
			c.Updated = later(c.Updated, p.Updated)
		}
	}
	for _, g := range m.topic.Tombstones {
		c.Tombstones = append(c.Tombstones, feed.Tombstone{ID: g.URI, At: g.At})
		c.Updated = later(c.Updated, g.At)
	}
	return c.Tidy()
}

const (
	ttl       = 5 * time.Minute
	maxBody   = 64 << 10 // bytes of a safe body; longer ones give way to their summary
	maxBodies = 2 << 20  // bytes of all bodies of an edition
)

func (m *material) address(f Format) string {
	return m.site.URL + "/topics/" + m.topic.Name + "." + string(f)
}

// post is a story as a topic carries it, if anything of it may be shown.
func (m *material) post(s *news.Story, room *int) (feed.Post, bool) {
	takes := m.takes(s)
	face, ok := Face(s, takes)
	if !ok {
		return feed.Post{}, false
	}
	place := s.Places[m.topic.Name]
	p := feed.Post{
		ID:        s.URI,
		Page:      m.site.URL + "/stories/" + s.ID,
		Published: place.At,
		Updated:   place.Updated,
	}
	if !s.Killed.IsZero() {
		m.withdraw(&p, s, takes)
		return p, true
	}
	for _, other := range m.events[s.ID] {
		takes = append(takes[:len(takes):len(takes)], m.takes(other)...)
	}
	p.Title, p.Link, p.Language = face.Headline, feed.Address(face.Link), face.Language
	if m.topic.ToStory || p.Link == "" {
		p.Link = p.Page
	}
	p.Outlets = m.outlets(takes, &face)
	m.tell(&p, &face, room)
	return p, true
}

// tell adds what the gate lets through of the face's entry.
func (m *material) tell(p *feed.Post, face *news.Take, room *int) {
	e := m.entries[face.Entry]
	text := tell(m.show(face.Source), e, m.bodies[face.Entry], &m.washed)
	if n := len(text.Body); n > maxBody || n > *room {
		text.Body = ""
	}
	*room -= len(text.Body)
	p.Summary, p.Media = text.Summary, text.Media
	if e != nil {
		p.Author, p.Categories = e.Author, e.Categories
		p.Title = cmp.Or(p.Title, e.Headline)
	}
	p.Title = cmp.Or(p.Title, p.Summary, p.Link)
	p.Content = m.content(p, text.Body)
}

// withdraw leaves of a killed story that it is one. Its headline goes too: most
// readers show nothing else, and it may be what was wrong. What stands there tells
// one withdrawn story from the next.
func (m *material) withdraw(p *feed.Post, s *news.Story, takes []news.Take) {
	p.Link, p.Language = p.Page, "en"
	p.Author, p.Withdrawn = m.site.Title, true
	var names []string
	for i := range takes {
		if o := m.outlet(&takes[i]); !slices.Contains(names, o.Name) {
			names = append(names, o.Name)
		}
	}
	p.Title = "Story of " + s.First.UTC().Format("2 Jan 2006, 15:04:05 UTC") + " withdrawn by " + strings.Join(names[:min(len(names), listed)], ", ")
	p.Content = m.withdrawn(names, s.Killed)
}

// outlets are the sources of a story, each once with its first take, the face in front.
func (m *material) outlets(takes []news.Take, face *news.Take) []feed.Outlet {
	out := make([]feed.Outlet, 0, len(takes))
	out = append(out, m.outlet(face))
	seen := map[string]bool{face.Source: true}
	for i := range takes {
		if t := &takes[i]; !seen[t.Source] {
			seen[t.Source] = true
			out = append(out, m.outlet(t))
		}
	}
	return out
}

func (m *material) outlet(t *news.Take) feed.Outlet {
	o := feed.Outlet{
		ID:       m.identify(t.Source),
		Name:     t.Source,
		Headline: t.Headline,
		Link:     feed.Address(t.Link),
		Language: t.Language,
		At:       t.At,
	}
	if src := m.sources[t.Source]; src != nil {
		o.Name, o.Feed = src.Label(), told(src)
	}
	return o
}

// identify is the id of a source: its address where that can be one.
func (m *material) identify(source string) string {
	id, ok := m.ids[source]
	if !ok {
		id = m.tag("sources/" + source)
		if src := m.sources[source]; src != nil && !src.Keyed && canonical(src.Address) {
			id = src.Address
		}
		m.ids[source] = id
	}
	return id
}

var plain = regexp.MustCompile(`^https?://[a-z0-9.-]+(:[1-9][0-9]*)?/[\w/.~!$&'()*+,;=:@-]*(\?[\w/?.~!$&'()*+,;=:@-]*)?$`)

// canonical says whether an address has no other spelling, so that it can stand as
// an id (RFC 4287 section 4.2.6.1).
func canonical(address string) bool {
	if !plain.MatchString(address) {
		return false
	}
	u, err := url.Parse(address)
	if err != nil || u.Port() == "80" || u.Port() == "443" {
		return false
	}
	return u.Path == "/" || path.Clean(u.Path) == strings.TrimSuffix(u.Path, "/")
}

// told is the address of a source as strangers may know it. One that is read with
// credentials may have some in it.
func told(src *news.SourceState) string {
	if !src.Keyed {
		return src.Address
	}
	u, err := url.Parse(src.Address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host + "/"
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
