package store

import (
	"bytes"
	"maps"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/news"
)

// Stories is the table of stories, with their order in time and in topics.
type Stories struct{ *rows }

// Get returns the story with an id.
func (t Stories) Get(id string) (*news.Story, error) {
	seq, ok, err := t.firstSeq('s', id)
	if !ok || err != nil {
		return nil, err
	}
	s, err := t.row(seq, id)
	if err == nil && s == nil {
		err = mismatch(stories, id, "has no row")
	}
	return s, err
}

// row returns the story that a record first stored under an id, nil when there is none.
func (t Stories) row(seq uint64, id string) (*news.Story, error) {
	s, err := getJSON[news.Story](t.rows, stories, seqKey(seq, id))
	if s != nil && err == nil && t.b.Writable() {
		t.cacheIndex(s)
	}
	return s, err
}

// getAt is Get for a caller that knows which record first stored the story, probably: then
// bucket born, whose rows are in no order, need not be read.
func (t Stories) getAt(seq uint64, id string) (*news.Story, error) {
	if s, err := t.row(seq, id); s != nil || err != nil {
		return s, err
	}
	return t.Get(id)
}

// OfEntry returns the story that a stored entry is in, nil when it is deleted.
func (t Stories) OfEntry(e *news.Entry) (*news.Story, error) {
	if e.Story == news.StoryID(e.ID, e.Seq) {
		return t.getAt(e.Seq, e.Story)
	}
	return t.Get(e.Story)
}

// storyIndex is what the keys of a story's rows in timeline and places are made of.
type storyIndex struct {
	first      time.Time
	seq        uint64
	mergedInto string
	places     map[string]news.Place
}

// cacheIndex caches the index of a story as it is stored, or will be next. The caller may
// change the story afterwards.
func (t Stories) cacheIndex(s *news.Story) storyIndex {
	index := storyIndex{s.First, s.Seq, s.MergedInto, maps.Clone(s.Places)}
	if t.storyIndexes == nil {
		t.storyIndexes = map[string]storyIndex{}
	}
	t.storyIndexes[s.ID] = index
	return index
}

// storedIndex returns the index of the stored story. A story that this transaction has
// read or put is not read again.
func (t Stories) storedIndex(id string) (index storyIndex, ok bool, err error) {
	if index, ok = t.storyIndexes[id]; ok {
		return index, true, nil
	}
	s, err := t.Get(id)
	if s == nil || err != nil {
		return index, false, err
	}
	return t.storyIndexes[id], true, nil
}

// Put stores a story. It is in the topics of its Places, except those where it is Out. Seq
// must not change.
func (t Stories) Put(s *news.Story) error {
	old, ok, err := t.storedIndex(s.ID)
	if err != nil {
		return err
	}
	if !ok {
		if err := t.put(firstSeqs, firstSeqKey('s', s.ID), seqBytes(s.Seq)); err != nil {
			return err
		}
	}
	if err := t.updateIndex(s.ID, old, ok, t.cacheIndex(s)); err != nil {
		return err
	}
	t.scratch = encodeValue(t.scratch[:0], func(c *coder) { describeStory(c, s) })
	return t.put(stories, seqKey(s.Seq, s.ID), t.scratch)
}

// updateIndex replaces a story's rows in timeline and places, if they change.
func (t Stories) updateIndex(id string, old storyIndex, stored bool, index storyIndex) error {
	if stored && old.first.Equal(index.first) && old.mergedInto == index.mergedInto && maps.Equal(old.places, index.places) {
		return nil
	}
	if stored {
		if err := t.deleteIndex(id, old); err != nil {
			return err
		}
	}
	for topic, p := range index.places {
		if p.Out {
			continue
		}
		if err := t.put(places, placeKey(topic, p.At, p.Seq, id), nil); err != nil {
			return err
		}
	}
	merged := []byte{0}
	if index.mergedInto != "" {
		merged[0] = 1
	}
	return t.put(timeline, timelineKey(index.first, index.seq, id), merged)
}

