package main

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/canon"
	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/poll"
	"github.com/slugline/slugline/internal/weburl"
)

// maxDocument is the largest document that is read from a file, in bytes.
const maxDocument = 8 << 20

type tryCommand struct {
	Address string `arg:"" name:"url|file" help:"A web address or a file; - reads standard input."`
}

// tried is the JSON output of try.
type tried struct {
	Feed    triedFeed    `json:"feed"`
	Entries []triedEntry `json:"entries"`
	Visit   *politeness  `json:"visit,omitempty"` // of an address, not of a file
}

type triedFeed struct {
	Title string  `json:"title"`
	Link  *string `json:"link"`
	Cut   string  `json:"cut,omitempty"` // in plain words, what is not read
}

// triedEntry is an item as the document has it: the id is unchanged, the link resolved only
// if the document has a base address, published in UTC.
type triedEntry struct {
	ID        *string `json:"id"`
	Title     string  `json:"title"`
	Link      *string `json:"link"`
	Published *string `json:"published"`
}

func (c *tryCommand) Run(s *shell) error {
	t := &trial{shell: s, address: c.Address}
	defer t.close()
	body, h, err := t.read()
	if err != nil {
		return t.failed(err)
	}
	doc, err := feed.Read(body, h)
	if a := t.answer; a != nil && a.Broken != nil && (err != nil || doc.Truncated) {
		return t.failed(a.Broken)
	}
	if page := t.webPage(err, body, h); page != nil {
		return t.offerFeeds(page)
	}
	if err == nil && len(doc.Sitemaps) > 0 {
		err = t.readIndex(doc)
	}
	if err != nil {
		return t.failed(err)
	}
	if a := t.answer; a != nil && a.Cut && doc.Truncated {
		doc.Cut = a.WhyCut(doc.Cut)
	}
	return t.show(doc)
}

// trial is one run of try.
type trial struct {
	*shell
	address string        // as given
	client  *fetch.Client // nil: a file is read
	request fetch.Request // the first one
	answer  *fetch.Result // to it
	busy    error         // a server asked for no more requests
}

func (t *trial) close() {
	if t.answer != nil {
		t.answer.Release()
	}
	if t.client != nil {
		t.client.Close()
	}
}

// shown returns the address without user and password.
func (t *trial) shown() string { return withoutUser(t.address) }

// withoutUser returns an address without user and password. Of what is no address, all
// that may be a password is left out.
func withoutUser(address string) string {
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

// failed returns the error of try. If the server asks for a password, it prints how
// feeds.yaml has one.
func (t *trial) failed(err error) error {
	var p *fetch.Problem
	if errors.As(err, &p) && !p.RetryAfter.IsZero() {
		err = fmt.Errorf("%w; it asks not to be visited before %s", err, p.RetryAfter.Format("2006-01-02 15:04 MST"))
	}
	err = fmt.Errorf("try %s: %w", t.shown(), err)
	if p == nil || p.Status != http.StatusUnauthorized {
		return err
	}
	fmt.Fprintf(printable{t.err}, "slugline: %s\n", err)
	if u, err := weburl.Parse(t.request.URL); t.request.Header != nil || err == nil && u.User != nil {
		fmt.Fprintf(t.err, "It does not accept the user and password, or the headers, that were sent.\n")
	} else {
		t.printCredentials()
	}
	return &printedError{err}
}

// printCredentials prints the lines for feeds.yaml with which a source sends a token, or a
// user name and a password, from the environment.
func (t *trial) printCredentials() {
	address := weburl.Absolute(t.address)
	scheme, rest, _ := strings.Cut(address, "://")
	fmt.Fprintf(printable{t.err}, `
If you have a token, write in feeds.yaml, with the token in the environment variable FEED_TOKEN:

  - feed: %q
    headers: {Authorization: "Bearer ${FEED_TOKEN}"}

If you have a user name and a password:

  - feed: %q
`, address, scheme+"://${FEED_USER}:${FEED_PASSWORD}@"+rest)
}

// webPage returns what a document that is no feed says about feeds; nil if it is no web
// page and the header of its answer names no feed.
func (t *trial) webPage(fault error, body []byte, h feed.Hints) *feed.WebPage {
	var p *feed.Problem
	if !errors.As(fault, &p) {
		return nil
	}
	if t.client == nil {
		h.URL = noAddress
	}
	isPage := p.IsWebPage || t.client == nil && hasExtension(t.address, ".html", ".htm")
	if !isPage {
		body = nil
	}
	page := feed.ReadPage(body, h, poll.PageLinks(t.answer)...)
	if !isPage && len(page.Feeds) == 0 {
		return nil
	}
	return page
}

// show prints a feed, and how it may be visited.
func (t *trial) show(doc *feed.Document) error {
	var m *politeness
	if t.answer != nil {
		open := t.request.URL == weburl.Absolute(t.address)
		m = politenessOf(t.request.URL, open, t.answer, doc)
	}
	if t.json {
		out := documentJSON(doc)
		out.Visit = m
		return t.printJSON(out)
	}
	if m != nil {
		m.print(t.shell)
	}
	t.printDocument(doc)
	return nil
}

func hasExtension(file string, ends ...string) bool {
	return slices.Contains(ends, strings.ToLower(filepath.Ext(file)))
}

// read reads the file, or makes the first visit.
func (t *trial) read() ([]byte, feed.Hints, error) {
	if !isWebAddress(t.address) {
		b, err := t.readFile(t.address, maxDocument)
		if errors.Is(err, fs.ErrNotExist) && strings.Contains(t.address, ".") && !strings.ContainsAny(t.address, `\ `) {
			err = fmt.Errorf("%w; an address starts with https://", err)
		}
		if err == nil {
			b, err = unpacked(b)
		}
		return b, feed.Hints{}, err
	}
	if err := t.connect(); err != nil {
		return nil, feed.Hints{}, err
	}
	res, err := t.client.Get(t.ctx, t.request, time.Now())
	if err != nil {
		return nil, feed.Hints{}, err
	}
	t.answer = res
	return res.Body, hintsOf(res), nil
}

// unpacked returns the content of a gzip file, and any other file as it is.
func unpacked(file []byte) ([]byte, error) {
	if !bytes.HasPrefix(file, []byte("\x1f\x8b")) {
		return file, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(file))
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.LimitReader(z, maxDocument+1))
	if len(b) > maxDocument {
		err = fmt.Errorf("it is larger than %d MB when decompressed", maxDocument>>20)
	}
	return b, err
}

