package store_test

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// oldFile returns a file with rows in the form of an earlier release, and its digest.
func oldFile(t *testing.T, visits int) (path, want string) {
	t.Helper()
	st := open(t)
	fill(t, st, 4, visits)
	want = digest(t, st)
	makeOld(t, st)
	return st.Path(), want
}

// makeOld closes the store after it has given its rows the form of an earlier release.
func makeOld(t *testing.T, st *store.Store) {
	t.Helper()
	if err := st.MakeOld(); err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
}

// rewriteForever rewrites old rows and says when it has begun. It ends when there are none.
func rewriteForever(path string, out io.Writer) error {
	st, err := store.Open(path, store.Options{})
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(out, "open"); err != nil {
		return err
	}
	for left, _ := st.OldRows(); left > 0; left, _ = st.OldRows() {
		if err := st.RewriteStep(); err != nil {
			return err
		}
	}
	return st.Close()
}

// TestKillWhileRewriting kills the process that rewrites at random moments. Each goes on where
// the one before was killed. SLUGLINE_KILLS says how many are killed at least, in several files.
// A process has longer than the one before, so that a slow machine gets to the end too.
func TestKillWhileRewriting(t *testing.T) {
	rnd := rand.New(rand.NewPCG(uint64(os.Getpid()), 2))
	kills := 0
	for least := times(t, "SLUGLINE_KILLS", 3); kills < least; {
		path, want := oldFile(t, 300)
		for within := 120 * time.Millisecond; killRewriter(t, path, time.Duration(rnd.Int64N(int64(within)))); within += within / 4 {
			kills++
			st := openAt(t, path)
			if got := digest(t, st); got != want {
				t.Fatalf("the digest is %s, was %s", got, want)
			}
			if err := st.Close(); err != nil {
				t.Fatal(err)
			}
		}
		st := openAt(t, path)
		if left, _ := st.OldRows(); left > 0 {
			t.Errorf("%d rows are left", left)
		}
		if got := digest(t, st); got != want {
			t.Errorf("the digest is %s, was %s", got, want)
		}
		verify(t, st)
	}
	t.Logf("%d kills", kills)
}

// killRewriter lets a process rewrite and kills it after a while, unless it has ended by then.
func killRewriter(t *testing.T, path string, after time.Duration) (killed bool) {
	t.Helper()
	c := child(t, "rewrite", path)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	kill := time.AfterFunc(after, func() { _ = c.Process.Kill() })
	defer kill.Stop()
	if err := c.Wait(); err == nil {
		return false
	}
	if c.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("the process ended: %v", c.ProcessState)
	}
	return true
}

// TestWritesWhileRewriting makes the desk's writes in random order between the steps, in a file
// with old rows and in one without.
func TestWritesWhileRewriting(t *testing.T) {
	for seed := range uint64(4) {
		rewriting, other := newRandomWork(t, seed), newRandomWork(t, seed)
		a, b := open(t), open(t)
		both := func() {
			t.Helper()
			rewriting.write(a)
			other.write(b)
		}
		for range 6 {
			both()
		}
		makeOld(t, a)
		a = openAt(t, a.Path())
		a.SetMaxLog(int(seed) * 8 << 10)
		for left, _ := a.OldRows(); left > 0; left, _ = a.OldRows() {
			if err := a.RewriteStep(); err != nil {
				t.Fatal(err)
			}
			both()
		}
		if got, want := digest(t, a), digest(t, b); got != want {
			t.Errorf("seed %d: the digest is %s, and %s without old rows", seed, got, want)
		}
		verify(t, a)
	}
}

func newRandomWork(t *testing.T, seed uint64) *randomWork {
	return &randomWork{t: t, rnd: rand.New(rand.NewPCG(seed, 3)), stories: map[string]*news.Story{}, entries: map[string]*news.Entry{}}
}

// write makes some writes and compares what the store then has.
func (w *randomWork) write(st *store.Store) {
	w.t.Helper()
	update(w.t, st, func(tx *store.Tx) error {
		for range 60 {
			if err := w.step(tx); err != nil {
				return err
			}
		}
		w.compare(tx)
		return nil
	})
	view(w.t, st, func(tx *store.Tx) error { w.compare(tx); return nil })
}

// TestReadsAndWritesGoOnWhileRewriting lets others read and write at the same time. Each read
// finds the text of all entries.
func TestReadsAndWritesGoOnWhileRewriting(t *testing.T) {
	st := open(t)
	all := fill(t, st, 5, 80)
	makeOld(t, st)
	st = openAt(t, st.Path())
	done := make(chan error, 1)
	go func() { done <- st.Rewrite(t.Context()) }()
	var wg sync.WaitGroup
	ended := make(chan struct{})
	wg.Go(func() { readUntil(t, st, all, ended) })
	m := newGenerator(6)
	m.seq = all[len(all)-1].record.Seq
	for range 200 { // not without end: rewriting must get past what is written meanwhile
		v := m.filing("source-z", 2, 600)
		update(t, st, func(tx *store.Tx) error { return applyAll(tx, []*filing{v}) })
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	close(ended)
	wg.Wait()
	if left, _ := st.OldRows(); left > 0 {
		t.Errorf("%d rows are left", left)
	}
	verify(t, st)
}

func readUntil(t *testing.T, st *store.Store, all []*filing, ended <-chan struct{}) {
	rnd := rand.New(rand.NewPCG(6, 5))
	for {
		select {
		case <-ended:
			return
		default:
		}
		v := all[rnd.IntN(len(all))]
		e := v.entries[rnd.IntN(len(v.entries))]
		err := st.View(func(tx *store.Tx) error {
			got, err := tx.Entries.Get(e.ID)
			body, berr := tx.Entries.Body(e.ID)
			if got == nil || got.Headline != e.Headline || body != e.Body {
				t.Errorf("entry %s is %v with body %q: %v, %v", e.ID, got, body, err, berr)
			}
			return err
		})
		if err != nil {
			t.Error(err)
			return
		}
	}
}