func (t Stories) deleteIndex(id string, index storyIndex) error {
	for topic, p := range index.places {
		if err := t.delete(places, placeKey(topic, p.At, p.Seq, id)); err != nil {
			return err
		}
	}
	return t.delete(timeline, timelineKey(index.first, index.seq, id))
}

// Delete deletes a story. Its entries still name it.
func (t Stories) Delete(s *news.Story) error {
	index, ok, err := t.storedIndex(s.ID)
	if !ok || err != nil {
		return err
	}
	delete(t.storyIndexes, s.ID)
	if err := t.deleteIndex(s.ID, index); err != nil {
		return err
	}
	if err := t.PutHeld(s.ID, nil); err != nil {
		return err
	}
	for topic, p := range index.places {
		if err := Topics(t).deleteClaim(topic, p.Updated, s.ID); err != nil {
			return err
		}
	}
	if err := t.delete(stories, seqKey(s.Seq, s.ID)); err != nil {
		return err
	}
	return t.delete(firstSeqs, firstSeqKey('s', s.ID))
}

// Each calls fn for every story, in the order in which they were first put. fn must not
// put or delete stories.
func (t Stories) Each(fn func(*news.Story) error) error {
	return t.ascend(stories, nil, nil, func(k, p []byte) (bool, error) {
		s, err := decodeRow[news.Story](stories, k, p)
		if err != nil {
			return false, err
		}
		return true, fn(s)
	})
}

// After returns up to n stories that follow the one with this Seq and id in the order of Each,
// with an empty id the first ones; none at the end. Between two calls, stories may be put or
// deleted.
func (t Stories) After(seq uint64, id string, n int) (page []*news.Story, err error) {
	var from []byte
	if id != "" {
		from = append(seqKey(seq, id), 0)
	}
	err = t.ascend(stories, nil, from, func(k, p []byte) (bool, error) {
		if len(page) == n {
			return false, nil
		}
		s, err := decodeRow[news.Story](stories, k, p)
		page = append(page, s)
		return true, err
	})
	return page, err
}

// Latest returns the n newest stories by First that are older than before, newest first; a
// nil before means from the newest on. It skips stories that were merged into another.
func (t Stories) Latest(n int, before *news.Story) ([]*news.Story, error) {
	from := endOfTime()
	if before != nil {
		from = timelineKey(before.First, before.Seq, before.ID)
	}
	var listed []seqAndID
	err := t.descend(timeline, nil, from, func(k, p []byte) (bool, error) {
		if len(listed) < n && p[0] == 0 {
			listed = append(listed, inTimeline(k))
		}
		return len(listed) < n, nil
	})
	if err != nil {
		return nil, err
	}
	return t.byKeys(listed)
}

// LastOfLatest returns the last story of Latest(n, nil), nil when that is empty, and how
// many stories it has. It decodes that one only.
func (t Stories) LastOfLatest(n int) (last *news.Story, have int, err error) {
	var id string
	err = t.descend(timeline, nil, endOfTime(), func(k, p []byte) (bool, error) {
		if have < n && p[0] == 0 {
			id = string(k[16:])
			have++
		}
		return have < n, nil
	})
	if id == "" || err != nil {
		return nil, 0, err
	}
	last, err = t.Get(id)
	return last, have, err
}

// NewestSeqBelow returns the largest Seq of the stories that Latest lists after one, 0 when
// there is none. It looks at most at n rows; ok tells whether these were all.
func (t Stories) NewestSeqBelow(s *news.Story, n int) (seq uint64, ok bool, err error) {
	ok = true
	err = t.descend(timeline, nil, timelineKey(s.First, s.Seq, s.ID), func(k, p []byte) (bool, error) {
		if n--; n < 0 {
			ok = false
			return false, nil
		}
		if p[0] == 0 {
			seq = max(seq, readSeq(k[8:]))
		}
		return true, nil
	})
	return seq, ok, err
}

