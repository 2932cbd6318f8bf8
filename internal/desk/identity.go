package desk

import (
	"time"

	"github.com/slugline/slugline/internal/news"
)

// slack is how far apart the dates of one item may stand in two issues of it.
const slack = 48 * time.Hour

// known finds the entry that an item is: while its source gives it the same guid or
// link, else as a re-issue. nil is an entry that was never here.
func (b *batch) known(en *news.Entry) (*news.Entry, error) {
	for _, k := range [...]uint64{en.Keys.GUID, en.Keys.Link, en.Keys.Headline} {
		if k == 0 {
			continue
		}
		old, err := b.tx.Entries.Get(b.tx.Entries.ByKey(b.Source, k))
		if err != nil || old != nil {
			return old, err
		}
	}
	if b.src.Entries == 0 {
		return nil, nil
	}
	return b.reissued(en)
}

// reissued finds a known entry that the source shows under new keys (another host,
// scheme or guid scheme): one that it no longer lists, with the same headline and
// date. The date may be off by two days when the whole document was re-issued; a
// recurrent headline ("Morning briefing") must not be taken for its own re-issue.
func (b *batch) reissued(en *news.Entry) (*news.Entry, error) {
	if en.Keys.Text == 0 {
		return nil, nil
	}
	var near *news.Entry
	for _, id := range b.tx.Entries.ByText(b.Source, en.Keys.Text) {
		old, err := b.tx.Entries.Get(id)
		if err != nil {
			return nil, err
		}
		if old == nil || old.Unlisted.IsZero() || b.found[old.ID] {
			continue
		}
		if sameDate(old, en) {
			return old, nil
		}
		if nearDate(old, en) && (near == nil || old.At.After(near.At)) {
			near = old
		}
	}
	if near == nil || !b.wholesale() {
		return nil, nil
	}
	return near, nil
}

func sameDate(a, b *news.Entry) bool {
	return !a.Published.IsZero() && a.Published.Truncate(time.Minute).Equal(b.Published.Truncate(time.Minute))
}

func nearDate(a, b *news.Entry) bool {
	if a.Published.IsZero() || b.Published.IsZero() {
		return true
	}
	return a.Published.Sub(b.Published).Abs() <= slack
}

// wholesale tells whether the document lists nothing that it listed before and at
// least two of its items carry headlines that were known.
func (b *batch) wholesale() bool {
	if !b.fresh {
		return false
	}
	if b.reborn == 0 {
		for i := range b.Entries {
			if k := b.Entries[i].Keys.Text; k != 0 && len(b.tx.Entries.ByText(b.Source, k)) > 0 {
				b.reborn++
			}
		}
	}
	return b.reborn > 1
}

// again takes what a known entry says now: its new keys, its new text. Nothing of
// it is new to subscribers.
func (b *batch) again(old, en *news.Entry) error {
	if !old.Unlisted.IsZero() {
		if err := b.tx.Entries.Relist(old); err != nil {
			return err
		}
	}
	if old.Hash == en.Hash && old.Keys == en.Keys && !old.TextDeleted {
		return nil
	}
	was := *old
	delete(b.read, old.ID)
	en.ID, en.At, en.Seq, en.SignatureNumber, en.Story, en.Dropped = old.ID, old.At, old.Seq, old.SignatureNumber, old.Story, old.Dropped
	if err := b.tx.Entries.Put(en); err != nil {
		return err
	}
	if en.Body == "" {
		if err := b.tx.Entries.DeleteBody(en.ID); err != nil {
			return err
		}
	}
	switch {
	case en.Dropped:
		return nil
	case was.Hash == en.Hash:
		b.retell(en.Story)
		return nil
	}
	return b.revise(&was, en)
}
