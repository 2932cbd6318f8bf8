package story

import (
	"strings"
	"unicode/utf8"

	"github.com/slugline/slugline/internal/words"
)

// IsCorrection tells whether a headline says that it corrects an earlier one of its
// outlet: by one of the tags before it, or by a tag in brackets before or behind it.
func IsCorrection(headline string) bool {
	if !mayHaveTag(headline) {
		return false
	}
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

// tagMarks are bytes. A headline with a tag has at least one of them: a mark behind a tag,
// a bracket, or what may begin one of these outside ASCII.
var tagMarks = func() (of [256]bool) {
	for _, c := range []byte(":|-!([{<&") {
		of[c] = true
	}
	for c := 0xe2; c < len(of); c++ {
		of[c] = true
	}
	return of
}()

// mayHaveTag tells without folding a headline whether it may have a tag. Most have none.
func mayHaveTag(headline string) bool {
	for i := range len(headline) {
		if c := headline[i]; tagMarks[c] || c == '.' && i > 0 && headline[i-1] == '.' {
			return true
		}
	}
	return false
}

// CorrectedHeadline returns the headline of a correction without the tags that say that
// it is one.
func CorrectedHeadline(headline string) string {
	if !IsCorrection(headline) {
		return headline
	}
	tags := lex().correctionTags
	h := headline
	for range maxRounds {
		rest, ok := cutTag(h)
		if !ok || strings.TrimSpace(rest) == "" {
			break
		}
		h = strings.TrimSpace(rest)
	}
	if open := strings.LastIndexAny(h, "(["); open > 0 && tags[words.Key(h[open:])] {
		h = strings.TrimSpace(h[:open])
	}
	return h
}

// cutTag cuts a tag in brackets, or one before a colon or dash, from the start of a
// headline. ok is false when the headline begins with none that corrections have.
func cutTag(h string) (rest string, ok bool) {
	const marks = ":：|-–—!"
	if open, size := utf8.DecodeRuneInString(h); strings.ContainsRune("([【〔", open) {
		end := strings.IndexAny(h, ")]】〕")
		if end < 0 || !lex().correctionTags[words.Key(h[size:end])] {
			return h, false
		}
		return strings.TrimLeft(strings.TrimLeft(h[end:], ")]】〕 "), marks), true
	}
	i := strings.IndexAny(h, marks)
	if i <= 0 {
		return h, false
	}
	tag := words.Fold(h[:i])
	return strings.TrimLeft(h[i:], marks), lex().correctionTags[words.FoldedKey(tag)] || isWireTag(tag)
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
