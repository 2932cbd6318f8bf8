package story

import "slices"

// verdict on two headlines that are not word for word the same.
type guard uint8

const (
	allowed  guard = iota
	unlike         // too little in common
	numbers        // each has a number that the other lacks
	polarity       // one has a word that turns it around
	swapped        // one has a word, often a name, in the place of the other's
	guards         // how many there are
)

func (g guard) String() string {
	return [guards]string{"", "too little in common", "numbers differ", "one turns the other around", "one word stands for another"}[g]
}

const (
	enoughAlike = 580 // thousandths of cosine for a lightly edited headline of a script without spaces
	enoughCut   = 400 // the same when one is the other's beginning and ends in an ellipsis
	minCut      = 3   // telling words of such a beginning
	muchOwn     = 200 // thousandths of a headline that the other lacks
	looseAlike  = 600 // score from which each may have much of its own, none in the other's place
	mostTelling = 10  // common words that count for a headline
)

// What speaks for two headlines being one, in thousandths of a natural logarithm of
// the odds; fitted to pairs that people judged. Shares are of 1, in thousandths.
const (
	forCosine  = 1580
	forCovered = 1650 // the share of the headline that the other covers less
	forWord    = 220  // each common word, up to mostTelling
	forNumber  = 270  // each common number
	forBegin   = 740  // one is the other's beginning
	lessWord   = 580  // each word of its own that either has
	lessFewer  = 2380 // the heaviest word that only one has, of the headline where that is lighter
	lessMore   = 2650 // the same of the other
	lessNumber = 210  // one has a number of its own
	lessPole   = 690  // one has a word of its own that might turn it around
	lessPlace  = 250  // one has a place of its own

	enoughLatin = 0 // of all these; in Latin letters, where the lexicon knows most
	enoughOther = 960
)

// likeness compares two headlines: their cosine in thousandths, and what forbids
// that they are one story. cut says which of them end in an ellipsis.
func likeness(a, b []token, cutA, cutB bool) (int, guard) {
	var m match
	m.pair(a, b)
	score := min(m.dot*1000/(unit*unit), 1000)
	begins := m.begins()
	if begins && (cutA || cutB) && m.telling >= minCut && score >= enoughCut {
		return score, allowed
	}
	x, y := m.sides()
	switch {
	case m.telling == 0:
		return score, unlike
	case x.of[number] > 0 && y.of[number] > 0:
		return score, numbers
	case x.of[negative]+y.of[negative] > 0, x.turns() > 0 && y.turns() > 0:
		return score, polarity
	case x.of[place] > 0 && y.of[place] > 0:
		return score, swapped
	case m.oneWordAway(&x, &y):
		return score, swapped
	case m.has(func(t token) bool { return t.kind == pair }):
		return score, m.dense(score)
	case m.evidence(score, begins, &x, &y) < m.enough():
		return score, unlike
	}
	return score, allowed
}

// side is what one headline has of its own.
type side struct {
	of      [kinds]int // its words, by kind
	own     int        // its words that say something
	heavy   int        // weight of the heaviest of them
	covered int        // thousandths of it that the other has too
}

func (s *side) turns() int { return s.of[polar] }

func (m *match) sides() (side, side) { return sideOf(m.a, &m.ofA), sideOf(m.b, &m.ofB) }

func sideOf(tokens []token, of *[maxTokens]int8) side {
	var s side
	var common, all int
	for i, t := range tokens {
		if t.kind == empty {
			continue
		}
		square := int(t.weight) * int(t.weight)
		all += square
		if of[i] >= 0 {
			common += square
			continue
		}
		s.of[t.kind]++
		s.own++
		s.heavy = max(s.heavy, int(t.weight))
	}
	s.covered = common * 1000 / max(all, 1)
	return s
}

// oneWordAway says that in one word's place the other has another, and all else is
// the same, but for a last word that outlets drop.
func (m *match) oneWordAway(x, y *side) bool {
	switch {
	case x.own == 1 && y.own == 1:
	case x.own == 1 && y.own == 2 && ownsLast(m.b, &m.ofB):
	case y.own == 1 && x.own == 2 && ownsLast(m.a, &m.ofA):
	default:
		return false
	}
	return m.swaps()
}

func ownsLast(tokens []token, of *[maxTokens]int8) bool {
	for i := len(tokens) - 1; i >= 0; i-- {
		if tokens[i].kind != empty {
			return of[i] < 0
		}
	}
	return false
}

// evidence sums what speaks for one story.
func (m *match) evidence(score int, begins bool, x, y *side) int {
	sum := forCosine*score/1000 + forCovered*min(x.covered, y.covered)/1000 + forWord*min(m.telling, mostTelling) + forNumber*m.common(number)
	sum -= lessWord*min(x.own, y.own) + (lessFewer*min(x.heavy, y.heavy)+lessMore*max(x.heavy, y.heavy))/unit
	if begins {
		sum += forBegin
	}
	sum -= lessNumber*one(x.of[number]+y.of[number]) + lessPole*one(x.turns()+y.turns()) + lessPlace*one(x.of[place]+y.of[place])
	return sum
}

func one(n int) int { return min(n, 1) }

// enough is the evidence that these headlines ask for.
func (m *match) enough() int {
	if m.has(func(t token) bool { return t.sound == foreign }) {
		return enoughOther
	}
	return enoughLatin
}

