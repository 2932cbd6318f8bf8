package notify_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/bubble"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/notify"
	"github.com/slugline/slugline/internal/store"
)

func TestANoticeIsSentOnceAndRecorded(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := open(t, "a.example")
		a := r.host("a.example")
		r.ring(news.Notice{Target: "a.example"})
		waitIdle()
		all, _ := r.notices()
		got := a.calls()
		if len(got) != 1 || got[0].header.Get("webhook-id") != all[0].ID || all[0].Sent.IsZero() {
			t.Fatalf("got calls %+v for %+v, want one, recorded as sent", got, all[0])
		}
		r.restart()
		time.Sleep(25 * time.Hour)
		if again := a.calls(); len(again) != 0 {
			t.Errorf("sent again after the restart: %+v", again)
		}
		r.stop()
	})
}

func TestFailuresAreRetriedForADay(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := open(t, "a.example")
		a := r.host("a.example")
		a.answers(http.StatusInternalServerError)
		began := time.Now()
		r.ring(news.Notice{Target: "a.example"})
		var after []time.Duration
		time.Sleep(30 * time.Hour)
		for _, c := range a.calls() {
			after = append(after, c.at.Sub(began).Round(time.Second))
		}
		want := []time.Duration{0, 5 * time.Second, 25 * time.Second, 105 * time.Second}
		for i, w := range want {
			if len(after) <= i || after[i] != w {
				t.Fatalf("tried after %v, want %v first", after, want)
			}
		}
		if n := len(after); n < 10 || n > 14 || after[n-1] < 23*time.Hour || after[n-1] > 28*time.Hour {
			t.Errorf("tried %d times, the last after %v, want 10 to 14 times within a day", n, after[n-1])
		}
		all, outcomes := r.notices()
		if d := outcomes[all[0].ID]; d == nil || !d.Dead || d.Problem != "it answered 500 Internal Server Error" {
			t.Errorf("outcome %+v, want given up after 500", d)
		}
		a.answers(http.StatusOK)
		if err := r.notifier.Resend(all[0].ID); err != nil {
			t.Fatal(err)
		}
		waitIdle()
		if got := a.calls(); len(got) != 1 || got[0].header.Get("webhook-id") != all[0].ID {
			t.Errorf("calls after Resend: %+v, want one with the same id", got)
		}
		if err := r.notifier.Resend(all[0].ID); !errors.Is(err, notify.ErrNotGivenUp) {
			t.Errorf("Resend of a notice that was sent: %v, want ErrNotGivenUp", err)
		}
		r.stop()
	})
}

func TestAnInterruptedNoticeIsRepeatedUnderTheSameID(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := open(t, "a.example")
		a := r.host("a.example")
		a.before = func(req *http.Request) { <-req.Context().Done() } // it never answers
		r.ring(news.Notice{Target: "a.example"})
		waitIdle()
		r.stop()
		waitIdle()
		first := a.calls()
		a.before = nil
		r.start()
		waitIdle()
		second := a.calls()
		if len(first) != 1 || len(second) != 1 || first[0].header.Get("webhook-id") != second[0].header.Get("webhook-id") {
			t.Errorf("sent %d times before and %d times after the stop, want once each with one id", len(first), len(second))
		}
		r.stop()
	})
}

func TestRetryAfterIsObeyedForTheWholeTarget(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := open(t, "a.example", "b.example")
		a, b := r.host("a.example"), r.host("b.example")
		a.answers(http.StatusTooManyRequests, "Retry-After", "3600")
		r.ring(news.Notice{Target: "a.example"})
		waitIdle()
		r.ring(news.Notice{Target: "a.example"})
		r.ring(news.Notice{Target: "b.example"})
		time.Sleep(59 * time.Minute)
		if got := a.calls(); len(got) != 1 {
			t.Errorf("%d requests within the hour, want 1", len(got))
		}
		if got := b.calls(); len(got) != 1 {
			t.Errorf("another target got %d, want 1", len(got))
		}
		a.answers(http.StatusOK)
		time.Sleep(2 * time.Minute)
		if got := a.calls(); len(got) != 2 {
			t.Errorf("%d requests after the hour, want 2", len(got))
		}
		r.stop()
	})
}

