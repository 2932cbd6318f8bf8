package cluster

import (
	"slices"
	"strings"
	"time"
)

// ClusterState is the state of the cluster as one node sees it.
type ClusterState struct {
	Node    string      `json:"node"`              // whose view it is
	Session bool        `json:"session"`           // its session holds: it reaches the bucket
	Problem string      `json:"problem,omitempty"` // why it takes nothing
	Nodes   []NodeState `json:"nodes"`             // by name
	Unowned int         `json:"unowned"`           // partitions that nobody owns
	Outside bool        `json:"outside,omitempty"` // NATS servers that no node runs keep the log
}

// NodeState is the state of one node.
type NodeState struct {
	Name   string    `json:"name"`
	Seen   time.Time `json:"seen"`   // when its session was last told, by the wall clock of ClusterState.Node
	Late   bool      `json:"late"`   // that was too long ago: it is lost, or this node does not reach the bucket
	Gone   bool      `json:"gone"`   // it has no session any more: it stopped, or is lost
	Visits bool      `json:"visits"` // it takes partitions
	Roles  bool      `json:"roles"`  // it takes roles

	Partitions []int    `json:"partitions"`
	Holds      []string `json:"holds"`    // roles
	ClockMS    int64    `json:"clock_ms"` // how far its clock is ahead of ClusterState.Node's, about
	Announcement
}

// Status returns the state of all nodes that have a session, or had one in the last 24 hours.
func (n *Node) Status() ClusterState {
	n.init()
	n.mu.Lock()
	defer n.mu.Unlock()
	now, wall := time.Now(), n.Wall()
	s := ClusterState{Node: n.Name, Session: n.session.holds(now, wall), Problem: n.problem, Nodes: []NodeState{}}
	owned := map[string][]Claim{} // by session
	for c := range claims {
		o := n.view.owners[c]
		owned[o.Session] = append(owned[o.Session], c)
	}
	for name, p := range n.view.peers {
		s.Nodes = append(s.Nodes, n.nodeStatus(name, p, owned[p.Session], now, wall))
	}
	for name, p := range n.view.gone {
		node := n.nodeStatus(name, p, nil, now, wall)
		node.Late, node.Gone = true, true
		s.Nodes = append(s.Nodes, node)
	}
	slices.SortFunc(s.Nodes, func(a, b NodeState) int { return strings.Compare(a.Name, b.Name) })
	s.Unowned = Partitions
	for _, node := range s.Nodes {
		if !node.Late {
			s.Unowned -= len(node.Partitions)
		}
	}
	return s
}

func (n *Node) nodeStatus(name string, p *peer, owned []Claim, now, wall time.Time) NodeState {
	st := NodeState{
		Name: name, Seen: wall.Add(-now.Sub(p.at)).Round(0), Late: now.Sub(p.at) >= TTL,
		Visits: p.Visits, Roles: p.Roles, Partitions: []int{}, Holds: []string{}, Announcement: p.Announcement,
	}
	for _, c := range owned {
		if c.IsRole() {
			st.Holds = append(st.Holds, c.String())
		} else {
			st.Partitions = append(st.Partitions, int(c))
		}
	}
	if name != n.Name && len(p.samples) > 0 {
		last := p.samples[len(p.samples)-1]
		st.ClockMS = (n.view.delayAt(last.told) - last.offset(now, wall)).Milliseconds()
	}
	return st
}
