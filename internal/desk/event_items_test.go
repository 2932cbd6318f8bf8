package desk

import (
	"slices"
	"testing"
	"time"
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
