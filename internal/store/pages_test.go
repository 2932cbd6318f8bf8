package store

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/news"
)

func fileSmall(tx *Tx, seq uint64) error {
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

func headOf(t *testing.T, whole []byte) metaPage {
	t.Helper()
	p, err := readPages(bytes.NewReader(whole), int64(len(whole)))
	if err != nil {
		t.Fatal(err)
	}
	return p.head
}

func TestOnlyCloseWritesTheListOfFreePages(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	read := func() metaPage {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return headOf(t, b)
	}
	for seq := uint64(1); seq <= 3; seq++ {
		s, err := Open(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if quick := s.settled != 0; quick != (seq > 1) {
			t.Errorf("Open %d found the file settled: %t", seq, quick)
		}
		if err := s.Update(func(tx *Tx) error { return fileSmall(tx, seq) }); err != nil {
			t.Fatal(err)
		}
		if head := read(); head.free != unlisted {
			t.Errorf("a commit wrote the list, in page %d", head.free)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if head := read(); head.free == unlisted {
			t.Error("Close wrote no list")
		}
	}
	if err := Verify(path); err != nil {
		t.Error(err)
	}
}

func TestAWrongListOfFreePagesIsDamage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for seq := uint64(1); seq <= 9 && err == nil; seq++ {
		err = s.Update(func(tx *Tx) error { return fileSmall(tx, seq) })
	}
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head := headOf(t, whole)
	list := func(b []byte) []byte { return b[head.free*uint64(head.pageSize):][:head.pageSize] }
	first := native.Uint64(list(whole)[pageHeader:])
	for name, change := range map[string]func(list []byte){
		"of another kind":       func(b []byte) { native.PutUint16(b[8:], leafPage) },
		"one too many":          func(b []byte) { native.PutUint16(b[10:], native.Uint16(b[10:])+1) },
		"longer than its page":  func(b []byte) { native.PutUint16(b[10:], longList-1) },
		"longer than the file":  func(b []byte) { native.PutUint16(b[10:], longList); native.PutUint64(b[pageHeader:], 1<<63) },
		"a page that is in use": func(b []byte) { native.PutUint64(b[pageHeader:], head.root) },
		"its own page":          func(b []byte) { native.PutUint64(b[pageHeader:], head.free) },
		"a page twice":          func(b []byte) { native.PutUint64(b[pageHeader+8:], first) },
		"a page beyond the end": func(b []byte) { native.PutUint64(b[pageHeader:], head.high) },
	} {
		t.Run(name, func(t *testing.T) {
			b := bytes.Clone(whole)
			change(list(b))
			p, err := readPages(bytes.NewReader(b), int64(len(b)))
			if err != nil {
				t.Fatal(err)
			}
			if err := p.walk(); !errors.Is(err, ErrDamaged) {
				t.Errorf("walk: %v, want %v", err, ErrDamaged)
			}
		})
	}
}
