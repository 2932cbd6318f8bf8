package newsroom_test

import (
	"context"
	"fmt"
	"html"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/newsroom"
	"github.com/slugline/slugline/internal/search"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
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

func searchDesk(n *webtest.Newsroom) string {
	n.Helper()
	x := startSearch(n)
	return serve(n, func(d *newsroom.Desk) { d.Search = x })
}

func TestSearchAPI(t *testing.T) {
	n := webtest.OpenFilled(t)
	at := searchDesk(n)
	copper := n.Find("Copper rises for a third day")
	for _, tt := range []struct {
		query string
		want  []string
	}{
		{"q=port", []string{"Ferry returns to port after a night at sea"}},
		{"q=midnight", []string{"Ferry returns to port after a night at sea"}}, // in the summary
		{"q=العبارة", []string{"عودة العبّارة إلى الميناء بعد ليلة في البحر"}},
		{"q=lang:en", []string{"Harbour reopens <b>slowly</b> & carefully", "Nobody carries this", "Vault and wire agree", "What the vault says", "Copper rises for a third day", "Ferry returns to port after a night at sea"}},
		{"q=lang:en&limit=2", []string{"Harbour reopens <b>slowly</b> & carefully", "Nobody carries this"}},
		{"q=lang:en&before=" + copper.ID, []string{"Ferry returns to port after a night at sea"}},
		{"q=outlets:>2", []string{"Copper rises for a third day"}},
		{"q=topic:world+outlets:>2", []string{"Copper rises for a third day"}},
		{"q=copper+after:1h", []string{}},
		{"q=copper+before:1h", []string{"Copper rises for a third day"}},
		{"q=withdrawn", []string{}},
		{"q=" + url.QueryEscape(`"ferry port"`), []string{}},
	} {
		got := read[view.SearchResults](t, at+"/api/search?"+tt.query)
		if diff := cmp.Diff(tt.want, headlines(got.Stories)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.query, diff)
		}
		q, _ := url.ParseQuery(tt.query)
		f := read[view.TopicPreview](t, at+"/api/preview?"+url.Values{"q": q["q"]}.Encode())
		if got.Preview.Carries != f.Carries || got.Preview.Looked != f.Looked {
			t.Errorf("%s: would carry %+v, preview says %d of %d", tt.query, got.Preview, f.Carries, f.Looked)
		}
	}
	if r := read[view.SearchResults](t, at+"/api/search?q=lang:en&limit=2"); r.Before != r.Stories[1].ID {
		t.Errorf("the next page starts below %q, want %q", r.Before, r.Stories[1].ID)
	}
	if got, want := read[view.SearchResults](t, at+"/api/search?q=ris*+copper").Stories[0].Why, []view.Reason{{Term: "ris*", Found: "rises"}, {Term: "copper", Found: "Copper"}}; !slices.Equal(got, want) {
		t.Errorf("copper was found by %v, want %v", got, want)
	}
	if r := read[view.SearchResults](t, at+"/api/search?q=topic:world"); r.Match != "" {
		t.Errorf("a query that only a search can ask is offered as a rule: %s", r.Match)
	}
	// Copper is in the topic world. The ferry is too, and the query would remove it.
	if r := read[view.SearchResults](t, at+"/api/search?q=copper&topic=world").Preview; r.Topic != "world" || r.Carries != 1 || r.Added != 0 || r.Removed == 0 {
		t.Errorf("compared with a topic: %+v", r)
	}
	for query, want := range map[string]int{"": 400, "q=+": 400, "q=%28": 400, "q=x&before=none": 404, "q=x&topic=none": 404, "q=x&limit=0": 400} {
		if resp, body := webtest.Request(t, "GET", at+"/api/search?"+query); resp.StatusCode != want || !strings.Contains(body, `"error"`) {
			t.Errorf("%q: %d %s, want %d", query, resp.StatusCode, body, want)
		}
	}
	if _, body := webtest.Request(t, "GET", at+"/api/search?q=a+OR"); !strings.Contains(body, "column 3") {
		t.Errorf("an invalid query: %s", body)
	}
	if resp, body := webtest.Request(t, "GET", serve(n, nil)+"/api/search?q=x"); resp.StatusCode != 503 || !strings.Contains(body, "no search") {
		t.Errorf("a desk without a search: %d %s", resp.StatusCode, body)
	}
}

// A committed story is found at once, whether or not the index has it yet.
func TestSearchFindsNewStories(t *testing.T) {
	n := webtest.OpenFilled(t)
	at := searchDesk(n)
	for i := range 20 {
		n.AddStory(webtest.Story{Headline: fmt.Sprintf("Telegram %d arrives", i), Language: "en", Sources: []string{"north"}})
		if got := read[view.SearchResults](t, at+fmt.Sprintf("/api/search?q=telegram+%d", i)); len(got.Stories) != 1 {
			t.Fatalf("telegram %d: found %v", i, headlines(got.Stories))
		}
	}
}

