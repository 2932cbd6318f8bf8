package story

import (
	"strings"

	"github.com/cespare/xxhash/v2"
)

// knownTokens holds the tokens of words that were read lately: most words of a headline
// are common ones. A word has one place, and replaces the one that was there.
type knownTokens [1 << 12]knownToken

type knownToken struct {
	word  string
	token token
}

// token returns what the lexicon knows of a folded word or phrase.
func (k *knownTokens) token(w string) token {
	t := &k[xxhash.Sum64String(w)%uint64(len(k))]
	if t.word != w {
		*t = knownToken{strings.Clone(w), lex().token(w)}
	}
	return t.token
}
