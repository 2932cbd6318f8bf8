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
)

type demoCommand struct {
	Listen string `default:"127.0.0.1:8080" help:"Where the pages and feeds are (${default})."`
	Desk   string `default:"127.0.0.1:8081" help:"Where the newsroom is (${default})."`
	Seed   uint64 `default:"1" help:"Another seed tells another morning (${default})."`
}

// Run serves the morning on a port of its own and runs the daemon over it. All that
// is written goes into a temporary folder, which is removed at the end.
func (c demoCommand) Run(s *shell) error {
	dir, err := os.MkdirTemp("", "slugline-demo-")
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
		served <- origin.Serve(ctx, l, &origin.Scenario{Start: time.Now(), Seed: c.Seed, Now: time.Now})
	}()
	fmt.Fprintf(s.out, "An invented morning, told by feeds at http://%s; nothing in it is true.\n", l.Addr())
	h := daemon{path: path, env: func(string) (string, bool) { return "", false }, stdout: s.out, log: s.log}
	err = h.run(s.ctx)
	stop()
	return errors.Join(err, <-served)
}
