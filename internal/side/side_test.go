package side_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/loopback"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/side"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/wire"
)

// table is the table of a real server, which can be cut off.
type table struct {
	*wire.Bucket
	mu  sync.Mutex
	cut bool // writes fail before they are sent
	mum bool // the answers to writes are lost
}

func (t *table) set(cut, mum bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.cut, t.mum = cut, mum
}

var errCut = errors.New("cut off")

// do makes a write as the table allows.
func (t *table) do(write func() (uint64, bool, error)) (uint64, bool, error) {
	t.mu.Lock()
	cut, mum := t.cut, t.mum
	t.mu.Unlock()
	if cut {
		return 0, false, errCut
	}
	revision, ok, err := write()
	if mum {
		return 0, false, errCut
	}
	return revision, ok, err
}

func (t *table) Create(ctx context.Context, key string, value []byte) (uint64, bool, error) {
	return t.do(func() (uint64, bool, error) { return t.Bucket.Create(ctx, key, value) })
}

func (t *table) Update(ctx context.Context, key string, value []byte, revision uint64) (uint64, bool, error) {
	return t.do(func() (uint64, bool, error) { return t.Bucket.Update(ctx, key, value, revision) })
}

func (t *table) Purge(ctx context.Context, key string, revision uint64) (uint64, bool, error) {
	return t.do(func() (uint64, bool, error) { return t.Bucket.Purge(ctx, key, revision) })
}

// node is a store and its mirror.
type node struct {
	t      *testing.T
	name   string
	dir    string
	store  *store.Store
	table  *table
	mirror *side.Mirror
	stop   func()
}

// newServer starts one server and returns its bucket SIDE.
func newServer(t *testing.T) *wire.Bucket {
	t.Helper()
	buckets, _ := newServers(t, 1)
	return buckets[0]
}

// newServers starts servers that share the bucket SIDE. It returns how each sees it, and the
// folder of their files.
func newServers(t *testing.T, n int) (buckets []*wire.Bucket, dir string) {
	t.Helper()
	var peers []string
	for range n {
		peers = append(peers, loopback.Address(t))
	}
	return startServers(t, peers)
}

// awaits is how long a test waits for what servers do.
const awaits = 3 * time.Minute

func startServers(t *testing.T, peers []string) (buckets []*wire.Bucket, dir string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), awaits)
	defer cancel()
	dir = t.TempDir()
	all, failed := make([]*wire.Wire, len(peers)), make([]error, len(peers))
	var work sync.WaitGroup
	for i, peer := range peers {
		name := fmt.Sprintf("n%d", i+1)
		work.Go(func() {
			all[i], failed[i] = wire.Open(ctx, wire.Settings{Name: "press", Node: name, Peers: peers, Listen: peer, Dir: filepath.Join(dir, name)}, nil)
		})
	}
	work.Wait()
	for _, w := range all {
		if w != nil {
			t.Cleanup(w.Close)
			buckets = append(buckets, w.Side)
		}
	}
	if err := errors.Join(failed...); err != nil {
		t.Fatal(err)
	}
	return buckets, dir
}

// newNodes starts n1 and so on, which exchange rows.
func newNodes(t *testing.T, b *wire.Bucket, n int) (all []*node) {
	for i := range n {
		x := &node{t: t, name: fmt.Sprintf("n%d", i+1), dir: t.TempDir(), table: &table{Bucket: b}}
		x.start()
		all = append(all, x)
	}
	return all
}

func (n *node) start() {
	n.t.Helper()
	var err error
	if n.store, err = store.Open(filepath.Join(n.dir, "x.db"), store.Options{Created: time.Now()}); err != nil {
		n.t.Fatal(err)
	}
	n.mirror = &side.Mirror{Store: n.store, Table: n.table, Node: n.name}
	n.store.ShareLocal(n.mirror.Changed)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- n.mirror.Run(ctx) }()
	n.stop = func() {
		n.stop = func() {}
		cancel()
		if err := errors.Join(<-ended, n.store.Close()); err != nil {
			n.t.Error(err)
		}
	}
	n.t.Cleanup(func() { n.stop() })
}

