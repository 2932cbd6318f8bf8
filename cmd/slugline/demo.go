package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/slugline/slugline/internal/origin"
	"github.com/slugline/slugline/internal/tempfile"
)

type demoCommand struct {
	Listen string `default:"127.0.0.1:8080" help:"The address of the pages and feeds (${default})."`
	Desk   string `default:"127.0.0.1:8081" help:"The address of the desk (${default})."`
	Seed   uint64 `default:"1" help:"Another seed gives the news to other outlets at other times (${default})."`
}

// Run serves the scenario's feeds on a port of its own and runs the daemon with them. All
// files are in a temporary folder, which is removed at the end.
func (c demoCommand) Run(s *shell) error {
	dir, err := tempfile.CreateFolder("", "demo")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	path := filepath.Join(dir, "feeds.yaml")
	file := fmt.Sprintf("listen: %s\ndesk: %s\n%s", c.Listen, c.Desk, origin.Config("http://"+l.Addr().String(), dir))
	if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
		return errors.Join(err, l.Close())
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(s.ctx))
	served := make(chan error, 1)
	go func() {
		served <- origin.Serve(ctx, &steadyListener{Listener: l, log: s.log}, &origin.Scenario{Start: time.Now(), Seed: c.Seed, Now: time.Now})
	}()
	fmt.Fprintf(s.out, "All news in this demo is invented. Its source feeds are at http://%s/.\n%s\n", l.Addr(), origin.Planned())
	d := daemon{path: path, env: func(string) (string, bool) { return "", false }, stdout: s.out, log: s.log}
	err = s.untilStopped(d.run)
	stop()
	return errors.Join(err, <-served)
}
