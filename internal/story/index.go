package story

import (
	"cmp"
	"slices"
	"sort"
)

// index is what the signatures of live headlines make; Load rebuilds it.
type index struct {
	stories  []tale            // in the order in which they were born
	keys     map[uint64]int32  // of the newest story with this key; older ones follow tale.olderKey
	alts     map[uint64]int32  // the same for keys without a tail that may be an outlet's name
	later    map[uint64][]take // stories by the keys of what joined them, where those are not their own
	pages    map[uint64]int32
	postings map[uint32][]int32 // the newest stories with this root among their heaviest
	events   map[uint64]*event  // by birth; a story alone has none
	claims   map[int32][]token  // by story: what those that joined it say beyond it, of what tells stories apart
}

// tale is a story that is live.
type tale struct {
	tokens   []token // with event and at in front: of most that a headline meets nothing else is read
	event    *event  // nil when it is alone in it
	at       int64   // ms, of the first entry
	key, alt uint64  // 0: none
	birth    uint64  // n of its first headline
	olderKey int32   // index of the next older story with the key, -1 at the end
	olderAlt int32
	owner    uint32 // of the first entry
	id       id
	moved    bool  // its event is another than its signature says
	cut      bool  // its headline ends in an ellipsis
	parted   bool  // its first headline was split from it: it is no longer known by that
	own      uint8 // how many of tokens are the headline's; the others are its link's
}

// take is the first headline with its key that joined a story.
type take struct {
	story int32
	at    int64 // ms
}

// before is how much older than its story an entry may be to teach its key and
// page: signatures are kept that much longer than stories live.
const before = Horizon - life

const (
	maxPostings = 100 // stories that are compared for one word
	heaviest    = 12  // words of a headline by which it is found
)

func newIndex(size, roots int) index {
	return index{
		stories:  make([]tale, 0, size),
		keys:     make(map[uint64]int32, size),
		alts:     map[uint64]int32{},
		later:    map[uint64][]take{},
		pages:    make(map[uint64]int32, size),
		postings: make(map[uint32][]int32, roots),
		events:   map[uint64]*event{},
		claims:   map[int32][]token{},
	}
}

// add indexes a headline that has its story.
func (x *index) add(s *signature) {
	if s.alone {
		return
	}
	switch {
	case s.order == split:
		x.divorce(s)
		x.bear(s)
	case s.level == levelNew:
		x.bear(s)
	}
	i := x.find(s.birth)
	if i < 0 || s.at < x.stories[i].at-before.Milliseconds() {
		return
	}
	if s.level == levelKey || s.level == levelEdited {
		x.learn(s.key, take{i, s.at})
	}
	if more := claimed(x.stories[i].said(), s.tokens); s.level == levelEdited && len(more) > 0 {
		x.claims[i] = append(x.claims[i], more...)
	}
	if s.page == 0 {
		return
	}
	if _, taken := x.pages[s.page]; !taken {
		x.pages[s.page] = i
	}
}

// learn notes a key by which a story is known besides its own: what joined it for
// its likeness, and comes again word for word, is in it too. The story's own key is
// learned from what joined it at quite another time. A page says nothing of the
// words on it, and teaches none.
func (x *index) learn(key uint64, t take) {
	s := &x.stories[t.story]
	if key == 0 || key == s.key && apart(t.at, s.at) <= sameDay.Milliseconds() || has(x.later[key], t.story) >= 0 {
		return
	}
	x.later[key] = append(x.later[key], t)
}

func has(takes []take, story int32) int {
	return slices.IndexFunc(takes, func(t take) bool { return t.story == story })
}

// find is the index of the story born with the n-th headline, -1 when it is not live.
func (x *index) find(n uint64) int32 {
	if last := len(x.stories) - 1; last >= 0 && x.stories[last].birth == n {
		return int32(last)
	}
	i := sort.Search(len(x.stories), func(i int) bool { return x.stories[i].birth >= n })
	if i < len(x.stories) && x.stories[i].birth == n {
		return int32(i)
	}
	return -1
}

func (x *index) bear(s *signature) {
	i := int32(len(x.stories))
	t := tale{id: s.story, key: s.key, alt: s.alt, owner: s.owner, olderKey: -1, olderAlt: -1, birth: s.birth, at: s.at, moved: s.moved, cut: s.cut, parted: s.parted, tokens: s.all(), own: uint8(len(s.tokens))}
	if s.key != 0 {
		t.olderKey = link(x.keys, s.key, i)
	}
	if s.alt != 0 {
		t.olderAlt = link(x.alts, s.alt, i)
	}
	if len(x.stories) == cap(x.stories) {
		x.stories = slices.Grow(x.stories, len(x.stories)+1) // twice as many: tales are large, and a start reads them all
	}
	x.stories = append(x.stories, t)
	x.post(i)
	x.enter(i, s)
}

