// Package clock decides whether this machine's clock can be believed.
//
// Records carry the time at which they were filed, and time never runs backward in them. One
// record of a clock that was ten years ahead would put all later ones there. So a Clock
// compares what the machine says with the time of the newest record, with the time that has
// passed since it was last believed, which setting the clock does not change, and with the
// time that servers tell (the Date header). A jump of more than an hour is believed if at
// least half of the servers confirm it. Until that is known the clock is in doubt; if they
// deny it, it is wrong.
//
// A Clock makes no requests. Package poll tells it what servers say and waits for its
// verdict; package journal files no visit and no sweep before that.
//
//	clock.go    the Clock and its verdicts
//	witness.go  what servers say
//	text.go     why a clock is not believed, in plain words
package clock

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/slugline/slugline/internal/news"
)

// Tolerance is an error that nobody need notice; the minute is for slow answers.
const Tolerance = time.Hour + time.Minute

const (
	// maxUnconfirmed is how long the program may not have run for its clock to be believed
	// where no server tells the time.
	maxUnconfirmed = 31 * 24 * time.Hour
)

// earliest is before the first day on which the program can run, and after the times at
// which clocks without a battery start.
var earliest = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// Clock is this machine's clock, with what is known of its error. Open must be called
// first. A nil Clock believes the machine.
type Clock struct {
	Wall func() time.Time // what the machine says; nil: time.Now
	Log  *slog.Logger     // nil: silent

	mu      sync.Mutex // guards the fields below
	machine bool       // Wall is time.Now
	opened  time.Time  // only its monotonic reading is used
	verdict verdict
	changed chan struct{} // closed at the next verdict
	last    time.Time     // of the newest record; zero: it says nothing of the present
	unread  time.Time     // of the newest record by a clock that was not believed, if nothing was published yet

	// The machine's time is expected to be that of base, the time since and off.
	base   time.Time     // the last time that was believed
	baseAt time.Duration // when that was, since opened
	off    time.Duration // how far the machine is ahead of it

	heard     witnesses
	denied    int           // servers by which it is wrong
	deniedOff time.Duration // how far it is ahead of half of them at least
	sets      int           // how often the clock was set
	alone     trust         // while only the newest record speaks for it
	before    error         // that of the last verdict
}

type verdict int

const (
	inDoubt  verdict = iota
	believed         // the machine's time is right
	wrong            // servers deny it, or it can't be and nobody confirms it
	ahead            // it is right, and records are ahead of it
)

// trust says what is known of a clock that was believed at the start because it agrees with
// the newest record. One that is behind by as long as the program was stopped does that too.
type trust int

const (
	tested   trust = iota // as many servers as decide were heard
	untested              // the first server that denies it puts it in doubt
	doubted               // a server has done so
)

