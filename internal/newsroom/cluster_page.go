package newsroom

import (
	"net/http"
	"slices"
	"time"

	"github.com/slugline/slugline/internal/cluster"
)

// voters is how many nodes keep the log of a cluster.
const voters = 3

// clusterPage is the data of cluster.html.
type clusterPage struct {
	wirePage
	State cluster.ClusterState // empty on a node that is alone
	Nodes []nodeOnPage
}

// nodeOnPage is a node as the page shows it.
type nodeOnPage struct {
	cluster.NodeState
	IsOwn   bool // it serves the page
	IsKnown bool // the node that serves the page knows what it does now
}

// behindFrom is from when on a node that has not applied all records is said to be behind. A
// record takes some milliseconds, and nodes tell how far they are every 1.25 s.
const behindFrom = 5 * time.Second

// Condition is the state of the node in a word.
func (n nodeOnPage) Condition() string {
	switch {
	case !n.IsKnown && !n.IsOwn:
		return "unknown"
	case n.Late && !n.IsOwn: // the node of the page runs, whatever it reaches
		return "lost"
	case n.Late || n.Problem != "" || n.Deleted > 0 || n.HasOtherFile():
		return "problem"
	case n.Behind >= behindFrom.Milliseconds():
		return "behind"
	}
	return "ok"
}

// HasOtherFile reports whether the node's feeds.yaml is not the one that is in force.
func (n nodeOnPage) HasOtherFile() bool { return n.File != "" && n.Mark != "" && n.File != n.Mark }

// BehindSeconds is how far the node is behind the log, in whole seconds.
func (n nodeOnPage) BehindSeconds() int { return int(n.Behind / 1000) }

// Share is the node's part of the sources, in thousandths.
func (n nodeOnPage) Share() int { return thousandths(len(n.Partitions)) }

func thousandths(partitions int) int { return partitions * 1000 / cluster.Partitions }

// clockInStep is how far a clock may be off without being shown: tellings take some time.
const clockInStep = 100 * time.Millisecond

// ClockIs says what the node's clock is, compared with that of the node that serves the page:
// fast, slow or in step. It is empty for that node itself.
func (n nodeOnPage) ClockIs() string {
	switch off := time.Duration(n.ClockMS) * time.Millisecond; {
	case n.IsOwn || n.Late:
		return ""
	case off >= clockInStep:
		return "fast"
	case off <= -clockInStep:
		return "slow"
	}
	return "in step"
}

// ClockOff is how far the clock is off, in milliseconds.
func (n nodeOnPage) ClockOff() int { return int(max(n.ClockMS, -n.ClockMS)) }

// ClockSeconds is the same in seconds, 0 below 10 seconds.
func (n nodeOnPage) ClockSeconds() int {
	if s := n.ClockOff() / 1000; s >= 10 {
		return s
	}
	return 0
}

// Parts is into how many parts the sources are divided.
func (p *clusterPage) Parts() int { return cluster.Partitions }

// Alone reports whether this node is the only one.
func (p *clusterPage) Alone() bool { return !p.Clustered }

// Voters is how many nodes that keep the log are running.
func (p *clusterPage) Voters() (n int) {
	for i := range p.Nodes {
		if p.Nodes[i].Roles && !p.Nodes[i].Late {
			n++
		}
	}
	return n
}

// LacksVoter reports whether one of the three voters is missing, so that the loss of another
// stops intake.
func (p *clusterPage) LacksVoter() bool {
	return p.State.Session && !p.State.Outside && p.Voters() == voters-1
}

// UnownedShare is the part of the sources that nobody visits, in thousandths.
func (p *clusterPage) UnownedShare() int {
	if !p.State.Session { // it does not know
		return 0
	}
	return thousandths(p.State.Unowned)
}

// IsWell reports whether there is nothing to do.
func (p *clusterPage) IsWell() bool {
	return p.State.Session && (p.State.Outside || p.Voters() == voters) && p.State.Unowned == 0 &&
		!slices.ContainsFunc(p.Nodes, func(n nodeOnPage) bool { return n.Condition() != "ok" })
}

// Second formats a time to the second.
func (p *clusterPage) Second(t time.Time) string { return p.loc().ClockSecond(t.In(p.Zone)) }

// cluster answers GET /cluster.
func (pg pages) cluster(w http.ResponseWriter, r *http.Request) error {
	p := &clusterPage{wirePage: pg.newPage()}
	if err := pg.Store.ViewContext(r.Context(), p.readSite); err != nil {
		return err
	}
	if pg.Cluster != nil {
		p.State = pg.Cluster()
	}
	for _, n := range p.State.Nodes {
		p.Nodes = append(p.Nodes, nodeOnPage{n, n.Name == p.State.Node, p.State.Session})
	}
	return pg.show(w, "cluster.html", p)
}
