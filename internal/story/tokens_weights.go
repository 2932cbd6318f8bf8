package story

import (
	"encoding/binary"
	"math"
	"math/bits"
	"sort"
)

// frequencies counts in how many recent headlines each root was. It counts in 256ths,
// so that a sweep can reduce the counts gradually.
type frequencies struct {
	counts rootCounts
	total  uint64 // headlines, in 256ths

	norm     uint64 // length of the vector of the headline that was weighed last, before it is scaled to vectorLength
	logOf    uint64 // the total when logTotal was computed
	logTotal uint32 // see logOfAll
}

func (c *frequencies) add(tokens []token) {
	c.total += 256
	for i, t := range tokens {
		if isFirstWithRoot(tokens, i) {
			c.counts.add(t.root, 256)
		}
	}
}

// addCountries counts the countries among tokens of a headline that was added.
func (c *frequencies) addCountries(tokens []token) {
	for _, t := range tokens {
		if t.kind == country {
			c.counts.add(t.root, 256)
		}
	}
}

// isFirstWithRoot tells whether no token before the i-th has the same root.
func isFirstWithRoot(tokens []token, i int) bool {
	for _, t := range tokens[:i] {
		if t.root == tokens[i].root {
			return false
		}
	}
	return true
}

// weigh sets the weight of each token: the rarer the word, the larger. Repeated words
// have no weight.
func (c *frequencies) weigh(tokens []token) {
	var raw [maxTokens]uint32
	var sum uint64
	for i := range tokens {
		if isFirstWithRoot(tokens, i) {
			raw[i] = c.rarity(tokens[i])
			sum += uint64(raw[i]) * uint64(raw[i])
		}
	}
	c.norm = max(sqrt(sum), 1)
	for i := range tokens {
		tokens[i].weight = uint8((uint64(raw[i])*vectorLength + c.norm/2) / c.norm)
	}
}

// weighExtra weighs words that are not in the headline that was weighed last as if they
// were.
func (c *frequencies) weighExtra(tokens []token) {
	for i := range tokens {
		tokens[i].weight = uint8(min((uint64(c.rarity(tokens[i]))*vectorLength+c.norm/2)/c.norm, vectorLength))
	}
}

// priors are the headlines, in 256ths, that each word of a kind counts before any was
// seen: words of the lexicon are common.
var priors = [kinds]uint64{routine: 6 * 256, opposite: 3 * 256, negation: 3 * 256, number: 3 * 256, entity: 2 * 256, qualifier: 2 * 256}

// rarity is ln((N+200)/(df+0.7)) in 256ths of a power of two; df includes the prior.
func (c *frequencies) rarity(t token) uint32 {
	r := c.logOfAll() - log2(uint64(c.counts.of(t.root))+180+priors[t.kind])
	if t.kind == functionWord {
		r /= 8
	}
	return max(r, 16)
}

// logOfAll is the binary logarithm of N+200 in 256ths of headlines, N of which were counted.
func (c *frequencies) logOfAll() uint32 {
	if c.logOf != c.total || c.logTotal == 0 {
		c.logOf, c.logTotal = c.total, log2(c.total+200*256)
	}
	return c.logTotal
}

// log2 is the binary logarithm in 256ths. The error is at most one 256th.
func log2(x uint64) uint32 {
	n := uint32(bits.Len64(x)) - 1
	m := uint32(x << (63 - n) >> 32) // between 1 and 2, with 31 bits behind the point
	l := uint32(logs.at[m<<1>>(32-bitsOfLogs)])
	if m >= logs.from[l+1] {
		l++
	}
	return n<<8 + l
}

// bitsOfLogs are the bits behind the point that find a logarithm. The logarithms of two
// numbers that have the same are at most one 256th apart.
const bitsOfLogs = 9

// logs are the binary logarithms of the numbers between 1 and 2.
var logs = newLogs()

type logTable struct {
	at   [1 << bitsOfLogs]uint8 // by the first bits behind the point of a number: the logarithm of the least such one
	from [257]uint32            // by logarithm: the least number that has it; then one that none reaches
}

func newLogs() (t logTable) {
	for l := range uint32(256) {
		t.from[l] = uint32(1<<31 + sort.Search(1<<31, func(m int) bool { return mantissaLog2(1<<31+uint64(m)) >= l }))
	}
	t.from[256] = math.MaxUint32
	for i := range t.at {
		t.at[i] = uint8(mantissaLog2(1<<31 | uint64(i)<<(31-bitsOfLogs)))
	}
	return t
}

// mantissaLog2 is the binary logarithm in 256ths of a number between 1 and 2, with 31 bits
// behind the point, bit by bit.
func mantissaLog2(m uint64) (out uint32) {
	for bit := uint32(128); bit > 0; bit >>= 1 {
		m = m * m >> 31
		if m >= 1<<32 {
			out += bit
			m >>= 1
		}
	}
	return out
}

// sqrt is the square root, rounded down. The square root of a float is at most one
// off, so the result is the same on any machine.
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

const maxRoot = 1<<32 - 1 // the largest square root of 64 bits

// decay halves the counts every 7 days and deletes counts that are almost 0.
func (c *frequencies) decay(hours int64) {
	for range min(hours, 60*24) {
		c.total -= c.total / 242
	}
	c.counts.change(func(n uint32) uint32 {
		for range min(hours, 60*24) {
			n -= (n + 241) / 242
		}
		if n < 128 {
			return 0
		}
		return n
	})
}

func (c *frequencies) encode(b []byte) []byte {
	b = binary.AppendUvarint(b, c.total)
	b = binary.AppendUvarint(b, uint64(c.counts.used))
	for _, x := range c.counts.sorted() {
		b = binary.BigEndian.AppendUint32(b, x.root)
		b = binary.AppendUvarint(b, uint64(x.count))
	}
	return b
}

func (c *frequencies) decode(r *decoder) {
	c.total = r.uvarint()
	for n := r.uvarint(); n > 0 && !r.failed; n-- {
		root := r.uint32()
		c.counts.add(root, uint32(r.uvarint()))
	}
}

// leastLog is what rarity subtracts for a word that was never seen.
var leastLog = log2(180)

// specificity is how seldom a word is used outside of an event that has it in so many
// stories, in thousandths: 1000 for one that was never seen elsewhere. It is as rarity
// would be without those stories, with what is expected of a word of its class.
func (c *frequencies) specificity(t token, inside int, class uint8) int {
	outside := max(0, int64(c.counts.of(t.root))-int64(inside)*256)
	expected := priors[t.kind]
	if class > 0 {
		expected += c.total >> (18 - class) // half of what the class says
	}
	all, least := int(c.logOfAll()), int(leastLog)
	return max(0, all-int(log2(uint64(outside)+180+expected))) * 1000 / (all - least)
}