// endOfTime is above all keys of timeline.
func endOfTime() []byte { return bytes.Repeat([]byte{0xff}, 8) }

// OlderThan returns up to n stories with First before a time, oldest first. It includes
// stories that were merged into another.
func (t Stories) OlderThan(before time.Time, n int) ([]*news.Story, error) {
	var listed []seqAndID
	err := t.ascend(timeline, nil, nil, func(k, _ []byte) (bool, error) {
		if len(listed) == n || !readTime(k).Before(before) {
			return false, nil
		}
		listed = append(listed, inTimeline(k))
		return true, nil
	})
	if err != nil {
		return nil, err
	}
	return t.byKeys(listed)
}

// seqAndID is what the key of a story's row is made of.
type seqAndID struct {
	seq uint64
	id  string
}

// inTimeline returns what a key of timeline says about the story's row.
func inTimeline(key []byte) seqAndID { return seqAndID{readSeq(key[8:]), string(key[16:])} }

// byKeys is byIDs for a caller that knows which records first stored the stories.
func (t Stories) byKeys(listed []seqAndID) ([]*news.Story, error) {
	found := make([]*news.Story, 0, len(listed))
	for _, k := range listed {
		s, err := t.getAt(k.seq, k.id)
		if err != nil {
			return nil, err
		}
		if s != nil {
			found = append(found, s)
		}
	}
	return found, nil
}

// byIDs returns the stories with these ids. It skips ids without a story.
func (t Stories) byIDs(ids []string) ([]*news.Story, error) {
	found := make([]*news.Story, 0, len(ids))
	for _, id := range ids {
		s, err := t.Get(id)
		if err != nil {
			return nil, err
		}
		if s != nil {
			found = append(found, s)
		}
	}
	return found, nil
}

// InTopic returns the n newest stories of a topic that are below a place, newest first.
// The zero Place means from the newest on. Stories can share a place; InTopicBelow pages
// through them without a gap.
func (t Stories) InTopic(topic string, n int, before news.Place) ([]*news.Story, error) {
	if before.At.IsZero() {
		return t.inTopic(topic, n, append([]byte(topic), 1))
	}
	return t.inTopic(topic, n, placeKey(topic, before.At, before.Seq, ""))
}

// InTopicBelow returns the n newest stories of a topic that are below story s, newest
// first.
func (t Stories) InTopicBelow(topic string, n int, s *news.Story) ([]*news.Story, error) {
	p := s.Places[topic]
	return t.inTopic(topic, n, placeKey(topic, p.At, p.Seq, s.ID))
}

// maxWaiting is how many stories beyond those that a feed shows are read for it, because
// others of the same source are before them.
const maxWaiting = 1000

// InFeed returns the n newest stories of a topic, newest first, but of one source only as
// many as the topic allows, pinned ones included. read is how many it looked at: what is
// below them is not in the feed. With such a limit, a feed has nothing that an archive
// page lists.
func (t Stories) InFeed(topic *news.TopicState, n int) (shown []*news.Story, read int, err error) {
	if topic.MaxPerSource == 0 {
		shown, err = t.InTopic(topic.Name, n, news.Place{})
		return shown, len(shown), err
	}
	b, err := t.newBalance(topic)
	below := append([]byte(topic.Name), 1)
	for err == nil && len(shown) < n && read < n+maxWaiting {
		var some []*news.Story
		if some, err = t.inTopic(topic.Name, n, below); len(some) == 0 {
			break
		}
		for _, s := range some {
			p := s.Places[topic.Name]
			if len(shown) == n || !p.At.After(topic.SealedUntil) {
				return shown, read, nil
			}
			if read++; b.admits(s) {
				shown = append(shown, s)
			}
			below = placeKey(topic.Name, p.At, p.Seq, s.ID)
		}
	}
	return shown, read, err
}