// link puts story i in front of the others with its key.
func link(index map[uint64]int32, key uint64, i int32) int32 {
	old, ok := index[key]
	index[key] = i
	if !ok {
		return -1
	}
	return old
}

// post lists a story under its heaviest words, in place of the oldest when a list is full.
func (x *index) post(i int32) {
	tokens := x.stories[i].tokens
	for k := range heavy(tokens) {
		root := tokens[k].root
		list := x.postings[root]
		if len(list) >= 2*maxPostings {
			list = append(list[:0], list[maxPostings:]...)
		}
		x.postings[root] = append(list, i)
	}
}

// heavy yields the indexes of the heaviest tokens that say something.
func heavy(tokens []token) func(func(int) bool) {
	return func(yield func(int) bool) {
		floor := floorWeight(tokens)
		for k, t := range tokens {
			if t.kind != empty && t.weight > 0 && t.weight >= floor && !yield(k) {
				return
			}
		}
	}
}

// floorWeight is the weight of the lightest of the heaviest tokens.
func floorWeight(tokens []token) uint8 {
	if len(tokens) <= heaviest {
		return 0
	}
	var of [256]uint8
	for _, t := range tokens {
		of[t.weight]++
	}
	left := heaviest
	for w := 255; w > 0; w-- {
		if left -= int(of[w]); left <= 0 {
			return uint8(w)
		}
	}
	return 0
}

// near holds the stories that share most with a headline.
type near struct {
	share  []uint16     // by story: how much of the headline's weight it has, in 1024ths; 0 for most
	met    []int32      // those that are not 0
	found  []int32      // the nearest of them
	at     [steps]int32 // how many of met are at each step of share
	words  []dim        // of the headline, in the order of roots
	roots  [4]uint64    // a bit for the last byte of each root in words
	norm   int64        // length of words
	rivals []rival      // what the headline is compared with
	room   []token      // their words
}

const (
	steps    = 128 // of shares, as pick tells them apart
	maxNear  = 16  // stories that are looked at closely
	telltale = 48  // weight below which a word's stories are not looked at: it finds the most and says the least
	glancing = 20  // 1024ths of the weight below which a story is not looked at
	single   = 115 // the same for a story without an event: no cosine of eventBase+eventMore has less
	half     = 300 // the same for a story that may be the headline's own
)

// candidates finds the stories that share most words, by weight, with tokens.
func (f *Fold) candidates(tokens []token) {
	c := &f.near
	c.clear(len(f.stories))
	for k := range heavy(tokens) {
		if tokens[k].weight < telltale {
			continue
		}
		list := f.postings[tokens[k].root]
		w := uint16(tokens[k].weight)*uint16(tokens[k].weight)>>6 + 1
		c.meet(list[max(0, len(list)-maxPostings):], w)
	}
	c.pick()
}

func (c *near) clear(stories int) {
	for _, i := range c.met {
		c.share[i] = 0
	}
	c.met, c.found, c.at = c.met[:0], c.found[:0], [steps]int32{}
	if len(c.share) < stories {
		c.share = append(c.share, make([]uint16, stories+stories/4+1024-len(c.share))...)
	}
}

// meet adds a word's weight to the shares of the stories that have it. Most are
// met for the first time, and counted together.
func (c *near) meet(stories []int32, w uint16) {
	before := len(c.met)
	for _, i := range stories {
		was := c.share[i]
		c.share[i] = was + w
		if was == 0 {
			c.met = append(c.met, i)
			continue
		}
		c.at[step(was)]--
		c.at[step(was+w)]++
	}
	c.at[step(w)] += int32(len(c.met) - before)
}

// step is a share in steps of 16.
func step(share uint16) int { return int(min(share>>4, steps-1)) }

// pick finds those with the largest shares, about maxNear of them.
func (c *near) pick() {
	floor, left := steps-1, int32(maxNear)
	for ; floor > 0 && left > c.at[floor]; floor-- {
		left -= c.at[floor]
	}
	for _, i := range c.met {
		s := step(c.share[i])
		if s < floor || s == floor && left <= 0 || c.share[i] < glancing {
			continue
		}
		if s == floor {
			left--
		}
		c.found = append(c.found, i)
	}
}

// read sorts a headline's words for comparing them with events.
func (c *near) read(tokens []token) {
	c.words, c.roots = c.words[:0], [4]uint64{}
	for _, t := range tokens {
		if w := t.subject(); w > 0 {
			c.words = append(c.words, dim{t.root, w})
			c.roots[t.root>>6&3] |= 1 << (t.root & 63)
		}
	}
	sortDims(c.words)
	c.norm = norm(c.words)
}

func sortDims(dims []dim) {
	slices.SortFunc(dims, func(a, b dim) int { return cmp.Compare(a.root, b.root) })
}
