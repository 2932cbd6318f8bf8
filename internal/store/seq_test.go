package store

import (
	"testing"
	"time"

	"github.com/slugline/slugline/internal/news"
)

// addRecord adds the next record and calls committed in the moment when it is committed
// and Update has not yet returned.
func addRecord(t *testing.T, st *Store, id string, committed func()) {
	t.Helper()
	err := st.Update(func(tx *Tx) error {
		tx.b.OnCommit(committed)
		return tx.Records.Add(&news.Record{Seq: tx.Seq() + 1, ID: id, At: time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A client that resumes after what it saw must not be told that the store is not there yet.
func TestSeqIsNotBehindViews(t *testing.T) {
	st := openFilled(t)
	addRecord(t, st, "a-record", func() {
		var seen uint64
		if err := st.View(func(tx *Tx) error { seen = tx.Seq(); return nil }); err != nil {
			t.Error(err)
		}
		if seq := st.Seq(); seq < seen {
			t.Errorf("Seq is %d after a View that saw %d", seq, seen)
		}
	})
}

func TestSeqDoesNotGoBack(t *testing.T) {
	st := openFilled(t)
	before := st.Seq()
	addRecord(t, st, "first", func() { addRecord(t, st, "second", func() {}) })
	if got := st.Seq(); got != before+2 {
		t.Errorf("Seq is %d after two records, want %d", got, before+2)
	}
}
