// Package pagecheck checks the pages of a bbolt file before bbolt opens it.
//
// bbolt trusts its file: it follows a page number wherever it points, and a damaged page
// can end the process with a memory fault or a panic in a goroutine where the caller can't
// catch it. Its own check, Tx.Check, runs only after the file was opened, and bbolt has no
// checksum over rows. This package reads file format version 2 with plain reads, without
// trusting any of it, and returns an error instead: wrong meta pages, pages that don't
// exist or are reached twice, elements out of place, keys out of order, a wrong list of
// free pages. The caller checks the rows through Layout.
//
// It changes nothing in the file. It doesn't find damage that leaves a valid file behind,
// such as a missing page of rows whose parent is also gone; the store compares its buckets
// with each other to find that.
//
//	pagecheck.go  the file: meta pages, Read, Check
//	walk.go       the walk over all pages that can be reached
package pagecheck

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"

	"github.com/cespare/xxhash/v2"
)

var (
	ErrDamaged = errors.New("database damaged; restore the last backup") // a bbolt file whose content is not what was written
	ErrForeign = errors.New("not a Slugline database")                   // not a bbolt file, or one with other buckets
)

// The file format of bbolt. Numbers have the byte order of the machine.
const (
	magic   = 0xED0CDAED
	version = 2

	branchPage = 0x01
	leafPage   = 0x02
	metaPage   = 0x04
	freePage   = 0x10

	pageHeader   = 16 // id (8) flags (2) count (2) overflow (4)
	elemHeader   = 16 // leaf: flags (4) pos (4) ksize (4) vsize (4); branch: pos (4) ksize (4) id (8)
	bucketHeader = 16 // root page (8) sequence (8); the page itself follows when root is 0
	bucketFlag   = 0x01
	metaSize     = 56 // the bytes of a meta page that its checksum covers
	maxPageSize  = 1024 << 14
	maxDepth     = 64

	noFreeList = 1<<64 - 1 // the page number of a free list that was not written
	longList   = 1<<16 - 1 // the count of a free list whose first number is the real count
)

var native = binary.NativeEndian

// File is a bbolt file that was not checked yet.
type File struct {
	r        io.ReaderAt
	pageSize int64
	meta     meta
	torn     bool     // one of the two meta pages is not valid
	seen     []uint64 // a bit for each page that was reached
}

// meta is the content of a meta page.
type meta struct {
	pageSize uint32
	root     uint64
	free     uint64 // the page of the free list, or noFreeList
	high     uint64 // the lowest page number that was never used
	txid     uint64
}

// Layout describes what a file may hold.
type Layout struct {
	Top []string // the top buckets; a file that has none of them is ErrForeign

	// Rows returns the check for the rows of the bucket at path, which is valid during
	// the call. It returns nil for a bucket that may hold no rows.
	Rows func(path []string) func(key, value []byte) error
}

// Read finds the meta page in force in a file of size bytes: the valid one with the higher
// transaction, as bbolt does. It returns ErrForeign when neither was written by bbolt, and
// ErrDamaged when both are broken or the file is too short.
func Read(r io.ReaderAt, size int64) (*File, error) {
	first, ok1 := readMetaAt(r, 0)
	second, ok2 := meta{}, false
	if ok1 {
		second, ok2 = readMetaAt(r, int64(first.pageSize))
	}
	for at := int64(1024); !ok1 && !ok2 && at <= maxPageSize && at < size; at *= 2 {
		second, ok2 = readMetaAt(r, at)
		ok2 = ok2 && int64(second.pageSize) == at
	}
	f := &File{r: r, meta: first, torn: !ok1 || !ok2}
	switch {
	case !ok1 && !ok2:
		return nil, noMeta(r)
	case !ok1, ok2 && second.txid > first.txid:
		f.meta = second
	}
	f.pageSize = int64(f.meta.pageSize)
	if need := f.pageSize * int64(f.meta.high); f.meta.high > 1<<40 || need > size {
		return nil, fmt.Errorf("the file has %d bytes and should have %d: %w", size, need, ErrDamaged)
	}
	f.seen = make([]uint64, f.meta.high/64+1)
	return f, nil
}

