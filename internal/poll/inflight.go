package poll

import (
	"time"

	"github.com/slugline/slugline/internal/news"
)

const (
	maxInFlight = 64 // visits under way, of all nodes together: as many as one commit files
	maxSlow     = 64 // visits of this node under way for longer than slowAfter, beyond those; they cost its connections alone
	slowAfter   = 5 * time.Second
)

// inFlight counts the visits under way. Slow ones are counted apart, so that servers that
// take long do not hold up the others. Poller.mu guards it.
type inFlight struct{ quick, slow int }

// start counts a visit that starts or goes on.
func (f *inFlight) start(t *turn) {
	f.quick++
	t.slow, t.counted = false, true
}

// setSlow counts a visit as slow, if it is still under way and few others are. It reports
// whether it did.
func (f *inFlight) setSlow(t *turn) bool {
	if !t.counted || f.slow >= maxSlow {
		return false
	}
	t.slow = true
	f.quick--
	f.slow++
	return true
}

// end stops counting a visit that ends or waits.
func (f *inFlight) end(t *turn) {
	t.counted = false
	if t.slow {
		f.slow--
		return
	}
	f.quick--
}

// Visits pause for this long after a record could not be filed, and twice as long each
// time after that. Those under way when a pause begins may fail too; that is the same time.
const (
	firstPause   = 5 * time.Second
	longestPause = 5 * time.Minute
)

// filingPause pauses visits while records can't be filed. Poller.mu guards it.
type filingPause struct {
	until    time.Time
	failures int // in a row
}

// failed begins a pause and returns its length, 0 if there is one already.
func (f *filingPause) failed(now time.Time) (wait time.Duration) {
	if f.failures > 0 && f.until.After(now) {
		return 0
	}
	wait = min(firstPause<<min(f.failures, 10), longestPause)
	f.failures++
	f.until = news.Later(f.until, now.Add(wait))
	return wait
}

// succeeded notes that something could be stored.
func (f *filingPause) succeeded() { f.failures = 0 }

// maxVisits returns how many visits may be under way: one while filing fails.
func (f *filingPause) maxVisits() int {
	if f.failures > 0 {
		return 1
	}
	return maxInFlight
}

// Resume ends the pause after records that could not be filed. What could not be filed is
// visited again at once; if that is in vain too, not before its floor.
func (p *Poller) Resume() {
	p.mu.Lock()
	now := time.Now()
	p.pause = filingPause{until: now}
	for _, src := range p.sources {
		if !src.unfiled || src.visiting || src.state.RetryAfter.After(now) {
			continue
		}
		src.unfiled, src.resumed = false, true
		src.state.Due = news.Instant(now)
		if p.running {
			p.enqueue(src, now)
		}
	}
	p.mu.Unlock()
	p.wakeLoop()
}
