package poll

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/bubble"
	"github.com/slugline/slugline/internal/canon"
	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// generatedFeed makes a document from bytes: the first byte selects what is around the items,
// and each other byte makes an item from so few values that guids, links, headlines and
// whole items often occur twice.
func generatedFeed(plan []byte) []byte {
	pick := func(b byte, of ...string) string { return of[int(b)%len(of)] }
	var b strings.Builder
	b.WriteString(`<rss xmlns:dc="http://purl.org/dc/elements/1.1/" version="2.0"><channel><title>T</title>`)
	if len(plan) > 0 {
		b.WriteString(pick(plan[0], "", `<lastBuildDate>Sun, 22 Nov 2026 08:00:00 GMT</lastBuildDate>`, `<language>ar</language>`, `<managingEditor>A</managingEditor>`))
	}
	for _, x := range plan[min(1, len(plan)):] {
		b.WriteString("<item>")
		b.WriteString(pick(x, "", "<guid>1</guid>", "<guid>2</guid>", "<guid isPermaLink='true'>https://a.example/p</guid>"))
		b.WriteString(pick(x>>2, "", "<link>https://a.example/p</link>", "<link>https://a.example/</link>", "<link>/q</link>"))
		b.WriteString(pick(x>>4, "", "<title>One</title>", "<title>Two</title>", "<title><![CDATA[</item>]]>One</title>"))
		b.WriteString(pick(x>>6, "", "<description>Of it</description>", "<pubDate>Sat, 21 Nov 2026 08:00:00 GMT</pubDate>", "<dc:creator>B</dc:creator>"))
		b.WriteString("</item>\n")
	}
	b.WriteString("</channel></rss>")
	return []byte(b.String())
}

// readOnce is a visit that read one document.
func readOnce(body []byte, m *lastDocument, st *news.SourceState) (*visit, error) {
	v := &visit{p: &Poller{}, conf: sourceNamed("a"), document: m, res: &fetch.Result{}}
	v.before.LastSuccess = time.Date(2026, 11, 22, 7, 0, 0, 0, time.UTC)
	v.began = v.before.LastSuccess.Add(time.Hour)
	return v, v.readNew(body, feed.Hints{URL: "https://a.example/rss"}, st)
}

// sameBothWays parses documents one after the other, with what is known of the last one and
// without, and compares the results. It returns how many items were not parsed.
func sameBothWays(t *testing.T, bodies ...[]byte) (spared int) {
	t.Helper()
	m, st := &lastDocument{}, &news.SourceState{}
	for _, body := range bodies {
		long, err := readOnce(body, &lastDocument{seen: m.seen}, st)
		short, err2 := readOnce(body, m, st)
		if fmt.Sprint(err) != fmt.Sprint(err2) {
			t.Fatalf("%q: without the last document %v, with it %v", body, err, err2)
		}
		if err != nil {
			return spared
		}
		if diff := cmp.Diff(long.makeBatch(st), short.makeBatch(st)); diff != "" {
			t.Fatalf("%q: batches (-without the last document +with it):\n%s", bodies, diff)
		}
		if diff := cmp.Diff(long.changes, short.changes, cmp.AllowUnexported(comparison{}, shownEntry{})); diff != "" {
			t.Fatalf("%q: changes (-without the last document +with it):\n%s", bodies, diff)
		}
		if diff := cmp.Diff(long.newDocument, short.newDocument, cmp.AllowUnexported(lastDocument{}, shownEntry{})); diff != "" {
			t.Fatalf("%q: new document (-without the last document +with it):\n%s", bodies, diff)
		}
		for _, it := range short.doc.Items {
			if it.Known {
				spared++
			}
		}
		m = decodeDocument(short.newDocument.encode())
		st = &news.SourceState{Visited: true, Listed: short.changes.listed, Feed: canon.Feed(short.doc), Entries: 9}
	}
	return spared
}

// FuzzDocument compares documents that are parsed in part with the same parsed as a whole:
// entries, batches and what is stored must be the same.
func FuzzDocument(f *testing.F) {
	f.Add([]byte("\x01\x55\x66\x77"), []byte("\x01\x99\x55\x66\x77"), []byte("\x02\x99\x55"))
	f.Add([]byte("\x00\x15\x16"), []byte("\x00\x15\x15\x16"), []byte("\x00\x16"))
	f.Add([]byte("\x00\x14\x25\x39"), []byte("\x00\x54\x25\x39"), []byte("\x03\x54\x25\x39"))
	f.Fuzz(func(t *testing.T, a, b, c []byte) {
		sameBothWays(t, generatedFeed(a), generatedFeed(b), generatedFeed(c))
	})
}

