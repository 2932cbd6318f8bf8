package desk

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/desk/ledger"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/story"
)

// split applies splits as a sweep does, and returns what open pages learn of it.
func (r *env) split(splits ...story.EventSplit) (c news.Change) {
	r.t.Helper()
	r.inTransaction(func(w *recordWork) error {
		if err := w.storyWork().applySplits(splits); err != nil {
			return err
		}
		c.Stories, c.Topics = w.touched, slices.Sorted(maps.Keys(w.topics))
		return nil
	})
	return c
}

// inTransaction does some of the work of a sweep, as if that were all of it.
func (r *env) inTransaction(work func(*recordWork) error) {
	r.t.Helper()
	r.stop()
	st, err := store.Open(r.path, store.Options{})
	if err != nil {
		r.t.Fatal(err)
	}
	d, err := Open(st, nil, nil, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	err = st.Update(func(tx *store.Tx) error {
		rec := &news.Record{Seq: tx.Seq() + 1, At: news.Instant(r.now), Sweep: &news.Sweep{}}
		rec.SetID()
		w := &recordWork{transaction: &transaction{Ledger: ledger.New(tx, &d.cache), rules: d.rules}, record: rec}
		if err := work(w); err != nil {
			return err
		}
		if err := tx.Records.Add(rec); err != nil {
			return err
		}
		return w.Flush()
	})
	if err != nil {
		r.t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		r.t.Fatal(err)
	}
	r.start()
}

// oneEvent has two sources publish headlines, a minute apart, and makes one event of them.
// It returns the stories, the oldest first.
func (r *env) oneEvent(headlines ...string) []*news.Story {
	r.t.Helper()
	var all []*news.Story
	for i, h := range headlines {
		r.visit([]string{"one", "two"}[i%2], fresh(fmt.Sprint(h[:4], i), h, 30*time.Second))
		r.pass(time.Minute)
		all = append(all, r.storyCalled(h))
		if got := r.eventIDs(all...); got[0] != got[i] {
			r.order("merge", all[0].ID, all[i].ID, "event")
		}
	}
	for i := range all {
		all[i] = r.story(all[i].ID)
	}
	return all
}

func ids(stories ...*news.Story) (all []string) {
	for _, s := range stories {
		all = append(all, s.ID)
	}
	return all
}

var apart = []string{sinks, "Miners rescued from flooded shaft", "Ransomware stops three hospitals", "Harbour council approves the tunnel plan", "Bishop of Odalen resigns"}

// The stories that leave an event are an event with an id of its own. The id of an event
// that had joined leads to where its first story is.
func TestSplitMovesStoriesWithTheirRedirects(t *testing.T) {
	r := open(t, "one", "two")
	all := r.oneEvent(apart...)
	from := all[0].ID
	c := r.split(story.EventSplit{From: from, Event: all[2].ID, Stories: ids(all[1], all[2])})
	if diff := cmp.Diff(ids(all[1], all[2]), c.Stories); diff != "" || len(c.Topics) > 0 {
		t.Errorf("open pages learn of (-want +got):\n%s, and of new editions of %q", diff, c.Topics)
	}
	for i, want := range []string{from, all[2].ID, all[2].ID, from, from} {
		if got := r.event(all[i].ID); got == nil || got.ID != want {
			t.Errorf("event %d leads to %+v, want %s", i, got, want)
		}
		if got := r.event(r.story(all[i].ID).Event); got == nil || got.ID != want {
			t.Errorf("story %d is in event %+v, want %s", i, got, want)
		}
	}
	if got := r.event(from).Stories; !slices.Equal(got, ids(all[0], all[3], all[4])) {
		t.Errorf("event %s has stories %q", from, got)
	}
	part := r.event(all[2].ID)
	if !slices.Equal(part.Stories, ids(all[1], all[2])) || part.SplitFrom != from || part.SplitAt.IsZero() {
		t.Errorf("the part is %+v", part)
	}
	if got := r.event(from); got.SplitFrom != "" {
		t.Errorf("the event that keeps its id is a part of %s", got.SplitFrom)
	}
}

// The first story of an event may leave it: the event keeps its id.
func TestSplitOfTheFirstStory(t *testing.T) {
	r := open(t, "one", "two")
	all := r.oneEvent(apart[:3]...)
	own := news.EventID(all[0].ID, 99)
	r.split(story.EventSplit{From: all[0].ID, Event: own, Stories: ids(all[0])})
	for i, want := range []string{own, all[0].ID, all[0].ID} {
		if got := r.event(r.story(all[i].ID).Event); got == nil || got.ID != want {
			t.Errorf("story %d is in event %+v, want %s", i, got, want)
		}
	}
	r.split(story.EventSplit{From: all[0].ID, Event: all[2].ID, Stories: ids(all[1], all[2])})
	if got := r.event(all[0].ID); got.ID != all[2].ID {
		t.Errorf("an event that all stories left leads to %+v", got)
	}
}

// Stories that editors merged into others stay with those, and an id whose stories are all
// elsewhere leads to the event that they were in.
func TestSplitOfMergedStories(t *testing.T) {
	r := open(t, "one", "two")
	all := r.oneEvent(apart[:3]...)
	r.order("merge", all[0].ID, all[1].ID)
	own := news.EventID(all[1].ID, 99)
	r.split(story.EventSplit{From: all[0].ID, Event: own, Stories: append(ids(all[1]), "neverseen0000")})
	if got := r.event(own); got == nil || got.ID != all[0].ID {
		t.Errorf("the part's id leads to %+v, want %s", got, all[0].ID)
	}
}

// A claim goes with the story that it was made on. What alerts an event matched, its part
// matched, too.
func TestSplitMovesClaims(t *testing.T) {
	for i, want := range []int{0, 1, 1} {
		r := open(t, "one", "two")
		all := r.oneEvent(apart[:3]...)
		r.order("claim", all[i].ID, "event")
		r.split(story.EventSplit{From: all[0].ID, Event: all[1].ID, Stories: ids(all[1], all[2])})
		for k, id := range []string{all[0].ID, all[1].ID} {
			if got := r.event(id).Claim; (got != nil) != (k == want) {
				t.Errorf("claimed on story %d: event %d has claim %+v", i, k, got)
			}
		}
	}
}

// Voices are counted for each part, and neither part breaks.
func TestSplitCountsVoices(t *testing.T) {
	r := open(t, "one", "two")
	all := r.oneEvent(apart[:4]...)
	r.split(story.EventSplit{From: all[0].ID, Event: all[1].ID, Stories: ids(all[1], all[3])})
	for _, id := range ids(all[0], all[1]) {
		if ev := r.event(id); len(ev.Voices) != 1 || !ev.Breaking.IsZero() {
			t.Errorf("event %s has voices %+v and broke %v, want one voice", id, ev.Voices, ev.Breaking)
		}
	}
}

// In a topic with one item for each event, a part gets an item in its place, and what was
// published stays as it was, whichever part has it.
func TestSplitMakesItems(t *testing.T) {
	for _, published := range []int{0, 1} {
		r := openEvents(t, "one", "two")
		all := r.oneEvent(apart[:4]...)
		leaving := ids(all[2], all[3])
		if published == 1 {
			leaving = ids(all[0], all[1])
		}
		r.visit("one", fresh("late", "Copper prices fall for a third day", 30*time.Second))
		before := r.ids("all")
		if len(before) != 2 || before[all[0].ID] == "" {
			t.Fatalf("%q, want the item of the event and a later one", r.headlines("all"))
		}
		part := news.EventID(all[3].ID, 99)
		c := r.split(story.EventSplit{From: all[0].ID, Event: part, Stories: leaving})
		if !slices.Equal(c.Topics, []string{"all"}) {
			t.Errorf("new editions of %q", c.Topics)
		}
		r.restart()
		after := r.ids("all")
		for id, was := range before {
			if after[id] != was {
				t.Errorf("item %s was %q, is %q", id, was, after[id])
			}
		}
		top := r.top("all")
		if len(top) != 3 || top[1].ID != all[2].ID || !top[1].Places["all"].At.Equal(all[2].First) {
			t.Errorf("%q, want the split-off story in its place", r.headlines("all"))
		}
	}
}

// An item that left because its event joined another one comes back under its id, with its
// times, when a sweep splits them.
func TestSplitRestoresItem(t *testing.T) {
	r := openEvents(t, "one", "two")
	r.visit("one", fresh("a", apart[0], 30*time.Second), fresh("b", apart[1], 20*time.Second), fresh("c", apart[2], 10*time.Second))
	r.pass(time.Minute)
	first, second, third := r.storyCalled(apart[0]), r.storyCalled(apart[1]), r.storyCalled(apart[2])
	before := r.ids("all")
	r.order("merge", first.ID, third.ID, "event")
	r.order("merge", first.ID, second.ID, "event")
	if len(r.top("all")) != 1 {
		t.Fatalf("%q, want one item", r.headlines("all"))
	}
	r.split(story.EventSplit{From: first.ID, Event: second.ID, Stories: ids(second, third)})
	want := map[string]string{first.ID: before[first.ID], second.ID: before[second.ID]}
	if diff := cmp.Diff(want, r.ids("all")); diff != "" {
		t.Errorf("items (-want +got):\n%s", diff)
	}
}

// A part without a story that may be shown gets no item.
func TestSplitOfWithdrawnAndHiddenStories(t *testing.T) {
	r := openEvents(t, "one", "two")
	all := r.oneEvent(apart[:4]...)
	r.order("hide", all[1].ID)
	r.visit("one", fresh("kill", "KILL: "+apart[2], 0))
	r.split(
		story.EventSplit{From: all[0].ID, Event: all[1].ID, Stories: ids(all[1])},
		story.EventSplit{From: all[0].ID, Event: all[2].ID, Stories: ids(all[2])},
	)
	if got := r.ids("all"); len(got) != 1 || got[all[0].ID] == "" {
		t.Errorf("%q are in the topic, want the item of the event alone", r.headlines("all"))
	}
}

// Stories of an event share an item with those that they surely tell the same as: directly,
// or over others, also when one of those was merged into another story or is gone.
func TestStoriesThatShareAnItem(t *testing.T) {
	r := openEvents(t, "one", "two")
	all := r.oneEvent(apart...)
	ev := r.event(all[0].ID)
	for i, c := range []struct {
		itemOf [5]int // by story: the number of the one with which it shares an item; -1 for that of the event
		want   [][]int
	}{
		{[5]int{-1, -1, -1, -1, -1}, [][]int{{0, 1, 2, 3, 4}}},
		{[5]int{-1, 0, 2, 2, 3}, [][]int{{0, 1}, {2, 3, 4}}},
		{[5]int{-1, 1, 1, 0, 4}, [][]int{{0, 3}, {1, 2}, {4}}},
		{[5]int{1, 0, -1, 5, 5}, [][]int{{0}, {1}, {2}, {3, 4}}}, // a circle, which no record makes, and a story that is gone
	} {
		var got [][]int
		r.inTransaction(func(w *recordWork) error {
			for k, of := range c.itemOf {
				s, err := w.Story(all[k].ID)
				if err != nil {
					return err
				}
				if s.ItemOf = ""; of >= 0 {
					s.ItemOf = append(ids(all...), "gone")[of]
				}
			}
			groups, err := w.eventItems(ev)
			for _, g := range groups {
				var numbers []int
				for _, s := range g {
					numbers = append(numbers, slices.Index(ids(all...), s.ID))
				}
				got = append(got, numbers)
			}
			return err
		})
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("case %d: groups (-want +got):\n%s", i, diff)
		}
	}
}

// A story that joined its event with less certainty has an item of its own, also when the
// topic's rule is read again, and none when an editor hid the event.
func TestUnsureStoriesHaveItems(t *testing.T) {
	for _, hidden := range []bool{false, true} {
		r := openEvents(t, "one", "two")
		all := r.oneEvent(apart[:3]...)
		if hidden {
			r.order("hide", all[0].ID)
		}
		r.inTransaction(func(w *recordWork) error {
			for i, of := range []*news.Story{1: all[1], 2: all[1]} {
				if of == nil {
					continue
				}
				s, err := w.Story(all[i].ID)
				if err != nil {
					return err
				}
				s.ItemOf = of.ID
				w.ChangeStory(s.ID)
			}
			ev, err := w.Event(all[0].ID)
			if err != nil {
				return err
			}
			return w.storyWork().placeParts(time.Time{}, ev)
		})
		r.rules.Topics[0].Title = "Renamed"
		r.enforce()
		want := ids(all[1], all[0])
		if hidden {
			want = nil
		}
		if got := ids(r.top("all")...); !slices.Equal(got, want) {
			t.Errorf("hidden %v: items %q, want %q", hidden, got, want)
		}
	}
}
