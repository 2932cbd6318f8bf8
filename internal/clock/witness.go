package clock

import (
	"slices"
	"time"
)

const (
	quorum      = 3  // as many servers decide; fewer only where no others are left to ask
	maxHosts    = 64 // servers that are remembered
	heardFor    = 24 * time.Hour
	latestTrust = 75 * 365 * 24 * time.Hour // after earliest; a later Date is nonsense
)

// Witness is what one server says of the present time: it is between From and Until. Both are
// zero if it says nothing.
type Witness struct {
	Host        string
	Near        bool      // it may share this machine's clock: counts only where no others are heard
	From, Until time.Time // equal for a Date header; the validity of a certificate that was refused because of it
}

func (w *Witness) isDate() bool { return w.From.Equal(w.Until) }

// isSilent reports whether a server says nothing that can be believed.
func (w *Witness) isSilent() bool {
	return w.From.IsZero() || w.Until.Before(earliest) || w.isDate() && w.From.Sub(earliest) > latestTrust
}

// witness is a Witness with when it was heard, since Clock.opened.
type witness struct {
	Witness
	at          time.Duration
	from, until time.Duration // From and Until, by sinceEarliest
}

func newWitness(w Witness, at time.Duration) witness {
	return witness{w, at, sinceEarliest(w.From), sinceEarliest(w.Until)}
}

// sinceEarliest returns how long after earliest a time is, less than 0 if it is before. No
// difference of two such times overflows.
func sinceEarliest(t time.Time) time.Duration {
	const limit = 100 * 365 * 24 * time.Hour
	return min(max(t.Sub(earliest), -limit), limit)
}

// offset returns how far the machine's time is ahead of what the server says, less than 0 if
// it is behind. now is since earliest.
func (w *witness) offset(now, elapsed time.Duration) time.Duration {
	switch then := now - (elapsed - w.at); {
	case then < w.from:
		return then - w.from
	case then > w.until:
		return then - w.until
	}
	return 0
}

// witnesses holds the last word of each server.
type witnesses struct {
	all      []witness
	answered bool // one answered, perhaps without a time
}

func (h *witnesses) add(w witness) {
	h.answered = true
	if w.isSilent() {
		return
	}
	h.all = slices.DeleteFunc(h.all, func(o witness) bool { return o.Host == w.Host || w.at-o.at > heardFor })
	if len(h.all) == maxHosts {
		h.all = h.all[1:]
	}
	h.all = append(h.all, w)
}

// ballot counts what servers say of a time.
type ballot struct {
	n, agree int
	near     bool // only servers that may share our clock were heard
}

func (b *ballot) confirms() bool { return 2*b.agree >= b.n }

// poll counts the servers that agree with the time now. A single certificate does not
// count: it may have expired.
func (h *witnesses) poll(now time.Time, elapsed time.Duration) ballot {
	b := ballot{near: h.isNear()}
	dates, since := false, sinceEarliest(now)
	for i := range h.all {
		w := &h.all[i]
		if w.Near != b.near {
			continue
		}
		b.n++
		dates = dates || w.isDate()
		if within(w.offset(since, elapsed)) {
			b.agree++
		}
	}
	if !dates && b.n < 2 {
		return ballot{near: b.near}
	}
	return b
}

// isNear reports whether only servers that may share our clock were heard.
func (h *witnesses) isNear() bool {
	return !slices.ContainsFunc(h.all, func(w witness) bool { return !w.Near })
}

// medianOffset returns the median of the offsets of the servers that poll counts, of which
// there must be one.
func (h *witnesses) medianOffset(now time.Time, elapsed time.Duration) time.Duration {
	near, since := h.isNear(), sinceEarliest(now)
	var offsets []time.Duration
	for i := range h.all {
		if w := &h.all[i]; w.Near == near {
			offsets = append(offsets, w.offset(since, elapsed))
		}
	}
	slices.Sort(offsets)
	return offsets[len(offsets)/2]
}

// Heard tells what a server said.
func (c *Clock) Heard(w Witness) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.look()
	elapsed := c.elapsed()
	c.heard.add(newWitness(w, elapsed))
	b := c.heard.poll(now, elapsed)
	if c.alone == untested && b.n == 1 && !b.near && !b.confirms() {
		c.alone = doubted
		c.give(inDoubt) // until another server is heard, or nobody is left to ask
	}
	if b.n >= quorum {
		c.alone = tested
	}
	switch {
	case b.n < c.needed() || b.near && c.verdict == inDoubt:
	case b.confirms() && (c.verdict == inDoubt || c.verdict == wrong):
		c.confirm(now)
	case !b.confirms() && c.verdict != wrong:
		c.deny(now, b)
	}
}

// needed returns how many servers decide before nobody is left to ask.
func (c *Clock) needed() int {
	if c.alone == doubted {
		return 2
	}
	return quorum
}

// Decide ends the doubt with what is known, because there is nobody left to ask now.
// unanswered says that servers were asked and none could be reached. Then the doubt stays,
// and after the clock was set while the program ran: what has passed since is known.
func (c *Clock) Decide(unanswered bool) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.look()
	b := c.heard.poll(now, c.elapsed())
	switch {
	case c.verdict != inDoubt:
	case b.n > 0 && b.confirms():
		c.confirm(now)
	case b.n == 1 && c.alone == doubted:
		c.believe(now) // one server alone outvotes no record
	case b.n > 0:
		c.deny(now, b)
	case !c.heard.answered && (unanswered || c.sets > 0):
	case c.isPlausible(now):
		c.believe(now)
	default:
		c.deny(now, b)
	}
}

// isPlausible reports whether the machine's time can be right where no server tells it.
func (c *Clock) isPlausible(now time.Time) bool {
	if c.last.IsZero() {
		return !now.Before(earliest)
	}
	return c.last.Sub(now) <= Tolerance && now.Sub(c.last) <= maxUnconfirmed
}

// deny finds the machine's time wrong.
func (c *Clock) deny(now time.Time, b ballot) {
	c.denied = b.n - b.agree
	if b.n > 0 {
		c.deniedOff = c.heard.medianOffset(now, c.elapsed())
		if c.last.IsZero() {
			c.base, c.baseAt = now.Add(-c.deniedOff), c.elapsed()
		}
	}
	c.off = now.Sub(c.counted())
	c.give(wrong)
}
