package feed

import (
	"encoding/xml"
	"io"
	"math"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/feeds"

	"github.com/slugline/slugline/internal/news"
)

type rssDocument struct {
	XMLName xml.Name `xml:"rss"`
	Version string   `xml:"version,attr"`
	Atom    string   `xml:"xmlns:atom,attr"`
	Content string   `xml:"xmlns:content,attr"`
	DC      string   `xml:"xmlns:dc,attr"`
	Media   string   `xml:"xmlns:media,attr"`
	Channel *rssChannel
}

// Fields of the embedded structs that ours shadow stay empty: they can't say what
// is to be said.
type rssChannel struct {
	Title rawXML `xml:"title"`
	feeds.RssFeed
	Description rawXML     `xml:"description"`
	Links       []atomLink `xml:"atom:link"`
	Image       *rssImage  `xml:"image"`
	Items       []rssItem  `xml:"item"`
}

type rssImage struct {
	URL   string `xml:"url"`
	Title rawXML `xml:"title"`
	Link  string `xml:"link"`
}

type rssItem struct {
	Title rawXML `xml:"title"`
	feeds.RssItem
	Updated    string     `xml:"atom:updated"`
	Creator    string     `xml:"dc:creator,omitempty"`
	Language   string     `xml:"dc:language,omitempty"`
	Category   []rawXML   `xml:"category"`
	Source     *rssSource `xml:"source"`
	Links      []atomLink `xml:"atom:link"`
	Thumbnails []rssThumb `xml:"media:thumbnail"`
	Contents   []rssMedia `xml:"media:content"`
}

type rssSource struct {
	URL  string `xml:"url,attr"`
	Name string `xml:",innerxml"`
}

type rssThumb struct {
	URL    string `xml:"url,attr"`
	Width  int    `xml:"width,attr,omitempty"`
	Height int    `xml:"height,attr,omitempty"`
}

type rssMedia struct {
	URL      string    `xml:"url,attr"`
	Type     string    `xml:"type,attr,omitempty"`
	Medium   string    `xml:"medium,attr,omitempty"`
	FileSize int64     `xml:"fileSize,attr,omitempty"`
	Duration int64     `xml:"duration,attr,omitempty"` // seconds
	Width    int       `xml:"width,attr,omitempty"`
	Height   int       `xml:"height,attr,omitempty"`
	Title    *rssTitle `xml:"media:title"`
}

type rssTitle struct {
	Type string `xml:"type,attr"`
	Text string `xml:",innerxml"`
}

// FeedXml makes it a feeds.XmlFeed.
func (c *rssChannel) FeedXml() any {
	return &rssDocument{
		Version: "2.0",
		Atom:    "http://www.w3.org/2005/Atom",
		Content: "http://purl.org/rss/1.0/modules/content/",
		DC:      "http://purl.org/dc/elements/1.1/",
		Media:   "http://search.yahoo.com/mrss/",
		Channel: c,
	}
}

// WriteRSS writes c as RSS 2.0.
func WriteRSS(w io.Writer, c *Channel) error {
	return feeds.WriteXML(newRSS(c.tidy()), w)
}

func newRSS(c *Channel) *rssChannel {
	r := &rssChannel{
		Title: plainXML(c.Title),
		RssFeed: feeds.RssFeed{
			Link:          c.Home,
			Language:      c.Language,
			LastBuildDate: rssTime(c.Updated),
			Generator:     generator,
			Docs:          "http://www.rssboard.org/rss-specification",
			Ttl:           minutes(c.TTL),
		},
		Description: plainXML(c.Description),
		Links:       c.links(c.RSS),
		Image:       c.image(),
		Items:       make([]rssItem, len(c.Posts)),
	}
	for i := range c.Posts {
		r.Items[i] = newRSSItem(&c.Posts[i])
	}
	return r
}

var raster = regexp.MustCompile(`(?i)\.(png|gif|jpe?g)$`)

// image is the icon if RSS allows its format.
func (c *Channel) image() *rssImage {
	if !raster.MatchString(path.Base(c.Icon)) {
		return nil
	}
	return &rssImage{URL: c.Icon, Title: plainXML(c.Title), Link: c.Home}
}

func newRSSItem(p *Post) rssItem {
	enclosures, pictures := split(p.Media)
	i := rssItem{
		Title: plainXML(p.Title),
		RssItem: feeds.RssItem{
			Link:        p.Link,
			Description: plainHTML(p.Summary),
			Content:     &feeds.RssContent{Content: p.content()},
			Guid:        &feeds.RssGuid{Id: p.ID, IsPermaLink: "false"},
			PubDate:     rssTime(p.Published),
		},
		Updated:  atomTime(p.Updated),
		Creator:  p.Author,
		Language: p.Language,
		Links:    p.related(),
	}
	for _, c := range p.Categories {
		i.Category = append(i.Category, plainXML(c))
	}
	if len(p.Outlets) > 0 && p.Outlets[0].Feed != "" {
		lead := &p.Outlets[0]
		i.Source = &rssSource{URL: lead.Feed, Name: plainXML(lead.Name).Text}
	}
	for n, m := range enclosures {
		if n == 0 && dotted(m.URL) {
			i.Enclosure = &feeds.RssEnclosure{Url: m.URL, Length: strconv.FormatInt(m.Length, 10), Type: enclosureType(m)}
			continue
		}
		i.Contents = append(i.Contents, newRSSMedia(m))
	}
	for _, m := range pictures {
		i.Thumbnails = append(i.Thumbnails, rssThumb{m.URL, m.Width, m.Height})
	}
	return i
}

func newRSSMedia(m news.Media) rssMedia {
	out := rssMedia{
		URL: m.URL, Type: m.Type, Medium: medium(m.Type), FileSize: m.Length,
		Duration: int64(m.Duration / time.Second), Width: m.Width, Height: m.Height,
	}
	if m.Title != "" {
		out.Title = &rssTitle{Type: "plain", Text: plainXML(m.Title).Text}
	}
	return out
}

// content is never empty: a format may ask for one.
func (p *Post) content() string {
	if strings.TrimSpace(p.Content) != "" {
		return p.Content
	}
	return "<p>" + plainHTML(p.Title) + "</p>"
}

// dotted says whether the host has a dot: RSS enclosures are said to need one.
func dotted(url string) bool {
	_, rest, _ := strings.Cut(url, "://")
	host, _, _ := strings.Cut(rest, "/")
	return strings.Contains(host, ".") && !strings.ContainsAny(host, "_[")
}

func enclosureType(m news.Media) string {
	if m.Type != "" {
		return m.Type
	}
	return "application/octet-stream"
}

func minutes(d time.Duration) int {
	return int(math.Ceil(d.Minutes()))
}

func rssTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC1123Z)
}
