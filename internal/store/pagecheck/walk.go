package pagecheck

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
)

// walker walks the pages of a file from the root bucket down.
type walker struct {
	*File
	layout  Layout
	path    []string                      // of the bucket that the page is in
	rows    func(key, value []byte) error // the check for its rows; nil when it may have none
	buffers [][]byte                      // page buffers to use again

	branches bool // only pages that lead to others are read
	leaves   int  // with branches, the depth of the pages of rows in this bucket
}

// page walks the tree below page id. All its keys must be in [low, high); nil is no bound.
func (w *walker) page(id uint64, depth int, low, high []byte) error {
	if depth > maxDepth {
		return damaged(id, "is too deep")
	}
	if w.branches && w.rows != nil && depth == w.leaves {
		return w.visit(id, 0)
	}
	b, err := w.read(id)
	if err != nil {
		return err
	}
	defer func() { w.buffers = append(w.buffers, b) }()
	return w.elements(id, b, depth, low, high)
}

// setLeaves sets leaves for the bucket at root. All pages of its rows have the same depth, so
// the first and the last one tell it.
func (w *walker) setLeaves(root uint64) error {
	if !w.branches || w.rows == nil {
		return nil
	}
	first, err := w.depth(root, func(int) int { return 0 })
	if err != nil {
		return err
	}
	last, err := w.depth(root, func(count int) int { return count - 1 })
	if err == nil && first != last {
		err = damaged(root, "leads to rows at different depths")
	}
	w.leaves = first
	return err
}

// depth returns how many pages lead from page id to a page of rows. Of each page the element
// that choose returns is followed.
func (w *walker) depth(id uint64, choose func(count int) int) (int, error) {
	for d := range maxDepth {
		if id < 2 || id >= w.meta.high {
			return 0, damaged(id, "does not exist")
		}
		b, err := w.fill(id, nil, w.pageSize)
		if err != nil {
			return 0, err
		}
		w.buffers = append(w.buffers, b)
		if native.Uint16(b[8:]) != branchPage {
			return d, nil
		}
		at := pageHeader + choose(int(native.Uint16(b[10:])))*elemHeader
		if at < pageHeader || at+elemHeader > len(b) {
			return 0, damaged(id, "has a wrong count")
		}
		id = native.Uint64(b[at+8:])
	}
	return 0, damaged(id, "is too deep")
}

// read returns a page with its overflow pages.
func (w *walker) read(id uint64) ([]byte, error) {
	if err := w.visit(id, 0); err != nil {
		return nil, err
	}
	b, err := w.fill(id, nil, w.pageSize)
	if err != nil {
		return nil, err
	}
	more := uint64(native.Uint32(b[12:]))
	switch {
	case native.Uint64(b) != id:
		return nil, damaged(id, "has the number of another page")
	case more > w.meta.high-id-1:
		return nil, damaged(id, "reaches beyond the end")
	case more == 0:
		return b, nil
	}
	if err := w.visit(id+1, more-1); err != nil {
		return nil, err
	}
	return w.fill(id, b, w.pageSize*int64(more+1))
}

// fill reads n bytes from page id on, into b or a used buffer.
func (w *walker) fill(id uint64, b []byte, n int64) ([]byte, error) {
	if b == nil && len(w.buffers) > 0 {
		b, w.buffers = w.buffers[len(w.buffers)-1], w.buffers[:len(w.buffers)-1]
	}
	if int64(cap(b)) < n {
		b = make([]byte, n)
	}
	b = b[:n]
	if _, err := w.r.ReadAt(b, int64(id)*w.pageSize); err != nil {
		return nil, fmt.Errorf("read page %d: %w", id, err)
	}
	return b, nil
}

// visit records that page id and the more pages after it were reached. Each may be reached
// once.
func (w *walker) visit(id, more uint64) error {
	for i := id; i <= id+more; i++ {
		if i < 2 || i >= w.meta.high {
			return damaged(i, "does not exist")
		}
		if w.seen[i/64]&(1<<(i%64)) != 0 {
			return damaged(i, "is used twice")
		}
		w.seen[i/64] |= 1 << (i % 64)
	}
	return nil
}

// freeList checks that no page is listed as free that is in use. A page that is neither
// free nor in use is lost until the list is made anew; that does no harm.
func (w *walker) freeList() error {
	if !w.HasFreeList() {
		return nil
	}
	b, err := w.read(w.meta.free)
	if err != nil {
		return err
	}
	if native.Uint16(b[8:]) != freePage {
		return damaged(w.meta.free, "is not a list of free pages")
	}
	count, list := uint64(native.Uint16(b[10:])), b[pageHeader:]
	if count == longList {
		count, list = native.Uint64(list), list[8:]
	}
	if count > uint64(len(list)/8) {
		return damaged(w.meta.free, "has a wrong count")
	}
	for i := range count {
		if err := w.visit(native.Uint64(list[8*i:]), 0); err != nil {
			return err
		}
	}
	return nil
}