func (n *node) update(fn func(*store.Tx) error) {
	n.t.Helper()
	if err := n.store.Update(fn); err != nil {
		n.t.Fatalf("%s: %v", n.name, err)
	}
}

// settle waits until the others can read all that the node wrote.
func (n *node) settle() {
	n.t.Helper()
	n.within(n.mirror.Settle)
}

// catchUp waits until the node has all that the others have written.
func (n *node) catchUp() {
	n.t.Helper()
	n.within(n.mirror.CatchUp)
}

func (n *node) within(wait func(context.Context) error) {
	n.t.Helper()
	ctx, cancel := context.WithTimeout(n.t.Context(), awaits)
	defer cancel()
	if err := wait(ctx); err != nil {
		n.t.Fatalf("%s: %v", n.name, err)
	}
}

// rows returns the rows that nodes exchange, as text.
func (n *node) rows() string {
	n.t.Helper()
	var all []string
	err := n.store.View(func(tx *store.Tx) error {
		return tx.Side.All(func(r *store.SideRow) error {
			row, err := tx.Side.Get(r.Bucket, r.Key)
			if err == nil && row.Value != nil {
				all = append(all, fmt.Sprintf("%s %q %s", row.Bucket, row.Key, row.Value))
			}
			return err
		})
	})
	if err != nil {
		n.t.Fatal(err)
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}

// converge waits until all nodes have written and heard everything, and checks that they have
// the same rows.
func converge(t *testing.T, nodes ...*node) string {
	t.Helper()
	for range 2 { // what is merged is written again
		for _, n := range nodes {
			n.settle()
		}
		for _, n := range nodes {
			n.catchUp()
		}
	}
	for _, n := range nodes[1:] {
		if a, b := nodes[0].rows(), n.rows(); a != b {
			t.Errorf("%s has\n%s\nand %s\n%s", nodes[0].name, a, n.name, b)
		}
	}
	return nodes[0].rows()
}

func token(name string) *news.Token { return &news.Token{Name: name, Hash: "hash of " + name} }

// Three stores have the same rows, whichever wrote and deleted them, and each its own schedules.
func TestStoresConverge(t *testing.T) {
	b := newServer(t)
	nodes := newNodes(t, b, 3)
	for i, n := range nodes {
		for k := range 40 {
			n.update(func(tx *store.Tx) error {
				name := fmt.Sprintf("%d-%d", i, k)
				return errors.Join(tx.Tokens.Put(token(name)), tx.Visits.Put(news.VisitState{Source: name}),
					tx.Subscriptions.Put(&news.Subscription{Feed: "world.atom", Callback: "https://a.example/" + name}),
					tx.ReadStates.Put(&news.ReadState{Token: name, ReadUpTo: uint64(k)}))
			})
		}
	}
	if got := converge(t, nodes...); strings.Count(got, "\n") != 3*3*40-1 {
		t.Errorf("%d rows, want 360", strings.Count(got, "\n")+1)
	}
	nodes[1].update(func(tx *store.Tx) error { return errors.Join(tx.Tokens.Delete("0-7"), tx.Tokens.Put(token("late"))) })
	got := converge(t, nodes...)
	if strings.Contains(got, `"hash of 0-7"`) || !strings.Contains(got, `"hash of late"`) {
		t.Errorf("after a deletion and a new row:\n%s", got)
	}
	for i, n := range nodes {
		_ = n.store.View(func(tx *store.Tx) error {
			if all, err := tx.Visits.All(); len(all) != 40 || err != nil {
				t.Errorf("n%d has the schedules of %d sources, %v", i+1, len(all), err)
			}
			return nil
		})
	}
}

// A node that was away gets what it missed, deletions included, and gives what it did meanwhile.
// What it had before it was one of several is kept.
func TestNodeThatWasAway(t *testing.T) {
	b := newServer(t)
	nodes := newNodes(t, b, 2)
	nodes[0].update(func(tx *store.Tx) error {
		return errors.Join(tx.Tokens.Put(token("kept")), tx.Tokens.Put(token("revoked")))
	})
	converge(t, nodes...)
	nodes[1].stop()
	nodes[0].update(func(tx *store.Tx) error { return errors.Join(tx.Tokens.Delete("revoked"), tx.Tokens.Put(token("new"))) })
	nodes[0].settle()
	nodes[1].start()
	nodes[1].update(func(tx *store.Tx) error { return tx.Tokens.Put(token("mine")) })
	got := converge(t, nodes...)
	for name, want := range map[string]bool{"kept": true, "revoked": false, "new": true, "mine": true} {
		if strings.Contains(got, `"hash of `+name) != want {
			t.Errorf("%s: want %v in\n%s", name, want, got)
		}
	}
	alone := &node{t: t, name: "n3", dir: t.TempDir(), table: &table{Bucket: b}}
	st, err := store.Open(filepath.Join(alone.dir, "x.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(st.Update(func(tx *store.Tx) error {
		return errors.Join(tx.Tokens.Put(token("before")), tx.Tokens.Put(&news.Token{Name: "kept", Hash: "another"}))
	}), st.Close()); err != nil {
		t.Fatal(err)
	}
	alone.start()
	got = converge(t, append(nodes, alone)...)
	if !strings.Contains(got, "hash of before") || strings.Contains(got, "another") {
		t.Errorf("with a node that was alone:\n%s", got)
	}
}

