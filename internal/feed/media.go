package feed

import (
	"strconv"
	"strings"
	"time"

	ext "github.com/mmcdole/gofeed/extensions"

	"github.com/slugline/slugline/internal/news"
)

// maxMedia is how many enclosures and pictures of an item are kept.
const maxMedia = 20

func (i *Item) addMedia(m news.Media) {
	if m.URL == "" || len(i.Media) == maxMedia {
		return
	}
	for k := range i.Media {
		if i.Media[k].URL == m.URL {
			mergeMedia(&i.Media[k], m)
			return
		}
	}
	i.Media = append(i.Media, m)
}

func (i *Item) enclosure(url, kind, length, title string) {
	n, _ := strconv.ParseInt(strings.TrimSpace(length), 10, 64)
	kind = strings.ToLower(strings.TrimSpace(kind))
	i.addMedia(news.Media{URL: url, Type: kind, Length: max(n, 0), Title: title, Picture: strings.HasPrefix(kind, "image/")})
}

// mediaExtensions takes media:content, media:thumbnail and what podcasts add.
func (i *Item) mediaExtensions(x extensions) {
	media := x.ext["media"]
	for _, g := range media["group"] {
		i.mediaContents(x, g.Children["content"], firstText(x, g.Children["title"]))
		i.thumbnails(x, g.Children["thumbnail"])
	}
	i.mediaContents(x, media["content"], "")
	i.thumbnails(x, media["thumbnail"])
	if s := x.attr("itunes", "image", "href"); s != "" {
		i.addMedia(news.Media{URL: s, Picture: true})
	}
	if d := duration(x.one("itunes", "duration")); d > 0 {
		for k := range i.Media {
			if m := &i.Media[k]; !m.Picture && m.Duration == 0 {
				m.Duration = d
				break
			}
		}
	}
}

func (i *Item) mediaContents(x extensions, all []ext.Extension, title string) {
	for _, c := range all {
		a := c.Attrs
		m := news.Media{
			URL: x.d.text(a["url"]), Type: strings.ToLower(a["type"]), Length: max(int64(parsePixels(a["fileSize"])), 0),
			Width: parsePixels(a["width"]), Height: parsePixels(a["height"]), Duration: duration(a["duration"]),
			Title: first(firstText(x, c.Children["title"]), title),
			Alt:   firstText(x, c.Children["description"]),
		}
		m.Picture = a["medium"] == "image" || strings.HasPrefix(m.Type, "image/") || a["medium"] == "" && m.Type == "" && isPicture(m.URL)
		i.addMedia(m)
		i.thumbnails(x, c.Children["thumbnail"])
	}
}

func (i *Item) thumbnails(x extensions, all []ext.Extension) {
	for _, t := range all {
		url := first(x.d.text(t.Attrs["url"]), x.d.text(t.Value))
		i.addMedia(news.Media{URL: url, Width: parsePixels(t.Attrs["width"]), Height: parsePixels(t.Attrs["height"]), Picture: true})
	}
}

// mergeMedia takes from another account of the same address what this one lacks.
func mergeMedia(m *news.Media, o news.Media) {
	if m.Type == "" {
		m.Type = o.Type
	}
	m.Length, m.Width, m.Height = max(m.Length, o.Length), max(m.Width, o.Width), max(m.Height, o.Height)
	m.Duration = max(m.Duration, o.Duration)
	m.Title, m.Alt = first(m.Title, o.Title), first(m.Alt, o.Alt)
}

// mediaText is the title or description of an item's media, for items that have
// no other.
func (x extensions) mediaText(name string) string {
	if s := x.one("media", name); s != "" {
		return s
	}
	for _, g := range x.ext["media"]["group"] {
		if s := firstText(x, g.Children[name]); s != "" {
			return s
		}
	}
	return ""
}

func firstText(x extensions, all []ext.Extension) string {
	if len(all) == 0 {
		return ""
	}
	return x.d.text(all[0].Value)
}

func isPicture(url string) bool {
	url, _, _ = strings.Cut(strings.ToLower(url), "?")
	for _, end := range []string{".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif"} {
		if strings.HasSuffix(url, end) {
			return true
		}
	}
	return false
}

func parsePixels(s string) int {
	n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(s), "px"))
	if err != nil || n < 0 || n > 1<<30 {
		return 0
	}
	return n
}

// duration reads seconds, mm:ss and hh:mm:ss.
func duration(s string) time.Duration {
	var secs float64
	for part := range strings.SplitSeq(strings.TrimSpace(s), ":") {
		n, err := strconv.ParseFloat(part, 64)
		if err != nil || !(n >= 0 && n < 1e7) {
			return 0
		}
		secs = secs*60 + n
	}
	return time.Duration(secs * float64(time.Second)).Round(time.Second)
}
