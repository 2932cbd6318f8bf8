package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	bolt "go.etcd.io/bbolt"
)

// faultyDisk makes the writes and syncs of an open store fail. It replaces the func through
// which bbolt writes. bbolt syncs by file descriptor; while syncs should fail, that
// descriptor is a pipe, which can't be synced.
type faultyDisk struct {
	write   func(b []byte, off int64) (int, error)
	file    *os.File // the store's file, under another descriptor
	fd      int      // the descriptor that bbolt syncs
	pipe    *os.File
	calls   int
	at      int  // the call that fails; 0 for none
	short   bool // the failing write writes half
	syncing bool // syncs fail from call at on, and no write
}

func makeFaulty(t *testing.T, s *Store) *faultyDisk {
	t.Helper()
	db := reflect.ValueOf(s.db).Elem()
	field := db.FieldByName("ops").FieldByName("writeAt")
	file := db.FieldByName("file")
	if !field.IsValid() || !file.IsValid() {
		t.Fatal("bbolt stores its file in another field now")
	}
	f := &faultyDisk{fd: int((*os.File)(file.UnsafePointer()).Fd())}
	own, err := syscall.Dup(f.fd)
	if err != nil {
		t.Fatal(err)
	}
	f.file = os.NewFile(uintptr(own), "store")
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	f.pipe = r
	t.Cleanup(func() { _ = errors.Join(f.file.Close(), r.Close(), w.Close()) })
	hook := (*func([]byte, int64) (int, error))(unsafe.Pointer(field.UnsafeAddr()))
	f.write, *hook = f.file.WriteAt, f.writeAt
	return f
}

func (f *faultyDisk) writeAt(b []byte, off int64) (int, error) {
	f.calls++
	switch {
	case f.calls != f.at:
		return f.write(b, off)
	case f.syncing:
		if err := syscall.Dup3(int(f.pipe.Fd()), f.fd, 0); err != nil {
			return 0, err
		}
		return f.write(b, off)
	case f.short:
		n, _ := f.write(b[:len(b)/2], off)
		return n, syscall.EIO
	}
	return 0, syscall.ENOSPC
}

func (f *faultyDisk) repair(t *testing.T) {
	t.Helper()
	f.at = 0
	if err := syscall.Dup3(int(f.file.Fd()), f.fd, 0); err != nil {
		t.Fatal(err)
	}
}

// TestNthWriteOrSyncFails makes the n-th write, or the sync after it, fail, for n up to 200.
// Committed records are there, others are there completely or not at all, and the same
// store can be used again.
func TestNthWriteOrSyncFails(t *testing.T) {
	for _, kind := range []string{"write", "short", "sync"} {
		hit := 0
		for n := 1; n <= 200; n += 1 + n/40 {
			if faultAt(t, kind, n) {
				hit++
			}
		}
		if hit < 50 {
			t.Errorf("%s: only %d faults happened", kind, hit)
		}
	}
}

func faultAt(t *testing.T, kind string, n int) (met bool) {
	t.Helper()
	path := filepath.Join(memoryDir(t), "x.db")
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	f := makeFaulty(t, s)
	f.at, f.short, f.syncing = n, kind == "short", kind == "sync"
	for seq := uint64(1); seq <= 24; seq++ {
		err := s.Update(func(tx *Tx) error { return applySmall(tx, seq) })
		if err == nil {
			continue
		}
		if met {
			t.Fatalf("%s %d: a second error: %v", kind, n, err)
		}
		met = true
		if full := errors.Is(err, ErrFull); full != (kind == "write") {
			t.Errorf("%s %d: error %v", kind, n, err)
		}
		f.repair(t)
		checkSmall(t, s, seq-1, seq)
		// Apply it again, as the desk does: an applied record is skipped.
		seq--
	}
	checkSmall(t, s, 24, 24)
	// A fault in Close does not damage the file. Unlock it here: Close could not unlock
	// a pipe.
	if err := errors.Join(s.Close(), syscall.Flock(int(f.file.Fd()), syscall.LOCK_UN), Verify(path)); err != nil {
		t.Errorf("%s %d: %v", kind, n, err)
	}
	return met
}

