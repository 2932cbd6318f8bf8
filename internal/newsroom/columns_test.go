package newsroom_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/newsroom"
	"github.com/slugline/slugline/internal/view"
	"github.com/slugline/slugline/internal/webtest"
)

// unreadOf asks how many stories of a filter are unread, and whether there may be more.
func unreadOf(t *testing.T, at, query string) (n int, more bool) {
	t.Helper()
	r, body := webtest.Request(t, http.MethodGet, at+"/api/unread?"+url.Values{"q": {query}}.Encode())
	var found view.Unread
	if err := json.Unmarshal([]byte(body), &found); err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("unread of %q: %s %s", query, r.Status, body)
	}
	return len(found.IDs), found.More
}

func changeState(t *testing.T, at, change string) (status int, body string) {
	t.Helper()
	r, body := webtest.RequestWithBody(t, http.MethodPost, at+"/api/seat", strings.NewReader(change), "Content-Type: application/json")
	return r.StatusCode, body
}

// The unread stories of a filter are those that it holds, however many a page shows, before
// and after all were marked as read.
func TestUnreadOfAFilter(t *testing.T) {
	n := webtest.Open(t)
	at := serve(n, nil)
	var floods []string
	for i := range 700 {
		n.AddStory(webtest.Story{Headline: fmt.Sprintf("Bulletin %d", i), Language: "en", Sources: []string{"gulf"}})
		if i%7 == 0 {
			floods = append(floods, n.AddStory(webtest.Story{Headline: fmt.Sprintf("Flood %d in the delta", i), Language: "en", Sources: []string{"north"}}).ID)
		}
	}
	check := func(when, query string, want int) {
		t.Helper()
		if got, more := unreadOf(t, at, query); got != want || more {
			t.Errorf("%s: %d unread of %q (more: %t), want %d", when, got, query, more, want)
		}
	}
	check("at first", "flood", 100)
	check("at first", "", 800)
	changeState(t, at, fmt.Sprintf(`{"read": [%q, %q]}`, floods[0], floods[99]))
	check("two read", "flood", 98)
	check("two read", "bulletin", 700)
	changeState(t, at, fmt.Sprintf(`{"upto": %d}`, n.Seq))
	check("all read", "flood", 0)
	changeState(t, at, fmt.Sprintf(`{"unread": [%q]}`, floods[5]))
	n.AddStory(webtest.Story{Headline: "Flood reaches the city", Language: "en", Sources: []string{"gulf"}})
	n.AddStory(webtest.Story{Headline: "Markets close higher", Language: "en", Sources: []string{"gulf"}})
	check("one again, two new", "flood", 2)
	check("one again, two new", "", 3)
}

// More than a thousand unread stories are not counted.
func TestUnreadIsBounded(t *testing.T) {
	n := webtest.Open(t)
	at := serve(n, nil)
	manyStories(n, view.MaxUnread+50, 0)
	if got, more := unreadOf(t, at, ""); got != view.MaxUnread || !more {
		t.Errorf("%d unread (more: %t), want %d and more", got, more, view.MaxUnread)
	}
}

