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
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/canon"
	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/site/export"
	"github.com/slugline/slugline/internal/store"
)

const (
	maxFeed     = 64 << 20 // bytes of a feed document
	maxArchives = 1000     // archive pages that are followed from one address
)

// publishedItem is an item of a topic feed as readers have it.
type publishedItem struct {
	topic string
	story news.AdoptedStory
	entry news.AdoptedEntry
}

// readFeeds reads the items of all feeds that are at hand. Files in folders that are not our
// feeds have none.
func (r *restoreCommand) readFeeds(ctx context.Context, c *config.Config, done *restored) ([]publishedItem, error) {
	from := r.From
	if len(from) == 0 {
		from = exportsBeside(filepath.Dir(c.Path))
	}
	var all []publishedItem
	for _, name := range from {
		found, err := readPublished(ctx, name)
		if err != nil {
			return nil, usageError{fmt.Errorf("--from %s: %w", name, err)}
		}
		if len(found) == 0 && slices.Contains(r.From, name) {
			return nil, usageError{fmt.Errorf("--from %s: no item of a topic feed is in it", name)}
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

// readPublished reads a folder, a file or an address.
func readPublished(ctx context.Context, name string) ([]publishedItem, error) {
	if strings.HasPrefix(name, "http://") || strings.HasPrefix(name, "https://") {
		return readPublishedAt(ctx, name)
	}
	var all []publishedItem
	err := filepath.WalkDir(name, func(path string, f fs.DirEntry, err error) error {
		if err != nil || f.IsDir() || path != name && filepath.Ext(path) != ".atom" {
			return errors.Join(err, ctx.Err())
		}
		in, err := os.Open(path)
		if err != nil {
			return err
		}
		defer in.Close()
		body, err := io.ReadAll(io.LimitReader(in, maxFeed))
		if err != nil {
			return err
		}
		doc, err := feed.Read(body, feed.Hints{MaxBytes: maxFeed})
		if err != nil && path == name {
			return err
		}
		if err == nil {
			all = append(all, publishedItems(doc, filepath.ToSlash(path))...)
		}
		return nil
	})
	return all, err
}

// readPublishedAt reads the feed at an address, and the archive pages that it names.
func readPublishedAt(ctx context.Context, address string) ([]publishedItem, error) {
	client := http.Client{Timeout: time.Minute}
	var all []publishedItem
	for seen := map[string]bool{}; address != "" && !seen[address] && len(seen) < maxArchives; {
		seen[address] = true
		doc, err := readFeedAt(ctx, &client, address)
		if err != nil {
			return nil, err
		}
		name := address
		if u, err := url.Parse(address); err == nil {
			name = u.Path
		}
		all = append(all, publishedItems(doc, name)...)
		address = doc.Next
	}
	return all, nil
}

func readFeedAt(ctx context.Context, client *http.Client, address string) (*feed.Document, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, errors.New(resp.Status)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxFeed))
	if err != nil {
		return nil, err
	}
	return feed.Read(body, feed.Hints{URL: address, ContentType: resp.Header.Get("Content-Type"), MaxBytes: maxFeed})
}

// tagURIs matches the URI of an item; its id is the last part.
var tagURIs = regexp.MustCompile(`^tag:[^,:\s]+,\d{4}-\d\d-\d\d:([0-9a-hjkmnp-tv-z]{13})$`)

// topicFiles matches the path of a topic feed or archive page; the name of the topic is in
// it.
var topicFiles = regexp.MustCompile(`(?:^|/)topics/([a-z0-9-]+)(?:\.(?:atom|rss|json)$|/archive/)`)

// publishedItems returns the items of a document that have ids of ours. Its path tells the
// topic. Notes of withdrawn stories have their ids too.
func publishedItems(doc *feed.Document, name string) []publishedItem {
	topic := strings.TrimSuffix(path.Base(name), path.Ext(name))
	if m := topicFiles.FindStringSubmatch(name); m != nil {
		topic = m[1]
	}
	updated := map[string]time.Time{}
	for _, it := range doc.Items {
		updated[it.ID] = news.Instant(it.Updated)
	}
	var all []publishedItem
	for _, en := range canon.Entries(doc, news.Source{}) {
		m := tagURIs.FindStringSubmatch(en.GUID)
		if m == nil {
			continue
		}
		it := publishedItem{topic: topic, story: news.AdoptedStory{ID: m[1], URI: en.GUID, First: en.Published}}
		if !en.Published.IsZero() {
			it.story.Places = map[string]news.AdoptedPlace{topic: {At: en.Published, Updated: news.Later(en.Published, updated[en.GUID])}}
		}
		it.entry = news.AdoptedEntry{Story: m[1], Keys: news.Keys{Page: en.Keys.Page, Text: en.Keys.Text}, Published: en.Published}
		all = append(all, it)
	}
	return all
}

// fromFeeds adopts the items of feeds that neither the backup nor the present database has.
func (a *adopter) fromFeeds(items []publishedItem) error {
	var rules *news.Rules
	stories := map[string]*publishedItem{}
	var order []string
	if err := a.st.View(func(tx *store.Tx) (err error) { rules, err = tx.Rules(); return err }); err != nil {
		return err
	}
	for i := range items {
		it := &items[i]
		if a.done.adopted[it.story.ID] {
			continue
		}
		it.entry.Item = slices.ContainsFunc(rules.Topics, func(t news.Topic) bool {
			return t.Name == it.topic && (t.Fold == news.FoldNone || t.Fold == news.FoldLink)
		})
		if first, ok := stories[it.story.ID]; ok {
			for topic, p := range it.story.Places { // the same item in another topic
				first.story.Places[topic] = p
			}
			continue
		}
		if has, err := a.hasStory(it.story.ID); err != nil {
			return err
		} else if has {
			continue
		}
		stories[it.story.ID] = it
		order = append(order, it.story.ID)
	}
	for _, id := range order {
		a.adoption.Stories = append(a.adoption.Stories, stories[id].story)
		a.adoption.Entries = append(a.adoption.Entries, stories[id].entry)
		a.done.adopted[id] = true
		if err := a.flushIfLarge(); err != nil {
			return err
		}
	}
	return nil
}
