package main

import (
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

// offeredFeed is a feed that a web page names, or that was found at its site.
type offeredFeed struct {
	URL      string `json:"url"`
	Title    string `json:"title,omitempty"`
	Type     string `json:"type,omitempty"`
	Comments bool   `json:"comments,omitempty"` // it seems to have comments of readers
}

// noAddress is the address of a page that was read from a file.
const noAddress = "http://none.invalid/"

// offerFeeds prints the feeds that a web page names or, if it names none, those that its
// site has in the usual places.
func (t *trial) offerFeeds(page *feed.WebPage) error {
	all, said := named(page), "it names these feeds"
	if onlyComments(all) && t.client != nil {
		if found, more := t.search(page); len(found) > 0 {
			all, said = append(found, all...), more
		}
	}
	switch {
	case t.ctx.Err() != nil:
		return fmt.Errorf("try %s: %w", t.shown(), t.ctx.Err())
	case len(all) == 0 && t.busy != nil:
		return t.failed(fmt.Errorf("this is a web page that names no feeds, and the search for one ended: %w", t.busy))
	case len(all) == 0 && t.client != nil:
		return fmt.Errorf("try %s: this is a web page that names no feeds, and there is none in the usual places", t.shown())
	case len(all) == 0:
		return fmt.Errorf("try %s: this is a web page that names no feeds", t.shown())
	}
	fmt.Fprintf(printable{t.err}, "slugline: try %s: this is a web page; %s:\n", t.shown(), said)
	for i := range all {
		f := &all[i]
		if path, ok := strings.CutPrefix(f.URL, noAddress); ok && t.client == nil {
			f.URL = "/" + path + " at the page's address"
		}
		fmt.Fprintf(printable{t.err}, "  %s  %s\n", f.URL, f.Title)
	}
	err := error(&printedError{errors.New("a web page")})
	if t.json {
		err = errors.Join(t.printJSON(map[string][]offeredFeed{"feeds": all}), err)
	}
	return err
}

// named returns the feeds that a page names.
func named(page *feed.WebPage) (all []offeredFeed) {
	for _, f := range page.Feeds {
		all = append(all, offeredFeed{f.URL, f.Title, f.Type, f.Comments})
	}
	return all
}

func onlyComments(all []offeredFeed) bool {
	return !slices.ContainsFunc(all, func(f offeredFeed) bool { return !f.Comments })
}

// search looks for a feed of a page that names none with articles: at the page to which
// it leads at once, in the usual places, and among the sitemaps of its site. It stops at
// the first, and says what it found.
func (t *trial) search(page *feed.WebPage) (all []offeredFeed, said string) {
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
			return []offeredFeed{*f}, "it names no feed, but its site has one"
		}
		if t.ctx.Err() != nil || t.busy != nil {
			break
		}
	}
	return t.newsSitemaps(page), "it names no feed, but its site has a news sitemap, which is read like one"
}

// readPage reads a further web page; nil if that is none.
func (t *trial) readPage(address string) *feed.WebPage {
	res, err := t.get(address)
	if err != nil {
		return nil
	}
	defer res.Release()
	return feed.ReadPage(res.Body, hintsOf(res), poll.PageLinks(res)...)
}

// feedAt returns the feed at an address; nil if there is none with articles.
func (t *trial) feedAt(address string) *offeredFeed {
	res, err := t.get(address)
	if err != nil {
		return nil
	}
	defer res.Release()
	doc, err := feed.Read(res.Body, hintsOf(res))
	if err != nil || len(doc.Items) == 0 || doc.HasComments() {
		return nil
	}
	if res.MovedTo != "" {
		address = res.MovedTo
	}
	kind, _, _ := strings.Cut(res.Header.Get("Content-Type"), ";")
	return &offeredFeed{URL: address, Title: canon.Feed(doc).Title, Type: strings.ToLower(strings.TrimSpace(kind))}
}

// pauseBetween is the time between two requests, as in the daemon.
const pauseBetween = time.Second

// get makes a further request, after a pause. Only the host of the first one gets the
// source's headers. Once a server has asked to come back later, there are no more requests.
func (t *trial) get(address string) (*fetch.Result, error) {
	if t.busy != nil {
		return nil, t.busy
	}
	r := fetch.Request{URL: address, MaxBytes: t.request.MaxBytes, Timeout: t.request.Timeout, Authority: t.request.Authority}
	if fetch.SameHost(t.request.URL, address) {
		r.Header, r.UserAgent = t.request.Header, t.request.UserAgent
	}
	if !t.client.IsAllowListed(address) {
		select {
		case <-time.After(pauseBetween):
		case <-t.ctx.Done():
			return nil, t.ctx.Err()
		}
	}
	res, err := t.client.Get(t.ctx, r, time.Now())
	var p *fetch.Problem
	if errors.As(err, &p) && p.Kind == fetch.RetryLater {
		t.busy = err
	}
	return res, err
}
