package published

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/feed"
)

// FuzzRead reads any document as a topic feed: it takes only items with ids of ours.
func FuzzRead(f *testing.F) {
	f.Add([]byte(`<feed xmlns="http://www.w3.org/2005/Atom"><title>X</title><updated>2026-11-27T00:00:00Z</updated><link rel="prev-archive" href="/topics/x/archive/1.atom"/>
<entry><id>tag:press.example,2026-11-27:0123456789abc</id><title>A &amp; B</title><updated>2026-11-27T00:00:00Z</updated><published>2026-11-27T00:00:00Z</published><link href="https://a.example/1"/></entry>
<entry><id>tag:press.example,2026-11-27:0123456789abd</id><title>Removed</title><updated>2026-11-27T00:00:00Z</updated><link href="https://press.example/topics/x"/></entry></feed>`), "topics/x.atom")
	f.Add([]byte(`<rss version="2.0"><channel><title>X</title><item><guid isPermaLink="false">tag:press.example,2026-11-27:0123456789abc</guid><title>A</title><link>https://a.example/1</link><pubDate>Fri, 27 Nov 2026 00:00:00 GMT</pubDate></item></channel></rss>`), "/topics/x.rss")
	f.Add([]byte(`{"version":"https://jsonfeed.org/version/1.1","title":"X","items":[{"id":"tag:press.example,2026-11-27:0123456789abc","title":"A","url":"https://a.example/1","content_text":"A"}]}`), "x.json")
	f.Fuzz(func(t *testing.T, body []byte, name string) {
		p, err := Read(bytes.NewReader(body), name, feed.Hints{})
		if err != nil {
			return
		}
		for _, it := range p.Items {
			if len(it.Story.ID) != 13 || !strings.HasSuffix(it.Story.URI, ":"+it.Story.ID) || it.Entry.Story != it.Story.ID {
				t.Errorf("item %+v", it)
			}
			for _, place := range it.Story.Places {
				if place.Updated.Before(place.At) || place.At.Location() != time.UTC {
					t.Errorf("place %+v", place)
				}
			}
		}
		for _, uri := range p.Notes {
			if !tagURIs().MatchString(uri) {
				t.Errorf("note %q", uri)
			}
		}
	})
}
