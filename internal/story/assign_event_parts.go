package story

import (
	"cmp"
	"maps"
	"slices"

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
	var all []EventSplit
	for _, birth := range slices.Sorted(maps.Keys(f.events)) {
		e := f.events[birth]
		if len(e.stories) >= minSplit && !e.ordered && f.hasNew(e) && f.isLoose(e) {
			all = append(all, f.splitEvent(e)...)
		}
	}
	return all
}

// hasNew tells whether a story of an event began after the last sweep.
func (f *Fold) hasNew(e *event) bool {
	return slices.ContainsFunc(e.stories, func(i int32) bool { return f.stories[i].birth > f.swept })
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
	members [][]int32 // nil for a group that joined another one
	sums    [][]int64 // by two groups
	nearest []int     // by group: the most similar other one; -1 for none
}

func (f *Fold) newGroups(stories []int32) *groups {
	n := len(stories)
	g := &groups{members: make([][]int32, n), sums: f.similarities(stories), nearest: make([]int, n)}
	for a, i := range stories {
		g.members[a] = []int32{i}
	}
	for a := range g.members {
		g.findNearest(a)
	}
	return g
}

// similarities returns the products of the vectors of stories, by two of them.
func (f *Fold) similarities(stories []int32) [][]int64 {
	n := len(stories)
	all := make([]int64, n*n)
	sums := make([][]int64, n)
	for a := range sums {
		sums[a] = all[a*n : (a+1)*n]
	}
	words := f.weightsOf(stories)
	for from := 0; from < len(words); {
		to := from + 1
		for to < len(words) && words[to].root == words[from].root {
			to++
		}
		for i, x := range words[from:to] {
			for _, y := range words[from : from+i] {
				sums[x.story][y.story] += int64(x.weight) * int64(y.weight)
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

// storyWeight is the weight of a root in a story, by its index among some.
type storyWeight struct {
	root          uint32
	story, weight int32
}

// weightsOf returns the weights of stories, in the order of roots, then of stories.
func (f *Fold) weightsOf(stories []int32) []storyWeight {
	var all []storyWeight
	for a, i := range stories {
		for _, t := range f.stories[i].tokens {
			if w := t.topicWeight(); w != 0 {
				all = append(all, storyWeight{t.root, int32(a), w})
			}
		}
	}
	slices.SortFunc(all, func(x, y storyWeight) int { return cmp.Or(cmp.Compare(x.root, y.root), cmp.Compare(x.story, y.story)) })
	return all
}

// average is the mean similarity of the stories of two groups, in millionths.
func (g *groups) average(a, b int) int64 {
	return g.sums[a][b] * 1_000_000 / (vectorLength * vectorLength * int64(len(g.members[a])*len(g.members[b])))
}

func (g *groups) findNearest(a int) {
	best := int64(-1)
	g.nearest[a] = -1
	for b := range g.members {
		if b == a || g.members[b] == nil {
			continue
		}
		if s := g.average(a, b); s > best {
			best, g.nearest[a] = s, b
		}
	}
}

// closest returns the two groups that are most similar; -1 when none are similar enough.
func (g *groups) closest() (a, b int) {
	a, best := -1, int64(minAverage*1000-1)
	for i, part := range g.members {
		if part == nil || g.nearest[i] < 0 {
			continue
		}
		if s := g.average(i, g.nearest[i]); s > best {
			a, best = i, s
		}
	}
	if a < 0 {
		return a, a
	}
	return a, g.nearest[a]
}

func (g *groups) join(a, b int) {
	g.members[a], g.members[b] = append(g.members[a], g.members[b]...), nil
	for c := range g.members {
		g.sums[a][c] += g.sums[b][c]
		g.sums[c][a] = g.sums[a][c]
	}
	for c, part := range g.members {
		if part != nil && (c == a || g.nearest[c] == a || g.nearest[c] == b) {
			g.findNearest(c)
		}
	}
}