// elements walks the content of one page; depth is -1 for a page inside a row. bbolt lays
// a page out in one way only: the elements, then their keys and values in the same order
// without a gap, in no more pages than that takes. So a wrong count, position or length
// is found.
func (w *walker) elements(id uint64, b []byte, depth int, low, high []byte) error {
	kind, all, end, err := parse(id, b)
	if err != nil {
		return err
	}
	if w.branches && w.rows != nil && kind == leafPage && depth >= 0 {
		return damaged(id, "has rows where pages should be")
	}
	if err := checkOrder(id, all, low, high); err != nil {
		return err
	}
	if inline := depth < 0; !inline && int64(end) <= int64(len(b))-w.pageSize {
		return damaged(id, "is longer than its content")
	}
	if len(w.path) == 0 && len(all) > 0 && !slices.ContainsFunc(all, w.isTop) {
		return ErrForeign
	}
	for i := range all {
		to := high
		if i+1 < len(all) {
			to = all[i+1].key
		}
		if err := w.element(id, kind, all[i], depth, to); err != nil {
			return err
		}
	}
	return nil
}

// element is a row, a bucket, or a branch to a page.
type element struct {
	flags      uint32
	page       uint64 // of a branch
	key, value []byte
}

// parse returns a page's elements, and where the last one ends.
func parse(id uint64, b []byte) (kind uint16, all []element, end int, err error) {
	kind, count := native.Uint16(b[8:]), int(native.Uint16(b[10:]))
	if kind != branchPage && kind != leafPage {
		return 0, nil, 0, damaged(id, "is of no known kind")
	}
	end = pageHeader + count*elemHeader
	if end > len(b) || kind == branchPage && count == 0 {
		return 0, nil, 0, damaged(id, "has a wrong count")
	}
	all = make([]element, count)
	for i := range all {
		if end, err = all[i].parse(b, kind, i, end); err != nil {
			return 0, nil, 0, damaged(id, err.Error())
		}
	}
	return kind, all, end, nil
}

// parse reads element i of a page, whose key must begin at start. It returns the end of
// its value.
func (e *element) parse(b []byte, kind uint16, i, start int) (end int, err error) {
	head := b[pageHeader+i*elemHeader:]
	var pos, ksize, vsize uint32
	if kind == branchPage {
		pos, ksize, e.page = native.Uint32(head), native.Uint32(head[4:]), native.Uint64(head[8:])
	} else {
		e.flags, pos, ksize, vsize = native.Uint32(head), native.Uint32(head[4:]), native.Uint32(head[8:]), native.Uint32(head[12:])
	}
	from := pageHeader + i*elemHeader + int(pos)
	to := int64(from) + int64(ksize) + int64(vsize)
	if from != start || to > int64(len(b)) || ksize == 0 || e.flags&^bucketFlag != 0 {
		return 0, errors.New("has a wrong element")
	}
	e.key, e.value = b[from:from+int(ksize)], b[from+int(ksize):to]
	return int(to), nil
}

// checkOrder checks that keys ascend and are in [low, high).
func checkOrder(id uint64, all []element, low, high []byte) error {
	for i := range all {
		k := all[i].key
		if i > 0 {
			low = all[i-1].key
		}
		if low != nil && (bytes.Compare(k, low) < 0 || i > 0 && bytes.Equal(k, low)) || high != nil && bytes.Compare(k, high) >= 0 {
			return damaged(id, "has its keys out of order")
		}
	}
	return nil
}

// isTop reports whether an element of the root bucket is one of the expected top buckets.
func (w *walker) isTop(e element) bool {
	return e.flags == bucketFlag && slices.Contains(w.layout.Top, string(e.key))
}

func (w *walker) element(id uint64, kind uint16, e element, depth int, high []byte) error {
	switch {
	case kind == branchPage:
		return w.page(e.page, depth+1, e.key, high)
	case e.flags&bucketFlag != 0:
		return w.bucket(id, e)
	case w.rows == nil:
		return damaged(id, fmt.Sprintf("has a row %q where none should be", e.key))
	}
	return w.rows(e.key, e.value)
}

func (w *walker) bucket(id uint64, e element) error {
	if len(e.value) < bucketHeader || len(w.path) == maxDepth {
		return damaged(id, "has a wrong bucket")
	}
	outer, outerLeaves := w.rows, w.leaves
	w.path = append(w.path, string(e.key))
	w.rows, w.leaves = w.layout.Rows(w.path), 0
	defer func() { w.path, w.rows, w.leaves = w.path[:len(w.path)-1], outer, outerLeaves }()
	if root := native.Uint64(e.value); root != 0 {
		if err := w.setLeaves(root); err != nil {
			return err
		}
		return w.page(root, 0, nil, nil)
	}
	inline := e.value[bucketHeader:]
	if len(inline) < pageHeader || native.Uint16(inline[8:]) != leafPage {
		return damaged(id, "has a wrong bucket")
	}
	return w.elements(id, inline, -1, nil, nil)
}
