package store

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store/pagecheck"
)

// applySmall applies record seq, which has three entries with bodies of seq*97 bytes.
func applySmall(tx *Tx, seq uint64) error {
	r := news.Record{ID: fmt.Sprintf("record-%d", seq), Seq: seq, At: time.UnixMilli(int64(seq)).UTC()}
	if tx.Records.Applied(r.ID) {
		return nil
	}
	for n := range 3 {
		e := news.Entry{ID: fmt.Sprintf("%010d%03d", seq, n), Source: "s", Keys: news.Keys{GUID: seq<<8 + uint64(n)}, Seq: seq, Body: strings.Repeat("x", int(seq)*97)}
		if err := tx.Entries.Put(&e); err != nil {
			return err
		}
	}
	return tx.Records.Add(&r)
}

func TestOnlyCloseWritesTheFreeList(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	hasFreeList := func() bool {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		fi, err := f.Stat()
		if err != nil {
			t.Fatal(err)
		}
		p, err := pagecheck.Read(f, fi.Size())
		if err != nil {
			t.Fatal(err)
		}
		return p.HasFreeList()
	}
	for seq := uint64(1); seq <= 3; seq++ {
		s, err := Open(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if quick := s.cleanTx != 0; quick != (seq > 1) {
			t.Errorf("Open %d found the clean note: %t", seq, quick)
		}
		if err := s.Update(func(tx *Tx) error { return applySmall(tx, seq) }); err != nil {
			t.Fatal(err)
		}
		if hasFreeList() {
			t.Error("a commit wrote the list of free pages")
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if !hasFreeList() {
			t.Error("Close wrote no list of free pages")
		}
	}
	if err := Verify(path); err != nil {
		t.Error(err)
	}
}
