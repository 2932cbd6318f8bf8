package canon

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/news"
)

var day1 = time.Date(2026, 11, 22, 8, 30, 0, 0, time.UTC)

func TestEntry(t *testing.T) {
	doc := &feed.Document{Feed: news.Feed{Language: "en_us"}, Author: "The Desk", Items: []feed.Item{{
		ID: "tag:outlet.example,2026:1", Title: "Dam &amp;amp; bridge <b>closed</b>", Link: "https://www.outlet.example/2026/11/22/dam-and-bridge-closed/?utm_source=rss",
		Content: `<p>The dam closed. <img src="/dam.jpg" width=640 height=360 alt="The dam"></p>`, Base: "https://www.outlet.example/",
		Updated: day1, Categories: []string{"Water", "water", " <i>Roads</i> "},
	}}}
	got := Entries(doc, news.Source{ID: "outlet"})
	want := []news.Entry{{
		Source: "outlet", GUID: "tag:outlet.example,2026:1", Link: "https://www.outlet.example/2026/11/22/dam-and-bridge-closed/?utm_source=rss",
		Headline: "Dam & bridge closed", Summary: "The dam closed.", Body: doc.Items[0].Content, Base: "https://www.outlet.example/",
		Author: "The Desk", Categories: []string{"Water", "Roads"}, Language: "en-US", Published: day1,
		Media: []news.Media{{URL: "https://www.outlet.example/dam.jpg", Width: 640, Height: 360, Alt: "The dam", Picture: true}},
	}}
	if d := cmp.Diff(want, got, cmpopts.IgnoreFields(news.Entry{}, "Keys", "Hash")); d != "" {
		t.Error(d)
	}
	if got[0].Keys.Page != "outlet.example/2026/11/22/dam-and-bridge-closed" {
		t.Errorf("page %q", got[0].Keys.Page)
	}
}

func items(all ...feed.Item) []news.Entry {
	return Entries(&feed.Document{Items: all}, news.Source{ID: "s"})
}

