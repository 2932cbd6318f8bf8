package desk

import (
	"slices"
	"time"

	"github.com/slugline/slugline/internal/news"
)

const (
	maxSealedPages = 500     // pages of a topic that one sweep seals
	maxUnsealed    = 1 << 20 // stories of a topic that are read for sealing
)

// seal makes archive pages of the stories below the topics' feeds. What a feed shows is
// never sealed: a story that arrives late is placed above the seal.
func (w sweepWork) seal() error {
	for i := range w.rules.Topics {
		if err := w.sealTopic(&w.rules.Topics[i]); err != nil {
			return err
		}
	}
	return nil
}

func (w sweepWork) sealTopic(rule *news.Topic) error {
	t, err := w.Topic(rule.Name)
	if err != nil || t == nil {
		return err
	}
	ids, at, err := w.Tx.Stories.InTopicAbove(rule.Name, t.SealedUntil, maxUnsealed)
	if err != nil {
		return err
	}
	_, read, err := w.Tx.Stories.InFeed(t, rule.Stories)
	if err != nil {
		return err
	}
	had := t.Pages
	for from, end := range pageBounds(at, belowFeed(max(read, rule.Stories), t, at), rule.ArchivePageSize()) {
		if t.Pages-had == maxSealedPages {
			break
		}
		t.Pages++
		t.SealedUntil = at[end-1]
		page := &news.ArchivePage{N: t.Pages, Stories: ids[from:end], Until: t.SealedUntil, Seq: w.record.Seq}
		if err := w.Tx.Archives.Put(rule.Name, page); err != nil {
			return err
		}
	}
	if t.Pages == had {
		return nil
	}
	return w.renew(rule.Name, 0)
}

// pageBounds yields the bounds of the pages that the first below stories fill, given
// their times. The seal is a time, so stories of one time are in one page.
func pageBounds(at []time.Time, below, size int) func(yield func(from, end int) bool) {
	return func(yield func(from, end int) bool) {
		for from := 0; below-from >= size; {
			end := from + size
			for end < len(at) && at[end].Equal(at[end-1]) {
				end++
			}
			if end > below || !yield(from, end) {
				return
			}
			from = end
		}
	}
}

// belowFeed returns how many of the unsealed stories, placed at these times, are below
// those that the feed shows, which are among the newest ones read.
func belowFeed(read int, t *news.TopicState, at []time.Time) int {
	tooMany := max(len(at)-read, 0)
	tooOld, _ := slices.BinarySearchFunc(at, t.WindowStart, time.Time.Compare)
	return max(tooMany, tooOld)
}

// isArchived tells whether a page of the topic's archive lists a story.
func (w *recordWork) isArchived(t *news.TopicState, s *news.Story) (bool, error) {
	at := s.Places[t.Name].At
	low, high := 1, t.Pages
	for low <= high {
		mid := (low + high) / 2
		p, err := w.Tx.Archives.Get(t.Name, mid)
		if err != nil || p == nil {
			return false, err
		}
		switch {
		case p.Until.Before(at):
			low = mid + 1
		case slices.Contains(p.Stories, s.ID):
			return true, nil
		default:
			high = mid - 1
		}
	}
	return false, nil
}
