package words

import (
	"strings"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/graphemes"
	"github.com/clipperhouse/uax29/v2/sentences"
	"golang.org/x/text/unicode/bidi"
)

// Dir returns the direction of s, by its first strong character: "rtl", "ltr", or "auto"
// when it has none.
func Dir(s string) string {
	for i := 0; i < len(s); {
		p, size := bidi.LookupString(s[i:])
		switch p.Class() {
		case bidi.R, bidi.AL:
			return "rtl"
		case bidi.L:
			return "ltr"
		}
		i += max(size, 1)
	}
	return "auto"
}

// bytesPerCharacter limits the result of Cut if characters have many combining marks.
const bytesPerCharacter = 16

// Cut returns s if it has at most n characters (grapheme clusters). Otherwise it returns
// whole sentences from its beginning if they fill at least half of n characters, or else
// whole words and an ellipsis, which counts as one. The result has at most 16 bytes for
// each character.
func Cut(s string, n int) string {
	if n <= 0 {
		return ""
	}
	limit, fits := prefix(s, n)
	if fits {
		return s
	}
	if end := sentenceEnd(s, limit); end >= limit/2 && end > 0 {
		return strings.TrimSpace(s[:end])
	}
	short, _ := prefix(s, n-1)
	return strings.TrimRight(s[:wordEnd(s, short)], " \t\n\r,;:-–—،؛") + "…"
}

// prefix returns the length in bytes of the first n characters of s, and whether they
// are all of s.
func prefix(s string, n int) (int, bool) {
	limit := n * bytesPerCharacter
	it := graphemes.FromString(s[:runeStart(s, min(len(s), limit+64))])
	end := 0
	for range n {
		if !it.Next() {
			return end, end == len(s)
		}
		if it.End() > limit {
			return max(end, runeStart(s, min(limit, len(s)))), false
		}
		end = it.End()
	}
	return end, end == len(s)
}

// runeStart returns where the rune that contains byte i begins.
func runeStart(s string, i int) int {
	for i > 0 && i < len(s) && !utf8.RuneStart(s[i]) {
		i--
	}
	return i
}

// sentenceEnd returns the last end of a sentence in the first limit bytes of s. It also
// reads some bytes behind them, because a full stop inside a name ends no sentence.
func sentenceEnd(s string, limit int) int {
	it := sentences.FromString(s[:runeStart(s, min(len(s), limit+64))])
	end := 0
	for it.Next() && it.End() <= limit {
		if strings.ContainsAny(it.Value(), ".!?。؟！？…।۔") {
			end = it.End()
		}
	}
	return end
}

// wordEnd returns where the last space in the first limit bytes is. It returns limit if
// the space would leave less than half of them, as in scripts without spaces.
func wordEnd(s string, limit int) int {
	if limit < len(s) && s[limit] == ' ' {
		return limit
	}
	if i := strings.LastIndexByte(s[:limit], ' '); i >= limit/2 {
		return i
	}
	return limit
}
