package story

import (
	"sync"

	"github.com/cespare/xxhash/v2"
)

// place is a country, a region or a city that headlines name; 0 is none. Its number may
// change with the word lists, so it is not stored.
type place uint16

// gazetteer knows the names of places in many languages.
type gazetteer struct {
	names   map[uint64]placeName // by placeHash of a stem, see placeStem
	seen    [1 << 13]uint64      // has a bit for each name, to reject most words at once
	phrases [1 << 11]uint64      // the same for the first words of phrases
	pairs   [1 << 10]uint64      // and for the first two characters of names in scripts without spaces

	longest int         // words of the longest name
	of      []placeInfo // by place
	stored  []uint32    // by place: what is stored of it
	byKey   map[uint32]place
}

// countryRoot returns the root of a token for the country that a place is in.
func (g *gazetteer) countryRoot(p place) uint32 { return g.stored[g.of[p].country] }

// placeInfo is where a place is.
type placeInfo struct {
	country, region place // the place itself at its own level; region is 0 where it is not known
}

// placeName is what a name stands for. A few stand for two places: Georgia, Tripoli.
type placeName struct {
	places [2]place
	class  endingClass // which endings its stem takes
}

// gaz returns the gazetteer. The first call reads it.
var gaz = sync.OnceValue(func() *gazetteer {
	g, err := readGazetteer(&lexiconReader{fsys: lexiconFiles, checked: true})
	if err != nil {
		panic(err)
	}
	return g
})

// mention is a place that a headline names with its words from first up to end. Where a
// name stands for two places it has both; else the second is 0.
type mention struct {
	places     [2]place
	first, end uint8
}

// mentions appends the places that the words of a headline name to dst, in their order.
// The words are those of headlineWords.
func (g *gazetteer) mentions(dst []mention, words []string) []mention {
	return g.mentionsWhere(dst, words, g.starts)
}

// mentionsWhere is mentions for a quicker starts.
func (g *gazetteer) mentionsWhere(dst []mention, words []string, starts func(word string) bool) []mention {
	words = words[:min(len(words), 255)]
	for i := 0; i < len(words); {
		n := 1
		if w := words[i]; w[0] >= 0xe0 && isUnspaced(w) {
			dst = g.inRun(dst, w, i)
		} else if starts(w) {
			if name, end := g.longestName(words[i:]); end > 0 {
				dst = append(dst, mention{name.places, uint8(i), uint8(i + end)})
				n = end
			}
		}
		i += n
	}
	return dst
}

// starts tells whether a name may begin with a word.
func (g *gazetteer) starts(w string) bool {
	if w[0] < 0xd0 && g.isNoLatinName(w) {
		return false
	}
	var prefixes [maxPlacePrefixes]string
	for _, first := range placePrefixes(prefixes[:0], w) {
		if hasBit(g.phrases[:], placeHash(first)) {
			return true
		}
	}
	_, ok := g.word(w)
	return ok
}

// longestName returns the longest name at the start of words and how many of them it has,
// 0 if none begins there.
func (g *gazetteer) longestName(words []string) (placeName, int) {
	if name, n := g.phrase(words); n > 0 {
		return name, n
	}
	if name, ok := g.word(words[0]); ok {
		return name, 1
	}
	return placeName{}, 0
}

// isNoLatinName tells of most words in Latin letters that no name begins with them.
func (g *gazetteer) isNoLatinName(w string) bool {
	h := placeHash(w)
	return !hasBit(g.seen[:], h) && !hasBit(g.phrases[:], h) && (len(w) < 5 || len(latinEndings[w[len(w)-1]]) == 0)
}

// phrase returns the longest name of two words or more at the start of words.
func (g *gazetteer) phrase(words []string) (name placeName, n int) {
	if len(words) < 2 {
		return
	}
	var prefixes [maxPlacePrefixes]string
	for _, first := range placePrefixes(prefixes[:0], words[0]) {
		if !hasBit(g.phrases[:], placeHash(first)) {
			continue
		}
		var buf [96]byte
		key := append(buf[:0], first...)
		for i, w := range words[1:min(len(words), g.longest)] {
			if len(key)+len(w) >= len(buf) {
				break
			}
			key = append(append(key, ' '), phraseStem(w)...)
			if found, ok := g.at(xxhash.Sum64(key)); ok {
				name, n = found, i+2
			}
		}
		if n > 0 {
			return
		}
	}
	return
}

// at returns the name with a hash.
func (g *gazetteer) at(h uint64) (placeName, bool) {
	if !hasBit(g.seen[:], h) {
		return placeName{}, false
	}
	name, ok := g.names[h]
	return name, ok
}

func placeHash(s string) uint64 { return xxhash.Sum64String(s) }

func hasBit(bits []uint64, h uint64) bool { return bits[(h>>6)%uint64(len(bits))]>>(h&63)&1 != 0 }

func setBit(bits []uint64, h uint64) { bits[(h>>6)%uint64(len(bits))] |= 1 << (h & 63) }

// compatible tells whether two mentions may be of one place: the same, or one inside the
// other, as a city and its country.
func (g *gazetteer) compatible(a, b mention) bool {
	for _, p := range a.places {
		for _, q := range b.places {
			if p != 0 && q != 0 && g.within(p, q) {
				return true
			}
		}
	}
	return false
}

// sure returns the place that a name surely stands for: of a city and the region that it is
// the capital of, the region, of two places in one country, that country, and 0 of two
// in two countries.
func (g *gazetteer) sure(places [2]place) place {
	p, q := places[0], places[1]
	switch country := g.of[p].country; {
	case q == 0 || g.of[q].region == p:
		return p
	case g.of[p].region == q:
		return q
	case g.of[q].country == country:
		return country
	}
	return 0
}

// country returns the country among the two places that a name stands for, 0 if there is none
// or both are countries.
func (g *gazetteer) country(places [2]place) place {
	p, q := places[0], places[1]
	switch isP, isQ := p != 0 && g.of[p].country == p, q != 0 && g.of[q].country == q; {
	case isP && !isQ:
		return p
	case isQ && !isP:
		return q
	}
	return 0
}

// within tells whether two places are the same or one is inside the other. Where it is not
// known in which region of its country a city is, it may be in any.
func (g *gazetteer) within(p, q place) bool {
	if p == q {
		return true
	}
	a, b := g.of[p], g.of[q]
	switch {
	case a.country != b.country:
		return false
	case p == a.country || q == b.country:
		return true
	case p == a.region:
		return b.region == 0 || b.region == p
	case q == b.region:
		return a.region == 0 || a.region == q
	}
	return false
}
