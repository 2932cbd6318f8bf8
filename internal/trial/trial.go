// Package trial reads an address once, before it is a source.
//
// It says what is there: a feed, or a web page and the feeds that the page or its site
// offers. It makes requests as the daemon does: with the client's limits, with a pause
// between requests to a server, none after a server asked to wait, and with the headers
// of a source for the source's host alone. It stores nothing.
//
//	trial.go    the first request, and what its answer is
//	page.go     feeds of a web page
//	sitemap.go  news sitemaps and their indexes
//	report.go   what is worth knowing about a feed before it becomes a source
package trial

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/poll"
	"github.com/slugline/slugline/internal/weburl"
)

// Trial is one attempt at an address, or at a document from a file. Its user sets the
// first three fields, calls Visit or Read once, and Close at the end.
type Trial struct {
	Name    string        // the address or the file, as given
	Client  *fetch.Client // nil: the document is from a file, and no request is made
	Request fetch.Request // the first one

	Answer   *fetch.Result  // to the first request; nil if it has none
	Document *feed.Document // nil if there is no feed
	Offers   []Offer        // if it is a web page: the feeds that it names, or that its site has
	Said     string         // where the offers are from, in words that follow "this is a web page"

	ctx  context.Context
	busy error // a server asked for no more requests
}

// Close releases the first answer.
func (t *Trial) Close() {
	if t.Answer != nil {
		t.Answer.Release()
	}
}

// Visit makes the first request and reads the answer. The error says in plain words why
// there is neither a feed nor an offer of one; it is or wraps a *fetch.Problem or a
// *feed.Problem if the server or the document is at fault.
func (t *Trial) Visit(ctx context.Context) error {
	res, err := t.Client.Get(ctx, t.Request, time.Now())
	var p *fetch.Problem
	if errors.As(err, &p) && p.Kind == fetch.RetryLater {
		t.busy = err
	}
	if err != nil {
		return err
	}
	t.Answer = res
	return t.Read(ctx, res.Body, HintsOf(res))
}

// Read reads the document. Its errors are those of Visit.
func (t *Trial) Read(ctx context.Context, body []byte, h feed.Hints) error {
	t.ctx = ctx
	doc, err := feed.Read(body, h)
	if a := t.Answer; a != nil && a.Broken != nil && (err != nil || doc.Truncated) {
		return a.Broken
	}
	if page := t.webPage(err, body, h); page != nil {
		return t.findFeeds(page)
	}
	if err == nil && len(doc.Sitemaps) > 0 {
		err = t.readIndex(doc)
	}
	if err != nil {
		return err
	}
	if a := t.Answer; a != nil && a.Cut && doc.Truncated {
		doc.Cut = a.WhyCut(doc.Cut)
	}
	t.Document = doc
	return nil
}

// webPage returns what a document that is no feed says about feeds; nil if it is no web
// page and the header of its answer names no feed.
func (t *Trial) webPage(fault error, body []byte, h feed.Hints) *feed.WebPage {
	var p *feed.Problem
	if !errors.As(fault, &p) {
		return nil
	}
	if t.Client == nil {
		h.URL = noAddress
	}
	isPage := p.IsWebPage || t.Client == nil && hasExtension(t.Name, ".html", ".htm")
	if !isPage {
		body = nil
	}
	page := feed.ReadPage(body, h, poll.PageLinks(t.Answer)...)
	if !isPage && len(page.Feeds) == 0 {
		return nil
	}
	return page
}

func hasExtension(file string, ends ...string) bool {
	return slices.Contains(ends, strings.ToLower(filepath.Ext(file)))
}

// HintsOf returns what an answer says about its body.
func HintsOf(res *fetch.Result) feed.Hints {
	return feed.Hints{
		URL: res.URL, MaxBytes: res.MaxBytes, ContentType: res.Header.Get("Content-Type"),
		ContentLocation: res.ContentLocation, ContentLanguage: res.Header.Get("Content-Language"),
	}
}

// WithoutUser returns an address without user and password. Of what is no address, all
// that may be a password is left out.
func WithoutUser(address string) string {
	u, err := weburl.Parse(address)
	switch i := strings.LastIndexByte(address, '@'); {
	case err == nil && u.User != nil:
		u.User = nil
		return u.String()
	case err != nil && i >= 0 && strings.Contains(address, "//"):
		return "…" + address[i:]
	}
	return address
}

// pauseBetween is the time between two requests, as in the daemon.
const pauseBetween = time.Second

// get makes a further request, after a pause. Only the host of the first one gets the
// source's headers. Once a server has asked to come back later, there are no more requests.
func (t *Trial) get(address string) (*fetch.Result, error) {
	if t.busy != nil {
		return nil, t.busy
	}
	r := fetch.Request{URL: address, MaxBytes: t.Request.MaxBytes, Timeout: t.Request.Timeout, Authority: t.Request.Authority}
	if fetch.SameHost(t.Request.URL, address) {
		r.Header, r.UserAgent = t.Request.Header, t.Request.UserAgent
	}
	if !t.Client.IsAllowListed(address) {
		select {
		case <-time.After(pauseBetween):
		case <-t.ctx.Done():
			return nil, t.ctx.Err()
		}
	}
	res, err := t.Client.Get(t.ctx, r, time.Now())
	var p *fetch.Problem
	if errors.As(err, &p) && p.Kind == fetch.RetryLater {
		t.busy = err
	}
	return res, err
}
