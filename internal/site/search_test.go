package site_test

import (
	"context"
	"encoding/xml"
	"fmt"
	"html"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/search"
	"github.com/slugline/slugline/internal/site"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/webtest"
)

// startSearch runs the search of a newsroom and waits until its index is complete.
func startSearch(n *webtest.Newsroom) *search.Index {
	n.Helper()
	x := &search.Index{Store: n.Store, Dir: n.Store.Path() + ".search", Every: time.Millisecond}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- x.Run(ctx) }()
	n.Cleanup(func() {
		stop()
		n.Must(<-ended)
	})
	for st := x.Status(); st.Opening || st.Building || st.Seq != n.Store.Seq(); st = x.Status() {
		if st.Problem != "" || n.Context().Err() != nil {
			n.Fatalf("the search is not ready: %+v", st)
		}
		<-time.After(time.Millisecond)
	}
	return x
}

// searchSite returns the site of a newsroom with its search, whose readers are told apart by
// X-Forwarded-For.
func searchSite(n *webtest.Newsroom) *site.Site {
	n.Helper()
	s := newSite(n)
	s.Search, s.Proxies = startSearch(n), []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	return s
}

var readers int

// searchFor asks the search of a site as a reader of its own.
func searchFor(t *testing.T, at string, fields ...string) (status int, body string) {
	t.Helper()
	v := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		v.Set(fields[i], fields[i+1])
	}
	readers++
	resp, body := webtest.Request(t, "GET", at+"/search?"+v.Encode(), fmt.Sprintf("X-Forwarded-For: 198.51.%d.%d", readers/250, readers%250))
	return resp.StatusCode, body
}

var (
	foundLine = regexp.MustCompile(`(?s)<article class="story">.*?<h3[^>]*><a href="[^"]*">(.*?)</a>`)
	marks     = regexp.MustCompile(`</?mark>`)
)

// found returns the headlines of results, without marks.
func found(body string) (all []string) {
	for _, m := range foundLine.FindAllStringSubmatch(body, -1) {
		all = append(all, html.UnescapeString(marks.ReplaceAllString(m[1], "")))
	}
	return all
}

// Pictures in texts and pages of other sites can't make readers search.
func TestSearchIsNoPartOfAPage(t *testing.T) {
	n := webtest.OpenFilled(t)
	at := webtest.Serve(t, searchSite(n))
	for _, tt := range []struct {
		dest, from string
		want       int
	}{
		{"document", "none", 200}, {"document", "cross-site", 200}, {"empty", "same-origin", 200},
		{"image", "same-origin", 400}, {"video", "cross-site", 400}, {"iframe", "cross-site", 400}, {"empty", "cross-site", 400},
	} {
		if resp, _ := webtest.Request(t, "GET", at+"/search?q=port", "Sec-Fetch-Dest: "+tt.dest, "Sec-Fetch-Site: "+tt.from); resp.StatusCode != tt.want {
			t.Errorf("as %s, from %s: %d, want %d", tt.dest, tt.from, resp.StatusCode, tt.want)
		}
	}
}

