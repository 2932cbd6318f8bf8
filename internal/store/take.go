package store

import (
	"os"
	"time"
)

// taker opens the file for bbolt: locked, looked over, and still the one that
// its path names.
type taker struct {
	open    func(name string, flag int, perm os.FileMode) (*os.File, error) // nil means os.OpenFile
	timeout time.Duration
	made    bool     // the file was empty
	file    *os.File // what was taken
	settled uint64   // see Store
}

func (t *taker) take(name string, flag int, perm os.FileMode) (*os.File, error) {
	open := t.open
	if open == nil {
		open = os.OpenFile
	}
	for {
		f, err := open(name, flag, perm)
		if err != nil {
			return nil, err
		}
		current, err := t.inspect(f, flag)
		if current && err == nil {
			t.file = f
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

// inspect says whether f is still the file that its name stands for: compact may
// have put another in its place while we waited for the lock.
func (t *taker) inspect(f *os.File, flag int) (current bool, err error) {
	write := flag&os.O_RDWR != 0
	if err := lock(f, write, t.timeout); err != nil {
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
	if write && opened.Size() > 0 && unfinished(f, opened.Size()) {
		if err := f.Truncate(0); err != nil {
			return false, err
		}
	}
	return true, t.look(f)
}

func (t *taker) look(f *os.File) error {
	fi, err := f.Stat()
	if err != nil {
		return err
	}
	if t.made = fi.Size() == 0; t.made {
		return nil
	}
	p, err := readPages(f, fi.Size())
	if err != nil {
		return err
	}
	if !p.torn && p.head.free != unlisted && checked(f.Name(), fileState(fi, p.head.txid)) {
		t.settled = p.head.txid
		return nil
	}
	return p.walk()
}
