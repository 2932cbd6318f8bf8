package feed

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// itemsByHash returns the items of a document that can be known again.
func itemsByHash(d *Document) map[uint64]Item {
	known := map[uint64]Item{}
	for _, it := range d.Items {
		if it.RawHash != 0 {
			known[it.RawHash] = it
		}
	}
	return known
}

// readKnowing reads a document with the items of another one known. It puts these in
// their places and returns their number.
func readKnowing(t *testing.T, body []byte, h Hints, known map[uint64]Item) (*Document, int) {
	t.Helper()
	h.Known = func(rawHash uint64) bool { _, ok := known[rawHash]; return ok }
	doc, err := Read(body, h)
	if err != nil {
		t.Fatalf("Read(%q) with known items: %v", body, err)
	}
	n := 0
	for i, it := range doc.Items {
		if it.Known {
			doc.Items[i] = known[it.RawHash]
			n++
		}
	}
	return doc, n
}

// splice replaces del bytes of a document by ins.
func splice(a []byte, at, del int, ins []byte) []byte {
	at = min(at, len(a))
	return []byte(string(a[:at]) + string(ins) + string(a[min(at+del, len(a)):]))
}

// FuzzKnown changes a document and reads the result twice, once with the items of the
// original known. The documents must be equal.
func FuzzKnown(f *testing.F) {
	seeds(f, func(b []byte) { f.Add(b, uint16(len(b)/2), uint8(3), []byte("<item><title>new</title></item>")) })
	for _, c := range laterInfluences {
		f.Add([]byte(c.before), uint16(strings.Index(c.before, "@")), uint8(1), []byte(c.after))
	}
	f.Fuzz(func(t *testing.T, a []byte, at uint16, del uint8, ins []byte) {
		h := Hints{URL: "https://a.example/"}
		slow := time.AfterFunc(10*time.Second, func() { panic(fmt.Sprintf("Read(%q) takes too long", a)) })
		defer slow.Stop()
		first, err := Read(a, h)
		if err != nil {
			return
		}
		b := splice(a, int(at), int(del), ins)
		want, err := Read(b, h)
		if err != nil {
			return
		}
		got, _ := readKnowing(t, b, h, itemsByHash(first))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q, with the items of %q known (-all read +some known):\n%s", b, a, diff)
		}
	})
}

// laterInfluences are documents in which bytes outside of an item, in place of the @,
// change what the same bytes of the item mean.
var laterInfluences = []struct{ name, before, after string }{
	{"a quote that is closed later", `<rss><channel><item><title>a</title><link rel="x>b</link></item><item><title>c</title>@</item></channel></rss>`, `<link rel="y"/>`},
	{"a prefix of XHTML that is declared later", `<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id><content type="xhtml"><x:div><x:p>hi</x:p></x:div></content></entry><entry @><id>2</id></entry></feed>`, `xmlns:x="http://www.w3.org/1999/xhtml"`},
	{"a language around it", `<rss xml:lang="@"><channel><item><title>a</title></item></channel></rss>`, `ar`},
	{"a base around it", `<rss><channel @><item><link>x</link></item></channel></rss>`, `xml:base="https://b.example/"`},
	{"the site", `<rss><channel><link>https://@.example/</link><item><link>/1</link></item><item><link>https://c.example/1</link></item></channel></rss>`, `b`},
	{"a site that is named later", `<rss><channel><item><link>/1</link></item>@<item><link>/2</link></item></channel></rss>`, `<link>https://b.example/</link>`},
	{"an item without a wrapper", `<rss><channel><items><item xmlns="urn:x"><title>a</title></item></items>@</channel></rss>`, `<item><title>b</title></item>`},
	{"a namespace around it", `<rss><channel xmlns:q="@"><item><q:title>a</q:title></item></channel></rss>`, `http://purl.org/dc/elements/1.1/`},
	{"an unknown element that never ends", `<rss><channel><item><zz><title>a</title></item><item><title>b</title></item>@</channel></rss>`, `</zz>`},
	{"an end tag in a CDATA section", `<rss><channel><item><title><![CDATA[</item>]]>a</title></item>@</channel></rss>`, `<item/>`},
	{"an end tag inside another", `<rss><channel><item><title>a</title></item><item><title>b</title</item>@></channel></rss>`, `<item><title>c</title></item>`},
	{"a quote that is closed right behind it", `<rss><channel><item><title>z</title></item><item><title>a</title><link rel="x></item>@<item><title>b</title><link rel="y"/></item></channel></rss>`, `"`},
	{"a quote that is closed far behind", `<rss><channel><item><title>a</title><link rel="x></item><item><title>b</title>` + strings.Repeat(" ", maxQuotedTag) + `</item><item><title>c</title>@</item></channel></rss>`, `<link rel="y"/>`},
	{"an item inside an element of the feed", `<rss><channel><image><title>x</title>@</image><item><title>a</title><link rel="x></link></item><item><title>b</title></item></channel></rss>`, `<item><title>c</title>`},
	{"an unpaired quote behind a feed inside something", `<data a="b"><channel><title>t</title><item><title>a</title><link rel="x"/></item></channel></data>@`, `<z a="`},
	{"a language of the item before, which has no end tag", `<rss><channel><item@><title>a</title><item><title>b</title></item></channel></rss>`, ` xml:lang="ar"`},
	{"a character that no text may contain", `<rss><channel><item><title>a&#x1;b</title></item><item><title>@</title></item></channel></rss>`, "\x01"},
}

