package desk

import (
	"slices"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/desk/membership"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/story"
)

// A story shares the item of those that it is near if it is also like the first one of
// these. Otherwise it has an item of its own, which takes what comes after it.
func TestItemTakesWhatIsLikeItsFirstStory(t *testing.T) {
	const (
		ferry  = "Ferry sinks off Harbourtown with forty aboard"
		blames = "Harbourtown ferry sinks: coastguard blames captain Odalen"
		denies = "Captain Odalen blamed by coastguard denies guilt"
		again  = "Guilt of coastguard: captain Odalen files complaint"
	)
	r := openEvents(t, "one", "two", "three", "four")
	for i, text := range []string{ferry, blames, denies, again} {
		r.visit([]string{"one", "two", "three", "four"}[i], fresh(text[:4], text, 0))
		r.pass(time.Minute)
	}
	first := r.storyCalled(ferry)
	for _, text := range []string{blames, denies, again} {
		if s := r.storyCalled(text); s.ID == first.ID || r.event(s.Event).ID != r.event(first.Event).ID {
			t.Fatalf("%q is no other story of the event", text)
		}
	}
	if got, want := r.headlines("all"), []string{denies, ferry}; !slices.Equal(got, want) {
		t.Errorf("items %q, want %q", got, want)
	}
	r.checkReplay()
}

// A split leaves stories that share an item together. A story whose item began on the other
// side of the split shares the item of its event.
func TestSplitDividesItems(t *testing.T) {
	for _, c := range []struct {
		leaving []int
		items   []int // stories that are items afterwards, the newest first; 0 and 1 were before
		in      [5]int
	}{
		{leaving: []int{1, 2, 3}, items: []int{3, 1, 0}, in: [5]int{0, 1, 1, 3, 0}},
		{leaving: []int{1, 2}, items: []int{1, 0}, in: [5]int{0, 1, 1, 0, 0}},
		{leaving: []int{1}, items: []int{1, 0}, in: [5]int{0, 1, 0, 0, 0}},
		{leaving: []int{2, 4}, items: []int{2, 1, 0}, in: [5]int{0, 1, 2, 0, 2}},
	} {
		r := openEvents(t, "one", "two")
		all := r.oneEvent(apart...)
		r.setItems(all[0].ID, all[1], all[2])
		before := r.ids("all")
		var leaving []*news.Story
		for _, i := range c.leaving {
			leaving = append(leaving, all[i])
		}
		r.split(story.EventSplit{From: all[0].ID, Event: leaving[0].ID, Stories: ids(leaving...)})
		var want []string
		for _, i := range c.items {
			want = append(want, all[i].ID)
		}
		if got := ids(r.top("all")...); !slices.Equal(got, want) {
			t.Errorf("%v leave: items %q, want %q", c.leaving, r.headlines("all"), want)
		}
		for id, was := range before {
			if got := r.ids("all")[id]; got != was {
				t.Errorf("%v leave: item %s was %q, is %q", c.leaving, id, was, got)
			}
		}
		if got := r.itemsOf(all); got != c.in {
			t.Errorf("%v leave: stories are in items %v, want %v", c.leaving, got, c.in)
		}
	}
}

// setItems gives the first of some stories of an event an item of its own, which the others
// share.
func (r *env) setItems(event string, stories ...*news.Story) {
	r.t.Helper()
	r.inTransaction(func(w *recordWork) error {
		for _, one := range stories {
			s, err := w.Story(one.ID)
			if err != nil {
				return err
			}
			s.ItemOf = stories[0].ID
			w.ChangeStory(s.ID)
		}
		ev, err := w.Event(event)
		if err != nil {
			return err
		}
		return w.storyWork().placeParts(time.Time{}, ev)
	})
}

// itemsOf returns for each of five stories the number of the one that is its item.
func (r *env) itemsOf(all []*news.Story) (in [5]int) {
	r.t.Helper()
	r.inTransaction(func(w *recordWork) error {
		for i := range all {
			s, err := w.Story(all[i].ID)
			if err != nil {
				return err
			}
			group, err := w.itemStories(s)
			if err != nil {
				return err
			}
			item := membership.EventItem(group, "all")
			in[i] = slices.IndexFunc(all, func(one *news.Story) bool { return item != nil && one.ID == item.ID })
		}
		return nil
	})
	return in
}
