package feed

import (
	"encoding/binary"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// clean returns b without control characters and Unicode's noncharacters. C1
// controls become the characters that windows-1252 has in their place.
func clean(b []byte) []byte {
	out := make([]byte, 0, len(b)+8)
	for i := 0; i < len(b); {
		if c := b[i]; c < utf8.RuneSelf {
			if !control[c] {
				out = append(out, c)
			}
			i++
			continue
		}
		r, n := utf8.DecodeRune(b[i:])
		switch {
		case r >= 0x80 && r < 0xa0:
			out = utf8.AppendRune(out, charmap.Windows1252.DecodeByte(byte(r)))
		case !isNoncharacter(r) && (r != utf8.RuneError || n > 1):
			out = append(out, b[i:i+n]...)
		}
		i += n
	}
	return out
}

// control is the set of ASCII characters that XML forbids, and DEL.
var control = func() (set [256]bool) {
	for c := range 0x20 {
		set[c] = c != '\t' && c != '\n' && c != '\r'
	}
	set[0x7f] = true
	return set
}()

// isNoncharacter reports whether r is one of Unicode's noncharacters in the Basic
// Multilingual Plane.
func isNoncharacter(r rune) bool { return r == 0xfffe || r == 0xffff || r >= 0xfdd0 && r <= 0xfdef }

// needsClean reports whether clean would change b, which must be UTF-8.
func needsClean(b []byte) bool {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	i := 0
	for ; i+8 <= len(b); i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		if ((x-0x20*ones)&^x|x|(x+ones))&tops != 0 && needsCleanIn(b, i, i+8) { // a byte below 0x20 or above 0x7e
			return true
		}
	}
	return needsCleanIn(b, i, len(b))
}

// needsCleanIn reports whether a character that clean changes begins between from
// and to.
func needsCleanIn(b []byte, from, to int) bool {
	for i := from; i < to; i++ {
		c := b[i]
		if !maybeUnclean[c] {
			continue
		}
		if r, _ := utf8.DecodeRune(b[i:]); control[c] || r >= 0x80 && r < 0xa0 || isNoncharacter(r) {
			return true
		}
	}
	return false
}

// maybeUnclean is the set of bytes with which a character that clean changes may
// begin.
var maybeUnclean = func() [256]bool {
	set := control
	set[0xc2], set[0xef] = true, true
	return set
}()
