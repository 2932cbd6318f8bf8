package poll

import (
	"errors"
	"net"
	"syscall"
	"time"

	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
)

// offlineHosts is how many hosts out of reach, and none in reach, make it more likely
// that the fault is on our side.
const offlineHosts = 3

// noteReachability notes whether anything can be reached from here. It says whether there is a
// network again, or none any more.
func (p *Poller) noteReachability(v *visit) (turned bool) {
	before := p.unplugged()
	v.src.noNetwork = v.problem != nil && v.problem.Kind == fetch.Unreachable && isNetworkDown(v.problem)
	switch {
	case v.problem == nil:
		clear(p.dark)
	case v.problem.Kind == fetch.Unreachable:
		p.dark[fetch.Domain(v.url)] = v.src.noNetwork
	case v.problem.Kind != fetch.ForbiddenAddress && v.problem.Kind != fetch.BadAddress: // nobody was asked
		clear(p.dark)
	}
	return before != p.unplugged()
}

// isNetworkDown says whether a machine without a network has this problem. That a name does
// not exist, or a connection is refused, somebody told us.
func isNetworkDown(problem *fetch.Problem) bool {
	var dns *net.DNSError
	return errors.As(problem, &dns) && !dns.IsNotFound || errors.Is(problem, syscall.ENETUNREACH)
}

// offline says whether the fault is more likely on our side: so many hosts in a row
// could not be reached, and none could.
func (p *Poller) offline() bool { return len(p.dark) >= offlineHosts }

// Offline says whether what can't be reached is more likely so for want of a network
// here.
func (p *Poller) Offline() bool {
	p.ready()
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.offline() || p.unplugged()
}

// unplugged says whether there seems to be no network: all that was tried since one
// could be reached, or all there is, has a problem of that sort.
func (p *Poller) unplugged() bool {
	for _, without := range p.dark {
		if !without {
			return false
		}
	}
	return p.offline() || len(p.dark) > 0 && p.allDark()
}

func (p *Poller) allDark() bool {
	now := time.Now()
	for _, src := range p.sources {
		if _, ok := p.dark[fetch.Domain(src.address(now))]; !ok && src.visitable() {
			return false
		}
	}
	return true
}

// rescheduleUnreachable has those visited soon that could not be reached for want of a network:
// they were put off before that was known, or it is back.
func (p *Poller) rescheduleUnreachable(now time.Time) {
	from, span := probeFirst*9/10, probeFirst/5
	if !p.unplugged() {
		from, span = 0, min(time.Duration(len(p.sources))*startGap, startSpan)
	}
	for _, src := range p.sources {
		due := news.Instant(now.Add(from + p.jitter(span)))
		if !src.noNetwork || src.visiting || !src.state.Due.After(due) || src.state.RetryAfter.After(due) {
			continue
		}
		src.state.Due, src.state.Reason = due, reasonNoNetwork
		p.dirty[src.ID] = struct{}{}
		if p.running {
			p.enqueue(src, now)
		}
	}
}
