package story

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// maxLinkGap is how far apart two headlines of one happening are at most.
const maxLinkGap = 48 * time.Hour

// minLinkInfo is how much must speak for a link, in 256ths of a bit.
const minLinkInfo = 17 * 256

// Links finds headlines in other languages that tell of the same happening. A link is a
// hint for readers: it merges nothing. It follows from the headlines given, in any order.
//
// Two headlines are linked when they tell of one kind of happening, name no places, people
// or bodies that exclude each other, and have so much in common that it is hardly by
// chance: places, numbers, names by their consonants, what else happenings.txt knows. What
// many of the headlines have says little.
type Links struct {
	gists  []*Gist
	common commonness
}

// NewLinks returns the links between headlines, one for each event of the last days.
func NewLinks(events []*Gist) *Links {
	l := &Links{gists: events, common: newCommonness()}
	for _, g := range events {
		l.common.add(g)
	}
	return l
}

// Of returns which headlines, by index, tell of the same happening as g in other
// languages: the best of each language, by language.
func (l *Links) Of(g *Gist) []int {
	best := map[string]int{}
	score := map[string]int{}
	for i, other := range l.gists {
		if g.language == other.language || g.language == "" || other.language == "" || distance(g.at, other.at) > maxLinkGap.Milliseconds() {
			continue
		}
		if n := l.common.compare(g, other); n >= minLinkInfo && n > score[other.language] {
			best[other.language], score[other.language] = i, n
		}
	}
	return slices.SortedFunc(maps.Values(best), func(i, j int) int { return cmp.Compare(l.gists[i].language, l.gists[j].language) })
}

// commonness counts how many headlines tell of what.
type commonness struct {
	headlines int
	concepts  [len(conceptSet{}) * 64]int
	places    map[place]int
	numbers   map[uint32]int
	sounds    map[sound]int
}

func newCommonness() commonness {
	return commonness{places: map[place]int{}, numbers: map[uint32]int{}, sounds: map[sound]int{}}
}

func (c *commonness) add(g *Gist) {
	c.headlines++
	for x := range g.concepts.all {
		c.concepts[x]++
	}
	for p := range g.allPlaces() {
		c.places[p]++
	}
	for x := range g.numbers {
		c.numbers[x]++
	}
	for s := range g.sounds {
		c.sounds[s]++
	}
}

// One in how many headlines tells of a thing, where no headline was counted.
const (
	oneInKind    = 40
	oneInThing   = 20
	oneInFigure  = 100
	oneInCity    = 500
	oneInCountry = 40
	oneInNumber  = 100
	oneInDigit   = 12
	oneInSound   = 5 // for each consonant of a name
)

const uncounted = 200 // headlines that these weigh as much as

// info is how much it says that two headlines have something in common that count of the
// headlines have, in 256ths of a bit.
func (c *commonness) info(count, oneIn int) int {
	return int(log2(uint64((c.headlines+uncounted)*oneIn))) - int(log2(uint64(count*oneIn+uncounted)))
}

const (
	againstKind   = 384      // for each other kind of happening, at most two
	againstNumber = 768      // for other numbers
	maxSoundInfo  = 10 * 256 // of one name
	rareCity      = 6 * 256  // what a city that few headlines name says
	forRareCity   = 768      // and what it says beside: the rest is seldom about another happening there
)

// compare returns how much speaks for two headlines telling of one happening, in 256ths of
// a bit; 0 when something excludes it.
func (c *commonness) compare(a, b *Gist) int {
	h := happeningLists()
	shared := a.concepts.and(b.concepts)
	onlyA, onlyB := a.concepts.without(shared), b.concepts.without(shared)
	kinds := shared.and(h.kinds)
	if kinds == (conceptSet{}) || onlyA.meets(h.figures) && onlyB.meets(h.figures) || areApart(a.places, b.places) {
		return 0
	}
	sum := c.rarest(kinds, oneInKind, 2) + c.rarest(shared.and(h.figures), oneInFigure, 2)
	sum += c.rarest(shared.without(h.kinds).without(h.figures), oneInThing, 3) / 2
	sum -= againstKind * min(onlyA.and(h.kinds).count(), onlyB.and(h.kinds).count(), 2)
	return sum + c.comparePlaces(a.places, b.places) + c.compareNumbers(a.numbers, b.numbers) + c.compareSounds(a.sounds, b.sounds)
}

// rarest is what the n rarest concepts of a set say.
func (c *commonness) rarest(s conceptSet, oneIn, n int) int {
	var infos []int
	for x := range s.all {
		infos = append(infos, c.info(c.concepts[x], oneIn))
	}
	return sumOfLargest(infos, n)
}

func sumOfLargest(numbers []int, n int) int {
	slices.Sort(numbers)
	sum := 0
	for _, x := range numbers[max(len(numbers)-n, 0):] {
		sum += x
	}
	return sum
}

// areApart tells whether each of two headlines names a place that is compatible with none
// of the other's.
func areApart(a, b []mention) bool { return namesOther(a, b) && namesOther(b, a) }

func namesOther(a, b []mention) bool {
	return slices.ContainsFunc(a, func(m mention) bool {
		return !slices.ContainsFunc(b, func(o mention) bool { return gaz().compatible(m, o) })
	})
}

// comparePlaces is what the places say that two headlines have in common, of two countries
// at most.
func (c *commonness) comparePlaces(a, b []mention) int {
	g, best := gaz(), map[place]int{} // by country
	for _, m := range a {
		for _, o := range b {
			if !g.compatible(m, o) {
				continue
			}
			country := g.of[m.places[0]].country
			info := c.info(c.places[country], oneInCountry)
			if g.isCity(m.places[0]) && m.places == o.places {
				if info = c.info(c.places[m.places[0]], oneInCity); info >= rareCity {
					info += forRareCity
				}
			}
			best[country] = max(best[country], info)
		}
	}
	return sumOfLargest(slices.Collect(maps.Values(best)), 2)
}

// compareNumbers is what shared numbers say for two headlines, and others against them.
func (c *commonness) compareNumbers(a, b map[uint32]bool) int {
	sum, shared := 0, 0
	for x, short := range a {
		other, ok := b[x]
		if !ok {
			continue
		}
		shared++
		if short || other {
			sum += c.info(c.numbers[x], oneInDigit)
		} else {
			sum += c.info(c.numbers[x], oneInNumber)
		}
	}
	if min(len(a), len(b)) > shared {
		sum -= againstNumber
	}
	return sum
}

// compareSounds is what the names say that two headlines have in common.
func (c *commonness) compareSounds(a, b map[sound]bool) int {
	sum := 0
	for s := range a {
		if b[s] {
			oneIn := 1
			for range min(s.consonants(), 8) {
				oneIn *= oneInSound
			}
			sum += min(c.info(c.sounds[s], oneIn), maxSoundInfo)
		}
	}
	return sum
}
