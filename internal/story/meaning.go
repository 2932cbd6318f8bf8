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
	root uint32
	kind kind
}

// senses has the words that mean more to the fold than themselves. A process that
// judges no headline has no use for them.
var senses = sync.OnceValue(readSenses)

// meaning is what the fold compares of a folded word.
func meaning(w string) (uint32, kind) {
	if s, ok := senses()[w]; ok {
		return s.root, s.kind
	}
	if w[0] >= '0' && w[0] <= '9' || w[0] == '-' {
		return rootOf(strings.TrimRight(w, "stndrh")), number
	}
	if c, _ := utf8.DecodeRuneInString(w); unicode.Is(unicode.Sc, c) {
		return rootOf(w), number
	}
	if words.Dense(w) {
		return rootOf(w), pair
	}
	r := stem(w)
	if s, ok := senses()[r]; ok {
		return s.root, s.kind
	}
	return rootOf(r), plain
}

func rootOf(s string) uint32 { return uint32(xxhash.Sum64String(s)) }

// endings that go before a word is cut to its root, longest first; at least
// three letters stay.
var endings = [...]string{"ings", "ing", "ied", "ies", "ed", "es", "s"}

// stem is words.Root, with short English words freed of their endings first.
func stem(w string) string {
	if w[0] < 'a' || w[0] > 'z' {
		return letters(words.Root(w))
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
	addGroups(out, emptyWords, empty)
	addGroups(out, numberWords, number)
	addGroups(out, negativeWords, negative)
	addGroups(out, polarWords, polar)
	addGroups(out, shadeWords, shade)
	addGroups(out, sameWords, plain)
	addGroups(out, routineWords, routine)
	return out
}

// addGroups reads groups of words, a line each: the words of a group have one
// root, that of the first. Words of emptyWords and routineWords keep their own.
func addGroups(out map[string]sense, list string, k kind) {
	for line := range strings.Lines(list) {
		var root uint32
		for i, w := range strings.Fields(line) {
			w = words.Fold(w)
			if i == 0 || k == empty || k == routine {
				root = rootOf(w)
			}
			for _, form := range [...]string{w, stem(w)} {
				if _, taken := out[form]; !taken {
					out[form] = sense{root, k}
				}
			}
		}
	}
}
