package feed

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/mmcdole/gofeed"

	"github.com/slugline/slugline/internal/news"
)

func writtenFeed(t testing.TB, f *Format, c *Channel) string {
	t.Helper()
	var b bytes.Buffer
	if err := f.Write(&b, c); err != nil {
		t.Fatalf("write %s: %v", f.Name, err)
	}
	return b.String()
}

func richPost() Post {
	p := worldPost(1, "Markets & <money>: AT&T rises")
	p.Author, p.Language, p.Categories = "Jo Doe <jo@wire.example>", "ar", []string{"Business", "R&D"}
	p.Summary = "Shares rose 5 < 6 percent."
	p.Content = `<p>Shares <b>rose</b>.</p>`
	p.Media = []news.Media{
		{URL: "https://cdn.example/p.jpg", Picture: true, Width: 640, Height: 480},
		{URL: "https://cdn.example/a.mp3", Length: 12, Duration: time.Minute},
		{URL: "https://cdn.example/b.mp4", Type: "video/mp4"},
	}
	p.Outlets = append(p.Outlets, wireOutlet(1))
	return p
}

func TestGofeedReadsWhatIsWritten(t *testing.T) {
	type item struct{ ID, Title, Link, Published, Author, Category, Enclosure string }
	for _, format := range Formats {
		f, err := gofeed.NewParser().ParseString(writtenFeed(t, format, worldChannel(richPost(), worldPost(2, "Second"))))
		if err != nil {
			t.Fatalf("%s: %v", format.Name, err)
		}
		got := make([]item, len(f.Items))
		for i, it := range f.Items {
			got[i] = item{it.GUID, strings.ReplaceAll(it.Title, "\u2060", ""), it.Link, it.PublishedParsed.Format(time.RFC3339), it.Authors[0].Name, strings.Join(it.Categories, ","), ""}
			if len(it.Enclosures) > 0 {
				e := it.Enclosures[0]
				got[i].Enclosure = e.URL + " " + e.Type
			}
		}
		want := []item{
			{
				"tag:press.example,2026-03-02:0000000000001", "Markets & <money>: AT&T rises", "https://wire.example/0000000000001",
				"2026-03-02T11:59:00Z", "Jo Doe", "Business,R&D", "https://cdn.example/a.mp3 audio/mpeg",
			},
			{"tag:press.example,2026-03-02:0000000000002", "Second", "https://wire.example/0000000000002", "2026-03-02T11:58:00Z", "Wire 0", "", ""},
		}
		if format == Atom { // gofeed leaves escaped HTML in titles as it is
			want[0].Title = "Markets &amp; &lt;money&gt;: AT&amp;T rises"
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", format.Name, d)
		}
	}
}

func TestElementsOfEachFormat(t *testing.T) {
	c := worldChannel(richPost())
	c.Hubs = []string{"https://press.example/websub"}
	c.Publisher, c.Icon = "Arab Press", "https://press.example/logo.png"
	c.Relations = []Relation{{Rel: "prev-archive", URL: "https://press.example/topics/world/archive/1.atom"}}
	for format, want := range map[*Format][]string{
		RSS: {
			`<guid isPermaLink="false">tag:press.example,2026-03-02:0000000000001</guid>`,
			`<atom:link href="https://press.example/topics/world.rss" rel="self" type="application/rss+xml"/>`,
			`<atom:link href="https://press.example/websub" rel="hub"/>`,
			`<atom:link href="https://press.example/stories/0000000000001" rel="related"`,
			`<source url="https://wire0.example/rss">Wire 0</source>`,
			`<ttl>5</ttl>`, `<language>en</language>`, `<dc:language>ar</dc:language>`,
			`<lastBuildDate>Mon, 02 Mar 2026 12:00:00 +0000</lastBuildDate>`,
			`<media:content url="https://cdn.example/b.mp4" type="video/mp4" medium="video">`,
			`<media:thumbnail url="https://cdn.example/p.jpg" width="640" height="480"/>`,
			`<url>https://press.example/logo.png</url>`,
		},
		Atom: {
			`<feed xml:lang="en"`, `<entry xml:lang="ar">`,
			`<link href="https://press.example/topics/world.atom" rel="self" type="application/atom+xml"/>`,
			`<link href="https://press.example/topics/world/archive/1.atom" rel="prev-archive"/>`,
			`<link href="https://press.example/websub" rel="hub"/>`,
			`<link href="https://wire1.example/news" rel="related" type="text/html" title="Wire 1"/>`,
			`<id>https://wire0.example/rss</id>`,
			`<updated>2026-03-02T11:59:00.001Z</updated>`,
			`<name>Arab Press</name>`,
			`<title type="html">Markets &amp;amp; &amp;lt;money&amp;gt;: AT&amp;amp;T rises</title>`,
		},
		JSON: {
			`"home_page_url":"https://press.example/topics/world"`, `"feed_url":"https://press.example/topics/world.json"`,
			`"hubs":[{"type":"WebSub","url":"https://press.example/websub"}]`, `"authors":[{"name":"Jo Doe"}]`,
			`"language":"ar"`, `"_story":"https://press.example/stories/0000000000001"`,
			`{"name":"Wire 1","url":"https://wire1.example/news","headline":"The same news","time":"2026-03-02T12:00:00Z"`,
			`{"url":"https://cdn.example/a.mp3","mime_type":"audio/mpeg","size_in_bytes":12,"duration_in_seconds":60}`,
			`"image":"https://cdn.example/p.jpg"`,
		},
	} {
		got := writtenFeed(t, format, c)
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("%s lacks %s in:\n%s", format.Name, w, got)
			}
		}
		if n := strings.Count(got, "a.mp3"); n != 1 {
			t.Errorf("%s has the first enclosure %d times", format.Name, n)
		}
	}
}

