package desk

import (
	"time"

	"github.com/slugline/slugline/internal/news"
)

// maxReissueShift bounds how far apart the dates of one item may be in two issues of a
// document.
const maxReissueShift = 48 * time.Hour

// known returns the stored entry that an item is: one to which its source gives the same
// guid or link, else a re-issue. nil means that the entry is new.
func (w *visitWork) known(en *news.Entry) (*news.Entry, error) {
	for _, key := range [...]uint64{en.Keys.GUID, en.Keys.Link, en.Keys.Headline} {
		if key == 0 {
			continue
		}
		old, err := w.Tx.Entries.Get(w.Tx.Entries.ByKey(w.Visit.Source, key))
		if err != nil || old != nil {
			return old, err
		}
	}
	if w.src.Entries == 0 {
		return nil, nil
	}
	return w.reissued(en)
}

// reissued returns a known entry that its source lists under new keys (another host,
// scheme or guid scheme): one that it no longer lists, with the same headline and date.
// The date may differ by two days if the whole document was re-issued. Otherwise a
// recurrent headline ("Morning briefing") would be taken for its own re-issue.
func (w *visitWork) reissued(en *news.Entry) (*news.Entry, error) {
	if en.Keys.Text == 0 {
		return nil, nil
	}
	var near *news.Entry
	for _, id := range w.Tx.Entries.ByText(w.Visit.Source, en.Keys.Text) {
		old, err := w.Tx.Entries.Get(id)
		if err != nil {
			return nil, err
		}
		if old == nil || old.Unlisted.IsZero() || w.found[old.ID] {
			continue
		}
		if haveSameDate(old, en) {
			return old, nil
		}
		if haveNearDates(old, en) && (near == nil || old.At.After(near.At)) {
			near = old
		}
	}
	if near == nil || !w.isReissued() {
		return nil, nil
	}
	return near, nil
}

func haveSameDate(a, b *news.Entry) bool {
	return !a.Published.IsZero() && a.Published.Truncate(time.Minute).Equal(b.Published.Truncate(time.Minute))
}

func haveNearDates(a, b *news.Entry) bool {
	if a.Published.IsZero() || b.Published.IsZero() {
		return true
	}
	return a.Published.Sub(b.Published).Abs() <= maxReissueShift
}

// isReissued tells whether the whole document was re-issued: it lists nothing that it
// listed before, and at least two of its items have headlines that were known.
func (w *visitWork) isReissued() bool {
	if !w.allNew {
		return false
	}
	if w.reissues == 0 {
		for i := range w.Entries {
			if key := w.Entries[i].Keys.Text; key != 0 && len(w.Tx.Entries.ByText(w.Visit.Source, key)) > 0 {
				w.reissues++
			}
		}
	}
	return w.reissues > 1
}

// update stores the new keys and the new text of a known entry. Subscribers get nothing
// new.
func (w *visitWork) update(old, en *news.Entry) error {
	if !old.Unlisted.IsZero() {
		if err := w.Tx.Entries.Relist(old); err != nil {
			return err
		}
	}
	if old.Hash == en.Hash && old.Keys == en.Keys && !old.TextDeleted {
		return nil
	}
	before := *old
	w.DropDoc(old.ID)
	en.ID, en.At, en.Seq, en.SignatureNumber, en.Story, en.Dropped = old.ID, old.At, old.Seq, old.SignatureNumber, old.Story, old.Dropped
	if err := w.Tx.Entries.Put(en); err != nil {
		return err
	}
	if en.Body == "" {
		if err := w.Tx.Entries.DeleteBody(en.ID); err != nil {
			return err
		}
	}
	switch {
	case en.Dropped:
		return nil
	case before.Hash == en.Hash:
		w.touchText(en.Story)
		return nil
	}
	return w.revise(&before, en)
}
