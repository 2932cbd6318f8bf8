package story

import (
	"slices"

	"github.com/slugline/slugline/internal/news"
)

// order is what an editor decided.
type order byte

const (
	noOrder    order = iota
	splitOrder       // the headline became a story of its own
	orders           // how many there are
)

// Split makes a headline that was judged before, with the signature sig, a story of
// its own, born with h.Seq, the order's record. What is like it joins the new story
// from now on: the story that it was judged to be in takes neither its page nor its
// wording any more. sig may be nil when it is no longer kept; that story is dead then.
func (f *Fold) Split(h Headline, sig []byte) Verdict {
	f.judged++
	s := f.newSignature(h)
	s.order, s.birth, s.eventBirth = splitOrder, s.number, s.number
	s.suffix, s.head = 0, 0 // counted when it was judged
	copy(s.story[:], news.StoryID(h.Entry, h.Seq))
	s.event = s.story
	s.tokens = f.tokens(s.text)
	if was, err := decodeSignature(sig); err == nil {
		s.splitFrom = was.birth
	}
	f.learn(&s)
	return s.verdict(nil)
}

// detach takes the page and the wording of a split headline from its old story.
// Stories that began with it, the old one or those of splits that were taken back,
// are known by other headlines from now on.
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
