package store

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/cespare/xxhash/v2"
	bolt "go.etcd.io/bbolt"
)

// A flipped bit in a page that leads to other pages hides rows: a search finds nothing or a
// list ends early, and no checksum of a row is wrong. So the rows of a bucket are divided
// into blocks of neighbours, and bucket sums has the number of rows of each block and a hash
// over all of them. Update keeps them; View compares them with what it has read. Update
// compares only the blocks that it lists or in which it finds nothing under a key, and each
// only once after Open: what a disk loses after that, Check finds.

// sum describes a set of rows. The hash is that of each row, added up: rows can come and go
// in any order.
type sum struct {
	rows int64
	hash uint64
}

func (s *sum) add(o sum) { s.rows, s.hash = s.rows+o.rows, s.hash+o.hash }

func (s sum) minus() sum { return sum{-s.rows, -s.hash} }

const sumSize = 16

func (s sum) append(to []byte) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(to, uint64(s.rows)), s.hash)
}

func readSum(p []byte) sum { return sum{int64(readSeq(p)), readSeq(p[8:])} }

// sumOf returns the sum of one row. The value's header has the checksum of all of it.
func (r *rows) sumOf(key, value []byte) sum {
	r.hashed = append(append(r.hashed[:0], value[:min(headerSize, len(value))]...), key...)
	return sum{1, xxhash.Sum64(r.hashed)}
}

// hasSums reports whether the rows of b are in sums. They are not where a lost row does no
// more than one visit too many, and where each visit writes one.
func (b bucket) hasSums() bool {
	return b != meta && b != logs && b != sums && b != visitStates && b != lastDocuments && b != feedReaders
}

// block returns the beginning of key that the keys of its block have in common. A block
// should be small, because it is read in whole, and yet most commits should change few.
func (b bucket) block(key []byte) []byte {
	n := 0
	switch b {
	case entries, bodies, stories, changes, signatures, orders, recordIDs, notices:
		n = 7 // 256 records
	case timeline:
		n = 5 // 2^24 ms, 4.7 hours
	case places, claims:
		n = bytes.IndexByte(key, 0) + 1 + 5
	case keys, texts, archives, recipients, issues, mails:
		n = bytes.IndexByte(key, 0) + 1
	case sideRows:
		n = bytes.IndexByte(key, 0) + 1 + 1 // a 256th of a bucket's rows
	case firstSeqs:
		n = 2 // the kind, and a 32nd of the ids
	case events:
		n = 1
	}
	return key[:min(n, len(key))]
}

// blockName names a block in errors.
func (b bucket) blockName(block []byte) string {
	if name, _, ok := bytes.Cut(block, []byte{0}); ok && (b == places || b == claims || b == keys || b == texts || b == archives) {
		return fmt.Sprintf("%s of %s", b, name)
	}
	return b.String()
}

func sumKey(b bucket, block []byte) []byte { return append(namePrefix(b.String()), block...) }

// noteSum notes that value replaces what is stored under key; nil deletes it.
func (r *rows) noteSum(b bucket, key, value []byte) {
	if !b.hasSums() {
		return
	}
	var change sum
	if old := r.stored(b, key); old != nil {
		change.add(r.sumOf(key, old).minus())
	}
	if value != nil {
		change.add(r.sumOf(key, value))
	}
	block := b.block(key)
	s := r.changed[b][string(block)]
	if s == nil {
		if r.changed[b] == nil {
			r.changed[b] = map[string]*sum{}
		}
		s = new(sum)
		r.changed[b][string(block)] = s
	}
	s.add(change)
}

// stored returns the value of a row with its header, nil when there is no row.
func (r *rows) stored(b bucket, key []byte) []byte {
	k, v := r.cursor(b).Seek(key)
	if !bytes.Equal(k, key) {
		return nil
	}
	return v
}

// putSums stores what noteSum has noted.
func (r *rows) putSums() error {
	if r.bucket(sums) == nil {
		return nil // the migration that computes all is still to come
	}
	for b, blocks := range r.changed {
		for block, change := range blocks {
			if *change == (sum{}) {
				continue
			}
			if err := r.putSum(bucket(b), []byte(block), *change); err != nil {
				return err
			}
		}
		clear(blocks)
	}
	return nil
}

func (r *rows) putSum(b bucket, block []byte, change sum) error {
	key := sumKey(b, block)
	p, err := r.getStored(sums, key)
	if err != nil {
		return err
	}
	if len(p) == sumSize {
		change.add(readSum(p))
	}
	if change == (sum{}) {
		return r.deleteStored(sums, key)
	}
	return r.putStored(sums, key, change.append(nil))
}

// sumRows is the migration that computes the sums of all rows. Buckets of later schemas do
// not exist yet.
func sumRows(b *bolt.Tx) error {
	if err := createIn(b, sums); err != nil {
		return err
	}
	r := &rows{b: b}
	for in := range numBuckets {
		if !in.hasSums() || r.bucket(in) == nil {
			continue
		}
		w := sumWalk{rows: r, in: in}
		c := r.bucket(in).Cursor()
		for k, v := c.First(); k != nil; k, v = c.Next() {
			if err := w.next(k, v, r.putSum); err != nil {
				return err
			}
		}
		if err := w.end(r.putSum); err != nil {
			return err
		}
	}
	return nil
}

