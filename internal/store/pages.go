package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"slices"
)

// pages reads bbolt's file format, version 2, without trusting it. bbolt itself
// ends the process on a damaged file, in goroutines of its own, so nothing is
// given to it that did not pass here first.
type pages struct {
	file io.ReaderAt
	size int64 // of a page
	head metaPage
	torn bool     // one of the two meta pages is not valid
	seen []uint64 // a bit for each page that was reached
}

const (
	boltMagic   = 0xED0CDAED
	boltVersion = 2

	branchPage = 0x01
	leafPage   = 0x02
	metaFlag   = 0x04
	freePage   = 0x10

	pageHeader  = 16 // id (8) flags (2) count (2) overflow (4)
	elemHeader  = 16 // leaf: flags (4) pos (4) ksize (4) vsize (4); branch: pos (4) ksize (4) id (8)
	bucketHead  = 16 // root page (8) sequence (8); the page itself follows when root is 0
	bucketFlag  = 0x01
	metaSummed  = 56 // bytes of a meta page that its checksum is of
	maxPageSize = 1024 << 14
	maxDepth    = 64

	unlisted = 1<<64 - 1 // stands for the page of a list of free pages that was not written
	longList = 1<<16 - 1 // stands for a count that is the first number of the list
)

var native = binary.NativeEndian

type metaPage struct {
	pageSize uint32
	root     uint64
	free     uint64 // where the list of free pages is, or unlisted
	high     uint64 // the first page number that was never used
	txid     uint64
}

func readMeta(b []byte) (m metaPage, ok bool) {
	if len(b) < pageHeader+metaSummed+8 || native.Uint16(b[8:]) != metaFlag {
		return m, false
	}
	b = b[pageHeader:]
	sum := fnv.New64a()
	_, _ = sum.Write(b[:metaSummed])
	if native.Uint32(b) != boltMagic || native.Uint32(b[4:]) != boltVersion || native.Uint64(b[metaSummed:]) != sum.Sum64() {
		return m, false
	}
	m = metaPage{pageSize: native.Uint32(b[8:]), root: native.Uint64(b[16:]), free: native.Uint64(b[32:]), high: native.Uint64(b[40:]), txid: native.Uint64(b[48:])}
	return m, m.pageSize >= 1024 && m.pageSize <= maxPageSize && m.pageSize&(m.pageSize-1) == 0
}

// readPages finds the meta page in force, as bbolt does: the valid one with the
// higher transaction. One that is not valid is what a power cut leaves.
func readPages(f io.ReaderAt, size int64) (*pages, error) {
	first, ok1 := metaAt(f, 0)
	second, ok2 := metaPage{}, false
	if ok1 {
		second, ok2 = metaAt(f, int64(first.pageSize))
	}
	for at := int64(1024); !ok1 && !ok2 && at <= maxPageSize && at < size; at *= 2 {
		second, ok2 = metaAt(f, at)
		ok2 = ok2 && int64(second.pageSize) == at
	}
	p := &pages{file: f, head: first, torn: !ok1 || !ok2}
	switch {
	case !ok1 && !ok2:
		return nil, foreign(f)
	case !ok1, ok2 && second.txid > first.txid:
		p.head = second
	}
	p.size = int64(p.head.pageSize)
	if need := p.size * int64(p.head.high); p.head.high > 1<<40 || need > size {
		return nil, fmt.Errorf("the file has %d bytes and should have %d: %w", size, need, ErrDamaged)
	}
	p.seen = make([]uint64, p.head.high/64+1)
	return p, nil
}

func metaAt(f io.ReaderAt, at int64) (metaPage, bool) {
	var b [pageHeader + metaSummed + 8]byte
	if n, _ := f.ReadAt(b[:], at); n < len(b) {
		return metaPage{}, false
	}
	return readMeta(b[:])
}

// foreign tells a damaged file of ours from one that is something else.
func foreign(f io.ReaderAt) error {
	b := make([]byte, pageHeader+metaSummed)
	for at := int64(0); at <= maxPageSize; at = max(1024, at*2) {
		n, _ := f.ReadAt(b, at)
		if n > pageHeader+4 && native.Uint32(b[pageHeader:]) == boltMagic {
			return fmt.Errorf("both meta pages are broken: %w", ErrDamaged)
		}
	}
	return errForeign
}

