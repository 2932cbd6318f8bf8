package desk

import (
	"time"

	"github.com/slugline/slugline/internal/canon"
	"github.com/slugline/slugline/internal/news"
)

// In two issues of a document the date of an item may move back by maxReissueShift. It
// may advance by less than a day, after which a daily headline returns.
const (
	maxReissueShift   = 48 * time.Hour
	maxReissueAdvance = 14 * time.Hour
)

// minReissues is how many known headlines a document that was re-issued has.
const minReissues = 2

// known returns the stored entry that an item is: one to which its source gives the same
// guid or, without a new guid, the same link; else a re-issue, or what the item replaces or
// repeats. nil means that the entry is new.
func (w *visitWork) known(en *news.Entry) (*news.Entry, error) {
	find := [...]func(*news.Entry) (*news.Entry, error){w.byGUID, w.byLink, w.byHeadline, w.reissued, w.replaced, w.reposted}
	for i, by := range find {
		if i > 0 && w.src.Entries == 0 {
			break
		}
		if old, err := by(en); err != nil || old != nil {
			return old, err
		}
	}
	return nil, nil
}

func (w *visitWork) byGUID(en *news.Entry) (*news.Entry, error) { return w.byKey(en.Keys.GUID) }

// dropPlaces removes guids that are numbers of places in the document ("1", "2") or one
// address for all items, when an item has the guid of an entry that it cannot be.
func (w *visitWork) dropPlaces() error {
	for i := range w.Entries {
		en := &w.Entries[i]
		if !canon.IsWeakGUID(en.GUID) {
			continue
		}
		old, err := w.byGUID(en)
		if err != nil {
			return err
		}
		if old == nil || !isAnother(old, en) {
			continue
		}
		for k := range w.Entries {
			if canon.IsWeakGUID(w.Entries[k].GUID) {
				w.Entries[k].Keys.GUID = 0
			}
		}
		return nil
	}
	return nil
}

// isAnother tells whether an item has another link, headline and date than an entry.
func isAnother(old, en *news.Entry) bool {
	return en.Link != "" && !canon.IsSamePage(old.Link, en.Link) && old.Keys.Text != en.Keys.Text &&
		!old.Published.IsZero() && !en.Published.IsZero() && !haveSameDate(old, en)
}

// byHeadline finds entries that have neither guid nor link.
func (w *visitWork) byHeadline(en *news.Entry) (*news.Entry, error) { return w.byKey(en.Keys.Headline) }

func (w *visitWork) byKey(key uint64) (*news.Entry, error) {
	return w.Tx.Entries.Get(w.Tx.Entries.ByKey(w.Visit.Source, key))
}

// byLink returns the entry at an item's link if the item is that entry. Otherwise the
// link is no page of one article: many items of this source lead to it.
func (w *visitWork) byLink(en *news.Entry) (*news.Entry, error) {
	old, err := w.byKey(en.Keys.Link)
	if err == nil && old == nil && en.Keys.GUID == 0 && en.Keys.Link != 0 {
		old, err = w.byLinkWithoutPlace(en)
	}
	if err != nil || old == nil {
		return nil, err
	}
	if w.isAtLink(old, en) {
		return old, nil
	}
	w.shared[en.Keys.Link] = true
	return nil, nil
}

// byLinkWithoutPlace finds an entry whose key was made before fragments were part of
// links.
func (w *visitWork) byLinkWithoutPlace(en *news.Entry) (*news.Entry, error) {
	old, err := w.byKey(canon.LinkKey(en.Link))
	if err != nil || old == nil || old.Link != en.Link {
		return nil, err
	}
	return old, nil
}

