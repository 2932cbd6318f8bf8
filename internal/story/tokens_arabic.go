package story

import "unicode/utf8"

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
