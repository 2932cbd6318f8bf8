package topic

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/slugline/slugline/internal/words"
)

// signs finds the signs that are part of a name: heise+, C#, .NET, AT&T, Yahoo!, #climate,
// @press. Words do not keep them. Signs of money and per cent are words of their own.
type signs struct{ in *regexp.Regexp }

// maxSigned is the length in bytes of the longest term whose signs are looked for.
const maxSigned = 256

// newSigns returns the signs of a term, nil when it has none. An exclamation mark at the
// end of several words in quotes is no part of a name.
func newSigns(t term) *signs {
	folded := words.Fold(t.text)
	if t.quoted && strings.ContainsRune(folded, ' ') {
		folded = strings.TrimRight(folded, "!")
	}
	if len(folded) > maxSigned {
		return nil
	}
	var b strings.Builder
	hasSign := false
	for i := 0; i < len(folded); {
		end := runEnd(folded, i)
		if end > i {
			b.WriteString(regexp.QuoteMeta(folded[i:end]))
			i = end
			continue
		}
		gap := i
		for i < len(folded) && runEnd(folded, i) == i {
			_, size := utf8.DecodeRuneInString(folded[i:])
			i += size
		}
		pattern, ok := signPattern(folded, gap, i)
		b.WriteString(pattern)
		hasSign = hasSign || ok
	}
	if !hasSign {
		return nil
	}
	return &signs{regexp.MustCompile(outside(folded, b.String(), t.prefix))}
}

// notWord matches what is no part of a word, or of one in a script without spaces.
const notWord = `[^\pL\pN\pM]|` + unspacedLetter

const unspacedLetter = `[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]`

// outside completes a pattern with what may stand around the term.
func outside(folded, pattern string, prefix bool) string {
	before, after := `(?:^|`+notWord+`)`, `(?:$|`+notWord+`)`
	if prefix {
		after = ""
	} else if strings.HasSuffix(folded, "+") || strings.HasSuffix(folded, "#") {
		after = `(?:$|[^\pL\pM+#]|` + unspacedLetter + `)` // C++20 is C++
	}
	return before + pattern + after
}

// signPattern returns the pattern for what stands between two words of a term, before
// the first or after the last: folded[from:to]. ok reports whether it has a sign.
func signPattern(folded string, from, to int) (pattern string, ok bool) {
	gap := folded[from:to]
	first, last := from == 0, to == len(folded)
	var b strings.Builder
	for _, r := range gap {
		if !isSign(r, folded, from, to) {
			continue
		}
		switch {
		case r == '&' || r == '+' && !first && !last:
			b.WriteString(" ?" + regexp.QuoteMeta(string(r)) + " ?")
		default:
			b.WriteString(regexp.QuoteMeta(string(r)))
		}
		ok = true
	}
	switch {
	case ok:
		return spaced(gap, b.String(), first, last), true
	case first || last:
		return "", false
	}
	return `[^\pL\pN]*`, false
}

// spaced lets a sign between two words stand apart from one of them as in the term: in
// "disney+ series" a space follows it.
func spaced(gap, pattern string, first, last bool) string {
	if !first && gap[0] == ' ' {
		pattern = " ?" + pattern
	}
	if !last && gap[len(gap)-1] == ' ' {
		pattern += `[^\pL\pN]*`
	}
	return pattern
}

// isSign reports whether r, which stands between from and to, belongs to a name there.
func isSign(r rune, folded string, from, to int) bool {
	first, last := from == 0, to == len(folded)
	switch r {
	case '#', '@':
		return true
	case '+', '&':
		return !first && (r == '+' || !last)
	case '!':
		return !first && folded[from] == '!'
	case '.':
		return first && folded[to-1] == '.' && to-from == 1
	case '/':
		return !first && !last && to-from == 1 && isDigit(folded[from-1]) && isDigit(folded[to])
	}
	return false
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// isIn reports whether a text has the term with its signs.
func (s *signs) isIn(part string) bool { return s.in.MatchString(words.Fold(part)) }
