package story

import (
	"slices"
	"sort"
)

// index is what the signatures of live headlines make; Load rebuilds it.
type index struct {
	stories  []liveStory          // in the order in which they were born
	keys     map[uint64]int32     // of the newest story with this key; older ones follow tale.olderKey
	alts     map[uint64]int32     // the same for keys without a tail that may be an outlet's name
	joins    map[uint64][]keyJoin // stories by the keys of what joined them, where those are not their own
	pages    map[uint64]int32
	postings map[uint32][]int32 // the newest stories with this root among their heaviest
	events   map[uint64]*event  // by birth; a story alone has none
	extras   map[int32][]token  // by story: what those that joined it say beyond it, of what tells stories apart
}

// liveStory is a story that is live.
type liveStory struct {
	tokens       []token // with event and at in front: of most that a headline meets nothing else is read
	event        *event  // nil when it is alone in it
	at           int64   // ms, of the first entry
	key, alt     uint64  // 0: none
	birth        uint64  // n of its first headline
	olderKey     int32   // index of the next older story with the key, -1 at the end
	olderAlt     int32
	owner        uint32 // of the first entry
	id           id
	moved        bool  // its event is another than its signature says
	truncated    bool  // its headline ends in an ellipsis
	splitOff     bool  // its first headline was split from it: it is no longer known by that
	headlineSize uint8 // how many of tokens are the headline's; the others are its link's
}

// keyJoin is the first headline with its key that joined a story.
type keyJoin struct {
	story int32
	at    int64 // ms
}

// maxEarlier is how much older than its story an entry may be to teach its key and
// page: signatures are kept that much longer than stories live.
const maxEarlier = Horizon - storyLife

const (
	maxPostings = 100 // stories that are compared for one word
	maxHeavy    = 12  // words of a headline by which it is found
)

func newIndex(size, roots int) index {
	return index{
		stories:  make([]liveStory, 0, size),
		keys:     make(map[uint64]int32, size),
		alts:     map[uint64]int32{},
		joins:    map[uint64][]keyJoin{},
		pages:    make(map[uint64]int32, size),
		postings: make(map[uint32][]int32, roots),
		events:   map[uint64]*event{},
		extras:   map[int32][]token{},
	}
}

// addHeadline indexes a headline that has its story.
func (x *index) addHeadline(s *signature) {
	if s.noFold {
		return
	}
	switch {
	case s.order == splitOrder:
		x.detach(s)
		x.addStory(s)
	case s.level == levelNew:
		x.addStory(s)
	}
	i := x.storyBornWith(s.birth)
	if i < 0 || s.at < x.stories[i].at-maxEarlier.Milliseconds() {
		return
	}
	if s.level == levelKey || s.level == levelEdited {
		x.addKey(s.key, keyJoin{i, s.at})
	}
	if more := extraTokens(x.stories[i].headlineTokens(), s.tokens); s.level == levelEdited && len(more) > 0 {
		x.extras[i] = append(x.extras[i], more...)
	}
	if s.page == 0 {
		return
	}
	if _, taken := x.pages[s.page]; !taken {
		x.pages[s.page] = i
	}
}

// addKey notes a key by which a story is known besides its own: what joined it for
// its likeness, and comes again word for word, is in it too. The story's own key is
// learned from what joined it at quite another time. A page says nothing of the
// words on it, and teaches none.
func (x *index) addKey(key uint64, t keyJoin) {
	s := &x.stories[t.story]
	if key == 0 || key == s.key && distance(t.at, s.at) <= sameHeadlineWindow.Milliseconds() || indexOfJoin(x.joins[key], t.story) >= 0 {
		return
	}
	x.joins[key] = append(x.joins[key], t)
}

func indexOfJoin(takes []keyJoin, story int32) int {
	return slices.IndexFunc(takes, func(t keyJoin) bool { return t.story == story })
}

// storyBornWith is the index of the story born with the n-th headline, -1 when it is not live.
func (x *index) storyBornWith(n uint64) int32 {
	if last := len(x.stories) - 1; last >= 0 && x.stories[last].birth == n {
		return int32(last)
	}
	i := sort.Search(len(x.stories), func(i int) bool { return x.stories[i].birth >= n })
	if i < len(x.stories) && x.stories[i].birth == n {
		return int32(i)
	}
	return -1
}

func (x *index) addStory(s *signature) {
	i := int32(len(x.stories))
	t := liveStory{id: s.story, key: s.key, alt: s.altKey, owner: s.owner, olderKey: -1, olderAlt: -1, birth: s.birth, at: s.at, moved: s.moved, truncated: s.truncated, splitOff: s.splitOff, tokens: s.allTokens(), headlineSize: uint8(len(s.tokens))}
	if s.key != 0 {
		t.olderKey = link(x.keys, s.key, i)
	}
	if s.altKey != 0 {
		t.olderAlt = link(x.alts, s.altKey, i)
	}
	if len(x.stories) == cap(x.stories) {
		x.stories = slices.Grow(x.stories, len(x.stories)+1) // twice as many: tales are large, and a start reads them all
	}
	x.stories = append(x.stories, t)
	x.addPostings(i)
	x.enterEvent(i, s)
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

// addPostings lists a story under its heaviest words, in place of the oldest when a list is full.
func (x *index) addPostings(i int32) {
	tokens := x.stories[i].tokens
	for k := range heavyTokens(tokens) {
		root := tokens[k].root
		list := x.postings[root]
		if len(list) >= 2*maxPostings {
			list = append(list[:0], list[maxPostings:]...)
		}
		x.postings[root] = append(list, i)
	}
}