// unfinished says that a file is what remains of the making of one: nothing was
// ever stored in it.
func unfinished(f io.ReaderAt, size int64) bool {
	if size >= 4*pageSize {
		return false
	}
	if m, ok := metaAt(f, 0); ok {
		return m.txid == 0 && int64(m.pageSize)*4 > size
	}
	b := make([]byte, size)
	if _, err := f.ReadAt(b, 0); err != nil {
		return false
	}
	return len(bytes.Trim(b, "\x00")) == 0
}

// walk reads every page that can be reached, the checksum of every row, and the
// list of free pages.
func (p *pages) walk() error {
	w := walker{pages: p}
	if err := w.page(p.head.root, 0, nil, nil); err != nil {
		return err
	}
	return w.freeList()
}

type walker struct {
	*pages
	path []string // of the buckets that the page is in
	in   bucket   // what they stand for
	free [][]byte // page buffers to use again
}

// page walks the tree below page id, whose keys are all in [low, high); nil is no
// bound.
func (w *walker) page(id uint64, depth int, low, high []byte) error {
	if depth > maxDepth {
		return damaged(id, "is too deep")
	}
	b, err := w.read(id)
	if err != nil {
		return err
	}
	defer func() { w.free = append(w.free, b) }()
	return w.elements(id, b, depth, low, high)
}

// read returns a page with its overflow.
func (w *walker) read(id uint64) ([]byte, error) {
	if err := w.mark(id, 0); err != nil {
		return nil, err
	}
	b, err := w.fill(id, nil, w.size)
	if err != nil {
		return nil, err
	}
	more := uint64(native.Uint32(b[12:]))
	switch {
	case native.Uint64(b) != id:
		return nil, damaged(id, "says that it is another")
	case more > w.head.high-id-1:
		return nil, damaged(id, "reaches beyond the end")
	case more == 0:
		return b, nil
	}
	if err := w.mark(id+1, more-1); err != nil {
		return nil, err
	}
	return w.fill(id, b, w.size*int64(more+1))
}

func (w *walker) fill(id uint64, b []byte, n int64) ([]byte, error) {
	if b == nil && len(w.free) > 0 {
		b, w.free = w.free[len(w.free)-1], w.free[:len(w.free)-1]
	}
	if int64(cap(b)) < n {
		b = make([]byte, n)
	}
	b = b[:n]
	if _, err := w.file.ReadAt(b, int64(id)*w.size); err != nil {
		return nil, fmt.Errorf("read page %d: %w", id, err)
	}
	return b, nil
}

// freeList sees to it that no page is listed as free that is in use. One that is
// in neither is lost until the list is made anew; that does no harm.
func (w *walker) freeList() error {
	if w.head.free == unlisted {
		return nil
	}
	b, err := w.read(w.head.free)
	if err != nil {
		return err
	}
	if native.Uint16(b[8:]) != freePage {
		return damaged(w.head.free, "is no list of free pages")
	}
	count, list := uint64(native.Uint16(b[10:])), b[pageHeader:]
	if count == longList {
		count, list = native.Uint64(list), list[8:]
	}
	if count > uint64(len(list)/8) {
		return damaged(w.head.free, "has a wrong count")
	}
	for i := range count {
		if err := w.mark(native.Uint64(list[8*i:]), 0); err != nil {
			return err
		}
	}
	return nil
}

// mark notes that page id and the more after it were reached: each can be once.
func (w *walker) mark(id, more uint64) error {
	for i := id; i <= id+more; i++ {
		if i < 2 || i >= w.head.high {
			return damaged(i, "does not exist")
		}
		if w.seen[i/64]&(1<<(i%64)) != 0 {
			return damaged(i, "is used twice")
		}
		w.seen[i/64] |= 1 << (i % 64)
	}
	return nil
}

