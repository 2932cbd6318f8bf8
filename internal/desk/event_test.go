package desk

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

const sinks = "Ferry sinks off Harbourtown with forty aboard"

// openEvents opens an env whose topic has one item for each event.
func openEvents(t *testing.T, sources ...string) *env {
	r := open(t, sources...)
	r.rules.Topics[0].Fold = news.FoldEvent
	r.enforce()
	return r
}

// When events become one, the item that entered first stays as it was and the other one
// is removed from the feed. The younger event's id leads to the older event.
func TestEventsThatJoinLeaveOneItem(t *testing.T) {
	r := openEvents(t, "one", "two")
	for i, pair := range [][2]string{
		{"Ferry service resumes across the Bosporus strait after storm", "Storm over: Bosporus strait ferry service back after storm"},
		{"Bomb kills 10 in northern Harbourtown market", "Bomb kills 14 in northern Harbourtown market"},
	} {
		r.visit("one", fresh(fmt.Sprint("a", i), pair[0], time.Minute))
		r.pass(time.Minute)
		r.visit("two", fresh(fmt.Sprint("b", i), pair[1], time.Minute))
		r.pass(time.Minute)
	}
	before := r.top("all")
	if len(before) != 2 {
		t.Fatalf("%q, want an item for each event", r.headlines("all"))
	}
	younger, older := before[0], before[1]
	want := map[string]string{older.ID: r.ids("all")[older.ID]}
	r.order("merge", r.event(older.Event).Stories[1], r.event(younger.Event).Stories[1])
	r.restart()
	if diff := cmp.Diff(want, r.ids("all")); diff != "" {
		t.Errorf("items (-want +got):\n%s", diff)
	}
	if ev := r.event(younger.Event); ev == nil || ev.ID != older.Event || len(ev.Stories) != 4 {
		t.Errorf("event %s leads to %+v, want %s with all stories", younger.Event, ev, older.Event)
	}
}

func (r *env) event(id string) (ev *news.Event) {
	r.t.Helper()
	err := r.store.View(func(tx *store.Tx) (err error) {
		ev, err = tx.Events.Get(id)
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return ev
}

// A story that an editor hid keeps the other stories of its event out of the topic.
func TestHiddenEventStaysHidden(t *testing.T) {
	r := openEvents(t, "one", "two")
	head := "Ferry service resumes across the Bosporus strait after storm"
	r.visit("one", fresh("a", head, time.Minute))
	r.order("hide", r.top("all")[0].ID, "all")
	r.restart()
	r.pass(time.Minute)
	r.visit("two", fresh("b", "Storm over: Bosporus strait ferry service back after storm", time.Minute))
	r.rules.Site.Title = "Renamed"
	r.enforce()
	if got := r.headlines("all"); len(got) != 0 {
		t.Errorf("%q of a hidden event is in the topic", got)
	}
}

// A story that was hidden in a topic before it satisfied its rule never enters it.
func TestHiddenBeforeItEnters(t *testing.T) {
	r := open(t, "one", "two")
	r.rules.Topics = append(r.rules.Topics, news.Topic{Name: "wide", Match: []string{"outlets:>1"}, Fold: news.FoldStory, Stories: 50})
	r.enforce()
	r.visit("one", fresh("a", sinks, time.Minute))
	r.order("hide", r.top("all")[0].ID, "wide")
	r.restart()
	r.visit("two", fresh("b", sinks, time.Minute))
	if len(r.top("all")) != 1 || r.top("all")[0].Outlets() != 2 || len(r.top("wide")) != 0 {
		t.Errorf("all %q, wide %q; want one of two outlets, and none", r.headlines("all"), r.headlines("wide"))
	}
}

// Validators vouch for what is stored: if a visit was cut into parts, they are stored
// with its last part.
func TestValidatorsComeWithTheLastPart(t *testing.T) {
	r := open(t, "one")
	r.visitAs("one", &news.Visit{Validators: news.Validators{ETag: `"whole"`}}, fresh("a", sinks, time.Minute))
	r.pass(time.Minute)
	r.file(news.Record{Visit: &news.Visit{Source: "one", Prev: r.prev["one"], Validators: news.Validators{ETag: `"part"`}}})
	err := r.store.View(func(tx *store.Tx) error {
		src, err := tx.Sources.Get("one")
		if err == nil && src.Validators.ETag != `"whole"` {
			t.Errorf("validators %q after the first part of a visit, want those of the visit before", src.Validators.ETag)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
