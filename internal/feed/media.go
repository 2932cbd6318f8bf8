package feed

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	ext "github.com/mmcdole/gofeed/extensions"

	"github.com/slugline/slugline/internal/news"
)

// maxMedia is how many enclosures and pictures of an item are read.
const maxMedia = 20

// addMedia adds m, or completes an earlier one with the same address.
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

// addEnclosure adds an RSS enclosure or an Atom link to one.
func (i *Item) addEnclosure(url, kind, length, title string) {
	n, _ := strconv.ParseInt(strings.TrimSpace(length), 10, 64)
	kind = strings.ToLower(strings.TrimSpace(kind))
	i.addMedia(news.Media{URL: url, Type: kind, Length: max(n, 0), Title: title, Picture: strings.HasPrefix(kind, "image/")})
}

// addMediaExtensions adds media:content, media:thumbnail and the elements of
// podcasts.
func (i *Item) addMediaExtensions(x extensions) {
	media := x.ext["media"]
	for _, g := range media["group"] {
		i.addMediaContents(x, g.Children["content"], firstText(x, g.Children["title"]), x.credits(g.Children))
		i.addThumbnails(x, g.Children["thumbnail"])
	}
	i.addMediaContents(x, media["content"], "", "")
	i.addThumbnails(x, media["thumbnail"])
	if s := x.attr("itunes", "image", "href"); s != "" {
		i.addMedia(news.Media{URL: s, Picture: true})
	}
	i.addCredit(x.all("media", "credit"))
	if d := parseDuration(x.one("itunes", "duration")); d > 0 {
		for k := range i.Media {
			if m := &i.Media[k]; !m.Picture && m.Duration == 0 {
				m.Duration = d
				break
			}
		}
	}
}

// addMediaContents adds media:content elements. title and credit are those of their group.
func (i *Item) addMediaContents(x extensions, all []ext.Extension, title, credit string) {
	for _, c := range all {
		a := c.Attrs
		m := news.Media{
			URL: x.texts.text(a["url"]), Type: strings.ToLower(a["type"]), Length: max(int64(parseNumber(a["fileSize"])), 0),
			Width: parseNumber(a["width"]), Height: parseNumber(a["height"]), Duration: parseDuration(a["duration"]),
			Title: cmp.Or(firstText(x, c.Children["title"]), title),
			Alt:   firstText(x, c.Children["description"]), Credit: cmp.Or(x.credits(c.Children), credit),
		}
		m.Picture = a["medium"] == "image" || strings.HasPrefix(m.Type, "image/") || a["medium"] == "" && m.Type == "" && isPicture(m.URL)
		i.addMedia(m)
		i.addThumbnails(x, c.Children["thumbnail"])
	}
}

// credits joins the names in media:credit elements.
func (x extensions) credits(children map[string][]ext.Extension) string {
	return extensions{x.texts, ext.Extensions{"media": children}}.all("media", "credit")
}

// addCredit names who made the media of an item that do not say so themselves.
func (i *Item) addCredit(credit string) {
	for k := range i.Media {
		i.Media[k].Credit = cmp.Or(i.Media[k].Credit, credit)
	}
}

func (i *Item) addThumbnails(x extensions, all []ext.Extension) {
	for _, t := range all {
		url := cmp.Or(x.texts.text(t.Attrs["url"]), x.texts.text(t.Value))
		i.addMedia(news.Media{URL: url, Width: parseNumber(t.Attrs["width"]), Height: parseNumber(t.Attrs["height"]), Picture: true})
	}
}

// mergeMedia completes m with what o says of the same address.
func mergeMedia(m *news.Media, o news.Media) {
	m.Type = cmp.Or(m.Type, o.Type)
	m.Length, m.Width, m.Height = max(m.Length, o.Length), max(m.Width, o.Width), max(m.Height, o.Height)
	m.Duration = max(m.Duration, o.Duration)
	m.Title, m.Alt, m.Credit = cmp.Or(m.Title, o.Title), cmp.Or(m.Alt, o.Alt), cmp.Or(m.Credit, o.Credit)
}

// mediaText returns the title or the description of an item's media.
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

// firstText returns the text of the first element.
func firstText(x extensions, all []ext.Extension) string {
	if len(all) == 0 {
		return ""
	}
	return x.texts.text(all[0].Value)
}

// isPicture judges by the ending of an address.
func isPicture(url string) bool {
	url, _, _ = strings.Cut(strings.ToLower(url), "?")
	for _, end := range []string{".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif"} {
		if strings.HasSuffix(url, end) {
			return true
		}
	}
	return false
}

// parseNumber reads a number of at most 2^30, of pixels or bytes; 0 when s is none.
func parseNumber(s string) int {
	n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(s), "px"))
	if err != nil || n < 0 || n > 1<<30 {
		return 0
	}
	return n
}

// parseDuration reads seconds, mm:ss and hh:mm:ss; 0 when s is none of these.
func parseDuration(s string) time.Duration {
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
