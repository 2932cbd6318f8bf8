package desk

import (
	"time"

	"github.com/slugline/slugline/internal/canon"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/story"
)

// An undated item with the headline and the text of an entry that its source no longer lists
// is that entry, unless either is so short, or the entry so old, that its source may use them
// anew each day or each week.
const (
	maxRepostAge     = 48 * time.Hour
	minRepostStems   = 4 // of the headline
	minRepostSummary = 8 // stems
)

// knowsReposts is the first fold that looks for them.
const knowsReposts = 9

// reposted returns the undated entry that its source lists under a new guid and a new link,
// with the same headline and text. A headline that returned before, or that the source had for
// two entries, returns for others.
func (w *visitWork) reposted(en *news.Entry) (*news.Entry, error) {
	if w.rules.Fold < knowsReposts || en.Keys.Text == 0 || !en.Published.IsZero() || !saysEnough(en) {
		return nil, nil
	}
	ids := w.Tx.Entries.ByText(w.Visit.Source, en.Keys.Text)
	if len(ids) != 1 || w.recurs(en) {
		return nil, nil
	}
	old, err := w.Tx.Entries.Get(ids[0])
	if err != nil || old == nil || w.found[old.ID] || old.Unlisted.IsZero() && !w.Reissued {
		return nil, err
	}
	if !old.Published.IsZero() || w.record.At.Sub(old.At) > maxRepostAge || haveOwnMedia(old, en) || haveOwnPictures(old, en) {
		return nil, nil
	}
	if same, err := w.haveSameText(old, en); !same || err != nil {
		return nil, err
	}
	if ended, err := w.hasEnded(old); ended || err != nil {
		return nil, err
	}
	return old, nil
}

// recurs tells whether the headline of an entry is known to return on other days.
func (w *visitWork) recurs(en *news.Entry) bool {
	return w.fold.Recurs(story.Headline{
		Text: en.Headline, Source: w.Visit.Source, Owner: ownerOf(w.src), Language: en.Language, Publishers: w.publishers(),
	})
}

// hasEnded tells whether the outlet has withdrawn or corrected an entry: what repeats it
// since then is news.
func (w *visitWork) hasEnded(en *news.Entry) (bool, error) {
	s, err := w.storyWith(en)
	if s == nil || err != nil {
		return false, err
	}
	t := takeOf(s, en.ID)
	return t.IsWithdrawn() || t.CorrectedBy != "", nil
}

// saysEnough tells whether headline and summary are long enough to be of one report alone.
func saysEnough(en *news.Entry) bool {
	return len(stems(en.Headline, en.Language)) >= minRepostStems && len(stems(en.Summary, en.Language)) >= minRepostSummary && !isStub(en)
}

func (w *visitWork) haveSameText(old, en *news.Entry) (bool, error) {
	if old.Summary != en.Summary || old.TextDeleted {
		return false, nil
	}
	body, err := w.Tx.Entries.Body(old.ID)
	if err != nil {
		return false, err
	}
	return canon.IsSameText(body, en.Body), nil
}
