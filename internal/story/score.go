package story

// conflict says what keeps two headlines that are not word for word the same from
// being one story.
type conflict uint8

const (
	noConflict    conflict = iota
	tooDifferent           // they have too little in common
	numbersDiffer          // each has a number that the other lacks
	contradiction          // one has a negation or an opposite of its own
	wordReplaced           // one has a word, often a name, in place of a word of the other
	rolesReversed          // they have the same words, and another one did it
	conflicts              // the number of conflicts
)

func (c conflict) String() string {
	return [conflicts]string{"", "they have too little in common", "numbers differ", "one contradicts the other", "one key word differs", "they differ in who did it to whom"}[c]
}

const (
	minDenseScore     = 580 // thousandths of cosine for an edited headline of a script without spaces
	minTruncatedScore = 400 // the same when one is the beginning of the other and ends in an ellipsis
	minTruncatedWords = 3   // content words of such a beginning
	maxOneSided       = 200 // thousandths of a headline that the other may lack
	minLooseScore     = 600 // score from which each may lack more, if nothing replaces it
	maxSharedWords    = 10  // shared words that count
	minAroundName     = 3   // shared words around a full name that was replaced
)

// The evidence for one story, in thousandths of the natural logarithm of the odds.
// The figures are fitted to pairs that people judged. Shares are in thousandths.
const (
	plusCosine    = 1580
	plusCovered   = 1650 // the smaller of the shares that each headline has in common with the other
	plusWord      = 220  // each shared word, up to maxSharedWords
	plusNumber    = 270  // each shared number
	plusPrefix    = 740  // one is the beginning of the other
	minusWord     = 580  // each word that only one has, of the headline with fewer
	minusLighter  = 2380 // the heaviest word that only one has, of the headline where it is lighter
	minusHeavier  = 2650 // the same, of the other headline
	minusNumber   = 210  // one has a number that the other lacks
	minusOpposite = 690  // one has an opposite that the other lacks
	minusEntity   = 250  // one has an entity that the other lacks

	minEvidenceLatin = 0 // needed in Latin letters, where the lexicon has most words
	minEvidenceOther = 960
)

// compareHeadlines compares two headlines in all that the fold knows of them. It returns
// their cosine in thousandths, and what keeps them from being one story. text is the text
// of b.
func compareHeadlines(a compared, cuesA cues, b compared, cuesB cues, text string) (int, conflict) {
	score, c := similarity(a.tokens, b.tokens, a.truncated, b.truncated)
	if c == noConflict {
		c = stageConflict(a, b)
	}
	if c == noConflict {
		c = contraryConflict(a.tokens, b.tokens, text)
	}
	if c == noConflict && formsDiffer(a.tokens, b.tokens, cuesA, cuesB, text) {
		c = wordReplaced
	}
	cuesA, cuesB = cuesA.withoutForms(), cuesB.withoutForms()
	if c == noConflict && tensesDiffer(a.tokens, b.tokens, cuesA, cuesB, text) {
		c = contradiction
	}
	if c == noConflict {
		c = denseConflict(a.tokens, b.tokens, text)
	}
	if c == noConflict && rolesDiffer(a.tokens, b.tokens, cuesA, cuesB, text) {
		c = rolesReversed
	}
	if (c == wordReplaced || c == tooDifferent || c == rolesReversed) && isSwappedList(a.tokens, b.tokens, text) {
		c = stageConflict(a, b)
	}
	return score, c
}

// similarity compares two headlines. It returns their cosine in thousandths, and what
// keeps them from being one story. truncatedA and truncatedB tell which of them end
// in an ellipsis.
func similarity(a, b []token, truncatedA, truncatedB bool) (int, conflict) {
	var m alignment
	m.align(a, b)
	score := min(m.dot*1000/(vectorLength*vectorLength), 1000)
	begins := m.isPrefix()
	if begins && (truncatedA || truncatedB) && m.shared >= minTruncatedWords && score >= minTruncatedScore {
		return score, noConflict
	}
	x, y := m.differences()
	switch {
	case m.shared == 0:
		return score, tooDifferent
	case x.of[number] > 0 && y.of[number] > 0, m.countsDiffer(), x.of[number]+y.of[number] > 0 && m.multiplies():
		return score, numbersDiffer
	case x.of[negation]+y.of[negation] > 0, x.of[opposite] > 0 && y.of[opposite] > 0:
		return score, contradiction
	case x.of[entity] > 0 && y.of[entity] > 0:
		return score, wordReplaced
	case x.of[qualifier] > 0 && y.of[qualifier] > 0:
		return score, contradiction
	case m.differsInOneWord(&x, &y), m.replacesPlace(&x, &y), m.differsInOneName(&x, &y):
		return score, wordReplaced
	case m.anyToken(func(t token) bool { return t.kind == bigram }):
		return score, m.compareBigrams(score)
	case m.evidence(score, begins, &x, &y) < m.minEvidence(), m.isClause():
		return score, tooDifferent
	}
	return score, noConflict
}

