package wire_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/wire"
)

// simTable is a bucket in memory.
type simTable struct {
	mu      sync.Mutex // guards the fields below
	keys    []string
	values  []string
	changed chan struct{} // closed at the next Put
}

func (b *simTable) Put(_ context.Context, key string, value []byte) (uint64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.keys, b.values = append(b.keys, key), append(b.values, string(value))
	close(b.changed)
	b.changed = make(chan struct{})
	return uint64(len(b.keys)), nil
}

func (b *simTable) Watch(ctx context.Context, prefix string, fn func(string, []byte, uint64) error) error {
	for i := 0; ; {
		b.mu.Lock()
		keys, values, changed := b.keys[i:], b.values[i:], b.changed
		b.mu.Unlock()
		for k := range keys {
			if i++; strings.HasPrefix(keys[k], prefix) {
				if err := fn(keys[k], []byte(values[k]), uint64(i)); err != nil {
					return err
				}
			}
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// After a sweep of the night, the node whose state differs from that of the others stops.
func TestDigests(t *testing.T) {
	wire.WarmUp()
	synctest.Test(t, func(t *testing.T) {
		log, table := newSimLog(), &simTable{changed: make(chan struct{})}
		var nodes []*simNode
		for i, name := range []string{"n1", "n2", "n3"} {
			n := newSimNode(t, log, name, uint64(i))
			n.stop()
			n.digests = table
			n.start()
			defer func() { n.stop() }()
			nodes = append(nodes, n)
		}
		night := time.Date(2000, 1, 1, 3, 30, 0, 0, time.UTC)
		time.Sleep(time.Until(night.Add(-time.Hour)))
		if _, err := nodes[0].file(t.Context(), news.Record{At: time.Now(), Rules: rules()}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		harm(t, nodes[1])
		for _, want := range []bool{false, true} { // by day no digest is made
			fileSweeps(t, nodes[0], 1)
			time.Sleep(time.Minute)
			for i, n := range nodes {
				var f *wire.Fault
				if stopped := errors.As(n.shared.Fault(), &f) && f.Check == wire.Digest; stopped != (want && i == 1) {
					t.Errorf("%s at %v: %v; want a fault: %v", n.name, time.Now(), n.shared.Fault(), want && i == 1)
				}
			}
			time.Sleep(time.Until(night))
		}
		fileSweeps(t, nodes[0], 1)
		time.Sleep(time.Minute)
		if got, want := nodes[1].shared.Position().Seq, nodes[0].shared.Position().Seq; got != want-1 {
			t.Errorf("the node that differs has applied %d of %d messages, want one less", got, want)
		}
	})
}

// harm changes the shared half of a node.
func harm(t *testing.T, n *simNode) {
	t.Helper()
	if err := n.store.Update(func(tx *store.Tx) error {
		return tx.Adopted.PutStory(&news.AdoptedStory{ID: "0000000000001", Until: time.Now().AddDate(9, 0, 0)})
	}); err != nil {
		t.Fatal(err)
	}
}
