package story

import (
	"slices"

	"github.com/slugline/slugline/internal/news"
)

// order is what an editor decided.
type order byte

const (
	none   order = iota
	split        // the headline became a story of its own
	orders       // how many there are
)

// Split makes a headline that was judged before a story of its own, born with
// h.Seq, the order's record. What is like it joins the new story from now on; the
// story with the id from takes neither its page nor its wording any more.
func (f *Fold) Split(h Headline, from string) Verdict {
	f.n++
	s := f.read(h)
	s.order, s.birth, s.eventBirth = split, s.n, s.n
	s.tail, s.head = 0, 0 // counted when it was judged
	copy(s.story[:], news.StoryID(h.Entry, h.Seq))
	s.event = s.story
	s.tokens = f.tokens(s.text)
	if i := f.named(from); i >= 0 {
		s.from = f.stories[i].birth
	}
	f.remember(&s)
	return s.verdict(nil)
}

// named is the index of the story with an id, -1 when it is not live.
func (x *index) named(name string) int32 {
	return int32(slices.IndexFunc(x.stories, func(t tale) bool { return string(t.id[:]) == name }))
}

// divorce takes the page and the wording of a split headline from its old story.
func (x *index) divorce(s *signature) {
	delete(x.pages, s.page)
	i := x.find(s.from)
	if k := has(x.later[s.key], i); i >= 0 && k >= 0 {
		x.later[s.key] = slices.Delete(x.later[s.key], k, k+1)
	}
}
