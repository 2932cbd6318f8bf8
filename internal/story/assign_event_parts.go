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
	for _, e := range large {
		if f.isLoose(e) {
			all = append(all, f.splitEvent(e)...)
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
func (f *Fold) splitEvent(e *event) []EventSplit {
	all := slices.Sorted(slices.Values(e.stories))
	old := all[:max(0, len(all)-maxSplit)]
	parts := f.partsOf(all[len(old):])
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
func (f *Fold) partsOf(stories []int32) [][]int32 {
	g := f.newGroups(stories)
	for {
		a, b := g.closest()
		if a < 0 {
			break
		}
		g.join(a, b)
	}
	parts := slices.DeleteFunc(g.members, func(part []int32) bool { return part == nil })
	for _, part := range parts {
		slices.Sort(part)
	}
	return parts
}

// groups are groups of stories with the sums of the similarities of their stories.
type groups struct {
	members  [][]int32  // nil for a group that joined another one
	sums     [][]int64  // by two groups
	averages [][]int64  // by two groups: see average
	nearest  []neighbor // by group
}

// neighbor is the most similar group beside one; -1 for none.
type neighbor struct {
	group   int
	average int64
}

func (f *Fold) newGroups(stories []int32) *groups {
	n := len(stories)
	g := &groups{members: make([][]int32, n), sums: f.similarities(stories), averages: square(n), nearest: make([]neighbor, n)}
	for a := range stories {
		g.members[a] = stories[a : a+1 : a+1]
	}
	for a := range stories {
		for b := range a {
			g.setAverage(a, b)
		}
	}
	for a := range stories {
		g.findNearest(a)
	}
	return g
}

// square returns n lines of n numbers.
func square(n int) [][]int64 {
	all, lines := make([]int64, n*n), make([][]int64, n)
	for i := range lines {
		lines[i] = all[i*n : (i+1)*n]
	}
	return lines
}

// similarities returns the products of the vectors of stories, by two of them.
func (f *Fold) similarities(stories []int32) [][]int64 {
	sums := square(len(stories))
	weights := f.weightsOf(stories)
	for from := 0; from < len(weights); {
		to := from + 1
		for to < len(weights) && weights[to].root() == weights[from].root() {
			to++
		}
		for i, x := range weights[from:to] {
			line := sums[x.story()]
			for _, y := range weights[from : from+i] {
				line[y.story()] += x.weight() * y.weight()
			}
		}
		from = to
	}
	for a := range sums {
		for b := range a {
			sums[b][a] = sums[a][b]
		}
	}
	return sums
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
	s := g.sums[a][b]
	if s != 0 { // a division takes long, and most are 0
		s = s * 1_000_000 / (vectorLength * vectorLength * int64(len(g.members[a])*len(g.members[b])))
	}
	g.averages[a][b], g.averages[b][a] = s, s
}

func (g *groups) findNearest(a int) {
	n := neighbor{-1, -1}
	for b, s := range g.averages[a] {
		if s > n.average && b != a && g.members[b] != nil {
			n = neighbor{b, s}
		}
	}
	g.nearest[a] = n
}

// closest returns the two groups that are most similar; -1 when none are similar enough.
func (g *groups) closest() (a, b int) {
	a, best := -1, int64(minAverage*1000-1)
	for i, n := range g.nearest {
		if n.average > best && g.members[i] != nil {
			a, best = i, n.average
		}
	}
	if a < 0 {
		return a, a
	}
	return a, g.nearest[a].group
}

// join adds the stories of group b to those of group a.
func (g *groups) join(a, b int) {
	g.members[a], g.members[b] = append(g.members[a], g.members[b]...), nil
	for c, part := range g.members {
		g.sums[a][c] += g.sums[b][c]
		g.sums[c][a] = g.sums[a][c]
		if part != nil && c != a {
			g.setAverage(a, c)
		}
	}
	for c, part := range g.members {
		if part != nil && (c == a || g.nearest[c].group == a || g.nearest[c].group == b) {
			g.findNearest(c)
		}
	}
}
