package topic

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Some words of Persian and Arabic are written in one or in two, as آتش‌بس and آتش بس,
// می‌خواهد and می خواهد, أبوظبي and أبو ظبي. Each finds the other.

// joinedBeginnings are the beginnings of words that are also written alone before the
// rest of the word, folded.
var joinedBeginnings = []string{"مي", "نمي", "ابو", "عبد"}

// apartForm returns a folded word with a space behind such a beginning, and the word as
// it is when it has none.
func apartForm(folded string) string {
	if strings.Contains(folded, " ") || !isArabicScript(folded) {
		return folded
	}
	for _, b := range joinedBeginnings {
		if rest, ok := strings.CutPrefix(folded, b); ok && letters(rest) >= 3 {
			return b + " " + rest
		}
	}
	return folded
}

// wholeForm returns the words of a folded phrase in Arabic letters as one, and other
// terms as they are.
func wholeForm(folded string) string {
	first, second, ok := strings.Cut(folded, " ")
	if !ok || strings.Contains(second, " ") || !isArabicScript(first) || !isArabicScript(second) {
		return folded
	}
	return first + second
}

func isArabicScript(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.Is(unicode.Arabic, r)
}
