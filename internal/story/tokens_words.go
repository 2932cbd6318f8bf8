package story

import (
	"math"
	"math/bits"
	"strings"

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

// frequencies says in how many headlines each root stood lately, in 256ths, so that
// a sweep can let them decay.
type frequencies struct {
	of    map[uint32]uint32
	total uint64 // headlines, in 256ths

	logOf, logTotal uint64 // a total and log2 of it as rarity takes it
}

func newCounts() frequencies { return frequencies{of: map[uint32]uint32{}} }

func (c *frequencies) add(tokens []token) {
	c.total += 256
	for i, t := range tokens {
		if isFirstWithRoot(tokens, i) {
			c.of[t.root] += 256
		}
	}
}

// isFirstWithRoot says that no token before the i-th has its root.
func isFirstWithRoot(tokens []token, i int) bool {
	for _, t := range tokens[:i] {
		if t.root == tokens[i].root {
			return false
		}
	}
	return true
}

// weigh gives each token its share: the rarer the heavier, repeats nothing.
func (c *frequencies) weigh(tokens []token) {
	var raw [maxTokens]uint32
	var sum uint64
	for i := range tokens {
		if isFirstWithRoot(tokens, i) {
			raw[i] = c.rarity(tokens[i])
			sum += uint64(raw[i]) * uint64(raw[i])
		}
	}
	norm := max(sqrt(sum), 1)
	for i := range tokens {
		tokens[i].weight = uint8((uint64(raw[i])*vectorLength + norm/2) / norm)
	}
}

// weighExtra weighs words that are not in a headline as if they were.
func (c *frequencies) weighExtra(tokens, said []token) {
	var sum uint64
	for i := range said {
		if isFirstWithRoot(said, i) {
			r := uint64(c.rarity(said[i]))
			sum += r * r
		}
	}
	norm := max(sqrt(sum), 1)
	for i := range tokens {
		tokens[i].weight = uint8(min((uint64(c.rarity(tokens[i]))*vectorLength+norm/2)/norm, vectorLength))
	}
}

// priors are headlines in which a word of a kind is taken to have stood before any
// was seen, in 256ths: words of the lexicon are common ones.
var priors = [kinds]uint64{routine: 6 * 256, opposite: 3 * 256, negation: 3 * 256, number: 3 * 256, entity: 2 * 256, qualifier: 2 * 256}

// rarity is ln((N+200)/(df+0.7)) in 256ths of a power of two, with the prior in df.
func (c *frequencies) rarity(t token) uint32 {
	if c.logOf != c.total || c.logTotal == 0 {
		c.logOf, c.logTotal = c.total, uint64(log2(c.total+200*256))
	}
	r := uint32(c.logTotal) - log2(uint64(c.of[t.root])+180+priors[t.kind])
	if t.kind == functionWord {
		r /= 8
	}
	return max(r, 16)
}

// log2 is the binary logarithm in 256ths, exact to one of them.
func log2(x uint64) uint32 {
	n := uint32(bits.Len64(x)) - 1
	m := x << (63 - n) >> 32 // 1 to 2 with 31 bits behind the point
	out := n << 8
	for bit := uint32(128); bit > 0; bit >>= 1 {
		m = m * m >> 31
		if m >= 1<<32 {
			out += bit
			m >>= 1
		}
	}
	return out
}

// sqrt is the square root, rounded down. A float's square root is at most one off,
// and the same on any machine.
func sqrt(x uint64) uint64 {
	r := uint64(math.Sqrt(float64(x)))
	for r > maxRoot || r*r > x {
		r--
	}
	for r < maxRoot && (r+1)*(r+1) <= x {
		r++
	}
	return r
}

const maxRoot = 1<<32 - 1 // of a number of 64 bits
