package desk

import (
	"slices"
	"time"

	"github.com/slugline/slugline/internal/news"
)

const (
	maxSealed  = 500     // pages of a topic that one sweep seals
	maxStories = 1 << 20 // of a topic that wait to be sealed
)

// seal makes pages of an archive from what stands below the topics' feeds. What a
// feed shows is never sealed: a story that comes late finds its place above.
func (e *edit) seal(time.Time) error {
	for i := range e.rules.Topics {
		if err := e.sealTopic(&e.rules.Topics[i]); err != nil {
			return err
		}
	}
	return nil
}

func (e *edit) sealTopic(t *news.Topic) error {
	st, err := e.topicState(t.Name)
	if err != nil || st == nil {
		return err
	}
	ids, at, err := e.tx.Stories.InTopicAbove(t.Name, st.SealedUntil, maxStories)
	if err != nil {
		return err
	}
	below := below(t, st, at)
	sealed := 0
	for n := 0; sealed < maxSealed && below-n >= t.ArchivePageSize(); sealed++ {
		end := n + t.ArchivePageSize()
		for end < len(at) && at[end].Equal(at[end-1]) {
			end++ // the seal is a time: nothing at it may be left out
		}
		if end > below {
			break
		}
		st.Pages++
		st.SealedUntil = at[end-1]
		if err := e.tx.Archives.Put(t.Name, &news.ArchivePage{N: st.Pages, Stories: ids[n:end], Until: st.SealedUntil, Seq: e.rec.Seq}); err != nil {
			return err
		}
		n = end
	}
	if sealed == 0 {
		return nil
	}
	return e.bump(t.Name, 0)
}

// below is how many of the unsealed stories, placed at these times, the feed does
// not show.
func below(t *news.Topic, st *news.TopicState, at []time.Time) int {
	n := max(len(at)-t.Stories, 0)
	young, _ := slices.BinarySearchFunc(at, st.WindowStart, time.Time.Compare)
	return max(n, young)
}

// sealed tells whether a story is listed in the topic's archive.
func (e *edit) sealed(t *news.TopicState, s *news.Story) (bool, error) {
	at := s.Places[t.Name].At
	low, high := 1, t.Pages
	for low <= high {
		mid := (low + high) / 2
		p, err := e.tx.Archives.Get(t.Name, mid)
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

// replaced gives a story that comes back a new place where its old one is under the
// seal and no page lists it: nobody would find it there.
func (e *edit) replaced(s *news.Story, name string, at time.Time) (bool, error) {
	t, err := e.topicState(name)
	if err != nil || t == nil || s.Places[name].At.After(t.SealedUntil) {
		return false, err
	}
	listed, err := e.sealed(t, s)
	if err != nil || listed {
		return false, err
	}
	return true, e.put(s, name, at)
}
