package store

import (
	"bytes"

	"github.com/tidwall/btree"
)

// pendingRow is a row that is in the log and not yet in its bucket.
type pendingRow struct {
	key     []byte
	payload []byte // nil: the row is deleted
	by      uint64 // the bbolt transaction that wrote it
}

// pendingRows are those of one bucket by key.
type pendingRows = btree.BTreeG[*pendingRow]

func newPendingRows() *pendingRows {
	less := func(a, b *pendingRow) bool { return bytes.Compare(a.key, b.key) < 0 }
	return btree.NewBTreeGOptions(less, btree.Options{NoLocks: true}) // what others see does not change
}

// pending is what the log holds after a commit. It takes the place of the rows of the same
// keys in their buckets.
type pending struct {
	last   uint64   // the bbolt transaction of the commit
	before *pending // after the commit before; nil in that
	number uint64   // of the last row of the log
	size   int      // bytes in the log
	rows   [numBuckets]*pendingRows
}

// at returns what the log held after bbolt transaction id, nil if that is not known any more.
func (p *pending) at(id uint64) *pending {
	for ; p != nil && p.last > id; p = p.before {
	}
	return p
}

// next returns a copy for transaction id to change.
func (p *pending) next(id uint64) *pending {
	before := *p
	before.before = nil
	return &pending{last: id, before: &before, number: p.number, size: p.size, rows: p.rows}
}

// row returns a row that is in the log; nil when there is none.
func (p *pending) row(b bucket, key []byte) *pendingRow {
	if p == nil || p.rows[b] == nil {
		return nil
	}
	row, _ := p.rows[b].Get(&pendingRow{key: key})
	return row
}

// put stores a row that transaction id writes, and returns it if it is the first one of the
// transaction with the key. Each transaction has copies of the trees that it changes.
func (p *pending) put(id uint64, b bucket, key, payload []byte) (first *pendingRow) {
	if had := p.row(b, key); had != nil && had.by == id {
		had.payload = payload
		return nil
	}
	row := &pendingRow{key, payload, id}
	p.rows[b].Set(row)
	return row
}

// merge walks the rows of a bucket in one direction, as if those in the log were in it.
type merge struct {
	c      *storedCursor
	at     storedRow // the next row of the bucket
	prefix []byte
	log    btree.IterG[*pendingRow]
	row    *pendingRow // the next one of the log
	down   bool
	stored int // rows of the bucket that were passed
}

// newMerge returns a merge of the rows whose keys begin with prefix and are not below from, or
// going down, are below from.
func (r *rows) newMerge(b bucket, prefix, from []byte, down bool) *merge {
	m := &merge{c: r.newCursor(b), prefix: prefix, down: down}
	m.at = m.c.seek(from)
	switch {
	case down && m.at.key == nil:
		m.at = m.c.last()
	case down:
		m.at = m.c.prev()
	}
	if r.pending == nil || r.pending.rows[b] == nil {
		return m
	}
	m.log = r.pending.rows[b].Iter()
	found := m.log.Seek(&pendingRow{key: from})
	switch {
	case down && !found:
		found = m.log.Last()
	case down:
		found = m.log.Prev()
	}
	m.setRow(found)
	return m
}

func (m *merge) setRow(found bool) {
	if m.row = nil; found {
		m.row = m.log.Item()
	}
}

// next returns the next row; a nil key: there is none. The value is sealed if it is a row of
// bbolt, else it is the payload.
func (m *merge) next() (key, value []byte, sealed bool) {
	for {
		stored, logged := m.at.key != nil && bytes.HasPrefix(m.at.key, m.prefix), m.row != nil && bytes.HasPrefix(m.row.key, m.prefix)
		order := 0
		switch {
		case !stored && !logged:
			return nil, nil, false
		case !logged:
			order = -1
		case !stored:
			order = 1
		default:
			if order = bytes.Compare(m.at.key, m.row.key); m.down {
				order = -order
			}
		}
		at, row := m.at, m.row
		if order <= 0 {
			m.stored++
			m.step()
		}
		if order >= 0 {
			m.stepLog()
		}
		switch {
		case order < 0:
			return at.key, at.value, at.sealed
		case row.payload != nil:
			return row.key, row.payload, false
		}
	}
}

func (m *merge) step() {
	if m.down {
		m.at = m.c.prev()
	} else {
		m.at = m.c.next()
	}
}

func (m *merge) stepLog() {
	if m.down {
		m.setRow(m.log.Prev())
	} else {
		m.setRow(m.log.Next())
	}
}
