package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/slugline/slugline/internal/origin"
	"github.com/slugline/slugline/internal/tempfile"
)

type demoCommand struct {
	Listen  string        `default:"127.0.0.1:8080" help:"The address of the pages and feeds (${default})."`
	Desk    string        `default:"127.0.0.1:8081" help:"The address of the desk (${default})."`
	Seed    uint64        `default:"1" help:"Another seed gives the news to other outlets at other times (${default})."`
	Nodes   int           `default:"1" placeholder:"N" help:"1, or 3: a cluster of three nodes on this machine, each two ports above the one before (${default})."`
	Restart time.Duration `default:"30s" hidden:"" help:"When a node that has ended is started again."`
}

// Run serves the scenario's feeds on a port of its own and runs the daemon with them, or three
// daemons as a cluster. All files are in a temporary folder, which is removed at the end.
func (c demoCommand) Run(s *shell) error {
	if c.Nodes != 1 && c.Nodes != len(demoNodeNames) {
		return usageError{fmt.Errorf("demo: --nodes is 1 or 3, not %d: the log of a cluster is kept by exactly three nodes", c.Nodes)}
	}
	dir, err := tempfile.CreateFolder("", "demo")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	ctx, stop := context.WithCancel(context.WithoutCancel(s.ctx))
	defer stop()
	hosts := 1
	if c.Nodes > 1 {
		hosts = demoHosts
	}
	bases, served, err := c.serveScenario(ctx, s, hosts)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "All news in this demo is invented. Its source feeds are at %s/.\n%s\n", bases[0], origin.Planned())
	if c.Nodes == 1 {
		err = c.runAlone(s, dir, bases)
	} else {
		err = c.runCluster(s, dir, bases)
	}
	stop()
	return errors.Join(err, served())
}

// serveScenario serves the scenario's feeds on several ports until ctx ends, which are as
// many hosts to Slugline. It returns their addresses, and a function that waits for the end.
func (c demoCommand) serveScenario(ctx context.Context, s *shell, ports int) (bases []string, served func() error, err error) {
	scenario := &origin.Scenario{Start: time.Now(), Seed: c.Seed, Now: time.Now}
	var g errgroup.Group
	for range ports {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, nil, err
		}
		bases = append(bases, "http://"+l.Addr().String())
		g.Go(func() error { return origin.Serve(ctx, &steadyListener{Listener: l, log: s.log}, scenario) })
	}
	return bases, g.Wait, nil
}

// runAlone runs the daemon in this process.
func (c demoCommand) runAlone(s *shell, dir string, bases []string) error {
	path := filepath.Join(dir, "feeds.yaml")
	file := fmt.Sprintf("listen: %s\ndesk: %s\n%s", c.Listen, c.Desk, origin.Config(dir, bases...))
	if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
		return err
	}
	d := daemon{path: path, env: func(string) (string, bool) { return "", false }, stdout: s.out, log: s.log}
	return s.untilStopped(d.run)
}
