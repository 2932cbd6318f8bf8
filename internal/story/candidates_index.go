package story

import (
	"slices"
	"sort"
)

// index holds the live stories and how they are found. Load rebuilds it from
// signatures.
type index struct {
	stories  []liveStory          // oldest first, by birth
	keys     map[uint64]int32     // the newest story with this key; liveStory.olderKey leads to the next one
	alts     map[uint64]int32     // the same for keys without a suffix that may be an outlet's name
	joins    map[uint64][]keyJoin // stories by the keys of headlines that joined them under another key
	pages    map[uint64]int32
	postings postings          // the newest stories with each root among their heaviest
	events   map[uint64]*event // by birth; a story alone in its event has no entry
	extras   map[int32][]token // by story: tokens of headlines that joined it and that its first headline lacks; see extraTokens
}

// liveStory is a story that headlines may still join.
type liveStory struct {
	tokens       []token // the fields up to traits come first: for most stories a search reads only these
	event        *event  // nil when the story is alone in its event
	at           int64   // ms, of the first entry
	key          uint64  // 0 for none
	traits       traits  // of its first headline
	owner        uint32  // of the first entry
	birth        uint64  // number of its first headline
	alt          uint64  // 0 for none
	cues         cues    // of its headline
	olderKey     int32   // index of the next older story with the key; -1 for none
	olderAlt     int32
	stages       stages // of its first headline
	id           id
	moved        bool  // its event is no longer the one in its signature
	truncated    bool  // its headline ends in an ellipsis
	undated      bool  // as in Headline, of its first headline
	splitOff     bool  // its first headline was split from it, so it is no longer found by that
	headlineSize uint8 // how many of tokens are of the headline; the others are signature.moreTokens
}

// keyJoin is the first headline with its key that joined a story.
type keyJoin struct {
	story int32
	at    int64 // ms
}

// maxEarlier is how much older than its story an entry may be to add its key and
// page. Signatures are stored that much longer than stories live.
const maxEarlier = Horizon - Life

const (
	maxPostings = 100 // stories that are compared for one word
	maxHeavy    = 12  // words of a headline that find it
)

func newIndex() index {
	return index{
		keys:   map[uint64]int32{},
		alts:   map[uint64]int32{},
		joins:  map[uint64][]keyJoin{},
		pages:  map[uint64]int32{},
		events: map[uint64]*event{},
		extras: map[int32][]token{},
	}
}

// addHeadline indexes a headline that has its story.
func (x *index) addHeadline(s *signature) {
	if s.noFold {
		return
	}
	if s.order.isOfEvent() {
		x.applyEventOrder(s)
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
	if extra := extraTokens(x.stories[i].headlineTokens(), s.tokens); s.level == levelEdited && len(extra) > 0 {
		x.extras[i] = append(x.extras[i], extra...)
	}
	if s.page == 0 {
		return
	}
	if _, taken := x.pages[s.page]; !taken {
		x.pages[s.page] = i
	}
}

// addKey adds a further key to a story: the key of a headline that joined because it
// is similar, so that a word-for-word copy of it joins too. The story's own key is
// added when a headline joined with it at quite another time. A headline that joined
// by its page adds no key, because a page may change its headline.
func (x *index) addKey(key uint64, t keyJoin) {
	s := &x.stories[t.story]
	if key == 0 || key == s.key && distance(t.at, s.at) <= sameHeadlineWindow.Milliseconds() || indexOfJoin(x.joins[key], t.story) >= 0 {
		return
	}
	x.joins[key] = append(x.joins[key], t)
}

func indexOfJoin(joins []keyJoin, story int32) int {
	return slices.IndexFunc(joins, func(t keyJoin) bool { return t.story == story })
}

// storyBornWith returns the index of the story that began with the n-th headline, -1
// when it is not live.
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
	i := x.appendStory(liveStory{
		id: s.story, key: s.key, alt: s.altKey, owner: s.owner, birth: s.birth, at: s.at, moved: s.moved, truncated: s.truncated, stages: s.stages,
		cues: s.cues, undated: s.undated, splitOff: s.splitOff, tokens: s.allTokens(), headlineSize: uint8(len(s.tokens)), traits: s.traits,
	})
	x.addPostings(i)
	x.enterEvent(i, s)
}

// appendStory adds a story that its keys find, and returns its index.
func (x *index) appendStory(t liveStory) int32 {
	i := int32(len(x.stories))
	t.olderKey, t.olderAlt = -1, -1
	if t.key != 0 {
		t.olderKey = link(x.keys, t.key, i)
	}
	if t.alt != 0 {
		t.olderAlt = link(x.alts, t.alt, i)
	}
	if len(x.stories) == cap(x.stories) {
		x.stories = slices.Grow(x.stories, len(x.stories)+1) // doubles the capacity: stories are large, and a start loads them all
	}
	x.stories = append(x.stories, t)
	return i
}

// link puts story i before the others with its key, and returns the next one.
func link(index map[uint64]int32, key uint64, i int32) int32 {
	old, ok := index[key]
	index[key] = i
	if !ok {
		return -1
	}
	return old
}

// addPostings lists a story under its heaviest words.
func (x *index) addPostings(i int32) {
	tokens := x.stories[i].tokens
	for k := range heavyTokens(tokens) {
		x.postings.add(tokens[k].root, i)
	}
}
