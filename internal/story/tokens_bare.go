package story

import (
	"strings"

	"github.com/slugline/slugline/internal/words"
)

// maxBare is how long a headline without a subject is at most, in bytes.
const maxBare = 80

// isBare tells whether a folded headline names no subject: it has digits, and besides
// these only words such as release and function words. "v1.2.0" and "Release 3" are titles
// of many things at once.
func isBare(text string) bool {
	if len(text) > maxBare || !hasDigit(text) {
		return false // most headlines
	}
	first, _, _ := strings.Cut(text, " ")
	if namesSubject(first) {
		return false
	}
	return !namesSubject(text)
}

// namesSubject tells whether a folded text has a word that is neither a number, nor a
// function word, nor a word such as release.
func namesSubject(text string) bool {
	l := lex()
	var buf [32]string
	for _, w := range words.Tokens(buf[:0], text) {
		if hasDigit(w) || l.bareWords[w] {
			continue
		}
		if words.Unspaced(w) {
			return true
		}
		if k := l.token(w).kind; k != number && k != functionWord {
			return true
		}
	}
	return false
}

// bareKey is the key of such a headline. It is another one for each source.
func bareKey(text, source string) uint64 {
	return hashKey(append(appendDenseKey(nil, words.FoldedKey(text)), "\x00"+source...))
}
