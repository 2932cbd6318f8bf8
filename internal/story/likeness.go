package story

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
	enoughAlike = 580 // thousandths of cosine for a lightly edited headline
	enoughCut   = 400 // the same when one is the other's beginning and ends in an ellipsis
	minCut      = 3   // telling words of such a beginning
	muchOwn     = 200 // thousandths of a headline that the other lacks
	looseAlike  = 600 // score from which each may have much of its own, none in the other's place
	shadeAlike  = 700 // score from which one may lack a shade that the other has
	nearlySame  = 900 // score from which one may lack what might turn it around
	minDropped  = 6   // the same without an ellipsis, when what is missing might turn it around
)

// likeness compares two headlines: their cosine in thousandths, and what forbids
// that they are one story. cut says which of them end in an ellipsis.
func likeness(a, b []token, cutA, cutB bool) (int, guard) {
	var m match
	m.pair(a, b)
	score := min(m.dot*1000/(unit*unit), 1000)
	begins := m.begins()
	switch {
	case begins && (cutA || cutB) && m.telling >= minCut && score >= enoughCut:
		return score, allowed
	case score < enoughAlike:
		return score, unlike
	case m.numbersDiffer():
		return score, numbers
	case m.lacks(negative), m.turned(score) && (!begins || m.telling < minDropped):
		return score, polarity
	case m.swaps() || score < looseAlike && m.parted():
		return score, swapped
	}
	return score, allowed
}

// turned says that a word which turns a headline around stands in one of them
// alone. What is merely added may be left out of a headline that is else the same.
func (m *match) turned(score int) bool {
	a, b := lonePoles(m.a, &m.ofA), lonePoles(m.b, &m.ofB)
	switch {
	case a == 0 && b == 0:
		return false
	case a > 0 && b > 0, m.swaps():
		return true
	case m.lacks(polar):
		return score < nearlySame
	}
	return score < shadeAlike
}

func lonePoles(tokens []token, of *[maxTokens]int8) int {
	n := 0
	for i, t := range tokens {
		if (t.kind == polar || t.kind == shade) && of[i] < 0 {
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
	from := 0
	for i, t := range a {
		m.ofA[i] = -1
		j := m.free(t.root, from)
		if j < 0 {
			j = m.free(t.root, 0)
		}
		if j >= 0 {
			m.ofA[i], m.ofB[j] = int8(j), int8(i)
			if t.kind != empty {
				m.telling++
			}
			m.dot += int(t.weight) * int(b[j].weight)
			from = j + 1
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

func (m *match) numbersDiffer() bool { return lone(m.a, &m.ofA, number) && lone(m.b, &m.ofB, number) }

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
	last := -1 // in b, of the last common word
	ownA := false
	for i := range m.a {
		j := int(m.ofA[i])
		if j < 0 {
			ownA = ownA || m.a[i].kind != empty
			continue
		}
		if j <= last {
			continue
		}
		if ownA && m.owns(last+1, j) {
			return true
		}
		last, ownA = j, false
	}
	return ownA && m.owns(last+1, len(m.b))
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

// owns says that b has an unmatched word that says something in a range.
func (m *match) owns(from, to int) bool {
	for j := from; j < to; j++ {
		if m.ofB[j] < 0 && m.b[j].kind != empty {
			return true
		}
	}
	return false
}