func TestAnEmptyJSONFeedHasItems(t *testing.T) {
	got := writtenFeed(t, JSON, worldChannel())
	if !strings.Contains(got, `"items":[]`) || strings.Contains(got, `"author"`) {
		t.Errorf("an empty feed is written as %s", got)
	}
}

func TestUpdatedIsNeverBeforePublished(t *testing.T) {
	p := worldPost(1, "Story")
	p.Updated = p.Published.Add(-time.Hour)
	for _, format := range Formats {
		if got := writtenFeed(t, format, worldChannel(p)); strings.Contains(got, "10:59") {
			t.Errorf("%s has an update before the publication:\n%s", format.Name, got)
		}
	}
}

func TestAddress(t *testing.T) {
	for in, want := range map[string]string{
		"https://a.example/x?y=1#z":            "https://a.example/x?y=1#z",
		" HTTP://a.example ":                   "http://a.example",
		"https://a.example/مرحبا b|c[1]%zz%2f": "https://a.example/%D9%85%D8%B1%D8%AD%D8%A8%D8%A7%20b%7Cc%5B1%5D%25zz%2f",
		"https://müller.example:8080/#a#b":     "https://xn--mller-kva.example:8080/#a%23b",
		"https://jo:pw@a.example/":             "https://a.example/",
		`https://a.example\x`:                  `https://a.example%5Cx`,
		"http://[::1]:8080/x":                  "http://[::1]:8080/x",
		"http://":                              "",
		"http:///x":                            "",
		"https://a b.example/":                 "",
		"javascript:alert(1)":                  "",
		"/x":                                   "",
		"":                                     "",
	} {
		if got := Address(in); got != want {
			t.Errorf("Address(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestLanguageTag(t *testing.T) {
	for in, want := range map[string]string{
		"ar": "ar", "en_US": "en-US", "EN-gb": "en-GB", "iw": "he", "zh-hant-tw": "zh-Hant-TW", "nb": "nb", "fil": "fil",
		"ckb": "ku-Arab", "arz": "ar-arz", "cmn": "zh", "aaa": "und", "english": "", "und": "", "": "", "\x00": "",
	} {
		if got := languageTag(in); got != want {
			t.Errorf("languageTag(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestBreakMarkup(t *testing.T) {
	for in, want := range map[string]string{
		"AT&T, H&M, R&D and S&P500": "AT&T, H&M, R&D and S&P500",
		"5 < 6 > 3 & on":            "5 < 6 > 3 & on",
		"<b>x</b>":                  "<_b>x<_/b>",
		"a &amp; b &copy c &#39;":   "a &_amp; b &_copy c &_#39;",
	} {
		if got := strings.ReplaceAll(breakMarkup(in), "\u2060", "_"); got != want {
			t.Errorf("breakMarkup(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzWrite(f *testing.F) {
	for _, s := range hostile {
		if len(s) < 1000 { // long ones slow the fuzzer down and find nothing
			f.Add(s)
		}
	}
	f.Fuzz(func(t *testing.T, s string) {
		c := worldChannel(hostilePost(1, s), hostilePost(2, s), hostilePost(3, s))
		c.Title, c.Description, c.Language, c.HomePage, c.Icon, c.Hubs = s, s, s, s, s, []string{s}
		for _, format := range []*Format{RSS, Atom} {
			d := xml.NewDecoder(strings.NewReader(writtenFeed(t, format, c)))
			var err error
			for err == nil {
				_, err = d.Token()
			}
			if err != io.EOF {
				t.Fatalf("%s of %q is no XML: %v", format.Name, s, err)
			}
		}
		if !json.Valid([]byte(writtenFeed(t, JSON, c))) {
			t.Fatalf("json of %q is no JSON", s)
		}
		for _, format := range Formats {
			got, err := gofeed.NewParser().ParseString(writtenFeed(t, format, c))
			if err != nil || len(got.Items) != 3 {
				t.Fatalf("%s of %q: gofeed: %v", format.Name, s, err)
			}
		}
	})
}

func BenchmarkWrite(b *testing.B) {
	c := worldChannel()
	for i := range 100 {
		p := richPost()
		p.ID, p.Content = worldPost(i, "").ID, "<p>"+strings.Repeat("A sentence of a summary. ", 12)+"</p>"+strings.Repeat(`<li lang="en"><a href="https://wire.example/news/1234567">Wire</a> <time datetime="2026-03-02T12:00:00Z">2 Mar 12:00 UTC</time></li>`, 5)
		p.Outlets = append(p.Outlets, wireOutlet(2), wireOutlet(3), wireOutlet(4))
		c.Posts = append(c.Posts, p)
	}
	for _, format := range Formats {
		b.Run(format.Name, func(b *testing.B) {
			var buf bytes.Buffer
			start := cpu()
			for b.Loop() {
				buf.Reset()
				if err := format.Write(&buf, c); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric((cpu()-start).Seconds()*1000/float64(b.N), "cpu-ms/op")
			b.ReportMetric(float64(buf.Len()), "bytes")
		})
	}
}

// cpu returns the processor time of this process, including garbage collection.
func cpu() time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
