package poll

import (
	"context"
	"errors"
	"time"

	"github.com/slugline/slugline/internal/clock"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
)

// finish applies what a visit learned to the state of its source, and schedules the next
// visit.
func (p *Poller) finish(v *visit) {
	p.mu.Lock()
	src, now := v.src, p.now()
	src.visiting, src.cancel = false, nil
	p.clock.underWay--
	v.turn.end()
	src.signalLanded()
	urgent := false
	switch {
	case src.removed:
	case v.isElsewhere(): // its state stays as it was, but it was asked
		src.state.Due = news.Later(src.state.Due, news.Instant(now.Add(p.schedule.leastWait(src))))
		p.changed.add(src.ID)
		p.passes.skip(src)
	case errors.Is(v.err, errClockSet), errors.As(v.err, new(*clock.Error)): // its state stays as it was
	case v.err != nil:
		p.pauseVisits(v, now)
	default:
		p.noteUnanswered(v)
		if v.filed > 0 {
			p.pause.succeeded()
		}
		urgent = p.applyVisit(v, now)
		if src.again != "" {
			p.hasten(src, src.again)
		}
		p.noteShared(src.ID, urgent)
	}
	p.passes.report(v, now)
	if p.running && !src.removed {
		p.enqueue(src, now)
	}
	p.mu.Unlock()
	p.wakeLoop()
	if urgent {
		p.save()
	}
}

// pauseVisits pauses all visits after an error of ours. The visit says nothing about its
// source then, whose state stays as it was. The source was asked nevertheless, so it is
// not asked again before its floor, or Resume: another source finds out whether filing works.
func (p *Poller) pauseVisits(v *visit, now time.Time) {
	if errors.Is(v.err, context.Canceled) || errors.Is(v.err, errRemoved) {
		return
	}
	wait := p.pause.failed(now)
	v.src.state.Due = news.Instant(news.Later(p.pause.until, now.Add(p.schedule.leastWait(v.src))))
	v.src.unfiled = !v.src.resumed
	p.changed.add(v.src.ID)
	if wait == 0 {
		p.Log.Debug("a record could not be filed", "source", v.conf.Name, "err", v.err)
		return
	}
	p.Log.Error("visits pause: a record could not be filed", "source", v.conf.Name, "wait", wait, "err", v.err)
}

// applyVisit applies what a visit learned. It reports whether that must be saved at once.
func (p *Poller) applyVisit(v *visit, now time.Time) (urgent bool) {
	s := &v.src.state
	before := *s
	v.src.unfiled, v.src.resumed = false, false
	s.LastAttempt, s.Outcome, s.Status = news.Instant(now), v.outcome, v.status()
	s.Visits++
	if v.unconditional {
		s.LastUnconditional = s.LastAttempt
	}
	part := v.part()
	turned := part.note(v)
	if p.Clock != nil && isAhead(&v.before, now) {
		p.resetPace(v.src, now)
	}
	if v.problem != nil {
		v.applyFailure(s, now)
	} else {
		read := s.LastSuccess
		v.applySuccess(s, p.lastRecord, now)
		p.schedule.plan.Observe(s.Source, s.LastSuccess, v.published(read, s.LastSuccess), v.window())
	}
	s.History = s.History.Add(news.PastVisit{Last: now, Outcome: v.outcome, Status: s.Status, Filed: v.filed, Took: now.Sub(v.began), Problem: s.Problem})
	s.Due, s.Reason = p.schedule.next(v, now)
	p.changed.add(s.Source)
	if turned {
		p.rescheduleUnreachable(part, now)
	}
	p.observe(v, before.Problem, now)
	return v.followed || v.outcome == Gone || !s.RetryAfter.Equal(before.RetryAfter) || s.Moves != before.Moves && s.Moves <= news.MovesToConfirm
}

// observe counts a visit in the metrics, and logs when a problem begins or ends.
func (p *Poller) observe(v *visit, problemBefore string, now time.Time) {
	p.Meters.observe(v, now)
	s := &v.src.state
	if v.gap {
		p.Log.Info("a source showed nothing that it showed before", "source", v.conf.Name, "caught_up", v.archived)
	}
	p.logProblem(v, problemBefore)
	p.logNetwork(v, now)
	p.Log.Debug("visit", "source", v.conf.Name, "outcome", v.outcome, "status", s.Status, "filed", v.filed, "took", now.Sub(v.began), "next", s.Due, "why", s.Reason)
}

