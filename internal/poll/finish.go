package poll

import (
	"context"
	"errors"
	"time"

	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
)

// finish writes what a visit brought to its source's account and says when the
// next one is due.
func (p *Poller) finish(v *visit) {
	p.mu.Lock()
	src, now := v.src, time.Now()
	src.visiting, src.cancel = false, nil
	p.leave(v)
	urgent := false
	switch {
	case src.removed:
	case v.err != nil:
		p.hold(v, now)
	default:
		if v.filed > 0 {
			p.holds = 0
		}
		urgent = p.applyVisit(v, now)
	}
	p.reportVisit(v, now)
	if p.running && !src.removed {
		p.enqueue(src, now)
	}
	p.mu.Unlock()
	p.wakeLoop()
	if urgent {
		p.save()
	}
}

// leave gives the room that a visit took to another.
func (p *Poller) leave(v *visit) {
	v.timer.Stop()
	v.over = true
	if v.slow {
		p.slow--
		return
	}
	p.flying--
}

// Visits pause this long after a record could not be filed, longer each time.
const (
	firstPause   = 5 * time.Second
	longestPause = 5 * time.Minute
)

// hold keeps visits back after an error of ours. Nothing is known of the source
// then: its account stays as it was.
func (p *Poller) hold(v *visit, now time.Time) {
	if errors.Is(v.err, context.Canceled) || errors.Is(v.err, errRemoved) {
		return
	}
	wait := min(firstPause<<min(p.holds, 10), longestPause)
	p.holds++
	p.held = later(p.held, now.Add(wait))
	v.src.state.Due = p.held
	p.Log.Error("visits pause: a record could not be filed", "source", v.conf.Name, "wait", wait, "err", v.err)
}

// applyVisit takes over what the visit learned. It says whether that must be on the
// disk at once.
func (p *Poller) applyVisit(v *visit, now time.Time) (urgent bool) {
	s := &v.src.state
	before := *s
	s.LastAttempt, s.Outcome, s.Status = news.Instant(now), v.outcome, v.status()
	s.Visits++
	if v.unconditional {
		s.LastUnconditional = s.LastAttempt
	}
	turned := p.noteReachability(v)
	if v.problem != nil {
		p.applyFailure(v, s, now)
	} else {
		p.applySuccess(v, s, now)
	}
	s.Due, s.Reason = p.schedule(v, now)
	p.dirty[s.Source] = struct{}{}
	if turned {
		p.rescheduleUnreachable(now)
	}
	p.observe(v, before.Problem, now)
	return v.followed || v.outcome == Gone || !s.RetryAfter.Equal(before.RetryAfter) || s.Moves != before.Moves && s.Moves <= news.MovesToConfirm
}

func (p *Poller) applyFailure(v *visit, s *news.VisitState, now time.Time) {
	s.Status, s.Problem = v.problem.Status, v.problem.Text
	s.RetryAfter = v.problem.RetryAfter
	s.Gone = v.outcome == Gone && v.before.Outcome == Gone
	s.Failures++
	if s.Refused = v.problem.Kind == fetch.ForbiddenAddress; s.Refused {
		s.Failures = 0 // nobody there was asked
	}
	if v.problem.Kind == fetch.RetryLater {
		p.delayHost(v.problem.URL, s.RetryAfter, v.conf.Name)
	}
	v.forgetFound(s)
	switch {
	case s.Status == 0: // no answer tells of a move
	case v.url == s.Moved && s.Failures >= news.MovesToConfirm:
		setMoved(s, "", now) // the new address does not hold what the old one promised
	case v.url != s.Moved:
		setMoved(s, v.problem.MovedTo, now)
	}
}

func (p *Poller) applySuccess(v *visit, s *news.VisitState, now time.Time) {
	read := s.LastSuccess
	s.LastSuccess = later(p.lastRecord, news.Instant(now))
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
	} // else what the last answer said still holds (RFC 9111 section 4.3.4)
	window := 0
	if v.doc != nil && !v.partial {
		window = len(v.doc.Items)
	}
	p.plan.Observe(s.Source, s.LastSuccess, v.published(read, s.LastSuccess), window)
}

// maxFloor is the longest that max-age, ttl and the like keep us away.
const maxFloor = 24 * time.Hour

// setMoved notes where a visit says that its source lives now, "" where it is.
func setMoved(s *news.VisitState, to string, now time.Time) {
	switch to {
	case "":
		s.Moved, s.Moves, s.MovedSince = "", 0, time.Time{}
	case s.Moved:
		s.Moves++
	default:
		s.Moved, s.Moves, s.MovedSince = to, 1, news.Instant(now)
	}
}

// applyDocument takes over what the document itself said.
func (v *visit) applyDocument(s *news.VisitState) {
	if v.doc == nil {
		return
	}
	if v.doc.Truncated {
		s.Validators = news.Validators{} // what is missing is not vouched for
	}
	v.remember()
	s.BodyHash = 0 // what was shown since may take back what the whole document says
	if v.isWhole() {
		s.Hints = hintsOf(v.doc)
	}
	if v.isWhole() && !v.doc.Truncated {
		s.BodyHash = v.body
	}
	s.Lag = append(s.Lag[:len(s.Lag):len(s.Lag)], v.lags()...)
	s.Lag = s.Lag[max(0, len(s.Lag)-maxLags):]
}

const (
	maxLags = 50
	maxLag  = 7 * 24 * time.Hour // older dates say nothing of when an item appeared
)

// lags is how late the new entries were filed, in milliseconds.
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

// published is when the new items were, for pace. Where it is not said, the middle
// between two visits is the best guess.
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

// observe tells the metrics and, when a problem begins or ends, the log.
func (p *Poller) observe(v *visit, was string, now time.Time) {
	p.Meters.visits.WithLabelValues(v.outcome).Inc()
	p.Meters.seconds.Observe(now.Sub(v.began).Seconds())
	if v.gap {
		p.Meters.gaps.Inc()
		p.Log.Info("a source showed nothing that it showed before", "source", v.conf.Name, "caught_up", v.archived)
	}
	for _, ms := range v.lags() {
		p.Meters.lag.Observe(float64(ms) / 1000)
	}
	s := &v.src.state
	switch {
	case s.Problem != "" && was == "":
		p.Log.Warn("a source has a problem", "source", v.conf.Name, "problem", s.Problem, "next", s.Due)
	case s.Problem == "" && was != "":
		p.Log.Info("a source can be read again", "source", v.conf.Name)
	}
	p.Log.Debug("visit", "source", v.conf.Name, "outcome", v.outcome, "status", s.Status, "filed", v.filed, "took", now.Sub(v.began), "next", s.Due, "why", s.Reason)
}
