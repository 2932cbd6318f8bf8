package poll

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/bubble"
	"github.com/slugline/slugline/internal/clock"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// movedClock is the clock of a machine, ahead of the time of the bubble by shift.
type movedClock struct{ shift atomic.Int64 }

func (c *movedClock) move(d time.Duration) { c.shift.Store(int64(d)) }

func (c *movedClock) now() time.Time {
	return time.Now().Round(0).Add(time.Duration(c.shift.Load()))
}

// startedAt begins in a year in which the program can run: bubbles begin in 2000.
func startedAt(t *testing.T) {
	time.Sleep(time.Until(time.Date(2026, 11, 27, 8, 0, 0, 0, time.UTC)))
}

// newClockEnv makes a testEnv with sources whose servers tell the time, and a machine whose
// clock can be moved. The records know no other clock than the journal of the daemon does.
func newClockEnv(t *testing.T, sources int) (*testEnv, *movedClock) {
	startedAt(t)
	var all []news.SourceConfig
	for i := range sources {
		all = append(all, sourceNamed(fmt.Sprint("s", i)))
	}
	r, m := newEnv(t, all...), &movedClock{}
	for i := range sources {
		r.serveDated(i, 0, "one")
	}
	r.useClock(m)
	return r, m
}

// serveDated has a source serve items. Its server's clock is ahead by off; NaN hours: it
// tells no time.
func (r *testEnv) serveDated(i int, off time.Duration, items ...string) {
	r.serve(sourceNamed(fmt.Sprint("s", i)).Address, func(req fetch.Request, now time.Time) (*fetch.Result, error) {
		if req.Told != nil {
			at := time.Now().Add(off)
			if off == noDate {
				at = time.Time{}
			}
			req.Told(req.URL, at, at)
		}
		return rss{items: items}.answer(req, now)
	})
}

const noDate = time.Duration(math.MinInt64)

// useClock gives the Poller a clock that begins with the newest record.
func (r *testEnv) useClock(m *movedClock) {
	r.t.Helper()
	c := &clock.Clock{Wall: m.now}
	err := r.store.View(func(tx *store.Tx) error {
		c.Open(tx.At(), tx.Seq() > 0)
		return nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.poller.Clock = c
}

// restartAt restarts the program on a machine whose clock is ahead by shift.
func (r *testEnv) restartAt(m *movedClock, shift time.Duration) {
	r.t.Helper()
	r.restart()
	m.move(shift)
	r.useClock(m)
}

const year = 365 * 24 * time.Hour

// A pass of a machine whose clock is wrong files nothing and leaves the schedule as it was.
// When the clock is right again, the next pass files everything as of then.
func TestWrongClockForOnePass(t *testing.T) {
	for _, shift := range []time.Duration{10 * year, 24 * time.Hour, -10 * year, -56 * year, 2 * time.Hour} {
		for _, sources := range []int{1, 2, 3, 9} {
			t.Run(fmt.Sprint(shift, " ", sources), func(t *testing.T) {
				bubble.Test(t, func(t *testing.T) {
					r, m := newClockEnv(t, sources)
					r.pass(true)
					due := r.dues()
					if n := len(r.records()); n != sources {
						t.Fatalf("the first pass filed %d records, want %d", n, sources)
					}
					time.Sleep(2 * time.Second)
					r.restartAt(m, shift)
					for i := range sources {
						r.serveDated(i, 0, "two", "one")
					}
					err := r.poller.Pass(t.Context(), true, nil)
					if !errors.As(err, new(*clock.Error)) {
						t.Errorf("the pass with a wrong clock: %v, want a *clock.Error", err)
					}
					if got := r.records(); len(got) != 0 {
						t.Errorf("a wrong clock filed %d records", len(got))
					}
					if got := r.dues(); !slices.Equal(got, due) {
						t.Errorf("after the wrong clock, due at %v, want %v", got, due)
					}
					r.restartAt(m, 0)
					before := time.Now()
					r.pass(true)
					for _, rec := range r.records() {
						if rec.At.Before(before.Add(-time.Second)) || rec.At.After(time.Now()) {
							t.Errorf("record of %v, want the present, %v", rec.At, time.Now())
						}
						sources--
					}
					if sources != 0 {
						t.Errorf("%d sources were not filed after the clock was right again", sources)
					}
				})
			})
		}
	}
}

func (r *testEnv) dues() (all []string) {
	for _, c := range r.settings.Sources {
		s := r.state(c.Name)
		all = append(all, s.Due.String(), s.LastAttempt.String(), fmt.Sprint(len(s.Pace)))
	}
	return all
}

// An hour is not noticed, and time stands still in records until the machine's has caught up.
func TestClockBackAnHour(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r, m := newClockEnv(t, 3)
		r.pass(true)
		last := r.records()[2].At
		time.Sleep(2 * time.Second)
		r.restartAt(m, -time.Hour)
		r.serveDated(0, 0, "two", "one")
		r.pass(true)
		got := r.records()
		if len(got) != 1 || !got[0].At.Equal(last) {
			t.Fatalf("an hour back: %d records, want one of %v", len(got), last)
		}
	})
}

