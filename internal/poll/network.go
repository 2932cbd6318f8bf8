package poll

import (
	"errors"
	"net"
	"slices"
	"syscall"
	"time"

	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
)

// offlineHosts is how many hosts in a row must be unreachable before the fault is more
// likely on our side.
const offlineHosts = 3

// network remembers which hosts could not be reached since the last one that could.
// Private hosts are kept apart: they may answer while the internet does not. Poller.mu
// guards it.
type network struct {
	public, private reach
}

// reach is what visits say about a part of the network.
type reach struct {
	members     func(yield func(*source) bool) // the sources in it
	unreachable map[string]bool                // by host; true: failed as on a machine without a network
	lostSince   time.Time                      // of the outage that was logged; zero: there is none
	withheld    []*source                      // whose problems are logged when the cause is known
}

// part returns the part of the network in which an address is.
func (p *Poller) part(rawURL string) *reach {
	if p.NoPause(rawURL) {
		return &p.network.private
	}
	return &p.network.public
}

// part returns the part of the network in which a visit was made.
func (v *visit) part() *reach {
	if v.turn.isNear(v.url) {
		return &v.p.network.private
	}
	return &v.p.network.public
}

// membersOf returns the sources that are visited in a part of the network.
func (p *Poller) membersOf(part *reach) func(yield func(*source) bool) {
	return func(yield func(*source) bool) {
		now := p.now()
		for _, src := range p.sources {
			if src.isOurs() && p.part(src.address(now)) == part && !yield(src) {
				return
			}
		}
	}
}

// note remembers the result of a visit. It reports whether the network went down or came
// back with it.
func (r *reach) note(v *visit) (turned bool) {
	before := r.isDown()
	unreached := v.problem != nil && hasNoConnection(v.problem)
	v.src.noNetwork = unreached && looksOffline(v.problem)
	switch {
	case unreached:
		if r.unreachable == nil {
			r.unreachable = map[string]bool{}
		}
		r.unreachable[fetch.Domain(v.url)] = v.src.noNetwork
	case v.problem == nil || v.problem.Kind != fetch.ForbiddenAddress && v.problem.Kind != fetch.BadAddress: // with these no request was made
		clear(r.unreachable)
	}
	return before != r.isDown()
}

// hasNoConnection reports whether no host answered at all.
func hasNoConnection(problem *fetch.Problem) bool {
	return problem.Kind == fetch.Unreachable || problem.Kind == fetch.TimedOut && isDialError(problem)
}

func isDialError(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// looksOffline reports whether a machine has this problem that is without a network, or
// without what a connection needs. An unknown name or a refused connection is an answer from
// somebody.
func looksOffline(problem *fetch.Problem) bool {
	var dns *net.DNSError
	return fetch.IsExhausted(problem) || errors.As(problem, &dns) && !dns.IsNotFound ||
		errors.Is(problem, syscall.ENETUNREACH) || errors.Is(problem, syscall.EHOSTUNREACH) || problem.Kind == fetch.TimedOut && isDialError(problem)
}

// isDoubtful reports whether the fault is more likely on our side: several hosts in a row
// could not be reached.
func (r *reach) isDoubtful() bool { return len(r.unreachable) >= offlineHosts }

// isDown reports whether there seems to be no network: several hosts in a row, or all that
// there are, could not be reached, and most of them failed as without a network.
func (r *reach) isDown() bool {
	offline := 0
	for _, looks := range r.unreachable {
		if looks {
			offline++
		}
	}
	if r.isDoubtful() {
		return 2*offline > len(r.unreachable)
	}
	return offline > 0 && offline == len(r.unreachable) && r.countOthers(1) == 0
}

// countOthers counts the hosts of sources that are not known to be unreachable, up to most.
func (r *reach) countOthers(most int) int {
	others := map[string]bool{}
	now := time.Now()
	for src := range r.members {
		host := fetch.Domain(src.address(now))
		if _, ok := r.unreachable[host]; !ok {
			others[host] = true
		}
		if len(others) >= most {
			break
		}
	}
	return len(others)
}

// isLost reports whether the problems of unreachable hosts say nothing about their sources.
func (r *reach) isLost() bool { return r.isDoubtful() || r.isDown() }

// Offline reports whether visits fail because this machine has no network, as far as can
// be told.
func (p *Poller) Offline() bool {
	p.init()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.network.public.unreachable)+len(p.network.private.unreachable) == 0 {
		return false
	}
	for range p.network.public.members {
		return p.network.public.isLost()
	}
	return p.network.private.isLost()
}

// rescheduleUnreachable makes the sources due soon that could not be reached for want of a
// network. They were put off before that was known, or the network is back.
func (p *Poller) rescheduleUnreachable(part *reach, now time.Time) {
	from, span := firstProbe*9/10, firstProbe/5
	if !part.isDown() {
		from, span = 0, min(time.Duration(len(p.sources))*startGap, startSpan)
	}
	for _, src := range slices.SortedFunc(part.members, compareID) {
		due := news.Instant(now.Add(from + p.schedule.jitter(span)))
		if !src.noNetwork || src.visiting || !src.state.Due.After(due) || src.state.RetryAfter.After(due) {
			continue
		}
		src.state.Due, src.state.Reason = due, reasonNoNetwork
		p.changed.add(src.ID)
		if p.running {
			p.enqueue(src, now)
		}
	}
}
