package main

import (
	"path"
	"regexp"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/canon"
	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/news"
)

// publishedItem is an item of a topic feed as readers have it.
type publishedItem struct {
	topic string
	story news.AdoptedStory
	entry news.AdoptedEntry
}

// publishedPage is what a topic feed or a page of its archive has.
type publishedPage struct {
	place   string // the folder, file or address that was named
	name    string // its own path
	topic   string
	archive bool // a page of an archive, not the feed
	atom    bool
	updated time.Time
	next    string // address of the page with older items; empty: there is none
	bytes   int
	items   []publishedItem
	notes   []string // URIs of the stories that notes replace: they were hidden or withdrawn
}

// tagURIs matches the URI of an item; its id is the last part.
var tagURIs = regexp.MustCompile(`^tag:[^,:\s]+,\d{4}-\d\d-\d\d:([0-9a-hjkmnp-tv-z]{13})$`)

// topicFiles matches the path of a topic feed or archive page; the name of the topic is in
// it.
var topicFiles = regexp.MustCompile(`(?:^|/)topics/([a-z0-9-]+)(?:\.(?:atom|rss|json)$|(/archive/))`)

// pageOf returns what a document has that has ids of ours. Its path tells the topic.
func pageOf(doc *feed.Document, name string) publishedPage {
	p := publishedPage{name: name, topic: strings.TrimSuffix(path.Base(name), path.Ext(name)), updated: news.Instant(doc.Updated), next: doc.Next}
	p.atom = strings.HasPrefix(doc.Format, "Atom") && !doc.Truncated && doc.Cut == ""
	if m := topicFiles.FindStringSubmatch(name); m != nil {
		p.topic, p.archive = m[1], m[2] != ""
	}
	updated := map[string]time.Time{}
	for _, it := range doc.Items {
		updated[it.ID] = news.Instant(it.Updated)
	}
	for _, en := range canon.Entries(doc, news.Source{}) {
		m := tagURIs.FindStringSubmatch(en.GUID)
		switch {
		case m == nil:
		case isNote(&en, p.topic, m[1], locale.Of(doc.Language)):
			p.notes = append(p.notes, en.GUID)
		default:
			p.items = append(p.items, itemOf(&en, p.topic, m[1], updated[en.GUID]))
		}
	}
	return p
}

// itemOf returns the item that readers know by the id of a story.
func itemOf(en *news.Entry, topic, id string, updated time.Time) publishedItem {
	it := publishedItem{topic: topic, story: news.AdoptedStory{ID: id, URI: en.GUID, First: en.Published}}
	if !en.Published.IsZero() {
		it.story.Places = map[string]news.AdoptedPlace{topic: {At: en.Published, Updated: news.Later(en.Published, updated)}}
	}
	it.entry = news.AdoptedEntry{Story: id, Keys: news.Keys{Page: en.Keys.Page, Text: en.Keys.Text}, Published: en.Published}
	return it
}

// isNote reports whether an item is the note that a feed shows for a day in place of a story
// that was hidden, which links to the topic's page, or withdrawn, which links to the story's
// and says so in its title.
func isNote(en *news.Entry, topic, id string, l *locale.Locale) bool {
	if strings.HasSuffix(en.Link, "/topics/"+topic) {
		return true
	}
	return strings.HasSuffix(en.Link, "/stories/"+id) && strings.HasPrefix(en.Headline, l.Withdrawn+": ") && strings.Contains(en.Headline, " UTC)")
}
