package newsroom_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/canon"
	"github.com/slugline/slugline/internal/desk"
	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/journal"
	"github.com/slugline/slugline/internal/live"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
	"github.com/slugline/slugline/internal/webtest"
)

// runDesk runs the desk that applies records to the newsroom's store, until the test ends.
func runDesk(n *webtest.Newsroom) *desk.Desk {
	n.Helper()
	return runLiveDesk(n, nil)
}

// runLiveDesk is runDesk, and announces the records on the newsroom's pages if pages is not nil.
func runLiveDesk(n *webtest.Newsroom, pages *live.Live) *desk.Desk {
	n.Helper()
	d, err := desk.Open(n.Store, pages, nil, nil)
	n.Must(err)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	n.Cleanup(func() {
		stop()
		n.Must(<-ended)
	})
	return d
}

// file files a visit with one headline, and returns the id of its entry.
func file(n *webtest.Newsroom, d *desk.Desk, source, headline string) string {
	n.Helper()
	return fileItems(n, d, source, feed.Item{ID: fmt.Sprint(n.At.Unix()), Title: headline})
}

// fileItems files a visit with items, and returns the id of the first one's entry.
func fileItems(n *webtest.Newsroom, d *desk.Desk, source string, items ...feed.Item) string {
	n.Helper()
	n.At = n.At.Add(time.Minute)
	headline := items[0].Title
	for i := range items {
		items[i].Published = n.At
	}
	doc := &feed.Document{Items: items}
	v := &news.Visit{Source: source, Partial: true, Final: true, Entries: canon.Entries(doc, news.Source{ID: source})}
	r := news.Record{At: news.Instant(n.At), Visit: v}
	r.SetID()
	n.Must(d.File(context.Background(), r))
	var all []view.Story
	n.Must(n.Store.View(func(tx *store.Tx) (err error) {
		all, err = view.Stories(tx, view.StoryQuery{})
		return err
	}))
	for _, s := range all {
		for _, o := range s.Outlets {
			if o.Source == source && o.Headline == headline {
				return o.Entry
			}
		}
	}
	n.Fatalf("no entry %q", headline)
	return ""
}

// The explanation of an entry names similar stories, and why it did not join them.
func TestWhyNot(t *testing.T) {
	n := webtest.Open(t)
	d := runDesk(n)
	at := serve(n, nil)
	ten := file(n, d, "gulf", "Bomb kills 10 in northern Harbourtown market")
	more := file(n, d, "north", "Bomb kills 14 in northern Harbourtown market")
	copied := file(n, d, "nile", "BREAKING: Bomb kills 14 in northern Harbourtown market")
	page := func(entry string) string {
		_, body := webtest.Request(t, http.MethodGet, at+"/stories/"+read[view.Explanation](t, at+"/api/why?entry="+entry).Story.ID)
		return body
	}
	if body := page(more); !strings.Contains(body, "Not the same story: ") || !strings.Contains(body, "numbers differ") {
		t.Errorf("the page does not say why a similar story is another one:\n%s", body)
	}
	other := file(n, d, "harbour", "Mayor opens a school")
	if why := read[view.Explanation](t, at+"/api/why?entry="+more); why.InEvent == nil || why.InEvent.Headline != "Bomb kills 10 in northern Harbourtown market" || !strings.Contains(why.InEvent.Text, "Shared: ") {
		t.Errorf("nothing says why two stories are of one event: %+v", why.InEvent)
	}
	for _, entry := range []string{more, copied} {
		why := read[view.Explanation](t, at+"/api/why?entry="+entry)
		if len(why.Similar) != 1 || why.Similar[0].Compared.With != ten || why.Similar[0].Compared.Conflict != "numbers differ" || why.Similar[0].Compared.Score < 500 || len(why.Similar[0].Compared.Words) == 0 {
			t.Fatalf("%s is similar to %+v, want the story of 10 kept apart by its numbers", entry, why.Similar)
		}
	}
	asked := read[view.Explanation](t, at+"/api/why?entry="+more+"&with="+other)
	if len(asked.Similar) != 1 || asked.Similar[0].Headline != "Mayor opens a school" || asked.Similar[0].Compared.Conflict != "they have too little in common" {
		t.Errorf("compared with another entry: %+v", asked.Similar)
	}
	if own := read[view.Explanation](t, at+"/api/why?entry="+more+"&with="+copied); len(own.Similar) != 0 {
		t.Errorf("compared with its own story: %+v", own.Similar)
	}
	if resp, _ := webtest.Request(t, http.MethodGet, at+"/api/why?entry="+more+"&with=nothing"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("compared with an unknown entry: %d, want 404", resp.StatusCode)
	}
}

