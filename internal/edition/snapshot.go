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

// snapshot is all that an edition is made of, read at one moment.
type snapshot struct {
	site    news.Site
	topic   *news.TopicState
	stories []*news.Story            // what is pinned first
	events  map[string][]*news.Story // by story: the others of its event, where the topic folds events
	sources map[string]*news.SourceState
	entries map[string]*news.Entry // of the faces
	bodies  map[string]string      // of the faces whose source shows them in full

	archiveFile string            // file of the highest page of the archive on which something is left; empty: none
	sourceIDs   map[string]string // of sources in feeds, by source; see identify
	noHub       bool
	texts       textCache
	channel     *feed.Channel // made of the above when first needed
}

// textCache are bodies that were made safe and summaries that were cut, by what they
// were made of. It takes a hundred times as long as writing them, and few are new
// when a topic changes.
type textCache struct{ old, current map[uint64]string }

func (w *textCache) safe(body, base string) string {
	return w.get(news.Key('b', body, base), func() string { return canon.Safe(body, base) })
}

func (w *textCache) cut(summary string) string {
	if len(summary) <= summaryLength {
		return words.Cut(summary, summaryLength)
	}
	return w.get(news.Key('s', summary), func() string { return words.Cut(summary, summaryLength) })
}

func (w *textCache) get(key uint64, make func() string) string {
	s, ok := w.current[key]
	if !ok {
		if s, ok = w.old[key]; !ok {
			s = make()
		}
		w.current[key] = s
	}
	return s
}

// readTopic reads in one short transaction; all else is done outside. before are the
// bodies that were washed last time.
func readTopic(p *Press, name string, before map[uint64]string) (*snapshot, error) {
	m := newSnapshot(before)
	err := p.Store.View(func(tx *store.Tx) (err error) {
		tx.Through(&p.decoded)
		if m.topic, err = publishedTopic(tx, name); err != nil {
			return err
		}
		if m.stories, err = FeedStories(tx, m.topic); err != nil {
			return err
		}
		a, err := readArchive(tx, m.topic, m.stories)
		if err != nil {
			return err
		}
		if m.archiveFile, err = a.previousFile(tx, a.pageCount()+1); err != nil {
			return err
		}
		return m.readRelated(tx)
	})
	return m, err
}

func newSnapshot(before map[uint64]string) *snapshot {
	return &snapshot{
		sources:   map[string]*news.SourceState{},
		entries:   map[string]*news.Entry{},
		bodies:    map[string]string{},
		sourceIDs: map[string]string{},
		texts:     textCache{before, map[uint64]string{}},
	}
}

// readRelated reads what belongs to the topic and its stories.
func (m *snapshot) readRelated(tx *store.Tx) error {
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
	return m.readTakes(tx)
}

