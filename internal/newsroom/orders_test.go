package newsroom_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/journal"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/newsroom"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/webtest"
)

// openWithOrders serves a desk that stores each order as decision 1, or refuses it.
func openWithOrders(n *webtest.Newsroom, refuse bool) (at string, given *[]news.Order) {
	given = new([]news.Order)
	d := &newsroom.Desk{Store: n.Store, Live: &n.Live, Token: webtest.TopicKey, Order: func(_ context.Context, o news.Order, at time.Time) (uint64, error) {
		if refuse {
			return 0, fmt.Errorf("%w: there is no story %q", journal.ErrRefused, o.Args[0])
		}
		*given = append(*given, o)
		return 1, n.Store.Update(func(tx *store.Tx) error { return tx.Orders.Put(&news.Record{ID: "order", Seq: 1, At: at, Order: &o}) })
	}}
	return webtest.Serve(n.TB, d), given
}

func postOrder(t *testing.T, at, kind, body string, header ...string) *http.Response {
	t.Helper()
	r, err := http.NewRequest("POST", at+"/api/orders", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp
}

func TestOrdersNeedAccess(t *testing.T) {
	n := webtest.OpenFilled(t)
	at, given := openWithOrders(n, false)
	id := n.Find("Copper rises for a third day").ID
	const form, program = "application/x-www-form-urlencoded", "application/json"
	hide := `{"verb":"hide","args":["` + id + `"],"why":"libel"}`
	for _, c := range []struct {
		name, kind, body string
		header           []string
		want             int
	}{
		{"a program here", program, hide, nil, 200},
		{"our own page", form, "verb=hide&args=" + id, []string{"Origin", at, "Sec-Fetch-Site", "same-origin"}, 303},
		{"another site", form, "verb=hide&args=" + id, []string{"Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"}, 401},
		{"another page of this machine", form, "verb=hide&args=" + id, []string{"Origin", "http://127.0.0.1:1", "Sec-Fetch-Site", "cross-site"}, 403},
		{"a proxy without a token", program, hide, []string{"X-Forwarded-For", "192.0.2.1"}, 401},
		{"a proxy with the token", program, hide, []string{"X-Forwarded-For", "192.0.2.1", "Authorization", "Bearer " + webtest.TopicKey}, 200},
		{"a pause of an unknown source", program, `{"verb":"pause","args":["nosuch"]}`, nil, 404},
		{"invalid JSON", program, "hide", nil, 400},
		{"an unknown member", program, `{"verb":"hide","argz":[]}`, nil, 400},
		{"an invalid time", program, `{"verb":"pin","args":["` + id + `","world"],"for":"soon"}`, nil, 400},
		{"a note that is too long", program, `{"verb":"note","args":["` + id + `"],"why":"` + strings.Repeat("x", 1001) + `"}`, nil, 400},
		{"a name that is too long", program, `{"verb":"claim","args":["` + id + `"],"who":"` + strings.Repeat("x", 1001) + `"}`, nil, 400},
		{"as long a note as there may be", program, `{"verb":"note","args":["` + id + `"],"why":"` + strings.Repeat("ج", 1000) + `"}`, nil, 200},
		{"a body that is too large", program, `{"why":"` + strings.Repeat("x", 1<<17) + `"}`, nil, 413},
	} {
		before := len(*given)
		resp := postOrder(t, at, c.kind, c.body, c.header...)
		if resp.StatusCode != c.want {
			t.Errorf("%s: %d, want %d", c.name, resp.StatusCode, c.want)
		}
		if carried := len(*given) > before; carried != (c.want < 400) {
			t.Errorf("%s: carried out %v", c.name, carried)
		}
	}
	if got := (*given)[0]; got.Why != "libel" || got.Verb != "hide" {
		t.Errorf("order %+v", got)
	}
}

// The page of a story that nobody claims asks for a claim that takes no colleague's over.
func TestPagesClaimWhatIsFree(t *testing.T) {
	n := webtest.OpenFilled(t)
	at, given := openWithOrders(n, false)
	id := n.Find("Copper rises for a third day").ID
	_, page := webtest.Request(t, "GET", at+"/stories/"+id)
	if forms := strings.Count(page, `name="verb" value="claim"`); forms == 0 || forms != strings.Count(page, `name="free" value="1"`) {
		t.Errorf("of %d forms that claim, not all ask for what is free", forms)
	}
	for i, body := range []string{"verb=claim&free=1&args=" + id, `{"verb":"claim","free":true,"args":["` + id + `"]}`} {
		kind := []string{"application/x-www-form-urlencoded", "application/json"}[i]
		postOrder(t, at, kind, body, "Origin", at, "Sec-Fetch-Site", "same-origin")
		if len(*given) != i+1 || !(*given)[i].Free {
			t.Errorf("%s: orders %+v", body, *given)
		}
	}
}

func TestRefusedOrdersSayWhy(t *testing.T) {
	at, _ := openWithOrders(webtest.OpenFilled(t), true)
	if resp := postOrder(t, at, "application/json", `{"verb":"hide","args":["nosuch"]}`); resp.StatusCode != http.StatusConflict {
		t.Errorf("a refused order: %d, want %d", resp.StatusCode, http.StatusConflict)
	}
}

// An event has its own id and those of events that were merged into it.
func TestEventsByAnyOfTheirIDs(t *testing.T) {
	n := webtest.OpenFilled(t)
	ferry := n.Find("Ferry returns to port after a night at sea")
	n.Must(n.Store.Update(func(tx *store.Tx) error {
		return tx.Events.Put(&news.Event{ID: "merged", MergedInto: ferry.Event})
	}))
	at, _ := openWithOrders(n, false)
	if _, body := webtest.Request(t, "GET", at+"/api/events/"+ferry.Event); !strings.Contains(body, `"id":"`+ferry.Event+`"`) || strings.Count(body, `"headline":`) < 2 {
		t.Errorf("event %s: %s", ferry.Event, body)
	}
	if resp, _ := webtest.Request(t, "GET", at+"/api/events/merged"); resp.StatusCode != 301 || resp.Header.Get("Location") != "/api/events/"+ferry.Event {
		t.Errorf("a merged event: %d, redirected to %q", resp.StatusCode, resp.Header.Get("Location"))
	}
	if resp, _ := webtest.Request(t, "GET", at+"/api/events/merged"); resp.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("a cache may keep where a merged event leads: %q", resp.Header.Get("Cache-Control"))
	}
	copper := n.Find("Copper rises for a third day").ID
	if _, body := webtest.Request(t, "GET", at+"/api/events/"+copper); !strings.Contains(body, copper) {
		t.Errorf("the event of one story: %s", body)
	}
	if resp, _ := webtest.Request(t, "GET", at+"/api/events/nosuch"); resp.StatusCode != 404 {
		t.Errorf("an unknown event: %d", resp.StatusCode)
	}
}
