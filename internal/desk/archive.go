package desk

import (
	"errors"
	"slices"
	"sort"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/story"
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
	read := rule.Stories
	if t.MaxPerSource > 0 {
		_, n, err := w.Tx.Stories.InFeed(t, rule.Stories)
		if err != nil {
			return err
		}
		read = max(read, n)
	}
	had := t.Pages
	for from, end := range pageBounds(at, belowFeed(read, t, at), rule.ArchivePageSize()) {
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

// emptied is how long after the retention of stories the pages of archives are looked at: longer
// than a sweep moves the horizon.
const emptied = 2 * maxHorizonStep

// emptyArchives removes the ids from archive pages whose stories are all deleted. Such pages
// show nothing, and their number remains.
func (w sweepWork) emptyArchives() error {
	if w.rules.Archive == 0 {
		return nil
	}
	until := w.horizon.Add(-max(w.rules.Archive, story.Horizon))
	for i := range w.rules.Topics {
		t, err := w.Topic(w.rules.Topics[i].Name)
		if err != nil {
			return err
		}
		if t == nil {
			continue
		}
		if err := w.emptyPages(t, until); err != nil {
			return err
		}
	}
	return nil
}

// emptyPages removes the ids from the pages of a topic that end before a time. Some stories
// remain for longer, so it goes on a little below a page that is empty.
func (w sweepWork) emptyPages(t *news.TopicState, until time.Time) error {
	n, err := w.lastPageBefore(t, until)
	for below := 0; n > 0 && below < 8 && err == nil; n-- {
		var p *news.ArchivePage
		if p, err = w.Tx.Archives.Get(t.Name, n); err != nil || p == nil || p.Until.Before(until.Add(-emptied)) {
			break
		}
		if len(p.Stories) == 0 {
			below++
			continue
		}
		below = 0
		err = w.emptyPage(t, p)
	}
	return err
}

// lastPageBefore returns the number of the last page of a topic's archive whose stories were all
// placed before a time, 0 if there is none.
func (w sweepWork) lastPageBefore(t *news.TopicState, before time.Time) (int, error) {
	var err error
	n := sort.Search(t.Pages, func(i int) bool {
		p, e := w.Tx.Archives.Get(t.Name, i+1)
		err = errors.Join(err, e)
		return p == nil || !p.Until.Before(before)
	})
	return n, err
}

// emptyPage removes the ids from a page if its stories are all deleted.
func (w sweepWork) emptyPage(t *news.TopicState, p *news.ArchivePage) error {
	for _, id := range p.Stories {
		s, err := w.Tx.Stories.Get(id)
		if err != nil || s != nil {
			return err
		}
	}
	p.Stories = nil
	return w.Tx.Archives.Put(t.Name, p)
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
