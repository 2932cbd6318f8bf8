package story

import (
	"math/bits"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/slugline/slugline/internal/words"
)

// Gist is what can be compared between headlines in different languages.
type Gist struct {
	language string // the first part of its tag
	at       int64  // ms
	concepts conceptSet
	places   []mention
	numbers  map[uint32]bool // by root; true for those of one digit or in words
	sounds   map[sound]bool  // of names
}

// NewGist returns what a headline in a language, a BCP 47 tag, tells of. A headline without
// a language has no links.
func NewGist(headline, language string, at time.Time) *Gist {
	base, _, _ := strings.Cut(strings.ToLower(language), "-")
	g := &Gist{language: base, at: at.UnixMilli(), numbers: map[uint32]bool{}, sounds: map[sound]bool{}}
	w := headlineWords(nil, words.Fold(words.Spelling(headline, language)))
	w = w[:min(len(w), maxGistWords)]
	g.places = gaz().mentions(nil, w)
	g.concepts = happeningLists().concepts(w)
	g.addNames(headline, w)
	g.addNumbers(w)
	return g
}

// maxGistWords is how many words of a headline are read.
const maxGistWords = 40

// addNumbers adds the numbers among the words of a headline. One is an article in many
// languages.
func (g *Gist) addNumbers(w []string) {
	l := lex()
	for _, p := range pieces(w, nil) {
		if t := l.token(p); t.kind == number && t.root != l.one {
			g.numbers[t.root] = len(p) == 1 || !hasDigit(p)
		}
	}
}

// allPlaces returns the places of a headline and the countries they are in.
func (g *Gist) allPlaces() map[place]bool {
	out := map[place]bool{}
	for _, m := range g.places {
		for _, p := range m.places {
			if p != 0 {
				out[p], out[gaz().of[p].country] = true, true
			}
		}
	}
	return out
}

// concept is the number of a group of happenings.txt.
type concept uint16

// conceptSet is a set of concepts.
type conceptSet [8]uint64

func (s *conceptSet) add(c concept) { s[c/64] |= 1 << (c % 64) }

func (s conceptSet) meets(o conceptSet) bool { return s.and(o) != conceptSet{} }

func (s conceptSet) and(o conceptSet) conceptSet {
	for i := range s {
		s[i] &= o[i]
	}
	return s
}

func (s conceptSet) without(o conceptSet) conceptSet {
	for i := range s {
		s[i] &^= o[i]
	}
	return s
}

func (s conceptSet) count() int {
	n := 0
	for _, x := range s {
		n += bits.OnesCount64(x)
	}
	return n
}

// all calls yield for each concept of the set.
func (s conceptSet) all(yield func(concept) bool) {
	for i, x := range s {
		for ; x != 0; x &= x - 1 {
			if !yield(concept(i*64 + bits.TrailingZeros64(x))) {
				return
			}
		}
	}
}

// concepts returns what the words of a headline tell of.
func (h *happenings) concepts(words []string) conceptSet {
	var out conceptSet
	for i, w := range words {
		switch {
		case isUnspaced(w):
			h.inRun(&out, w)
		case isCyrillic(w):
			h.startingWith(&out, w, words[i+1:])
		default:
			var buf [maxPlacePrefixes]string
			for _, v := range placePrefixes(buf[:0], w) {
				h.startingWith(&out, v, words[i+1:])
			}
		}
	}
	return out
}

// startingWith adds the concepts of the patterns that begin with a word.
func (h *happenings) startingWith(out *conceptSet, w string, rest []string) {
	h.matching(out, h.whole[w], rest)
	for end := range w {
		if end > 0 && end <= h.longestStem {
			h.matching(out, h.stems[w[:end]], rest)
		}
	}
	h.matching(out, h.stems[w], rest)
}

func (h *happenings) matching(out *conceptSet, patterns []happeningPattern, rest []string) {
	for _, p := range patterns {
		if len(p.rest) <= len(rest) && matchesAll(p.rest, rest) {
			out.add(p.concept)
		}
	}
}

// matchesAll tells whether words begin with those of a pattern.
func matchesAll(pattern, words []string) bool {
	for i, p := range pattern {
		w := withoutArticle(words[i])
		if stem, ok := strings.CutSuffix(p, "*"); ok && !strings.HasPrefix(w, stem) || !ok && w != p {
			return false
		}
	}
	return true
}

// inRun adds the concepts of words in a run in a script without spaces.
func (h *happenings) inRun(out *conceptSet, run string) {
	for from := range run {
		end := from
		for range h.longestRun {
			if end == len(run) {
				break
			}
			_, size := utf8.DecodeRuneInString(run[end:])
			end += size
			h.matching(out, h.whole[run[from:end]], nil)
		}
	}
}
