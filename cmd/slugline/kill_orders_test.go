package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/origin"
	"github.com/slugline/slugline/internal/view"
)

// orderDesk is an editor who gives orders about the stories of a topic of its own, one
// after the other, and notes which the daemon took.
type orderDesk struct {
	desk    string // address
	client  *http.Client
	stories []string // ids; three make a group
	titles  map[string]string

	mu      sync.Mutex        // guards the fields below
	given   int               // orders asked for, taken or not
	taken   map[string]uint64 // decision by the reason that was given with it
	refused int
	merge   uint64 // the decision of the last merge that was taken
}

// stockSize is the number of stories that orders are about.
const stockSize = 300

// newOrderDesk has a source publish the stories that orders are about, in topic stock.
func (k *killTest) newOrderDesk(t *testing.T) *orderDesk {
	f := k.origin.Feed("/stock.xml")
	f.Set(origin.Doc{Title: "Stock", Site: "http://" + k.source + "/"})
	for n := range stockSize {
		f.Publish(origin.Item{ID: fmt.Sprint("stock-", n), Title: nonsense(1<<20 + n), Link: fmt.Sprintf("http://%s/stock/%d.html", k.source, n), Published: time.Now()})
	}
	k.rewrite(t, "sources:\n", fmt.Sprintf("sources:\n  - {feed: 'http://%s/stock.xml', name: stock, every: 1h}\n", k.source))
	k.rewrite(t, "{name: all, stories: 5000}", "{name: all, stories: 5000, from: [s0, s1]}, {name: stock, stories: 500, from: [stock]}")
	k.rewrite(t, "{name: latest, stories: 200}", "{name: latest, stories: 200, from: [s0, s1]}")
	return &orderDesk{desk: k.desk, client: k.client, taken: map[string]uint64{}}
}

// readStock waits until the stories are there.
func (o *orderDesk) readStock(t *testing.T, k *killTest) {
	k.until(t, "the stock was read", func() bool { o.titles = k.topicNow("stock"); return len(o.titles) == stockSize })
	for id := range o.titles {
		o.stories = append(o.stories, storyID(id))
	}
	slices.Sort(o.stories)
}

// storyID returns the id of the story in the id of an item.
func storyID(item string) string { return item[strings.LastIndexAny(item, ":/")+1:] }

// giveSome gives up to n orders, until the daemon does not answer any more.
func (o *orderDesk) giveSome(n int) {
	for range n {
		if !o.give() {
			return
		}
	}
}

// give gives the next order, and tells whether the daemon answered.
func (o *orderDesk) give() bool {
	order := o.next()
	body, _ := json.Marshal(order)
	resp, err := o.client.Post("http://"+o.desk+"/api/orders", "application/json", bytes.NewReader(body))
	if err != nil {
		return false
	}
	defer func() { _ = resp.Body.Close() }()
	var result view.OrderResult
	err = json.NewDecoder(resp.Body).Decode(&result)
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case resp.StatusCode == http.StatusConflict:
		o.refused++
	case resp.StatusCode != http.StatusOK || err != nil:
		return false
	default:
		o.taken[order.Why] = result.Decision
		if order.Verb == "merge" {
			o.merge = result.Decision
		}
	}
	return true
}

// next returns the next order about a group of stories. Its reason names it.
func (o *orderDesk) next() *view.OrderRequest {
	o.mu.Lock()
	defer o.mu.Unlock()
	n := o.given
	o.given++
	i := n / 10 * 3 % len(o.stories)
	a, b, c := o.stories[i], o.stories[i+1], o.stories[i+2]
	order := []view.OrderRequest{
		{Verb: "hide", Args: []string{a}},
		{Verb: "note", Args: []string{a}},
		{Verb: "pin", Args: []string{b, "stock"}, For: "1s"}, // the next start sweeps
		{Verb: "merge", Args: []string{b, c}},
		{Verb: "unhide", Args: []string{a}},
		{Verb: "claim", Args: []string{a}},
		{Verb: "pause", Args: []string{"stock"}},
		{Verb: "undo", Args: []string{strconv.FormatUint(o.merge, 10)}},
		{Verb: "release", Args: []string{a, "claim"}},
		{Verb: "resume", Args: []string{"stock"}},
	}[n%10]
	order.Why = fmt.Sprintf("%s %d", order.Verb, n)
	return &order
}

// check expects each order that was taken exactly once among the decisions, under its
// number, each other at most once, and stories that are as the decisions say.
func (o *orderDesk) check(t *testing.T, k *killTest) {
	decisions := k.decisions(t)
	numbers := map[string][]uint64{}
	for _, d := range decisions {
		numbers[d.Why] = append(numbers[d.Why], d.Decision)
	}
	taken := map[string]int{}
	for why, number := range o.taken {
		if got := numbers[why]; len(got) != 1 || got[0] != number {
			t.Errorf("order %q was taken as decision %d, and is %v", why, number, got)
		}
		taken[strings.Fields(why)[0]]++
	}
	for why, got := range numbers {
		if len(got) > 1 {
			t.Errorf("order %q is there as %v", why, got)
		}
	}
	o.checkStories(t, k, decisions)
	for _, verb := range []string{"hide", "unhide", "note", "claim", "release", "pin", "merge", "undo", "pause", "resume"} {
		k.row("orders: "+verb, taken[verb], taken[verb], 0)
	}
}

// decisions returns all decisions, the oldest first.
func (k *killTest) decisions(t *testing.T) (all []view.Decision) {
	for path := "/api/decisions"; ; {
		var page []view.Decision
		if err := json.Unmarshal([]byte(k.page(t, path)), &page); err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			slices.Reverse(all)
			return all
		}
		all = append(all, page...)
		path = fmt.Sprintf("/api/decisions?before=%d", page[len(page)-1].Decision)
	}
}

// checkStories compares the stories with what was decided about them.
func (o *orderDesk) checkStories(t *testing.T, k *killTest, decisions []view.Decision) {
	hidden, claimed, merged := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, d := range decisions {
		switch d.Verb {
		case "hide", "unhide":
			hidden[d.Args[0]] = d.Verb == "hide"
		case "claim", "release":
			claimed[d.Args[0]] = d.Verb == "claim"
		case "merge":
			merged[d.Args[0]], merged[d.Args[1]] = d.Undone == 0, d.Undone == 0
		}
	}
	for i := 0; i < len(o.stories); i += 3 {
		a, b, c := k.story(t, o.stories[i]), k.story(t, o.stories[i+1]), k.story(t, o.stories[i+2])
		if (len(a.Hidden) > 0) != hidden[a.ID] || (a.Claim != nil) != claimed[a.ID] {
			t.Errorf("story %s is hidden %v and claimed %v, want %t and %t", a.ID, a.Hidden, a.Claim, hidden[a.ID], claimed[a.ID])
		}
		if (b.ID == c.ID) != merged[b.ID] {
			t.Errorf("stories %s and %s are %s and %s, merged: want %t", o.stories[i+1], o.stories[i+2], b.ID, c.ID, merged[b.ID])
		}
	}
	for id, title := range k.topicNow("stock") {
		if was := o.titles[id]; was != title && !hidden[storyID(id)] {
			t.Errorf("%s of topic stock was %q and is %q", id, was, title)
		}
	}
}

// story reads a story; one that was merged away is that which it was merged into.
func (k *killTest) story(t *testing.T, id string) (s view.Story) {
	if err := json.Unmarshal([]byte(k.page(t, "/api/stories/"+id)), &s); err != nil {
		t.Fatal(err)
	}
	return s
}