// isWebAddress reports whether s begins with a scheme for web addresses or feeds.
func isWebAddress(s string) bool {
	scheme, _, ok := strings.Cut(s, ":")
	return ok && len(scheme) > 1 && !strings.Contains(scheme, ".") && weburl.Absolute(s) != "" || strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://")
}

func hintsOf(res *fetch.Result) feed.Hints {
	return feed.Hints{
		URL: res.URL, MaxBytes: res.MaxBytes, ContentType: res.Header.Get("Content-Type"),
		ContentLocation: res.ContentLocation, ContentLanguage: res.Header.Get("Content-Language"),
	}
}

// connect makes the client and the request, with the settings of feeds.yaml if there is a
// valid one.
func (t *trial) connect() (err error) {
	f := fetch.Config{Version: version()}
	t.request = fetch.Request{URL: cmp.Or(weburl.Absolute(t.address), t.address)}
	c, err := config.Read(t.path, os.LookupEnv)
	switch {
	case err == nil:
		f.URL, f.Contact, f.Allow = c.Site.URL, c.Fetch.Contact, c.Fetch.Allow
		t.request = withSourceSettings(c, t.address, t.request)
	case !errors.Is(err, fs.ErrNotExist):
		fmt.Fprintf(t.err, "slugline: %s has errors (see `slugline check`) and is not used\n", t.path)
	}
	t.client, err = fetch.New(f)
	return err
}

// withSourceSettings adds the settings of feeds.yaml if the address is one of its sources.
func withSourceSettings(c *config.Config, address string, r fetch.Request) fetch.Request {
	for i := range c.Sources {
		if src := &c.Sources[i]; src.URL == r.URL || src.Address == r.URL || src.Address == address {
			return fetch.Request{URL: src.URL, Header: src.Header, UserAgent: src.UserAgent, MaxBytes: src.MaxBytes, Timeout: src.Timeout, Authority: src.Authority}
		}
	}
	return r
}

func documentJSON(doc *feed.Document) tried {
	t := tried{Feed: triedFeed{Title: canon.Feed(doc).Title, Link: orNull(doc.Site), Cut: doc.Cut}, Entries: []triedEntry{}}
	for i := range doc.Items {
		it := &doc.Items[i]
		e := triedEntry{ID: orNull(it.ID), Title: canon.Title(it), Link: orNull(it.Link)}
		if at := publishedTime(it); !at.IsZero() {
			e.Published = orNull(at.Format(time.RFC3339))
		}
		t.Entries = append(t.Entries, e)
	}
	return t
}

func publishedTime(it *feed.Item) time.Time {
	if it.Published.IsZero() {
		return it.Updated.UTC()
	}
	return it.Published.UTC()
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func (s *shell) printDocument(doc *feed.Document) {
	s.printf("%s: %s, %s.\n", doc.Format, cmp.Or(canon.Feed(doc).Title, "without a title"), plural(len(doc.Items), "item"))
	if doc.Cut != "" {
		s.printf("Not all of it is read: %s.\n", doc.Cut)
	}
	if doc.Site != "" {
		s.printf("Web site: %s\n", doc.Site)
	}
	for i := range doc.Items {
		it := &doc.Items[i]
		at := "no date         "
		if t := publishedTime(it); !t.IsZero() {
			at = t.Format("2006-01-02 15:04")
		}
		s.printf("%s  %s\n", at, cmp.Or(canon.Title(it), it.Link, it.ID, "(no headline, no link)"))
	}
}
