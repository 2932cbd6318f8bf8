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

// maxChanges is the number of changes of an event in its feed.
const maxChanges = 100

// change is an item of an event's feed: an outlet reports the event, or changes its
// headline.
type change struct {
	take     *news.Take
	page     string // of its story
	id       string
	headline string
	at       time.Time
}

// Follow returns a feed of what happens to a story's event, as Atom: an item for each
// outlet that reports it and for each headline that changes. The error is ErrGone when
// the story was hidden or withdrawn, ErrUnknown when it is in no public topic.
func (p *Press) Follow(id string) (*Edition, error) {
	s := newSnapshot()
	var story *news.Story
	err := p.Store.View(func(tx *store.Tx) (err error) {
		story, err = s.readEvent(tx, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	c := newComposer(s, nil)
	c.channel = c.composeChanges(story)
	e, err := c.edition(Atom)
	if err != nil {
		return nil, err
	}
	e.ETag, e.Modified, e.Self = etag(s.lastSeq(), e.Body), c.channel.Updated, c.channel.Atom
	return e, nil
}

// lastSeq returns the highest Seq of all takes.
func (s *snapshot) lastSeq() uint64 {
	last := uint64(0)
	for _, story := range s.stories {
		for i := range story.Takes {
			last = max(last, story.Takes[i].Seq)
		}
	}
	return last
}

// readEvent reads a story and the other public stories of its event.
func (s *snapshot) readEvent(tx *store.Tx, id string) (*news.Story, error) {
	s.topic = &news.TopicState{}
	rules, err := tx.Rules()
	if err != nil || rules == nil {
		return nil, cmp.Or(err, ErrUnknown)
	}
	s.site = rules.Site
	story, err := tx.Stories.Get(id)
	switch {
	case err != nil:
		return nil, err
	case story == nil:
		return nil, ErrUnknown
	case story.IsWithdrawn(), story.IsTakenDown():
		return nil, ErrGone
	}
	ids := []string{id}
	ev, err := tx.Events.Get(story.Event)
	if err != nil {
		return nil, err
	}
	if ev != nil {
		ids = append(slices.DeleteFunc(slices.Clone(ev.Stories), func(other string) bool { return other == id }), id)
	}
	for _, id := range ids[max(0, len(ids)-maxChanges):] {
		if err := s.addPublic(tx, id); err != nil {
			return nil, err
		}
	}
	i := slices.IndexFunc(s.stories, func(one *news.Story) bool { return one.ID == story.ID })
	if i < 0 || len(s.shownTakes(s.stories[i])) == 0 {
		return nil, ErrUnknown
	}
	return s.stories[i], nil
}

// addPublic adds a story and its sources if the story is in a topic without a key. It
// leaves out takes that all such topics hold.
func (s *snapshot) addPublic(tx *store.Tx, id string) error {
	story, err := tx.Stories.Get(id)
	if err != nil || story == nil || !story.IsShown() {
		return err
	}
	var public []string
	for name, p := range story.Places {
		t, err := tx.Topics.Get(name)
		if err != nil {
			return err
		}
		if t != nil && !t.Removed && !t.Keyed && !p.Out {
			public = append(public, name)
		}
	}
	if len(public) == 0 {
		return nil
	}
	open := *story
	open.Takes = OpenIn(story.Takes, public...)
	s.stories = append(s.stories, &open)
	return s.readSources(tx, story)
}

// composeChanges makes the channel of an event's feed. No two items have the same
// time.
func (c *composer) composeChanges(s *news.Story) *feed.Channel {
	page := c.site.URL + "/stories/" + s.ID
	lead, _ := LeadTake(s, c.shownTakes(s))
	ch := &feed.Channel{
		ID: c.tag("following/" + s.ID), Title: lead.Headline, Publisher: c.site.Title, Language: c.site.Language,
		HomePage: page, Atom: page + ".atom", Updated: s.First,
	}
	used := map[int64]bool{}
	for _, one := range c.changes() {
		for used[one.at.UnixMilli()] {
			one.at = one.at.Add(time.Millisecond)
		}
		used[one.at.UnixMilli()] = true
		ch.Updated = news.Later(ch.Updated, one.at)
		ch.Posts = append(ch.Posts, c.changePost(&one))
	}
	slices.Reverse(ch.Posts)
	return ch.Tidy()
}

// changes returns the newest changes of all stories, oldest first.
func (c *composer) changes() (all []change) {
	for _, s := range c.stories {
		takes := c.shownTakes(s)
		for i := range takes {
			all = append(all, c.changesOf(&takes[i], c.site.URL+"/stories/"+s.ID)...)
		}
	}
	slices.SortStableFunc(all, func(a, b change) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.id, b.id)) })
	return all[max(0, len(all)-maxChanges):]
}

// changesOf returns an outlet's first headline and its later ones.
func (c *composer) changesOf(t *news.Take, page string) (out []change) {
	id, at := c.tag("entries/"+t.Entry), t.At
	for i, earlier := range t.Earlier {
		out = append(out, change{t, page, numberedID(id, i), earlier.Headline, at})
		at = earlier.Until
	}
	return append(out, change{t, page, numberedID(id, len(t.Earlier)), t.Headline, at})
}

func numberedID(id string, n int) string {
	if n == 0 {
		return id
	}
	return id + "/" + strconv.Itoa(n)
}

func (c *composer) changePost(one *change) feed.Post {
	o := c.outlet(one.take)
	o.Headline = one.headline
	p := feed.Post{
		ID: one.id, Title: one.headline, Link: cmp.Or(o.Link, one.page), Page: one.page, Published: one.at, Updated: one.at,
		Language: one.take.Language, Outlets: []feed.Outlet{o},
	}
	p.Content = c.content(&p, "")
	return p
}