// elements walks what one page holds. bbolt lays a page out in one way only: the
// elements, then their keys and values in the same order without a gap, in no more
// pages than that takes. So a wrong count, position or length shows.
func (w *walker) elements(id uint64, b []byte, depth int, low, high []byte) error {
	kind, count := native.Uint16(b[8:]), int(native.Uint16(b[10:]))
	if kind != branchPage && kind != leafPage {
		return damaged(id, "is of no known kind")
	}
	at := pageHeader + count*elemHeader
	if at > len(b) || kind == branchPage && count == 0 {
		return damaged(id, "has a wrong count")
	}
	keys := make([]element, count)
	for i := range keys {
		if err := keys[i].read(b, kind, i, &at); err != nil {
			return damaged(id, err.Error())
		}
		k := keys[i].key
		if i > 0 {
			low = keys[i-1].key
		}
		if low != nil && (bytes.Compare(k, low) < 0 || i > 0 && bytes.Equal(k, low)) || high != nil && bytes.Compare(k, high) >= 0 {
			return damaged(id, "has its keys out of order")
		}
	}
	if inline := depth < 0; !inline && int64(at) <= int64(len(b))-w.size {
		return damaged(id, "is longer than what it holds")
	}
	if len(w.path) == 0 && count > 0 && !slices.ContainsFunc(keys, ours) {
		return errForeign
	}
	for i := range keys {
		to := high
		if i+1 < count {
			to = keys[i+1].key
		}
		if err := w.element(id, kind, keys[i], depth, to); err != nil {
			return err
		}
	}
	return nil
}

// ours says that an element of the root page is one of our top buckets.
func ours(e element) bool {
	name := string(e.key)
	return e.flags == bucketFlag && (name == "meta" || name == "shared" || name == "local")
}

// element is a row, a bucket, or a branch to a page.
type element struct {
	flags      uint32
	id         uint64
	key, value []byte
}

// read reads element i of a page, whose key must be at at, and moves at behind it.
func (e *element) read(b []byte, kind uint16, i int, at *int) error {
	head := b[pageHeader+i*elemHeader:]
	var pos, ksize, vsize uint32
	if kind == branchPage {
		pos, ksize, e.id = native.Uint32(head), native.Uint32(head[4:]), native.Uint64(head[8:])
	} else {
		e.flags, pos, ksize, vsize = native.Uint32(head), native.Uint32(head[4:]), native.Uint32(head[8:]), native.Uint32(head[12:])
	}
	from := pageHeader + i*elemHeader + int(pos)
	end := int64(from) + int64(ksize) + int64(vsize)
	if from != *at || end > int64(len(b)) || ksize == 0 || e.flags&^bucketFlag != 0 {
		return errors.New("has a wrong element")
	}
	e.key, e.value = b[from:from+int(ksize)], b[from+int(ksize):end]
	*at = int(end)
	return nil
}

func (w *walker) element(id uint64, kind uint16, e element, depth int, high []byte) error {
	switch {
	case kind == branchPage:
		return w.page(e.id, depth+1, e.key, high)
	case e.flags&bucketFlag != 0:
		return w.bucket(id, e)
	case len(w.path) == 0 || w.in == numBuckets:
		return damaged(id, fmt.Sprintf("has a row %q where none should be", e.key))
	}
	_, err := w.in.unseal(e.key, e.value)
	return err
}

func (w *walker) bucket(id uint64, e element) error {
	if len(e.value) < bucketHead || len(w.path) == maxDepth {
		return damaged(id, "has a wrong bucket")
	}
	outer := w.in
	w.path = append(w.path, string(e.key))
	w.in = bucketOf(w.path)
	defer func() { w.path, w.in = w.path[:len(w.path)-1], outer }()
	if root := native.Uint64(e.value); root != 0 {
		return w.page(root, 0, nil, nil)
	}
	inline := e.value[bucketHead:]
	if len(inline) < pageHeader || native.Uint16(inline[8:]) != leafPage {
		return damaged(id, "has a wrong bucket")
	}
	return w.elements(id, inline, -1, nil, nil)
}

func damaged(id uint64, what string) error {
	return fmt.Errorf("page %d %s: %w", id, what, ErrDamaged)
}
