package clock_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slugline/slugline/internal/bubble"
	"github.com/slugline/slugline/internal/clock"
)

const year = 365 * 24 * time.Hour

// open returns a clock that is ahead by shift, on a machine whose newest record is as old as
// idle.
func open(shift *time.Duration, idle time.Duration) *clock.Clock {
	c := &clock.Clock{Wall: func() time.Time { return time.Now().Add(*shift) }}
	c.Open(time.Now().Add(-idle), true)
	return c
}

func inYear2026(t *testing.T, test func(t *testing.T)) {
	bubble.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 11, 27, 8, 0, 0, 0, time.UTC)))
		test(t)
	})
}

func heard(c *clock.Clock, host string, near bool, at time.Time) {
	c.Heard(clock.Witness{Host: host, Near: near, From: at, Until: at})
}

// A machine that has slept is believed once servers confirm its time; one whose clock was
// set is not, and what servers said before is enough when it is set back.
func TestSetAndSlept(t *testing.T) {
	inYear2026(t, func(t *testing.T) {
		var shift time.Duration
		c := open(&shift, time.Minute)
		for _, host := range []string{"a", "b", "c"} {
			heard(c, host, false, time.Now())
		}
		shift = 8 * time.Hour // a night's sleep, which the monotonic clock does not count
		if c.Believed() || !c.InDoubt() || c.Sets() != 1 {
			t.Errorf("after a jump: believed %v, in doubt %v, %d sets", c.Believed(), c.InDoubt(), c.Sets())
		}
		if got := time.Until(c.Now()); got.Abs() > time.Minute {
			t.Errorf("in doubt, records are %v ahead", got)
		}
		if err := c.Problem(); err == nil || !strings.Contains(err.Error(), "was set ahead by 8 hours, to 2026-11-27 16:00 UTC") || c.Err() != nil {
			t.Errorf("in doubt: %v", err)
		}
		for _, host := range []string{"a", "b", "c"} {
			heard(c, host, false, time.Now().Add(shift))
		}
		if !c.Believed() || c.Problem() != nil {
			t.Errorf("after servers confirmed it: believed %v, %v", c.Believed(), c.Problem())
		}
		shift += year
		for _, host := range []string{"a", "b", "c"} {
			heard(c, host, false, time.Now().Add(8*time.Hour))
		}
		if c.Err() == nil {
			t.Error("a year that servers deny is believed")
		}
		shift -= year
		if !c.Believed() || c.Problem() != nil {
			t.Errorf("set back: believed %v, %v", c.Believed(), c.Problem())
		}
	})
}

// The error names the time of the sources that deny the clock, and counts those only.
func TestDenyingSourcesAreCounted(t *testing.T) {
	inYear2026(t, func(t *testing.T) {
		shift := year
		c := open(&shift, time.Minute)
		heard(c, "a", false, time.Now().Add(shift)) // its clock is as wrong
		heard(c, "b", false, time.Now())
		heard(c, "c", false, time.Now())
		c.Decide(false)
		if err := c.Err(); err == nil || !strings.Contains(err.Error(), "but by 2 sources it is 2026-11-27 08:00 UTC") {
			t.Errorf("denied by two of three: %v", err)
		}
	})
}

// A clock that is behind by as long as the program was stopped agrees with the newest record.
// The first server that denies it puts it in doubt, and the second decides. One alone does not.
func TestBehindByTheStop(t *testing.T) {
	inYear2026(t, func(t *testing.T) {
		shift := -48 * time.Hour
		c := open(&shift, 48*time.Hour)
		if !c.Believed() {
			t.Error("a clock that agrees with the newest record is not believed at the start")
		}
		heard(c, "a", false, time.Now())
		if !c.InDoubt() {
			t.Error("a server denies it, and it is not in doubt")
		}
		heard(c, "b", false, time.Now())
		if c.Err() == nil {
			t.Error("two servers deny it, and it is believed")
		}

		shift = 0
		c = open(&shift, time.Minute)
		heard(c, "liar", false, time.Now().Add(-year))
		c.Decide(false)
		heard(c, "liar", false, time.Now().Add(-year))
		if !c.Believed() {
			t.Error("one server alone denies it, and it is not believed")
		}
		heard(c, "b", false, time.Now())
		if !c.Believed() {
			t.Error("one of two servers denies it, and it is not believed")
		}
		c = open(&shift, time.Minute)
		heard(c, "liar", false, time.Now().Add(-year))
		heard(c, "b", false, time.Now())
		if !c.Believed() {
			t.Error("one of two servers confirms it, and it is in doubt")
		}
	})
}