// A clock that is behind by as long as the program was stopped files nothing either, unless
// only one server can be asked.
func TestClockBehindByTheStop(t *testing.T) {
	for sources, want := range map[int]int{1: 1, 2: 0, 3: 0, 9: 0} {
		bubble.Test(t, func(t *testing.T) {
			r, m := newClockEnv(t, sources)
			r.pass(true)
			r.records()
			time.Sleep(48 * time.Hour)
			r.restartAt(m, -48*time.Hour)
			for i := range sources {
				r.serveDated(i, 0, "two", "one")
			}
			err := r.poller.Pass(t.Context(), true, nil)
			if got := len(r.records()); got != want || errors.As(err, new(*clock.Error)) != (want == 0) {
				t.Errorf("%d sources: a clock behind by the stop filed %d records, want %d: %v", sources, got, want, err)
			}
		})
	}
}

// After days without the program, the servers confirm the time. One that lies is outvoted,
// and servers without a Date deny nothing.
func TestClockAfterDowntime(t *testing.T) {
	for _, c := range []struct {
		name string
		offs []time.Duration
		want bool
	}{
		{"all agree", []time.Duration{0, 0, 0}, true},
		{"one agrees", []time.Duration{0}, true},
		{"one of three lies", []time.Duration{-9 * year, 0, time.Minute}, true},
		{"one of two lies", []time.Duration{-9 * year, 0}, true},
		{"nobody tells the time", []time.Duration{noDate, noDate}, true},
		{"the only one that tells the time denies it", []time.Duration{-9 * 24 * time.Hour, noDate}, false},
		{"two of three deny it", []time.Duration{-9 * 24 * time.Hour, -9 * 24 * time.Hour, 0}, false},
		{"absurd", []time.Duration{-100 * year, noDate}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble.Test(t, func(t *testing.T) {
				r, m := newClockEnv(t, len(c.offs))
				r.pass(true)
				r.records()
				time.Sleep(9 * 24 * time.Hour)
				r.restartAt(m, 0)
				for i, off := range c.offs {
					r.serveDated(i, off, "two", "one")
				}
				err := r.poller.Pass(t.Context(), false, nil)
				if got := len(r.records()); (err == nil) != c.want || (got == len(c.offs)) != c.want {
					t.Errorf("%d records, %v; want filed: %v", got, err, c.want)
				}
			})
		})
	}
}

// A daemon notices at once when the clock is set, in both directions, and goes on when it is
// right again.
func TestClockSetWhileRunning(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r, m := newClockEnv(t, 3)
		go func() {
			time.Sleep(30 * time.Minute)
			m.move(10 * year)
			time.Sleep(6 * time.Hour)
			m.move(0)
		}()
		go func() {
			for n := 0; n < 12*6; n++ {
				time.Sleep(10 * time.Minute)
				r.serveDated(n%3, 0, fmt.Sprint("item ", n), "one")
			}
		}()
		began := time.Now()
		r.run(12 * time.Hour)
		var wrong, after int
		for _, rec := range r.records() {
			switch since := rec.At.Sub(began); {
			case since > 12*time.Hour:
				t.Errorf("record of %v", rec.At)
			case since > 31*time.Minute && since < 6*time.Hour+30*time.Minute:
				wrong++
			case since > 6*time.Hour+30*time.Minute:
				after++
			}
		}
		if wrong > 0 || after < 3 {
			t.Errorf("%d records while the clock was wrong, %d after, want none and some", wrong, after)
		}
		for _, c := range r.settings.Sources {
			if s := r.state(c.Name); s.LastAttempt.Before(began.Add(10*time.Hour)) || s.Due.After(time.Now().Add(13*time.Hour)) {
				t.Errorf("%s: tried %v, due %v", c.Name, s.LastAttempt, s.Due)
			}
		}
	})
}

// A machine without a battery starts in 1970, and without a network. When its clock is set,
// visits begin at once, although none is due for years by the clock that was.
func TestClockSetWhileInDoubt(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r, m := newClockEnv(t, 3)
		r.pass(true)
		r.records()
		time.Sleep(2 * time.Hour)
		r.settings.Sources = append(r.settings.Sources, sourceNamed("unreachable"))
		r.restartAt(m, -56*year)
		r.serve(sourceNamed("unreachable").Address, unreachable(syscall.ENETUNREACH))
		r.serveDated(0, 0, "two", "one")
		go func() {
			time.Sleep(12 * time.Hour)
			m.move(0)
		}()
		r.run(12*time.Hour + 2*time.Minute)
		if got := len(r.records()); got != 1 {
			t.Errorf("%d records in the first two minutes by the right clock, want 1", got)
		}
	})
}

// A schedule that was made ten years ahead is repaired at the start.
func TestScheduleAheadIsRepaired(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r, m := newClockEnv(t, 2)
		r.pass(true)
		r.records()
		err := r.store.Update(func(tx *store.Tx) error {
			s, err := tx.Visits.Get("s0")
			if err != nil {
				return err
			}
			s.LastAttempt, s.LastSuccess, s.Due = s.LastAttempt.Add(10*year), s.LastSuccess.Add(10*year), s.Due.Add(10*year)
			return tx.Visits.Put(*s)
		})
		if err != nil {
			t.Fatal(err)
		}
		r.restartAt(m, 0)
		r.serveDated(0, 0, "two", "one")
		if got := r.pass(false); len(got) != 1 || got[0].Outcome != New || time.Until(got[0].Next) > 24*time.Hour || strings.Contains(got[0].Why, "0.0001") {
			t.Errorf("visited %+v, want the source whose schedule was ahead", got)
		}
	})
}
