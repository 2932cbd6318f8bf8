package story

import (
	"strings"

	"github.com/cespare/xxhash/v2"

	"github.com/slugline/slugline/internal/words"
)

const (
	maxTokens    = 28  // of a headline; further tokens are not compared
	vectorLength = 255 // length of a headline's vector of weights
)

// token is a word or phrase of a headline as the fold compares it. Words of one
// meaning (kills, dead) have the same root.
type token struct {
	root     uint32
	weight   uint8 // its part of the headline's vector
	kind     kind
	phonetic uint16 // equal for spellings of one name, or see countKey; 0 for none
}

type kind uint8

const (
	plain        kind = iota
	functionWord      // says nothing about the subject: the, of, says
	number            // 14, fourteen, second
	opposite          // has an opposite, and makes another headline: falls, wins
	negation          // makes the headline say the opposite: not, denies
	routine           // is in headlines that return every day: morning, briefing, weather
	bigram            // two characters of a script without spaces
	qualifier         // can tell headlines apart, but an edit may leave it out: north, former
	entity            // a state or firm; a headline about another one is another story
	country           // no word: the country of a place that the headline or its summary names
	kinds             // the number of kinds
)

// headlineWords appends the words of a folded headline to dst. It leaves out a word
// that an ellipsis cuts off.
func headlineWords(dst []string, text string) []string {
	dst = words.Tokens(dst, text)
	if n := len(dst); n > 2 && isTruncated(text) {
		dst = dst[:n-1]
	}
	if strings.Contains(text, "ґ") {
		for i, w := range dst {
			dst[i] = strings.ReplaceAll(w, "ґ", "г") // Ukrainian texts mix the two
		}
	}
	return dst
}

// pieces appends the words and phrases of a headline to dst.
func pieces(buf, dst []string) []string {
	l := lex()
	buf = joinPersian(buf)
	for len(buf) > 0 && len(dst) < maxTokens {
		n := 1
		switch w := buf[0]; {
		case w[0] >= '0' && w[0] <= '9':
			dst, n = l.appendNumber(dst, buf)
		case w[0] >= 0xe0 && words.Unspaced(w):
			dst = appendUnspaced(dst, buf)
		case w == "one" && l.isScale(buf[1:]):
			buf[0] = "1"
			dst, n = l.appendNumber(dst, buf)
		default:
			n, w = l.longestPhrase(buf)
			dst = append(dst, w)
			if part := l.partBehind(w, buf[n:]); part != "" {
				dst = append(dst, part)
				n++
			}
		}
		buf = buf[n:]
	}
	return dst[:min(len(dst), maxTokens)]
}

// appendUnspaced appends the word buf[0] of a script without spaces.
func appendUnspaced(dst, buf []string) []string {
	if n := koreanNumber(buf); n != "" {
		return append(dst, n)
	}
	if zeros, rest := koreanScale(buf[0]); zeros > 0 {
		n, scale := scaled("1", zeros)
		if dst = append(dst, n); scale != "" {
			dst = append(dst, scale)
		}
		return appendDense(dst, rest)
	}
	return appendDense(dst, buf[0])
}

// tokens returns the weighted tokens of a folded headline. It also finds the common words
// of its language and the places that it names.
func (f *Fold) tokens(text, language string) []token {
	f.wordBuf = headlineWords(f.wordBuf[:0], text)
	f.common = commonIn(language, f.wordBuf)
	f.readPlaces()
	f.pieceBuf = pieces(f.wordBuf, f.pieceBuf[:0])
	out := make([]token, 0, len(f.pieceBuf))
	for _, w := range f.pieceBuf {
		out = append(out, f.known.token(w))
	}
	f.df.weigh(out)
	return out
}

// isTruncated tells whether a folded text ends in an ellipsis.
func isTruncated(text string) bool { return strings.HasSuffix(text, "...") }

// hash is never 0, which means "none" in keys. Hashes are stored, so the names of
// kinds never change.
func hash(kind, s string) uint64 {
	var d xxhash.Digest
	d.Reset()
	_, _ = d.WriteString(kind)
	_, _ = d.Write([]byte{0})
	_, _ = d.WriteString(s)
	return max(d.Sum64(), 1)
}

// hashKey is hash for a key in bytes.
func hashKey(key []byte) uint64 {
	var d xxhash.Digest
	d.Reset()
	_, _ = d.WriteString("key\x00")
	_, _ = d.Write(key)
	return max(d.Sum64(), 1)
}