// FuzzAnyDocument does the same with arbitrary documents.
func FuzzAnyDocument(f *testing.F) {
	for _, body := range [][]byte{
		generatedFeed([]byte("\x01\x55\x66\x77\x11\x22")),
		[]byte(`<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><entry><id>1</id><title>a</title><link href="/x"/></entry><entry><id>2</id><content type="xhtml"><div>b</div></content></entry></feed>`),
		[]byte(`<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel/><item rdf:about="x"><title>a</title></item><item rdf:about="y"><title>b</title></item></rdf:RDF>`),
		[]byte(`{"version":"https://jsonfeed.org/version/1.1","title":"T","items":[{"id":"1","content_text":"a"},{"id":"2","content_text":"b"}]}`),
	} {
		f.Add(body, uint16(len(body)/2), uint8(2), []byte("x"))
		f.Add(body, uint16(len(body)-20), uint8(0), []byte("<item><guid>1</guid></item>"))
	}
	end := []byte(`<rss><channel><item><guid>1</guid><title>a</title></item><item><guid>2</guid><title>b</title</item>>`)
	f.Add(end, uint16(len(end)-1), uint8(0), []byte("<item><guid>1</guid></item>"))
	f.Fuzz(func(t *testing.T, a []byte, at uint16, del uint8, ins []byte) {
		from := min(int(at), len(a))
		b := []byte(string(a[:from]) + string(ins) + string(a[min(from+int(del), len(a)):]))
		sameBothWays(t, a, b, a)
	})
}

func TestOnlyNewItemsAreParsed(t *testing.T) {
	for _, c := range []struct {
		name  string
		plans []string
		want  int // items that are not parsed
	}{
		{"the same again", []string{"\x00\x55\x66", "\x00\x55\x66"}, 2},
		{"new build date", []string{"\x00\x55\x66", "\x01\x55\x66"}, 2},
		{"one more", []string{"\x00\x55\x66", "\x00\x9b\x55\x66"}, 2},
		{"one changed", []string{"\x00\x55\x66", "\x00\x95\x66"}, 1},
		{"three times", []string{"\x00\x55\x66", "\x00\x95\x66", "\x00\x95\x66"}, 3},
		{"new author of the feed", []string{"\x00\x55\x66", "\x03\x55\x66"}, 0},
		{"new language of the feed", []string{"\x00\x55\x66", "\x02\x55\x66"}, 0},
		{"a guid now occurs twice", []string{"\x00\x55\x66", "\x00\xa5\x55\x66"}, 0},
		{"a guid no longer occurs twice", []string{"\x00\xa5\x55\x66", "\x00\x55\x66"}, 0},
		{"a guid occurs twice as before", []string{"\x00\xa5\x55\x66", "\x00\xa5\x55\x66"}, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			var bodies [][]byte
			for _, p := range c.plans {
				bodies = append(bodies, generatedFeed([]byte(p)))
			}
			// Items of a document that is then parsed as a whole do not count.
			if got := sameBothWays(t, bodies...); got != c.want {
				t.Errorf("%d items known, want %d", got, c.want)
			}
		})
	}
}

func FuzzDecodeDocument(f *testing.F) {
	f.Add((&lastDocument{contextHash: 1, prints: []canon.Fingerprint{{RawHash: 2, Hash: 3}}, seen: []shownEntry{{4, 5}}}).encode())
	f.Add(append([]byte{documentVersion}, "\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff"...))
	f.Fuzz(func(t *testing.T, b []byte) {
		m := decodeDocument(b)
		if again := decodeDocument(m.encode()); !m.equal(again) {
			t.Errorf("%+v is decoded as %+v", m, again)
		}
	})
}

// document returns what the store has about a source's last document.
func (r *testEnv) document(name string) *lastDocument {
	r.t.Helper()
	var m *lastDocument
	if err := r.store.View(func(tx *store.Tx) error {
		b, err := tx.Visits.LastDocument(name)
		m = decodeDocument(b)
		return err
	}); err != nil {
		r.t.Fatal(err)
	}
	return m
}

// An edit that is reverted is filed each time, also after a restart and a push.
func TestEdits(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := newEnv(t, sourceNamed("a"))
		item := func(text string) string {
			return `<rss><channel><title>T</title><item><guid>1</guid><title>` + text + `</title></item><item><guid>2</guid><title>other</title></item></channel></rss>`
		}
		said := ""
		r.serve(rssA, func(fetch.Request, time.Time) (*fetch.Result, error) {
			return &fetch.Result{Status: 200, Body: []byte(item(said)), URL: rssA}, nil
		})
		for i, text := range []string{"first", "second", "first", "third", "first"} {
			said = text
			r.pass(true)
			if got := headlines(r.records()); got[0] != text || i > 0 && len(got) != 1 {
				t.Errorf("visit %d: filed %q, want %q", i, got, text)
			}
			if n := len(r.document("a").prints); n != 2 {
				t.Errorf("visit %d: %d items stored, want 2", i, n)
			}
			if i == 2 {
				r.restart()
			}
			time.Sleep(time.Hour)
		}
		if err := r.poller.Deliver(t.Context(), "a", []byte(item("pushed")), feed.Hints{}); err != nil {
			t.Fatal(err)
		}
		r.records()
		r.pass(true)
		if got := headlines(r.records()); len(got) != 1 || got[0] != "first" {
			t.Errorf("after a push of another text: filed %q, want first", got)
		}
	})
}
