package side

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/store"
)

// A value of the table is a version byte, the lengths (uvarint) of the writer's name and of the
// key, both, and the row.
const version = 1

func encode(node string, row *store.SideRow) []byte {
	b := []byte{version}
	b = append(binary.AppendUvarint(b, uint64(len(node))), node...)
	b = append(binary.AppendUvarint(b, uint64(len(row.Key))), row.Key...)
	return append(b, row.Value...)
}

var errValue = errors.New("a row of another node can't be read; perhaps it has a newer Slugline: upgrade this node")

func decode(b []byte) (node string, key, value []byte, err error) {
	if len(b) == 0 || b[0] != version {
		return "", nil, nil, errValue
	}
	name, b, ok := cut(b[1:])
	key, b, ok2 := cut(b)
	if !ok || !ok2 {
		return "", nil, nil, errValue
	}
	return string(name), key, append([]byte{}, b...), nil
}

func cut(b []byte) (part, rest []byte, ok bool) {
	n, size := binary.Uvarint(b)
	if size <= 0 || n > uint64(len(b)-size) {
		return nil, nil, false
	}
	return b[size : size+int(n)], b[size+int(n):], true
}

// meet notes which table this node exchanges rows with. Revisions of another one mean nothing.
func (m *Mirror) meet(id string) error {
	var had string
	err := m.Store.View(func(tx *store.Tx) (err error) {
		had, err = tx.Side.Identity()
		return err
	})
	if err == nil && had != id {
		err = m.Store.Update(func(tx *store.Tx) error { return tx.Side.PutIdentity(id) })
	}
	return err
}

