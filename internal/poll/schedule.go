package poll

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/pace"
)

const (
	defaultFloor = 5 * time.Minute
	wireFloor    = time.Minute

	maxBackOff  = 24 * time.Hour
	minBackOff  = time.Minute
	blockedWait = 4 * time.Hour // after 401, 403, 451 or a challenge
	busyWait    = time.Hour     // after a 429 without Retry-After
	goneWait    = 24 * time.Hour
	offlineWait = time.Hour // the most, while no host can be reached
	firstProbe  = time.Minute
	lastProbe   = 5 * time.Minute // the most, while there is no network

	backupEvery = 12 * time.Hour // for a source whose hub sends what is new, in case the hub misses items
)

const (
	reasonRetryAfter = "the server asked to come back later (Retry-After)"
	reasonNoNetwork  = "tried again soon: nothing can be reached from here"
)

// scheduler decides when a source is visited next, and why then. Poller.mu guards it.
type scheduler struct {
	plan   *pace.Plan
	floor  time.Duration // the least time between two visits of a source that is no wire
	random func() float64
	pushed func(source string) bool
	part   func(rawURL string) *reach // of the network
}

// set applies the budget, in visits a day, and the floor. 0 means the default of each.
func (s *scheduler) set(budget float64, floor time.Duration) {
	s.floor = floor
	if floor == 0 {
		s.floor = defaultFloor
	}
	s.plan.SetBudget(budget)
}

// bounds returns the limits of the time between two visits of a source, whatever its pace.
func (s *scheduler) bounds(src *source) pace.Bounds {
	b := ownBounds(&src.SourceConfig, s.floor)
	b.Server, b.AskedBy, b.Idle = src.state.Floor, floorReason(&src.state), !src.visitable()
	return b
}

// leastWait returns the least time between two visits of a source.
func (s *scheduler) leastWait(src *source) time.Duration {
	b := s.bounds(src)
	return max(b.Floor, b.Server)
}

// ownBounds returns the limits that feeds.yaml sets.
func ownBounds(c *news.SourceConfig, floor time.Duration) pace.Bounds {
	b := pace.Bounds{Floor: floor, Every: c.Every, Wire: c.Wire}
	if c.Wire {
		b.Floor = min(b.Floor, wireFloor)
	}
	return b
}

// VisitsADay returns how many visits a day the settings mean: those of sources with a
// fixed interval, and the most that the others share. Paused sources get none.
func (s *Settings) VisitsADay() (fixed, paced float64) {
	var all []pace.Bounds
	for i := range s.Sources {
		if c := &s.Sources[i]; !c.Paused {
			all = append(all, ownBounds(c, cmp.Or(s.Floor, defaultFloor)))
		}
	}
	return pace.VisitsADay(s.Budget, all)
}

// jitter returns a random part of d.
func (s *scheduler) jitter(d time.Duration) time.Duration {
	return time.Duration(s.random() * float64(d))
}

// paced returns when a source without problems is due.
func (s *scheduler) paced(src *source, now time.Time) (time.Time, string) {
	planned, why := s.plan.Next(src.ID, now, s.bounds(src))
	due, why := s.adjusted(src, now, planned, why)
	s.postpone(src.ID, planned, due)
	return due, why
}

// postpone tells the plan that a source is visited later than planned, so that the others
// get its visits.
func (s *scheduler) postpone(source string, planned, due time.Time) {
	if due.After(planned) {
		s.plan.Postpone(source, due)
	}
}

// adjusted applies what the document and a hub say to the time that the pace gives.
func (s *scheduler) adjusted(src *source, now, due time.Time, why string) (time.Time, string) {
	due, why = afterSkipped(src.state.Hints, due, why)
	return s.backup(src.ID, now, due, why)
}

