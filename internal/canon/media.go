package canon

import (
	"html"
	"strconv"
	"strings"

	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/news"
)

// media returns an item's enclosures and pictures, at most maxMedia. If the item has no
// picture, the first picture of its content is added.
func media(it *feed.Item, content string) []news.Media {
	var out []news.Media
	picture := false
	for _, m := range it.Media {
		m.URL = address(m.URL)
		if m.URL == "" || len(out) == maxMedia || isTrackingPixel(m.URL, m.Width, m.Height) {
			continue
		}
		m.Title, m.Alt, m.Credit = plainText(m.Title, 300), plainText(m.Alt, 300), plainText(m.Credit, maxAuthor)
		picture = picture || m.Picture
		out = append(out, m)
	}
	if picture || len(out) == maxMedia {
		return out
	}
	if m, ok := firstPicture(content, it.Base); ok {
		out = append(out, m)
	}
	return out
}

// firstPicture returns the first of up to five pictures in HTML that is not for
// tracking.
func firstPicture(s, base string) (news.Media, bool) {
	s = s[:min(len(s), maxBody)]
	for range 5 {
		i := strings.Index(s, "<img")
		if i < 0 {
			return news.Media{}, false
		}
		s = s[i:]
		n := tagEnd(s)
		if n == 0 {
			return news.Media{}, false
		}
		if m, ok := pictureOf(s[:n], base); ok {
			return m, true
		}
		s = s[n:]
	}
	return news.Media{}, false
}

// pictureOf reads an img tag.
func pictureOf(tag, base string) (news.Media, bool) {
	m := news.Media{Picture: true, Alt: plainText(attribute(tag, "alt"), 300)}
	m.Width, _ = strconv.Atoi(attribute(tag, "width"))
	m.Height, _ = strconv.Atoi(attribute(tag, "height"))
	if m.Width < 0 || m.Height < 0 || m.Width > 1<<16 || m.Height > 1<<16 {
		m.Width, m.Height = 0, 0
	}
	m.URL = pictureAddress(base, func(name string) string { return attribute(tag, name) })
	return m, m.URL != "" && !isTrackingPixel(m.URL, m.Width, m.Height)
}

// pictureAddress returns the address of an img element whose attributes attr returns: in
// src, where scripts that load pictures later keep it, or the first one in srcset.
func pictureAddress(base string, attr func(name string) string) string {
	for _, name := range []string{"src", "data-src", "data-lazy-src", "data-original"} {
		if to := absolute(base, attr(name)); to != "" {
			return to
		}
	}
	for _, name := range []string{"srcset", "data-srcset"} {
		if first := strings.Fields(attr(name)); len(first) > 0 {
			return absolute(base, strings.TrimSuffix(first[0], ","))
		}
	}
	return ""
}

// attribute returns the decoded value of an attribute of a tag.
func attribute(tag, name string) string {
	for rest := tag; ; {
		i := strings.Index(rest, name+"=")
		if i < 0 {
			return ""
		}
		before := rest[max(i-1, 0)]
		v := rest[i+len(name)+1:]
		if i > 0 && strings.IndexByte(" \t\r\n\"'/", before) >= 0 && v != "" {
			return html.UnescapeString(attributeValue(v))
		}
		rest = v
	}
}

// attributeValue returns the value that v begins with, quoted or not.
func attributeValue(v string) string {
	if v[0] == '"' || v[0] == '\'' {
		in, _, _ := strings.Cut(v[1:], v[:1])
		return in
	}
	if i := strings.IndexAny(v, " \t\r\n>"); i >= 0 {
		return v[:i]
	}
	return v
}

// isTrackingPixel reports whether a picture is there to count readers: because it is too
// small to see, or by its address. Sizes are 0 when they are not known.
func isTrackingPixel(url string, width, height int) bool {
	if width > 0 && width <= 3 || height > 0 && height <= 3 {
		return true
	}
	rest := url[strings.Index(url, "//")+2:]
	host, path, _ := strings.Cut(rest, "/")
	path, _, _ = strings.Cut(path, "?")
	sub, domain, _ := strings.Cut(host, ".")
	switch {
	case trackingHosts[host] || trackingHosts[domain] || trackingLabels[sub]:
		return true
	case strings.HasPrefix(path, "~r/") || strings.HasPrefix(path, "~ff/"):
		return true
	case host == "feeds.wordpress.com" && strings.HasPrefix(path, "1.0/") || strings.HasSuffix(host, ".facebook.com") && path == "tr":
		return true
	}
	return trackingFiles[path[strings.LastIndexByte(path, '/')+1:]]
}

// trackingHosts are hosts and domains that only count readers; trackingLabels are the
// first labels of such hosts, trackingFiles the names of such pictures.
var (
	trackingHosts = set(`doubleclick.net ad.doubleclick.net scorecardresearch.com quantserve.com feedsportal.com google-analytics.com
		buysellads.com vgwort.de met.vgwort.de chartbeat.com chartbeat.net pixel.wp.com stats.wordpress.com`)
	trackingLabels = set("pixel pixels hits analytics beacon")
	trackingFiles  = set("pixel.gif pixel.png 1x1.gif 1x1.png blank.gif spacer.gif transparent.gif transparent.png piwik.php matomo.php count.gif tracker.gif")
)

// set returns the words of names as a set.
func set(names string) map[string]bool {
	all := map[string]bool{}
	for n := range strings.FieldsSeq(names) {
		all[n] = true
	}
	return all
}
