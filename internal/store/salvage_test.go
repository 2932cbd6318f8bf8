package store

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/news"
)

// fillForSalvage stores n stories, one a record, with an entry each, and an order.
func fillForSalvage(t *testing.T, path string, n int) {
	t.Helper()
	s, err := Open(path, Options{Created: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 28, 6, 0, 0, 0, time.UTC)
	err = s.Update(func(tx *Tx) error {
		for i := 1; i <= n; i++ {
			r := news.Record{Seq: uint64(i), At: at, Order: &news.Order{Verb: "note"}}
			r.SetID()
			r.ID += fmt.Sprint(i)
			id := fmt.Sprintf("%013d", i)
			err := errors.Join(
				tx.Records.Add(&r),
				tx.Entries.Put(&news.Entry{ID: id, Source: "a", Seq: r.Seq, Body: "text", Headline: "Headline", At: at}),
				tx.Stories.Put(&news.Story{ID: id, Seq: r.Seq, First: at, Last: at}),
			)
			if err != nil {
				return err
			}
		}
		return tx.Orders.Put(&news.Record{Seq: uint64(n), At: at, Order: &news.Order{Verb: "note"}})
	})
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
}

// checkpointAt empties the log of a file.
func checkpointAt(t *testing.T, path string) {
	t.Helper()
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Checkpoint(), s.Close()); err != nil {
		t.Fatal(err)
	}
}

func countSalvaged(path string, after uint64) (stories, entries, orders int, err error) {
	err = Salvage(path, after, func(s Salvaged) error {
		switch {
		case s.Story != nil:
			stories++
		case s.Order != nil:
			orders++
		case s.Entry.Body == "text":
			entries++
		}
		return nil
	})
	return stories, entries, orders, err
}

func TestSalvageReadsWhatIsNewer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	fillForSalvage(t, path, 2000)
	stories, entries, orders, err := countSalvaged(path, 1500)
	if err != nil || stories != 500 || entries != 500 || orders != 1 {
		t.Errorf("got %d stories, %d entries, %d orders, %v; want 500, 500, 1", stories, entries, orders, err)
	}
}

// TestSalvageLeavesDamageOut damages one page after the other. Only few rows are missing
// then, and the error says so; if the damage hides no row, there need be no error.
func TestSalvageLeavesDamageOut(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x.db")
	fillForSalvage(t, path, 200)
	checkpointAt(t, path)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	whole = bytes.TrimRight(whole, "\x00")
	whole = append(whole, make([]byte, -len(whole)&(pageSize-1))...)
	readable := 0
	pages := len(whole) / pageSize
	for i := 2; i < pages; i++ {
		b := bytes.Clone(whole)
		for j := i * pageSize; j < (i+1)*pageSize; j += 7 {
			b[j] ^= 0x55
		}
		bad := filepath.Join(dir, fmt.Sprint("bad", i, ".db")) // bbolt does not unlock a file that it fails to open
		if err := os.WriteFile(bad, b, 0o600); err != nil {
			t.Fatal(err)
		}
		stories, entries, _, err := countSalvaged(bad, 0)
		if (stories < 200 || entries < 200) && !errors.Is(err, ErrDamaged) {
			t.Errorf("page %d: %d stories, %d entries without an error of damage: %v", i, stories, entries, err)
		}
		if stories > 100 && entries > 100 {
			readable++
		}
	}
	if readable < pages/2 {
		t.Errorf("only %d of %d damaged files could be read for the most part", readable, pages)
	}
}

func TestReplaceKeepsThePresentFile(t *testing.T) {
	dir := t.TempDir()
	path, aside := filepath.Join(dir, "x.db"), filepath.Join(dir, "x.db.old")
	write := func(name, text string) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, []byte(text), 0o640); err != nil {
			t.Fatal(err)
		}
		return p
	}
	write("x.db", "old")
	h, err := Hold(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path, Options{Timeout: time.Millisecond}); !errors.Is(err, ErrInUse) {
		t.Errorf("Open of a held file: %v, want %v", err, ErrInUse)
	}
	if err := os.Link(path, aside); err != nil { // as a try leaves it that was killed
		t.Fatal(err)
	}
	if err := errors.Join(h.Replace(write("next", "new"), aside), h.Release()); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{path: "new", aside: "old"} {
		if got, err := os.ReadFile(name); string(got) != want || err != nil {
			t.Errorf("%s: %q, %v, want %q", name, got, err, want)
		}
	}
	if h, err = Hold(filepath.Join(dir, "none.db")); err != nil || h.Exists() {
		t.Fatalf("Hold of a missing file: %v", err)
	}
	write("none.db", "made meanwhile")
	if err := h.Replace(write("next", "new"), aside); err == nil {
		t.Error("Replace overwrites a file that was not there before")
	}
}
