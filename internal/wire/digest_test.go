package wire_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/bubble"
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
	bubble.Test(t, func(t *testing.T) {
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

// digestNodes returns two nodes that make digests. What prepare does is done to the first.
func digestNodes(t *testing.T, prepare func(*wire.Journal)) (first, second *simNode) {
	log, table := newSimLog(), &simTable{changed: make(chan struct{})}
	var nodes []*simNode
	for i, name := range []string{"n1", "n2"} {
		n := newSimNode(t, log, name, uint64(i))
		n.stop()
		n.digests = table
		if i == 0 {
			n.prepare = prepare
		}
		n.start()
		nodes = append(nodes, n)
	}
	if _, err := nodes[0].file(t.Context(), news.Record{At: time.Now(), Rules: rules()}); err != nil {
		t.Fatal(err)
	}
	return nodes[0], nodes[1]
}

// Records are applied while a node makes a digest, and it is that of the state before them.
func TestDigestWhileRecordsAreApplied(t *testing.T) {
	wire.WarmUp()
	bubble.Test(t, func(t *testing.T) {
		begun, goOn := make(chan uint64), make(chan struct{})
		busy, quiet := digestNodes(t, func(j *wire.Journal) {
			j.OnDigest(func(seq uint64) { begun <- seq; <-goOn }, nil)
		})
		defer busy.stop()
		defer quiet.stop()
		seq, err := busy.shared.AskDigests(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got := <-begun; got != seq {
			t.Fatalf("a digest after message %d has begun, want %d", got, seq)
		}
		time.Sleep(time.Minute)
		want := quiet.digest()
		fileSweeps(t, quiet, 40)
		time.Sleep(time.Minute)
		if got := busy.shared.Position().Seq; got != seq+40 {
			t.Errorf("while the digest is made, %d messages are applied, want %d", got, seq+40)
		}
		if quiet.digest() == want || busy.digest() != quiet.digest() {
			t.Error("the records have not changed the state of both nodes alike")
		}
		close(goOn)
		time.Sleep(time.Minute)
		for _, n := range []*simNode{busy, quiet} {
			for node, d := range n.shared.LastDigests() {
				if d.Seq != seq || d.Digest != want {
					t.Errorf("%s has from %s the digest %s after message %d, want %s after %d", n.name, node, d.Digest, d.Seq, want, seq)
				}
			}
			if got := len(n.shared.LastDigests()); got != 2 {
				t.Errorf("%s has %d digests, want 2", n.name, got)
			}
		}
	})
}

// Records wait for a digest beside which the file has grown too much.
func TestDigestBeforeTheFileGrows(t *testing.T) {
	wire.WarmUp()
	bubble.Test(t, func(t *testing.T) {
		begun, goOn := make(chan uint64), make(chan struct{})
		busy, other := digestNodes(t, func(j *wire.Journal) {
			records := 3
			j.OnDigest(func(seq uint64) { begun <- seq; <-goOn }, func(int64) bool { records--; return records >= 0 })
		})
		defer busy.stop()
		defer other.stop()
		seq, err := busy.shared.AskDigests(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		<-begun
		fileSweeps(t, other, 10)
		time.Sleep(time.Minute)
		if got := busy.shared.Position().Seq; got != seq+3 {
			t.Errorf("while the digest is made, %d messages are applied, want %d", got, seq+3)
		}
		close(goOn)
		time.Sleep(time.Minute)
		if got := busy.shared.Position().Seq; got != seq+10 {
			t.Errorf("after the digest %d messages are applied, want %d", got, seq+10)
		}
	})
}