func TestSearch(t *testing.T) {
	n := webtest.OpenFilled(t)
	at := webtest.Serve(t, searchSite(n))
	const (
		ferry, abbara, copper, agree, harbour = "Ferry returns to port after a night at sea", "عودة العبّارة إلى الميناء بعد ليلة في البحر", "Copper rises for a third day", "Vault and wire agree", "Harbour reopens <b>slowly</b> & carefully"
	)
	for _, tt := range []struct {
		fields []string
		want   []string
	}{
		{[]string{"q", "port"}, []string{ferry}},
		{[]string{"q", "passenger midnight"}, []string{ferry}}, // in the summary
		{[]string{"q", "العبارة"}, []string{abbara}},
		{[]string{"q", `"third day"`}, []string{copper}},
		{[]string{"q", `"day third"`}, nil},
		{[]string{"q", "cop* OR harbour"}, []string{harbour, copper, ferry}},
		{[]string{"q", "outlets:>2"}, []string{copper}},
		{[]string{"q", "-copper", "lang", "en"}, []string{harbour, agree, ferry}},
		{[]string{"topic", "trade"}, []string{agree, copper}},
		{[]string{"topic", "trade", "q", "copper OR ferry"}, []string{copper}},
		{[]string{"outlet", "nile"}, []string{abbara, copper}[:0:0]},
		{[]string{"outlet", "Gulf Wire", "q", "ferry"}, []string{ferry}},
		{[]string{"lang", "ar"}, []string{abbara}},
		{[]string{"from", "2026-11-20", "to", "2026-11-20", "q", "copper"}, []string{copper}},
		{[]string{"to", "2026-11-19", "q", "copper"}, nil},
		{[]string{"from", "2026-11-21", "q", "copper"}, nil},
		{[]string{"q", "nothingofthekind"}, nil},
	} {
		if tt.fields[0] == "outlet" && tt.fields[1] == "nile" {
			tt.want = []string{copper, abbara}
		}
		status, body := searchFor(t, at, tt.fields...)
		if diff := cmp.Diff(tt.want, found(body)); diff != "" || status != 200 {
			t.Errorf("%q: %d (-want +got):\n%s", tt.fields, status, diff)
		}
		if len(tt.want) == 0 {
			webtest.ContainsInOrder(t, body, "No stories found")
		}
	}
	resp, body := webtest.Request(t, "GET", at+"/search?q=ferry+night")
	webtest.ContainsInOrder(t, body, "<title>ferry night · Search · Gulf Courier</title>", `content="noindex"`, `rel="search" type="application/opensearchdescription+xml" title="Gulf Courier" href="/opensearch.xml"`,
		`<a href="/search">`, `name="q" type="search" value="ferry night"`, `<h3 dir="ltr" lang="en"><a href="http://gulf.example/2"><mark>Ferry</mark> returns to port after a <mark>night</mark> at sea</a>`, "Gulf Wire", `href="/topics/world"`)
	if got := resp.Header.Get("Content-Security-Policy"); !strings.Contains(got, "form-action 'self'") {
		t.Errorf("policy %s", got)
	}
	_, body = searchFor(t, at, "q", "العبارة")
	webtest.ContainsInOrder(t, body, `<h3 dir="rtl" lang="ar">`, `عودة <mark>العبّارة</mark> إلى`)
	_, body = searchFor(t, at, "q", "midnight")
	webtest.ContainsInOrder(t, body, `<p class="found" dir="auto" lang="en">`, "the crew back at <mark>midnight</mark>.</p>")
	_, body = searchFor(t, at, "q", "<b>slowly")
	if strings.Contains(body, "<b>") {
		t.Error("the query or a headline is not escaped")
	}
	_, body = searchFor(t, at, "topic", "world", "outlet", "gulf", "lang", "ar", "from", "2026-11-01", "to", "2026-11-30")
	webtest.ContainsInOrder(t, body, `<option value="world" dir="ltr" selected>World`, `name="outlet" size="14" value="gulf"`, `<option value="ar" lang="ar" dir="rtl" selected>العربية`, `type="date" value="2026-11-01"`, `type="date" value="2026-11-30"`)
	_, body = webtest.Request(t, "GET", at+"/outlets/gulf")
	webtest.ContainsInOrder(t, body, `<a href="/search?outlet=gulf"><bdi dir="ltr">Search all stories from <bdi>Gulf Wire</bdi>`)
	for _, path := range []string{"/", "/topics/world", "/nothing"} {
		if _, body := webtest.Request(t, "GET", at+path); !strings.Contains(body, `<a href="/search">`) {
			t.Errorf("%s has no link to the search", path)
		}
	}
}

