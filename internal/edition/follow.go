package edition

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// maxChanges is how many outlets and changes of an event its feed tells of.
const maxChanges = 100

// change is that an outlet came to have an event's news, or changed its headline.
type change struct {
	take     *news.Take
	page     string // of its story
	id       string
	headline string
	at       time.Time
}

// Follow returns the feed of what happens to a story's event, as Atom: an item for
// each outlet that comes to have it and for each headline that is changed. ErrGone
// says that the story was taken down or back, ErrUnknown that nobody may read it.
func (p *Press) Follow(id string) (*Edition, error) {
	m := newSnapshot(nil)
	var s *news.Story
	err := p.Store.View(func(tx *store.Tx) (err error) {
		s, err = m.readEvent(tx, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	m.channel = m.composeChanges(s)
	e, err := m.edition(Atom)
	if err != nil {
		return nil, err
	}
	last := uint64(0)
	for _, one := range m.stories {
		for i := range one.Takes {
			last = max(last, one.Takes[i].Seq)
		}
	}
	e.ETag, e.Modified, e.Self = etag(last, e.Body), m.channel.Updated, m.channel.Atom
	return e, nil
}

// readEvent reads a story and the others of its event that anyone may read.
func (m *snapshot) readEvent(tx *store.Tx, id string) (*news.Story, error) {
	m.topic = &news.TopicState{}
	rules, err := tx.Rules()
	if err != nil || rules == nil {
		return nil, cmp.Or(err, ErrUnknown)
	}
	m.site = rules.Site
	s, err := tx.Story(id)
	switch {
	case err != nil:
		return nil, err
	case s == nil:
		return nil, ErrUnknown
	case !s.Killed.IsZero(), s.IsHidden(news.Everywhere):
		return nil, ErrGone
	}
	ids := []string{id}
	ev, err := tx.Event(s.Event)
	if err != nil {
		return nil, err
	}
	if ev != nil {
		ids = append(slices.DeleteFunc(slices.Clone(ev.Stories), func(other string) bool { return other == id }), id)
	}
	for _, id := range ids[max(0, len(ids)-maxChanges):] {
		if err := m.addPublic(tx, id); err != nil {
			return nil, err
		}
	}
	if !slices.ContainsFunc(m.stories, func(one *news.Story) bool { return one.ID == s.ID }) {
		return nil, ErrUnknown
	}
	return s, nil
}

// addPublic adds a story and its sources, if it stands in a topic that asks for no key.
func (m *snapshot) addPublic(tx *store.Tx, id string) error {
	s, err := tx.Story(id)
	if err != nil || s == nil || s.MergedInto != "" || !s.Killed.IsZero() || s.IsHidden(news.Everywhere) {
		return err
	}
	open := false
	for name, p := range s.Places {
		t, err := tx.Topic(name)
		if err != nil {
			return err
		}
		open = open || t != nil && !t.Removed && !t.Keyed && !p.Out
	}
	if !open {
		return nil
	}
	m.stories = append(m.stories, s)
	for i := range s.Takes {
		if err := m.readSource(tx, s.Takes[i].Source); err != nil {
			return err
		}
	}
	return nil
}

func (m *snapshot) composeChanges(s *news.Story) *feed.Channel {
	page := m.site.URL + "/stories/" + s.ID
	c := &feed.Channel{
		ID: m.tag("following/" + s.ID), Title: s.Headline, Publisher: m.site.Title, Language: m.site.Language,
		Home: page, Atom: page + ".atom", Updated: s.First,
	}
	seen := map[int64]bool{}
	for _, st := range m.changes() {
		for seen[st.at.UnixMilli()] {
			st.at = st.at.Add(time.Millisecond)
		}
		seen[st.at.UnixMilli()] = true
		c.Updated = later(c.Updated, st.at)
		c.Posts = append(c.Posts, m.changePost(&st))
	}
	slices.Reverse(c.Posts)
	return c.Tidy()
}

// changes are those of all stories, in their order.
func (m *snapshot) changes() (all []change) {
	for _, s := range m.stories {
		takes := m.shownTakes(s)
		for i := range takes {
			all = append(all, m.changesOf(&takes[i], m.site.URL+"/stories/"+s.ID)...)
		}
	}
	slices.SortStableFunc(all, func(a, b change) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.id, b.id)) })
	return all[max(0, len(all)-maxChanges):]
}

// changesOf are an outlet's first headline and what became of it.
func (m *snapshot) changesOf(t *news.Take, page string) (out []change) {
	id, at := m.tag("entries/"+t.Entry), t.At
	for i, was := range t.Earlier {
		out = append(out, change{t, page, numberedID(id, i), was.Headline, at})
		at = was.Until
	}
	return append(out, change{t, page, numberedID(id, len(t.Earlier)), t.Headline, at})
}

func numberedID(id string, n int) string {
	if n == 0 {
		return id
	}
	return id + "/" + strconv.Itoa(n)
}

func (m *snapshot) changePost(st *change) feed.Post {
	o := m.outlet(st.take)
	o.Headline = st.headline
	p := feed.Post{
		ID: st.id, Title: st.headline, Link: cmp.Or(o.Link, st.page), Page: st.page, Published: st.at, Updated: st.at,
		Language: st.take.Language, Outlets: []feed.Outlet{o},
	}
	p.Content = m.content(&p, "")
	return p
}

func (m *snapshot) tag(what string) string {
	return "tag:" + cmp.Or(m.site.ID, "localhost") + ",2026:" + what
}
