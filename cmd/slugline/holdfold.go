package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/cluster"
	"github.com/slugline/slugline/internal/story"
)

// holdFold returns why rules must not raise the version of the fold: a node that lives does
// not know it, or this node does not know yet who lives.
func (m *member) holdFold() error {
	s := m.node.Status()
	if began := m.began.Load(); !s.Session || began == nil || time.Since(*began) < cluster.TTL {
		return errors.New("this node does not know yet which other nodes there are")
	}
	return outdated(s.Nodes)
}

// outdated names the nodes that do not know the fold of this binary.
func outdated(nodes []cluster.NodeState) error {
	var names []string
	for i := range nodes {
		if n := &nodes[i]; !n.Late && !n.Gone && !slices.Contains(n.Folds, story.Version) {
			names = append(names, n.Name)
		}
	}
	if names == nil {
		return nil
	}
	return fmt.Errorf("upgrade Slugline on %s, which can't apply them (fold %d)", strings.Join(names, " and "), story.Version)
}