// sumWalk adds up the rows of a bucket, which come in the order of their keys.
type sumWalk struct {
	*rows
	in    bucket
	key   []byte // the last one
	block []byte // of key
	sum   sum    // of the rows of block so far
}

// next adds a row. It calls fn for the block before when a new one begins.
func (w *sumWalk) next(key, value []byte, fn func(bucket, []byte, sum) error) error {
	if bytes.Compare(key, w.key) <= 0 && w.key != nil {
		return mismatch(w.in, key, "is out of order")
	}
	block := w.in.block(key)
	if w.key != nil && !bytes.Equal(block, w.block) {
		if err := w.end(fn); err != nil {
			return err
		}
	}
	w.key, w.block = key, block
	w.sum.add(w.sumOf(key, value))
	return nil
}

// end calls fn for the last block.
func (w *sumWalk) end(fn func(bucket, []byte, sum) error) error {
	if w.key == nil {
		return nil
	}
	s := w.sum
	w.sum = sum{}
	return fn(w.in, w.block, s)
}

// checksRows reports whether what this transaction reads from b is compared with the sums.
// For a writing transaction see checkMissingInUpdate and checkReadInUpdate.
func (r *rows) checksRows(b bucket) bool {
	return !r.b.Writable() && b.hasSums() && r.bucket(sums) != nil
}

// checkBlocks compares the blocks that have rows in [low, high) with their sums; a nil high
// is no bound. It returns how many rows are in [low, high).
func (r *rows) checkBlocks(b bucket, low, high []byte) (n int, err error) {
	stored := newSumCursor(r, b, low)
	w := sumWalk{rows: r, in: b}
	c := r.bucket(b).Cursor()
	for k, v := c.Seek(b.block(low)); k != nil && (isBelow(k, high) || bytes.HasPrefix(high, b.block(k))); k, v = c.Next() {
		if err := r.hasEnded(); err != nil {
			return 0, err
		}
		if err := w.next(k, v, stored.compare); err != nil {
			return 0, err
		}
		in, err := b.countIn(k, v, low, high)
		if err != nil {
			return 0, err
		}
		n += in
	}
	if err := w.end(stored.compare); err != nil {
		return 0, err
	}
	return n, stored.endAt(high)
}

// isBelow reports whether key is below high; nil is no bound.
func isBelow(key, high []byte) bool { return high == nil || bytes.Compare(key, high) < 0 }

// sumCursor reads the sums of a bucket in the order of the blocks.
type sumCursor struct {
	in     bucket
	prefix []byte
	c      *bolt.Cursor
	k, v   []byte
}

func newSumCursor(r *rows, b bucket, low []byte) *sumCursor {
	s := &sumCursor{in: b, prefix: sumKey(b, nil), c: r.bucket(sums).Cursor()}
	s.k, s.v = s.c.Seek(sumKey(b, b.block(low)))
	return s
}

// at returns the next block and its sum; ok is false when there is none.
func (s *sumCursor) at() (block []byte, of sum, ok bool, err error) {
	if !bytes.HasPrefix(s.k, s.prefix) {
		return nil, sum{}, false, nil
	}
	p, err := sums.unseal(s.k, s.v)
	if err == nil && len(p) != sumSize {
		err = mismatch(sums, s.k, "has a wrong length")
	}
	if err != nil {
		return nil, sum{}, false, err
	}
	return s.k[len(s.prefix):], readSum(p), true, nil
}

// compare returns an error unless the next block is the given one and has its sum.
func (s *sumCursor) compare(_ bucket, block []byte, got sum) error {
	next, want, ok, err := s.at()
	if err != nil {
		return err
	}
	if !ok || bytes.Compare(next, block) > 0 {
		return s.differs(block, got.rows, 0)
	}
	if !bytes.Equal(next, block) {
		return s.differs(next, 0, want.rows)
	}
	if got != want {
		return s.differs(block, got.rows, want.rows)
	}
	s.next()
	return nil
}

func (s *sumCursor) next() { s.k, s.v = s.c.Next() }

// endAt returns an error if there is another block with rows below high.
func (s *sumCursor) endAt(high []byte) error {
	block, want, ok, err := s.at()
	if ok && err == nil && (high == nil || bytes.Compare(block, high) <= 0) {
		err = s.differs(block, 0, want.rows)
	}
	return err
}

func (s *sumCursor) differs(block []byte, got, want int64) error {
	if got == want {
		return fmt.Errorf("%s: has other rows than were written: %w", s.in.blockName(block), ErrDamaged)
	}
	return fmt.Errorf("%s: has %d rows where %d were written: %w", s.in.blockName(block), got, want, ErrDamaged)
}