// Servers on this machine share its clock: they count only where no others are heard.
func TestNearWitnesses(t *testing.T) {
	inYear2026(t, func(t *testing.T) {
		shift := 10 * year
		c := open(&shift, time.Minute)
		for _, host := range []string{"a", "b", "c"} {
			heard(c, host, true, time.Now().Add(shift))
		}
		if !c.InDoubt() {
			t.Error("decided by near servers while others may be heard")
		}
		heard(c, "far", false, time.Now())
		c.Decide(false)
		if c.Err() == nil {
			t.Error("near servers outvoted another one")
		}
	})
}

// A certificate tells between which times it is; a single one may have expired.
func TestCertificates(t *testing.T) {
	inYear2026(t, func(t *testing.T) {
		shift := 10 * year
		c := open(&shift, time.Minute)
		hear := func(host string) {
			c.Heard(clock.Witness{Host: host, From: time.Now().Add(-time.Hour), Until: time.Now().Add(30 * 24 * time.Hour)})
		}
		hear("a")
		hear("b")
		c.Decide(false)
		if c.Err() == nil {
			t.Error("a clock after two certificates have ended is believed")
		}
		shift = 0
		c = open(&shift, 48*time.Hour)
		c.Heard(clock.Witness{Host: "a", From: time.Now().Add(-2 * year), Until: time.Now().Add(-year)})
		c.Decide(false)
		if !c.Believed() {
			t.Error("one expired certificate makes a clock wrong")
		}
	})
}

// While nobody can be reached, the clock stays in doubt; without servers that tell the time, a
// jump is believed if it is no longer than a month.
func TestNobodyTellsTheTime(t *testing.T) {
	inYear2026(t, func(t *testing.T) {
		var shift time.Duration
		c := open(&shift, 48*time.Hour)
		c.Decide(true)
		if !c.InDoubt() || c.Err() != nil {
			t.Errorf("offline: in doubt %v, %v", c.InDoubt(), c.Err())
		}
		c.Heard(clock.Witness{Host: "a"})
		c.Decide(true)
		if !c.Believed() {
			t.Error("two days that nobody denies are not believed")
		}
		for _, idle := range []time.Duration{40 * 24 * time.Hour, -48 * time.Hour} {
			c := open(&shift, idle)
			c.Heard(clock.Witness{Host: "a"})
			c.Decide(false)
			if c.Err() == nil {
				t.Errorf("%v after the newest record, confirmed by nobody, is believed", idle)
			}
			c.Healed(time.Now())
			if !c.Believed() {
				t.Error("somebody vouched for the clock, and it is not believed")
			}
		}
	})
}

// Whoever follows the clock acts on every verdict, also on one that came before it began and
// on one that comes while it acts.
func TestFollow(t *testing.T) {
	inYear2026(t, func(t *testing.T) {
		var shift time.Duration
		c := open(&shift, 24*time.Hour)
		if c.Believed() {
			t.Fatal("a clock that is a day after the newest record is believed at once")
		}
		c.Decide(false)
		var seen []bool
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go c.Follow(ctx, func() {
			seen = append(seen, c.Believed())
			if len(seen) == 2 {
				heard(c, "a", false, time.Now().Add(shift)) // after it looked
				c.Decide(false)
			}
		})
		synctest.Wait()
		if len(seen) != 1 || !seen[0] {
			t.Fatalf("after a verdict that came before: %v, want one look that finds it believed", seen)
		}
		shift = 8 * time.Hour
		if c.Believed() {
			t.Fatal("a clock that was set is believed")
		}
		synctest.Wait()
		if len(seen) < 3 || !seen[len(seen)-1] {
			t.Errorf("after a verdict during a look: %v, want the last look to find it believed", seen)
		}
	})
}
