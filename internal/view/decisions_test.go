package view_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
	"github.com/slugline/slugline/internal/webtest"
)

// addOrder stores an order as the next record and returns its number.
func addOrder(n *webtest.Newsroom, o news.Order) uint64 {
	n.Helper()
	n.At = n.At.Add(time.Minute)
	n.Seq++
	n.Must(n.Store.Update(func(tx *store.Tx) error {
		r := &news.Record{ID: fmt.Sprint("order-", n.Seq), Seq: n.Seq, At: n.At, Order: &o}
		if err := tx.Records.Add(r); err != nil {
			return err
		}
		return tx.Orders.Put(r)
	}))
	return n.Seq
}

func decisionText(n *webtest.Newsroom, number uint64) string {
	n.Helper()
	var d *view.Decision
	n.Must(n.Store.View(func(tx *store.Tx) (err error) {
		d, err = view.DecisionByNumber(tx, locale.Of("en"), number)
		return err
	}))
	return d.Text
}

// Every order is described by a sentence that names the story or source.
func TestDecisionText(t *testing.T) {
	n := webtest.OpenFilled(t)
	s := n.Find("Copper rises for a third day")
	const copper = "\"\u2068Copper rises for a third day\u2069\""
	until := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		order news.Order
		want  string
	}{
		{news.Order{Verb: "hide", Args: []string{s.ID, news.Everywhere}}, "Hid " + copper + " everywhere"},
		{news.Order{Verb: "hide", Args: []string{s.ID, "world", "trade"}}, "Hid " + copper + " in world, trade"},
		{news.Order{Verb: "unhide", Args: []string{s.ID}}, "Unhid " + copper + " everywhere"},
		{news.Order{Verb: "pin", Args: []string{s.ID, "world"}, Until: until}, "Pinned " + copper + " in world until 21 November 2026, 16:00 UTC+4"},
		{news.Order{Verb: "pin", Args: []string{s.ID, "world"}}, "Pinned " + copper + " in world"},
		{news.Order{Verb: "split", Args: []string{"entry", "other", s.ID}}, "Split " + copper + " into a story of its own"},
		{news.Order{Verb: "merge", Args: []string{s.ID, "other"}}, "Merged story other into " + copper},
		{news.Order{Verb: "split", Args: []string{s.ID, "event", "from", "own"}}, "Split " + copper + " from its event"},
		{news.Order{Verb: "merge", Args: []string{s.ID, "other", "event", "into", "merged"}}, "Made one event of " + copper + " and story other"},
		{news.Order{Verb: "claim", Args: []string{s.ID}, Why: "calling the ministry"}, "Claimed " + copper + ": calling the ministry"},
		{news.Order{Verb: "claim", Args: []string{s.ID, "event"}}, "Claimed the event of " + copper},
		{news.Order{Verb: "release", Args: []string{s.ID}}, "Released " + copper},
		{news.Order{Verb: "note", Args: []string{s.ID}, Why: "denied at noon"}, "Note on " + copper + ": denied at noon"},
		{news.Order{Verb: "pause", Args: []string{"gulf"}}, "Paused source \u2068Gulf Wire\u2069"},
		{news.Order{Verb: "resume", Args: []string{"gulf"}}, "Resumed source \u2068Gulf Wire\u2069"},
		{news.Order{Verb: "resume", Args: []string{"nosuch"}}, "Resumed source nosuch"},
		{news.Order{Verb: "hide", Args: []string{"nosuch"}}, "Hid story nosuch everywhere"},
		{news.Order{Verb: "undo", Args: []string{"999"}}, "Undid decision 999"},
	} {
		if got := decisionText(n, addOrder(n, tt.order)); got != tt.want {
			t.Errorf("%s %q is described as %q, want %q", tt.order.Verb, tt.order.Args, got, tt.want)
		}
	}
}

// A merge names both stories by their headlines, and a reason that the sentence has already
// is not said again.
func TestDecisionTextOfMergedStories(t *testing.T) {
	n := webtest.OpenFilled(t)
	s, other := n.Find("Copper rises for a third day"), n.AddStory(webtest.Story{Headline: "Ferry is back in port", Language: "en", Sources: []string{"north"}})
	number := addOrder(n, news.Order{Verb: "merge", Args: []string{s.ID, other.ID}, Why: "same price"})
	n.Apply(func(tx *store.Tx) news.Change {
		other.MergedInto = s.ID
		n.Must(tx.Stories.Put(other))
		return news.Change{Stories: []string{other.ID}}
	})
	if got, want := decisionText(n, number), "Merged story \"\u2068Ferry is back in port\u2069\" into \"\u2068Copper rises for a third day\u2069\""; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for verb, want := range map[string]string{"merge": "same price", "claim": ""} {
		d := view.Decision{Why: "same price", Text: map[string]string{"merge": "Merged two", "claim": "Claimed it: same price"}[verb]}
		if got := d.Reason(); got != want {
			t.Errorf("reason of a %s: %q, want %q", verb, got, want)
		}
	}
}

// An undo names what it undid.
func TestDecisionTextOfUndo(t *testing.T) {
	n := webtest.OpenFilled(t)
	hide := addOrder(n, news.Order{Verb: "hide", Args: []string{n.Find("Copper rises for a third day").ID}})
	undo := addOrder(n, news.Order{Verb: "undo", Args: []string{fmt.Sprint(hide)}})
	if got, want := decisionText(n, undo), "Undid: hid \"\u2068Copper rises for a third day\u2069\" everywhere"; got != want {
		t.Errorf("the undo is described as %q, want %q", got, want)
	}
}

// Decisions come newest first and page by page.
func TestDecisions(t *testing.T) {
	n := webtest.OpenFilled(t)
	var numbers []uint64
	for _, source := range []string{"gulf", "nile", "north"} {
		numbers = append(numbers, addOrder(n, news.Order{Verb: "pause", Args: []string{source}}))
	}
	n.Must(n.Store.View(func(tx *store.Tx) error {
		first, err := view.Decisions(tx, locale.Of("en"), 0, 2)
		if err != nil || len(first) != 2 || first[0].Decision != numbers[2] || first[1].Decision != numbers[1] {
			t.Errorf("the first page is %+v, %v; want decisions %d and %d", first, err, numbers[2], numbers[1])
		}
		rest, err := view.Decisions(tx, locale.Of("en"), numbers[1], 2)
		if err != nil || len(rest) != 1 || rest[0].Source != "gulf" {
			t.Errorf("the page before decision %d is %+v, %v; want the pause of gulf", numbers[1], rest, err)
		}
		return nil
	}))
}
