package desk

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/journal"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/story"
)

// eventIDs returns the event of each story.
func (r *env) eventIDs(stories ...*news.Story) (all []string) {
	r.t.Helper()
	for _, s := range stories {
		id := r.story(s.ID).Event
		if ev := r.event(id); ev != nil {
			id = ev.ID
		}
		all = append(all, id)
	}
	return all
}

const (
	quake = "Quake of 6.1 shakes the harbour of Vilmara, dozens injured"
	teams = "Rescue teams search Vilmara harbour after quake"
	aid   = "Quake in Vilmara harbour: rescue teams and aid ships search on"
)

// What an editor made one event stays one, and what an editor split stays apart, whatever
// comes after it: restarts, sweeps, headlines that are similar to both.
func TestOrdersOnEventsHold(t *testing.T) {
	for _, sweep := range []bool{false, true} {
		r := open(t, "one", "two")
		all := r.oneEvent(quake, teams, apart[1])
		r.order("split", all[1].ID, "event")
		own := r.story(all[1].ID).Event
		if own != news.EventID(all[1].ID, r.seq()) {
			t.Errorf("the story's event is %s", own)
		}
		r.restart()
		if sweep {
			r.pass(time.Hour)
			r.sweep()
			r.restart()
		}
		for i, h := range []string{aid, "Vilmara quake: aid ships reach the harbour", "Quake shakes harbour of Vilmara: dozens of people injured"} {
			r.visit("one", fresh(fmt.Sprint("more", i), h, time.Second))
			r.pass(time.Minute)
		}
		want := []string{all[0].ID, own, all[0].ID}
		if diff := cmp.Diff(want, r.eventIDs(all...)); diff != "" {
			t.Errorf("after a sweep %v: events (-want +got):\n%s", sweep, diff)
		}
		r.checkReplay()
	}
}

// checkReplay applies the records that were filed to other stores and compares digests.
func (r *env) checkReplay() {
	r.t.Helper()
	want := r.digest()
	for _, size := range []int{1, len(r.filed)} {
		if got := r.replay(size); got != want {
			r.t.Errorf("the digest differs after the records were applied again in groups of %d, with restarts", size)
		}
	}
}

// Orders on events are undone: the events have their ids and stories again.
func TestUndoOrdersOnEvents(t *testing.T) {
	r := openEvents(t, "one", "two")
	all := r.oneEvent(apart[:2]...)
	r.visit("one", fresh("other", apart[2], time.Second))
	other := r.storyCalled(apart[2])
	before, items := r.eventIDs(all[0], all[1], other), r.ids("all")
	for _, order := range [][]string{{"split", all[1].ID, "event"}, {"split", all[0].ID, "event"}, {"merge", other.ID, all[1].ID, "event"}} {
		n := r.order(order[0], order[1:]...)
		if got := r.eventIDs(all[0], all[1], other); slices.Equal(got, before) {
			t.Errorf("%q changed no event", order)
		}
		r.restart()
		r.order("undo", n)
		if diff := cmp.Diff(before, r.eventIDs(all[0], all[1], other)); diff != "" {
			t.Errorf("%q was undone; events (-want +got):\n%s", order, diff)
		}
		if diff := cmp.Diff(items, r.ids("all")); diff != "" {
			t.Errorf("%q was undone; items (-want +got):\n%s", order, diff)
		}
	}
	if got := r.event(other.ID); got == nil || !slices.Equal(got.Stories, ids(other)) {
		t.Errorf("the event that was merged away is %+v", got)
	}
	r.checkReplay()
}

// An event that was merged leaves its id, its claim and its item to the older one.
func TestMergeEvents(t *testing.T) {
	r := openEvents(t, "one", "two")
	r.visit("one", fresh("a", apart[0], 3*time.Second), fresh("b", apart[1], 2*time.Second))
	first, second := r.storyCalled(apart[0]), r.storyCalled(apart[1])
	r.order("claim", second.ID, "event")
	was := r.ids("all")[first.ID]
	r.order("merge", second.ID, first.ID, "event")
	if diff := cmp.Diff(map[string]string{first.ID: was}, r.ids("all")); diff != "" {
		t.Errorf("items (-want +got):\n%s", diff)
	}
	ev := r.event(second.ID)
	if ev.ID != first.ID || ev.Claim == nil || !slices.Equal(ev.Stories, ids(first, second)) {
		t.Errorf("the merged event leads to %+v", ev)
	}
	orders := r.orders()
	if got, want := orders[len(orders)-1].Order.Args, []string{second.ID, first.ID, "event", first.ID, second.ID}; !slices.Equal(got, want) {
		t.Errorf("the order is stored with %q, want %q", got, want)
	}
}

