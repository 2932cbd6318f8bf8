package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/slugline/slugline/internal/origin"
)

// TestMain lets tests start slugline, the source feeds of the demo's scenario, and the second
// node of the simulation, as processes.
func TestMain(m *testing.M) {
	testscript.Main(m, programs)
}

// programs are what tests start.
var programs = map[string]func(){"slugline": main, "scenario": scenarioMain, "follower": followerMain}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/script"})
}

// scenarioMain serves the demo's scenario: scenario ADDRESS START SPEED, with START as in
// RFC 3339.
func scenarioMain() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := serveScenario(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serveScenario(ctx context.Context, args []string) error {
	var speed float64
	if _, err := fmt.Sscan(args[2], &speed); err != nil {
		return err
	}
	start, err := time.Parse(time.RFC3339, args[1])
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", args[0])
	if err != nil {
		return err
	}
	return origin.Serve(ctx, l, &origin.Scenario{Start: start, Seed: 1, Speed: speed, Now: time.Now})
}
