package story

import (
	"slices"

	"github.com/slugline/slugline/internal/news"
)

// order is an editor's decision.
type order byte

const (
	noOrder          order = iota
	splitOrder             // the headline became a story of its own
	mergeEventsOrder       // events became one
	splitEventOrder        // stories became an event of their own
	orders                 // the number of orders
)

// Split makes a headline that was judged before a story of its own, born with h.Seq,
// the order's record. Headlines that are similar to it join the new story from now
// on; the story that it was in is no longer found by its page and wording. sig is the
// headline's signature. It may be nil when it is no longer stored, because that story
// is not live then.
func (f *Fold) Split(h Headline, sig []byte) Verdict {
	f.judged++
	s := f.newSignature(h)
	s.order, s.birth, s.eventBirth = splitOrder, s.number, s.number
	s.suffix, s.head = 0, 0 // they were counted when it was judged
	copy(s.story[:], news.StoryID(h.Entry, h.Seq))
	s.event = s.story
	f.readText(&s)
	if was, err := decodeSignature(sig); err == nil {
		s.splitFrom = was.birth
	}
	f.learn(&s)
	return s.verdict(nil)
}

// detach removes the page and the wording of a split headline from its old story.
// Stories that began with this headline, the old one or those of earlier splits that
// were undone, are found by their other headlines from now on.
func (x *index) detach(s *signature) {
	delete(x.pages, s.page)
	i := x.storyBornWith(s.splitFrom)
	if k := indexOfJoin(x.joins[s.key], i); i >= 0 && k >= 0 {
		x.joins[s.key] = slices.Delete(x.joins[s.key], k, k+1)
	}
	for i, ok := x.keys[s.key]; ok && i >= 0; i = x.stories[i].olderKey {
		if t := &x.stories[i]; t.at == s.at && t.owner == s.owner {
			t.splitOff = true
		}
	}
}
