package posting_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/slugline/slugline/internal/search/posting"
)

const killedDir = "SLUGLINE_POSTING_DIR" // where the process that is killed writes

func TestMain(m *testing.M) {
	if dir := os.Getenv(killedDir); dir != "" {
		fmt.Fprintln(os.Stderr, writeUntilKilled(dir))
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}

// step is what a process does to an index and a model as the n-th step, always the same.
func step(n int, b *posting.Batch, docs map[string]posting.Key) {
	for i := range 40 {
		number := (n*37 + i*(n%5+1)) % 1500
		k := posting.Key{At: uint64(number), Seq: uint64(n), ID: fmt.Sprintf("%013d", number)}
		if old, ok := docs[k.ID]; ok && old.Seq == k.Seq {
			continue // twice in this step
		}
		b.DeleteID(k.ID)
		delete(docs, k.ID)
		if i%4 == 3 {
			continue
		}
		b.Add(k)
		b.Term([]byte("all"), false)
		b.Term(fmt.Appendf(nil, "step %d", n), i%2 == 0)
		docs[k.ID] = k
	}
	b.Set("step", []byte(strconv.Itoa(n)))
}

// writeUntilKilled goes on with an index from the step where it is.
func writeUntilKilled(dir string) error {
	ix, err := posting.Open(dir)
	if err != nil {
		return err
	}
	n, err := stepOf(ix)
	if err != nil {
		return err
	}
	docs := docsAfter(n)
	for {
		n++
		var b posting.Batch
		step(n, &b, docs)
		if err := ix.Apply(&b); err != nil {
			return err
		}
		if n%3 == 0 {
			if err := ix.Flush(); err != nil {
				return err
			}
		}
	}
}

func stepOf(ix *posting.Index) (int, error) {
	r, err := ix.Reader(context.Background())
	if err != nil {
		return 0, err
	}
	defer r.Close()
	if r.Value("step") == nil {
		return 0, nil
	}
	return strconv.Atoi(string(r.Value("step")))
}

func docsAfter(n int) map[string]posting.Key {
	docs := map[string]posting.Key{}
	for i := range n {
		step(i+1, &posting.Batch{}, docs)
	}
	return docs
}

// A process that is killed at any moment leaves an index that is whole, as of one of its steps.
func TestKilledWhileWriting(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "index")
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	last := 0
	for i := range 12 {
		cmd := exec.Command(program)
		cmd.Env = append(os.Environ(), killedDir+"="+dir)
		var out bytes.Buffer
		cmd.Stderr = &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Duration(40+i*23) * time.Millisecond)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if out.Len() > 0 {
			t.Fatalf("the process ended: %s", out.String())
		}
		last = checkKilled(t, dir, last)
	}
	if last == 0 {
		t.Error("no step was ever on the disk")
	}
}

// checkKilled compares an index with the step that it says it is at, which it returns.
func checkKilled(t *testing.T, dir string, last int) int {
	ix, err := posting.Open(dir)
	must(t, err)
	defer func() { must(t, ix.Close()) }()
	must(t, ix.Check(t.Context()))
	n, err := stepOf(ix)
	must(t, err)
	if n < last {
		t.Errorf("the index is at step %d, and was at step %d before", n, last)
	}
	var want []posting.Key
	for _, k := range docsAfter(n) {
		want = append(want, k)
	}
	slices.SortFunc(want, posting.Key.Compare)
	r, err := ix.Reader(t.Context())
	must(t, err)
	defer r.Close()
	for _, q := range []*posting.Query{{Op: posting.Every}, {Op: posting.Terms, Terms: []string{"all"}}} {
		hits, err := r.Search(q, nil)
		must(t, err)
		var got []posting.Key
		for {
			k, ok, err := hits.Next()
			must(t, err)
			if !ok {
				break
			}
			got = append(got, k)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("the index at step %d (-want +got):\n%s", n, diff)
		}
	}
	return n
}
