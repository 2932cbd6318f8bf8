package story

import "slices"

// alignment pairs the tokens of two headlines that mean the same.
type alignment struct {
	a, b   []token
	inB    [maxTokens]int8 // by token of a: index in b, -1 when unmatched
	inA    [maxTokens]int8 // by token of b: index in a, -1 when unmatched
	dot    int             // sum of the products of the weights in each pair
	shared int             // pairs that are not function words
}

// align pairs tokens with the same root, and then names that sound alike. Of several
// tokens with one root it prefers the order of the other headline.
func (m *alignment) align(a, b []token) {
	m.a, m.b = a, b
	var roots [4]uint64 // a bit for each root of b: most words of a are in none
	var sounds uint64   // a bit for each phonetic key of b
	for j := range b {
		m.inA[j] = -1
		roots[b[j].root>>6&3] |= 1 << (b[j].root & 63)
		sounds |= 1 << (b[j].phonetic >> soundBit & 63)
	}
	from, unpaired := 0, false
	for i := range a {
		t := &a[i]
		m.inB[i] = -1
		j := -1
		if roots[t.root>>6&3]>>(t.root&63)&1 != 0 {
			if j = m.unmatched(t.root, from); j < 0 {
				j = m.unmatched(t.root, 0)
			}
		}
		if j >= 0 {
			m.link(i, j)
			from = j + 1
		}
		unpaired = unpaired || j < 0 && sounds>>(t.phonetic>>soundBit&63)&1 != 0 && isSound(t.phonetic)
	}
	if unpaired {
		m.alignNames()
	}
}

// soundBit is the lowest of six bits in which many phonetic keys differ.
const soundBit = 5

func (m *alignment) link(i, j int) {
	m.inB[i], m.inA[j] = int8(j), int8(i)
	if m.a[i].kind != functionWord {
		m.shared++
	}
	m.dot += int(m.a[i].weight) * int(m.b[j].weight)
}

// alignNames pairs unmatched tokens that sound alike: spellings of one name.
func (m *alignment) alignNames() {
	for i, t := range m.a {
		if m.inB[i] >= 0 || !isSound(t.phonetic) {
			continue
		}
		for j, u := range m.b {
			if m.inA[j] < 0 && u.phonetic == t.phonetic {
				m.link(i, j)
				break
			}
		}
	}
}

// unmatched returns the index of the first unmatched token of b with a root, at or
// behind an index; -1 when there is none.
func (m *alignment) unmatched(root uint32, from int) int {
	for j := from; j < len(m.b); j++ {
		if m.b[j].root == root && m.inA[j] < 0 {
			return j
		}
	}
	return -1
}

func (m *alignment) sharedOfKind(k kind) int {
	n := 0
	for i, t := range m.a {
		if t.kind == k && m.inB[i] >= 0 {
			n++
		}
	}
	return n
}

func (m *alignment) anyToken(f func(token) bool) bool {
	return slices.ContainsFunc(m.a, f) || slices.ContainsFunc(m.b, f)
}

func (m *alignment) hasUnmatched(k kind) bool {
	return hasUnmatched(m.a, &m.inB, k) || hasUnmatched(m.b, &m.inA, k)
}

// hasUnmatched tells whether the tokens have one of a kind that the other headline
// lacks.
func hasUnmatched(tokens []token, paired *[maxTokens]int8, k kind) bool {
	for i, t := range tokens {
		if t.kind == k && paired[i] < 0 {
			return true
		}
	}
	return false
}

// isPrefix tells whether one headline is the beginning of the other, function words
// aside.
func (m *alignment) isPrefix() bool {
	return isPrefixOf(m.a, &m.inB, m.b, &m.inA) || isPrefixOf(m.b, &m.inA, m.a, &m.inB)
}

func isPrefixOf(short []token, shortPaired *[maxTokens]int8, long []token, longPaired *[maxTokens]int8) bool {
	last := int8(-1)
	for i, t := range short {
		switch {
		case t.kind == functionWord:
		case shortPaired[i] <= last: // unmatched, or in another order
			return false
		default:
			last = shortPaired[i]
		}
	}
	for j := range long[:last+1] {
		if longPaired[j] < 0 && long[j].kind != functionWord {
			return false
		}
	}
	return true
}

// bothDiffer tells whether each headline has much that the other lacks.
func (m *alignment) bothDiffer() bool {
	return unmatchedShare(m.a, &m.inB) > maxOneSided && unmatchedShare(m.b, &m.inA) > maxOneSided
}

// replacesWord tells whether, between two words that both have in this order, each
// has a word that the other lacks.
func (m *alignment) replacesWord() bool {
	return m.anyGap(func(onlyA, onlyB int) bool { return onlyA > 0 && onlyB > 0 })
}

// replacesBigrams is replacesWord for pairs of characters, where one more character
// replaces one pair by two.
func (m *alignment) replacesBigrams() bool {
	return m.anyGap(func(onlyA, onlyB int) bool { return onlyA > 0 && onlyB > 0 && onlyA+onlyB != 3 })
}

// anyGap tells whether f is true for one of the gaps between shared words that both
// headlines have in the same order. Its arguments are the number of words in the gap
// that only a, and only b, has.
func (m *alignment) anyGap(f func(onlyA, onlyB int) bool) bool {
	last, onlyA := -1, 0 // index in b of the last shared word; words since then that only a has
	for i := range m.a {
		j := int(m.inB[i])
		switch {
		case j < 0 && m.a[i].kind != functionWord:
			onlyA++
		case j > last:
			if f(onlyA, m.countUnmatched(last+1, j)) {
				return true
			}
			last, onlyA = j, 0
		}
	}
	return f(onlyA, m.countUnmatched(last+1, len(m.b)))
}

// unmatchedShare is the part of a headline that the other lacks, in thousandths.
func unmatchedShare(tokens []token, paired *[maxTokens]int8) int {
	sum := 0
	for i, t := range tokens {
		if paired[i] < 0 && t.kind != functionWord {
			sum += int(t.weight) * int(t.weight)
		}
	}
	return sum * 1000 / (vectorLength * vectorLength)
}

// countUnmatched counts the unmatched content words of b in a range.
func (m *alignment) countUnmatched(from, to int) int {
	n := 0
	for j := from; j < to; j++ {
		if m.inA[j] < 0 && m.b[j].kind != functionWord {
			n++
		}
	}
	return n
}
