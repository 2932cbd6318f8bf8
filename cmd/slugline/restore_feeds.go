package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/published"
	"github.com/slugline/slugline/internal/site/export"
	"github.com/slugline/slugline/internal/store"
)

const (
	maxArchives = 1000 // archive pages that are followed from one address

	maxFromAddress  = 512 << 20        // bytes of all of them
	maxFromTime     = 10 * time.Minute // for all of them
	maxAnswerTime   = time.Minute      // for one
	maxRedirects    = 10
	maxPublishedAll = 1_000_000 // items of all feeds
)

// readFeeds reads all feeds that are at hand. Files in folders that are not our feeds have
// no items.
func (r *restoreCommand) readFeeds(ctx context.Context, c *config.Config, done *restored) ([]published.Page, error) {
	from := r.From
	if len(from) == 0 {
		from = exportsBeside(filepath.Dir(c.Path))
	}
	var all []published.Page
	items := 0
	for _, name := range from {
		found, err := readPublished(ctx, name, c.Site.URL)
		if err != nil {
			return nil, usageError{fmt.Errorf("--from %s: %w; nothing has changed", name, err)}
		}
		n := 0
		for i := range found {
			found[i].Place = name
			n += len(found[i].Items) + len(found[i].Notes)
		}
		if n == 0 && slices.Contains(r.From, name) {
			return nil, usageError{fmt.Errorf("--from %s: no item of a topic feed is in it; nothing has changed", name)}
		}
		if items += n; items > maxPublishedAll {
			return nil, usageError{fmt.Errorf("--from %s: it has more than %d items; nothing has changed", name, maxPublishedAll)}
		}
		all = append(all, found...)
		done.Sources = append(done.Sources, name)
	}
	return all, nil
}

// exportsBeside returns the folders in a folder that slugline export wrote.
func exportsBeside(dir string) []string {
	found, err := filepath.Glob(filepath.Join(globQuoted(dir), "*", export.StateFile))
	if err != nil {
		return nil
	}
	for i := range found {
		found[i] = filepath.Dir(found[i])
	}
	return found
}

// globQuoted quotes a path for filepath.Glob.
func globQuoted(path string) string {
	return regexp.MustCompile(`[\\*?\[]`).ReplaceAllString(path, `\$0`)
}

// readPublished reads a folder, a file or an address. site is where our public pages are.
func readPublished(ctx context.Context, name, site string) ([]published.Page, error) {
	if strings.HasPrefix(name, "http://") || strings.HasPrefix(name, "https://") {
		return readPublishedAt(ctx, name, site)
	}
	var all []published.Page
	err := filepath.WalkDir(name, func(path string, f fs.DirEntry, err error) error {
		if err != nil || f.IsDir() || path != name && filepath.Ext(path) != ".atom" {
			return errors.Join(err, ctx.Err())
		}
		in, err := os.Open(path)
		if err != nil {
			return err
		}
		defer in.Close()
		page, err := published.Read(in, filepath.ToSlash(path), feed.Hints{})
		if err != nil && path == name {
			return err
		}
		if err == nil {
			all = append(all, page)
		}
		return nil
	})
	return all, err
}

// feedReader reads feeds of one server. An operator named its address, which may be
// private, so neither a link nor a redirect may lead to another host.
type feedReader struct {
	client http.Client
	first  *url.URL // what the operator named
	site   string   // links that begin with it lead to first's server, which is a copy of the site
}

func newFeedReader(first *url.URL, site string) *feedReader {
	r := &feedReader{first: first, site: site}
	r.client = http.Client{Timeout: maxAnswerTime, CheckRedirect: func(next *http.Request, via []*http.Request) error {
		switch {
		case len(via) > maxRedirects:
			return fmt.Errorf("it leads on more than %d times", maxRedirects)
		case !strings.EqualFold(next.URL.Hostname(), first.Hostname()):
			return fmt.Errorf("it leads to another server, %s: name that address if it is yours", next.URL.Host)
		}
		return nil
	}}
	return r
}

