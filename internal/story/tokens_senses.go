package story

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/cespare/xxhash/v2"

	"github.com/slugline/slugline/internal/words"
)

// token returns what the fold compares of a folded word or phrase: the sense that
// the lexicon gives to it or to its stem, else the stem itself.
func (l *lexicon) token(w string) token {
	if key := countKey(w); key != 0 {
		t := l.withoutCount(w)
		if t.phonetic&countBits == 0 && (t.kind == plain || t.kind == functionWord || t.kind == entity) {
			t.phonetic = nonLatin | key
		}
		return t
	}
	return l.withoutCount(w)
}

func (l *lexicon) withoutCount(w string) token {
	root := rootOf(w)
	if s, ok := l.sense(w, root); ok {
		return s.token()
	}
	if hasDigit(w) {
		return token{root: rootOf(exactNumber(w)), kind: number}
	}
	if c, _ := utf8.DecodeRuneInString(w); unicode.Is(unicode.Sc, c) {
		return token{root: root, kind: number}
	}
	if words.Unspaced(w) {
		return token{root: root, kind: l.bigramKind(w)}
	}
	r := l.stem(w)
	if r != w {
		root = rootOf(r)
		if s, ok := l.sense(r, root); ok && s.fitsForm(w, r) {
			return s.token()
		}
	}
	return token{root: root, phonetic: phoneticKey(w) | formKey(w, r)}
}

// fitsForm tells whether a word with a sense's stem may have the sense. An Arabic function
// word is listed in all its forms, because other words have its stem: before, receives.
func (s sense) fitsForm(w, stem string) bool {
	switch s.kind {
	case entity:
		return len(w)-len(stem) <= maxEntityEnding || !isLatin(w)
	case functionWord:
		return !isArabicLetter(w)
	}
	return true
}

// maxEntityEnding is how many letters more than a state or firm its form may have, as its
// plural or genitive has. Francesco is no form of France.
const maxEntityEnding = 1

// bigramKind is negation for a pair of characters with one that negates.
func (l *lexicon) bigramKind(w string) kind {
	if strings.ContainsAny(w, l.negationChars) {
		return negation
	}
	return bigram
}

func (s sense) token() token { return token{root: s.root, kind: s.kind, phonetic: s.phonetic} }

func rootOf(s string) uint32 { return uint32(xxhash.Sum64String(s)) }

// endings are removed from English words before words.Root sees them. The longest
// come first.
var endings = [...]string{"ings", "ing", "ied", "ies", "ed", "es", "s"}

// stem is words.Root, for short English words too: at least three letters remain of
// a word without its ending.
func (l *lexicon) stem(w string) string {
	if w[0] < 'a' || w[0] > 'z' {
		return l.arabicRoot(words.Root(w))
	}
	for _, e := range endings {
		if rest, ok := strings.CutSuffix(w, e); ok && len(rest) >= 3 && rest[len(rest)-1] != 's' {
			w = rest
			break
		}
	}
	if n := len(w); n > 4 && (w[n-1] == 'e' || w[n-1] == 'y') {
		w = w[:n-1]
	}
	return words.Root(w)
}

// longestPhrase returns the longest phrase of the lexicon at the start of w, such as
// "prime minister", and how many words it has. Without one it is the first word.
func (l *lexicon) longestPhrase(w []string) (int, string) {
	if !l.phrases.first[startHash(w[0])] {
		return 1, w[0]
	}
	for n := min(l.phrases.longest[w[0]], len(w)); n > 1; n-- {
		whole := strings.Join(w[:n], " ")
		if _, ok := l.senses[whole]; ok {
			return n, whole
		}
	}
	return 1, w[0]
}

func startHash(w string) uint16 {
	if len(w) < 2 {
		return uint16(w[0])
	}
	return (uint16(w[0])<<5 ^ uint16(w[1])) & (1<<12 - 1)
}

// splitUnit splits 38bn into 38 and billion. unit is empty when there is none.
func (l *lexicon) splitUnit(w string) (digits, unit string) {
	if w[0] < '0' || w[0] > '9' {
		return w, ""
	}
	digits = strings.TrimRight(w, "abcdefghijklmnopqrstuvwxyz")
	return digits, l.units[w[len(digits):]]
}
