package story_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/story"
)

// orderEnv folds headlines a minute apart.
type orderEnv struct {
	t    *testing.T
	fold *story.Fold
	n    int
	sigs [][]byte
}

func newOrderEnv(t *testing.T) *orderEnv { return &orderEnv{t: t, fold: story.New()} }

func (w *orderEnv) judge(text string) story.Verdict {
	w.n++
	v := w.fold.Judge(story.Headline{Entry: fmt.Sprint(w.n), Seq: uint64(w.n), Owner: fmt.Sprint(w.n), Text: text, At: noon.Add(time.Duration(w.n) * time.Minute)})
	w.sigs = append(w.sigs, v.Signature)
	return v
}

func (w *orderEnv) ordered(sig []byte) {
	w.t.Helper()
	if sig == nil {
		w.t.Fatal("the order concerns live stories, and has no signature")
	}
	w.sigs = append(w.sigs, sig)
}

// restart folds what is stored again; with a sweep before, from its state.
func (w *orderEnv) restart(sweep bool) {
	w.t.Helper()
	var state []byte
	if sweep {
		state, _ = w.fold.Sweep(noon.Add(time.Hour))
	}
	f, err := story.Restore(state)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, sig := range w.sigs {
		if err := f.Load(sig); err != nil {
			w.t.Fatal(err)
		}
	}
	w.fold = f
}

// afterRestarts runs a test on the fold as it is, after a restart, and after a sweep and
// a restart.
func afterRestarts(t *testing.T, prepare, check func(*orderEnv)) {
	for _, name := range []string{"no restart", "restart", "sweep and restart"} {
		t.Run(name, func(t *testing.T) {
			w := newOrderEnv(t)
			prepare(w)
			if name != "no restart" {
				w.restart(name == "sweep and restart")
			}
			w.t = t
			check(w)
		})
	}
}

const (
	quake   = "Quake of 6.1 shakes the harbour of Vilmara, dozens injured"
	rescue  = "Rescue teams search Vilmara harbour after quake"
	aid     = "Vilmara quake: aid ships reach the harbour"
	strikes = "Teachers of Odalen strike over unpaid wages"
)

// Headlines about two events that an editor merged join one event, under the id that
// the editor's order gave it.
func TestMergedEventsAreOne(t *testing.T) {
	afterRestarts(t, func(w *orderEnv) {
		a, b := w.judge(quake), w.judge(strikes)
		if a.Event == b.Event {
			t.Fatal("the two headlines are one event before the order")
		}
		w.ordered(w.fold.MergeEvents(noon.Add(10*time.Minute), "anoldereventt", []string{a.Story, b.Story, "notlive"}))
	}, func(w *orderEnv) {
		for _, text := range []string{rescue, "Strike of teachers in Odalen over wages goes on"} {
			if v := w.judge(text); v.Event != "anoldereventt" {
				w.t.Errorf("%q is in event %s, want the merged one", text, v.Event)
			}
		}
	})
}

// A story that an editor split from an event stays apart from it, also when a headline
// is similar to both; new headlines join either.
func TestSplitEventsStayApart(t *testing.T) {
	afterRestarts(t, func(w *orderEnv) {
		first, second := w.judge(quake), w.judge(rescue)
		if first.Event != second.Event {
			t.Fatal("the two headlines are two events before the order")
		}
		w.ordered(w.fold.SplitEvent(noon.Add(10*time.Minute), "theeventsplit", []string{first.Story}))
	}, func(w *orderEnv) {
		for _, text := range []string{aid, "Aid ships in Vilmara harbour after the quake", "Quake in Vilmara harbour: rescue teams and aid ships search on"} {
			if v := w.judge(text); len(v.Joined) > 0 {
				w.t.Errorf("%q joins event %s with %v", text, v.Event, v.Joined)
			}
		}
		if v := w.judge("Strong quake shakes harbour of Vilmara and injures dozens of people"); v.Event != "theeventsplit" {
			w.t.Errorf("a headline like the split one is in event %s", v.Event)
		}
	})
}

// The latest order holds: what was split can be merged again, and the reverse.
func TestLatestEventOrderHolds(t *testing.T) {
	afterRestarts(t, func(w *orderEnv) {
		first, second := w.judge(quake), w.judge(rescue)
		both := []string{first.Story, second.Story}
		w.ordered(w.fold.SplitEvent(noon.Add(10*time.Minute), "theeventsplit", both[:1]))
		w.ordered(w.fold.MergeEvents(noon.Add(11*time.Minute), first.Event, both))
		w.ordered(w.fold.SplitEvent(noon.Add(12*time.Minute), "theothersplit", both[1:]))
		w.ordered(w.fold.MergeEvents(noon.Add(13*time.Minute), first.Event, both))
	}, func(w *orderEnv) {
		for _, text := range []string{aid, "Strong quake shakes harbour of Vilmara and injures dozens of people"} {
			if v := w.judge(text); v.Event != w.judge(quake).Event {
				w.t.Errorf("%q is in event %s", text, v.Event)
			}
		}
	})
}

func TestOrderOnStoriesThatAreNotLive(t *testing.T) {
	f := story.New()
	if sig := f.MergeEvents(noon, "anevent", []string{"gone", ""}); sig != nil {
		t.Error("a merge of stories that are not live has a signature")
	}
	if sig := f.SplitEvent(noon, "anevent", []string{"gone"}); sig != nil {
		t.Error("a split of stories that are not live has a signature")
	}
}

// A state of the version before events had orders is restored: it lacks the numbers of
// these events and of the long ones, which come last when no story moved.
func TestRestoreStateWithoutOrders(t *testing.T) {
	w := newOrderEnv(t)
	want := w.judge(quake).Event
	w.judge(rescue)
	state, _ := w.fold.Sweep(noon.Add(time.Hour))
	old := append([]byte{2}, state[1:len(state)-2]...)
	f, err := story.Restore(old)
	if err != nil {
		t.Fatal(err)
	}
	for _, sig := range w.sigs {
		if err := f.Load(sig); err != nil {
			t.Fatal(err)
		}
	}
	w.fold = f
	if v := w.judge(aid); v.Event != want {
		t.Errorf("after the restart %q is in event %s, want %s", aid, v.Event, want)
	}
}

// When an event began follows from the stories that it has after a sweep: a restart knows
// no other ones.
func TestEventBeganAfterItsFirstStoryLeft(t *testing.T) {
	var folds [2]*story.Fold
	for i := range folds {
		w := newOrderEnv(t)
		early := w.judge("Ferry to the island runs aground off Selmar, forty aboard").Story
		w.n += 300
		late := w.judge(strikes).Story
		w.ordered(w.fold.MergeEvents(noon.Add(6*time.Hour), "theeventmerge", []string{early, late}))
		w.ordered(w.fold.SplitEvent(noon.Add(7*time.Hour), "theeventsplit", []string{early}))
		state, _ := w.fold.Sweep(noon.Add(8 * time.Hour))
		if folds[i] = w.fold; i == 0 {
			continue
		}
		f, err := story.Restore(state)
		if err != nil {
			t.Fatal(err)
		}
		for _, sig := range w.sigs {
			if err := f.Load(sig); err != nil {
				t.Fatal(err)
			}
		}
		folds[i] = f
	}
	h := story.Headline{Entry: "later", Seq: 999, Owner: "later", Text: "Schools of Odalen stay closed on second day of the strike over wages", At: noon.Add(28 * time.Hour)}
	if diff := cmp.Diff(folds[0].Judge(h), folds[1].Judge(h)); diff != "" {
		t.Errorf("the verdict after a restart (-not stopped +restored):\n%s", diff)
	}
}
