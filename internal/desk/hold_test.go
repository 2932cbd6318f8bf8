package desk

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/journal"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// held returns the stories that are held, by headline, with when their holds end.
func (r *env) held() map[string]string {
	r.t.Helper()
	out := map[string]string{}
	if err := r.store.View(func(tx *store.Tx) error {
		list, err := tx.Stories.Held()
		for _, h := range list {
			s, err := tx.Stories.Get(h.Story)
			if err != nil {
				return err
			}
			out[s.Headline] = ""
			if !h.Until.IsZero() {
				out[s.Headline] = h.Until.Format("15:04")
			}
		}
		return err
	}); err != nil {
		r.t.Fatal(err)
	}
	return out
}

// heldStory returns the id of the one story that is held.
func (r *env) heldStory() string {
	r.t.Helper()
	var held []*news.HeldStory
	if err := r.store.View(func(tx *store.Tx) (err error) {
		held, err = tx.Stories.Held()
		return err
	}); err != nil || len(held) != 1 {
		r.t.Fatalf("%d stories are held, want one: %v", len(held), err)
	}
	return held[0].Story
}

func (r *env) storyCalled(headline string) (found *news.Story) {
	r.t.Helper()
	if err := r.store.View(func(tx *store.Tx) error {
		return tx.Stories.Each(func(s *news.Story) error {
			if s.Headline == headline {
				found = s
			}
			return nil
		})
	}); err != nil {
		r.t.Fatal(err)
	}
	if found == nil {
		r.t.Fatalf("there is no story %q", headline)
	}
	return found
}

func (r *env) refused(verb string, args ...string) {
	r.t.Helper()
	if _, err := r.journal.Order(context.Background(), news.Order{Verb: verb, Args: args, Who: "ada"}, r.now); !errors.Is(err, journal.ErrRefused) {
		r.t.Errorf("%s %v: %v, want a refusal", verb, args, err)
	}
}

// What bears a sign or a date ahead is in no topic before its time, and enters with the
// time of its release, not of its publication, in the order of releases, over restarts.
func TestHeldUntilItsTime(t *testing.T) {
	r := open(t, "one")
	const (
		rates  = "EMBARGOED UNTIL 08:00 GMT: Central bank cuts rates"
		nurses = "Hospitals short of nurses"
		speech = "EMBARGO: Speech of the minister"
		ferry  = "Ferry resumes after storm"
	)
	r.visit("one")
	r.pass(10 * time.Minute) // 06:10
	r.visit("one", fresh("a", ferry, time.Minute), fresh("b", rates, time.Minute), fresh("c", speech, time.Minute), fresh("d", nurses, -30*time.Minute), fresh("e", "Slow clock of a source", -time.Minute))
	if d := cmp.Diff(map[string]string{rates: "08:00", speech: "", nurses: "06:40"}, r.held()); d != "" {
		t.Fatalf("held (-want +got):\n%s", d)
	}
	want := []string{"Slow clock of a source", ferry}
	for range 2 {
		if d := cmp.Diff(want, r.headlines("all")); d != "" {
			t.Fatalf("the topic (-want +got):\n%s", d)
		}
		r.restart()
		r.pass(20 * time.Minute) // 06:30
		r.sweep()
		r.pass(-10 * time.Minute)
	}
	r.pass(20 * time.Minute) // 06:50
	r.sweep()
	r.pass(71 * time.Minute) // 08:01
	r.restart()
	r.sweep()
	const out = "Central bank cuts rates" // readers need not know that it was held
	want = append([]string{out, nurses}, want...)
	if d := cmp.Diff(want, r.headlines("all")); d != "" {
		t.Fatalf("the topic (-want +got):\n%s", d)
	}
	for headline, at := range map[string]string{nurses: "06:40", out: "08:01"} {
		if got := r.storyCalled(headline).Places["all"].At.Format("15:04"); got != at {
			t.Errorf("%s has the place of %s, want %s", headline, got, at)
		}
	}
	if d := cmp.Diff(map[string]string{speech: ""}, r.held()); d != "" {
		t.Errorf("held (-want +got):\n%s", d)
	}
}

