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
	"strings"
	"time"

	"github.com/slugline/slugline/internal/canon"
	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/trial"
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
	t := &tryRun{shell: s, Trial: trial.Trial{Name: c.Address}}
	defer t.close()
	if err := t.read(); err != nil {
		return t.failed("try", err)
	}
	if t.Document == nil {
		return t.printOffers()
	}
	return t.show(t.Document)
}

// tryRun is one run of try, or the trial of add.
type tryRun struct {
	*shell
	trial.Trial
}

func (t *tryRun) close() {
	t.Close()
	if t.Client != nil {
		t.Client.Close()
	}
}

// shown returns the address without user and password.
func (t *tryRun) shown() string { return trial.WithoutUser(t.Name) }

// failed returns the error of a command that tries an address. If the server asks for a password, it prints how
// feeds.yaml has one.
func (t *tryRun) failed(command string, err error) error {
	var p *fetch.Problem
	if errors.As(err, &p) && !p.RetryAfter.IsZero() {
		err = fmt.Errorf("%w; it asks not to be visited before %s", err, p.RetryAfter.Format("2006-01-02 15:04 MST"))
	}
	err = fmt.Errorf("%s %s: %w", command, t.shown(), err)
	if p == nil || p.Status != http.StatusUnauthorized {
		return err
	}
	fmt.Fprintf(printable{t.err}, "slugline: %s\n", err)
	if u, err := weburl.Parse(t.Request.URL); t.Request.Header != nil || err == nil && u.User != nil {
		fmt.Fprintf(t.err, "It does not accept the user and password, or the headers, that were sent.\n")
	} else {
		t.printCredentials()
	}
	return &printedError{err}
}

// printCredentials prints the lines for feeds.yaml with which a source sends a token, or a
// user name and a password, from the environment.
func (t *tryRun) printCredentials() {
	address := weburl.Absolute(t.Name)
	scheme, rest, _ := strings.Cut(address, "://")
	fmt.Fprintf(printable{t.err}, `
If you have a token, write in feeds.yaml, with the token in the environment variable FEED_TOKEN:

  - feed: %q
    headers: {Authorization: "Bearer ${FEED_TOKEN}"}

If you have a user name and a password:

  - feed: %q
`, address, scheme+"://${FEED_USER}:${FEED_PASSWORD}@"+rest)
}

// show prints a feed, and how it may be visited.
func (t *tryRun) show(doc *feed.Document) error {
	var m *politeness
	if t.Answer != nil {
		open := t.Request.URL == weburl.Absolute(t.Name)
		m = politenessOf(t.Request.URL, open, t.Answer, doc)
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

// printOffers prints the feeds that a web page offers.
func (t *tryRun) printOffers() error {
	fmt.Fprintf(printable{t.err}, "slugline: try %s: this is a web page; %s:\n", t.shown(), t.Said)
	for _, f := range t.Offers {
		fmt.Fprintf(printable{t.err}, "  %s  %s\n", f.URL, f.Title)
	}
	err := error(&printedError{errors.New("a web page")})
	if t.json {
		err = errors.Join(t.printJSON(map[string][]trial.Offer{"feeds": t.Offers}), err)
	}
	return err
}

// read reads the file, or makes the first visit.
func (t *tryRun) read() error {
	if isWebAddress(t.Name) {
		if err := t.connect(); err != nil {
			return err
		}
		return t.Visit(t.ctx)
	}
	b, err := t.readFile(t.Name, maxDocument)
	if errors.Is(err, fs.ErrNotExist) && strings.Contains(t.Name, ".") && !strings.ContainsAny(t.Name, `\ `) {
		err = fmt.Errorf("%w; an address starts with https://", err)
	}
	if err == nil {
		b, err = unpacked(b)
	}
	if err != nil {
		return err
	}
	return t.Read(t.ctx, b, feed.Hints{})
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

// connect makes the client and the request, with the settings of feeds.yaml if there is a
// valid one.
func (t *tryRun) connect() (err error) {
	f := fetch.Config{Version: version()}
	t.Request = fetch.Request{URL: cmp.Or(weburl.Absolute(t.Name), t.Name)}
	c, err := config.Read(t.path, os.LookupEnv)
	switch {
	case err == nil:
		f.URL, f.Contact, f.Allow = c.Site.URL, c.Fetch.Contact, c.Fetch.Allow
		t.Request = withSourceSettings(c, t.Name, t.Request)
	case !errors.Is(err, fs.ErrNotExist):
		fmt.Fprintf(t.err, "slugline: %s has errors (see `slugline check`) and is not used\n", t.path)
	}
	t.Client, err = fetch.New(f)
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
		if at := trial.DateOf(it); !at.IsZero() {
			e.Published = orNull(at.Format(time.RFC3339))
		}
		t.Entries = append(t.Entries, e)
	}
	return t
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
		if t := trial.DateOf(it); !t.IsZero() {
			at = t.Format("2006-01-02 15:04")
		}
		s.printf("%s  %s\n", at, cmp.Or(canon.Title(it), it.Link, it.ID, "(no headline, no link)"))
	}
}