// applyFailure applies a problem to the state of the source.
func (v *visit) applyFailure(s *news.VisitState, now time.Time) {
	s.Status, s.Problem = v.problem.Status, v.problem.Text
	s.RetryAfter = v.problem.RetryAfter
	s.Gone = v.outcome == Gone && v.before.Outcome == Gone
	if !v.isEarly() {
		s.Failures++
	}
	if s.Refused = v.problem.Kind == fetch.ForbiddenAddress; s.Refused {
		s.Failures = 0 // no request was made
	}
	v.forgetFound(s)
	switch {
	case s.Status == 0: // without an answer nothing is known of a move
	case v.url == s.Moved && s.Failures >= news.MovesToConfirm:
		setMoved(s, "", now) // the new address failed: back to the old one
	case v.url != s.Moved:
		setMoved(s, v.problem.MovedTo, now)
	}
}

// applySuccess applies an answer to the state of the source. lastRecord is the time of the
// newest record.
func (v *visit) applySuccess(s *news.VisitState, lastRecord, now time.Time) {
	s.LastSuccess = news.Later(lastRecord, news.Instant(now))
	if !v.at.IsZero() {
		s.LastSuccess = v.at
	}
	s.Problem, s.Failures, s.RetryAfter, s.Refused = "", 0, v.res.RetryAfter, false
	s.Validators = v.res.Validators
	if v.url != s.Moved || v.res.MovedTo != "" {
		setMoved(s, v.res.MovedTo, now)
	}
	v.applyDocument(s)
	v.rememberFound(s)
	if v.outcome != NotModified || s.LastDocument.IsZero() {
		s.LastDocument = s.LastAttempt
	}
	if v.gap {
		s.Gaps++
	}
	if h := v.res.Header; !v.res.NotModified || h.Get("Cache-Control")+h.Get("Expires") != "" {
		s.Floor = min(max(v.res.FreshFor, s.Hints.Floor), maxFloor)
	} // else what the last answer said still holds (RFC 9111, 4.3.4)
}

// window returns how many items the whole document has, 0 if that is not known.
func (v *visit) window() int {
	if v.doc == nil || v.partial {
		return 0
	}
	return v.items
}

// applyDocument applies what the document itself said.
func (v *visit) applyDocument(s *news.VisitState) {
	if v.doc == nil {
		return
	}
	if v.doc.Truncated {
		s.Validators = news.Validators{} // they would vouch for the missing items
	}
	v.remember()
	s.BodyHash = 0 // after a partial document the last whole one may be news again
	if v.isWhole() {
		s.Hints, s.Cut = hintsOf(v.doc), v.doc.Cut
	}
	if v.isWhole() && !v.doc.Truncated {
		s.BodyHash = v.body
	}
	s.Lag = append(s.Lag[:len(s.Lag):len(s.Lag)], v.lags()...)
	s.Lag = s.Lag[max(0, len(s.Lag)-maxLags):]
}

const (
	maxLags = 50
	maxLag  = 7 * 24 * time.Hour // an older date does not say when an item appeared
)

// lags returns how long after its date each new entry was filed, in milliseconds.
func (v *visit) lags() (ms []int64) {
	if v.isBacklog || v.filed == 0 {
		return nil
	}
	for _, t := range v.changes.newTimes {
		if lag := v.at.Sub(t); !t.IsZero() && lag < maxLag {
			ms = append(ms, max(lag, 0).Milliseconds())
		}
	}
	return ms
}

// published returns when the new items were published, for the pace. For an item without a
// date the middle between two visits is the best guess.
func (v *visit) published(prev, at time.Time) []time.Time {
	times := make([]time.Time, 0, len(v.changes.newTimes))
	for _, t := range v.changes.newTimes {
		switch {
		case t.After(at):
			t = at
		case t.IsZero() && !v.isBacklog && !prev.IsZero():
			t = prev.Add(at.Sub(prev) / 2)
		}
		times = append(times, t)
	}
	return times
}

// result returns what Visited says about the visit, after it was applied.
func (v *visit) result(now time.Time) Visited {
	s := &v.src.state
	unreached := ""
	switch {
	case v.src.noNetwork:
		unreached = UnreachedOffline
	case v.problem != nil && hasNoConnection(v.problem):
		unreached = UnreachedHost
	}
	return Visited{
		ID: v.conf.ID, Name: v.conf.Name, Outcome: v.outcome, Status: s.Status, Filed: v.filed, Problem: s.Problem,
		Moved: s.Moved, TookMS: now.Sub(v.began).Milliseconds(), Next: s.Due, Why: s.Reason, Unreached: unreached,
	}
}
