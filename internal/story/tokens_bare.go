package story

import (
	"strings"

	"github.com/slugline/slugline/internal/words"
)

// maxBare is how long a headline without a subject is at most, in bytes.
const maxBare = 80

// isBare tells whether a folded headline names no subject: it has a number or a word such
// as release, and besides these only function words. "v1.2.0" and "Release 3" are titles
// of many things at once.
func isBare(text string) bool {
	if len(text) > maxBare {
		return false
	}
	first, _, _ := strings.Cut(text, " ")
	if subject, _ := namesSubject(first); subject { // as in most headlines
		return false
	}
	subject, label := namesSubject(text)
	return !subject && label
}

// namesSubject tells whether a folded text has a word that is neither a number, nor a
// function word, nor a word such as release. label tells whether one of its words is
// something other than a function word.
func namesSubject(text string) (subject, label bool) {
	l := lex()
	var buf [32]string
	for _, w := range words.Tokens(buf[:0], text) {
		if hasDigit(w) || l.bareWords[w] {
			label = true
			continue
		}
		if words.Unspaced(w) {
			return true, label
		}
		switch l.token(w).kind {
		case number:
			label = true
		case functionWord:
		default:
			return true, label
		}
	}
	return false, label
}

// bareKey is the key of such a headline. It is another one for each source.
func bareKey(text, source string) uint64 {
	return hashKey(append(appendDenseKey(nil, words.FoldedKey(text)), "\x00"+source...))
}