// The explanation of a story says how similar it had to be to an event, and what kept it
// out of one.
func TestWhyNamesWhatAnEventNeeded(t *testing.T) {
	n := webtest.Open(t)
	d := runDesk(n)
	at := serve(n, nil)
	file(n, d, "gulf", "Strong earthquake shakes southern Peru, three dead")
	taiwan := file(n, d, "north", "Strong earthquake shakes eastern Taiwan, two dead")
	villages := file(n, d, "nile", "Peru earthquake: rescuers search villages near Arequipa for survivors")
	const peru = "Strong earthquake shakes southern Peru, three dead"
	why := read[view.Explanation](t, at+"/api/why?entry="+taiwan).InEvent
	if why == nil || why.Joined != nil || why.Refused == nil || why.Refused.Headline != peru || !strings.Contains(why.Text, "It did not join the event of ") || !strings.Contains(why.Text, "they name other places") {
		t.Errorf("nothing says why the quake in Taiwan is another event: %+v", why)
	}
	why = read[view.Explanation](t, at+"/api/why?entry="+villages).InEvent
	if why == nil || why.Joined == nil || why.Joined.Headline != peru || why.Joined.Score < why.Joined.Needed || !strings.Contains(why.Text, "When it was new, it scored ") || !strings.Contains(why.Text, " was needed") {
		t.Errorf("nothing says how similar the second report on Peru had to be: %+v", why)
	}
	order := news.Record{At: news.Instant(n.At.Add(time.Minute)), Order: &news.Order{Verb: "split", Args: []string{villages, "event"}, Who: "ada"}}
	order.SetID()
	n.Must(d.File(context.Background(), order))
	why = read[view.Explanation](t, at+"/api/why?entry="+villages).InEvent
	if why == nil || why.Joined == nil || !why.Joined.Left || !strings.Contains(why.Text, ", in which it no longer is; ") {
		t.Errorf("nothing says that the second report left its event: %+v", why)
	}
}

// Why takes the address of an article, in any spelling that is the same page, and whatever
// else names a story.
func TestWhyTakesAddresses(t *testing.T) {
	n := webtest.Open(t)
	d := runDesk(n)
	at := serve(n, nil)
	ferry := fileItems(n, d, "gulf", feed.Item{ID: "f", Title: "Ferry returns to port", Link: "https://www.gulf.example/news/ferry-returns?id=7&utm_source=rss"})
	fileItems(n, d, "gulf", feed.Item{ID: "https://gulf.example/?p=12", Title: "Mayor opens a school", Link: "https://gulf.example/2026/mayor"})
	fileItems(n, d, "north", feed.Item{ID: "u", Title: "Überfall in Málaga", Link: "https://north.example/überfall in málaga"})
	live := fileItems(n, d, "north",
		feed.Item{ID: "l1", Title: "Storm reaches the coast", Link: "https://north.example/live/storm#1"},
		feed.Item{ID: "l2", Title: "Storm: ferries stop", Link: "https://north.example/live/storm#2"})
	fileItems(n, d, "nile", feed.Item{ID: "c", Title: "Copper rises for a third day", Link: "https://agency.example/copper"})
	copper := fileItems(n, d, "harbour", feed.Item{ID: "c", Title: "Why copper is dear", Link: "http://agency.example/copper/"})
	story := read[view.Explanation](t, at+"/api/why?entry="+ferry).Story
	why := func(ref string) view.Explanation {
		t.Helper()
		return read[view.Explanation](t, at+"/api/why?entry="+url.QueryEscape(ref))
	}
	for ref, want := range map[string]string{
		"https://www.gulf.example/news/ferry-returns?id=7&utm_source=rss": "Ferry returns to port",
		"http://gulf.example/news/ferry-returns/?id=7":                    "Ferry returns to port",
		" https://m.gulf.example/news/ferry-returns?id=7&fbclid=x#top ":   "Ferry returns to port",
		"HTTPS://GULF.EXAMPLE:443/news/ferry-returns?id=7":                "Ferry returns to port",
		"gulf.example/news/ferry-returns?id=7":                            "Ferry returns to port",
		"www.gulf.example/news/ferry-returns?id=7":                        "Ferry returns to port",
		"https://gulf.example/?p=12":                                      "Mayor opens a school",
		"https://gulf.example/2026/mayor":                                 "Mayor opens a school",
		"https://north.example/%C3%BCberfall%20in%20m%C3%A1laga":          "Überfall in Málaga",
		"https://north.example/überfall in málaga":                        "Überfall in Málaga",
		"https://north.example/live/storm":                                "Storm reaches the coast",
		"https://agency.example/copper":                                   "Why copper is dear",
		story.ID:                                                          "Ferry returns to port",
		ferry:                                                             "Ferry returns to port",
		"tag:press.example,2026-11-27:" + story.ID:                        "Ferry returns to port",
		"https://press.example/stories/" + story.ID:                       "Ferry returns to port",
		"https://press.example/stories/" + story.ID + ".atom?key=k#x":     "Ferry returns to port",
		at + "/stories/" + story.ID:                                       "Ferry returns to port",
	} {
		if got := why(ref); got.Headline != want && !slices.ContainsFunc(got.Also, func(o view.OtherEntry) bool { return o.Headline == want }) {
			t.Errorf("%s: got %q, want %q", ref, got.Headline, want)
		}
	}
	if got := why("https://agency.example/copper"); got.Entry != copper || len(got.Also) != 1 || got.Also[0].Headline != "Copper rises for a third day" {
		t.Errorf("an address of two sources: got %+v, want the newest entry, and the other one too", got)
	}
	if got := why("https://north.example/live/storm"); len(got.Also) != 1 || got.Entry != live && got.Also[0].Entry != live {
		t.Errorf("an address of two items: got %+v, want both", got)
	}
	if got := read[view.Explanation](t, at+"/api/why?entry="+ferry+"&with="+url.QueryEscape("http://gulf.example/2026/mayor")); len(got.Similar) != 1 || got.Similar[0].Headline != "Mayor opens a school" {
		t.Errorf("compared with an address: got %+v", got.Similar)
	}
}

