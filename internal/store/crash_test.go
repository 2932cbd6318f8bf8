package store_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/store"
)

// TestMain lets the test binary be its own child process: SLUGLINE_CHILD says what it does
// with the file SLUGLINE_FILE.
func TestMain(m *testing.M) {
	path := os.Getenv("SLUGLINE_FILE")
	switch os.Getenv("SLUGLINE_CHILD") {
	case "":
		os.Exit(m.Run())
	case "write":
		exit(writeForever(path, os.Stdout))
	case "open":
		exit(openUntilEOF(path))
	case "rewrite":
		exit(rewriteForever(path, os.Stdout))
	case "damage":
		exit(readDamaged(path, os.Stdin, os.Stdout))
	}
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func child(t *testing.T, job, path string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self)
	c.Env = append(os.Environ(), "SLUGLINE_CHILD="+job, "SLUGLINE_FILE="+path)
	c.Stderr = os.Stderr
	return c
}

// times returns how often a test repeats its loop: usual, unless environment variable name
// says otherwise.
func times(t *testing.T, name string, usual int) int {
	t.Helper()
	s := os.Getenv(name)
	if s == "" {
		return usual
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// writeForever commits visits, one to three in a transaction, and prints the last Seq after
// each commit.
func writeForever(path string, out io.Writer) error {
	st, err := store.Open(path, store.Options{})
	if err != nil {
		return err
	}
	st.SetMaxLog(64 << 10) // so that kills meet checkpoints
	var from uint64
	if err := st.View(func(tx *store.Tx) error { from = tx.Seq(); return nil }); err != nil {
		return err
	}
	m := newGenerator(3)
	for n := 0; ; n++ {
		group := make([]*filing, 1+n%3)
		for i := range group {
			group[i] = m.filing("source", 1+n%5, 100*(n%30))
		}
		if m.seq <= from {
			continue
		}
		if err := st.Update(func(tx *store.Tx) error { return applyAll(tx, group) }); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(out, m.seq); err != nil {
			return err
		}
	}
}

// TestKillLosesNoCommit kills a writer at random moments. Each writer continues with the
// file of the one before. SLUGLINE_KILLS says how often.
func TestKillLosesNoCommit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "slugline.db")
	rnd := rand.New(rand.NewPCG(uint64(os.Getpid()), 1))
	commits := uint64(0)
	for range times(t, "SLUGLINE_KILLS", 30) {
		committed := killWriter(t, path, time.Duration(rnd.IntN(60))*time.Millisecond)
		commits = checkKilled(t, path, commits, max(commits, committed))
	}
	checkKilled(t, path, 0, commits)
	if err := store.Verify(path); err != nil {
		t.Error(err)
	}
	t.Logf("%d records at the end", commits)
}

func killWriter(t *testing.T, path string, after time.Duration) (committed uint64) {
	t.Helper()
	c := child(t, "write", path)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	kill := time.AfterFunc(30*time.Second, func() { _ = c.Process.Kill() })
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if committed == 0 {
			kill.Reset(after)
		}
		if committed, err = strconv.ParseUint(lines.Text(), 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	kill.Stop()
	if err := c.Wait(); err == nil || c.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("the writer was not killed: %v", err)
	}
	return committed
}

// checkKilled compares the records of the file after Seq above with those that the writer
// wrote, and returns the last Seq.
func checkKilled(t *testing.T, path string, above, committed uint64) (seq uint64) {
	t.Helper()
	st, err := store.Open(path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	view(t, st, func(tx *store.Tx) error {
		if seq = tx.Seq(); seq < committed {
			t.Fatalf("the file ends at record %d, record %d was committed", seq, committed)
		}
		m := newGenerator(3)
		for n := 0; m.seq < seq; n++ {
			for range 1 + n%3 {
				v := m.filing("source", 1+n%5, 100*(n%30))
				if m.seq > seq {
					t.Fatalf("the file ends in the middle of a transaction, at record %d", seq)
				}
				if m.seq > above {
					compareFiling(t, tx, withUpdated(v))
				}
			}
		}
		return nil
	})
	return seq
}

// withUpdated gives the stories of a visit the Updated times that applyEntry claims. No two
// of them want the same millisecond.
func withUpdated(v *filing) *filing {
	for _, s := range v.stories {
		p := s.Places["world"]
		p.Updated = p.At
		s.Places["world"] = p
	}
	return v
}

// openUntilEOF has the file open until its input ends.
func openUntilEOF(path string) error {
	st, err := store.Open(path, store.Options{})
	if err != nil {
		return err
	}
	fmt.Println("open")
	_, err = io.Copy(io.Discard, os.Stdin)
	return errors.Join(err, st.Close())
}

func TestOpenInAnotherProcessIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "slugline.db")
	c := child(t, "open", path)
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
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
	_, err = store.Open(path, store.Options{Timeout: time.Millisecond})
	if !errors.Is(err, store.ErrInUse) {
		t.Errorf("Open beside another process: %v, want %v", err, store.ErrInUse)
	}
	if want := fmt.Sprintf("process %d ", c.Process.Pid); !strings.Contains(fmt.Sprint(err), want) {
		t.Logf("error %q does not say %q; does this system have no /proc/locks?", err, want)
	}
	if err := errors.Join(in.Close(), c.Wait()); err != nil {
		t.Fatal(err)
	}
	openAt(t, path)
}
