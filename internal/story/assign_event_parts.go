package story

import (
	"cmp"
	"slices"
	"sort"

	"github.com/slugline/slugline/internal/news"
)

const (
	minSplit   = 8   // stories of an event that may be split at a sweep
	maxSplit   = 400 // of a larger one, the newest are looked at; the older ones stay in it
	minAverage = 60  // thousandths of cosine: parts of an event whose stories have less on average are two events
	maxLoose   = 300 // thousandths of cosine: an event whose stories have more on average does not come apart
)

// splitEvents splits the events that have come apart and got stories since the last sweep.
func (f *Fold) splitEvents() []EventSplit {
	var large []*event
	first := f.firstAfter(f.swept)
	for _, e := range f.events {
		if len(e.stories) >= minSplit && !e.ordered && slices.ContainsFunc(e.stories, func(i int32) bool { return i >= first }) {
			large = append(large, e)
		}
	}
	slices.SortFunc(large, func(a, b *event) int { return cmp.Compare(a.birth, b.birth) })
	var all []EventSplit
	var g groups
	for _, e := range large {
		if f.isLoose(e) {
			all = append(all, f.splitEvent(e, &g)...)
		}
	}
	return all
}

// firstAfter returns the index of the first story that began after the n-th headline.
func (x *index) firstAfter(n uint64) int32 {
	return int32(sort.Search(len(x.stories), func(i int) bool { return x.stories[i].birth > n }))
}

// isLoose tells whether the stories of an event are similar to each other on average, as
// the length of their sum shows. Most events are, and need no closer look.
func (f *Fold) isLoose(e *event) bool {
	f.updateVector(e)
	n := int64(len(e.stories))
	return (e.norm*e.norm-n*vectorLength*vectorLength)*1000 < maxLoose*n*(n-1)*vectorLength*vectorLength
}

// splitEvent makes events of the parts of an event but the largest one, which keeps its id.
// It finds the parts in g.
func (f *Fold) splitEvent(e *event, g *groups) []EventSplit {
	all := slices.Sorted(slices.Values(e.stories))
	old := all[:max(0, len(all)-maxSplit)]
	parts := g.partsOf(f, all[len(old):])
	if len(parts) == 1 {
		return nil
	}
	slices.SortFunc(parts, func(a, b []int32) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a[0], b[0])) })
	kept := slices.Concat(old, parts[0])
	var splits []EventSplit
	for _, part := range parts[1:] {
		splits = append(splits, f.splitOff(e, part))
	}
	e.forgetVector()
	e.stories, e.last = nil, 0
	for _, i := range kept {
		f.addToEvent(i, e)
	}
	if t := &f.stories[kept[0]]; len(kept) == 1 && t.birth == e.birth {
		t.event = nil
		delete(f.events, e.birth)
	}
	return splits
}

// splitOff makes an event of stories of e. The first one gives it its id, unless that is
// the id of e.
func (f *Fold) splitOff(e *event, stories []int32) EventSplit {
	first := &f.stories[stories[0]]
	n := &event{id: first.id, birth: first.birth}
	if first.id == e.id || f.events[first.birth] != nil {
		f.judged++
		n.birth = f.judged
		copy(n.id[:], news.StoryID(string(first.id[:]), n.birth))
	}
	split := EventSplit{From: string(e.id[:]), Event: string(n.id[:])}
	for _, i := range stories {
		t := &f.stories[i]
		t.event, t.moved = nil, true
		split.Stories = append(split.Stories, string(t.id[:]))
		if len(stories) > 1 || n.birth != t.birth {
			f.events[n.birth] = n
			f.addToEvent(i, n)
		}
	}
	return split
}

// partsOf groups the stories of an event by average links: again and again, the two groups
// become one whose stories are most similar on average, as long as they are similar enough.
func (g *groups) partsOf(f *Fold, stories []int32) [][]int32 {
	g.reset(stories, f.weightsOf(stories))
	for {
		a, b := g.closest()
		if a < 0 {
			break
		}
		g.join(a, b)
	}
	var parts [][]int32
	for _, a := range g.left {
		slices.Sort(g.members[a])
		parts = append(parts, g.members[a])
	}
	return parts
}

// groups are groups of stories with the sums of the similarities of their stories. The zero
// value has none.
type groups struct {
	members  [][]int32
	left     []int         // groups that joined no other one, in their order
	sums     square[int64] // products of the vectors of their stories, by two groups
	averages square[int32] // see setAverage
	nearest  []neighbor    // by group
}