// Open begins with the time of the newest record; zero when there is none. published says
// whether there are stories. Without them that time does not count: it may be of a wrong
// clock, and nobody has seen it.
func (c *Clock) Open(last time.Time, published bool) {
	if c.Wall == nil {
		c.Wall, c.machine = time.Now, true
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	c.opened, c.changed = time.Now(), make(chan struct{})
	now := c.wall()
	c.base = now
	if !published {
		c.unread = last
	}
	if published && !last.Before(earliest) {
		c.last, c.base, c.off = last, last, now.Sub(last)
	}
	if !c.last.IsZero() && within(c.off) {
		c.alone = untested
		c.believe(now)
	}
}

func within(d time.Duration) bool { return d.Abs() <= Tolerance }

// wall returns the machine's time without a monotonic reading.
func (c *Clock) wall() time.Time { return c.Wall().Round(0) }

// elapsed returns how long ago Open was called, whatever the machine's clock was set to
// since.
func (c *Clock) elapsed() time.Duration { return time.Since(c.opened) }

// read returns wall and elapsed. It reads the machine's clock once, because each visit asks
// a dozen times.
func (c *Clock) read() (now time.Time, elapsed time.Duration) {
	if c.machine {
		t := time.Now()
		return t.Round(0), t.Sub(c.opened)
	}
	return c.wall(), c.elapsed()
}

// counted returns the time by the last one that was believed and what has passed since.
func (c *Clock) counted() time.Time { return c.base.Add(c.elapsed() - c.baseAt) }

// Now returns the time for records: the machine's while it is believed, else the last time
// that was believed and what has passed since.
func (c *Clock) Now() time.Time {
	if c == nil {
		return time.Now()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.look()
	if c.verdict == believed || c.verdict == ahead {
		return now
	}
	return c.counted()
}

// Machine returns the machine's time, which may be wrong, with its monotonic reading.
func (c *Clock) Machine() time.Time {
	if c == nil || c.Wall == nil {
		return time.Now()
	}
	return c.Wall()
}

// look reads the machine's clock, and begins anew if it was set.
func (c *Clock) look() time.Time {
	now, elapsed := c.read()
	switch {
	case !within(now.Sub(c.base.Add(elapsed-c.baseAt)) - c.off):
		c.set(now)
	case c.verdict == believed || c.verdict == ahead:
		c.base, c.baseAt = now, elapsed
	}
	return now
}

// set begins anew after the clock was set, or the machine has slept. What servers said
// before can confirm the new time, but not deny it.
func (c *Clock) set(now time.Time) {
	c.sets++
	c.alone = tested
	if c.last.IsZero() {
		c.base, c.baseAt = now, c.elapsed()
	}
	c.off = now.Sub(c.counted())
	if v := c.heard.poll(now, c.elapsed()); v.n > 0 && v.confirms() {
		c.confirm(now)
		return
	}
	c.Log.Warn("the clock is in doubt", "err", c.setErr(now))
	c.doubt()
}

// doubt waits for what servers say.
func (c *Clock) doubt() {
	c.heard = witnesses{}
	c.give(inDoubt)
}

// give gives a verdict.
func (c *Clock) give(v verdict) {
	c.verdict = v
	close(c.changed)
	c.changed = make(chan struct{})
	c.log()
}

// confirm believes the time now. Records may still be ahead of it.
func (c *Clock) confirm(now time.Time) {
	if c.last.Sub(now) > Tolerance {
		c.base, c.baseAt, c.off = now, c.elapsed(), 0
		c.give(ahead)
		return
	}
	c.believe(now)
}

func (c *Clock) believe(now time.Time) {
	c.base, c.baseAt, c.off = now, c.elapsed(), 0
	c.give(believed)
}

// Believed reports whether records of any kind may be filed.
func (c *Clock) Believed() bool {
	if c == nil {
		return true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.look()
	return c.verdict == believed
}

// InDoubt reports whether there is no verdict yet.
func (c *Clock) InDoubt() bool {
	if c == nil {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.look()
	return c.verdict == inDoubt
}

// Sets returns how often the machine's clock was set, as far as was noticed. Times that were
// computed with it before may be wrong.
func (c *Clock) Sets() int {
	if c == nil {
		return 0
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.look()
	return c.sets
}

// Changed returns a channel that is closed at the next verdict. Take it before asking what
// the verdict is: one that is given in between would be missed.
func (c *Clock) Changed() <-chan struct{} {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.changed
}

// Follow calls f at once and after each verdict, until ctx ends. No verdict goes by without
// a call that begins after it; one call may be for several.
func (c *Clock) Follow(ctx context.Context, f func()) {
	for {
		changed := c.Changed()
		f()
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}

// Filed tells the time of a record that was committed.
func (c *Clock) Filed(at time.Time) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last.IsZero() && c.verdict != believed {
		c.unread = news.Later(c.unread, at)
		return
	}
	c.last = news.Later(c.last, at)
}

// Healed tells that nothing is ahead of the time at any more, and that somebody vouches for
// the machine's time.
func (c *Clock) Healed(at time.Time) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = at
	c.believe(c.wall())
}

// NeedsHeal reports whether records of a wrong clock, of which nothing was published, are
// ahead of the time at, which is believed. It does so once.
func (c *Clock) NeedsHeal(at time.Time) bool {
	if c == nil {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	late := c.unread.Sub(at) > Tolerance
	c.unread = time.Time{}
	return late
}

// Recheck puts a clock that is not believed in doubt again, so that servers are asked anew.
func (c *Clock) Recheck() {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.verdict == wrong || c.verdict == ahead {
		c.doubt()
	}
}
