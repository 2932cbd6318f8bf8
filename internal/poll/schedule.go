package poll

import (
	"fmt"
	"slices"
	"time"

	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
)

const (
	maxBackOff  = 24 * time.Hour
	minBackOff  = time.Minute
	blockedWait = 4 * time.Hour // where we are not let in
	busyWait    = time.Hour     // after a 429 that does not say how long
	goneWait    = 24 * time.Hour
	offlineWait = time.Hour // at most, while nothing can be reached from here
	probeFirst  = time.Minute
	probeMost   = 5 * time.Minute // while there is no network
)

const (
	reasonRetryAfter = "the server asked to come back later (Retry-After)"
	reasonNoNetwork  = "tried again soon: nothing can be reached from here"
)

// schedule says when the source is due after this visit, and why then.
func (p *Poller) schedule(v *visit, now time.Time) (time.Time, string) {
	s := &v.src.state
	due, why := p.plan.Next(s.Source, now, p.bounds(v.src))
	switch {
	case s.Gone:
		return time.Time{}, "not visited any more: the feed was taken down for good"
	case v.outcome == Gone:
		due, why = now.Add(goneWait+p.jitter(goneWait/10)), "visited once more before it is given up"
	case s.Refused:
		why = "not allowed by feeds.yaml; tried at once when that changes"
	case s.Failures > 0:
		due, why = p.backOff(v, now, due.Sub(now))
	default:
		due, why = afterSkipped(s.Hints, due, why)
		due, why = p.backupVisit(s.Source, now, due, why)
	}
	if s.RetryAfter.After(due) {
		due, why = s.RetryAfter.Add(p.jitter(pause)), reasonRetryAfter
	}
	return news.Instant(due), why
}

// backOff doubles a source's own interval with each failure in a row, give or take
// a tenth.
func (p *Poller) backOff(v *visit, now time.Time, own time.Duration) (time.Time, string) {
	n := v.src.state.Failures
	wait := max(own, minBackOff)
	for i := 1; i < n && wait < maxBackOff; i++ {
		wait *= 2
	}
	switch {
	case v.outcome == Blocked:
		wait = max(wait, blockedWait)
	case v.problem.Kind == fetch.RetryLater && v.problem.RetryAfter.IsZero():
		wait = max(wait, busyWait)
	}
	wait = min(wait, maxBackOff)
	why := "tried again after a failed visit"
	if n > 1 {
		why = fmt.Sprintf("%d visits in a row failed", n)
	}
	switch {
	case v.problem.Kind != fetch.Unreachable:
	case p.unplugged():
		wait, why = min(wait, probeFirst<<min(n-1, 10), probeMost), reasonNoNetwork
	case p.offline():
		wait = min(wait, offlineWait)
	}
	return now.Add(wait*9/10 + p.jitter(wait/5)), why
}

// backupEvery is how often a source is visited whose hub is relied on, to find out
// what the hub keeps to itself.
const backupEvery = 12 * time.Hour

func (p *Poller) backupVisit(source string, now, due time.Time, why string) (time.Time, string) {
	if late := now.Add(backupEvery*9/10 + p.jitter(backupEvery/10)); late.After(due) && p.Pushed(source) {
		return late, "its hub sends what is new; visited for backup"
	}
	return due, why
}

// PushChanged has a source that Pushed has another answer for be visited at its new pace.
func (p *Poller) PushChanged(source string) {
	p.ready()
	p.mu.Lock()
	defer p.mu.Unlock()
	src := p.sources[source]
	if src == nil || src.visiting {
		return // the end of the visit asks Pushed
	}
	s, now := &src.state, time.Now()
	if s.Failures > 0 || s.Gone || s.Refused || s.Visits == 0 || s.RetryAfter.After(now) {
		return
	}
	due, why := p.plan.Next(source, now, p.bounds(src))
	due, why = afterSkipped(s.Hints, due, why)
	due, why = p.backupVisit(source, now, due, why)
	s.Due, s.Reason = news.Instant(due), why
	p.dirty[source] = struct{}{}
	if p.running {
		p.enqueue(src, now)
	}
	p.wakeLoop()
}

// floorReason is who asks for the account's floor.
func floorReason(s *news.VisitState) string {
	if s.Floor == s.Hints.Floor {
		return "the feed (ttl, updatePeriod)"
	}
	return "the server (Cache-Control, Expires)"
}

func hintsOf(doc *feed.Document) news.VisitHints {
	return news.VisitHints{Floor: min(max(doc.TTL, doc.UpdateInterval), maxFloor), Hours: doc.SkipHours, Days: doc.SkipDays}
}

// maxSkip is how far skipHours and skipDays may push a visit: who skips more
// than that skips all, and is not heard.
const maxSkip = 4 * 24 * time.Hour

// afterSkipped moves a visit out of the hours and days that the document asks to skip.
func afterSkipped(a news.VisitHints, due time.Time, why string) (time.Time, string) {
	for t := due.UTC(); t.Sub(due) <= maxSkip; t = t.Truncate(time.Hour).Add(time.Hour) {
		if slices.Contains(a.Hours, t.Hour()) || slices.Contains(a.Days, t.Weekday()) {
			continue
		}
		if !t.Equal(due) {
			why = "the feed asks not to be visited before (skipHours, skipDays)"
		}
		return t, why
	}
	return due, why
}