var codeLine = regexp.MustCompile(`(?s)<p class="line"><code dir="ltr">(.*?)</code>`)

// The line of YAML on the page gives a topic exactly this query.
func TestSearchLineIsTheQuery(t *testing.T) {
	n := webtest.OpenFilled(t)
	at := searchDesk(n)
	for _, q := range []string{`ferry`, `(cyber* OR "data breach") -crypto lang:en`, `l'hôpital 'quoted' "it's"`, `a: b`, `title:x # no comment`, `- [x] {y} &z !t | %`, "two\nlines\tand tabs", `مستشفى OR 北京`, `\n \" $HOME`, "a\u200fb"} {
		_, body := webtest.Request(t, "GET", at+"/search?"+url.Values{"q": {q}}.Encode())
		m := codeLine.FindStringSubmatch(body)
		if m == nil {
			if !strings.Contains(body, `role="alert">column`) {
				t.Errorf("%q: no line of YAML in\n%s", q, body)
			}
			continue
		}
		file := "sources: [https://a.example/rss]\ntopics:\n" + html.UnescapeString(m[1]) + "\n"
		path := filepath.Join(t.TempDir(), "feeds.yaml")
		n.Must(os.WriteFile(path, []byte(file), 0o600))
		c, err := config.Read(path, func(string) (string, bool) { return "", false })
		if err != nil {
			t.Errorf("%q: %v\n%s", q, err, file)
			continue
		}
		if want := strings.Join(strings.Fields(q), " "); len(c.Rules().Topics[0].Match) != 1 || c.Rules().Topics[0].Match[0] != want {
			t.Errorf("%q is read as %q", q, c.Rules().Topics[0].Match)
		}
	}
}

func TestSearchPage(t *testing.T) {
	n := webtest.OpenFilled(t)
	for i := range 60 {
		n.AddStory(webtest.Story{Headline: fmt.Sprintf("Dispatch %d", i), Language: "en", Sources: []string{"north"}, Topics: []string{"world"}})
	}
	at := searchDesk(n)
	_, body := webtest.Request(t, "GET", at+"/search")
	webtest.ContainsInOrder(t, body, `<a href="/search" aria-current="page">Search</a>`, `action="/search"`, "cyber*", "outlets:&gt;3")
	_, body = webtest.Request(t, "GET", at+"/search?q=dispatch+lang:en")
	webtest.ContainsInOrder(t, body, `value="dispatch lang:en"`, "As a topic", "Of the newest 68 stories it would carry <strong>60</strong>.", "match: &#39;dispatch lang:en&#39;", "<mark>Dispatch</mark> 59<", "<mark>Dispatch</mark> 10<")
	older := regexp.MustCompile(`href="(/search\?before=[^"]+)">Older`).FindStringSubmatch(body)
	if older == nil || strings.Contains(body, "<mark>Dispatch</mark> 9<") {
		t.Fatalf("the first page has no link to the second, or is too long:\n%s", body)
	}
	_, body = webtest.Request(t, "GET", at+html.UnescapeString(older[1]))
	webtest.ContainsInOrder(t, body, "<mark>Dispatch</mark> 9<", "<mark>Dispatch</mark> 0<")
	if strings.Contains(body, ">Older<") {
		t.Error("the last page links to another")
	}
	_, body = webtest.Request(t, "GET", at+"/search?q=passengers")
	webtest.ContainsInOrder(t, body, `<p class="summary" dir="ltr" lang="en">All 214 <mark>passengers</mark> are well.`)
	if _, body = webtest.Request(t, "GET", at+"/search?q=ferry"); strings.Contains(body, `class="summary"`) {
		t.Error("a summary is shown in which nothing was found")
	}
	_, body = webtest.Request(t, "GET", at+"/search?q=dispatch&topic=world")
	webtest.ContainsInOrder(t, body, "As the match of <bdi>World</bdi> it would add <strong>0</strong> and remove <strong>", `<option value="world" selected>World`)
	_, body = webtest.Request(t, "GET", at+"/search?"+url.Values{"q": {`ferry OR <b>`}}.Encode())
	if strings.Contains(body, "<b>") {
		t.Error("the query is not escaped")
	}
	_, body = webtest.Request(t, "GET", at+"/search?"+url.Values{"q": {"سفينة (ميناء"}}.Encode())
	webtest.ContainsInOrder(t, body, `role="alert">column 7: this ( is never closed`, `سفينة <mark>(ميناء</mark>`)
	_, body = webtest.Request(t, "GET", at+"/search?q=nothingofthekind")
	webtest.ContainsInOrder(t, body, "it would carry <strong>0</strong>.", "No matches")
	_, body = webtest.Request(t, "GET", serve(n, nil)+"/search?q=ferry")
	webtest.ContainsInOrder(t, body, "This desk has no search.")
	late := &search.Index{Store: n.Store, Dir: filepath.Join(t.TempDir(), "x")}
	_, body = webtest.Request(t, "GET", serve(n, func(d *newsroom.Desk) { d.Search = late })+"/search?q=ferry")
	webtest.ContainsInOrder(t, body, "The search index is being opened")
	if resp, _ := webtest.Request(t, "GET", at+"/search?q=x", "Host: press.example"); resp.StatusCode != 401 {
		t.Errorf("search without access: %d", resp.StatusCode)
	}
}

