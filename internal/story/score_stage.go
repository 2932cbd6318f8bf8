package story

// The stages that this file names. The places are those in stageNames.
const (
	ended      stages = 1 << 0
	denied     stages = 1 << 4
	refused    stages = 1 << 5
	negated    stages = 1 << 6
	reversed   stages = 1 << 7
	intended   stages = 1 << 12
	assistants stages = 1 << 18
	advisers   stages = 1 << 23
	relatives  stages = 1 << 24
	lawyers    stages = 1 << 25
	arrested   stages = 1 << 26
	sentenced  stages = 1 << 29

	attached   = advisers | relatives | lawyers // somebody by whose name the person is called
	qualifiers = 2*lawyers - assistants         // from assistants to lawyers: a person who is only that
	proceeding = 2*sentenced - arrested         // from arrested to sentenced: how far a case in court is
)

const (
	minClauseLead = 2 // content words before the clause, of a headline that has the other as its clause
	minSpeaker    = 3 // the same, where they are somebody who says it
	maxClauseMore = 1 // content words of the clause that the longer headline lacks
)

// denials are stages that headlines use one for another.
const denials = denied | refused | negated

// compared is what the fold compares of a headline.
type compared struct {
	tokens    []token
	stages    stages
	truncated bool
}

// stageConflict tells whether two headlines are about different stages of one
// happening, or one denies the other, or one is about somebody whom a title's
// qualifier tells apart. It holds at any similarity.
func stageConflict(a, b compared) conflict {
	d := a.stages.differences(b.stages, a.truncated, b.truncated)
	switch {
	case d&^qualifiers != 0:
		return contradiction
	case d != 0 && qualifiesShared(a.tokens, b.tokens):
		return wordReplaced
	}
	return noConflict
}

// differences returns the stages that only one of two headlines has and that keep
// them apart. A headline that is cut off may lack what the other has. Stages of a case
// in court keep them apart only when each has one of its own, because "arrested" alone
// may be a detail.
func (s stages) differences(o stages, cut, otherCut bool) stages {
	if s == o || (s|o)&unknownStages != 0 {
		return 0
	}
	onlyS, onlyO := s&^o, o&^s
	if s&denials != 0 && o&denials != 0 {
		onlyS, onlyO = onlyS&^denials, onlyO&^denials
	}
	if cut {
		onlyO = 0
	}
	if otherCut {
		onlyS = 0
	}
	if onlyS&proceeding == 0 || onlyO&proceeding == 0 {
		onlyS, onlyO = onlyS&^proceeding, onlyO&^proceeding
	}
	return onlyS | onlyO
}

// qualifiesShared tells whether a qualifier that only one headline has stands beside a
// word that both have: "deputy mayor quits" and "mayor quits", but not "former mayor
// Odal quits" and "Odal quits". It is true when the qualifier is not one token.
func qualifiesShared(a, b []token) bool {
	var m alignment
	m.align(a, b)
	foundA, besideA := qualifierBeside(a, &m.inB)
	foundB, besideB := qualifierBeside(b, &m.inA)
	return besideA || besideB || !foundA && !foundB
}

// qualifierBeside looks for a qualifier that the other headline lacks. Somebody's relative
// or lawyer whose own name follows, as in "Tarn lawyer Odal quits", is described and not
// told apart.
func qualifierBeside(tokens []token, paired *[maxTokens]int8) (found, beside bool) {
	for i, t := range tokens {
		of := lex().qualifierRoots[t.root]
		if paired[i] >= 0 || of == 0 {
			continue
		}
		found = true
		before, behind := next(tokens, i, -1), next(tokens, i, 1)
		isDescribed := of&attached != 0 && before >= 0 && paired[before] < 0 && behind == i+1
		beside = beside || before >= 0 && paired[before] >= 0 || behind >= 0 && paired[behind] >= 0 && !isDescribed
	}
	return found, beside
}

// next returns the index of the content word next to the i-th token, in one direction;
// -1 when there is none. Prepositions are none, and further words of a qualifier.
func next(tokens []token, i, step int) int {
	for i += step; i >= 0 && i < len(tokens); i += step {
		if tokens[i].kind != functionWord && lex().roles.of[tokens[i].root].does != beforeName &&
			(step < 0 || !lex().qualifierPairs[rootPair(tokens[i-1].root, tokens[i].root)]) {
			return i
		}
	}
	return -1
}

// isClause tells whether one headline is only a clause of the other: "Portal launches
// game as harbour opens" and "Harbour opens". A clause behind what both tell is a
// detail, as in "Harbour opens after storm".
func (m *alignment) isClause() bool {
	return isClauseOf(m.a, &m.inB, m.b, &m.inA) || isClauseOf(m.b, &m.inA, m.a, &m.inB)
}

func isClauseOf(short []token, shortPaired *[maxTokens]int8, long []token, longPaired *[maxTokens]int8) bool {
	l := lex()
	if l.clauseRoleOf(long, 0) == joinsClauses && longPaired[0] < 0 {
		return countUnpaired(long, longPaired) >= minClauseLead && countUnpaired(short, shortPaired) <= maxClauseMore
	}
	lead := 0
	for i, t := range long {
		switch role := l.clauseRoleOf(long, i); {
		case role == joinsClauses && lead >= minClauseLead, role == namesSpeaker && lead >= minSpeaker:
			return countUnpaired(short, shortPaired) <= maxClauseMore
		case t.kind == functionWord || role != 0:
		case longPaired[i] >= 0 && !hasRoot(long[i+1:], t.root):
			return false
		default:
			lead++
		}
	}
	return false
}

func countUnpaired(tokens []token, paired *[maxTokens]int8) int {
	n := 0
	for i, t := range tokens {
		if paired[i] < 0 && t.kind != functionWord {
			n++
		}
	}
	return n
}