// checkMissing returns an error if there may be a row with key, although a search has found
// none, and k in its place.
func (r *rows) checkMissing(b bucket, key, k []byte) error {
	if r.b.Writable() {
		return r.checkMissingInUpdate(b, key, k)
	}
	switch b {
	case state, sources, topics, firstSeqs, bodies, events, archives, orders, secrets, tokens:
	default:
		return nil // nothing that anybody reads depends on it
	}
	if !r.checksRows(b) {
		return nil
	}
	if err := r.checkPosition(b, key, k); err != nil {
		return err
	}
	block := b.block(key)
	if r.sound[b][string(block)] {
		return nil
	}
	if _, err := r.checkBlocks(b, block, append(bytes.Clone(block), 0)); err != nil {
		return err
	}
	if r.sound[b] == nil {
		r.sound[b] = map[string]bool{}
	}
	r.sound[b][string(block)] = true
	return nil
}

// checkMissingInUpdate is checkMissing for a transaction that decides by what is missing: a
// known item would be taken for new and published again, a notice or mail sent twice.
func (r *rows) checkMissingInUpdate(b bucket, key, k []byte) error {
	if !r.checksBlocks(b) || b == bodies {
		return nil // a body decides nothing, and to read a block of them takes long
	}
	if err := r.checkPosition(b, key, k); err != nil {
		return err
	}
	return r.checkBlockOnce(b, b.block(key))
}

// checkReadInUpdate is checkRead for a writing transaction.
func (r *rows) checkReadInUpdate(b bucket, low, high []byte) error {
	if !r.checksBlocks(b) {
		return nil
	}
	k, _ := r.cursor(b).Seek(low)
	if err := r.checkPosition(b, low, k); err != nil {
		return err
	}
	if block := b.block(low); high != nil && bytes.Equal(b.block(high), block) {
		return r.checkBlockOnce(b, block)
	}
	for s := newSumCursor(r, b, low); ; s.next() {
		block, _, ok, err := s.at()
		if !ok || err != nil || !isBelow(block, high) {
			return err
		}
		if err := r.checkBlockOnce(b, block); err != nil {
			return err
		}
	}
}

// checksBlocks reports whether this writing transaction compares blocks of b.
func (r *rows) checksBlocks(b bucket) bool {
	return r.verified != nil && b.hasSums() && r.bucket(sums) != nil
}

// checkBlockOnce compares a block with its sum unless an Update has done so since Open.
func (r *rows) checkBlockOnce(b bucket, block []byte) error {
	if r.verified[b][string(block)] {
		return nil
	}
	if err := r.checkChangedBlock(b, block); err != nil {
		return err
	}
	if r.verified[b] == nil {
		r.verified[b] = map[string]bool{}
	}
	r.verified[b][string(block)] = true
	return nil
}

// checkChangedBlock compares a block, and what this transaction changed in it, with its sum.
func (r *rows) checkChangedBlock(b bucket, block []byte) error {
	var got, want sum
	c := r.bucket(b).Cursor()
	for k, v := c.Seek(block); k != nil && bytes.HasPrefix(k, block); k, v = c.Next() {
		if bytes.Equal(b.block(k), block) {
			got.add(r.sumOf(k, v))
		}
	}
	p, err := r.getStored(sums, sumKey(b, block))
	if err != nil {
		return err
	}
	if len(p) == sumSize {
		want = readSum(p)
	}
	if change := r.changed[b][string(block)]; change != nil {
		want.add(*change)
	}
	if got != want {
		return (&sumCursor{in: b}).differs(block, got.rows, want.rows)
	}
	return nil
}

// checkPosition checks that the cursor of b, which searched key and found k, is between the
// rows before and after key.
func (r *rows) checkPosition(b bucket, key, k []byte) error {
	if p, _ := previous(r.cursor(b), k); k != nil && bytes.Compare(k, key) < 0 || p != nil && bytes.Compare(p, key) >= 0 {
		return mismatch(b, key, "is out of order")
	}
	return nil
}

// checkRead checks that a walk over all rows in [low, high) met n rows.
func (r *rows) checkRead(b bucket, low, high []byte, n int) error {
	if high != nil && bytes.Compare(low, high) >= 0 {
		return nil
	}
	if r.b.Writable() {
		return r.checkReadInUpdate(b, low, high)
	}
	if !r.checksRows(b) {
		return nil
	}
	want, err := r.checkBlocks(b, low, high)
	if err == nil && n != want {
		err = fmt.Errorf("%s: %d rows found of %d: %w", b.blockName(low), n, want, ErrDamaged)
	}
	return err
}

// checkSums compares all rows with their sums.
func (r *rows) checkSums() error {
	for b := range numBuckets {
		if !r.checksRows(b) {
			continue
		}
		if _, err := r.checkBlocks(b, nil, nil); err != nil {
			return err
		}
	}
	return nil
}

// prefixEnd returns the smallest key above all that begin with prefix, nil when there is
// none.
func prefixEnd(prefix []byte) []byte {
	end := bytes.Clone(prefix)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i]++; end[i] != 0 {
			return end[:i+1]
		}
	}
	return nil
}
