package feed

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

var update = flag.Bool("update", false, "write what Read returns into the cases as the wanted result")

// TestRead reads the feed of each case in testdata/read and compares the result with the
// wanted one in the same file.
func TestRead(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join("testdata", "read", "*.txtar"))
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			ar, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			var body, want []byte
			var h Hints
			for _, f := range ar.Files {
				switch f.Name {
				case "feed":
					body = f.Data
				case "want":
					want = f.Data
				case "hints":
					_, _ = fmt.Sscanf(string(f.Data), "URL: %s", &h.URL)
				}
			}
			got := describe(Read(body, h))
			if *update {
				ar.Files[len(ar.Files)-1].Data = []byte(got)
				if err := os.WriteFile(name, txtar.Format(ar), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if got != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// describe writes the fields of a document as lines, except empty ones.
func describe(d *Document, err error) string {
	var b strings.Builder
	if err != nil {
		return "error: " + err.Error() + "\n"
	}
	write := func(indent, name string, v any) {
		if s := fmt.Sprint(v); s != "" && s != "0" && s != "0s" && s != "[]" && s != "false" && !strings.HasPrefix(s, "0001-") {
			fmt.Fprintf(&b, "%s%s: %s\n", indent, name, strings.ReplaceAll(s, "\n", `\n`))
		}
	}
	for _, p := range []struct {
		name string
		v    any
	}{
		{"format", d.Format}, {"cut", d.Truncated}, {"base", d.Base}, {"title", d.Title}, {"site", d.Site}, {"description", d.Description}, {"language", d.Language},
		{"icon", d.Icon}, {"hub", d.Hub}, {"self", d.Self}, {"next", d.Next}, {"author", d.Author}, {"rights", d.Rights}, {"license", d.License}, {"ttl", d.TTL}, {"skip hours", d.SkipHours},
		{"skip days", d.SkipDays}, {"update", d.UpdateInterval}, {"updated", d.Updated}, {"complete", d.Complete},
	} {
		write("", p.name, p.v)
	}
	for _, i := range d.Items {
		b.WriteString("item\n")
		for _, p := range []struct {
			name string
			v    any
		}{
			{"id", i.ID}, {"permalink", i.Permalink}, {"title", i.Title}, {"link", i.Link}, {"comments", i.Comments}, {"author", i.Author}, {"summary", i.Summary},
			{"content", i.Content}, {"base", i.Base}, {"language", i.Language}, {"published", i.Published}, {"updated", i.Updated}, {"categories", strings.Join(i.Categories, "; ")},
			{"source", i.Source}, {"source url", i.SourceURL}, {"rights", i.Rights}, {"license", i.License},
		} {
			write("  ", p.name, p.v)
		}
		for _, m := range i.Media {
			fmt.Fprintf(&b, "  media: %+v\n", m)
		}
	}
	return b.String()
}

const cyrillic = `<rss version="2.0"><channel><title>Новости — «день»</title><language>ru</language><item><title>Ещё одна</title></item></channel></rss>`

func encoded(t *testing.T, e encoding.Encoding, s string) []byte {
	b, err := e.NewEncoder().Bytes([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestCharsets(t *testing.T) {
	utf16le := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	feed := func(title string) string {
		return `<rss version="2.0"><channel><title>` + title + `</title></channel></rss>`
	}
	declare := func(label, s string) string { return `<?xml version="1.0" encoding="` + label + `"?>` + s }
	for _, c := range []struct {
		name, header string
		body         []byte
		want         string
	}{
		{"mark", "", []byte("\xef\xbb\xbf" + feed("é")), "é"},
		{"junk and mark", "", []byte("\n \xef\xbb\xbf" + feed("é")), "é"},
		{"UTF-16 with a mark", "", encoded(t, utf16le, declare("utf-16", feed("é中"))), "é中"},
		{"UTF-16 without", "", encoded(t, unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), feed("é中")), "é中"},
		{"UTF-32", "", encoded(t, utf32.UTF32(utf32.LittleEndian, utf32.UseBOM), feed("é中")), "é中"},
		{"declared", "", encoded(t, charmap.KOI8R, declare("koi8-r", cyrillicTitle("Новости дня"))), "Новости дня"},
		{"declared, in the header", "text/xml; charset=windows-1256", encoded(t, charmap.Windows1256, feed("أخبار اليوم")), "أخبار اليوم"},
		{"declared wrongly", "", []byte(declare("iso-8859-1", feed("naïve 中"))), "naïve 中"},
		{"declared UTF-8, is Latin-1", "application/xml; charset=utf-8", encoded(t, charmap.Windows1252, declare("utf-8", feed("naïve “quote”"))), "naïve “quote”"},
		{"Latin-1 with C1", "", encoded(t, charmap.Windows1252, declare("iso-8859-1", feed("it’s – fine"))), "it’s – fine"},
		{"undeclared Latin-1", "", encoded(t, charmap.Windows1252, feed("déjà vu")), "déjà vu"},
		{"undeclared, by its language", "", encoded(t, charmap.Windows1251, cyrillic), "Новости — «день»"},
		{"Shift JIS", "", encoded(t, japanese.ShiftJIS, declare("shift_jis", feed("日本の新聞"))), "日本の新聞"},
		{"ISO-2022-JP", "", encoded(t, japanese.ISO2022JP, declare("iso-2022-jp", feed("日本"))), "日本"},
		{"a bad place in UTF-8", "", []byte(feed("señor, caf\xe9 中国 é\xe2\x80.")), "señor, café 中国 é\ufffd."},
		{"controls", "", []byte(feed("a\x00b\x08c\x1b &#8;&#x1F; \uFFFE\uFFFF d")), "abc   d"},
		{"C1 in UTF-8", "", []byte(feed("it\u0092s &#146;ok&#146;")), "it’s ’ok’"},
		{"unknown label", "text/xml; charset=klingon", []byte(declare("x-none", feed("é"))), "é"},
	} {
		doc, err := Read(c.body, Hints{ContentType: c.header})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if doc.Title != c.want {
			t.Errorf("%s: got %q, want %q", c.name, doc.Title, c.want)
		}
	}
}

func cyrillicTitle(s string) string {
	return `<rss version="2.0"><channel><title>` + s + `</title></channel></rss>`
}

func TestHints(t *testing.T) {
	body := []byte(`<rss version="2.0"><channel><title>x</title><item><link>a/1</link></item></channel></rss>`)
	doc, _ := Read(body, Hints{ContentLanguage: "fr"})
	if doc.Language != "fr" {
		t.Errorf("language %q", doc.Language)
	}
}

// rssWith returns a feed with an item. attrs are those of the root.
func rssWith(attrs, channel, item string) string {
	return "<rss version='2.0' " + attrs + "><channel>" + channel + "<item>" + item + "</item></channel></rss>"
}

func atomWith(attrs, entry string) string {
	return "<feed xmlns='http://www.w3.org/2005/Atom' " + attrs + "><title>t</title><entry>" + entry + "</entry></feed>"
}

func TestBases(t *testing.T) {
	fetched := Hints{URL: "https://x.example/feeds/rss"}
	for _, c := range []struct {
		name, body string
		h          Hints
		want       string
	}{
		{"none", rssWith("", "", "<link>a/1</link>"), Hints{}, "a/1"},
		{"fetched", rssWith("", "", "<link>a/1</link>"), fetched, "https://x.example/feeds/a/1"},
		{"Content-Location", rssWith("", "", "<link>a/1</link>"), Hints{URL: fetched.URL, ContentLocation: "/other/"}, "https://x.example/other/a/1"},
		{"Content-Location behind a proxy", rssWith("", "", "<link>a/1</link>"), Hints{URL: fetched.URL, ContentLocation: "http://127.0.0.1:8080/feed"}, "https://x.example/feeds/a/1"},
		{"site", rssWith("", "<link>https://b.example/en/?utm=1#top</link>", "<link>a/1</link>"), fetched, "https://b.example/en/a/1"},
		{"site in an attribute", rssWith("", "<link href='https://b.example'/>", "<link>/1</link>"), fetched, "https://b.example/1"},
		{"site behind the items", `<rss><channel><item><link>/1</link></item><link>https://b.example/</link></channel></rss>`, fetched, "https://b.example/1"},
		{"site of RDF", `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel><link>https://b.example/</link></channel><item><link>/1</link></item></rdf:RDF>`, fetched, "https://b.example/1"},
		{"the link of a picture is no site", rssWith("", "<image><link>https://b.example/</link></image><atom:link rel='self' href='https://c.example/'/>", "<link>/1</link>"), fetched, "https://x.example/1"},
		{"relative site", rssWith("", "<link>/blog/</link>", "<link>/1</link>"), fetched, "https://x.example/1"},
		{"relative site and path", rssWith("", "<link>/blog/</link>", "<link>1</link>"), fetched, "https://x.example/blog/1"},
		{"site that is no address", rssWith("", "<link>Home</link>", "<link>1</link>"), fetched, "https://x.example/feeds/1"},
		{"site left over from a preview", rssWith("", "<link>http://localhost:1313/</link>", "<link>/1</link>"), fetched, "https://x.example/1"},
		{"preview itself", rssWith("", "<link>http://localhost:1313/</link>", "<link>/1</link>"), Hints{URL: "http://localhost:1313/rss"}, "http://localhost:1313/1"},
		{"another local server", rssWith("", "<link>http://127.0.0.1:4000/</link>", "<link>/1</link>"), Hints{URL: "http://127.0.0.1:8080/rss"}, "http://127.0.0.1:8080/1"},
		{"xml:base before site", rssWith("xml:base='https://c.example/'", "<link>https://b.example/</link>", "<link>1</link>"), fetched, "https://c.example/1"},
		{"xml:base of the channel", `<rss><channel xml:base="/c/"><link>https://b.example/</link><item><link>1</link></item></channel></rss>`, fetched, "https://x.example/c/1"},
		{"xml:base of the item", `<rss xml:base="/c/"><channel><link>https://b.example/</link><item xml:base="d/"><link>1</link></item></channel></rss>`, fetched, "https://x.example/c/d/1"},
		{"xml:base of the link", rssWith("", "<link>https://b.example/</link>", "<link xml:base='https://c.example/x/'>1</link>"), fetched, "https://c.example/x/1"},
		{"xml:base left over", rssWith("xml:base='http://0.0.0.0:4000/'", "<link>https://b.example/</link>", "<link>1</link>"), fetched, "https://b.example/1"},
		{"xml:base of an empty element", rssWith("", "", "<title xml:base='https://c.example/'></title><link>1</link>"), fetched, "https://x.example/feeds/1"},
		{"absolute", rssWith("", "<link>https://b.example/</link>", "<link>HTTP://Far.example/1</link>"), fetched, "HTTP://Far.example/1"},
		{"host", rssWith("", "<link>https://b.example/</link>", "<link>//far.example/1</link>"), fetched, "https://far.example/1"},
		{"bare host", rssWith("", "<link>https://b.example/</link>", "<link>www.far.example/1</link>"), fetched, "https://www.far.example/1"},
		{"Atom has no site", atomWith("", "<link href='1'/>"), fetched, "https://x.example/feeds/1"},
		{"Atom's xml:base left over", atomWith("xml:base='http://localhost:4000'", "<link href='/1'/>"), fetched, "https://x.example/1"},
		{"JSON's home page", `{"version":"https://jsonfeed.org/version/1","home_page_url":"https://b.example/","feed_url":"http://localhost:1/f","items":[{"id":"1","url":"/1"}]}`, fetched, "https://b.example/1"},
		{"JSON's own address", `{"version":"https://jsonfeed.org/version/1","home_page_url":"http://localhost:1/","feed_url":"https://c.example/f","items":[{"id":"1","url":"/1"}]}`, fetched, "https://c.example/1"},
		{"JSON left over", `{"version":"https://jsonfeed.org/version/1","home_page_url":"http://localhost:1/","feed_url":"http://[::1]/f","items":[{"id":"1","url":"1"}]}`, fetched, "https://x.example/feeds/1"},
	} {
		doc, err := Read([]byte(c.body), c.h)
		if err != nil || doc.Items[0].Link != c.want {
			t.Errorf("%s: the link of %s is %q (%v), want %q", c.name, c.body, doc.Items[0].Link, err, c.want)
		}
	}
}

func TestLinksOfItems(t *testing.T) {
	for body, want := range map[string]string{
		rssWith("", "", "<link><![CDATA[https://b.example/?a=1&amp;b=2]]></link>"):                                                                               "https://b.example/?a=1&b=2",
		rssWith("", "", "<link>https://b.example/?a=1&amp;amp;b=2&amp;#038;c=3</link>"):                                                                          "https://b.example/?a=1&b=2&c=3",
		rssWith("", "", "<link>https://b.example/?a=1&b=2&copy=3&amp;lt=4</link>"):                                                                               "https://b.example/?a=1&b=2&copy=3&lt=4",
		rssWith("", "", "<link><![CDATA[https://b.example&#47;a&#x2F;b?c=1&#038;d=2]]></link>"):                                                                  "https://b.example/a/b?c=1&d=2",
		rssWith("", "", "<link>N/A</link><guid isPermaLink='false'>N/A</guid>"):                                                                                  "",
		rssWith("", "", "<link>undefined</link><guid>https://b.example/1</guid>"):                                                                                "https://b.example/1",
		rssWith("", "", "<link>#</link><link>https://b.example/1</link>"):                                                                                        "https://b.example/1",
		rssWith("", "", "<link>\u00a0https://b.example/1\ufeff</link>"):                                                                                          "https://b.example/1",
		rssWith("", "", "<link>https://b.example/1#a</link>"):                                                                                                    "https://b.example/1#a",
		rssWith("", "", "<link/>https://b.example/1<guid isPermaLink='false'>g</guid>"):                                                                          "https://b.example/1",
		rssWith("", "<link/>https://c.example/", "<link/>\n/1\n<guid>https://b.example/1</guid>"):                                                                "https://b.example/1",
		rssWith("", "", "<link>\n  https://b.example/a\n\tb  \n</link>"):                                                                                         "https://b.example/ab",
		rssWith("", "", "<link>https://b.example/1<guid isPermaLink='false'>g</guid>"):                                                                           "https://b.example/1",
		rssWith("", "", "<link><a href='https://b.example/1'>Open</a></link>"):                                                                                   "https://b.example/1",
		rssWith("", "", "<link>&lt;a href=\"https://b.example/1?a=1&amp;amp;b=2\"&gt;Open&lt;/a&gt;</link>"):                                                     "https://b.example/1?a=1&b=2",
		rssWith("", "", "<link><b>https://b.example/1</b></link>"):                                                                                               "https://b.example/1",
		rssWith("", "", "<link href='https://b.example/1'/>"):                                                                                                    "https://b.example/1",
		rssWith("", "", "<link rel='self' href='https://b.example/f'/><link href='https://b.example/1'></link>"):                                                 "https://b.example/1",
		rssWith("", "", "<link></link><link>https://b.example/1</link><link>https://b.example/2</link>"):                                                         "https://b.example/1",
		rssWith("", "", "<link>mailto:ed@b.example</link><link>https://b.example/1</link>"):                                                                      "https://b.example/1",
		rssWith("", "", "<link>javascript:void(0)</link><guid>https://b.example/1</guid>"):                                                                       "https://b.example/1",
		rssWith("", "", "<link></link>https://b.example/1"):                                                                                                      "https://b.example/1",
		rssWith("", "", "<link>https://b.example/&lt;x&gt;/1</link>"):                                                                                            "https://b.example/%3Cx%3E/1",
		atomWith("", "<link rel='self' href='https://b.example/f'/><link rel='http://www.iana.org/assignments/relation/alternate' href='https://b.example/1'/>"): "https://b.example/1",
		rssWith("", "", "<url>https://b.example/1</url>"):                                                                                                        "https://b.example/1",
		rssWith("", "", "<link>https://b.example/50%-off|x y/\\z</link>"):                                                                                        "https://b.example/50%25-off%7Cx%20y//z",
		rssWith("", "", "<link>feed:https://b.example/1</link>"):                                                                                                 "https://b.example/1",
		rssWith("", "", "<guid>/post/1</guid>"):                                                                                                                  "https://x.example/post/1",
		rssWith("", "", "<guid>a/b</guid>"):                                                                                                                      "https://x.example/a/b",
		rssWith("", "", "<guid isPermaLink='TRUE'>?p=12</guid>"):                                                                                                 "https://x.example/feed?p=12",
		rssWith("", "", "<guid>story.html</guid>"):                                                                                                               "https://x.example/story.html",
		rssWith("", "", "<guid>https://b.example/50%-off</guid>"):                                                                                                "https://b.example/50%25-off",
		rssWith("", "", "<guid isPermaLink='false'>/post/1</guid>"):                                                                                              "",
		rssWith("", "", "<guid ispermalink=' False '>https://b.example/1</guid>"):                                                                                "",
		rssWith("", "", "<guid>12345</guid>"):                                                                                                                    "",
		rssWith("", "", "<guid>tag:b.example,2026:/1</guid>"):                                                                                                    "",
		rssWith("", "", "<guid>urn:uuid:1225c695-cfb8-4ebb-aaaa-80da344efa6a</guid>"):                                                                            "",
		rssWith("", "", "<guid>x/y z</guid>"):                                                                                                                    "",
		rssWith("", "", "<guid>aGVsbG8/d29ybGQ=</guid>"):                                                                                                         "",
		atomWith("", "<link href='nostr:naddr1'/><link rel='alternate' href='https://b.example/1'/>"):                                                            "https://b.example/1",
		atomWith("", "<link href='nostr:naddr1'/><link type='application/json' href='https://b.example/1.json'/>"):                                               "https://b.example/1.json",
		atomWith("", "<link href='gemini://b.example/1'/><id>https://b.example/1</id>"):                                                                          "https://b.example/1",
		atomWith("", "<link type='application/json' href='https://b.example/1.json'/><link href='https://b.example/1' />"):                                       "https://b.example/1",
		atomWith("", "<link>https://b.example/1</link>"):                                                                                                         "https://b.example/1",
		atomWith("xml:base='https://b.example/'", "<link/>https://b.example/1<id>urn:1</id>"):                                                                    "https://b.example/1",
		atomWith("", "<link rel='self'>https://b.example/f</link><link rel='alternate'><![CDATA[https://b.example/1]]></link>"):                                  "https://b.example/1",
	} {
		doc, err := Read([]byte(body), Hints{URL: "https://x.example/feed"})
		if err != nil || len(doc.Items) != 1 || doc.Items[0].Link != want {
			t.Errorf("the items of %s are %+v (%v), want the link %q", body, doc.Items, err, want)
		}
	}
}

func TestPlainSummaries(t *testing.T) {
	for text, want := range map[string]string{
		"Use &lt;blink&gt; never, and &lt;b&gt; rarely": "Use &lt;blink&gt; never, and &lt;b&gt; rarely",
		"Use &lt;b&gt;bold&lt;/b&gt; rarely":            "Use <b>bold</b> rarely",
		"&lt;p&gt;One":                                  "<p>One",
		"One&lt;br /&gt;two":                            "One<br />two",
		"1 &lt; 2 &amp;amp; more":                       "1 &lt; 2 &amp;amp; more",
	} {
		doc, err := Read([]byte("<feed><entry><title>x</title><summary>"+text+"</summary></entry></feed>"), Hints{})
		if err != nil || doc.Items[0].Summary != want {
			t.Errorf("the summary of %s is %q (%v), want %q", text, doc.Items[0].Summary, err, want)
		}
	}
}

func TestAttacksAreBounded(t *testing.T) {
	rss := func(in string) []byte {
		return []byte(`<rss version="2.0"><channel><title>x</title>` + in + `</channel></rss>`)
	}
	repeat := strings.Repeat
	for _, c := range []struct {
		name, wantErr string
		body          []byte
		items         int
		cut           bool
	}{
		{"nested extensions", "elements are nested more than 128 deep", rss("<item>" + repeat("<x:a>", 1_000_000)), 0, false},
		{"nested and closed", "elements are nested more than 128 deep", rss("<item>" + repeat("<x:a>", 1000) + repeat("</x:a>", 1000) + "</item>"), 0, false},
		{"nested groups", "elements are nested more than 128 deep", rss("<item>" + repeat("<media:group>", 1_000)), 0, false},
		{"nested in turn", "elements are nested more than 128 deep", rss("<item>" + repeat("<x:a><y:b>", 100_000) + "</item>"), 0, false},
		{"many items", "", rss(repeat("<item/>", 1_000_000)), maxItems, true},
		{"many children", "", rss("<item>" + repeat("<category>a</category>", 300_000) + "</item>"), 1, false},
		{"text between children", "", rss("<item><x:a>" + repeat("y<x:b/>", 500_000) + "</x:a></item>"), 1, false},
		{"a long entity, often", "", []byte(`<!DOCTYPE rss [<!ENTITY a "` + repeat("x", maxEntityValue) + `">]><rss><channel>` + repeat("<item><title>&a;&a;&a;</title></item>", 100_000)), maxItems, true},
		{"subsets that never end", "this is plain text, not a feed", []byte(repeat("<!DOCTYPE [<!ENTITY ", 300_000)), 0, false},
		{"subsets that never end, in texts", "", rss(repeat("<item><title><!DOCTYPE ['</title></item>", 1500)), 1500, false},
		{"many declarations", "", []byte(`<!DOCTYPE rss [` + repeat(`<!ENTITY a "b">`, 300_000) + `]><rss><channel><title>x</title></channel></rss>`), 0, false},
		{"many attributes", "an element has more than 256 attributes", rss("<item><media:content " + repeat(`a="b" `, 100_000) + "/></item>"), 0, false},
		{"quotes that never close", "", rss("<item>" + repeat(`<a b="`, 500_000) + "</item>"), 1, false},
		{"too large", "", rss(repeat("<item><title>"+repeat("x", 9980)+"</title></item>", 900)), 838, true},
		{"one item that is too large", "the document is longer than 8 MB, and there is no complete item in this part of it", rss("<item>" + repeat("x", defaultBytes) + "</item>"), 0, false},
		{"bases that grow", "", rss(repeat("<item>"+repeat(`<media:thumbnail xml:base="x/" url="y"/>`, 100)+"</item>", 300)), 300, false},
		{"JSON nesting", "the JSON is nested more than 128 deep", []byte(`{"items":` + repeat("[", 1_000_000)), 0, false},
		{"JSON null items", "", []byte(`{"version":"https://jsonfeed.org/version/1","items":[null]}`), 0, false},
		{"long comment", "", []byte("<!--" + repeat("x", 100_000) + "-->" + string(rss("<item/>"))), 1, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var doc *Document
			var err error
			bounded(t, len(c.body), func() { doc, err = Read(c.body, Hints{}) })
			switch {
			case err != nil && err.Error() != c.wantErr:
				t.Error(err)
			case err == nil && (c.wantErr != "" || len(doc.Items) != c.items || doc.Truncated != c.cut):
				t.Errorf("got %d items, cut %v; want %d, %v and error %q", len(doc.Items), doc.Truncated, c.items, c.cut, c.wantErr)
			}
		})
	}
}

func TestKnownItemsAreNotRead(t *testing.T) {
	body := []byte(`<rss version="2.0"><channel><item><guid>1</guid></item><item><guid>2</guid></item><item><guid>3</guid></item></channel></rss>`)
	all, err := Read(body, Hints{})
	if err != nil {
		t.Fatal(err)
	}
	some, err := Read(body, Hints{Known: func(rawHash uint64) bool { return rawHash == all.Items[1].RawHash }})
	if err != nil {
		t.Fatal(err)
	}
	if len(some.Items) != 3 || !some.Items[1].Known || some.Items[1].ID != "" || some.Items[2].ID != "3" {
		t.Errorf("got %+v", some.Items)
	}
}

func TestOPML(t *testing.T) {
	lines := []Outline{{Title: "World & more", Children: []Outline{{Title: "One", Address: "https://a.example/rss?x=1&y=2", Site: "https://a.example/"}, {Title: "Deep", Children: []Outline{{Title: "Two", Address: "https://b.example/"}}}}}, {Title: "Three", Address: "https://c.example/", Language: "ar"}}
	b, err := WriteOPML("My <feeds>", lines)
	if err != nil {
		t.Fatal(err)
	}
	title, got, err := ReadOPML(b)
	if err != nil || title != "My <feeds>" || fmt.Sprint(got) != fmt.Sprint(lines) {
		t.Errorf("got %q %v %v, want %v", title, got, err, lines)
	}
	_, got, err = ReadOPML([]byte(`<opml version=1><body><outline text='A & B' xmlurl="feed://x.example/a" ><OUTLINE text=t xmlUrl=http://y.example/></outline>`))
	if err != nil || len(got) != 2 || got[0].Address != "http://x.example/a" || got[0].Title != "A & B" || got[1].Address != "http://y.example/" {
		t.Errorf("untidy: got %+v, %v", got, err)
	}
	for name, bad := range map[string]string{
		"page":      `<html><body>`,
		"too many":  "<opml><body>" + strings.Repeat("<outline text='a'/>", maxOutlines+1),
		"no markup": "hello",
	} {
		if _, _, err := ReadOPML([]byte(bad)); err == nil {
			t.Errorf("%s: read", name)
		}
	}
}

func seeds(f *testing.F, add func([]byte)) {
	files, _ := filepath.Glob(filepath.Join("testdata", "read", "*.txtar"))
	for _, name := range files {
		ar, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, x := range ar.Files {
			if x.Name == "feed" {
				add(x.Data)
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	seeds(f, func(b []byte) { f.Add(b) })
	f.Fuzz(func(t *testing.T, b []byte) {
		slow := time.AfterFunc(20*time.Second, func() { panic(fmt.Sprintf("Read(%q) takes too long", b)) })
		defer slow.Stop()
		var doc *Document
		var err error
		bounded(t, len(b), func() { doc, err = Read(b, Hints{URL: "https://a.example/"}) })
		if err != nil {
			if p := err.(*Problem); p.stack != "" {
				t.Errorf("Read(%q): %v\n%s", b, err, p.stack)
			}
			if strings.HasPrefix(err.Error(), "the document can't be read") && !bytes.HasPrefix(bytes.TrimSpace(b), []byte("{")) {
				t.Errorf("Read(%q): gofeed refuses the digest: %v", b, err)
			}
			return
		}
		for _, i := range doc.Items {
			if strings.HasPrefix(i.Title+i.ID+i.Content, placeholderPrefix) && !bytes.Contains(b, []byte(placeholderPrefix)) {
				t.Errorf("Read(%q) leaves a placeholder: %+v", b, i)
			}
		}
	})
}

func FuzzReadOPML(f *testing.F) {
	f.Add([]byte(`<opml version="2.0"><head><title>x</title></head><body><outline text="a"><outline text="b" xmlUrl="https://a.example/"/></outline></body></opml>`))
	f.Add([]byte("<opml><body>" + strings.Repeat("<outline text='a'>", 5000)))
	f.Add([]byte("<opml><head>" + strings.Repeat("<title>", 300_000)))
	f.Add([]byte("<opml><body><outline " + strings.Repeat("a='b' ", 5000) + "/></body></opml>"))
	f.Add([]byte(`<!DOCTYPE opml [<!ENTITY a "bbbb"><!ENTITY b "&a;&a;&a;&a;">]><opml><head><title>&b;</title></head><body><outline text="&b;" xmlUrl="https://a.example/"/></body></opml>`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var title string
		var lines []Outline
		var err error
		bounded(t, len(b), func() { title, lines, err = ReadOPML(b) })
		if err != nil {
			return
		}
		if _, err := WriteOPML(title, lines); err != nil {
			t.Errorf("WriteOPML of ReadOPML(%q): %v", b, err)
		}
	})
}

func FuzzDate(f *testing.F) {
	f.Add("Mon, 02 Jan 2006 15:04:05 GMT")
	f.Add("٢٢ نوفمبر ٢٠٢٦ ٣:٠٤ م")
	f.Add(strings.Repeat("1:", 50_000))
	f.Add(strings.Repeat("نوفمبر ", 10_000))
	f.Add("2026-05-05 10:00:00 America/New_York (UTC+5.5)")
	f.Add("令和8年5月6日 午後3時4分")
	f.Add("30 اسفند 1403 5 พ.ค. 69")
	f.Fuzz(func(t *testing.T, s string) {
		var at time.Time
		var ok bool
		bounded(t, len(s), func() { at, ok = parseDate(s) })
		if ok && (at.Location() != time.UTC || at.Year() < 1989 || at.Year() > 2100) {
			t.Errorf("parseDate(%q) = %v", s, at)
		}
	})
}

func benchBody() []byte {
	var out strings.Builder
	out.WriteString(`<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:media="http://search.yahoo.com/mrss/"><channel><title>Bench</title><link>https://b.example/</link>`)
	para := "&lt;p&gt;The river rose &amp;amp; the &lt;a href=&quot;https://b.example/dam&quot;&gt;dam&lt;/a&gt; closed again.&lt;/p&gt;\n"
	for i := range 32 {
		fmt.Fprintf(&out, `<item><title>Minister opens bridge number %d &amp; leaves</title><link>https://b.example/2026/11/22/bridge-%d/</link><guid isPermaLink="false">b-%d</guid><dc:creator>A. Writer</dc:creator><pubDate>Sun, 22 Nov 2026 08:%02d:00 GMT</pubDate><category>Roads</category><category>Water</category><description>%s</description><content:encoded><![CDATA[%s]]></content:encoded><media:thumbnail url="https://b.example/t.jpg" width="64" height="36"/></item>`, i, i, i, i, para, strings.Repeat(para, 12))
	}
	out.WriteString("</channel></rss>")
	return []byte(out.String())
}

func BenchmarkRead(b *testing.B) {
	body := benchBody()
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Read(body, Hints{URL: "https://b.example/rss"}); err != nil {
			b.Fatal(err)
		}
	}
}
