package wire_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/wire"
)

// A bit of one replica's files flips while its node is down. JetStream drops what follows in
// the file and says that the replica is current. No node applies past the gap: each has all
// records, or has stopped before the first that is missing.
func TestFlippedBit(t *testing.T) {
	if testing.Short() {
		t.Skip("writes more than a file of the log")
	}
	nodes := newNodes(t, 3)
	startAll(t, nodes)
	nodes[0].file(news.Record{At: noon, Rules: rules()})
	fill(t, nodes[0], 40)
	last := same(t, nodes)
	hurt := nodes[1]
	killed := filepath.Join(t.TempDir(), "wire")
	if err := os.CopyFS(killed, os.DirFS(hurt.settings.Dir)); err != nil { // as kill -9 would leave them
		t.Fatal(err)
	}
	for _, n := range nodes {
		n.stop()
	}
	hurt.settings.Dir = killed
	flipBit(t, oldestBlock(t, hurt))
	for _, n := range nodes[1:] {
		forget(t, n) // so that it reads the whole log again
	}
	startAll(t, nodes)
	for _, n := range nodes {
		n.until("all records are applied, or it has stopped", func() bool {
			return n.shared.Position().Seq >= last && n.shared.State().Last > 0 || n.shared.Fault() != nil
		})
	}
	hurt.until("the node whose replica is damaged says what to do", func() bool {
		err := hurt.shared.Ready()
		return err != nil && strings.Contains(err.Error(), "on "+hurt.settings.Node)
	})
	healthy := 0
	for _, n := range nodes {
		p, err := n.shared.Position(), n.shared.Ready()
		var f *wire.Fault
		switch {
		case p.Seq == last && n.digest(t) == nodes[0].digest(t):
			healthy++
		case !errors.As(err, &f):
			t.Errorf("%s is at %d of %d, and ready says %v; want a fault", n.settings.Node, p.Seq, last, err)
		}
		t.Log(n.settings.Node, "at", p.Seq, "of", last, n.shared.State(), err)
	}
	if healthy == 0 {
		t.Fatal("no node has all records")
	}
	if err := hurt.wire.Refill(t.Context()); err != nil { // as its fault says
		t.Fatal(err)
	}
	hurt.await(last)
	hurt.until("its replica has everything", func() bool {
		s, err := hurt.wire.Log.State(t.Context())
		return err == nil && s.Lag == 0 && s.Missing == 0
	})
	hurt.until("it is ready after the repair", func() bool { return hurt.shared.Ready() == nil })
	if hurt.digest(t) != nodes[0].digest(t) {
		t.Error("the node whose replica was filled again has another state than the others")
	}
}

// fill files large records, so that the log has several files.
func fill(t *testing.T, n *node, count int) {
	t.Helper()
	var g errgroup.Group
	g.SetLimit(8)
	for k := range count {
		g.Go(func() error {
			v := visit(fmt.Sprint("s", k%9), fmt.Sprintf("Copper %d rises again", k))
			v.Entries[0].Body = noise(k, 400<<10)
			n.file(news.Record{At: noon.Add(time.Duration(k) * time.Second), Visit: v})
			return nil
		})
	}
	_ = g.Wait()
}

// noise is text that does not become smaller.
func noise(seed, size int) string {
	b := make([]byte, size)
	x := uint64(seed)*2862933555777941757 + 3037000493
	for i := range b {
		x = x*6364136223846793005 + 1442695040888963407
		b[i] = 'a' + byte(x>>59)%26
	}
	return string(b)
}

// oldestBlock returns the first file of a node's replica, which must not be the last.
func oldestBlock(t *testing.T, n *node) string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(n.settings.Dir, "jetstream", "*", "streams", "WIRE", "msgs", "*.blk"))
	if err != nil || len(all) < 2 {
		t.Fatalf("the replica has the files %v, %v; want two or more", all, err)
	}
	slices.SortFunc(all, func(a, b string) int { return len(a) - len(b) })
	return all[0]
}

// flipBit flips a bit in the middle of a file.
func flipBit(t *testing.T, path string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	fi, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 1)
	if _, err := f.ReadAt(b, fi.Size()/2); err != nil {
		t.Fatal(err)
	}
	b[0] ^= 4
	if _, err := f.WriteAt(b, fi.Size()/2); err != nil {
		t.Fatal(err)
	}
}

// forget deletes a node's database.
func forget(t *testing.T, n *node) {
	t.Helper()
	if err := os.Remove(n.path); err != nil {
		t.Fatal(err)
	}
	_ = os.Remove(n.path + ".checked")
}

func (n *node) digest(t *testing.T) string {
	t.Helper()
	d, err := n.store.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return d
}