// What stands for nothing is answered with what to do instead.
func TestWhyOfNothing(t *testing.T) {
	at := serve(webtest.Open(t), nil)
	for ref, want := range map[string]string{
		"https://gulf.example/news/none":                    "No stored entry links to https://gulf.example/news/none. Search for words",
		"https://gulf.example/":                             "is not the address of an article",
		"mailto:desk@gulf.example":                          "is not the address of an article",
		"https://press.example/stories/none":                "No stored entry links to https://press.example/stories/none.",
		"nothing":                                           `There is no entry, story or event \"nothing\"`,
		"https://gulf.example/" + strings.Repeat("x", 9000): "is not the address of an article",
	} {
		resp, body := webtest.Request(t, http.MethodGet, at+"/api/why?entry="+url.QueryEscape(ref))
		if resp.StatusCode != http.StatusNotFound || !strings.Contains(body, want) {
			t.Errorf("%.80s: %d %.300s, want 404 with %q", ref, resp.StatusCode, body, want)
		}
	}
}

// Identical headlines in different stories are explained too.
func TestWhyNotTheSameWords(t *testing.T) {
	n := webtest.Open(t)
	n.Rules.Sources[3].Fold = news.FoldNone
	n.ApplyRules()
	d := runDesk(n)
	at := serve(n, nil)
	first := file(n, d, "gulf", "Morning briefing")
	aside := file(n, d, "harbour", "Morning briefing")
	fog := fileItems(n, d, "north", feed.Item{ID: "p1", Title: "New status of the ferry", Link: "http://north.example/p/1", Summary: "Fog on the bay, every crossing is late."})
	engine := fileItems(n, d, "north", feed.Item{ID: "p2", Title: "New status of the ferry", Link: "http://north.example/p/2", Summary: "Engine two runs again after repairs."})
	n.At = n.At.Add(23 * time.Hour)
	again := file(n, d, "gulf", "Morning Briefing")
	for _, c := range []struct{ entry, with, want string }{
		{aside, first, "never folded"},
		{again, first, "23 hours apart"},
		{engine, fog, "which lists them as two reports"},
	} {
		near := read[view.Explanation](t, at+"/api/why?entry="+c.entry+"&with="+c.with).Similar
		if len(near) != 1 || !strings.Contains(near[0].Compared.Conflict, c.want) || !strings.Contains(near[0].Compared.Text, c.want) {
			t.Errorf("%s and %s: %+v, want %q as the reason", c.entry, c.with, near, c.want)
		}
	}
}

// If an editor moved an entry, the explanation says who and why, until it is undone.
func TestWhyNamesTheDecision(t *testing.T) {
	n := webtest.Open(t)
	d := runDesk(n)
	at := serve(n, nil)
	first := file(n, d, "gulf", "Ferry returns to port")
	second := file(n, d, "north", "Ferry returns to port")
	order := func(o news.Order) uint64 {
		t.Helper()
		n.At = n.At.Add(time.Minute)
		o.Who = "ada"
		number, err := (&journal.Journal{Commit: d.File, Store: n.Store}).Order(context.Background(), o, n.At)
		n.Must(err)
		return number
	}
	why := func(entry string) *view.Explanation {
		t.Helper()
		r := read[view.Explanation](t, at+"/api/why?entry="+entry)
		return &r
	}
	split := order(news.Order{Verb: "split", Args: []string{second}, Why: "another ferry"})
	r := why(second)
	if r.Ordered == nil || !strings.Contains(r.Text, "ada") || !strings.Contains(r.Text, "another ferry") {
		t.Errorf("after the split: %+v", r)
	}
	if want := fmt.Sprintf("decision %d", split); len(r.Similar) != 1 || !strings.Contains(r.Similar[0].Compared.Conflict, want) {
		t.Errorf("after the split it is similar to %+v, want its former story, kept apart by %s", r.Similar, want)
	}
	merged := order(news.Order{Verb: "merge", Args: []string{why(first).Story.ID, why(second).Story.ID}, Why: "the same after all"})
	if r := why(second); r.Ordered == nil || r.Ordered.Decision != merged || !strings.Contains(r.Text, "the same after all") {
		t.Errorf("after the merge: %+v", r)
	}
	order(news.Order{Verb: "undo", Args: []string{fmt.Sprint(merged)}})
	if r := why(second); r.Ordered == nil || r.Ordered.Verb != "split" {
		t.Errorf("after the merge was undone: %+v", r)
	}
}