// FeedStories are the stories that a topic's feed shows: what is pinned, then the rest
// by place, newest first.
func FeedStories(tx *store.Tx, t *news.TopicState) ([]*news.Story, error) {
	placed, err := tx.Placed(t.Name, t.Stories, news.Place{})
	if err != nil {
		return nil, err
	}
	var all []*news.Story
	for _, p := range t.Pins {
		s, err := tx.Story(p.Story)
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

// maxEventStories is how many other stories of an event an item names outlets of.
const maxEventStories = 50

// readEvents fetches the other stories of each event, where they are one item.
func (m *snapshot) readEvents(tx *store.Tx) error {
	if m.topic.Fold != news.FoldEvent {
		return nil
	}
	m.events = map[string][]*news.Story{}
	for _, s := range m.stories {
		ev, err := tx.Event(s.Event)
		if err != nil {
			return err
		}
		if ev == nil {
			continue
		}
		for _, id := range ev.Stories[max(0, len(ev.Stories)-maxEventStories):] {
			other, err := tx.Story(id)
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

// readTakes fetches what belongs to the stories.
func (m *snapshot) readTakes(tx *store.Tx) error {
	for _, s := range m.stories {
		for _, one := range append(m.events[s.ID], s) {
			for i := range one.Takes {
				if err := m.readSource(tx, one.Takes[i].Source); err != nil {
					return err
				}
			}
		}
		face, ok := LeadTake(s, m.shownTakes(s))
		if !ok || !s.Killed.IsZero() {
			continue
		}
		if err := m.readEntry(tx, &face); err != nil {
			return err
		}
	}
	return nil
}

func (m *snapshot) readSource(tx *store.Tx, id string) error {
	if _, ok := m.sources[id]; ok {
		return nil
	}
	src, err := tx.Source(id)
	m.sources[id] = src
	return err
}

func (m *snapshot) readEntry(tx *store.Tx, face *news.Take) error {
	e, err := tx.Entry(face.Entry)
	if err != nil {
		return err
	}
	m.entries[face.Entry] = e
	if e == nil || m.show(face.Source) != news.ShowFull {
		return nil
	}
	m.bodies[face.Entry], err = tx.Body(face.Entry)
	return err
}

func (m *snapshot) source(id string) *news.SourceState { return m.sources[id] }

func (m *snapshot) show(source string) news.Show {
	if src := m.sources[source]; src != nil {
		return src.Show
	}
	return news.ShowHeadline
}

func (m *snapshot) shownTakes(s *news.Story) []news.Take {
	return ShownTakes(s, m.topic.Keyed, m.source)
}

// compose puts the material into a feed's terms.
func (m *snapshot) compose() *feed.Channel {
	c := &feed.Channel{
		ID:          "tag:" + cmp.Or(m.site.ID, "localhost") + ",2026:topics/" + m.topic.Name,
		Title:       cmp.Or(m.topic.Title, m.topic.Name),
		Description: cmp.Or(m.topic.Description, m.site.Motto),
		Publisher:   m.site.Title,
		Language:    m.site.Language,
		Home:        m.site.URL + "/topics/" + m.topic.Name,
		RSS:         m.address(RSS),
		Atom:        m.address(Atom),
		JSON:        m.address(JSON),
		Icon:        m.site.URL + "/icon" + cmp.Or(strings.ToLower(path.Ext(m.site.Icon)), ".svg"),
		TTL:         ttl,
		Updated:     m.topic.Changed,
		Posts:       make([]feed.Post, 0, len(m.stories)),
	}
	c.More = m.pageLink("prev-archive", m.archiveFile)
	if !m.topic.Keyed && !m.noHub {
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
		c.Gone = append(c.Gone, feed.Gone{ID: g.URI, At: g.At})
		c.Updated = later(c.Updated, g.At)
	}
	return c.Tidy()
}

const (
	ttl       = 5 * time.Minute
	maxBody   = 64 << 10 // bytes of a safe body; longer ones give way to their summary
	maxBodies = 2 << 20  // bytes of all bodies of an edition
)

func (m *snapshot) address(f Format) string {
	return m.site.URL + "/topics/" + m.topic.Name + "." + string(f)
}

// post is a story as a topic carries it, if anything of it may be shown.
func (m *snapshot) post(s *news.Story, room *int) (feed.Post, bool) {
	takes := m.shownTakes(s)
	face, ok := LeadTake(s, takes)
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
		m.addWithdrawal(&p, s, takes)
		return p, true
	}
	for _, other := range m.events[s.ID] {
		takes = append(takes[:len(takes):len(takes)], m.shownTakes(other)...)
	}
	p.Title, p.Link, p.Language = face.Headline, feed.Address(face.Link), face.Language
	if m.topic.ToStory || p.Link == "" {
		p.Link = p.Page
	}
	p.Outlets = m.outlets(takes, &face)
	m.addText(&p, &face, room)
	return p, true
}

// addText adds what the gate lets through of the face's entry.
func (m *snapshot) addText(p *feed.Post, face *news.Take, room *int) {
	e := m.entries[face.Entry]
	text := permittedText(m.show(face.Source), e, m.bodies[face.Entry], &m.texts)
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

// addWithdrawal leaves of a killed story that it is one. Its headline goes too: most
// readers show nothing else, and it may be what was wrong. What stands there tells
// one withdrawn story from the next.
func (m *snapshot) addWithdrawal(p *feed.Post, s *news.Story, takes []news.Take) {
	p.Link, p.Language = p.Page, "en"
	p.Author, p.Withdrawn = m.site.Title, true
	var names []string
	for i := range takes {
		if o := m.outlet(&takes[i]); !slices.Contains(names, o.Name) {
			names = append(names, o.Name)
		}
	}
	p.Title = "Story of " + s.First.UTC().Format("2 Jan 2006, 15:04:05 UTC") + " withdrawn by " + strings.Join(names[:min(len(names), maxListed)], ", ")
	p.Content = m.withdrawalContent(names, s.Killed)
}

// outlets are the sources of a story, each once with its first take, the face in front.
func (m *snapshot) outlets(takes []news.Take, face *news.Take) []feed.Outlet {
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

func (m *snapshot) outlet(t *news.Take) feed.Outlet {
	o := feed.Outlet{
		ID:       m.sourceID(t.Source),
		Name:     t.Source,
		Headline: t.Headline,
		Link:     feed.Address(t.Link),
		Language: t.Language,
		At:       t.At,
	}
	if src := m.sources[t.Source]; src != nil {
		o.Name, o.Feed = src.Label(), publicAddress(src)
	}
	return o
}

// sourceID is the id of a source: its address where that can be one.
func (m *snapshot) sourceID(source string) string {
	id, ok := m.sourceIDs[source]
	if !ok {
		id = m.tag("sources/" + source)
		if src := m.sources[source]; src != nil && !src.Keyed && isCanonical(src.Address) {
			id = src.Address
		}
		m.sourceIDs[source] = id
	}
	return id
}

var canonicalAddress = regexp.MustCompile(`^https?://[a-z0-9.-]+(:[1-9][0-9]*)?/[\w/.~!$&'()*+,;=:@-]*(\?[\w/?.~!$&'()*+,;=:@-]*)?$`)

// isCanonical says whether an address has no other spelling, so that it can stand as
// an id (RFC 4287 section 4.2.6.1).
func isCanonical(address string) bool {
	if !canonicalAddress.MatchString(address) {
		return false
	}
	u, err := url.Parse(address)
	if err != nil || u.Port() == "80" || u.Port() == "443" {
		return false
	}
	return u.Path == "/" || path.Clean(u.Path) == strings.TrimSuffix(u.Path, "/")
}

// publicAddress is the address of a source as strangers may know it. One that is read with
// credentials may have some in it.
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

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
