package desk

import (
	"strings"
	"time"

	"github.com/slugline/slugline/internal/canon"
	"github.com/slugline/slugline/internal/desk/membership"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/story"
)

// deleteTexts deletes the text of entries that their source has not listed for
// Rules.Keep. What a feed still shows keeps its text.
func (w sweepWork) deleteTexts() error {
	old, err := w.Tx.Entries.UnlistedWithText(w.horizon.Add(-w.rules.Keep), w.maxRead())
	if err != nil {
		return err
	}
	for _, en := range old {
		s, err := w.Tx.Stories.OfEntry(en)
		if err != nil {
			return err
		}
		if err := w.deleteText(en, s); err != nil {
			return err
		}
	}
	return nil
}

// deleteText deletes the text of an entry, unless a feed shows it in s, its story, which is nil
// if that is deleted.
func (w sweepWork) deleteText(en *news.Entry, s *news.Story) error {
	if s != nil {
		if shown, err := w.isTextShown(en, s); shown || err != nil {
			return err
		}
	}
	if err := w.Tx.Entries.DeleteText(en); err != nil {
		return err
	}
	w.touchText(en.Story)
	if s != nil {
		return nil
	}
	return w.deleteLink(en)
}

// deletesLinks is the first fold that deletes links; see deleteLink.
const deletesLinks = 8

// deleteLink deletes the link and the headline of an entry without text, whose story is deleted.
// If its item comes back, its keys tell that. The exceptions are entries with which an item
// is compared by more than that: without a guid or a date, or with one that means little.
func (w sweepWork) deleteLink(en *news.Entry) error {
	path := canon.PathKey(en.Link)
	switch {
	case w.rules.Fold < deletesLinks, en.Path != 0, path == 0:
	case en.Keys.GUID == 0, en.Published.IsZero(), canon.IsWeakGUID(en.GUID), strings.Contains(en.Link, "#"):
	default:
		return w.Tx.Entries.DeleteLink(en, path)
	}
	return nil
}

// deleteLinks deletes the links of the entries of a story that is deleted.
func (w sweepWork) deleteLinks(s *news.Story) error {
	for i := range s.Takes {
		en, err := w.Tx.Entries.GetAt(s.Takes[i].Seq, s.Takes[i].Entry)
		if err != nil {
			return err
		}
		if en == nil || !en.TextDeleted {
			continue
		}
		if en.Story != s.ID { // s had been merged with it, or is an item of its entry
			isStored, err := w.isStored(en.Story)
			if err != nil {
				return err
			}
			if isStored {
				continue
			}
		}
		if err := w.deleteLink(en); err != nil {
			return err
		}
	}
	return nil
}

// isStored tells whether a story, or the one that it was merged into, is stored.
func (w sweepWork) isStored(id string) (bool, error) {
	for {
		s, err := w.Tx.Stories.Get(id)
		if s == nil || err != nil {
			return false, err
		}
		if s.MergedInto == "" {
			return true, nil
		}
		id = s.MergedInto
	}
}

// deleteEntries deletes entries without text, and their keys, when their source has not
// listed them for a long time.
func (w sweepWork) deleteEntries() error {
	old, err := w.Tx.Entries.UnlistedWithoutText(w.horizon.Add(-KeysKept), maxSwept)
	if err != nil {
		return err
	}
	for _, en := range old {
		if err := w.Tx.Entries.Delete(en); err != nil {
			return err
		}
		w.touchText(en.Story)
	}
	return nil
}

// deleteStories deletes stories that are older than Rules.Archive. It never deletes one
// that a feed still shows, nor one that the fold may still put an entry into: its id
// would be published again as new.
func (w sweepWork) deleteStories() error {
	if w.rules.Archive == 0 {
		return nil
	}
	clear(w.lowest)
	old, err := w.Tx.Stories.OlderThan(w.horizon.Add(-max(w.rules.Archive, story.Horizon)), w.maxRead())
	if err != nil {
		return err
	}
	for _, s := range old {
		shown, err := w.isShown(s)
		if err != nil {
			return err
		}
		if shown {
			continue
		}
		if err := w.deleteStory(s); err != nil {
			return err
		}
	}
	return nil
}

func (w sweepWork) deleteStory(s *news.Story) error {
	for _, name := range standing(s, news.Everywhere) {
		t, err := w.Topic(name)
		if err != nil {
			return err
		}
		if t != nil {
			t.Count--
			w.ChangeTopic(name)
		}
	}
	w.touchText(s.ID)
	if err := w.Tx.Stories.Delete(s); err != nil {
		return err
	}
	return w.deleteLinks(s)
}

// maxRead returns how many rows a step reads: enough to reach maxSwept rows after those
// that stay because feeds may show them.
func (w sweepWork) maxRead() int {
	n := maxSwept
	for i := range w.rules.Topics {
		n += w.rules.Topics[i].Stories + membership.MaxPins
	}
	return n
}

// isTextShown tells whether a feed shows the entry's text: it leads its story s, or may be
// shown in place of a lead that is read with credentials.
func (w sweepWork) isTextShown(en *news.Entry, s *news.Story) (bool, error) {
	if !leads(s, en.ID) {
		src, err := w.Source(s.Source)
		if err != nil || src == nil || !src.Keyed {
			return false, err
		}
	}
	return w.isShown(s)
}

// leads tells whether an entry leads a story, everywhere or in a topic.
func leads(s *news.Story, entry string) bool {
	for _, p := range s.Places {
		if p.Lead == entry {
			return true
		}
	}
	return s.Lead == entry
}

// isShown tells whether a feed shows the story, as an item or in the item of its event.
func (w sweepWork) isShown(s *news.Story) (bool, error) {
	for i := range w.rules.Topics {
		rule := &w.rules.Topics[i]
		if ok, err := w.isItem(rule, s); ok || err != nil {
			return ok, err
		}
		if rule.Fold != news.FoldEvent {
			continue
		}
		if ok, err := w.isEventItem(rule, s); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

// isItem tells whether a story is an item of a topic's feed.
func (w sweepWork) isItem(rule *news.Topic, s *news.Story) (bool, error) {
	p, in := s.Standing(rule.Name)
	if !in {
		return false, nil
	}
	if pinned, err := w.isPinned(s, rule.Name); pinned || err != nil {
		return pinned, err
	}
	lowest, err := w.lowestShown(rule)
	return !p.At.Before(lowest), err
}

// isEventItem tells whether a story of s's event is an item of a topic's feed.
func (w sweepWork) isEventItem(rule *news.Topic, s *news.Story) (bool, error) {
	ev, err := w.StoredEvent(s.Event)
	if err != nil || ev == nil {
		return false, err
	}
	for _, id := range ev.Stories {
		other, err := w.Tx.Stories.Get(id)
		if err != nil {
			return false, err
		}
		if other == nil {
			continue
		}
		if ok, err := w.isItem(rule, other); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

// lowestShown returns the place of the lowest story that a topic's feed shows.
func (w sweepWork) lowestShown(rule *news.Topic) (time.Time, error) {
	if low, ok := w.lowest[rule.Name]; ok {
		return low, nil
	}
	t, err := w.Topic(rule.Name)
	if err != nil || t == nil {
		return time.Time{}, err
	}
	lowest, shown, err := w.Tx.Stories.LowestInFeed(t, rule.Stories)
	if err != nil {
		return time.Time{}, err
	}
	low := t.WindowStart
	if shown == rule.Stories || rule.MaxPerSource > 0 {
		low = news.Later(low, lowest)
	}
	w.lowest[rule.Name] = low
	return low, nil
}
