package trial

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/canon"
	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/poll"
)

// Offer is a feed that a web page names, or that was found at its site.
type Offer struct {
	URL      string `json:"url"`
	Title    string `json:"title,omitempty"`
	Type     string `json:"type,omitempty"`
	Comments bool   `json:"comments,omitempty"` // it seems to have comments of readers
}

// noAddress is the address of a page that was read from a file.
const noAddress = "http://none.invalid/"

// findFeeds sets the offers to the feeds that a web page names or, if it names none, to
// those that its site has in the usual places.
func (t *Trial) findFeeds(page *feed.WebPage) error {
	all, said := named(page), "it names these feeds"
	if onlyComments(all) && t.Client != nil {
		if found, more := t.search(page); len(found) > 0 {
			all, said = append(found, all...), more
		}
	}
	switch {
	case t.ctx.Err() != nil:
		return t.ctx.Err()
	case len(all) == 0 && t.busy != nil:
		return fmt.Errorf("this is a web page that names no feeds, and the search for one ended: %w", t.busy)
	case len(all) == 0 && t.Client != nil:
		return errors.New("this is a web page that names no feeds, and there is none in the usual places")
	case len(all) == 0:
		return errors.New("this is a web page that names no feeds")
	}
	for i := range all {
		f := &all[i]
		if path, ok := strings.CutPrefix(f.URL, noAddress); ok && t.Client == nil {
			f.URL = "/" + path + " at the page's address"
		}
	}
	t.Offers, t.Said = all, said
	return nil
}

// named returns the feeds that a page names.
func named(page *feed.WebPage) (all []Offer) {
	for _, f := range page.Feeds {
		all = append(all, Offer{f.URL, f.Title, f.Type, f.Comments})
	}
	return all
}

func onlyComments(all []Offer) bool {
	return !slices.ContainsFunc(all, func(f Offer) bool { return !f.Comments })
}

// search looks for a feed of a page that names none with articles: at the page to which
// it leads at once, in the usual places, and among the sitemaps of its site. It stops at
// the first, and says what it found.
func (t *Trial) search(page *feed.WebPage) (all []Offer, said string) {
	if page.Refresh != "" {
		if next := t.readPage(page.Refresh); next != nil {
			if all := named(next); !onlyComments(all) {
				return all, "it leads to " + next.URL + ", which names these feeds"
			}
			page = next
		}
	}
	for _, place := range page.KnownPlaces() {
		if f := t.feedAt(place); f != nil {
			return []Offer{*f}, "it names no feed, but its site has one"
		}
		if t.ctx.Err() != nil || t.busy != nil {
			break
		}
	}
	return t.newsSitemaps(page), "it names no feed, but its site has a news sitemap, which is read like one"
}

// readPage reads a further web page; nil if that is none.
func (t *Trial) readPage(address string) *feed.WebPage {
	res, err := t.get(address)
	if err != nil {
		return nil
	}
	defer res.Release()
	return feed.ReadPage(res.Body, HintsOf(res), poll.PageLinks(res)...)
}

// feedAt returns the feed at an address; nil if there is none with articles.
func (t *Trial) feedAt(address string) *Offer {
	res, err := t.get(address)
	if err != nil {
		return nil
	}
	defer res.Release()
	doc, err := feed.Read(res.Body, HintsOf(res))
	if err != nil || len(doc.Items) == 0 || doc.HasComments() {
		return nil
	}
	if res.MovedTo != "" {
		address = res.MovedTo
	}
	kind, _, _ := strings.Cut(res.Header.Get("Content-Type"), ";")
	return &Offer{URL: address, Title: canon.Feed(doc).Title, Type: strings.ToLower(strings.TrimSpace(kind))}
}

// Follow reads a feed that was offered, after a pause. The errors are those of Visit.
func (t *Trial) Follow(ctx context.Context, o Offer) (*Trial, error) {
	next := &Trial{Name: o.URL, Client: t.Client, Request: fetch.Request{URL: o.URL}}
	if fetch.SameHost(t.Request.URL, o.URL) {
		next.Request = t.Request
		next.Request.URL = o.URL
	}
	if t.busy != nil {
		return nil, t.busy
	}
	if !t.Client.IsAllowListed(o.URL) {
		select {
		case <-time.After(pauseBetween):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	err := next.Visit(ctx)
	if next.busy != nil {
		t.busy = next.busy
	}
	return next, err
}