// An editor releases a story, and may undo that. A sign that stays in the headline does
// not hold it again.
func TestRelease(t *testing.T) {
	r := open(t, "one")
	const speech = "EMBARGO: Speech of the minister"
	r.visit("one", fresh("a", speech, time.Minute))
	id := r.storyCalled(speech).ID
	r.refused("pin", id, "all")
	r.pass(time.Minute)
	n := r.order("release", id)
	r.restart()
	if d := cmp.Diff([]string{"Speech of the minister"}, r.headlines("all")); d != "" {
		t.Fatalf("released (-want +got):\n%s", d)
	}
	r.pass(time.Second)
	r.refused("release", id)
	r.refused("release", id, "hold")
	before := r.ids("all")
	r.pass(time.Minute)
	r.visit("one", fresh("a", speech+" in full", time.Minute))
	if d := cmp.Diff([]string{"Speech of the minister in full"}, r.headlines("all")); d != "" || len(r.held()) != 0 {
		t.Errorf("after an edit: %v is held, the topic (-want +got):\n%s", r.held(), d)
	}
	if was := r.story(id).Takes[0].Earlier; len(was) != 1 || was[0].Headline != "Speech of the minister" {
		t.Errorf("earlier headlines: %v", was)
	}
	r.order("undo", n)
	r.restart()
	if len(r.held()) != 1 || len(r.top("all")) != 0 {
		t.Errorf("after undo: %v is held, %q are in the topic", r.held(), r.headlines("all"))
	}
	r.pass(time.Hour)
	r.order("release", id, "hold")
	for id, was := range before {
		if now := r.ids("all")[id]; now[:40] != was[:40] {
			t.Errorf("released again, %s is at %s, was at %s", id, now, was)
		}
	}
}

// Releasing a claim never publishes what is held.
func TestReleaseOfAClaim(t *testing.T) {
	r := open(t, "one")
	const speech = "EMBARGO: Speech of the minister"
	r.visit("one", fresh("a", speech, time.Minute))
	id := r.storyCalled(speech).ID
	r.order("claim", id)
	r.refused("release", id)
	r.order("release", id, "claim")
	if len(r.top("all")) != 0 {
		t.Fatal("the story is out")
	}
	r.pass(time.Second)
	r.order("claim", id)
	r.order("release", id, "hold")
	if s := r.top("all"); len(s) != 1 || s[0].Claim == nil {
		t.Errorf("got %+v, want the story out and claimed", s)
	}
}

// What another outlet published in the open is out. The held copy is neither its lead nor
// among its outlets until then.
func TestAnOpenCopyIsOut(t *testing.T) {
	r := open(t, "wire", "paper")
	r.rules.Sources[0].Rank = 10
	r.enforce()
	const headline = "Parliament of Lorelista passes water budget after long night"
	embargoed := fresh("a", headline, time.Minute)
	embargoed.age = -2 * time.Hour
	r.visit("wire", embargoed)
	r.pass(time.Hour)
	r.visit("paper", fresh("b", headline, time.Minute))
	s := r.top("all")
	if len(s) != 1 || s[0].Source != "paper" || s[0].Outlets() != 1 || len(s[0].Takes) != 2 {
		t.Fatalf("got %+v", s)
	}
	before := r.ids("all")
	r.pass(2 * time.Hour)
	r.sweep()
	if s := r.top("all")[0]; s.Source != "paper" || s.Outlets() != 2 {
		t.Errorf("after its time %s leads and %d outlets have it, want paper and 2", s.Source, s.Outlets())
	}
	if d := cmp.Diff(before, r.ids("all")); d != "" {
		t.Errorf("the item changed (-want +got):\n%s", d)
	}
}