func TestSharedKeysAreCleared(t *testing.T) {
	t.Run("the same guid twice", func(t *testing.T) {
		got := items(feed.Item{ID: "1", Title: "A one", Link: "https://a.example/one-a-b"}, feed.Item{ID: "1", Title: "B two", Link: "https://a.example/two-a-b"})
		if got[0].Keys.GUID != 0 || got[1].Keys.GUID != 0 || got[0].Keys.First() == got[1].Keys.First() || got[0].Keys.First() == 0 {
			t.Errorf("keys %+v and %+v", got[0].Keys, got[1].Keys)
		}
	})
	t.Run("all link to the home page", func(t *testing.T) {
		got := items(feed.Item{Title: "A", Link: "https://a.example/"}, feed.Item{Title: "B", Link: "https://a.example"})
		if got[0].Keys.Link == 0 || got[0].Keys.Link == got[1].Keys.Link || got[0].Keys.Page != "" {
			t.Errorf("keys %+v and %+v", got[0].Keys, got[1].Keys)
		}
	})
	t.Run("all link to one page", func(t *testing.T) {
		got := items(feed.Item{Title: "A", Link: "https://a.example/log-of-all-1#top"}, feed.Item{Title: "B", Link: "https://a.example/log-of-all-1#comments"})
		if got[0].Keys.Link != 0 || got[0].Keys.Page != "" || got[0].Keys.Headline == 0 {
			t.Errorf("keys %+v", got[0].Keys)
		}
	})
	t.Run("parts of one page", func(t *testing.T) {
		got := items(feed.Item{Title: "A", Link: "https://a.example/log-of-all-1#a"}, feed.Item{Title: "B", Link: "https://a.example/log-of-all-1#b"})
		if got[0].Keys.Link == 0 || got[0].Keys.Link == got[1].Keys.Link || got[0].Keys.Page == got[1].Keys.Page {
			t.Errorf("keys %+v and %+v", got[0].Keys, got[1].Keys)
		}
	})
	t.Run("the same item twice", func(t *testing.T) {
		it := feed.Item{ID: "1", Title: "A", Link: "https://a.example/a-b-c"}
		if got := items(it, it); len(got) != 1 || got[0].Keys.GUID == 0 {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("nothing at all", func(t *testing.T) {
		if got := items(feed.Item{}, feed.Item{Title: "A"}); len(got) != 1 {
			t.Errorf("got %+v", got)
		}
	})
}

func TestKeysDoNotDependOnSpelling(t *testing.T) {
	one := items(feed.Item{ID: "x", Title: "Quake hits north coast", Link: "http://www.a.example/quake-hits-north/?utm_campaign=z", Published: day1})[0]
	other := items(feed.Item{ID: "x", Title: "QUAKE hits  north coast", Link: "https://a.example/quake-hits-north", Published: day1.Add(time.Hour)})[0]
	if one.Keys != other.Keys {
		t.Errorf("keys %+v and %+v", one.Keys, other.Keys)
	}
	if one.Hash == other.Hash {
		t.Error("two spellings of a headline have the same hash")
	}
}

func TestHashCoversWhatAReaderSees(t *testing.T) {
	base := feed.Item{ID: "1", Title: "A", Link: "https://a.example/a-b-c", Content: "<p>x</p>", Published: day1}
	hash := func(change func(*feed.Item)) uint64 {
		it := base
		change(&it)
		return items(it)[0].Hash
	}
	same := hash(func(*feed.Item) {})
	if hash(func(i *feed.Item) { i.Published = day1.Add(time.Hour); i.Updated = day1; i.RawHash = 7 }) != same {
		t.Error("a date changes the hash")
	}
	for name, change := range map[string]func(*feed.Item){
		"title": func(i *feed.Item) { i.Title = "B" }, "content": func(i *feed.Item) { i.Content = "<p>y</p>" },
		"link": func(i *feed.Item) { i.Link += "d" }, "author": func(i *feed.Item) { i.Author = "N" },
		"media": func(i *feed.Item) { i.Media = []news.Media{{URL: "https://a.example/a.mp3"}} },
	} {
		if hash(change) == same {
			t.Errorf("the hash does not depend on the %s", name)
		}
	}
}

func TestLanguage(t *testing.T) {
	for in, want := range map[string]string{
		"en": "en", "EN_us": "en-US", "zh-hant-tw": "zh-Hant-TW", "ar": "ar", "iw": "he", "en-us, de": "en-US", "x-default": "", "english": "", "und": "", "": "", "de_DE.UTF-8": "de-DE", "es-419": "es-419", "<b>": "",
	} {
		if got := Language(in); got != want {
			t.Errorf("language(%q) = %q, want %q", in, got, want)
		}
	}
	doc := &feed.Document{Feed: news.Feed{Language: "fr"}, Items: []feed.Item{{Title: "a"}, {Title: "b", Language: "ar"}}}
	got := Entries(doc, news.Source{Language: "en"})
	if got[0].Language != "en" || got[1].Language != "ar" {
		t.Errorf("languages %q and %q, want the source's, and the item's own before it", got[0].Language, got[1].Language)
	}
}

func TestFeed(t *testing.T) {
	got := Feed(&feed.Document{Feed: news.Feed{Title: " A &amp; <b>B</b>\n", Site: "javascript:1", Description: "<p>d</p>", Language: "en_gb", Icon: "/x", Hub: "https://hub.example/"}})
	want := news.Feed{Title: "A & B", Description: "d", Language: "en-GB", Hub: "https://hub.example/"}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// TestRights: rights and origin are read as plain text, and an entry without them has the
// hash that it had before there were such fields.
func TestRights(t *testing.T) {
	it := feed.Item{Title: "A", Link: "https://a.example/1", Rights: "&copy; <b>A</b>", License: "https://l.example/by", Source: "The Origin", SourceURL: "https://o.example/rss",
		Media: []news.Media{{URL: "https://a.example/p.jpg", Picture: true, Credit: " Jo <b>Doe</b> "}}}
	doc := &feed.Document{Feed: news.Feed{Title: "The Wire", Self: "https://a.example/rss"}, Items: []feed.Item{it}}
	e := Entries(doc, news.Source{ID: "a"})[0]
	if e.Rights != "© A" || e.License != "https://l.example/by" || e.Origin != "The Origin" || e.OriginFeed != "https://o.example/rss" || e.Media[0].Credit != "Jo Doe" {
		t.Errorf("entry %+v", e)
	}
	for name, change := range map[string]func(*feed.Item){
		"rights": func(i *feed.Item) { i.Rights = "" }, "licence": func(i *feed.Item) { i.License = "" }, "origin": func(i *feed.Item) { i.Source = "" },
	} {
		other := it
		change(&other)
		doc.Items = []feed.Item{other}
		if got := Entries(doc, news.Source{ID: "a"})[0]; got.Hash == e.Hash {
			t.Errorf("an entry with another %s has the same hash", name)
		}
	}
	for _, own := range []feed.Item{{Title: "A", Source: "The Wire"}, {Title: "A", Source: "Wire", SourceURL: "https://a.example/rss"}, {Title: "A", SourceURL: "https://o.example/rss"}} {
		doc.Items = []feed.Item{own}
		if got := Entries(doc, news.Source{ID: "a"})[0]; got.Origin != "" || got.OriginFeed != "" {
			t.Errorf("item %+v comes from %q at %q, want its own feed", own, got.Origin, got.OriginFeed)
		}
	}
	if got, want := contentHash(&news.Entry{Headline: "A", Link: "https://a.example/1"}), uint64(15176069091863376542); got != want {
		t.Errorf("hash %d of an entry without rights, want %d as stored", got, want)
	}
}

func TestOwner(t *testing.T) {
	for _, c := range []struct{ site, address, title, want string }{
		{"https://www.news.example.co.uk/", "https://feeds.host.example/x", "News", "example.co.uk"},
		{"", "https://feeds.host.example/x", "News", "host.example"},
		{"", "http://127.0.0.3:8900/f/1", "", "127.0.0.3:8900"},
		{"", "http://127.0.0.3:8900/f/1", "The  Wire!", "127.0.0.3:8900 the wire"},
		{"http://bridge:3000/", "http://bridge:3000/f/1", "الجزيرة", "bridge:3000 الجزيره"},
		{"https://wire.example/", "http://bridge:3000/f/1", "The Wire", "wire.example"},
	} {
		if got := Owner(c.site, c.address, c.title); got != c.want {
			t.Errorf("Owner(%q, %q, %q) = %q, want %q", c.site, c.address, c.title, got, c.want)
		}
	}
}

func FuzzEntries(f *testing.F) {
	f.Add("id", "A &lt;b>", "https://a.example/x", "<p>x", "en", "https://b.example/p.jpg")
	f.Add("", "\u202e<script", "javascript:1", "<img src=x width=", "x_y-z", "//")
	f.Add("1", "<![CDATA[<b>A</b>]]>", "www.a.example/50%", "<p>&lt;![CDATA[&lt;p&gt;x&lt;/p&gt;]]&gt;</p>", "en", "https://b.example/p q.jpg")
	f.Add("2", "<b>A</b> &lt;i&gt;b&lt;/i&gt; &#1 &copy <svg></svg>", "", "x <svg><svg></svg> <q:r>s</q:r> <a href=/1><img srcset='a.jpg 1x'></a> (<a href=/>Read more »</a>)", "", "")
	f.Add("3", "<br>", "feed:https://a.example", "The dam […] The post A appeared first on B.", "", "")
	f.Fuzz(func(t *testing.T, id, title, link, content, lang, media string) {
		it := feed.Item{ID: id, Title: title, Link: link, Content: content, Language: lang, Author: title, Categories: []string{title}, Media: []news.Media{{URL: media}}}
		for _, e := range items(it, it, feed.Item{ID: id + "2", Title: title, Summary: content}) {
			if !utf8.ValidString(e.Headline) || strings.ContainsAny(e.Headline, "\n\r\t\x00\u202e") || len(e.Headline) > 16*maxHeadline {
				t.Errorf("headline %q", e.Headline)
			}
			if len(e.Summary) > 16*maxSummary || len(e.Body) > maxBody || len(e.Media) > maxMedia {
				t.Error("an entry exceeds its limits")
			}
			for _, a := range append([]string{e.Link}, addresses(e.Media)...) {
				if low := strings.ToLower(a); a != "" && !strings.HasPrefix(low, "http://") && !strings.HasPrefix(low, "https://") {
					t.Errorf("address %q", a)
				}
			}
			if h := Headline(e.Headline); e.Headline != "" && h == "" && title == e.Headline {
				t.Errorf("headline of %q is empty", e.Headline)
			}
		}
	})
}

func addresses(all []news.Media) []string {
	var out []string
	for _, m := range all {
		out = append(out, m.URL)
	}
	return out
}

func BenchmarkEntries(b *testing.B) {
	doc := &feed.Document{}
	for i := range 32 {
		body := `<p><img src="https://outlet.example/p.jpg" width="600" height="400"></p>` + strings.Repeat("<p>The river rose &amp; the <a href='https://outlet.example/dam'>dam</a> closed – again.</p>\n", 22)
		doc.Items = append(doc.Items, feed.Item{
			ID: fmt.Sprint("tag:outlet.example,2026:", i), Title: fmt.Sprintf("Minister opens bridge number %d &amp; leaves", i), Content: body, Summary: body[:400],
			Link: fmt.Sprintf("https://www.outlet.example/2026/11/22/minister-opens-bridge-%d/?utm_source=rss", i), Published: day1, Author: "A. Writer", Categories: []string{"Roads", "Water"},
		})
	}
	start := cpuTime()
	for b.Loop() {
		Entries(doc, news.Source{ID: "s"})
	}
	b.ReportMetric(float64((cpuTime()-start).Microseconds())/float64(b.N), "cpu-us/op")
}

// cpuTime returns the processor time of this process.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		os.Exit(2)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// Titles and summaries are plain text, whatever type an Atom text has.
func TestTypesOfAtomTexts(t *testing.T) {
	for kind, mark := range map[string]string{
		"xhtml":    `type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">My <b>Feed</b> &amp; more</div>`,
		"prefixed": `type="xhtml"><h:div>My <h:b>Feed</h:b> &amp; more</h:div>`,
		"html":     `type="html">My &lt;b>Feed&lt;/b> &amp;amp; more`,
		"text":     `type="text">My Feed &amp; more`,
	} {
		doc, err := feed.Read([]byte(`<feed xmlns="http://www.w3.org/2005/Atom" xmlns:h="http://www.w3.org/1999/xhtml"><id>urn:x</id><title `+mark+`</title><subtitle `+mark+
			`</subtitle><entry><id>urn:1</id><title `+mark+`</title><summary `+mark+`</summary></entry></feed>`), feed.Hints{})
		if err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		f, e := Feed(doc), Entries(doc, news.Source{})[0]
		want := "My Feed & more"
		if diff := cmp.Diff([]string{want, want, want, want}, []string{f.Title, f.Description, e.Headline, e.Summary}); diff != "" {
			t.Errorf("%s: title, subtitle, headline, summary (-want +got):\n%s", kind, diff)
		}
	}
}

// A title of Atom is plain text unless its type says otherwise or it contains elements.
// Titles of items in a JSON Feed always are; its own title should be, but is often HTML.
func TestWhichTitlesArePlain(t *testing.T) {
	for _, c := range []struct{ title, want string }{
		{`<title>What does &amp;nbsp; do in a &lt;b&gt;bold&lt;/b&gt; word?</title>`, "What does &nbsp; do in a <b>bold</b> word?"},
		{`<title type="text"><![CDATA[When to prefer <b> to </b>]]></title>`, "When to prefer <b> to </b>"},
		{`<title type="TEXT/PLAIN">AT&amp;amp;T &lt;b&gt;x&lt;/b&gt;</title>`, "AT&amp;T <b>x</b>"},
		{`<title>A <b>bold</b> word &amp;amp; more</title>`, "A bold word & more"},
		{`<title type="html">A &lt;b&gt;bold&lt;/b&gt; &amp;lt;select&amp;gt;</title>`, "A bold <select>"},
	} {
		doc, err := feed.Read([]byte(`<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:x</id>`+c.title+`<entry><id>urn:1</id>`+c.title+`</entry></feed>`), feed.Hints{})
		if err != nil {
			t.Fatalf("%s: %v", c.title, err)
		}
		if f, e := Feed(doc).Title, Title(&doc.Items[0]); f != c.want || e != c.want {
			t.Errorf("%s: feed %q, item %q, want %q", c.title, f, e, c.want)
		}
	}
	doc, err := feed.Read([]byte(`{"version":"https://jsonfeed.org/version/1.1","title":"A &#8211; <map>","items":[{"id":"1","title":"The <object> &nbsp; <b>x</b>","content_text":"<p>x</p>"}]}`), feed.Hints{})
	if err != nil {
		t.Fatal(err)
	}
	e := Entries(doc, news.Source{})[0]
	got := []string{Feed(doc).Title, e.Headline, e.Summary}
	if diff := cmp.Diff([]string{"A – <map>", "The <object> &nbsp; <b>x</b>", "<p>x</p>"}, got); diff != "" {
		t.Errorf("feed, headline, summary (-want +got):\n%s", diff)
	}
}
