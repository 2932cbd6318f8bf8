package poll

import (
	"context"
	"errors"
	"time"

	"github.com/slugline/slugline/internal/clock"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

const (
	doubtfulVisits = 6                // visits under way while the clock is in doubt: they may be in vain
	verdictWait    = 10 * time.Second // the longest that an answer waits for those of others
	clockLook      = time.Second      // how often a clock that is not believed is looked at
	clockRecheck   = 5 * time.Minute  // how often servers are asked again
)

// clockWatch is what the Poller knows of the verdict on the clock. Poller.mu guards it.
type clockWatch struct {
	underWay   int       // visits
	waiting    int       // of these, for the verdict
	unanswered bool      // a host could not be reached since the clock is in doubt
	repaired   int       // the value of Clock.Sets for which the schedule was repaired, and 1
	asked      time.Time // when servers were last asked anew; for its monotonic reading
}

// errClockSet ends a visit during which the machine's clock was set: its times may be wrong.
var errClockSet = errors.New("the clock was set during the visit")

// now returns the machine's time. Times that are stored are only made of it once it is
// believed.
func (p *Poller) now() time.Time { return p.Clock.Machine() }

// told tells the clock what a server says of the time.
func (t *turn) told(url string, from, until time.Time) {
	if t.p.Clock == nil {
		return
	}
	name := ""
	if t.host != nil && url == t.at {
		name = t.host.name
	} else {
		name = fetch.Domain(url)
	}
	t.p.Clock.Heard(clock.Witness{Host: name, Near: t.isNear(url), From: from, Until: until})
}

// awaitClock waits while the clock is in doubt. Its error means that the visit has no effect.
func (v *visit) awaitClock(ctx context.Context) error {
	p := v.p
	if p.Clock == nil {
		return nil
	}
	if p.Clock.InDoubt() {
		if err := v.awaitVerdict(ctx); err != nil {
			return err
		}
	}
	if p.Clock.Sets() != v.clockSets {
		return errClockSet
	}
	return p.Clock.Err()
}

// awaitVerdict waits until the clock is no longer in doubt.
func (v *visit) awaitVerdict(ctx context.Context) error {
	p := v.p
	limit := time.NewTimer(verdictWait)
	defer limit.Stop()
	p.countWaiting(1)
	defer p.countWaiting(-1)
	for changed := p.Clock.Changed(); p.Clock.InDoubt(); changed = p.Clock.Changed() {
		select {
		case <-changed: // perhaps to a verdict and, because servers are asked anew, to a doubt again
			if err := p.Clock.Err(); err != nil {
				return err
			}
		case <-limit.C:
			if p.Clock.Decide(false); p.Clock.InDoubt() {
				return p.Clock.NotBelieved()
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func (p *Poller) countWaiting(n int) {
	p.mu.Lock()
	p.clock.waiting += n
	p.mu.Unlock()
	p.wakeLoop() // which decides if all wait
}

// checkClock decides whether a visit that ended has an effect. A visit without an answer says
// nothing of the clock and does not wait for the verdict.
func (v *visit) checkClock(ctx context.Context) error {
	if v.res == nil && v.problem != nil && v.problem.Status == 0 {
		if v.p.Clock.Sets() != v.clockSets {
			return errClockSet
		}
		return v.p.Clock.Err()
	}
	return v.awaitClock(ctx)
}

// noteUnanswered remembers that a visit was in vain while the clock is in doubt.
func (p *Poller) noteUnanswered(v *visit) {
	if v.problem != nil && v.problem.Status == 0 && v.problem.Kind != fetch.ForbiddenAddress && v.problem.Kind != fetch.BadAddress {
		p.clock.unanswered = true
	}
}

// followClock ends the doubt if nobody is left to ask. p.mu must be locked.
func (p *Poller) followClock() {
	if p.Clock == nil {
		return
	}
	if p.Clock.InDoubt() && p.clock.waiting == p.clock.underWay && !p.someoneLeft(p.now()) {
		p.Clock.Decide(p.clock.unanswered)
	}
	p.repairOnce()
}

// repairOnce repairs the schedule when the clock begins to be believed. p.mu must be locked.
func (p *Poller) repairOnce() {
	if p.Clock == nil || !p.Clock.Believed() {
		return
	}
	p.clock.unanswered = false
	if sets := p.Clock.Sets() + 1; p.clock.repaired != sets {
		p.clock.repaired = sets
		p.repair(p.now())
	}
}

// moreWait is how long the visits that wait for the verdict wait for the start of another.
const moreWait = 2 * time.Second

// someoneLeft reports whether a visit can start soon that may tell the time.
func (p *Poller) someoneLeft(now time.Time) bool {
	soon := now.Add(startSpan)
	if p.clock.waiting > 0 {
		soon = now.Add(moreWait)
	}
	if p.inFlight.quick >= p.maxVisits() {
		return false
	}
	if src := p.queue.first(); src != nil {
		return !src.nextVisit.After(soon)
	}
	if p.running || len(p.passes) > 0 {
		return false
	}
	for _, src := range p.sources {
		if src.isOurs() && src.isDue(false, now) {
			return true
		}
	}
	return false
}

// clockPause returns how long to wait before the clock is looked at again; 0: visits may
// start. It asks the servers again from time to time.
func (p *Poller) clockPause() time.Duration {
	err := p.Clock.Err()
	if err == nil || p.Clock.InDoubt() {
		return 0
	}
	for _, r := range p.passes {
		r.fail(err)
	}
	if time.Since(p.clock.asked) >= clockRecheck {
		p.recheckClock()
		return 0
	}
	return clockLook
}

func (p *Poller) recheckClock() {
	p.clock.asked, p.clock.unanswered = time.Now(), false
	p.Clock.Recheck()
}

// maxDue is longer than anything delays a visit: Retry-After does so for a week.
const maxDue = 8 * 24 * time.Hour

// repair corrects the schedule where a clock that was ahead has made it. p.mu must be locked.
func (p *Poller) repair(now time.Time) {
	again := p.Clock.Sets() > 0
	for _, src := range p.sources {
		if src.visiting || !isAhead(&src.state, now) {
			continue
		}
		p.restart(src, now)
		p.changed.add(src.ID)
		again = true
	}
	for _, h := range p.slots.hosts {
		if h.retryAfter.Sub(now) > maxDue {
			h.retryAfter = time.Time{}
		}
		if h.freeAt.Sub(now) > pause {
			h.freeAt = now
		}
	}
	if p.pause.until.Sub(now) > longestPause {
		p.pause.until = now
	}
	if p.running && again {
		p.enqueueAll(now)
	}
	p.wakeLoop()
}

// isAhead reports whether the state of a source was made by a clock that was ahead.
func isAhead(s *news.VisitState, now time.Time) bool {
	limit := now.Add(clock.Tolerance)
	return s.LastAttempt.After(limit) || s.LastSuccess.After(limit) || s.LastPush.After(limit) || s.Due.Sub(now) > maxDue
}

// restart makes a source due now.
func (p *Poller) restart(src *source, now time.Time) {
	s, at := &src.state, news.Instant(now)
	wait := s.RetryAfter.Sub(s.LastAttempt)
	for _, t := range []*time.Time{&s.LastAttempt, &s.LastSuccess, &s.LastPush, &s.LastDocument, &s.LastUnconditional, &s.MovedSince} {
		if t.After(at) {
			*t = at
		}
	}
	if s.RetryAfter.After(at) {
		s.RetryAfter = at.Add(min(max(wait, 0), maxDue))
	}
	if !s.Gone {
		s.Due, s.Reason = news.Later(at, s.RetryAfter), "the clock was wrong"
	}
	p.resetPace(src, now)
}

// resetPace makes the pace of a source what the stored entries say.
func (p *Poller) resetPace(src *source, now time.Time) {
	p.schedule.plan.Add(src.ID, nil, p.schedule.bounds(src))
	times, listed := p.publishedBefore(src.ID, now)
	if len(times) > 0 {
		p.schedule.plan.Observe(src.ID, now, times, listed)
	}
}

// publishedBefore returns when the stored entries that a source lists were published, and
// how many it lists.
func (p *Poller) publishedBefore(source string, now time.Time) (times []time.Time, listed int) {
	err := p.Store.View(func(tx *store.Tx) error {
		st, err := tx.Sources.Get(source)
		if err != nil || st == nil {
			return err
		}
		listed = len(st.Listed)
		for _, key := range st.Listed {
			en, err := tx.Entries.Get(tx.Entries.ByKey(source, key))
			if err != nil {
				return err
			}
			if en != nil && !en.Published.IsZero() && en.Published.Before(now) {
				times = append(times, en.Published)
			}
		}
		return nil
	})
	if err != nil {
		p.Log.Error("the pace of a source can't be computed anew", "source", source, "err", err)
	}
	return times, listed
}
