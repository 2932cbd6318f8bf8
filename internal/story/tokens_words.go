package story

import (
	"strings"

	"github.com/cespare/xxhash/v2"

	"github.com/slugline/slugline/internal/words"
)

const (
	maxTokens    = 28  // of a headline; the rest is not compared
	vectorLength = 255 // length of a headline's vector of weights
)

// token is a word of a headline as the fold compares it. Words of one meaning
// (kills, dead) have one root.
type token struct {
	root     uint32
	weight   uint8 // share in the headline's vector
	kind     kind
	phonetic uint16 // equal for spellings of one name; 0: none
}

type kind uint8

const (
	plain        kind = iota
	functionWord      // says nothing by itself: the, of, says
	number            // 14, fourteen, second
	opposite          // turns a headline into another, often its opposite: falls, wins
	negation          // turns it into its opposite anywhere: not, denies
	routine           // of what recurs: morning, briefing, weather
	bigram            // two characters of a script without spaces
	qualifier         // tells apart, but may be left out of a headline that is else the same: north, former
	entity            // a state: another is another story
	kinds             // how many there are
)

// pieces are the words of a folded headline that are compared. A word cut off by
// an ellipsis is left out. Both slices are room for the work.
func pieces(room, dst []string, text string) []string {
	l := lex()
	room = words.Tokens(room, text)
	if n := len(room); n > 2 && isTruncated(text) {
		room = room[:n-1]
	}
	for len(room) > 0 && len(dst) < maxTokens {
		n, w := l.longestPhrase(room)
		digits, unit := l.splitUnit(w)
		switch {
		case unit != "":
			dst = append(dst, digits, unit)
		case n > 1:
			dst = append(dst, w)
		default:
			dst = words.Bigrams(dst, room[:1])
		}
		room = room[n:]
	}
	return dst[:min(len(dst), maxTokens)]
}

// tokens reads a folded headline.
func (f *Fold) tokens(text string) []token {
	l := lex()
	f.pieceBuf = pieces(f.wordBuf[:0], f.pieceBuf[:0], text)
	out := make([]token, 0, len(f.pieceBuf))
	for _, w := range f.pieceBuf {
		out = append(out, l.token(w))
	}
	f.df.weigh(out)
	return out
}

// isTruncated says that a folded text ends in an ellipsis.
func isTruncated(text string) bool { return strings.HasSuffix(text, "...") }

// hash is never 0, which stands for none.
func hash(kind, s string) uint64 {
	var d xxhash.Digest
	d.Reset()
	_, _ = d.WriteString(kind)
	_, _ = d.Write([]byte{0})
	_, _ = d.WriteString(s)
	return max(d.Sum64(), 1)
}
