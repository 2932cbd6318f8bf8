package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/cluster"
)

type clusterStatusCommand struct{}

// Run lists the nodes. A node with a problem is no failure.
func (clusterStatusCommand) Run(s *shell) error {
	conf, err := s.findConfig()
	if err != nil {
		return err
	}
	if conf.Cluster == nil {
		return usageError{errors.New("cluster status: feeds.yaml has no `cluster:`: this node is alone")}
	}
	d, err := connect(s.ctx, conf)
	if err != nil {
		return fmt.Errorf("cluster status: %w", err)
	}
	var state cluster.ClusterState
	if err := d.get("/api/cluster", nil, &state); err != nil {
		return err
	}
	if s.json {
		return s.printJSON(state)
	}
	return printCluster(s, &state)
}

func printCluster(s *shell, state *cluster.ClusterState) error {
	t := s.table()
	fmt.Fprintln(t, "NODE\tRECORD\tCHAIN\tBEHIND\tSOURCES\tROLES\tCLOCK\tSEEN\tPROBLEM")
	now, differ := time.Now(), false
	for i := range state.Nodes {
		n := &state.Nodes[i]
		problem := n.Problem
		if n.Late {
			problem = "not heard of since then"
		}
		if n.File != n.Mark && n.File != "" {
			problem = strings.TrimPrefix(problem+"; its feeds.yaml differs from the rules in force", "; ")
			if n.Differs != "" {
				problem += " (" + n.Differs + ")"
			}
			differ = true
		}
		if n.Deleted > 0 {
			problem = strings.TrimPrefix(fmt.Sprintf("%s; its replica of the log lacks %d records", problem, n.Deleted), "; ")
		}
		fmt.Fprintf(t, "%s\t%d\t%.8s\t%s\t%s\t%s\t%+.1f s\t%s ago\t%s\n", n.Name, n.Seq, n.Chain, time.Duration(n.Behind)*time.Millisecond,
			share(len(n.Partitions)), orDash(strings.Join(n.Holds, ", ")), float64(n.ClockMS)/1000, now.Sub(n.Seen).Round(time.Second), orDash(problem))
	}
	if err := t.Flush(); err != nil {
		return nil // of the output, which remembers it
	}
	if differ {
		s.printf("\nOf a node whose feeds.yaml differs: %s.\n", sayDiffers)
	}
	switch {
	case !state.Session && state.Outside && state.Problem != "":
		s.printf("\n%s does not keep its session, and what others do now is not known here: %s\n", state.Node, state.Problem)
	case !state.Session:
		s.printf("\n%s does not reach most of the nodes: what others do now is not known here.\n", state.Node)
	case state.Unowned > 0:
		s.printf("\nNobody visits %s of the sources at the moment.\n", share(state.Unowned))
	}
	return nil
}

// share is a number of partitions as a part of all sources.
func share(partitions int) string {
	return fmt.Sprintf("%d/%d", partitions, cluster.Partitions)
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
