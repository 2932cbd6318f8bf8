package trial

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/slugline/slugline/internal/canon"
	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/weburl"
)

// readIndex adds the items of the sitemaps that an index names. Those of a file are not
// visited.
func (t *Trial) readIndex(doc *feed.Document) error {
	if t.Client == nil {
		return fmt.Errorf("this is an index of sitemaps; the newest is %s", doc.Sitemaps[0].URL)
	}
	var parts []*feed.Document
	var failed error
	for _, s := range doc.Sitemaps {
		part, err := t.sitemapAt(s.URL, t.Answer.URL)
		if err == nil && len(part.Sitemaps) > 0 {
			err = errors.New("it is an index as well")
		}
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s can't be read: %w", s.URL, err))
			continue
		}
		parts = append(parts, part)
	}
	if len(parts) == 0 {
		return fmt.Errorf("this is an index of sitemaps, and none of the newest has news\n%w", failed)
	}
	if failed != nil {
		doc.Cut = strings.ReplaceAll(failed.Error(), "\n", "; ")
	}
	doc.AddSitemaps(parts)
	return nil
}

// sitemapAt reads a sitemap that a document at another address names.
func (t *Trial) sitemapAt(address, named string) (*feed.Document, error) {
	if fetch.Domain(address) != fetch.Domain(named) {
		return nil, errors.New("it is on another host")
	}
	res, err := t.get(address)
	if err != nil {
		return nil, err
	}
	defer res.Release()
	return feed.Read(res.Body, HintsOf(res))
}

// maxRobotsSitemaps is how many sitemaps are read in search of one with news.
const maxRobotsSitemaps = 5

// newsSitemaps returns the news sitemaps that the robots.txt of a page's site names, or the
// index there that names them.
func (t *Trial) newsSitemaps(page *feed.WebPage) (all []Offer) {
	robots := weburl.Resolve(page.URL, "/robots.txt")
	res, err := t.get(robots)
	if err != nil {
		return nil
	}
	waiting := feed.RobotsSitemaps(res.Body, res.URL, maxRobotsSitemaps)
	res.Release()
	index := map[string]string{} // of a sitemap: the index that names it
	for n := 0; n < maxRobotsSitemaps && len(waiting) > 0; n++ {
		at := waiting[0]
		waiting = waiting[1:]
		doc, err := t.sitemapAt(at, robots)
		switch of := index[at]; {
		case err != nil:
		case len(doc.Items) > 0 && of != "" && hasNumber(at):
			return append(all, offeredSitemap(of, doc)) // another one takes its place some day
		case len(doc.Items) > 0:
			all = append(all, offeredSitemap(at, doc))
		case of == "":
			for i, s := range doc.Sitemaps {
				index[s.URL] = at
				waiting = slices.Insert(waiting, i, s.URL)
			}
		}
	}
	return all
}

// hasNumber reports whether the path or the query of an address has a digit.
func hasNumber(address string) bool {
	u, err := url.Parse(address)
	return err == nil && strings.ContainsAny(u.RequestURI(), "0123456789")
}

func offeredSitemap(address string, doc *feed.Document) Offer {
	return Offer{URL: address, Title: canon.Feed(doc).Title, Type: "application/xml"}
}
