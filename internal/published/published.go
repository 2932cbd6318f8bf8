// Package published reads topic feeds as readers have them: which stories they know by which
// ids. A restore asks it what was published since the backup.
package published

import (
	"fmt"
	"io"
	"path"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/slugline/slugline/internal/canon"
	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/news"
)

// MaxBytes is the size of the largest document that Read reads.
const MaxBytes = 64 << 20

// Item is an item of a topic feed as readers have it.
type Item struct {
	Topic string
	Story news.AdoptedStory
	Entry news.AdoptedEntry
}

// Page is what a topic feed or a page of its archive has.
type Page struct {
	Place   string // the folder, file or address that was named; Read leaves it empty
	Name    string // its own path
	Topic   string
	Archive bool // a page of an archive, not the feed
	Atom    bool // the whole document is Atom, which has notes and archives
	Updated time.Time
	Next    string // address of the page with older items; empty: there is none
	Bytes   int
	Items   []Item
	Notes   []string // URIs of the stories that notes replace: they were hidden or withdrawn
}

// Read reads a document of at most MaxBytes. The path in its name tells the topic.
func Read(in io.Reader, name string, h feed.Hints) (Page, error) {
	body, err := io.ReadAll(io.LimitReader(in, MaxBytes+1))
	switch {
	case err != nil:
		return Page{}, err
	case len(body) > MaxBytes:
		return Page{}, fmt.Errorf("it is larger than %d MB: it is no feed of ours", MaxBytes>>20)
	}
	h.MaxBytes = MaxBytes
	doc, err := feed.Read(body, h)
	if err != nil {
		return Page{}, err
	}
	page := PageOf(doc, name)
	page.Bytes = len(body)
	return page, nil
}

// tagURIs matches the URI of an item; its id is the last part.
var tagURIs = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^tag:[^,:\s]+,\d{4}-\d\d-\d\d:([0-9a-hjkmnp-tv-z]{13})$`)
})

// topicFiles matches the path of a topic feed or archive page; the name of the topic is in
// it.
var topicFiles = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?:^|/)topics/([a-z0-9-]+)(?:\.(?:atom|rss|json)$|(/archive/))`)
})

// PageOf returns what a document has that has ids of ours. Its path tells the topic.
func PageOf(doc *feed.Document, name string) Page {
	p := Page{Name: name, Topic: strings.TrimSuffix(path.Base(name), path.Ext(name)), Updated: news.Instant(doc.Updated), Next: doc.Next}
	p.Atom = strings.HasPrefix(doc.Format, "Atom") && !doc.Truncated && doc.Cut == ""
	if m := topicFiles().FindStringSubmatch(name); m != nil {
		p.Topic, p.Archive = m[1], m[2] != ""
	}
	updated := map[string]time.Time{}
	for _, it := range doc.Items {
		updated[it.ID] = news.Instant(it.Updated)
	}
	for _, en := range canon.Entries(doc, news.Source{}) {
		m := tagURIs().FindStringSubmatch(en.GUID)
		switch {
		case m == nil:
		case isNote(&en, p.Topic, m[1], locale.Of(doc.Language)):
			p.Notes = append(p.Notes, en.GUID)
		default:
			p.Items = append(p.Items, itemOf(&en, p.Topic, m[1], updated[en.GUID]))
		}
	}
	return p
}

// itemOf returns the item that readers know by the id of a story.
func itemOf(en *news.Entry, topic, id string, updated time.Time) Item {
	it := Item{Topic: topic, Story: news.AdoptedStory{ID: id, URI: en.GUID, First: en.Published}}
	if !en.Published.IsZero() {
		it.Story.Places = map[string]news.AdoptedPlace{topic: {At: en.Published, Updated: news.Later(en.Published, updated)}}
	}
	it.Entry = news.AdoptedEntry{Story: id, Keys: news.Keys{Page: en.Keys.Page, Text: en.Keys.Text}, Published: en.Published}
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
