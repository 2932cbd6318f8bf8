package wire

import (
	"context"
	"fmt"
	"sync"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// tables are what nodes share, once this one reaches it.
type tables struct {
	js      jetstream.JetStream
	leaders nats.JetStreamContext // asks the replicas that lead, where js asks the nearest one
	stream  jetstream.Stream
	buckets map[string]jetstream.KeyValue // by name
}

// door is where those who need the tables wait until they are there.
type door struct {
	mu      sync.Mutex // guards the fields below
	tables  *tables    // nil: they are not there
	changed chan struct{}
}

// open lets those who wait pass; nil makes those who come wait.
func (d *door) open(t *tables) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.tables = t
	close(d.changed)
	d.changed = make(chan struct{})
}

// look returns the tables, nil if they are not there, and what is closed when that changes.
func (d *door) look() (*tables, <-chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.tables, d.changed
}

// wait returns the tables once they are there, or an error when ctx ends before.
func (d *door) wait(ctx context.Context) (*tables, error) {
	for {
		t, changed := d.look()
		if t != nil {
			return t, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, fmt.Errorf("the log of the cluster is not reached yet: %w", ctx.Err())
		}
	}
}