// memoryDir returns a folder in memory, where a sync costs nothing, if there is one.
func memoryDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "slugline")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// checkSmall checks that the file has all records up to low and none above high.
func checkSmall(t *testing.T, s *Store, low, high uint64) {
	t.Helper()
	err := s.View(func(tx *Tx) error {
		last := tx.Seq()
		if last < low || last > high {
			t.Errorf("the last record is %d, want %d to %d", last, low, high)
		}
		for seq := uint64(1); seq <= high; seq++ {
			for n := range 3 {
				id := fmt.Sprintf("%010d%03d", seq, n)
				body, err := tx.Entries.Body(id)
				if err != nil {
					return err
				}
				if there := len(body) == int(seq)*97; there != (seq <= last) {
					t.Errorf("entry %s exists: %t, with %d records", id, there, last)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestFullDiskLosesNothing fills a real disk.
func TestFullDiskLosesNothing(t *testing.T) {
	dir := smallDisk(t, 6<<20)
	s, err := Open(filepath.Join(dir, "x.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 2<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	last := uint64(0)
	for err == nil {
		if err = s.Update(func(tx *Tx) error { return applySmall(tx, last+1) }); err == nil {
			last++
		}
	}
	if !errors.Is(err, ErrFull) {
		t.Fatalf("error on a full disk: %v, want %v", err, ErrFull)
	}
	checkSmall(t, s, last, last)
	if err := s.Copy(t.Context(), &strings.Builder{}); !errors.Is(err, ErrFull) {
		t.Errorf("Copy on a full disk: %v, want %v", err, ErrFull)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		last++
		if err := s.Update(func(tx *Tx) error { return applySmall(tx, last) }); err != nil {
			t.Fatalf("after space was freed: %v", err)
		}
	}
	checkSmall(t, s, last, last)
	if err := errors.Join(s.Close(), Verify(s.Path())); err != nil {
		t.Error(err)
	}
}

func TestFullDiskAtCreation(t *testing.T) {
	dir := smallDisk(t, 1<<20)
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 1<<20-8192), 0o600); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "x.db")
	if _, err := Open(path, Options{}); !errors.Is(err, ErrFull) {
		t.Fatalf("Open on a full disk: %v, want %v", err, ErrFull)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatalf("Open after space was freed: %v", err)
	}
	if err := errors.Join(s.Close(), Verify(path)); err != nil {
		t.Error(err)
	}
}

// smallDisk mounts a disk of size bytes in memory.
func smallDisk(t *testing.T, size int) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("slugline", dir, "tmpfs", 0, fmt.Sprintf("size=%d", size)); err != nil {
		t.Skipf("mount a small disk: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func TestDamageOfAnOpenFileIsReported(t *testing.T) {
	for name, damage := range map[string]func(f *os.File, used int64) error{
		"pages overwritten": func(f *os.File, used int64) error {
			_, err := f.WriteAt([]byte(strings.Repeat("\xff", int(used)-2*pageSize)), 2*pageSize)
			return err
		},
		"file cut off": func(f *os.File, used int64) error { return f.Truncate(2 * pageSize) },
	} {
		t.Run(name, func(t *testing.T) { damageOpen(t, damage) })
	}
}

func damageOpen(t *testing.T, damage func(f *os.File, used int64) error) {
	s, err := Open(filepath.Join(t.TempDir(), "x.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	for seq := uint64(1); seq <= 30; seq++ {
		if err := s.Update(func(tx *Tx) error { return applySmall(tx, seq) }); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Checkpoint(); err != nil {
		t.Fatal(err)
	}
	var used int64
	if err := s.db.View(func(b *bolt.Tx) error { used = b.Size(); return nil }); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(s.Path(), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(damage(f, used), f.Close()); err != nil {
		t.Fatal(err)
	}
	read := func(tx *Tx) error { _, err := tx.Entries.Get("0000000003000"); return err }
	if err := s.View(read); !errors.Is(err, ErrDamaged) {
		t.Errorf("View: %v, want %v", err, ErrDamaged)
	}
	if err := s.Update(func(tx *Tx) error { return applySmall(tx, 31) }); !errors.Is(err, ErrDamaged) {
		t.Errorf("Update: %v, want %v", err, ErrDamaged)
	}
	if err := s.View(read); !errors.Is(err, ErrDamaged) {
		t.Errorf("View again: %v, want %v", err, ErrDamaged)
	}
}
