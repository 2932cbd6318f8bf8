package edition

import (
	"cmp"
	"html"
	"slices"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// A story that its outlets withdrew, or that an editor hid, stays in the feed for a day
// as a note under its old id, with a newer updated time. Feed readers replace the text
// that they have with it; they ignore tombstones (RFC 6721).

// NotedStories returns the stories that a topic's feed shows as notes, newest place first.
func NotedStories(tx *store.Tx, t *news.TopicState) ([]*news.Story, error) {
	var all []*news.Story
	for _, g := range t.Tombstones {
		s, err := tx.Stories.Get(g.Story)
		if err != nil {
			return nil, err
		}
		if s == nil {
			continue
		}
		if _, in := s.Standing(t.Name); in && !s.IsWithdrawn() || slices.ContainsFunc(all, func(o *news.Story) bool { return o.ID == s.ID }) {
			continue
		}
		all = append(all, s)
	}
	slices.SortStableFunc(all, func(a, b *news.Story) int {
		return cmp.Or(b.Places[t.Name].At.Compare(a.Places[t.Name].At), cmp.Compare(b.Places[t.Name].Seq, a.Places[t.Name].Seq))
	})
	return all, nil
}

// withNotes adds the notes to the posts of a topic, each in its story's place. The pinned
// posts, so many, stay on top.
func (c *composer) withNotes(posts []feed.Post, pinned int) []feed.Post {
	out, titles := posts, map[string]bool{}
	for _, s := range c.notes {
		p, ok := c.note(s)
		if !ok {
			continue
		}
		if titles[p.Title] { // of one outlet and second
			p.Title += " " + s.ID
		}
		titles[p.Title] = true
		i := pinned
		for i < len(out) && out[i].Published.After(p.Published) {
			i++
		}
		out = slices.Insert(out, i, p)
	}
	return out
}

// note makes the note on a story that was withdrawn or hidden. It does not repeat the
// headline, which may be what was wrong. Its title tells such stories apart, because most
// feed readers show nothing else; what it says is its summary too, for those that show no
// content. It returns false when the feed never had the story.
func (c *composer) note(s *news.Story) (feed.Post, bool) {
	takes := c.shownTakes(s)
	if len(takes) == 0 {
		return feed.Post{}, false
	}
	p, l := c.newPost(s), c.locale()
	p.Link, p.Language, p.Author = p.Page, l.Lang, c.site.Title
	seen := l.Instant(s.First.UTC()) + " UTC"
	if !s.IsWithdrawn() {
		p.Page = c.site.URL + "/topics/" + c.topic.Name // the story may have no page any more
		p.Link = p.Page
		p.Title = strings.TrimRight(l.TakenDown, ".") + " (" + seen + ")"
		p.Summary, p.Content = l.TakenDown, c.noteContent(html.EscapeString(l.TakenDown))
		return p, true
	}
	names := c.withdrawers(takes)
	p.Title = l.Withdrawn + ": " + strings.Join(names, ", ") + " (" + seen + ")"
	p.Summary = locale.Put(l.WithdrawnBy, strings.Join(names, ", "), l.Moment(s.Killed.UTC())+" UTC") + "."
	p.Content = c.withdrawalContent(names, s.Killed)
	return p, true
}

// withdrawers returns the names of the outlets that withdrew the takes, at most
// maxListed.
func (c *composer) withdrawers(takes []news.Take) []string {
	var names []string
	for i := range takes {
		by := Withdrawer(&takes[i], c.topic.Keyed, c.source)
		name := by
		if src := c.sources[by]; src != nil {
			name = src.Label()
		}
		if !slices.Contains(names, name) && len(names) < maxListed {
			names = append(names, name)
		}
	}
	return names
}

// withdrawalContent returns a sentence that says which outlets withdrew a story, and
// when.
func (c *composer) withdrawalContent(names []string, at time.Time) string {
	b, all := htmlBuilder{Locale: c.locale()}, make([]string, 0, maxListed)
	for _, name := range names {
		all = append(all, "<bdi>"+html.EscapeString(name)+"</bdi>")
	}
	b.time(at, b.Lang)
	return c.noteContent(locale.Put(html.EscapeString(b.WithdrawnBy), strings.Join(all, ", "), b.String()) + ".")
}

// noteContent returns a paragraph in the site's language. sentence is HTML.
func (c *composer) noteContent(sentence string) string {
	b := htmlBuilder{Locale: c.locale()}
	b.openTag("p", b.Lang, b.Dir)
	b.WriteString(sentence)
	b.WriteString("</p>")
	return b.String()
}
