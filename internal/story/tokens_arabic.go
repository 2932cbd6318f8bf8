package story

import (
	"strings"
	"unicode/utf8"

	"github.com/slugline/slugline/internal/words"
)

// arabicRoot returns the letters that an Arabic verb and its noun have in common,
// by the first pattern of arabic_patterns.txt that the word fits. Other words are
// returned unchanged.
func (l *lexicon) arabicRoot(w string) string {
	if r, _ := utf8.DecodeRuneInString(w); r < 0x620 || r > 0x64A {
		return w
	}
	word := []rune(w)
	for _, pattern := range l.arabicPatterns {
		if root, ok := matchPattern(word, pattern); ok {
			return root
		}
	}
	return w
}

// matchPattern returns the letters of the word that stand where the pattern has points.
func matchPattern(word, pattern []rune) (string, bool) {
	if len(word) != len(pattern) {
		return "", false
	}
	var root []rune
	for i, r := range pattern {
		switch {
		case r == '.':
			root = append(root, word[i])
		case r != word[i]:
			return "", false
		}
	}
	return string(root), true
}

// formKey returns bits for countsDiffer that tell Arabic nouns of one root apart, such as
// تعليم (education) and إعلام (information): a hash of the root, and in place of the number
// how the noun is made of it. It is 0 for all other words.
func formKey(w, root string) uint16 {
	if len(root) != arabicRootBytes || len(root) == len(w) || !isArabicLetter(w) {
		return 0
	}
	form := nounForm(words.Root(w))
	if form == 0 {
		return 0
	}
	return uint16(rootOf(root)>>16)&^0xf | form
}

// arabicRootBytes is the length of a root of three letters.
const arabicRootBytes = 6

// nounForm tells nouns like تعليم, which are made of a root of three letters by doubling
// one, from those with an alef before the last letter; it is 0 for other words. Of the
// latter several may tell of one thing: إنهاء and انتهاء, the ending.
func nounForm(w string) uint16 {
	alef := func(letter int) bool { return strings.HasPrefix(w[2*letter:], "ا") }
	switch letters := len(w) / 2; {
	case letters == 5 && strings.HasPrefix(w, "ت") && strings.HasPrefix(w[6:], "ي"):
		return singular
	case letters == 5 && alef(0) && alef(3), letters == 6 && alef(0) && alef(4), letters == 7 && strings.HasPrefix(w, "است") && alef(5):
		return several
	}
	return 0
}