// readPublishedAt reads the feed at an address, and the archive pages that it names.
func readPublishedAt(ctx context.Context, address, site string) ([]published.Page, error) {
	first, err := url.Parse(address)
	if err != nil || first.Hostname() == "" {
		return nil, errors.New("it is no address")
	}
	ctx, cancel := context.WithTimeoutCause(ctx, maxFromTime, fmt.Errorf("it takes more than %v", maxFromTime))
	defer cancel()
	r := newFeedReader(first, site)
	defer r.client.CloseIdleConnections()
	var all []published.Page
	size := 0
	for seen := map[string]bool{}; address != "" && !seen[address]; {
		if len(seen) > maxArchives {
			break // what is older keeps its ids if the backup has it
		}
		seen[address] = true
		page, err := r.read(ctx, address)
		if err != nil {
			return nil, err
		}
		if size += page.Bytes; size > maxFromAddress {
			return nil, fmt.Errorf("it and its archive pages are larger than %d MB", maxFromAddress>>20)
		}
		all = append(all, page)
		if address, err = r.rebase(page.Next); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// rebase returns where the page at a link is read: on the server that the operator named.
func (r *feedReader) rebase(link string) (string, error) {
	if link == "" {
		return "", nil
	}
	if rest, ok := strings.CutPrefix(link, r.site+"/"); ok && r.site != "" {
		base, _, _ := strings.Cut(r.first.Path, "/topics/")
		link = r.first.Scheme + "://" + r.first.Host + strings.TrimRight(base, "/") + "/" + rest
	}
	u, err := url.Parse(link)
	if err != nil || u.Host != r.first.Host {
		return "", fmt.Errorf("its archive is on another server, %s: name that address, too, if it is yours", link)
	}
	return link, nil
}

func (r *feedReader) read(ctx context.Context, address string) (published.Page, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return published.Page{}, err
	}
	resp, err := r.client.Do(req)
	if err != nil {
		return published.Page{}, plainGetError(ctx, address, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return published.Page{}, fmt.Errorf("get %s: the server says %s", address, resp.Status)
	}
	page, err := published.Read(resp.Body, req.URL.Path, feed.Hints{URL: address, ContentType: resp.Header.Get("Content-Type")})
	if err != nil {
		return published.Page{}, plainGetError(ctx, address, err)
	}
	return page, nil
}

// plainGetError says what went wrong, without what http.Client puts around it.
func plainGetError(ctx context.Context, address string, err error) error {
	if e := (*url.Error)(nil); errors.As(err, &e) {
		err = e.Err
	}
	switch {
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	case os.IsTimeout(err):
		err = fmt.Errorf("it takes more than %v", maxAnswerTime)
	case errors.Is(err, io.ErrUnexpectedEOF):
		err = errors.New("the answer ends too early")
	}
	return fmt.Errorf("get %s: %w", address, err)
}

// fromFeeds adopts the items of feeds that neither the backup nor the present database has. Of
// one whose entry they have forgotten, it adopts the keys.
func (a *adopter) fromFeeds(pages []published.Page) error {
	var rules *news.Rules
	stories := map[string]*published.Item{}
	var order []string
	if err := a.st.View(func(tx *store.Tx) (err error) { rules, err = tx.Rules(); return err }); err != nil {
		return err
	}
	var items []*published.Item
	for i := range pages {
		for j := range pages[i].Items {
			items = append(items, &pages[i].Items[j])
		}
	}
	for _, it := range items {
		it.Entry.Item = slices.ContainsFunc(rules.Topics, func(t news.Topic) bool {
			return t.Name == it.Topic && (t.Fold == news.FoldNone || t.Fold == news.FoldLink)
		})
		if a.done.adopted[it.Story.ID] && (a.keyed[it.Story.ID] || it.Entry.Item) {
			continue // from the database
		}
		if first, ok := stories[it.Story.ID]; ok {
			for topic, p := range it.Story.Places { // the same item in another topic
				first.Story.Places[topic] = p
			}
			continue
		}
		s, err := a.story(it.Story.ID)
		if err != nil {
			return err
		}
		if s != nil {
			if err := a.adoptForgotten(s, it); err != nil {
				return err
			}
			continue
		}
		stories[it.Story.ID] = it
		order = append(order, it.Story.ID)
	}
	for _, id := range order {
		if !a.done.adopted[id] {
			stories[id].Story.Shown = a.sent.published
			a.adoption.Stories = append(a.adoption.Stories, stories[id].Story)
		}
		a.adoption.Entries = append(a.adoption.Entries, stories[id].Entry)
		a.done.adopted[id] = true
		if err := a.flushIfLarge(); err != nil {
			return err
		}
	}
	return nil
}

// adoptForgotten adopts the keys of an item whose story the backup has, if retention deleted the
// entry with which it began. If its source lists it again, it is no news.
func (a *adopter) adoptForgotten(s *news.Story, it *published.Item) error {
	if s.MergedInto != "" || it.Entry.Item || a.keyed[s.ID] {
		return nil
	}
	i := slices.IndexFunc(s.Takes, func(t news.Take) bool { return t.Entry == s.Lead })
	if i < 0 {
		return nil
	}
	a.keyed[s.ID] = true
	known := false
	err := a.st.View(func(tx *store.Tx) error {
		en, err := tx.Entries.Get(s.Lead)
		known = en != nil
		return err
	})
	if err != nil || known {
		return err
	}
	en := it.Entry
	en.Source, en.Entry, en.At = s.Takes[i].Source, s.Lead, s.Takes[i].At
	a.adoption.Entries = append(a.adoption.Entries, en)
	return a.flushIfLarge()
}
