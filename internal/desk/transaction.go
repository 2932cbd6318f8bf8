package desk

import (
	"errors"
	"fmt"

	"github.com/slugline/slugline/internal/desk/ledger"
	"github.com/slugline/slugline/internal/journal"
	"github.com/slugline/slugline/internal/live"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/story"
)

// transaction applies a group of records in one transaction of the store.
type transaction struct {
	*ledger.Ledger
	fold  *story.Fold
	rules *ruleSet

	reviewed *news.Reviewed // see underReview; nil: not read yet, or no rules have changed
	hasRead  bool           // reviewed was read

	refused map[string]error // by record ID: why a record was not applied
	events  []live.Event     // to announce after the commit

	entries, stories int                // new ones, for the metrics
	folded           map[news.Level]int // entries that joined a story, for the metrics
}

// applyFiled applies a record and has its filer note that.
func (t *transaction) applyFiled(f *filing) error {
	r := f.record // a copy: the record may be committed again
	if err := t.apply(&r); err != nil {
		return err
	}
	if f.note == nil {
		return nil
	}
	return f.note(t.Tx)
}

// apply makes one record part of the state. A record that was applied before is
// skipped; one that is refused changes nothing and gets no Seq.
func (t *transaction) apply(r *news.Record) error {
	if r.ID == "" {
		t.refuse(r, refused("a record has no ID"))
		return nil
	}
	if t.Tx.Records.Applied(r.ID) {
		return nil
	}
	r.Seq = t.Tx.Seq() + 1
	if r.Heal == nil {
		r.At = news.Later(t.Tx.At(), r.At) // time never runs backward, whatever the clock said
	}
	w := &recordWork{transaction: t, record: r}
	switch err := w.do(); {
	case errors.Is(err, journal.ErrRefused):
		t.refuse(r, err)
		return nil
	case err != nil:
		return fmt.Errorf("record %s: %w", r.ID, err)
	}
	if err := t.Tx.Records.Add(r); err != nil {
		return err
	}
	return w.announce()
}

func (t *transaction) refuse(r *news.Record, why error) {
	if t.refused == nil {
		t.refused = map[string]error{}
	}
	t.refused[r.ID] = why
	r.Seq = 0
}

func (t *transaction) countFolded(l news.Level) {
	if t.folded == nil {
		t.folded = map[news.Level]int{}
	}
	t.folded[l]++
}
