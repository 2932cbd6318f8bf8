package site_test

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/webtest"
)

// embedded is what the element reads.
type embedded struct {
	Title, Dir, Times string
	Items             []struct {
		Title, URL, Page, Lang, At, Time, By string
		Names                                []string
	}
}

func readEmbedded(t *testing.T, address string) (e embedded) {
	t.Helper()
	resp, body := webtest.Request(t, "GET", address)
	if resp.StatusCode != 200 || resp.Header.Get("Access-Control-Allow-Origin") != "*" || resp.Header.Get("ETag") == "" {
		t.Fatalf("%s: %d %v", address, resp.StatusCode, resp.Header)
	}
	if err := json.Unmarshal([]byte(body), &e); err != nil {
		t.Fatal(err)
	}
	return e
}

// The frame and what the element reads show the same lines, and name the zone in the same
// words. Stories of one event are one line with their outlets.
func TestEmbedsOfEvents(t *testing.T) {
	n := webtest.OpenFilled(t)
	n.Rules.Site.Zone = "Asia/Dubai"
	n.ApplyRules()
	first := n.AddStory(webtest.Story{Headline: "Dam breaks above the valley", Language: "en", Sources: []string{"north", "gulf"}, Topics: []string{"world"}, After: 12 * time.Hour})
	second := n.AddStory(webtest.Story{Headline: "Thousands flee the flood", Language: "en", Sources: []string{"nile"}, Topics: []string{"world"}, After: 13 * time.Hour})
	n.Apply(func(tx *store.Tx) news.Change {
		ev := &news.Event{ID: first.ID, Stories: []string{first.ID, second.ID}}
		first.Event, second.Event = ev.ID, ev.ID
		n.Must(tx.Events.Put(ev))
		n.Must(tx.Stories.Put(first))
		n.Must(tx.Stories.Put(second))
		return news.Change{Stories: []string{first.ID, second.ID}, Topics: []string{"world"}}
	})
	at := serve(n)
	for _, kind := range []struct{ json, frame string }{{"/embed/world.json?limit=4", "/embed/world?limit=4"}, {"/embed/world.events.json?limit=4", "/embed/world?limit=4&events=1"}} {
		list := readEmbedded(t, at+kind.json)
		if len(list.Items) != 4 || list.Times != "All times Asia/Dubai (UTC+4)" {
			t.Fatalf("%s: %d items, %q", kind.json, len(list.Items), list.Times)
		}
		_, page := webtest.Request(t, "GET", at+kind.frame)
		var parts []string
		for _, i := range list.Items {
			parts = append(parts, ">"+i.Title, "<bdi>"+i.Names[0]+"</bdi>", ">"+i.Time+"</time>")
			if !strings.HasPrefix(i.Page, "http://press.example/stories/") || !strings.HasPrefix(i.URL, "http") {
				t.Errorf("%s: addresses %s and %s", kind.json, i.URL, i.Page)
			}
		}
		webtest.ContainsInOrder(t, html.UnescapeString(page), append(parts, list.Times)...)
	}
	events := readEmbedded(t, at+"/embed/world.events.json?limit=50")
	stories := readEmbedded(t, at+"/embed/world.json?limit=50")
	if len(events.Items) >= len(stories.Items) {
		t.Errorf("%d events of %d stories", len(events.Items), len(stories.Items))
	}
	lead := events.Items[0]
	if lead.Title != "Dam breaks above the valley" && lead.Title != "Thousands flee the flood" || lead.By != "3 outlets: {}, {}, {}" || len(lead.Names) != 3 {
		t.Errorf("the event is %+v", lead)
	}
	_, page := webtest.Request(t, "GET", at+"/embed/world?events=1&limit=1")
	webtest.ContainsInOrder(t, page, lead.Title, "3 outlets: <bdi>", "</bdi>, <bdi>", "</bdi>, <bdi>", "</bdi></bdi>")
	if strings.Contains(page, "Dam breaks") == strings.Contains(page, "Thousands flee") {
		t.Error("an event shows two headlines")
	}
	for _, c := range []struct {
		path string
		want int
	}{
		{"/embed/world?events=2", 400}, {"/embed/world.json?limit=0", 400}, {"/embed/nothing.json", 404}, {"/embed/inside.json", 403}, {"/embed/inside.events.json", 403},
		{"/embed/economy.json", 200}, {"/embed/economy.events.json?limit=2", 200},
	} {
		resp, _ := webtest.Request(t, "GET", at+c.path)
		for resp.StatusCode == 301 {
			resp, _ = webtest.Request(t, "GET", at+resp.Header.Get("Location"))
		}
		if resp.StatusCode != c.want || resp.Header.Get("Access-Control-Allow-Origin") != "*" && strings.Contains(c.path, ".json") {
			t.Errorf("%s: %d, want %d; CORS %q", c.path, resp.StatusCode, c.want, resp.Header.Get("Access-Control-Allow-Origin"))
		}
	}
}

// What an embed costs depends on its limit, not on the length of the topic: the reported
// ratios are about 1.
func BenchmarkEmbedCost(b *testing.B) {
	n := webtest.Open(b)
	for i := range 500 {
		n.AddStory(webtest.Story{Headline: fmt.Sprintf("Ship number %d leaves the port of %d", i, i*7919), Language: "en", Sources: []string{"gulf", "nile", "north"}, Topics: []string{"world"}})
	}
	stories := func(k int) {
		for i := range n.Rules.Topics {
			n.Rules.Topics[i].Stories = k
		}
		n.ApplyRules()
	}
	s := newSite(n)
	for _, path := range []string{"/embed/world?limit=5", "/embed/world.json?limit=5", "/embed/world?limit=5&events=1"} {
		b.Run(path, func(b *testing.B) {
			var took [2]time.Duration
			for b.Loop() {
				for i, k := range []int{10, 500} {
					stories(k) // a new record: no page is cached
					took[i] += timeRequest(b, s, path)
				}
			}
			b.ReportMetric(float64(took[1])/float64(took[0]), "x-of-10-stories")
			b.ReportMetric(float64(took[1].Microseconds())/float64(b.N), "µs/embed")
		})
	}
}

func timeRequest(b *testing.B, h http.Handler, path string) time.Duration {
	began := time.Now()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	if w.Code != 200 {
		b.Fatalf("%s: %d", path, w.Code)
	}
	return time.Since(began)
}