// A topic holds what its query matches, and only there. A reload holds nothing that is
// out, and lets go of what it no longer holds.
func TestATopicHolds(t *testing.T) {
	r := open(t, "one")
	r.rules.Topics = append(r.rules.Topics, news.Topic{Name: "law", Title: "Law", Fold: news.FoldStory, Stories: 50, Match: []string{"verdict OR court"}, Hold: []string{"verdict"}})
	r.visit("one", fresh("z", "Early verdict of the ferry court", time.Hour))
	r.enforce()
	r.restart()
	r.pass(time.Minute)
	r.visit("one", fresh("a", "Verdict on harbour bribes expected", 0), fresh("b", "Court hears farmers", 0), fresh("c", "Copper rises", 0))
	if d := cmp.Diff([]string{"Court hears farmers"}, r.headlines("law")); d != "" {
		t.Errorf("the topic (-want +got):\n%s", d)
	}
	if got := len(r.top("all")); got != 4 {
		t.Errorf("%d stories in the topic that holds nothing, want 4", got)
	}
	r.pass(time.Minute)
	r.order("release", r.storyCalled("Early verdict of the ferry court").ID)
	r.pass(time.Minute)
	r.rules.Topics[1].Hold = []string{"copper OR court"}
	r.enforce()
	want := []string{"Early verdict of the ferry court", "Court hears farmers", "Verdict on harbour bribes expected"}
	got := r.headlines("law")
	slices.Sort(want)
	slices.Sort(got)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("after the reload (-want +got):\n%s", d)
	}
	if len(r.held()) != 0 {
		t.Errorf("%v are held, want none", r.held())
	}
}

// What a topic no longer holds is not held in the items of entries either, which other
// topics may have had all the time.
func TestATopicLetsItemsGo(t *testing.T) {
	r := open(t, "one")
	law := news.Topic{Name: "law", Title: "Law", Fold: news.FoldNone, Stories: 50, Hold: []string{"verdict"}}
	r.rules.Topics = append(r.rules.Topics, law, news.Topic{Name: "each", Title: "Each", Fold: news.FoldNone, Stories: 50})
	r.enforce()
	r.visit("one", fresh("a", "Verdict on harbour bribes expected", time.Minute))
	if len(r.top("law")) != 0 || len(r.top("each")) != 1 {
		t.Fatalf("law has %q, each has %q; want the item in the second alone", r.headlines("law"), r.headlines("each"))
	}
	r.pass(time.Minute)
	r.restart()
	r.rules.Topics[1].Hold = nil
	r.enforce()
	if got := r.top("law"); len(got) != 1 || got[0].IsHeld("law") {
		t.Errorf("law has %+v, want the item, which is not held", got)
	}
}

// A source whose clock is in another time zone is not held for ever: its dates are never
// round, and always ahead. One that dates what is under embargo ahead stays held.
func TestASourceInAnotherTimeZone(t *testing.T) {
	r := open(t, "zone", "ministry")
	r.visit("zone")
	r.visit("ministry")
	for i := range 4 {
		r.pass(11*time.Minute + 7*time.Second)
		_, titles := titled("zone", i, 1)
		it := fresh(fmt.Sprint(i), titles[0], -3*time.Hour)
		r.visit("zone", it)
		_, titles = titled("ministry", i, 1)
		it = fresh(fmt.Sprint(i), titles[0], 0)
		it.age = -r.now.Add(3 * time.Hour).Truncate(time.Hour).Sub(r.now)
		r.visit("ministry", it)
		if i == 1 {
			r.restart()
		}
	}
	if got := r.headlines("all"); len(got) != 4 || len(r.held()) != 4 {
		t.Errorf("out: %q, held: %v; want what the zone puts ahead out, and what the ministry sets held", got, r.held())
	}
}

