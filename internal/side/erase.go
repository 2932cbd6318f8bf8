package side

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"

	"github.com/slugline/slugline/internal/store"
)

// The servers delete a row from their index at once, and its bytes when they rewrite or drop the
// file that has them: a file of 4 MB of which less than half is live rows, and their own log of
// writes once it has more than 8 MB. So that an address which was removed does not stay there,
// Erase writes all rows again and fills these files up.
const (
	erasedKey  = "side.erased" // its revision is that of the last Erase
	fillerSize = 1 << 20
	fillers    = 12
)

// private are the buckets whose deleted rows are erased.
var private = []string{"recipients"}

// Erase has the servers drop the bytes of recipients who were deleted, if some were since the
// last time. It writes all rows of the table once more, and 12 MB. One node calls it at a time,
// while Run runs.
func (m *Mirror) Erase(ctx context.Context) error {
	_, erased, err := m.Table.Get(ctx, erasedKey)
	if err != nil {
		return fmt.Errorf("erase deleted rows: %w", err)
	}
	rows, due, err := m.toErase(erased)
	if err != nil || !due {
		return err
	}
	if err := m.each(rows, func(tx *store.Tx, row *store.SideRow) error { return tx.Side.Mark(row) }); err != nil {
		return err
	}
	if err := m.Settle(ctx); err != nil {
		return err
	}
	filler := make([]byte, fillerSize)
	for range fillers {
		_, _ = rand.Read(filler) // never fails
		if _, err := m.Table.Put(ctx, erasedKey, filler); err != nil {
			return fmt.Errorf("erase deleted rows: %w", err)
		}
	}
	if _, err := m.Table.Put(ctx, erasedKey, nil); err != nil {
		return fmt.Errorf("erase deleted rows: %w", err)
	}
	m.Log.Info("the bytes of deleted addresses were erased from the table of the cluster", "rows", len(rows))
	return nil
}

// toErase returns the rows of the table, and whether one of a private bucket was deleted after a
// revision.
func (m *Mirror) toErase(erased uint64) (rows []*store.SideRow, due bool, err error) {
	err = m.Store.View(func(tx *store.Tx) error {
		return tx.Side.All(func(row *store.SideRow) error {
			row, err := tx.Side.Get(row.Bucket, row.Key)
			switch {
			case err != nil || row.Revision == 0 || row.Mark != 0:
			case row.Value != nil:
				row.Value = nil // it is read when it is written
				rows = append(rows, row)
			case row.Revision > erased && slices.Contains(private, row.Bucket):
				due = true
			}
			return err
		})
	})
	return rows, due, err
}