// A kill after a row was written and before that was noted repeats the write, which changes
// nothing for others.
func TestAnswerLost(t *testing.T) {
	b := newServer(t)
	nodes := newNodes(t, b, 2)
	converge(t, nodes...)
	nodes[0].table.set(false, true)
	nodes[0].update(func(tx *store.Tx) error { return tx.Tokens.Put(token("anna")) })
	for !strings.Contains(nodes[1].rows(), "anna") { // it was written
		nodes[1].catchUp()
	}
	nodes[0].stop()
	nodes[0].table.set(false, false)
	nodes[0].start()
	nodes[0].update(func(tx *store.Tx) error { return tx.Tokens.Put(&news.Token{Name: "anna", Hash: "second"}) })
	if got := converge(t, nodes...); !strings.Contains(got, "second") || strings.Contains(got, "hash of") {
		t.Errorf("got %s", got)
	}
}

// Without the table a node works on, and its changes of a row are those of the others later.
func TestTableCutOff(t *testing.T) {
	b := newServer(t)
	nodes := newNodes(t, b, 2)
	converge(t, nodes...)
	nodes[0].table.set(true, false)
	for k := range 300 {
		nodes[0].update(func(tx *store.Tx) error {
			return tx.Dispatches.Put(&news.Dispatch{Notice: fmt.Sprint(k % 3), Tries: k})
		})
	}
	nodes[0].table.set(false, false)
	if got := converge(t, nodes...); !strings.Contains(got, `"tries":299`) || !strings.Contains(got, `"tries":297`) || strings.Count(got, "\n") != 2 {
		t.Errorf("got %s", got)
	}
}

