package clock

import (
	"fmt"
	"time"
)

// Error says why this machine's time is not believed, and what to do.
type Error struct{ text string }

func (e *Error) Error() string { return e.text }

// Err returns an *Error after servers denied the machine's time, until it is believed again.
// It is nil while the clock is only in doubt.
func (c *Clock) Err() error {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.look()
	if c.verdict == inDoubt {
		return c.before
	}
	return c.err(now)
}

// Problem returns Err, or an *Error while the clock is in doubt because it was set: until
// servers are asked, which is with the next visit, nobody knows whether it is right now.
func (c *Clock) Problem() error {
	if err := c.Err(); err != nil || c == nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.look()
	if c.verdict != inDoubt || c.sets == 0 {
		return nil
	}
	return c.setErr(now)
}

// setErr returns the error of a clock that was set.
func (c *Clock) setErr(now time.Time) error {
	direction := "ahead"
	if c.off < 0 {
		direction = "back"
	}
	return &Error{fmt.Sprintf("this machine's clock was set %s by %s, to %s: nothing is taken in until a source confirms it", direction, span(c.off.Abs()), format(now))}
}

// NotBelieved returns an *Error that says why a visit or a sweep is not filed now.
func (c *Clock) NotBelieved() error {
	if err := c.Err(); err != nil {
		return err
	}
	return &Error{"no source has confirmed this machine's clock yet"}
}

// err returns the error of the verdict.
func (c *Clock) err(now time.Time) error {
	if c.verdict != ahead && c.verdict != wrong {
		return nil
	}
	says := "this machine's clock says " + format(now)
	record := "the newest record (" + format(c.last) + ")"
	const wait = "nothing is taken in until then"
	switch {
	case c.verdict == ahead:
		return &Error{fmt.Sprintf("the database is ahead of time: %s is %s after the present (%s), because the clock was ahead once: stop the daemon, run `slugline heal`, which puts it right and keeps all ids, and start the daemon again; %s", record, span(c.last.Sub(now)), format(now), wait)}
	case c.denied > 0:
		return &Error{fmt.Sprintf("%s, but by %s it is %s: set the clock or start its time service; %s", says, sources(c.denied), format(now.Add(-c.deniedOff)), wait)}
	case c.last.IsZero():
		return &Error{fmt.Sprintf("%s, which can't be: set the clock or start its time service; %s", says, wait)}
	case now.Before(c.last):
		return &Error{fmt.Sprintf("%s, %s before %s: set the clock or start its time service, or, if the clock is right, stop the daemon, run `slugline heal` and start it again; %s", says, span(c.last.Sub(now)), record, wait)}
	}
	return &Error{fmt.Sprintf("%s, %s after %s, and no source confirms it: set the clock or start its time service, or, if the clock is right, stop the daemon, run `slugline heal` and start it again; %s", says, span(now.Sub(c.last)), record, wait)}
}

func format(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

func sources(n int) string {
	if n == 1 {
		return "a source"
	}
	return fmt.Sprintf("%d sources", n)
}

// span returns a long time in its largest unit.
func span(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d >= 2*365*day:
		return fmt.Sprintf("%d years", (d+180*day)/(365*day))
	case d >= 2*day:
		return fmt.Sprintf("%d days", (d+day/2)/day)
	}
	return fmt.Sprintf("%d hours", max(1, (d+time.Hour/2)/time.Hour))
}

// log logs when the clock is no longer believed, and when it is again.
func (c *Clock) log() {
	if c.verdict == inDoubt {
		return
	}
	before := c.before
	c.before = c.err(c.wall())
	switch {
	case c.before != nil && before == nil:
		c.Log.Error("the clock is not believed", "err", c.before)
	case c.before == nil && before != nil:
		c.Log.Info("the clock is believed again", "time", c.base)
	}
}
