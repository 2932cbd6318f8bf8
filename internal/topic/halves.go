package topic

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/slugline/slugline/internal/words"
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

// joinedParts are words that Persian writes with a joiner, in one, or apart: before what
// follows them, and behind any word. Other words are not joined where the query has them
// apart: a house, خانه, and work, کار, are no factory, کارخانه.
var (
	partsBefore = foldedWords("پیش نیم هم بی غیر ضد شبه بین پسا فرا چند نخست آتش")
	partsBehind = foldedWords(`هایش هایشان هایم هایمان هایت هایتان اش اند ایم اید جمهور جمهوری وزیر وزیری بس سوزی سوز نشان نشانی
		گذاری گذار سازی ساز گیری گیر بندی بینی رسانی شناسی شناس پذیری پذیر کننده دهنده شده نامه`)
)

func foldedWords(list string) []string { return strings.Fields(words.Fold(list)) }

// isHalves reports whether two folded words are often the halves of one in Arabic letters.
func isHalves(first, second string) bool {
	if !isArabicScript(first) || !isArabicScript(second) || letters(first) < 2 || letters(second) < 2 {
		return false
	}
	return slices.Contains(joinedBeginnings, first) || slices.Contains(partsBefore, first) || slices.Contains(partsBehind, second)
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