// isAtLink tells whether an item is the known entry that has its link. A link alone says
// so of an article without a guid. With a guid that was never seen, the headline must be
// the same and the date must not advance: some sources make guids anew at each visit.
// Without dates, the headline of an article may be edited.
func (w *visitWork) isAtLink(old, en *news.Entry) bool {
	advanced := hasAdvanced(old, en)
	sameHeadline := old.Keys.Text == en.Keys.Text
	switch {
	case haveOwnMedia(old, en):
		return false
	case en.Keys.GUID == 0:
		return en.Keys.Page != "" || !advanced || sameHeadline && old.Summary == en.Summary
	case old.Keys.GUID == 0 && sameHeadline && !advanced:
		return true // it has a guid since now
	case !w.isGone(old):
		return false
	case canon.IsVersionOf(en.GUID, en.Link):
		return en.Keys.Page != "" || !advanced
	}
	undated := old.Published.IsZero() && en.Published.IsZero()
	return sameHeadline && !advanced || undated && en.Keys.Page != "" && hasMostWords(old, en, true)
}

// isGone tells whether the document no longer lists an entry as it was. A pushed item
// comes without its document.
func (w *visitWork) isGone(old *news.Entry) bool { return w.Partial || !old.Unlisted.IsZero() }

// hasAdvanced tells whether an item is dated later than a known one. Dates may have been
// cut to minutes.
func hasAdvanced(old, en *news.Entry) bool {
	return !old.Published.IsZero() && !en.Published.IsZero() && en.Published.Sub(old.Published) >= time.Minute
}

// reissued returns a known entry that its source lists under new keys (another host,
// scheme or guid scheme): one that it no longer lists, as far as is known of a document that
// was cut off, with the same headline and date.
// The date may differ if the whole document was re-issued. Otherwise a recurrent headline
// ("Morning briefing") would be taken for its own re-issue.
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
		if old == nil || old.Unlisted.IsZero() && !w.Reissued || w.found[old.ID] {
			continue
		}
		if haveOwnMedia(old, en) && !w.hasMovedRecordings(old, en) {
			continue
		}
		if haveSameDate(old, en) {
			return old, nil
		}
		if (near == nil || old.At.After(near.At)) && w.isReissued() && mayBeReissue(old, en) {
			near = old
		}
	}
	return near, nil
}

// hasMovedRecordings tells whether an item is a known programme whose recording has
// another address: the whole document was re-issued, as by another host, and the item is
// dated to the second as before.
func (w *visitWork) hasMovedRecordings(old, en *news.Entry) bool {
	return !old.Published.IsZero() && old.Published.Equal(en.Published) && w.isReissued()
}

// mayBeReissue tells whether an item of a document that was re-issued may be an entry
// with the same headline and the like text: at the same path, or not dated later. A
// document of hourly programmes also has all new keys under known headlines.
func mayBeReissue(old, en *news.Entry) bool {
	if !haveSamePath(old, en) && (!haveNearDates(old, en) || hasAdvanced(old, en)) {
		return false
	}
	return !haveOwnTexts(old, en)
}

// haveSamePath tells whether an item is at the same path as an entry, on any host.
func haveSamePath(old, en *news.Entry) bool {
	if old.Path != 0 {
		return old.Path == canon.PathKey(en.Link)
	}
	return canon.IsSamePath(old.Link, en.Link)
}

func haveSameDate(a, b *news.Entry) bool {
	return !a.Published.IsZero() && a.Published.Truncate(time.Minute).Equal(b.Published.Truncate(time.Minute))
}

func haveNearDates(old, en *news.Entry) bool {
	if old.Published.IsZero() || en.Published.IsZero() {
		return true
	}
	advance := en.Published.Sub(old.Published)
	return advance <= maxReissueAdvance && advance >= -maxReissueShift
}

// isReissued tells whether the whole document was re-issued: it lists nothing that it
// listed before, and at least minReissues of its items have headlines that were known.
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
	return w.reissues >= minReissues
}

// update stores the new keys and the new text of a known entry. Subscribers get nothing
// new.
func (w *visitWork) update(old, en *news.Entry) error {
	if !old.Unlisted.IsZero() {
		if err := w.Tx.Entries.Relist(old); err != nil {
			return err
		}
		if err := w.notePart(en); err != nil {
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