// An edit does not take back what is out although it is dated ahead, after its source has
// dated something right.
func TestAnEditKeepsADateThatDidNotHold(t *testing.T) {
	r := open(t, "zone")
	r.visit("zone")
	var last item
	for i := range 4 {
		r.pass(11*time.Minute + 7*time.Second)
		_, titles := titled("zone", i, 1)
		last = fresh(fmt.Sprint(i), titles[0], -3*time.Hour)
		r.visit("zone", last)
	}
	place := r.storyCalled(last.title).Places["all"].At
	_, titles := titled("zone", 5, 1)
	right := fresh("5", titles[0], time.Minute)
	r.pass(time.Minute)
	last.age += time.Minute
	r.visit("zone", right, last)
	r.pass(time.Minute)
	last.age, right.age = last.age+time.Minute, right.age+time.Minute
	last.text = "More is known now."
	r.visit("zone", right, last)
	if got := r.storyCalled(last.title).Places["all"]; len(r.held()) != 0 || got.Out || !got.At.Equal(place) {
		t.Errorf("held: %v, its place is %v; want it out, at %v", r.held(), got, place)
	}
}

// A sign that an edit takes away ends the hold; one that it adds begins one.
func TestAnEditHolds(t *testing.T) {
	r := open(t, "one")
	r.visit("one", fresh("a", "Speech of the minister", time.Minute), fresh("b", "EMBARGO: Central bank cuts rates", time.Minute))
	place := r.storyCalled("Speech of the minister").Places["all"].At
	r.pass(time.Hour)
	r.visit("one", fresh("a", "EMBARGO: Speech of the minister", time.Minute), fresh("b", "Central bank cuts rates", time.Minute))
	if d := cmp.Diff([]string{"Central bank cuts rates"}, r.headlines("all")); d != "" {
		t.Errorf("the topic (-want +got):\n%s", d)
	}
	if got := r.top("all")[0].Places["all"].At; !got.Equal(r.now) {
		t.Errorf("its place is %s, want that of the edit, %s", got, r.now)
	}
	r.pass(time.Hour)
	r.visit("one", fresh("a", "Speech of the minister", time.Minute))
	if got := r.storyCalled("Speech of the minister").Places["all"]; got.Out || !got.At.Equal(place) {
		t.Errorf("it came back at %v, want its old place, %s", got, place)
	}
}

// A time without a zone is over within a day. An edit that leaves the sign as it is does
// not begin it anew, and a date ahead says which time is meant.
func TestATimeWithoutAZone(t *testing.T) {
	r := open(t, "one")
	const headline = "EMBARGO 10:00 - Central bank cuts rates"
	dated := fresh("b", "EMBARGO 10:00 - Speech of the minister", 0)
	dated.age = -2 * time.Hour
	r.visit("one", fresh("a", headline, 0), dated)
	at := r.now
	if d := cmp.Diff(map[string]string{headline: at.Add(24 * time.Hour).Format("15:04"), dated.title: at.Add(2 * time.Hour).Format("15:04")}, r.held()); d != "" {
		t.Errorf("held (-want +got):\n%s", d)
	}
	r.pass(3 * time.Hour)
	r.sweep()
	edited := fresh("a", headline, 0)
	edited.text = "By half a point."
	r.visit("one", edited)
	if d := cmp.Diff(map[string]string{headline: at.Add(24 * time.Hour).Format("15:04")}, r.held()); d != "" {
		t.Errorf("held after an edit (-want +got):\n%s", d)
	}
	r.pass(22 * time.Hour)
	r.sweep()
	edited.text = "By half a point, in June."
	r.visit("one", edited)
	if got := r.held(); len(got) > 0 || len(r.headlines("all")) != 2 {
		t.Errorf("after a day %v is held and the topic has %q", got, r.headlines("all"))
	}
}

// Alerts ring for what was held when it is out, not before.
func TestHeldRingsLater(t *testing.T) {
	r := open(t, "one")
	r.rules.Alerts = []news.Alert{{Name: "bank", When: news.WhenStory, Match: []string{"bank"}, To: []news.Target{{ID: "x"}}}}
	r.enforce()
	r.visit("one")
	r.pass(time.Minute)
	r.visit("one", fresh("a", "EMBARGO: Central bank cuts rates", 0))
	if got := len(r.notices()); got != 0 {
		t.Fatalf("%d notices before the release", got)
	}
	r.pass(7 * time.Hour)
	r.order("release", r.storyCalled("EMBARGO: Central bank cuts rates").ID)
	if got := len(r.notices()); got != 1 {
		t.Errorf("%d notices after the release, want 1", got)
	}
}

