package feed

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"github.com/slugline/slugline/internal/weburl"
)

// generatorPlaces says where programs that make web sites put the feed. A path that begins
// with a slash is one of the site, any other belongs to the page.
var generatorPlaces = []struct{ name, place string }{
	{"wordpress", "/feed/"}, {"wordpress", "/?feed=rss2"}, {"joomla", "?format=feed&type=rss"}, {"blogger", "/feeds/posts/default"},
	{"ghost", "/rss/"}, {"drupal", "/rss.xml"}, {"hugo", "/index.xml"}, {"jekyll", "/feed.xml"}, {"eleventy", "/feed/feed.xml"},
	{"hexo", "/atom.xml"}, {"movable type", "/atom.xml"}, {"squarespace", "?format=rss"}, {"wix.com", "/blog-feed.xml"},
	{"discourse", "/latest.rss"}, {"astro", "/rss.xml"}, {"gatsby", "/rss.xml"}, {"zola", "/atom.xml"}, {"textpattern", "/rss/"},
	{"medium", "/feed"}, {"tumblr", "/rss"}, {"substack", "/feed"}, {"typo3", "/?type=100"}, {"spip", "/spip.php?page=backend"},
	{"serendipity", "/index.php?/feeds/index.rss2"}, {"dotclear", "/feed/atom"}, {"phpbb", "/feed"}, {"dokuwiki", "/feed.php"},
}

// commonPlaces are the places where most sites have their feed, the likeliest first.
var commonPlaces = []string{
	"/feed", "/feed/", "?format=feed", "/?format=feed", "/feeds/posts/default", "/rss.xml", "/feed.xml", "/atom.xml", "/rss", "/index.xml",
}

const maxPlaces = 10

// KnownPlaces returns addresses where the site of a page that offers no feed may have one,
// at most 10 and the likeliest first: where the program that made the page puts it, beside
// the page, and where most sites have it.
func (p *WebPage) KnownPlaces() []string {
	u, err := url.Parse(p.URL)
	if err != nil || u.Host == "" {
		return nil
	}
	var places []string
	add := func(place string) {
		at := weburl.Resolve(u.Scheme+"://"+u.Host+cmp.Or(u.EscapedPath(), "/"), place)
		if at != "" && !slices.Contains(places, at) && len(places) < maxPlaces {
			places = append(places, at)
		}
	}
	for _, g := range generatorPlaces {
		if strings.Contains(p.Generator, g.name) {
			add(g.place)
		}
	}
	if folder := u.EscapedPath(); strings.HasSuffix(folder, "/") && folder != "/" {
		add(folder + "feed")
	}
	for _, place := range commonPlaces {
		add(place)
	}
	return places
}