// difference is what one headline has and the other lacks.
type difference struct {
	of       [kinds]int // words, by kind
	words    int        // words, without function words
	heaviest int        // weight of the heaviest of these words
	covered  int        // thousandths of the headline that the other has too
}

func (m *alignment) differences() (difference, difference) {
	return differenceOf(m.a, &m.inB), differenceOf(m.b, &m.inA)
}

func differenceOf(tokens []token, paired *[maxTokens]int8) difference {
	var s difference
	var common, all int
	for i, t := range tokens {
		if t.kind == functionWord {
			continue
		}
		square := int(t.weight) * int(t.weight)
		all += square
		if paired[i] >= 0 {
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

// differsInOneWord tells whether the headlines are the same but for one word that
// each has in place of the other's. One may lack a last word, which outlets drop.
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

// replacesPlace tells whether both headlines have a word of their own behind the same
// preposition, and little else of their own: "in Odalen", "in Lorne".
func (m *alignment) replacesPlace(x, y *difference) bool {
	if min(x.words, y.words) != 1 || max(x.words, y.words) > 2 {
		return false
	}
	roles := &lex().roles
	for i := 1; i < len(m.a); i++ {
		if m.inB[i] >= 0 || m.inB[i-1] < 0 || m.a[i].kind == functionWord || roles.of[m.a[i-1].root].does != beforeName {
			continue
		}
		j := int(m.inB[i-1]) + 1
		if j < len(m.b) && m.inA[j] < 0 && m.b[j].kind != functionWord {
			return true
		}
	}
	return false
}

// differsInOneName tells whether the headlines in a script other than Latin are the same
// but for two or three words that stand in one place, as a full name does.
func (m *alignment) differsInOneName(x, y *difference) bool {
	if min(x.words, y.words) < 2 || max(x.words, y.words) > 3 || m.minEvidence() != minEvidenceOther {
		return false
	}
	return m.shared >= minAroundName && m.anyGap(func(onlyA, onlyB int) bool { return onlyA == x.words && onlyB == y.words })
}

func lastIsUnmatched(tokens []token, paired *[maxTokens]int8) bool {
	for i := len(tokens) - 1; i >= 0; i-- {
		if tokens[i].kind != functionWord {
			return paired[i] < 0
		}
	}
	return false
}

// evidence sums the evidence for one story.
func (m *alignment) evidence(score int, begins bool, x, y *difference) int {
	sum := plusCosine*score/1000 + plusCovered*min(x.covered, y.covered)/1000 + plusWord*min(m.shared, maxSharedWords) + plusNumber*m.sharedOfKind(number)
	sum -= minusWord*min(x.words, y.words) + (minusLighter*min(x.heaviest, y.heaviest)+minusHeavier*max(x.heaviest, y.heaviest))/vectorLength
	if begins {
		sum += plusPrefix
	}
	sum -= minusNumber*atMostOne(x.of[number]+y.of[number]) + minusOpposite*atMostOne(x.of[opposite]+y.of[opposite]) + minusEntity*atMostOne(x.of[entity]+y.of[entity])
	return sum
}

func atMostOne(n int) int { return min(n, 1) }

// minEvidence is the evidence that these headlines need.
func (m *alignment) minEvidence() int {
	if m.anyToken(func(t token) bool { return t.phonetic&^countBits == nonLatin }) {
		return minEvidenceOther
	}
	return minEvidenceLatin
}

// compareBigrams compares headlines whose words are pairs of characters. One
// character more or less changes two pairs.
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