// Views are saved, renamed, put in another order and deleted, for each token.
func TestViews(t *testing.T) {
	n := webtest.Open(t)
	at := serve(n, nil)
	for _, step := range []struct {
		change string
		status int
		want   []string // names and queries; or a part of the error
	}{
		{`{"save": {"name": " Floods  here ", "q": "flood or dam"}}`, 200, []string{"Floods here=flood or dam"}},
		{`{"save": {"name": "Arabic", "q": "lang:ar"}}`, 200, []string{"Floods here=flood or dam", "Arabic=lang:ar"}},
		{`{"save": {"name": "Arabic", "q": "lang:ar outlets:>2"}}`, 200, []string{"Floods here=flood or dam", "Arabic=lang:ar outlets:>2"}},
		{`{"save": {"name": "Water", "q": "flood", "was": "Floods here"}}`, 200, []string{"Water=flood", "Arabic=lang:ar outlets:>2"}},
		{`{"up": "Arabic"}`, 200, []string{"Arabic=lang:ar outlets:>2", "Water=flood"}},
		{`{"up": "Arabic"}`, 200, []string{"Arabic=lang:ar outlets:>2", "Water=flood"}},
		{`{"up": "None"}`, 404, []string{"no view"}},
		{`{"save": {"name": "Water", "q": "flood", "was": "Arabic"}}`, 409, []string{"already a view"}},
		{`{"save": {"name": "New", "q": "flood", "was": "None"}}`, 404, []string{"no view"}},
		{`{"save": {"name": " ", "q": "flood"}}`, 400, []string{"Enter a name"}},
		{`{"save": {"name": "Wrong", "q": "(flood"}}`, 400, []string{"("}},
		{`{"drop": "Arabic"}`, 200, []string{"Water=flood"}},
		{`{"save": {"name": "Mine", "q": "has:star OR assigned:lena"}}`, 200, []string{"Water=flood", "Mine=has:star OR assigned:lena"}},
		{`{"save": {"name": "Typo", "q": "has:stat"}}`, 400, []string{"stat"}},
	} {
		status, body := changeState(t, at, step.change)
		if status != step.status {
			t.Fatalf("%s: %d %s", step.change, status, body)
		}
		if status != http.StatusOK {
			if !strings.Contains(body, step.want[0]) {
				t.Errorf("%s: %s, want %q", step.change, body, step.want[0])
			}
			continue
		}
		var state view.ReadState
		if err := json.Unmarshal([]byte(body), &state); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, v := range state.Views {
			got = append(got, v.Name+"="+v.Query)
		}
		if diff := cmp.Diff(step.want, got); diff != "" {
			t.Errorf("%s: %s", step.change, diff)
		}
	}
}

// A stream with several filters says which of them each story satisfies.
func TestLiveWithSeveralFilters(t *testing.T) {
	n := webtest.Open(t)
	at := serve(n, nil)
	w := listenAt(t, at+"/live?"+url.Values{"q": {"flood", "", "lang:ar"}}.Encode(), "")
	w.next()
	for _, add := range []struct {
		headline, lang string
		want           []int
	}{
		{"Flood in the delta", "en", []int{0, 1}},
		{"Markets close higher", "en", []int{1}},
		{"فيضان في الدلتا", "ar", []int{1, 2}},
	} {
		n.AddStory(webtest.Story{Headline: add.headline, Language: add.lang, Sources: []string{"gulf"}})
		var got struct {
			Headline string
			In       []int
		}
		for got.Headline == "" {
			if !w.body.Scan() {
				t.Fatalf("the stream ended: %v", w.body.Err())
			}
			if line, ok := strings.CutPrefix(w.body.Text(), "data: "); ok {
				if err := json.Unmarshal([]byte(line), &got); err != nil {
					t.Fatal(err)
				}
			}
		}
		if got.Headline != add.headline || !slices.Equal(got.In, add.want) {
			t.Errorf("%q in %v, want %q in %v", got.Headline, got.In, add.headline, add.want)
		}
	}
	if r, body := webtest.Request(t, http.MethodGet, at+"/live?q=a&q=b&q=c&q=d&q=e&q=f"); r.StatusCode != http.StatusBadRequest {
		t.Errorf("six filters: %s %s", r.Status, body)
	}
}

// A filter among several that takes too much work ends alone.
func TestLiveOneOfSeveralFiltersEnds(t *testing.T) {
	n := webtest.Open(t)
	at := serve(n, func(d *newsroom.Desk) { d.QueryTime = -1 })
	w := listenAt(t, at+"/live?q=bulletin&q=", "")
	w.next()
	for i := range 2 {
		headline := fmt.Sprintf("Bulletin %d", i)
		n.AddStory(webtest.Story{Headline: headline, Sources: []string{"gulf"}})
		w.want(sse{id: fmt.Sprint(n.Seq), stories: []string{headline}})
		if i > 0 {
			continue
		}
		var ended []string
		for w.body.Scan() && w.body.Text() != "" {
			ended = append(ended, w.body.Text())
		}
		if got := strings.Join(ended, "\n"); !strings.HasPrefix(got, "event: end\n") || !strings.Contains(got, `"column":0`) {
			t.Errorf("after the first story: %q, want an event end of column 0", got)
		}
	}
}