func (m *match) has(f func(token) bool) bool {
	return slices.ContainsFunc(m.a, f) || slices.ContainsFunc(m.b, f)
}

// dense compares headlines whose words are pairs of characters: one sign more or
// less is two words.
func (m *match) dense(score int) guard {
	switch {
	case score < enoughAlike:
		return unlike
	case m.lacks(polar), m.lacks(shade):
		return polarity
	case m.exchanges() || score < looseAlike && m.parted():
		return swapped
	}
	return allowed
}

func (m *match) common(k kind) int {
	n := 0
	for i, t := range m.a {
		if t.kind == k && m.ofA[i] >= 0 {
			n++
		}
	}
	return n
}

// match says which tokens of two headlines stand for one another.
type match struct {
	a, b    []token
	ofA     [maxTokens]int8 // index in b, -1 when unmatched
	ofB     [maxTokens]int8
	dot     int
	telling int // pairs that say something
}

func (m *match) pair(a, b []token) {
	m.a, m.b = a, b
	for j := range b {
		m.ofB[j] = -1
	}
	from, lone := 0, false
	for i, t := range a {
		m.ofA[i] = -1
		j := m.free(t.root, from)
		if j < 0 {
			j = m.free(t.root, 0)
		}
		if j >= 0 {
			m.take(i, j)
			from = j + 1
		}
		lone = lone || j < 0 && t.sound > foreign
	}
	if lone {
		m.pairSounds()
	}
}

func (m *match) take(i, j int) {
	m.ofA[i], m.ofB[j] = int8(j), int8(i)
	if m.a[i].kind != empty {
		m.telling++
	}
	m.dot += int(m.a[i].weight) * int(m.b[j].weight)
}

// pairSounds pairs what is left and sounds alike: other spellings of one name.
func (m *match) pairSounds() {
	for i, t := range m.a {
		if m.ofA[i] >= 0 || t.sound <= foreign {
			continue
		}
		for j, u := range m.b {
			if m.ofB[j] < 0 && u.sound == t.sound {
				m.take(i, j)
				break
			}
		}
	}
}

// free is the first unmatched token of b with a root, from an index on.
func (m *match) free(root uint32, from int) int {
	for j := from; j < len(m.b); j++ {
		if m.b[j].root == root && m.ofB[j] < 0 {
			return j
		}
	}
	return -1
}

func (m *match) lacks(k kind) bool { return lone(m.a, &m.ofA, k) || lone(m.b, &m.ofB, k) }

// lone says that a token of a kind is missing from the other headline.
func lone(tokens []token, of *[maxTokens]int8, k kind) bool {
	for i, t := range tokens {
		if t.kind == k && of[i] < 0 {
			return true
		}
	}
	return false
}

// begins says that one headline is the other's beginning, but for words that say nothing.
func (m *match) begins() bool {
	return starts(m.a, &m.ofA, m.b, &m.ofB) || starts(m.b, &m.ofB, m.a, &m.ofA)
}

func starts(short []token, ofShort *[maxTokens]int8, long []token, ofLong *[maxTokens]int8) bool {
	last := int8(-1)
	for i, t := range short {
		switch {
		case t.kind == empty:
		case ofShort[i] <= last: // unmatched, or out of order
			return false
		default:
			last = ofShort[i]
		}
	}
	for j := range long[:last+1] {
		if ofLong[j] < 0 && long[j].kind != empty {
			return false
		}
	}
	return true
}

// parted says that each headline has much of its own.
func (m *match) parted() bool {
	return own(m.a, &m.ofA) > muchOwn && own(m.b, &m.ofB) > muchOwn
}

// swaps says that between two words that both headlines have in this order each
// has a word of its own.
func (m *match) swaps() bool {
	return m.slot(func(ofA, ofB int) bool { return ofA > 0 && ofB > 0 })
}

// exchanges is swaps for pairs of characters, where one character more is two pairs
// in the place of one.
func (m *match) exchanges() bool {
	return m.slot(func(ofA, ofB int) bool { return ofA > 0 && ofB > 0 && ofA+ofB != 3 })
}

// slot says that f is true of how many words each headline has of its own somewhere
// between two words that both have in this order.
func (m *match) slot(f func(ofA, ofB int) bool) bool {
	last, ofA := -1, 0 // index in b of the last common word; own words since
	for i := range m.a {
		j := int(m.ofA[i])
		switch {
		case j < 0 && m.a[i].kind != empty:
			ofA++
		case j > last:
			if f(ofA, m.owned(last+1, j)) {
				return true
			}
			last, ofA = j, 0
		}
	}
	return f(ofA, m.owned(last+1, len(m.b)))
}

// own is the unmatched share of a headline in thousandths.
func own(tokens []token, of *[maxTokens]int8) int {
	sum := 0
	for i, t := range tokens {
		if of[i] < 0 && t.kind != empty {
			sum += int(t.weight) * int(t.weight)
		}
	}
	return sum * 1000 / (unit * unit)
}

// owned counts the unmatched words of b in a range that say something.
func (m *match) owned(from, to int) int {
	n := 0
	for j := from; j < to; j++ {
		if m.ofB[j] < 0 && m.b[j].kind != empty {
			n++
		}
	}
	return n
}
