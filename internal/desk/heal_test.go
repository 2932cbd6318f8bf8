package desk

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/desk/ledger"
	"github.com/slugline/slugline/internal/journal"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// aheadBy is how far the clock of the tests was wrong.
const aheadBy = 10 * 365 * 24 * time.Hour

// spoil files what a desk does in some hours of a clock that is ahead.
func (r *env) spoil() {
	harbour := fresh("a", "Harbour workers strike at Valdora", time.Minute)
	r.visit("one", harbour, fresh("b", "Court frees the mayor of Esten", time.Minute))
	r.pass(time.Hour)
	r.sweep()
	r.pass(aheadBy)
	harbour.age += aheadBy + time.Hour
	r.visit("one", fresh("c", "Flood closes the bridge at Orlo", time.Minute), fresh("d", "EMBARGO: Speech of the minister", time.Minute), harbour)
	r.visit("two", fresh("e", "Flood closes the bridge at Orlo", 0), fresh("f", "Ministers meet on fish quotas", 0))
	for range 3 {
		r.pass(2 * time.Hour)
		r.sweep()
	}
	r.order("hide", r.storyCalled("Ministers meet on fish quotas").ID)
	r.order("pin", r.storyCalled("Harbour workers strike at Valdora").ID, "all")
	r.order("claim", r.storyCalled("Flood closes the bridge at Orlo").ID)
	r.visit("two", fresh("g", "Bank of Esten raises its rate", 0))
	r.pass(-aheadBy - 3*time.Hour)
}

func (r *env) heal() {
	r.t.Helper()
	r.file(news.Record{Heal: &news.Heal{}})
}

// After healing, no record's time is ahead, ids and order stay, what comes next is on top,
// and headlines join the stories that they would have joined.
func TestHeal(t *testing.T) {
	r := open(t, "one", "two")
	r.rules.Topics = append(r.rules.Topics, news.Topic{Name: "young", Fold: news.FoldEvent, Stories: 5, Window: 24 * time.Hour})
	r.enforce()
	r.spoil()
	before, headlines, flood := r.ids("all"), r.headlines("all"), r.storyCalled("Flood closes the bridge at Orlo")
	seq := r.seq()
	r.heal()
	if got := r.headlines("all"); !slices.Equal(got, headlines) {
		t.Errorf("the order is %q, was %q", got, headlines)
	}
	after := r.ids("all")
	for id, was := range before {
		uri, _, _ := strings.Cut(was, " ")
		if now := after[id]; !strings.HasPrefix(now, uri+" ") {
			t.Errorf("story %s has %s, had %s", id, now, was)
		}
	}
	r.checkNothingAhead()
	if r.seq() != seq+1 {
		t.Errorf("healing was %d records", r.seq()-seq)
	}
	r.pass(time.Minute)
	r.visit("one", fresh("h", "Rail line to Orlo is open again", time.Second))
	r.visit("two", fresh("i", "Flood closes the bridge at Orlo", time.Second))
	if top := r.top("all")[0]; top.Headline != "Rail line to Orlo is open again" || top.Places["all"].At.After(r.now) {
		t.Errorf("on top is %q as of %v, want the new one as of %v", top.Headline, top.Places["all"].At, r.now)
	}
	if s := r.storyCalled("Flood closes the bridge at Orlo"); s.ID != flood.ID {
		t.Errorf("the same headline begins a new story after healing: %s, not %s", s.ID, flood.ID)
	}
	r.pass(2 * time.Hour)
	r.sweep()
	r.checkNothingAhead()
	want := r.digest()
	for _, size := range []int{1, 3, len(r.filed)} {
		if got := r.replay(size); got != want {
			t.Errorf("the digest differs after the records were applied again in groups of %d, with restarts", size)
		}
	}
	if err := store.Verify(r.path); err != nil && !errors.Is(err, store.ErrInUse) {
		t.Error(err)
	}
}

// checkNothingAhead looks for times after now in all that records stamped.
func (r *env) checkNothingAhead() {
	r.t.Helper()
	limit := r.now.Add(time.Second)
	err := r.store.View(func(tx *store.Tx) error {
		if tx.At().After(limit) || tx.Horizon().After(limit) {
			r.t.Errorf("the newest record is of %v, the horizon %v, now is %v", tx.At(), tx.Horizon(), r.now)
		}
		h := &healWork{recordWork: &recordWork{transaction: &transaction{Ledger: ledger.New(tx, &ledger.Cache{})}}, at: limit, ahead: map[int64]int64{}}
		for _, step := range []func(func(*time.Time)) error{h.sources, h.topics, h.archives, h.entries, h.stories, h.events, h.notices, h.changes, h.orders, h.signatures} {
			if err := step(h.note); err != nil {
				return err
			}
		}
		for ms := range h.ahead {
			r.t.Errorf("%v is ahead of %v", time.UnixMilli(ms).UTC(), r.now)
		}
		return nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

// Where nothing is ahead, healing changes nothing but the time of the newest record.
func TestHealOfASoundDatabase(t *testing.T) {
	r := open(t, "one")
	r.visit("one", fresh("a", "Harbour workers strike at Valdora", time.Minute))
	before := r.ids("all")
	r.pass(time.Hour)
	r.heal()
	if after := r.ids("all"); len(after) != 1 || after[r.top("all")[0].ID] != before[r.top("all")[0].ID] {
		t.Errorf("%v, was %v", after, before)
	}
	r.checkNothingAhead()
	if _, err := r.journal.Order(t.Context(), news.Order{Verb: "hide", Args: []string{"0000000000000"}}, r.now); !errors.Is(err, journal.ErrRefused) {
		t.Errorf("an order after healing: %v", err)
	}
}