// Nothing can be found that readers may not see: neither by what a story has, nor by what
// keeps it from being found.
func TestSearchObeysGates(t *testing.T) {
	n := webtest.OpenFilled(t)
	n.SetShow("harbour", news.ShowHeadline)
	n.AddStory(webtest.Story{Headline: "Harbour talks", Language: "en", Summary: "Smuggling is suspected.", Sources: []string{"harbour"}, Topics: []string{"world"}})
	n.AddStory(webtest.Story{Headline: "Northern talks", Language: "en", Summary: strings.Repeat("All were well and said so. ", 20) + "Then came zephyr.", Sources: []string{"north"}, Topics: []string{"world"}})
	hidden := addAt(n, "2026-11-20T12:00:00Z", "Hidden by an editor")
	held := addAt(n, "2026-11-20T12:01:00Z", "Embargoed claim")
	n.AddStory(webtest.Story{Headline: "Two of three are held", Language: "en", Sources: []string{"gulf", "north", "nile"}, Topics: []string{"world"}, Change: func(s *news.Story) {
		s.Takes[1].Headline, s.Takes[2].Headline = "Halcyon one", "Halcyon two"
		s.Takes[1].Holds, s.Takes[2].Holds = []news.Hold{{Why: "EMBARGO"}}, []news.Hold{{Why: "EMBARGO"}}
	}})
	n.Apply(func(tx *store.Tx) news.Change {
		hidden.Hidden, held.Takes[0].Holds = map[string]uint64{"world": n.Seq}, []news.Hold{{Why: "EMBARGO"}}
		n.Must(tx.Stories.Put(hidden))
		n.Must(tx.Stories.Put(held))
		return news.Change{Stories: []string{hidden.ID, held.ID}, Topics: []string{"world"}}
	})
	at := webtest.Serve(t, searchSite(n))
	for _, query := range []string{
		"vault says", "source:vault", `source:"The Vault"`, "link:vault.example", "withdrawn", "nobody", "hidden", "embargoed", "halcyon", // of others
		"smuggling", "suspected", "zephyr", // text that is not republished
		"topic:inside", "tag:wires", "outlets:>3", `title:"What the vault"`,
	} {
		_, body := searchFor(t, at, "q", query)
		if got := found(body); len(got) > 0 {
			t.Errorf("%s finds %q", query, got)
		}
	}
	for _, tt := range []struct{ query, want string }{ // a term behind NOT tells nothing either
		{"harbour talks -smuggling", "Harbour talks"}, {"northern talks -zephyr", "Northern talks"}, {"talks NOT (smuggling OR zephyr) northern", "Northern talks"},
		{"agree -source:vault", "Vault and wire agree"}, {"agree -topic:inside", "Vault and wire agree"}, {"agree outlets:1", "Vault and wire agree"}, {"agree -outlets:2", "Vault and wire agree"},
		{"harbour talks -tag:wires", "Harbour talks"}, {"held -halcyon", "Two of three are held"}, {"held outlets:1", "Two of three are held"}, {"held outlets:<2", "Two of three are held"},
	} {
		_, body := searchFor(t, at, "q", tt.query)
		if got := found(body); len(got) != 1 || got[0] != tt.want {
			t.Errorf("%s finds %q, want %q", tt.query, got, tt.want)
		}
	}
	for _, key := range []string{webtest.TopicKey, "x"} {
		_, body := searchFor(t, at, "q", "vault", "key", key)
		for _, secret := range []string{"What the vault says", "The Vault", "vault.example", "Inside"} {
			if strings.Contains(body, secret) {
				t.Errorf("with the key %q the page contains %q", key, secret)
			}
		}
	}
	n.SetShow("harbour", news.ShowSummary)
	if _, body := searchFor(t, at, "q", "smuggling"); !slices.Equal(found(body), []string{"Harbour talks"}) {
		t.Errorf("a summary that may be shown is not found: %q", found(body))
	}
}

