package store

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// mappedBytes returns how many bytes of the file at path are in this process's memory.
func mappedBytes(t *testing.T, path string) (n int64) {
	t.Helper()
	b, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Skip(err)
	}
	in := false
	for line := range strings.Lines(string(b)) {
		w := strings.Fields(line)
		if !strings.HasSuffix(w[0], ":") {
			in = strings.HasSuffix(strings.TrimSpace(line), path)
		} else if in && w[0] == "Rss:" {
			kb, err := strconv.ParseInt(w[1], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			n += kb << 10
		}
	}
	return n
}

func TestMemoryOfReadPagesIsReleased(t *testing.T) {
	s, err := Open(filepath.Join(t.TempDir(), "x.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	body := strings.Repeat("x", 6000)
	fill := func(from, to uint64) {
		t.Helper()
		err := s.Update(func(tx *Tx) error {
			for seq := from; seq < to; seq++ {
				if err := tx.put(bodies, seqBytes(seq), []byte(body)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	fill(0, 3000)
	if _, err := s.Digest(); err != nil {
		t.Fatal(err)
	}
	read := mappedBytes(t, s.Path())
	fill(3000, 4000)
	if left := mappedBytes(t, s.Path()); read < 3000*6000 || left > 1<<20 {
		t.Errorf("%d bytes are mapped after reading all, %d after the next commit", read, left)
	}
}
