package words

import (
	"strings"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/graphemes"
	"github.com/clipperhouse/uax29/v2/sentences"
	"golang.org/x/text/unicode/bidi"
)

// Dir is the direction in which s is read, by its first strong character:
// "rtl" or "ltr", or "auto" when it has none.
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

// bytesPerCharacter bounds what Cut leaves of text whose characters are heaps of marks.
const bytesPerCharacter = 16

// Cut gives at most n characters, as a reader counts them, of s: whole
// sentences when they fill half of the room, else whole words and an ellipsis
// (which is one of the n). It never leaves more than 16 bytes a character.
func Cut(s string, n int) string {
	if n <= 0 {
		return ""
	}
	room, fits := prefix(s, n)
	if fits {
		return s
	}
	if end := sentenceEnd(s, room); end >= room/2 && end > 0 {
		return strings.TrimSpace(s[:end])
	}
	short, _ := prefix(s, n-1)
	return strings.TrimRight(s[:wordEnd(s, short)], " \t\n\r,;:-–—،؛") + "…"
}

// prefix is how many bytes n characters of s take, and whether that is all of s.
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

func runeStart(s string, i int) int {
	for i > 0 && i < len(s) && !utf8.RuneStart(s[i]) {
		i--
	}
	return i
}

// sentenceEnd is the last end of a sentence in the first room bytes of s. What
// follows is looked at too, because a full stop inside a name is no end.
func sentenceEnd(s string, room int) int {
	it := sentences.FromString(s[:runeStart(s, min(len(s), room+64))])
	end := 0
	for it.Next() && it.End() <= room {
		if strings.ContainsAny(it.Value(), ".!?。؟！？…।۔") {
			end = it.End()
		}
	}
	return end
}

// wordEnd is the last space in the first room bytes, or room when that would
// give up more than half, as in scripts without spaces.
func wordEnd(s string, room int) int {
	if room < len(s) && s[room] == ' ' {
		return room
	}
	if i := strings.LastIndexByte(s[:room], ' '); i >= room/2 {
		return i
	}
	return room
}