// Hidden stories are not found.
func TestSearchFollowsDecisions(t *testing.T) {
	n := webtest.OpenFilled(t)
	at := searchDesk(n)
	s := n.Find("Nobody carries this")
	n.Apply(func(tx *store.Tx) news.Change {
		s.Hidden = map[string]uint64{news.Everywhere: n.Seq}
		n.Must(tx.Stories.Put(s))
		return news.Change{Stories: []string{s.ID}}
	})
	if got := read[view.SearchResults](t, at+"/api/search?q=nobody"); len(got.Stories) != 0 {
		t.Errorf("a hidden story is found: %v", headlines(got.Stories))
	}
}

func TestSearchLook(t *testing.T) {
	l := webtest.OpenBrowser(t)
	n := webtest.OpenFilled(t)
	n.AddStory(webtest.Story{Headline: strings.Repeat("Donaudampfschifffahrtselektrizitätenhauptbetriebswerk ", 3), Language: "de", Sources: []string{"harbour"}, Topics: []string{"trade"}})
	at := searchDesk(n)
	q := func(s string, more ...string) string {
		return at + "/search?" + url.Values{"q": {s}, "topic": more}.Encode()
	}
	l.CheckAccessibility(map[string]string{
		"search": at + "/search", "search-found": q(`(copper OR ferry* OR lang:ar OR lang:de) -"no such phrase"`), "search-compared": q("lang:en", "world"), "search-none": q("nothingofthekind"),
		"search-wrong": q(`title:(copper OR "never closed`), "search-rtl": searchDesk(webtest.OpenArabic(t)) + "/search?" + url.Values{"q": {"النحاس OR الميناء"}}.Encode(), "search-unready": serve(n, nil) + "/search?q=x",
	})
}

// A query that uses up its processor time ends with a sentence, on the page and for
// programs. Previews and the wire have what was found until then.
func TestSearchOfCostlyQueries(t *testing.T) {
	n := webtest.OpenFilled(t)
	x := startSearch(n)
	at := serve(n, func(d *newsroom.Desk) { d.Search, d.QueryTime = x, -1 })
	resp, body := webtest.Request(t, "GET", at+"/api/search?q=ferry")
	if resp.StatusCode != 503 || !strings.Contains(body, "takes too much work") || !strings.Contains(body, `"code":"query-too-costly"`) {
		t.Errorf("/api/search: %d %s", resp.StatusCode, body)
	}
	_, body = webtest.Request(t, "GET", at+"/search?q=ferry")
	webtest.ContainsInOrder(t, body, `value="ferry"`, `role="alert"`, "takes too much work")
	if got := read[view.TopicPreview](t, at+"/api/preview?q=ferry"); got.Looked != 0 || !got.Cut {
		t.Errorf("/api/preview looked at %d stories, cut %v, want none and cut", got.Looked, got.Cut)
	}
	var all []string
	before := ""
	for range 100 {
		page := read[view.Wire](t, at+"/api/wire?q=ferry&before="+before)
		for _, e := range page.Events {
			all = append(all, headlines(e.Stories)...)
		}
		if before = page.Before; before == "" {
			break
		}
	}
	want := serve(n, nil)
	var whole []string
	for _, e := range read[view.Wire](t, want+"/api/wire?q=ferry").Events {
		whole = append(whole, headlines(e.Stories)...)
	}
	if d := cmp.Diff(whole, all); d != "" || len(whole) == 0 {
		t.Errorf("the wire, a story at a time (-whole +pages):\n%s", d)
	}
}

// Searches and lists by query have the limit of the API.
func TestSearchesAreLimited(t *testing.T) {
	n := webtest.OpenFilled(t)
	for _, path := range []string{"/search?q=ferry", "/api/search?q=ferry", "/?q=ferry", "/api/wire?q=ferry"} {
		at := searchDesk(n)
		refused := false
		for range 1000 {
			resp, body := webtest.Request(t, "GET", at+path, "Accept: text/html")
			if refused = resp.StatusCode == 429; refused {
				if resp.Header.Get("Retry-After") == "" || !strings.Contains(body, "Too many requests") {
					t.Errorf("%s: Retry-After %q, %s", path, resp.Header.Get("Retry-After"), body)
				}
				break
			}
		}
		if !refused {
			t.Errorf("%s: no request was refused", path)
		}
		if resp, _ := webtest.Request(t, "GET", at+"/decisions", "Accept: text/html"); resp.StatusCode != 200 {
			t.Errorf("another page after %s: %d", path, resp.StatusCode)
		}
	}
}
