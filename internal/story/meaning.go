package story

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/cespare/xxhash/v2"

	"github.com/slugline/slugline/internal/words"
)

type sense struct {
	root  uint32
	kind  kind
	phonetic uint16 // foreign or 0
}

// senses has the words that mean more to the fold than themselves. A process that
// judges no headline has no use for them.
var senses = sync.OnceValue(readSenses)

// senseBits has a bit for each word of senses, to pass over most others at once.
var senseBits = sync.OnceValue(func() *[1 << 10]uint64 {
	var bits [1 << 10]uint64
	for w := range senses() {
		root := rootOf(w)
		bits[root>>6&(1<<10-1)] |= 1 << (root & 63)
	}
	return &bits
})

// senseOf is the sense of a word, whose root is given.
func senseOf(w string, root uint32) (sense, bool) {
	if senseBits()[root>>6&(1<<10-1)]>>(root&63)&1 == 0 {
		return sense{}, false
	}
	s, ok := senses()[w]
	return s, ok
}

// tokenOf is what the fold compares of a folded word.
func tokenOf(w string) token {
	root := rootOf(w)
	if s, ok := senseOf(w, root); ok {
		return s.token()
	}
	if w[0] >= '0' && w[0] <= '9' || w[0] == '-' {
		return token{root: rootOf(strings.TrimSuffix(strings.TrimRight(w, "stndrh"), ".0")), kind: number}
	}
	if c, _ := utf8.DecodeRuneInString(w); unicode.Is(unicode.Sc, c) {
		return token{root: root, kind: number}
	}
	if words.Dense(w) {
		return token{root: root, kind: bigramKind(w)}
	}
	r := stem(w)
	if r != w {
		root = rootOf(r)
		if s, ok := senseOf(r, root); ok {
			return s.token()
		}
	}
	return token{root: root, phonetic: phoneticKey(w)}
}

// bigramKind is negative for pairs of characters with one that says not.
func bigramKind(w string) kind {
	if strings.ContainsAny(w, "不没沒未無无非否않") {
		return negation
	}
	return bigram
}

func (s sense) token() token { return token{root: s.root, kind: s.kind, phonetic: s.phonetic} }

func rootOf(s string) uint32 { return uint32(xxhash.Sum64String(s)) }

// endings that go before a word is cut to its root, longest first; at least
// three letters stay.
var endings = [...]string{"ings", "ing", "ied", "ies", "ed", "es", "s"}

// stem is words.Root, with short English words freed of their endings first.
func stem(w string) string {
	if w[0] < 'a' || w[0] > 'z' {
		return arabicRoot(words.Root(w))
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

func readSenses() map[string]sense {
	out := map[string]sense{}
	addGroups(out, emptyWords, functionWord)
	addGroups(out, numberWords, number)
	addGroups(out, negativeWords, negation)
	addGroups(out, polarWords, opposite)
	addGroups(out, shadeWords, qualifier)
	addGroups(out, placeWords, entity)
	addGroups(out, houseWords, entity)
	addGroups(out, sameWords, plain)
	addGroups(out, routineWords, routine)
	return out
}

// addGroups reads groups of words, a line each: the words of a group have one
// root, that of the first. Words of emptyWords and routineWords keep their own.
// A hyphen or a low line stands between the words of a phrase.
func addGroups(out map[string]sense, list string, k kind) {
	for line := range strings.Lines(list) {
		var root uint32
		for i, w := range strings.Fields(line) {
			forms := formsOf(w, k)
			if i == 0 || k == functionWord || k == routine {
				root = rootOf(forms[0])
			}
			for _, form := range forms {
				if _, taken := out[form]; !taken {
					out[form] = sense{root, k, scriptOf(form)}
				}
			}
		}
	}
}

func scriptOf(w string) uint16 {
	if isLatin(w) {
		return 0
	}
	return nonLatin
}

// formsOf are the pieces that mean w: a phrase as it stands, a word as it stands
// and as stem leaves it. Who lives in a place is listed in full.
func formsOf(w string, k kind) []string {
	parts := words.Tokens(nil, words.Fold(strings.ReplaceAll(w, "_", " ")))
	whole := strings.Join(parts, " ")
	if len(parts) > 1 || k == entity {
		return []string{whole}
	}
	return []string{whole, stem(whole)}
}

// phrases has the first words of the phrases that senses knows, and how many
// words those have at most.
var phrases = sync.OnceValue(func() *phraseStarts {
	out := &phraseStarts{longest: map[string]int{}}
	for form := range senses() {
		if first, _, ok := strings.Cut(form, " "); ok {
			out.longest[first] = max(out.longest[first], strings.Count(form, " ")+1)
			out.first[startHash(first)] = true
		}
	}
	return out
})

// phraseStarts are the words with which phrases start.
type phraseStarts struct {
	longest map[string]int // words of the longest phrase
	first  [1 << 12]bool  // by startOf, to pass over most words at once
}

func startHash(w string) uint16 {
	if len(w) < 2 {
		return uint16(w[0])
	}
	return (uint16(w[0])<<5 ^ uint16(w[1])) & (1<<12 - 1)
}

// longestPhrase is how many of the first words stand for one thing, and that as a piece:
// prime minister. It is 1 for most.
func longestPhrase(w []string) (int, string) {
	starts := phrases()
	if !starts.first[startHash(w[0])] {
		return 1, w[0]
	}
	for n := min(starts.longest[w[0]], len(w)); n > 1; n-- {
		whole := strings.Join(w[:n], " ")
		if _, ok := senses()[whole]; ok {
			return n, whole
		}
	}
	return 1, w[0]
}

// units are how headlines write large numbers behind their digits.
var units = map[string]string{
	"k": "thousand", "m": "million", "mn": "million", "mln": "million", "mil": "million",
	"b": "billion", "bn": "billion", "bln": "billion", "bil": "billion", "t": "trillion", "tn": "trillion", "trn": "trillion",
}

// splitUnit splits $38bn's 38bn.
func splitUnit(w string) (digits, unit string) {
	if w[0] < '0' || w[0] > '9' {
		return w, ""
	}
	digits = strings.TrimRight(w, "abcdefghijklmnopqrstuvwxyz")
	return digits, units[w[len(digits):]]
}
