package words

import (
	"strings"
	"unicode/utf8"
)

// lookalikes gives the Cyrillic letter for each Latin one that looks like it, which
// slips into words where a keyboard has both.
var lookalikes = [utf8.RuneSelf]rune{
	'A': 'А', 'B': 'В', 'C': 'С', 'E': 'Е', 'H': 'Н', 'I': 'І', 'K': 'К', 'M': 'М', 'O': 'О', 'P': 'Р', 'T': 'Т', 'X': 'Х',
	'a': 'а', 'c': 'с', 'e': 'е', 'i': 'і', 'o': 'о', 'p': 'р', 'x': 'х', 'y': 'у',
}

// withoutLookalikes writes Cyrillic letters for such Latin ones in words that have more
// Cyrillic than Latin letters, and no other Latin ones.
func withoutLookalikes(s string) string {
	if !mixesLetters(s) {
		return s
	}
	var out strings.Builder
	for len(s) > 0 {
		end := strings.IndexFunc(s, func(r rune) bool { return !isCyrillicOrLatin(r) })
		if end < 0 {
			end = len(s)
		}
		out.WriteString(cyrillicWord(s[:end]))
		_, size := utf8.DecodeRuneInString(s[end:])
		out.WriteString(s[end : end+size])
		s = s[end+size:]
	}
	return out.String()
}

// mixesLetters is a fast test that is true when a Latin letter stands beside a Cyrillic
// one.
func mixesLetters(s string) bool {
	for i := 1; i < len(s); i++ {
		a, b := s[i-1], s[i]
		if isASCIILetter(a) && b >= 0xd0 && b <= 0xd3 || isASCIILetter(b) && i > 1 && s[i-2] >= 0xd0 && s[i-2] <= 0xd3 {
			return true
		}
	}
	return false
}

func isASCIILetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func isCyrillicOrLatin(r rune) bool {
	return r >= 0x400 && r < 0x530 || r < utf8.RuneSelf && isASCIILetter(byte(r))
}

// cyrillicWord returns a word of Cyrillic and Latin letters with Cyrillic ones for the
// Latin ones, if it is a Cyrillic word.
func cyrillicWord(w string) string {
	letters, latin := utf8.RuneCountInString(w), 0
	for i := range len(w) {
		if w[i] < utf8.RuneSelf {
			latin++
			if lookalikes[w[i]] == 0 {
				return w
			}
		}
	}
	if latin == 0 || 2*latin >= letters {
		return w
	}
	return strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf {
			return lookalikes[r]
		}
		return r
	}, w)
}