// LowestInFeed returns the time of the last place that InFeed returns, zero if it returns none,
// and how many it returns. It reads no stories unless the topic limits those of a source.
func (t Stories) LowestInFeed(topic *news.TopicState, n int) (at time.Time, shown int, err error) {
	if topic.MaxPerSource > 0 {
		all, _, err := t.InFeed(topic, n)
		if len(all) == 0 || err != nil {
			return time.Time{}, 0, err
		}
		return all[len(all)-1].Places[topic.Name].At, len(all), nil
	}
	prefix := namePrefix(topic.Name)
	err = t.descend(places, prefix, append([]byte(topic.Name), 1), func(k, _ []byte) (bool, error) {
		if shown < n {
			at = readTime(k[len(prefix):])
			shown++
		}
		return shown < n, nil
	})
	return at, shown, err
}

// balance counts the stories of each source in a topic's feed.
type balance struct {
	topic  *news.TopicState
	count  map[string]int
	pinned map[string]bool
}

// newBalance counts the pinned stories, which are in the feed in any case.
func (t Stories) newBalance(topic *news.TopicState) (*balance, error) {
	b := &balance{topic, map[string]int{}, map[string]bool{}}
	for _, p := range topic.Pins {
		s, err := t.Get(p.Story)
		if err != nil {
			return nil, err
		}
		if s != nil {
			b.pinned[s.ID] = true
			b.count[s.LeadSource(topic.Name)]++
		}
	}
	return b, nil
}

// admits tells whether a story is in the feed, given those above it.
func (b *balance) admits(s *news.Story) bool {
	if b.pinned[s.ID] {
		return true
	}
	source := s.LeadSource(b.topic.Name)
	if b.count[source] >= b.topic.MaxPerSource {
		return false
	}
	b.count[source]++
	return true
}

func (t Stories) inTopic(topic string, n int, before []byte) ([]*news.Story, error) {
	prefix := namePrefix(topic)
	var ids []string
	err := t.descend(places, prefix, before, func(k, _ []byte) (bool, error) {
		if len(ids) < n {
			ids = append(ids, string(k[len(prefix)+16:]))
		}
		return len(ids) < n, nil
	})
	if err != nil {
		return nil, err
	}
	return t.byIDs(ids)
}

// InTopicAbove returns the ids of the n oldest stories of a topic that are newer than
// after, oldest first, and the times of their places.
func (t Stories) InTopicAbove(topic string, after time.Time, n int) (ids []string, at []time.Time, err error) {
	err = t.placesAbove(topic, after, n, func(place, id []byte) {
		at, ids = append(at, readTime(place)), append(ids, string(id))
	})
	return ids, at, err
}

// IDsInTopicAbove returns the ids that InTopicAbove returns. It makes one string of all,
// because there may be tens of thousands.
func (t Stories) IDsInTopicAbove(topic string, after time.Time, n int) ([]string, error) {
	var joined strings.Builder
	var ends []int
	err := t.placesAbove(topic, after, n, func(_, id []byte) {
		joined.Write(id)
		ends = append(ends, joined.Len())
	})
	ids, from := make([]string, len(ends)), 0
	for i, end := range ends {
		ids[i], from = joined.String()[from:end], end
	}
	return ids, err
}

// placesAbove calls fn with the places and ids that InTopicAbove is about.
func (t Stories) placesAbove(topic string, after time.Time, n int, fn func(place, id []byte)) error {
	prefix := namePrefix(topic)
	from := placeKey(topic, after.Add(time.Millisecond), 0, "")
	return t.ascend(places, prefix, from, func(k, _ []byte) (bool, error) {
		if n > 0 {
			fn(k[len(prefix):], k[len(prefix)+16:])
		}
		n--
		return n > 0, nil
	})
}

// IDsInTopic returns the ids of all stories of a topic.
func (t Stories) IDsInTopic(topic string) (map[string]bool, error) {
	ids := map[string]bool{}
	prefix := namePrefix(topic)
	err := t.ascend(places, prefix, nil, func(k, _ []byte) (bool, error) {
		ids[string(k[len(prefix)+16:])] = true
		return true, nil
	})
	return ids, err
}
