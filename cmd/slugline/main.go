// Command slugline visits source feeds, folds the entries that tell the same news
// into one story, and republishes one merged feed for each topic.
//
// run builds everything and waits for it; it reads no global state but the
// environment that feeds.yaml names. What a command prints on its standard output
// is for the reader or a script, never mixed with logs.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // site.zone, on machines that know no zones
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(tell(os.Stderr, err))
}
