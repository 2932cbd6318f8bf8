package story

// verdict on two headlines that are not word for word the same.
type conflict uint8

const (
	noConflict    conflict = iota
	tooDifferent           // too little in common
	numbersDiffer          // each has a number that the other lacks
	contradiction          // one has a word that turns it around
	wordReplaced           // one has a word, often a name, in the place of the other's
	conflicts              // how many there are
)

func (g conflict) String() string {
	return [conflicts]string{"", "too little in common", "numbers differ", "one turns the other around", "one word stands for another"}[g]
}

const (
	minDenseScore     = 580 // thousandths of cosine for a lightly edited headline of a script without spaces
	minTruncatedScore = 400 // the same when one is the other's beginning and ends in an ellipsis
	minTruncatedWords = 3   // telling words of such a beginning
	maxOneSided       = 200 // thousandths of a headline that the other lacks
	minLooseScore     = 600 // score from which each may have much of its own, none in the other's place
	maxSharedWords    = 10  // common words that count for a headline
)

// What speaks for two headlines being one, in thousandths of a natural logarithm of
// the odds; fitted to pairs that people judged. Shares are of 1, in thousandths.
const (
	plusCosine    = 1580
	plusCovered   = 1650 // the share of the headline that the other covers less
	plusWord      = 220  // each common word, up to mostTelling
	plusNumber    = 270  // each common number
	plusPrefix    = 740  // one is the other's beginning
	minusWord     = 580  // each word of its own that either has
	minusLighter  = 2380 // the heaviest word that only one has, of the headline where that is lighter
	minusHeavier  = 2650 // the same of the other
	minusNumber   = 210  // one has a number of its own
	minusOpposite = 690  // one has a word of its own that might turn it around
	minusEntity   = 250  // one has a place of its own

	minEvidenceLatin = 0 // of all these; in Latin letters, where the lexicon knows most
	minEvidenceOther = 960
)

// similarity compares two headlines: their cosine in thousandths, and what forbids
// that they are one story. cut says which of them end in an ellipsis.
func similarity(a, b []token, cutA, cutB bool) (int, conflict) {
	var m alignment
	m.align(a, b)
	score := min(m.dot*1000/(vectorLength*vectorLength), 1000)
	begins := m.isPrefix()
	if begins && (cutA || cutB) && m.shared >= minTruncatedWords && score >= minTruncatedScore {
		return score, noConflict
	}
	x, y := m.sides()
	switch {
	case m.shared == 0:
		return score, tooDifferent
	case x.of[number] > 0 && y.of[number] > 0:
		return score, numbersDiffer
	case x.of[negation]+y.of[negation] > 0, x.turns() > 0 && y.turns() > 0:
		return score, contradiction
	case x.of[entity] > 0 && y.of[entity] > 0:
		return score, wordReplaced
	case m.differsInOneWord(&x, &y):
		return score, wordReplaced
	case m.anyToken(func(t token) bool { return t.kind == bigram }):
		return score, m.compareBigrams(score)
	case m.evidence(score, begins, &x, &y) < m.minEvidence():
		return score, tooDifferent
	}
	return score, noConflict
}

// difference is what one headline has of its own.
type difference struct {
	of       [kinds]int // its words, by kind
	words    int        // its words that say something
	heaviest int        // weight of the heaviest of them
	covered  int        // thousandths of it that the other has too
}

func (s *difference) turns() int { return s.of[opposite] }

func (m *alignment) sides() (difference, difference) { return sideOf(m.a, &m.inB), sideOf(m.b, &m.inA) }

func sideOf(tokens []token, of *[maxTokens]int8) difference {
	var s difference
	var common, all int
	for i, t := range tokens {
		if t.kind == functionWord {
			continue
		}
		square := int(t.weight) * int(t.weight)
		all += square
		if of[i] >= 0 {
			common += square
			continue
		}
		s.of[t.kind]++
		s.words++
		s.heaviest = max(s.heaviest, int(t.weight))
	}
	s.covered = common * 1000 / max(all, 1)
	return s
}

// differsInOneWord says that in one word's place the other has another, and all else is
// the same, but for a last word that outlets drop.
func (m *alignment) differsInOneWord(x, y *difference) bool {
	switch {
	case x.words == 1 && y.words == 1:
	case x.words == 1 && y.words == 2 && lastIsUnmatched(m.b, &m.inA):
	case y.words == 1 && x.words == 2 && lastIsUnmatched(m.a, &m.inB):
	default:
		return false
	}
	return m.replacesWord()
}

func lastIsUnmatched(tokens []token, of *[maxTokens]int8) bool {
	for i := len(tokens) - 1; i >= 0; i-- {
		if tokens[i].kind != functionWord {
			return of[i] < 0
		}
	}
	return false
}

// evidence sums what speaks for one story.
func (m *alignment) evidence(score int, begins bool, x, y *difference) int {
	sum := plusCosine*score/1000 + plusCovered*min(x.covered, y.covered)/1000 + plusWord*min(m.shared, maxSharedWords) + plusNumber*m.sharedOfKind(number)
	sum -= minusWord*min(x.words, y.words) + (minusLighter*min(x.heaviest, y.heaviest)+minusHeavier*max(x.heaviest, y.heaviest))/vectorLength
	if begins {
		sum += plusPrefix
	}
	sum -= minusNumber*atMostOne(x.of[number]+y.of[number]) + minusOpposite*atMostOne(x.turns()+y.turns()) + minusEntity*atMostOne(x.of[entity]+y.of[entity])
	return sum
}

func atMostOne(n int) int { return min(n, 1) }

// minEvidence is the evidence that these headlines ask for.
func (m *alignment) minEvidence() int {
	if m.anyToken(func(t token) bool { return t.phonetic == nonLatin }) {
		return minEvidenceOther
	}
	return minEvidenceLatin
}

// compareBigrams compares headlines whose words are pairs of characters: one sign more or
// less is two words.
func (m *alignment) compareBigrams(score int) conflict {
	switch {
	case score < minDenseScore:
		return tooDifferent
	case m.hasUnmatched(opposite), m.hasUnmatched(qualifier):
		return contradiction
	case m.replacesBigrams() || score < minLooseScore && m.bothDiffer():
		return wordReplaced
	}
	return noConflict
}
