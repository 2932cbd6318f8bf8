package store

import (
	"io"
	"os"
	"time"

	"github.com/slugline/slugline/internal/store/pagecheck"
)

// opener opens the file for bbolt: it locks it, makes sure that it is still the file at
// its path, and checks its pages.
type opener struct {
	openFile func(name string, flag int, perm os.FileMode) (*os.File, error) // nil means os.OpenFile
	timeout  time.Duration
	created  bool     // the file was empty
	file     *os.File // the opened file
	cleanTx  uint64   // see Store
}

// openLocked is bbolt's Options.OpenFile.
func (o *opener) openLocked(name string, flag int, perm os.FileMode) (*os.File, error) {
	open := o.openFile
	if open == nil {
		open = os.OpenFile
	}
	for {
		f, err := open(name, flag, perm)
		if err != nil {
			return nil, err
		}
		current, err := o.prepare(f, flag)
		if current && err == nil {
			o.file = f
			return f, nil
		}
		if cerr := f.Close(); err == nil {
			err = cerr
		}
		if err != nil {
			return nil, err
		}
	}
}

// prepare locks and checks f. It reports whether f is still the file at its path: Compact
// may have replaced that while we waited for the lock.
func (o *opener) prepare(f *os.File, flag int) (current bool, err error) {
	write := flag&os.O_RDWR != 0
	if err := lock(f, write, o.timeout); err != nil {
		return false, err
	}
	named, err := os.Stat(f.Name())
	if err != nil {
		return false, err
	}
	opened, err := f.Stat()
	if err != nil || !os.SameFile(named, opened) {
		return false, err
	}
	if write && opened.Size() > 0 && pagecheck.Unfinished(f, opened.Size(), pageSize) {
		if err := f.Truncate(0); err != nil {
			return false, err
		}
	}
	return true, o.checkPages(f)
}

// checkPages checks the whole file, or only the pages that lead to others if the note beside
// it says that it is as a clean Close left it.
func (o *opener) checkPages(f *os.File) error {
	fi, err := f.Stat()
	if err != nil {
		return err
	}
	if o.created = fi.Size() == 0; o.created {
		return nil
	}
	p, err := pagecheck.Read(f, fi.Size())
	if err != nil {
		return err
	}
	if !p.Torn() && p.HasFreeList() && hasNote(f.Name(), fi, p) {
		o.cleanTx = p.TxID()
		return p.CheckBranches(layout)
	}
	return p.Check(layout)
}

// checkPages checks all pages and rows of an open file of size bytes.
func checkPages(f io.ReaderAt, size int64) error {
	p, err := pagecheck.Read(f, size)
	if err != nil {
		return err
	}
	return p.Check(layout)
}

// layout says which buckets a file has, and checks the checksums of their rows.
var layout = pagecheck.Layout{
	Top: []string{"meta", "log", "shared", "local"},
	Rows: func(path []string) func(key, value []byte) error {
		b := bucketAt(path)
		if b == numBuckets {
			return nil
		}
		return func(key, value []byte) error {
			return b.check(key, value)
		}
	},
}