// TxID is the number of the last committed transaction.
func (f *File) TxID() uint64 { return f.meta.txid }

// Torn reports whether one of the two meta pages is not valid, as after a power cut.
func (f *File) Torn() bool { return f.torn }

// HasFreeList reports whether the last commit wrote the list of free pages.
func (f *File) HasFreeList() bool { return f.meta.free != noFreeList }

// FreeListSum returns a hash of the list of free pages, which no other page has.
func (f *File) FreeListSum() (uint64, error) {
	alone := *f
	alone.seen = make([]uint64, len(f.seen)) // Check visits the list too
	w := walker{File: &alone}
	b, err := w.read(f.meta.free)
	return xxhash.Sum64(b), err
}

// Check reads every page that can be reached, every row, and the list of free pages. The
// error is that of the first fault. It can be called once.
func (f *File) Check(l Layout) error {
	w := walker{File: f, layout: l}
	if err := w.page(f.meta.root, 0, nil, nil); err != nil {
		return err
	}
	return w.freeList()
}

// CheckBranches is a quick Check of a file whose rows were checked before: it reads the pages
// that lead to others, about one in a hundred, and the list of free pages. After it every
// page is reached by one way and is not free, so that no way leads round in a circle, which
// bbolt would follow until the stack ends. It can be called once, instead of Check.
func (f *File) CheckBranches(l Layout) error {
	w := walker{File: f, layout: l, branches: true}
	if err := w.page(f.meta.root, 0, nil, nil); err != nil {
		return err
	}
	return w.freeList()
}

// Unfinished reports whether a file of size bytes is what an interrupted creation leaves
// behind: bbolt writes four pages of pageSize first, and nothing was stored before that.
func Unfinished(r io.ReaderAt, size, pageSize int64) bool {
	if size >= 4*pageSize {
		return false
	}
	if m, ok := readMetaAt(r, 0); ok {
		return m.txid == 0 && int64(m.pageSize)*4 > size
	}
	b := make([]byte, size)
	if _, err := r.ReadAt(b, 0); err != nil {
		return false
	}
	return len(bytes.Trim(b, "\x00")) == 0
}

func readMetaAt(r io.ReaderAt, at int64) (meta, bool) {
	var b [pageHeader + metaSize + 8]byte
	if n, _ := r.ReadAt(b[:], at); n < len(b) {
		return meta{}, false
	}
	return readMeta(b[:])
}

func readMeta(b []byte) (m meta, ok bool) {
	if native.Uint16(b[8:]) != metaPage {
		return m, false
	}
	b = b[pageHeader:]
	sum := fnv.New64a()
	_, _ = sum.Write(b[:metaSize])
	if native.Uint32(b) != magic || native.Uint32(b[4:]) != version || native.Uint64(b[metaSize:]) != sum.Sum64() {
		return m, false
	}
	m = meta{pageSize: native.Uint32(b[8:]), root: native.Uint64(b[16:]), free: native.Uint64(b[32:]), high: native.Uint64(b[40:]), txid: native.Uint64(b[48:])}
	return m, m.pageSize >= 1024 && m.pageSize <= maxPageSize && m.pageSize&(m.pageSize-1) == 0
}

// noMeta tells a damaged bbolt file from a file that is something else.
func noMeta(r io.ReaderAt) error {
	b := make([]byte, pageHeader+metaSize)
	for at := int64(0); at <= maxPageSize; at = max(1024, at*2) {
		n, _ := r.ReadAt(b, at)
		if n > pageHeader+4 && native.Uint32(b[pageHeader:]) == magic {
			return fmt.Errorf("both meta pages are broken: %w", ErrDamaged)
		}
	}
	return ErrForeign
}

func damaged(page uint64, what string) error {
	return fmt.Errorf("page %d %s: %w", page, what, ErrDamaged)
}