// Each mistake has a sentence, and the place is marked.
func TestSearchMistakes(t *testing.T) {
	n := webtest.OpenFilled(t)
	s := searchSite(n)
	at := webtest.Serve(t, s)
	for _, tt := range []struct {
		fields []string
		status int
		want   []string
	}{
		{nil, 200, []string{`<h1>Search</h1>`, `aria-describedby="how"`}},
		{[]string{"q", "  "}, 200, []string{`aria-describedby="how"`}},
		{[]string{"q", "سفينة (ميناء"}, 200, []string{`aria-describedby="how wrong" aria-invalid="true"`, `role="alert"`, "be understood at the marked place", `سفينة <mark>(ميناء</mark>`, "this ( is never closed"}},
		{[]string{"q", "ferry OR"}, 200, []string{`ferry <mark>OR</mark>`}},
		{[]string{"q", "nofield:x"}, 200, []string{`role="alert"`, "<mark>nofield:x</mark>"}},
		{[]string{"q", "has:star"}, 200, []string{`role="alert"`}},
		{[]string{"from", "yesterday"}, 200, []string{`role="alert"`, "year-month-day"}},
		{[]string{"to", "2026-02-30"}, 200, []string{`role="alert"`, "year-month-day"}},
		{[]string{"lang", "x!"}, 200, []string{`role="alert"`}},
		{[]string{"q", strings.Repeat("x", 501)}, 413, []string{"larger than this page accepts"}},
		{[]string{"q", "ferry", "before", "0123456789abc"}, 404, []string{"nothing at this address"}},
	} {
		status, body := searchFor(t, at, tt.fields...)
		if status != tt.status {
			t.Errorf("%.80q: %d, want %d", tt.fields, status, tt.status)
		}
		webtest.ContainsInOrder(t, body, tt.want...)
		if strings.Contains(body, "No stories found") {
			t.Errorf("%.80q says that there are no matches", tt.fields)
		}
	}
	n.Rules.Site.Language = "fr"
	n.ApplyRules()
	_, body := searchFor(t, at, "q", "(ferry")
	if webtest.ContainsInOrder(t, body, "n’est pas comprise", "<mark>(ferry</mark>"); strings.Contains(body, "never closed") {
		t.Error("a French page has an English sentence")
	}
	s.QueryTime = -1
	n.Rules.Site.Language = "en"
	n.ApplyRules()
	_, body = searchFor(t, at, "q", "ferry")
	webtest.ContainsInOrder(t, body, `value="ferry"`, `role="alert"`, "takes too much work")
	late := newSite(n)
	late.Search = &search.Index{Store: n.Store, Dir: filepath.Join(t.TempDir(), "x")}
	resp, body := webtest.Request(t, "GET", webtest.Serve(t, late)+"/search?q=ferry")
	if webtest.ContainsInOrder(t, body, `role="alert"`, "not available at the moment"); resp.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("it is cached: %q", resp.Header.Get("Cache-Control"))
	}
	none := serve(n)
	for _, path := range []string{"/search?q=ferry", "/opensearch.xml"} {
		if resp, _ := webtest.Request(t, "GET", none+path); resp.StatusCode != 404 {
			t.Errorf("%s of a site without search: %d", path, resp.StatusCode)
		}
	}
	if _, body := webtest.Request(t, "GET", none+"/"); strings.Contains(body, "/search") || strings.Contains(body, "opensearch") {
		t.Error("a site without search links to it")
	}
}