// hear stores what the table told.
func (m *Mirror) hear(ctx context.Context, w *watch, all []event) error {
	seen, changed, last := w.last, map[string]bool{}, false
	err := m.Store.Update(func(tx *store.Tx) error {
		for _, e := range all {
			if e.key == "" {
				last = true
			}
			if e.revision <= seen {
				continue // told twice
			}
			seen = e.revision
			name, isRow := strings.CutPrefix(e.key, rowPrefix)
			if !isRow {
				continue
			}
			if w.told != nil {
				w.told[name] = true
			}
			bucket, err := m.apply(tx, name, e)
			if err != nil {
				return fmt.Errorf("row %s: %w", name, err)
			}
			if bucket != "" {
				changed[bucket] = true
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	w.last = seen
	if last {
		if err := m.compare(ctx, w.told, changed); err != nil {
			return err
		}
		w.told = nil
	}
	if len(changed) > 0 {
		m.Heard(changed)
	}
	m.set(seen, w.told == nil)
	return nil
}

// apply stores a change of one row, and returns its bucket if this node's row changed.
func (m *Mirror) apply(tx *store.Tx, name string, e event) (changed string, err error) {
	bucket, _, _ := strings.Cut(name, ".")
	if !store.IsExchanged(bucket) {
		m.Log.Warn("a row of another node is of a kind that this version does not know: upgrade this node", "row", name)
		return "", nil
	}
	row, err := tx.Side.Named(name)
	if err != nil {
		return "", err
	}
	own := e.value == nil && m.unsure[name]
	delete(m.waiting, name)
	delete(m.unsure, name)
	var theirs []byte
	if e.value != nil {
		by, key, value, err := decode(e.value)
		if err != nil {
			m.Log.Error("row of another node", "row", name, "err", err)
			return "", nil
		}
		if row == nil {
			if row, err = tx.Side.Get(bucket, key); err != nil {
				return "", err
			}
		}
		own, theirs = by == m.Node, value
	}
	if row == nil || e.revision <= row.Revision {
		return "", nil // it was deleted before this node knew it, or this node wrote it
	}
	return m.decide(tx, row, theirs, e.revision, own)
}

// isSame reports whether two values are the same, or both rows are missing.
func isSame(a, b []byte) bool { return bytes.Equal(a, b) && (a == nil) == (b == nil) }

// decide stores the table's row, or what this node makes of it and its own.
func (m *Mirror) decide(tx *store.Tx, row *store.SideRow, theirs []byte, revision uint64, own bool) (changed string, err error) {
	ours := row.Value
	row.Revision = revision
	switch {
	case row.Mark == 0, isSame(ours, theirs):
		row.Value, row.Mark = theirs, 0
	case own: // this node has changed it since it wrote that
	default:
		if row.Value = merge(tx, row.Bucket, ours, theirs); isSame(row.Value, theirs) {
			row.Mark = 0
		}
	}
	if !isSame(ours, row.Value) {
		changed = row.Bucket
	}
	return changed, tx.Side.Put(row)
}

// compare compares this node's rows with those that the table told, which includes deletions of
// the last days. A row that the table had and has no more is deleted; one that it never had is
// marked, to be written.
func (m *Mirror) compare(ctx context.Context, told map[string]bool, changed map[string]bool) error {
	var missing, fresh []*store.SideRow
	err := m.Store.View(func(tx *store.Tx) error {
		return tx.Side.All(func(row *store.SideRow) error {
			switch {
			case told[row.Name()]:
			case row.Revision != 0:
				missing = append(missing, row)
			case row.Mark == 0:
				fresh = append(fresh, row)
			}
			return nil
		})
	})
	if err != nil {
		return err
	}
	if err := m.dropMissing(ctx, missing, changed); err != nil {
		return err
	}
	return m.each(fresh, func(tx *store.Tx, row *store.SideRow) error { return tx.Side.Mark(row) })
}

// each calls fn for rows as they are now, in short transactions.
func (m *Mirror) each(rows []*store.SideRow, fn func(*store.Tx, *store.SideRow) error) error {
	for part := range slices.Chunk(rows, atOnce) {
		err := m.Store.Update(func(tx *store.Tx) error {
			for _, row := range part {
				now, err := tx.Side.Get(row.Bucket, row.Key)
				if err == nil {
					err = fn(tx, now)
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// dropMissing deletes rows that the watch did not tell, unless they have changed here. The watch
// is of one server, whose copy of the table may be damaged: a row stays that can be written in
// its last revision.
func (m *Mirror) dropMissing(ctx context.Context, missing []*store.SideRow, changed map[string]bool) error {
	var gone []*store.SideRow
	for _, row := range missing {
		err := m.Store.View(func(tx *store.Tx) (err error) {
			row, err = tx.Side.Get(row.Bucket, row.Key)
			return err
		})
		if err != nil {
			return err
		}
		ok := false
		if row.Value != nil && row.Mark == 0 {
			if _, ok, err = m.Table.Update(ctx, rowPrefix+row.Name(), encode(m.Node, row), row.Revision); err != nil {
				return err
			}
		}
		if !ok {
			gone = append(gone, row)
		}
	}
	return m.each(gone, func(tx *store.Tx, row *store.SideRow) error {
		if row.Mark == 0 && row.Value != nil {
			row.Value, changed[row.Bucket] = nil, true
		}
		row.Revision = 0
		return tx.Side.Put(row)
	})
}

// written is a marked row, and what came of writing it.
type written struct {
	*store.SideRow
	revision uint64
	ok       bool
	err      error
}

// write writes marked rows to the table. more says that there are others.
func (m *Mirror) write(ctx context.Context) (more bool, err error) {
	var rows []*store.SideRow
	most := atOnce + len(m.waiting)
	err = m.Store.View(func(tx *store.Tx) (err error) {
		rows, err = tx.Side.Marked(most)
		return err
	})
	if err != nil {
		return false, err
	}
	more = len(rows) == most
	var failure error
	for len(rows) > 0 && failure == nil {
		n := 1
		for n < len(rows) && rows[n].Bucket == rows[0].Bucket {
			n++
		}
		done := m.writeRun(ctx, rows[:n])
		rows = rows[n:]
		if err := m.record(done); err != nil {
			return false, err
		}
		for _, w := range done {
			failure = errors.Join(failure, w.err)
		}
	}
	return more && failure == nil, failure
}

// writeRun writes rows of one bucket at the same time. Rows of different buckets are written in
// the order of their changes: an issue is there after its mails.
func (m *Mirror) writeRun(ctx context.Context, rows []*store.SideRow) []*written {
	var done []*written
	slots := make(chan struct{}, inFlight)
	for _, row := range rows {
		if _, waits := m.waiting[row.Name()]; waits {
			continue
		}
		w := &written{SideRow: row}
		done = append(done, w)
		slots <- struct{}{}
		go func() {
			defer func() { <-slots }()
			m.writeRow(ctx, w)
		}()
	}
	for range inFlight {
		slots <- struct{}{}
	}
	return done
}

func (m *Mirror) writeRow(ctx context.Context, w *written) {
	key := rowPrefix + w.Name()
	switch {
	case len(w.Value) > maxRow:
		w.ok, w.revision = true, w.Revision
		m.Log.Error("a row is too large for the other nodes, and stays on this one", "bucket", w.Bucket, "bytes", len(w.Value), "most", maxRow)
	case w.Value == nil:
		w.revision, w.ok, w.err = m.Table.Purge(ctx, key, w.Revision)
	case w.Revision == 0:
		w.revision, w.ok, w.err = m.Table.Create(ctx, key, encode(m.Node, w.SideRow))
	default:
		w.revision, w.ok, w.err = m.Table.Update(ctx, key, encode(m.Node, w.SideRow), w.Revision)
	}
}

// record stores the revisions of rows that were written, and takes back their marks unless they
// have changed since.
func (m *Mirror) record(done []*written) error {
	ok := 0
	for _, w := range done {
		switch {
		case w.err != nil && w.Value == nil:
			m.unsure[w.Name()] = true
		case w.err == nil && !w.ok:
			m.waiting[w.Name()] = time.Now()
		case w.err == nil:
			ok++
		}
	}
	if ok == 0 {
		return nil
	}
	err := m.Store.Update(func(tx *store.Tx) error {
		for _, w := range done {
			if w.err != nil || !w.ok {
				continue
			}
			now, err := tx.Side.Get(w.Bucket, w.Key)
			if err != nil {
				return err
			}
			if now.Revision = w.revision; now.Mark == w.Mark {
				now.Mark = 0
			}
			if err := tx.Side.Put(now); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	close(m.moved)
	m.moved = make(chan struct{})
	return nil
}