func TestItemsAffectedByOtherBytesAreReadAgain(t *testing.T) {
	h := Hints{URL: "https://a.example/"}
	for _, c := range laterInfluences {
		t.Run(c.name, func(t *testing.T) {
			for _, way := range [][2]string{{"", c.after}, {c.after, ""}} {
				first, err := Read([]byte(strings.Replace(c.before, "@", way[0], 1)), h)
				if err != nil {
					t.Fatal(err)
				}
				b := []byte(strings.Replace(c.before, "@", way[1], 1))
				want, err := Read(b, h)
				if err != nil {
					t.Fatal(err)
				}
				got, _ := readKnowing(t, b, h, itemsByHash(first))
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%q to %q (-all read +some known):\n%s", way[0], way[1], diff)
				}
			}
		})
	}
}

func TestItemsStayKnownWhenOthersChange(t *testing.T) {
	doc := func(date string, items ...int) []byte {
		var b strings.Builder
		fmt.Fprintf(&b, `<rss xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><lastBuildDate>%s</lastBuildDate>`, date)
		for _, n := range items {
			fmt.Fprintf(&b, "<item><guid>%d</guid><title>News %d</title><dc:creator>A</dc:creator><description><![CDATA[<p>x]]></description></item>\n", n, n)
		}
		return []byte(b.String() + "</channel></rss>")
	}
	first, err := Read(doc("Sun, 22 Nov 2026 08:00:00 GMT", 3, 2, 1), Hints{})
	if err != nil {
		t.Fatal(err)
	}
	second := doc("Sun, 22 Nov 2026 09:00:00 GMT", 5, 4, 3, 2)
	want, err := Read(second, Hints{})
	if err != nil {
		t.Fatal(err)
	}
	got, known := readKnowing(t, second, Hints{}, itemsByHash(first))
	if diff := cmp.Diff(want, got); diff != "" || known != 2 {
		t.Errorf("%d known, want 2; (-all read +some known):\n%s", known, diff)
	}
}

func BenchmarkReadKnown(b *testing.B) {
	body := benchBody()
	all, err := Read(body, Hints{URL: "https://b.example/rss"})
	if err != nil {
		b.Fatal(err)
	}
	known := itemsByHash(all)
	h := Hints{URL: "https://b.example/rss", Known: func(rawHash uint64) bool { _, ok := known[rawHash]; return ok }}
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Read(body, h); err != nil {
			b.Fatal(err)
		}
	}
}