// A held take that an editor makes a story of its own leaves no hold in the story that it
// was in.
func TestSplitMovesAHold(t *testing.T) {
	r := open(t, "wire", "paper")
	const headline = "Parliament of Lorelista passes water budget after long night"
	r.visit("paper", fresh("b", headline, time.Minute))
	r.pass(time.Minute)
	r.visit("wire", fresh("a", headline, -2*time.Hour))
	was := r.top("all")[0]
	r.pass(time.Minute)
	r.order("split", was.Takes[1].Entry)
	if err := r.store.View(func(tx *store.Tx) error {
		held, err := tx.Stories.Held()
		if len(held) != 1 || held[0].Story == was.ID {
			t.Errorf("held: %+v, want the new story alone", held)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	r.pass(3 * time.Hour)
	r.sweep()
	if len(r.held()) != 0 || len(r.top("all")) != 2 {
		t.Errorf("after its time %v is held and %q are in the topic", r.held(), r.headlines("all"))
	}
}

// What an outlet holds leads no story that others have in the open, whenever it came to be
// held: by an edit, because its release was undone, or by a merge.
func TestWhatIsHeldDoesNotLead(t *testing.T) {
	const headline = "Parliament of Lorelista passes water budget after long night"
	for name, hold := range map[string]func(r *env){
		"edit": func(r *env) {
			r.visit("wire", fresh("a", headline, time.Minute))
			r.pass(10 * time.Minute)
			r.visit("paper", fresh("b", headline, time.Minute))
			r.pass(time.Minute)
			r.visit("wire", fresh("a", "EMBARGO: "+headline, time.Minute))
		},
		"undone release": func(r *env) {
			r.visit("wire", fresh("a", "EMBARGO: "+headline, time.Minute))
			r.pass(time.Minute)
			n := r.order("release", r.storyCalled("EMBARGO: "+headline).ID)
			r.pass(10 * time.Minute)
			r.visit("paper", fresh("b", headline, time.Minute))
			r.pass(time.Minute)
			r.order("undo", n)
		},
		"merge": func(r *env) {
			r.visit("wire", fresh("a", "EMBARGO: Minister of Lorelista to speak", time.Minute))
			r.pass(10 * time.Minute)
			r.visit("paper", fresh("b", headline, time.Minute))
			r.pass(time.Minute)
			r.order("merge", r.storyCalled("EMBARGO: Minister of Lorelista to speak").ID, r.storyCalled(headline).ID)
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := open(t, "wire", "paper")
			r.rules.Sources[0].Rank = 10
			r.enforce()
			hold(r)
			if s := r.top("all"); len(s) != 1 || s[0].Source != "paper" || s[0].Headline != headline || s[0].Outlets() != 1 || len(s[0].Takes) != 2 {
				t.Errorf("got %+v, want one story that paper leads", s)
			}
		})
	}
}

// A visit costs the same however much is held: a source can date all that it lists ahead.
func TestHeldStoriesDoNotDelay(t *testing.T) {
	r := open(t, "wire")
	r.visit("wire")
	var cost []uint64
	for k := range 8 {
		items, _ := titled("wire", 1000*k, 300)
		for i := range items {
			items[i].age = -(24*time.Hour + 5*time.Minute)
		}
		r.pass(time.Minute)
		before := allocated()
		r.visit("wire", items...)
		cost = append(cost, allocated()-before)
	}
	if got := len(r.held()); got != 8*300 {
		t.Fatalf("%d stories are held, want %d", got, 8*300)
	}
	if cost[7] > 2*cost[1] {
		t.Errorf("the visits allocated %d bytes: the last one more than twice as many as the second", cost)
	}
}

// allocated returns how many bytes were allocated so far.
func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}