// next returns when the source of a visit is due after it.
func (s *scheduler) next(v *visit, now time.Time) (time.Time, string) {
	state := &v.src.state
	planned, why := s.plan.Next(state.Source, now, s.bounds(v.src))
	due := planned
	switch {
	case state.Gone:
		return time.Time{}, "not visited any more: the server says that the feed is gone"
	case v.outcome == Gone:
		due, why = now.Add(goneWait+s.jitter(goneWait/10)), "visited once more before it counts as gone"
	case state.Refused:
		why = "not allowed by feeds.yaml; tried at once when that changes"
	case state.Failures > 0:
		due, why = s.backOff(v, now, due.Sub(now))
	default:
		due, why = s.adjusted(v.src, now, due, why)
	}
	if state.RetryAfter.After(due) {
		due, why = state.RetryAfter.Add(s.jitter(pause)), reasonRetryAfter
	}
	s.postpone(state.Source, planned, due)
	return news.Instant(due), why
}

// backOff doubles a source's own interval with each failure in a row, plus or minus a
// tenth (rule E12). An early visit that fails changes nothing in that.
func (s *scheduler) backOff(v *visit, now time.Time, own time.Duration) (time.Time, string) {
	failures := v.src.state.Failures
	wait := max(own, minBackOff)
	for i := 1; i < failures && wait < maxBackOff; i++ {
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
	if failures > 1 {
		why = fmt.Sprintf("%d visits in a row failed", failures)
	}
	switch part := s.part(v.url); {
	case !hasNoConnection(v.problem):
	case part.isDown():
		wait, why = min(wait, firstProbe<<min(failures-1, 10), lastProbe), reasonNoNetwork
	case part.isDoubtful():
		wait = min(wait, offlineWait)
	}
	wait = wait*9/10 + s.jitter(wait/5)
	if !hasNoConnection(v.problem) {
		wait = max(wait, s.leastWait(v.src))
	}
	at := now.Add(wait)
	if old := v.before.Due; v.isEarly() && v.outcome == Problem && v.problem.Kind != fetch.RetryLater && old.After(now) && old.Before(at) {
		return old, v.before.Reason
	}
	return at, why
}

// isEarly reports whether the visit was made by hand before the end of a back-off.
func (v *visit) isEarly() bool { return v.before.Failures > 0 && v.before.Due.After(v.began) }

const reasonPushed = "its hub sends what is new; visited for backup"

// backup delays the visit of a source whose hub sends what is new.
func (s *scheduler) backup(source string, now, due time.Time, why string) (time.Time, string) {
	if late := now.Add(backupEvery*9/10 + s.jitter(backupEvery/10)); late.After(due) && s.pushed(source) {
		return late, reasonPushed
	}
	return due, why
}

// floorReason names who asks for the floor in a source's state.
func floorReason(s *news.VisitState) string {
	if s.Floor == s.Hints.Floor {
		return "the feed (ttl, updatePeriod)"
	}
	return "the server (Cache-Control, Expires)"
}

// maxFloor limits how long max-age, ttl and the like can delay a visit.
const maxFloor = 24 * time.Hour

// hintsOf returns what a document asks of those who visit it.
func hintsOf(doc *feed.Document) news.VisitHints {
	return news.VisitHints{Floor: min(max(doc.TTL, doc.UpdateInterval), maxFloor), Hours: doc.SkipHours, Days: doc.SkipDays}
}

// maxSkip limits how far skipHours and skipDays can delay a visit. A document that skips
// more than this skips everything, and is ignored.
const maxSkip = 4 * 24 * time.Hour

// afterSkipped moves a visit out of the hours and days that the document asks to skip.
func afterSkipped(h news.VisitHints, due time.Time, why string) (time.Time, string) {
	for t := due.UTC(); t.Sub(due) <= maxSkip; t = t.Truncate(time.Hour).Add(time.Hour) {
		if slices.Contains(h.Hours, t.Hour()) || slices.Contains(h.Days, t.Weekday()) {
			continue
		}
		if !t.Equal(due) {
			why = "the feed asks not to be visited before (skipHours, skipDays)"
		}
		return t, why
	}
	return due, why
}