// conflict makes two nodes change a row at once: the first writes first.
func conflict(t *testing.T, before, first, second func(*store.Tx) error) string {
	t.Helper()
	b := newServer(t)
	nodes := newNodes(t, b, 2)
	nodes[0].update(before)
	converge(t, nodes...)
	nodes[1].stop() // its mirror hears of the first one's change after it made its own
	nodes[0].update(first)
	nodes[0].settle()
	st, err := store.Open(filepath.Join(nodes[1].dir, "x.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	st.ShareLocal(nil)
	if err := errors.Join(st.Update(second), st.Close()); err != nil {
		t.Fatal(err)
	}
	nodes[1].start()
	return converge(t, nodes...)
}

func TestConflicts(t *testing.T) {
	at := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	none := func(*store.Tx) error { return nil }
	sub := func(s news.Subscription) func(*store.Tx) error {
		s.Feed, s.Callback = "a.atom", "https://a.example/"
		return func(tx *store.Tx) error { return tx.Subscriptions.Put(&s) }
	}
	request := &news.SubscriptionRequest{Topic: "https://press.example/topics/a.atom"}
	recipient := func(r news.Recipient) func(*store.Tx) error {
		r.Newsletter, r.ID = "w", "1"
		return func(tx *store.Tx) error { return tx.Recipients.Put(&r) }
	}
	mail := func(m news.Mail) func(*store.Tx) error {
		m.Newsletter, m.Recipient = "w", "1"
		return func(tx *store.Tx) error { return tx.Mails.Put(&m) }
	}
	read := func(s news.ReadState) func(*store.Tx) error {
		return func(tx *store.Tx) error { return tx.ReadStates.Put(&s) }
	}
	for name, c := range map[string]struct {
		before, first, second func(*store.Tx) error
		want                  []string
		not                   string
	}{
		"the first token of a name stays": {
			none, func(tx *store.Tx) error { return tx.Tokens.Put(&news.Token{Name: "anna", Hash: "one"}) },
			func(tx *store.Tx) error { return tx.Tokens.Put(&news.Token{Name: "anna", Hash: "two"}) }, []string{"one"}, "two",
		},
		"who unsubscribed does not come back": {
			recipient(news.Recipient{Address: "a@b.example"}), recipient(news.Recipient{Address: "a@b.example", Confirmed: at}),
			func(tx *store.Tx) error { return tx.Recipients.Delete("w", "1") }, nil, "a@b.example",
		},
		"nor by a change of another node": {
			recipient(news.Recipient{Address: "a@b.example"}), func(tx *store.Tx) error { return tx.Recipients.Delete("w", "1") },
			recipient(news.Recipient{Address: "a@b.example", Confirmed: at}), nil, "a@b.example",
		},
		"a mail that was sent is sent": {
			mail(news.Mail{}), mail(news.Mail{Tries: 1}), mail(news.Mail{Sent: at}), []string{`"sent":"2026-11-29T12:00:00Z"`}, "tries",
		},
		"read on either": {
			read(news.ReadState{ReadUpTo: 5, Read: []string{"a"}, At: at}),
			read(news.ReadState{ReadUpTo: 5, Read: []string{"a", "b"}, Unread: []string{"x"}, At: at.Add(2)}),
			read(news.ReadState{ReadUpTo: 7, Read: []string{"a", "c"}, At: at.Add(1)}), []string{`"upto":7`, `["c","a","b"]`, `"again":["x"]`}, "!",
		},
		"a request while another node delivers": {
			sub(news.Subscription{Until: at, Seq: 3}), sub(news.Subscription{Until: at, Seq: 4}),
			sub(news.Subscription{Until: at, Seq: 3, Request: request}), []string{`"seq":4`, `"request"`}, "!",
		},
		"a request while another node ends it": {
			sub(news.Subscription{Until: at, Seq: 3}), func(tx *store.Tx) error { return tx.Subscriptions.Delete("a.atom", "https://a.example/") },
			sub(news.Subscription{Until: at, Seq: 3, Request: request}), []string{`"seq":0`, `"request"`}, "2026",
		},
		"a star of each": {
			none, func(tx *store.Tx) error {
				return tx.Stars.Put(&news.Star{Token: "anna", Story: "s"}, &news.StarredStory{ID: "s"})
			},
			func(tx *store.Tx) error {
				return tx.Stars.Put(&news.Star{Token: "ben", Story: "s"}, &news.StarredStory{ID: "s"})
			}, []string{`"tokens":["ben","anna"]`, `stars "anna\x00s"`, `stars "ben\x00s"`}, "!",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := conflict(t, c.before, c.first, c.second)
			for _, part := range c.want {
				if !strings.Contains(got, part) {
					t.Errorf("no %s in\n%s", part, got)
				}
			}
			if strings.Contains(got, c.not) {
				t.Errorf("%s in\n%s", c.not, got)
			}
		})
	}
}

// A row that is too large for a message stays on its node; others go on.
func TestLargeRow(t *testing.T) {
	b := newServer(t)
	nodes := newNodes(t, b, 2)
	nodes[0].update(func(tx *store.Tx) error {
		return errors.Join(tx.Dispatches.Put(&news.Dispatch{Notice: "large", Problem: strings.Repeat("x", 8<<20)}), tx.Dispatches.Put(&news.Dispatch{Notice: "small"}))
	})
	nodes[0].settle()
	nodes[1].catchUp()
	if a, b := nodes[0].rows(), nodes[1].rows(); !strings.Contains(a, "large") || strings.Contains(b, "large") || !strings.Contains(b, "small") {
		t.Errorf("the other node has %.200s", b)
	}
}

// An issue is there after its mails, however few rows are written at once.
func TestOrderOfWrites(t *testing.T) {
	b := newServer(t)
	n := newNodes(t, b, 1)[0]
	n.update(func(tx *store.Tx) error {
		for k := range 100 {
			if err := tx.Mails.Put(&news.Mail{Newsletter: "w", Recipient: fmt.Sprint(k)}); err != nil {
				return err
			}
		}
		return errors.Join(tx.Issues.Put(&news.Issue{Newsletter: "w"}), tx.Schedules.Put(&news.NewsletterSchedule{Newsletter: "w"}))
	})
	n.settle()
	revisions := map[string][]uint64{}
	if err := n.store.View(func(tx *store.Tx) error {
		return tx.Side.All(func(r *store.SideRow) error {
			revisions[r.Bucket] = append(revisions[r.Bucket], r.Revision)
			return nil
		})
	}); err != nil {
		t.Fatal(err)
	}
	if last := slices.Max(revisions["mails"]); revisions["issues"][0] <= last || revisions["rounds"][0] <= revisions["issues"][0] {
		t.Errorf("the last mail has revision %d, the issue %d, the schedule %d", last, revisions["issues"][0], revisions["rounds"][0])
	}
}

// An address that was removed is in no row and no key of the table, in no file of the three
// servers, and in no database that was compacted.
func TestRemovedRecipient(t *testing.T) {
	const address = "somebody-unusual@mail.example"
	servers, dir := newServers(t, 3)
	nodes := newNodes(t, servers[0], 2)
	nodes[1].stop()
	nodes[1].table.Bucket = servers[1]
	nodes[1].start()
	for k := range 100 {
		r := &news.Recipient{Newsletter: "w", ID: fmt.Sprint(k), Address: fmt.Sprintf("r%d@mail.example", k)}
		if k == 50 {
			r.Address = address
		}
		nodes[k%2].update(func(tx *store.Tx) error { return tx.Recipients.Put(r) })
	}
	if got := converge(t, nodes...); !strings.Contains(got, address) {
		t.Fatalf("got %s", got)
	}
	if !fileHas(t, dir, address) {
		t.Fatal("no file of the servers has the address: the test shows nothing")
	}
	nodes[1].update(func(tx *store.Tx) error { return tx.Recipients.Delete("w", "50") })
	if got := converge(t, nodes...); strings.Contains(got, address) || !strings.Contains(got, "r99@") {
		t.Errorf("got %s", got)
	}
	nodes[0].within(nodes[0].mirror.Erase)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(awaits); fileHas(t, dir, address); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatal("a file of a server has the address")
		}
	}
	if got := converge(t, nodes...); strings.Count(got, "@mail.example") != 99 {
		t.Errorf("after erasing:\n%s", got)
	}
	before := nodes[0].revision()
	nodes[0].within(nodes[0].mirror.Erase)
	if after := nodes[0].revision(); after != before {
		t.Errorf("erased again for nothing: revision %d after %d", after, before)
	}
	for _, n := range nodes {
		n.stop()
		path := filepath.Join(n.dir, "x.db")
		if _, _, err := store.Compact(path); err != nil {
			t.Fatal(err)
		}
		if fileHas(t, n.dir, address) {
			t.Errorf("%s: the compacted file has the address", n.name)
		}
	}
}

// revision returns the greatest revision of a row.
func (n *node) revision() (most uint64) {
	n.t.Helper()
	err := n.store.View(func(tx *store.Tx) error {
		return tx.Side.All(func(r *store.SideRow) error {
			most = max(most, r.Revision)
			return nil
		})
	})
	if err != nil {
		n.t.Fatal(err)
	}
	return most
}

// fileHas reports whether a file of a folder contains a text.
func fileHas(t *testing.T, dir, text string) (found bool) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		var b []byte
		if err == nil && !d.IsDir() {
			b, err = os.ReadFile(path)
			found = found || strings.Contains(string(b), text)
		}
		if errors.Is(err, fs.ErrNotExist) {
			err = nil // a server has dropped it
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
