package poll

import (
	"slices"
	"time"
)

// logProblem logs when the problem of a source begins or ends. While hosts can't be
// reached because of the network, one line stands for all of them: see logNetwork. A
// problem that is withheld is logged by the first visit that fails after that.
func (p *Poller) logProblem(v *visit, before string) {
	src := v.src
	switch problem := src.state.Problem; {
	case problem == "" && before != "" && !src.unlogged:
		p.Log.Info("a source can be read again", "source", src.Name)
		fallthrough
	case problem == "":
		src.unlogged = false
	case before != "" && !src.unlogged:
	case p.isWithheld(v):
		src.unlogged = true
	default:
		p.logBegin(src)
	}
}

func (p *Poller) logBegin(src *source) {
	src.unlogged = false
	p.Log.Warn("a source has a problem", "source", src.Name, "problem", src.state.Problem, "next", src.state.Due)
}

// isWithheld reports whether the problem of a visit may be that of the network.
func (p *Poller) isWithheld(v *visit) bool {
	r := v.part()
	switch {
	case v.problem == nil || !hasNoConnection(v.problem):
		return false
	case r.isLost():
		return r.covers(v.src)
	case !v.src.noNetwork && r.countOthers(offlineHosts)+len(r.unreachable) < offlineHosts:
		return false // these hosts are too few to blame the network
	}
	r.withheld = append(r.withheld, v.src)
	return true
}

// covers reports whether the network is to blame for the problem of a source that could
// not be reached. While there is none at all, a refused connection has another cause.
func (r *reach) covers(src *source) bool { return src.noNetwork || !r.isDown() }

// logNetwork logs that the network was lost or is back. Once it is known that the network
// is not to blame for the problems that were withheld, it logs these.
func (p *Poller) logNetwork(v *visit, now time.Time) {
	r := v.part()
	lost := r.isLost()
	switch {
	case lost && r.lostSince.IsZero():
		r.lostSince = now
		p.Log.Warn("sources can't be reached: this machine may have no network", "sources", r.countMembers(), "problem", v.problem.Text)
	case !lost && !r.lostSince.IsZero():
		p.Log.Info("sources can be reached again", "after", now.Sub(r.lostSince).Round(time.Second))
		r.lostSince, r.withheld = time.Time{}, nil
	case !lost && len(r.unreachable) > 0:
		return // not known yet
	}
	for _, src := range r.withheld {
		if src.unlogged && src.state.Problem != "" && !src.removed && !(lost && r.covers(src)) {
			p.logBegin(src)
		}
	}
	r.withheld = slices.Delete(r.withheld, 0, len(r.withheld))
}

func (r *reach) countMembers() (n int) {
	for range r.members {
		n++
	}
	return n
}