// neighbor is the most similar group beside one; -1 for none.
type neighbor struct {
	group   int
	average int32
}

// reset makes a group of each story.
func (g *groups) reset(stories []int32, weights []storyWeight) {
	n := len(stories)
	g.sums.reset(n)
	g.averages.reset(n)
	g.members, g.left, g.nearest = g.members[:0], g.left[:0], slices.Grow(g.nearest[:0], n)[:n]
	g.addProducts(weights)
	for a := range stories {
		g.members = append(g.members, stories[a:a+1:a+1])
		g.left = append(g.left, a)
		for b := range a {
			g.sums.lines[b][a] = g.sums.lines[a][b]
			g.setAverage(a, b)
		}
	}
	for a := range stories {
		g.findNearest(a)
	}
}

// square holds n lines of n numbers.
type square[T int32 | int64] struct {
	all   []T
	lines [][]T
}

func (s *square[T]) reset(n int) {
	s.all, s.lines = slices.Grow(s.all[:0], n*n)[:n*n], s.lines[:0]
	clear(s.all)
	for i := range n {
		s.lines = append(s.lines, s.all[i*n:(i+1)*n])
	}
}

// addProducts adds the products of the vectors of stories to the sums of each and those
// before it.
func (g *groups) addProducts(weights []storyWeight) {
	for from := 0; from < len(weights); {
		to := from + 1
		for to < len(weights) && weights[to].root() == weights[from].root() {
			to++
		}
		for i, x := range weights[from:to] {
			line := g.sums.lines[x.story()]
			for _, y := range weights[from : from+i] {
				line[y.story()] += x.weight() * y.weight()
			}
		}
		from = to
	}
}

// storyWeight is the weight of a root in a story, by its index among at most maxSplit: the
// root, 16 bits of the index and 8 bits of the weight. Numbers are sorted much faster than
// structs.
type storyWeight uint64

func (w storyWeight) root() uint32  { return uint32(w >> 24) }
func (w storyWeight) story() int    { return int(w >> 8 & (1<<16 - 1)) }
func (w storyWeight) weight() int64 { return int64(w & (1<<8 - 1)) }

// weightsOf returns the weights of stories, in the order of roots, then of stories.
func (f *Fold) weightsOf(stories []int32) []storyWeight {
	all := make([]storyWeight, 0, 16*len(stories))
	for a, i := range stories {
		for _, t := range f.stories[i].tokens {
			if w := t.topicWeight(); w != 0 {
				all = append(all, storyWeight(t.root)<<24|storyWeight(a)<<8|storyWeight(w))
			}
		}
	}
	slices.Sort(all)
	return all
}

// setAverage computes the mean similarity of the stories of two groups, in millionths.
func (g *groups) setAverage(a, b int) {
	s := g.sums.lines[a][b]
	if s != 0 { // a division takes long, and most are 0
		s = s * 1_000_000 / (vectorLength * vectorLength * int64(len(g.members[a])*len(g.members[b])))
	}
	g.averages.lines[a][b], g.averages.lines[b][a] = int32(s), int32(s)
}

func (g *groups) findNearest(a int) {
	n, averages := neighbor{-1, -1}, g.averages.lines[a]
	for _, b := range g.left {
		if averages[b] > n.average && b != a {
			n = neighbor{b, averages[b]}
		}
	}
	g.nearest[a] = n
}

// closest returns the two groups that are most similar; -1 when none are similar enough.
func (g *groups) closest() (a, b int) {
	a, best := -1, int32(minAverage*1000-1)
	for _, i := range g.left {
		if g.nearest[i].average > best {
			a, best = i, g.nearest[i].average
		}
	}
	if a < 0 {
		return a, a
	}
	return a, g.nearest[a].group
}

// join adds the stories of group b to those of group a.
func (g *groups) join(a, b int) {
	g.members[a] = append(g.members[a], g.members[b]...)
	g.left = slices.DeleteFunc(g.left, func(c int) bool { return c == b })
	of, with := g.sums.lines[a], g.sums.lines[b]
	for _, c := range g.left {
		if c != a {
			of[c] += with[c]
			g.sums.lines[c][a] = of[c]
			g.setAverage(a, c)
		}
	}
	for _, c := range g.left {
		if c == a || g.nearest[c].group == a || g.nearest[c].group == b {
			g.findNearest(c)
		}
	}
}