// Results have pages, each story is on one, and a story that comes meanwhile moves none.
func TestSearchPages(t *testing.T) {
	n := webtest.Open(t)
	var want []string
	add := func(i int) {
		n.AddStory(webtest.Story{Headline: fmt.Sprintf("Dispatch %d", i), Language: "en", Sources: []string{"north"}, Topics: []string{"world"}, After: time.Hour})
	}
	for i := range 45 {
		add(i)
		want = append(want, fmt.Sprintf("Dispatch %d", i))
	}
	slices.Reverse(want)
	at := webtest.Serve(t, searchSite(n))
	var got []string
	path := "/search?" + url.Values{"q": {"dispatch"}, "topic": {"world"}, "from": {"2026-11-01"}}.Encode()
	for pages := 1; path != ""; pages++ {
		_, body := webtest.Request(t, "GET", at+path)
		got = append(got, found(body)...)
		add(100 + pages)
		if path = ""; pages < 9 {
			if m := regexp.MustCompile(`rel="next" href="([^"]*)">Older results`).FindStringSubmatch(body); m != nil {
				path = html.UnescapeString(m[1])
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("all pages (-want +got):\n%s", diff)
	}
}

// A committed story is found at once, whether or not the index has it yet.
func TestSearchFindsNewStories(t *testing.T) {
	n := webtest.Open(t)
	at := webtest.Serve(t, searchSite(n))
	for i := range 10 {
		n.AddStory(webtest.Story{Headline: fmt.Sprintf("Telegram %d arrives", i), Language: "en", Sources: []string{"north"}, Topics: []string{"world"}})
		if _, body := searchFor(t, at, "q", fmt.Sprintf("telegram %d", i)); len(found(body)) != 1 {
			t.Fatalf("telegram %d: found %q", i, found(body))
		}
	}
}

// Searches are limited for each reader behind a proxy, and other pages are not.
func TestSearchesAreLimited(t *testing.T) {
	n := webtest.OpenFilled(t)
	at := webtest.Serve(t, searchSite(n))
	ask := func(path, reader string) (status int, after, body string) {
		resp, body := webtest.Request(t, "GET", at+path, "X-Forwarded-For: "+reader)
		return resp.StatusCode, resp.Header.Get("Retry-After"), body
	}
	for i := range 30 {
		if status, _, _ := ask("/search?q=ferry", "203.0.113.7"); status != 200 {
			t.Fatalf("search %d: %d", i+1, status)
		}
	}
	status, after, body := ask("/search?q=ferry", "203.0.113.7")
	if status != 429 || after != "1" || !strings.Contains(body, "Too many searches") {
		t.Errorf("search 31: %d, Retry-After %q, %s", status, after, body)
	}
	for _, tt := range []struct{ path, reader string }{{"/search?q=ferry", "203.0.113.8"}, {"/search", "203.0.113.7"}, {"/", "203.0.113.7"}} {
		if status, _, _ := ask(tt.path, tt.reader); status != 200 {
			t.Errorf("%s of %s: %d", tt.path, tt.reader, status)
		}
	}
}

// Results go on below a story that was deleted meanwhile, and from addresses with the id of
// a story alone. A position that is no place of a story is nothing.
func TestOlderResultsOfADeletedStory(t *testing.T) {
	n := webtest.Open(t)
	var all []*news.Story
	for i := range 45 {
		n.At = n.At.Add(time.Minute)
		all = append(all, n.AddStory(webtest.Story{Headline: fmt.Sprintf("Ferry %d sails", i), Language: "en", Sources: []string{"gulf"}, Topics: []string{"world"}}))
	}
	s := searchSite(n)
	at := webtest.Serve(t, s)
	older := func(body string) string {
		m := regexp.MustCompile(`rel="next" href="([^"]*)">Older results`).FindStringSubmatch(body)
		if m == nil {
			t.Fatal("there is no link to older results")
		}
		return html.UnescapeString(m[1])
	}
	_, body := searchFor(t, at, "q", "ferry")
	second, last := older(body), all[25]
	n.Apply(func(tx *store.Tx) news.Change {
		n.Must(tx.Stories.Delete(last))
		return news.Change{Stories: []string{last.ID}}
	})
	_, body = webtest.Request(t, "GET", at+second)
	if got := found(body); len(got) != 20 || got[0] != "Ferry 24 sails" {
		t.Errorf("below a deleted story: %q, want 20 from Ferry 24", got)
	}
	for _, before := range []string{all[24].ID, fmt.Sprintf("%d-%d-%s", all[24].First.UnixMilli(), all[24].Seq, all[24].ID)} {
		if _, body := searchFor(t, at, "q", "ferry", "before", before); found(body)[0] != "Ferry 23 sails" {
			t.Errorf("before %s: %q, want Ferry 23 first", before, found(body))
		}
	}
	place := fmt.Sprintf("%d-%d-", all[24].First.UnixMilli(), all[24].Seq)
	for _, before := range []string{last.ID, place, place + "x", place + all[24].ID + "-", "+" + place + all[24].ID, "0" + place + all[24].ID, "-1-1-" + all[24].ID} {
		if status, _ := searchFor(t, at, "q", "ferry", "before", before); status != 404 {
			t.Errorf("before %s: %d, want 404", before, status)
		}
	}
	if status, body := searchFor(t, at, "q", "ferry", "before", "9223372036854775807-1-"+last.ID); status != 200 || found(body)[0] != "Ferry 44 sails" {
		t.Errorf("below the end of time: %d, want the newest", status)
	}
}

func TestOpenSearch(t *testing.T) {
	n := webtest.Open(t)
	n.Rules.Site.Title = "The Gulf Courier & Advertiser"
	n.ApplyRules()
	resp, body := webtest.Request(t, "GET", webtest.Serve(t, searchSite(n))+"/opensearch.xml")
	var got struct {
		ShortName, Description string
		URL                    struct {
			Template string `xml:"template,attr"`
		} `xml:"Url"`
	}
	n.Must(xml.Unmarshal([]byte(body), &got))
	if got.URL.Template != "http://press.example/search?q={searchTerms}" || len([]rune(got.ShortName)) > 16 || got.ShortName == "" || got.Description != "Search The Gulf Courier & Advertiser" ||
		resp.Header.Get("Content-Type") != "application/opensearchdescription+xml; charset=utf-8" {
		t.Errorf("%q %+v", resp.Header.Get("Content-Type"), got)
	}
}

// FuzzSearch checks that the search answers every request with a page and escapes what it
// was asked.
func FuzzSearch(f *testing.F) {
	n := webtest.Open(f)
	n.AddStory(webtest.Story{Headline: "Harbour reopens", Language: "en", Sources: []string{"gulf"}, Topics: []string{"world"}, Summary: "Ferries sail."})
	n.AddStory(webtest.Story{Headline: "What the vault says", Language: "en", Sources: []string{"vault"}, Topics: []string{"inside"}})
	s := searchSite(n)
	for _, q := range []string{"q=harbour&topic=world&outlet=gulf&lang=en&from=2026-11-01&to=2026-11-30", "q=%22&outlet=%22)", "q=-harbour*", "q=(((", "lang=%00", "before=0123456789abc", "q=harbour&before=9223372036854775807-18446744073709551615-0123456789abc", "q=a&before=-1-1-0123456789abc", "q=%ff%fe", "from=9999-12-31&to=0001-01-01", "q=<script>&topic=\"><b>", "outlet=a OR b", "q=NOT vault"} {
		f.Add(q)
	}
	reader := 0
	f.Fuzz(func(t *testing.T, query string) {
		r := httptest.NewRequest("GET", "/search", nil)
		r.URL.RawQuery = query
		reader++
		r.RemoteAddr = fmt.Sprintf("10.%d.%d.%d:1", reader>>16&255, reader>>8&255, reader&255)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if !slices.Contains([]int{200, 404, 413}, w.Code) {
			t.Errorf("%q: %d", query, w.Code)
		}
		if body := w.Body.String(); strings.Contains(body, "What the vault") || strings.Contains(body, "<script>") || !strings.HasSuffix(body, "</html>\n") {
			t.Errorf("%q: %s", query, body)
		}
	})
}
