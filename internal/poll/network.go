package poll

import (
	"errors"
	"net"
	"syscall"
	"time"

	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
)

// offlineHosts is how many hosts in a row must be unreachable before the fault is more
// likely on our side.
const offlineHosts = 3

// network remembers which hosts could not be reached since the last one that could.
// Poller.mu guards it.
type network struct {
	sources     map[string]*source // the Poller's
	unreachable map[string]bool    // by host; true: failed as on a machine without a network
}

// note remembers the result of a visit. It reports whether the network went down or came
// back with it.
func (n *network) note(v *visit) (turned bool) {
	before := n.isDown()
	v.src.noNetwork = v.problem != nil && v.problem.Kind == fetch.Unreachable && looksOffline(v.problem)
	switch {
	case v.problem == nil:
		clear(n.unreachable)
	case v.problem.Kind == fetch.Unreachable:
		if n.unreachable == nil {
			n.unreachable = map[string]bool{}
		}
		n.unreachable[fetch.Domain(v.url)] = v.src.noNetwork
	case v.problem.Kind != fetch.ForbiddenAddress && v.problem.Kind != fetch.BadAddress: // with these no request was made
		clear(n.unreachable)
	}
	return before != n.isDown()
}

// looksOffline reports whether a machine without a network has this problem. An unknown
// name or a refused connection is an answer from somebody.
func looksOffline(problem *fetch.Problem) bool {
	var dns *net.DNSError
	return errors.As(problem, &dns) && !dns.IsNotFound || errors.Is(problem, syscall.ENETUNREACH)
}

// isDoubtful reports whether the fault is more likely on our side: several hosts in a row
// could not be reached.
func (n *network) isDoubtful() bool { return len(n.unreachable) >= offlineHosts }

// isDown reports whether there seems to be no network: several hosts in a row, or all that
// there are, could not be reached, and each failed as without a network.
func (n *network) isDown() bool {
	for _, offline := range n.unreachable {
		if !offline {
			return false
		}
	}
	return n.isDoubtful() || len(n.unreachable) > 0 && n.allUnreachable()
}

func (n *network) allUnreachable() bool {
	now := time.Now()
	for _, src := range n.sources {
		if _, ok := n.unreachable[fetch.Domain(src.address(now))]; !ok && src.visitable() {
			return false
		}
	}
	return true
}

// Offline reports whether visits fail because this machine has no network, as far as can
// be told.
func (p *Poller) Offline() bool {
	p.init()
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.network.isDoubtful() || p.network.isDown()
}

// rescheduleUnreachable makes the sources due soon that could not be reached for want of a
// network. They were put off before that was known, or the network is back.
func (p *Poller) rescheduleUnreachable(now time.Time) {
	from, span := firstProbe*9/10, firstProbe/5
	if !p.network.isDown() {
		from, span = 0, min(time.Duration(len(p.sources))*startGap, startSpan)
	}
	for _, src := range p.sources {
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
