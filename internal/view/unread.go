package view

import (
	"context"
	"errors"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

const (
	MaxUnread        = 1000   // stories that an Unread names at most
	maxUnreadScanned = 20_000 // stories and records that are examined for an Unread at most
)

// Unread names the stories that a filter of the wire holds and an editor has not read.
type Unread struct {
	Seq  uint64   `json:"seq"`            // seq of the last record that it includes
	IDs  []string `json:"ids"`            // at most MaxUnread, in no order
	More bool     `json:"more,omitempty"` // there may be others, beyond the newest
}

// UnreadReader finds unread stories in several transactions, none of them long.
//
// Where the records since the editor marked all as read are still stored, it examines the
// stories of those records; otherwise the newest stories.
type UnreadReader struct {
	Unread *Unread // what was found; complete when Read returns false

	marks    readMarks
	filter   *Filter
	seen     map[string]bool
	byRecord bool
	record   uint64      // the last record that was examined, by record
	last     *news.Story // the last story that was examined, else
	looked   int
}

// NewUnreadReader prepares finding the stories that satisfy a filter and are not read in an
// editor's read state.
func NewUnreadReader(tx *store.Tx, state *news.ReadState, filter *Filter) (*UnreadReader, error) {
	r := &UnreadReader{
		Unread: &Unread{Seq: tx.Seq(), IDs: []string{}}, marks: marksOf(state), filter: filter, seen: map[string]bool{}, record: state.ReadUpTo,
	}
	r.byRecord = r.marks.hasRecords(tx)
	snap := NewSnapshot(tx)
	for _, id := range state.Unread {
		if err := r.lookAt(tx, snap, id); err != nil {
			return nil, err
		}
	}
	return r, snap.Err
}

// Read examines what is next, and tells whether there is more to read. When the processor
// time of ctx is used up, More is set and it ends.
func (r *UnreadReader) Read(ctx context.Context, tx *store.Tx) (more bool, err error) {
	snap := NewSnapshot(tx)
	if r.byRecord {
		more, err = r.readRecords(ctx, tx, snap)
	} else {
		more, err = r.readStories(ctx, tx, snap)
	}
	if err = errors.Join(err, snap.Err); err != nil || !more {
		return false, err
	}
	used, err := usedUp(ctx)
	if used || len(r.Unread.IDs) >= MaxUnread || r.looked >= maxUnreadScanned {
		r.Unread.More = true
		return false, err
	}
	return true, err
}

func (r *UnreadReader) readRecords(ctx context.Context, tx *store.Tx, snap *Snapshot) (more bool, err error) {
	changes, err := tx.Changes.After(r.record, scanBatch)
	if err != nil {
		return false, err
	}
	for _, c := range changes {
		r.record = c.Seq
		for _, id := range c.Stories {
			if r.isFull(ctx) {
				return true, nil
			}
			if err := r.lookAt(tx, snap, id); err != nil {
				return false, err
			}
		}
	}
	r.looked += len(changes)
	return len(changes) == scanBatch, nil
}

func (r *UnreadReader) readStories(ctx context.Context, tx *store.Tx, snap *Snapshot) (more bool, err error) {
	list, err := tx.Stories.Latest(scanBatch, r.last)
	if err != nil {
		return false, err
	}
	for _, s := range list {
		if r.isFull(ctx) {
			return true, nil
		}
		if r.last = s; r.seen[s.ID] {
			continue
		}
		if err := r.add(snap, s); err != nil {
			return false, err
		}
	}
	return len(list) == scanBatch, nil
}

// isFull tells whether enough was found, or the processor time of ctx is used up. It counts
// what is examined.
func (r *UnreadReader) isFull(ctx context.Context) bool {
	r.looked++
	return len(r.Unread.IDs) >= MaxUnread || ctx.Err() != nil
}

func (r *UnreadReader) lookAt(tx *store.Tx, snap *Snapshot, id string) error {
	if r.seen[id] {
		return nil
	}
	r.seen[id] = true
	s, err := tx.Stories.Get(id)
	if err != nil || s == nil {
		return err
	}
	return r.add(snap, s)
}

// add adds a story if the wire shows it, it is unread, and it satisfies the filter.
func (r *UnreadReader) add(snap *Snapshot, s *news.Story) error {
	if s.MergedInto != "" || s.IsTakenDown() || !r.marks.isUnread(s.Seq, s.ID) {
		return nil
	}
	ok, err := r.filter.Matches(snap, s)
	if ok {
		r.Unread.IDs = append(r.Unread.IDs, s.ID)
	}
	return err
}

// readMarks are the marks of a read state, for looking up.
type readMarks struct {
	upto  uint64          // stories up to it are read, except those of again
	again map[string]bool // ids
	read  map[string]bool // ids of later stories that are read
}

func marksOf(state *news.ReadState) readMarks {
	return readMarks{state.ReadUpTo, setOf(state.Unread), setOf(state.Read)}
}

func (m *readMarks) isUnread(seq uint64, id string) bool {
	if seq <= m.upto {
		return m.again[id]
	}
	return !m.read[id]
}

// hasRecords tells whether all records since the editor marked all as read are stored.
func (m *readMarks) hasRecords(tx *store.Tx) bool {
	oldest := tx.Changes.Oldest()
	return m.upto > 0 && oldest > 0 && oldest <= m.upto+1
}

func setOf(ids []string) map[string]bool {
	set := make(map[string]bool, len(ids))
	for _, id := range ids {
		set[id] = true
	}
	return set
}