// A story that an editor merged into another one goes with it.
func TestSplitEventTakesMergedStoriesAlong(t *testing.T) {
	r := open(t, "one", "two")
	all := r.oneEvent(apart[:3]...)
	merge := r.order("merge", all[1].ID, all[2].ID)
	r.order("split", all[2].ID, "event")
	own := r.eventIDs(all[1])[0]
	r.order("undo", merge)
	if diff := cmp.Diff([]string{all[0].ID, own, own}, r.eventIDs(all...)); diff != "" || own == all[0].ID {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// Undoing a merge of stories parts their events again, with all that was in each.
func TestUndoneMergePartsTheEvents(t *testing.T) {
	r := open(t, "one", "two")
	all := r.oneEvent(apart[:2]...)
	for _, h := range apart[2:4] {
		r.visit("one", fresh("other"+h[:4], h, time.Second))
		r.pass(time.Minute)
	}
	all = append(all, r.storyCalled(apart[2]), r.storyCalled(apart[3]))
	if first, second := r.eventIDs(all...)[2], r.eventIDs(all...)[3]; first != second {
		r.order("merge", all[2].ID, all[3].ID, "event")
	}
	before := r.eventIDs(all...)
	if before[0] == before[2] {
		t.Fatalf("events %q: the test needs two", before)
	}
	merge := r.order("merge", all[1].ID, all[2].ID)
	if got := r.eventIDs(all[0], all[3]); got[0] != got[1] {
		t.Fatalf("events %q after the merge, want one", got)
	}
	r.order("undo", merge)
	r.restart()
	if diff := cmp.Diff(before, r.eventIDs(all...)); diff != "" {
		t.Errorf("events after the merge was undone (-before +after):\n%s", diff)
	}
}

func TestRefusedOrdersOnEvents(t *testing.T) {
	r := open(t, "one", "two")
	all := r.oneEvent(apart[:2]...)
	r.visit("one", fresh("other", apart[2], time.Second))
	other := r.storyCalled(apart[2])
	for want, args := range map[string][]string{
		"there is no story or event": {"split", "0000000000000", "event"},
		"is alone in its event":      {"split", other.ID, "event"},
		"is no such word":            {"split", all[0].ID, "topic"},
		"are in one event":           {"merge", all[0].ID, all[1].ID, "event"},
		"no such word":               {"merge", all[0].ID, other.ID, "evnt"},
	} {
		r.pass(time.Minute) // an order that was given at the same moment is the same
		_, err := r.journal.Order(context.Background(), news.Order{Verb: args[0], Args: args[1:], Who: "ada"}, r.now)
		if !errors.Is(err, journal.ErrRefused) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want that it %s", args, err, want)
		}
	}
	split := r.order("split", all[1].ID, "event")
	r.pass(time.Minute)
	merge := r.order("merge", all[0].ID, all[1].ID, "event")
	if _, err := r.journal.Order(context.Background(), news.Order{Verb: "undo", Args: []string{split}}, r.now); !errors.Is(err, journal.ErrRefused) {
		t.Errorf("undo of a split after a merge: %v", err)
	}
	r.pass(time.Minute)
	r.order("split", all[1].ID, "event")
	if _, err := r.journal.Order(context.Background(), news.Order{Verb: "undo", Args: []string{merge}}, r.now); !errors.Is(err, journal.ErrRefused) {
		t.Errorf("undo of a merge after a split: %v", err)
	}
}

// Splits and merges of events and their undoing in any order leave each story in one event that lists it, and
// each event with an item. An id of an earlier event leads to one that is there.
func TestEventsAreConsistent(t *testing.T) {
	for seed := range uint64(8) {
		r := openEvents(t, "one", "two")
		all := r.oneEvent(apart...)
		rnd := rand.New(rand.NewPCG(seed, 1))
		var orders []string
		for step := range 16 {
			r.pass(time.Minute)
			a, b := all[rnd.IntN(len(all))], all[rnd.IntN(len(all))]
			var did any
			switch ev := r.eventOf(a); {
			case rnd.IntN(5) == 0 && len(orders) > 0:
				n := orders[rnd.IntN(len(orders))]
				_, err := r.journal.Order(context.Background(), news.Order{Verb: "undo", Args: []string{n}, Who: "ada"}, r.now)
				if err != nil && !errors.Is(err, journal.ErrRefused) {
					t.Fatal(err)
				}
				did = fmt.Sprint("undo ", n, err)
			case rnd.IntN(3) == 0 && r.eventIDs(a)[0] != r.eventIDs(b)[0]:
				orders = append(orders, r.order("merge", a.ID, b.ID, "event"))
				did = "merge"
			case len(ev.Stories) < 2:
				continue
			case rnd.IntN(2) == 0:
				orders = append(orders, r.order("split", a.ID, "event"))
				did = "split by order"
			default:
				leaving := ev.Stories[1+rnd.IntN(len(ev.Stories)-1):]
				if rnd.IntN(2) == 0 {
					leaving = ev.Stories[:1]
				}
				id := news.EventID(leaving[0], r.seq())
				if old := r.event(leaving[0]); leaving[0] != ev.ID && old != nil && old.ID == ev.ID {
					id = leaving[0] // as the fold names it, if the id leads here
				}
				r.split(story.EventSplit{From: ev.ID, Event: id, Stories: leaving})
				did = fmt.Sprintf("split of %d", len(leaving))
			}
			r.checkEvents(all, fmt.Sprintf("seed %d, step %d, %v", seed, step, did))
		}
	}
}

// eventOf returns the event of a story. That of a single story may not be stored.
func (r *env) eventOf(s *news.Story) *news.Event {
	id := r.story(s.ID).Event
	if ev := r.event(id); ev != nil {
		return ev
	}
	return &news.Event{ID: id, Stories: []string{id}}
}

// checkEvents checks the events of stories in a topic with items of events.
func (r *env) checkEvents(all []*news.Story, when string) {
	r.t.Helper()
	items := map[string]int{}
	for _, s := range all {
		ev := r.eventOf(s)
		if !slices.Contains(ev.Stories, s.ID) {
			r.t.Fatalf("%s: story %s is in event %+v", when, s.ID, ev)
		}
		items[ev.ID] += 0
		for _, other := range all {
			if of := r.eventOf(other); of.ID != ev.ID && slices.Contains(of.Stories, s.ID) {
				r.t.Errorf("%s: events %s and %s list story %s", when, ev.ID, of.ID, s.ID)
			}
		}
		if old := r.event(s.ID); old != nil && len(old.Stories) == 0 {
			r.t.Errorf("%s: id %s leads to event %s without stories", when, s.ID, old.ID)
		}
	}
	for _, s := range r.top("all") {
		items[r.eventOf(s).ID]++
	}
	for id, n := range items {
		if n < 1 {
			r.t.Errorf("%s: event %s has no item", when, id)
		}
	}
}

// undoSteps gives orders on events, "undo N" for the N-th of them, and returns the events of
// the stories after each: each story as the number of the first that shares its event.
func (r *env) undoSteps(all []*news.Story, steps ...string) (after [][]int) {
	r.t.Helper()
	var numbers []string
	for _, step := range steps {
		r.pass(time.Minute)
		words := strings.Fields(step)
		args := words[1:]
		if words[0] == "undo" {
			args = []string{numbers[words[1][0]-'0']}
		} else {
			args = slices.Clone(args)
			for i := range args {
				args[i] = all[args[i][0]-'0'].ID
			}
			args = append(args, onEvent)
		}
		numbers = append(numbers, r.order(words[0], args...))
		r.restart()
		after = append(after, together(r.eventIDs(all...)))
	}
	return after
}

// together numbers each event by the first story in it.
func together(events []string) (all []int) {
	for _, id := range events {
		all = append(all, slices.Index(events, id))
	}
	return all
}

// An order that was undone leaves events as if it had never been given, whatever else was
// ordered and undone in between.
func TestUndoneOrdersLeaveNoTrace(t *testing.T) {
	for name, tt := range map[string]struct {
		steps []string
		want  []int
	}{
		"split of all that was merged, both undone":       {[]string{"merge 0 1", "split 1", "undo 1", "undo 0"}, []int{0, 1, 2, 3}},
		"split of some that was merged, both undone":      {[]string{"merge 1 2", "merge 0 1", "split 2", "undo 2", "undo 1"}, []int{0, 1, 1, 3}},
		"split of the first that was merged, both undone": {[]string{"merge 1 2", "merge 0 1", "split 1", "undo 2", "undo 1"}, []int{0, 1, 1, 3}},
		"split, undone after the merge before it":         {[]string{"merge 1 2", "merge 0 1", "split 2", "undo 1", "undo 2"}, []int{0, 1, 1, 3}},
		"merges one after the other, the last undone":     {[]string{"merge 1 2", "merge 0 1", "undo 1"}, []int{0, 1, 1, 3}},
		"merges one after the other, both undone":         {[]string{"merge 1 2", "merge 0 1", "undo 1", "undo 0"}, []int{0, 1, 2, 3}},
		"three merges, undone from the last":              {[]string{"merge 2 3", "merge 1 2", "merge 0 1", "undo 2", "undo 1", "undo 0"}, []int{0, 1, 2, 3}},
		"three merges, the middle one undone last":        {[]string{"merge 2 3", "merge 1 2", "merge 0 1", "undo 2", "undo 0", "undo 1"}, []int{0, 1, 2, 3}},
		"merges, the first undone before the last":        {[]string{"merge 1 2", "merge 0 1", "undo 0", "undo 1"}, []int{0, 1, 2, 3}},
		"two splits, undone from the first":               {[]string{"merge 0 1", "merge 0 2", "split 1", "split 2", "undo 2", "undo 3", "undo 1", "undo 0"}, []int{0, 1, 2, 3}},
		"split of the oldest, both undone":                {[]string{"merge 0 1", "split 0", "undo 1", "undo 0"}, []int{0, 1, 2, 3}},
		"split into an event that others joined, undone":  {[]string{"merge 0 1", "split 1", "merge 1 2", "undo 2", "undo 1", "undo 0"}, []int{0, 1, 2, 3}},
	} {
		t.Run(name, func(t *testing.T) {
			r := openEvents(t, "one", "two")
			var all []*news.Story
			for i, h := range apart[:4] {
				r.visit([]string{"one", "two"}[i%2], fresh(fmt.Sprint("s", i), h, 30*time.Second))
				r.pass(time.Minute)
				all = append(all, r.storyCalled(h))
			}
			after := r.undoSteps(all, tt.steps...)
			if diff := cmp.Diff(tt.want, after[len(after)-1]); diff != "" {
				t.Errorf("events (-want +got):\n%s\nafter each step: %v", diff, after)
			}
			r.checkEvents(all, name)
			r.checkReplay()
		})
	}
}

// Orders that are undone from the last on take events back through all that they were.
func TestUndoFromTheLastOn(t *testing.T) {
	for seed := range uint64(8) {
		r := openEvents(t, "one", "two")
		all := r.oneEvent(apart...)
		rnd := rand.New(rand.NewPCG(seed, 2))
		type given struct {
			number string
			before []int
		}
		var orders []given
		var log []string
		for range 30 {
			r.pass(time.Minute)
			a, b := all[rnd.IntN(len(all))], all[rnd.IntN(len(all))]
			now := together(r.eventIDs(all...))
			switch n := len(orders); {
			case n > 0 && rnd.IntN(5) < 2:
				last := orders[n-1]
				orders = orders[:n-1]
				log = append(log, "undo")
				r.order("undo", last.number)
				if diff := cmp.Diff(last.before, together(r.eventIDs(all...))); diff != "" {
					t.Fatalf("seed %d, %q: events (-want +got):\n%s", seed, log, diff)
				}
			case r.eventIDs(a)[0] != r.eventIDs(b)[0]:
				log = append(log, fmt.Sprint("merge ", slices.Index(all, a), slices.Index(all, b)))
				orders = append(orders, given{r.order("merge", a.ID, b.ID, onEvent), now})
			case len(r.eventOf(a).Stories) > 1:
				log = append(log, fmt.Sprint("split ", slices.Index(all, a)))
				orders = append(orders, given{r.order("split", a.ID, onEvent), now})
			}
			r.checkEvents(all, fmt.Sprintf("seed %d, %q", seed, log))
		}
		if seed < 3 {
			r.checkReplay()
		}
	}
}
