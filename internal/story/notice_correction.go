package story

import (
	"strings"

	"github.com/slugline/slugline/internal/words"
)

// IsCorrection tells whether a headline says that it corrects an earlier one of its
// outlet: by one of the tags before it, or by a tag in brackets before or behind it.
func IsCorrection(headline string) bool {
	tags := lex().correctionTags
	s := foldHeadline(headline, "")
	for range maxRounds {
		if tags[bracketTag(s)] {
			return true
		}
		i, size := separator(s)
		if i <= 0 || !isLongEnough(s[i+size:]) {
			break
		}
		tag := strings.TrimSpace(s[:i])
		if tags[words.FoldedKey(tag)] {
			return true
		}
		if !isWireTag(tag) {
			break
		}
		s = strings.TrimSpace(s[i+size:])
	}
	open := strings.LastIndexAny(s, "([")
	return open > 0 && strings.HasSuffix(s, ")") && tags[words.FoldedKey(s[open:])]
}

// bracketTag is the key of a tag in brackets at the start of a folded headline,
// empty without one.
func bracketTag(s string) string {
	rest, ok := trimBracketTag(s)
	if !ok {
		return ""
	}
	return words.FoldedKey(s[:len(s)-len(rest)])
}
