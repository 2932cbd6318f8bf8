package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/canon"
	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/fetch"
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
	body, h, trip, err := c.read(s)
	if err != nil {
		return fmt.Errorf("try %s: %w", c.Address, err)
	}
	doc, err := feed.Read(body, h)
	var p *feed.Problem
	if errors.As(err, &p) && (p.IsWebPage || h.URL == "" && hasExtension(c.Address, ".html", ".htm")) {
		return s.listFeeds(c.Address, body, h.URL)
	}
	if err != nil {
		return fmt.Errorf("try %s: %w", c.Address, err)
	}
	var m *politeness
	if trip != nil {
		m = politenessOf(trip.requested, trip.requested == c.Address, trip.Result, doc)
	}
	if s.json {
		t := documentJSON(doc)
		t.Visit = m
		return s.printJSON(t)
	}
	if m != nil {
		m.print(s)
	}
	s.printDocument(doc)
	return nil
}

func hasExtension(file string, ends ...string) bool {
	return slices.Contains(ends, strings.ToLower(filepath.Ext(file)))
}

func (c *tryCommand) read(s *shell) ([]byte, feed.Hints, *visitResult, error) {
	if !strings.HasPrefix(c.Address, "http://") && !strings.HasPrefix(c.Address, "https://") {
		b, err := s.readFile(c.Address, maxDocument)
		if errors.Is(err, fs.ErrNotExist) && strings.Contains(c.Address, ".") && !strings.ContainsAny(c.Address, `\ `) {
			err = fmt.Errorf("%w; an address starts with https://", err)
		}
		return b, feed.Hints{}, nil, err
	}
	res, err := s.visit(c.Address)
	if err != nil {
		return nil, feed.Hints{}, nil, err
	}
	h := feed.Hints{URL: res.URL, ContentType: res.Header.Get("Content-Type"), ContentLocation: res.Header.Get("Content-Location"), ContentLanguage: res.Header.Get("Content-Language")}
	return res.Body, h, res, nil
}

// visitResult is the answer to a visit and the address that was requested.
type visitResult struct {
	*fetch.Result
	requested string
}

// visit makes one visit as the daemon would, with the settings of feeds.yaml if there is
// a valid one.
func (s *shell) visit(address string) (*visitResult, error) {
	f := fetch.Config{Version: version()}
	r := fetch.Request{URL: address}
	c, err := config.Read(s.path, os.LookupEnv)
	switch {
	case err == nil:
		f.URL, f.Contact, f.Allow = c.Site.URL, c.Fetch.Contact, c.Fetch.Allow
		r = withSourceSettings(c, r)
	case !errors.Is(err, fs.ErrNotExist):
		fmt.Fprintf(s.err, "slugline: %s has errors (see `slugline check`) and is not used\n", s.path)
	}
	client, err := fetch.New(f)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	res, err := client.Get(s.ctx, r, time.Now())
	var p *fetch.Problem
	if errors.As(err, &p) && !p.RetryAfter.IsZero() {
		err = fmt.Errorf("%w; it asks not to be visited before %s", err, p.RetryAfter.Format("2006-01-02 15:04 MST"))
	}
	return &visitResult{res, r.URL}, err
}

// withSourceSettings adds the settings of feeds.yaml if the address is one of its sources.
func withSourceSettings(c *config.Config, r fetch.Request) fetch.Request {
	for i := range c.Sources {
		if src := &c.Sources[i]; src.URL == r.URL || src.Address == r.URL {
			return fetch.Request{URL: src.URL, Header: src.Header, UserAgent: src.UserAgent}
		}
	}
	return r
}

func documentJSON(doc *feed.Document) tried {
	t := tried{Feed: triedFeed{Title: canon.Headline(doc.Title), Link: orNull(doc.Site)}, Entries: []triedEntry{}}
	for i := range doc.Items {
		it := &doc.Items[i]
		e := triedEntry{ID: orNull(it.ID), Title: canon.Headline(it.Title), Link: orNull(it.Link)}
		if at := published(it); !at.IsZero() {
			e.Published = orNull(at.Format(time.RFC3339))
		}
		t.Entries = append(t.Entries, e)
	}
	return t
}

func published(it *feed.Item) time.Time {
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
	s.printf("%s: %s, %s.\n", doc.Format, cmp.Or(canon.Headline(doc.Title), "without a title"), plural(len(doc.Items), "item"))
	if doc.Truncated {
		s.printf("It is truncated or too large: these are the items that could be read.\n")
	}
	if doc.Site != "" {
		s.printf("Web site: %s\n", doc.Site)
	}
	for i := range doc.Items {
		it := &doc.Items[i]
		at := "no date         "
		if t := published(it); !t.IsZero() {
			at = t.Format("2006-01-02 15:04")
		}
		s.printf("%s  %s\n", at, cmp.Or(canon.Headline(it.Title), it.Link, it.ID, "(no headline, no link)"))
	}
}

// noAddress is the address of a page that was read from a file.
const noAddress = "http://none.invalid/"

// listFeeds prints the feeds that a web page names.
func (s *shell) listFeeds(address string, page []byte, base string) error {
	local := base == ""
	if local {
		base = noAddress
	}
	links := feed.FindFeeds(page, base)
	if len(links) == 0 {
		return fmt.Errorf("try %s: this is a web page that names no feeds", address)
	}
	fmt.Fprintf(printable{s.err}, "slugline: try %s: this is a web page; it names these feeds:\n", address)
	all := []offeredFeed{}
	for _, l := range links {
		if path, ok := strings.CutPrefix(l.URL, noAddress); ok && local {
			l.URL = "/" + path + " at the page's address"
		}
		all = append(all, offeredFeed{l.URL, l.Title, l.Type})
		fmt.Fprintf(printable{s.err}, "  %s  %s\n", l.URL, l.Title)
	}
	err := error(&printedError{errors.New("a web page")})
	if s.json {
		err = errors.Join(s.printJSON(map[string][]offeredFeed{"feeds": all}), err)
	}
	return err
}
