package feed

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/gorilla/feeds"

	"github.com/slugline/slugline/internal/news"
)

type jsonFeed struct {
	feeds.JSONFeed
	Items []jsonItem `json:"items"`
}

// jsonItem adds what gorilla/feeds has no field for. Keys with an underscore are our
// extensions (JSON Feed 1.1, section Extensions).
type jsonItem struct {
	feeds.JSONItem
	Language    string           `json:"language,omitempty"`
	Attachments []jsonAttachment `json:"attachments,omitempty"`
	Story       string           `json:"_story,omitempty"` // address of our page about the story
	Sources     []jsonSource     `json:"_sources,omitempty"`
	Rights      *jsonRights      `json:"_rights,omitempty"`
}

// jsonRights says what holds for the text and the picture of an item.
type jsonRights struct {
	Notice  string `json:"notice,omitempty"`
	License string `json:"license,omitempty"` // address
	Picture string `json:"picture,omitempty"` // who made it
}

type jsonAttachment struct {
	URL      string `json:"url"`
	Type     string `json:"mime_type"`
	Title    string `json:"title,omitempty"`
	Size     int64  `json:"size_in_bytes,omitempty"`
	Duration int64  `json:"duration_in_seconds,omitempty"`
}

type jsonSource struct {
	Name     string    `json:"name"`
	URL      string    `json:"url,omitempty"` // address of its own page about the story
	Headline string    `json:"headline,omitempty"`
	Language string    `json:"language,omitempty"`
	Time     time.Time `json:"time,omitzero"`
	Feed     string    `json:"feed_url,omitempty"`
	Origin   *jsonFrom `json:"origin,omitempty"`
}

// jsonFrom is a feed that a source takes reports from.
type jsonFrom struct {
	Name string `json:"name"`
	Feed string `json:"feed_url,omitempty"`
}

// WriteJSON writes c as JSON Feed 1.1. Its error is w's.
func WriteJSON(w io.Writer, c *Channel) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	if err := e.Encode(newJSON(c.Tidy())); err != nil {
		return fmt.Errorf("write json feed: %w", err)
	}
	return nil
}

func newJSON(c *Channel) *jsonFeed {
	f := &jsonFeed{
		JSONFeed: feeds.JSONFeed{
			Version:     "https://jsonfeed.org/version/1.1",
			Title:       c.Title,
			Language:    c.Language,
			HomePageUrl: c.HomePage,
			FeedUrl:     c.JSON,
			Description: c.Description,
			Icon:        c.Icon,
		},
		Items: make([]jsonItem, len(c.Posts)),
	}
	for _, h := range c.Hubs {
		f.Hubs = append(f.Hubs, &feeds.JSONHub{Type: "WebSub", Url: h})
	}
	for _, m := range c.Relations {
		if m.Rel == "next" {
			f.NextUrl = Address(m.URL)
		}
	}
	for i := range c.Posts {
		f.Items[i] = newJSONItem(&c.Posts[i])
	}
	return f
}

func newJSONItem(p *Post) jsonItem {
	enclosures, pictures := splitMedia(p.Media)
	i := jsonItem{
		JSONItem: feeds.JSONItem{
			Id:            p.ID,
			Url:           p.Link,
			Title:         p.Title,
			ContentHTML:   p.content(),
			Summary:       p.Summary,
			PublishedDate: timePointer(p.Published),
			ModifiedDate:  timePointer(p.Updated),
			Tags:          p.Categories,
		},
		Language: p.Language,
		Story:    p.Page,
	}
	if p.Author != "" {
		i.Authors = []*feeds.JSONAuthor{{Name: p.Author}}
	}
	if len(pictures) > 0 {
		i.Image = pictures[0].URL
	}
	for _, m := range enclosures {
		i.Attachments = append(i.Attachments, newAttachment(m))
	}
	i.Rights = p.jsonRights(pictures)
	for k := range p.Outlets {
		i.Sources = append(i.Sources, newJSONSource(&p.Outlets[k]))
	}
	return i
}

// jsonRights returns the rights of a post, nil when nothing is known of them.
func (p *Post) jsonRights(pictures []news.Media) *jsonRights {
	r := jsonRights{Notice: p.Rights, License: p.License}
	if r.Notice == "" && len(p.Outlets) > 0 {
		r.Notice = p.Outlets[0].Rights
	}
	if len(pictures) > 0 {
		r.Picture = pictures[0].Credit
	}
	if r == (jsonRights{}) {
		return nil
	}
	return &r
}

func newAttachment(m news.Media) jsonAttachment {
	return jsonAttachment{m.URL, enclosureType(m), m.Title, m.Length, int64(m.Duration / time.Second)}
}

func newJSONSource(o *Outlet) jsonSource {
	s := jsonSource{
		Name: o.Name, URL: o.Link, Headline: o.Headline, Language: o.Language,
		Time: o.At, Feed: o.Feed,
	}
	if o.Origin.Name != "" {
		s.Origin = &jsonFrom{o.Origin.Name, o.Origin.Feed}
	}
	return s
}

// timePointer returns a pointer to t, nil for the zero time.
func timePointer(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