func TestGoneClosesATargetUntilANoticeIsResent(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := open(t, "a.example")
		a := r.host("a.example")
		a.answers(http.StatusGone)
		r.ring(news.Notice{Target: "a.example"})
		waitIdle()
		r.restart()
		r.ring(news.Notice{Target: "a.example"})
		time.Sleep(25 * time.Hour)
		if got := a.calls(); len(got) != 1 {
			t.Fatalf("%d requests to a target that is gone, want 1", len(got))
		}
		all, outcomes := r.notices()
		for _, n := range all {
			if d := outcomes[n.ID]; d == nil || !d.Dead || !strings.Contains(d.Problem, "410") {
				t.Errorf("outcome of %s: %+v, want given up after 410", n.ID, d)
			}
		}
		a.answers(http.StatusOK)
		if err := r.notifier.Resend(all[1].ID); err != nil {
			t.Fatal(err)
		}
		waitIdle()
		r.ring(news.Notice{Target: "a.example"})
		waitIdle()
		if got := a.calls(); len(got) != 2 {
			t.Errorf("%d requests after the target was reopened, want 2", len(got))
		}
		r.stop()
	})
}

func TestANoticeWaitsForTheEndOfQuietHours(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := open(t, "a.example")
		a := r.host("a.example")
		due := time.Now().Add(7 * time.Hour)
		r.ring(news.Notice{Target: "a.example", Due: due})
		time.Sleep(7*time.Hour - time.Second)
		r.restart()
		if got := a.calls(); len(got) != 0 {
			t.Errorf("%d requests in quiet hours, want none", len(got))
		}
		time.Sleep(2 * time.Second)
		if got := a.calls(); len(got) != 1 || got[0].at.Sub(due) > time.Second {
			t.Errorf("calls after quiet hours: %+v, want one at once", got)
		}
		r.stop()
	})
}

func TestANoticeOfAStoryThatMayNotBeShownIsNotSent(t *testing.T) {
	for name, s := range map[string]news.Story{
		"withdrawn": {Killed: time.Unix(1, 0)},
		"hidden":    {Hidden: map[string]uint64{news.Everywhere: 1}},
		"held":      {Takes: []news.Take{{Holds: []news.Hold{{Why: "EMBARGO"}}}}},
	} {
		bubble.Test(t, func(t *testing.T) {
			r := open(t, "a.example")
			a := r.host("a.example")
			s.ID = "0123456789abc"
			if err := r.store.Update(func(tx *store.Tx) error { return tx.Stories.Put(&s) }); err != nil {
				t.Fatal(err)
			}
			r.ring(news.Notice{Target: "a.example", Story: s.ID})
			time.Sleep(time.Hour)
			all, outcomes := r.notices()
			if got, o := a.calls(), outcomes[all[0].ID]; len(got) != 0 || o == nil || !o.Dropped {
				t.Errorf("%d requests about a story that is %s, outcome %+v; want none, and dropped", len(got), name, o)
			}
			r.stop()
		})
	}
}

// A kind of target that this version does not know, in the settings or in rules that a
// newer version filed, is never sent to as another kind. The reason is kept.
func TestAnUnknownKindOfTargetIsGivenUpWithTheReason(t *testing.T) {
	for _, where := range []string{"settings", "rules"} {
		bubble.Test(t, func(t *testing.T) {
			r := open(t)
			a := r.host("a.example")
			if where == "settings" {
				r.change(func() { r.target("pigeon-1", "pigeon", "https://a.example/hook") })
			} else {
				r.setRules(news.Alert{Name: "boats", When: news.WhenStory, To: []news.Target{{ID: "pigeon-1", Kind: "pigeon", Label: "a.example"}}})
			}
			r.ring(news.Notice{Target: "pigeon-1"})
			time.Sleep(time.Hour)
			all, outcomes := r.notices()
			d := outcomes[all[0].ID]
			if d == nil || !d.Dead || d.Problem != `this version cannot send to "pigeon"` || d.Tries != 1 {
				t.Errorf("in %s: outcome %+v, want given up at once with the reason", where, d)
			}
			if got := a.calls(); len(got) != 0 {
				t.Errorf("in %s: sent %+v, want nothing", where, got)
			}
			r.stop()
		})
	}
}

// Targets that never answer delay no other, however many there are.
func TestDeadTargetsDelayNoOther(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		var dead []string
		for i := range 70 {
			dead = append(dead, fmt.Sprintf("dead%d.example", i))
		}
		r := open(t, append(dead, "good.example")...)
		defer func() { r.stop() }()
		for _, name := range dead {
			r.hosts.Store(name, http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) { <-req.Context().Done() }))
			r.ring(news.Notice{Target: name})
		}
		good := r.host("good.example")
		time.Sleep(10 * time.Minute) // all have failed
		for _, name := range dead {
			r.ring(news.Notice{Target: name})
		}
		r.ring(news.Notice{Target: "good.example"})
		waitIdle()
		if n := len(good.calls()); n != 1 {
			t.Errorf("the good target was sent %d notices at once, want 1", n)
		}
	})
}
