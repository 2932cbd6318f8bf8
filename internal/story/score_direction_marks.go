package story

import (
	"strings"
	"unicode/utf8"

	"github.com/slugline/slugline/internal/words"
)

// keepsCase tells whether a name is in both headlines in a case that makes it the
// object, so that its place does not count.
func (d *direction) keepsCase(x *block) bool {
	kept := false
	for i := x.span[0].first; i <= x.span[0].last; i++ {
		if !d.isShared(0, i) {
			continue
		}
		before, after := d.caseOf(i)
		if before != after {
			return false
		}
		kept = kept || before == objectCase
	}
	return kept
}

// caseOf returns the cases of a token of a and of its token in b.
func (d *direction) caseOf(i int) (inA, inB nounCase) {
	if d.turkish {
		return noCase, noCase // see turkishCasesTell
	}
	return d.cues[0].caseOf(i), d.cues[1].caseOf(int(d.inB[i]))
}

// isPassive tells whether one of the headlines says with a case by whom it is done,
// and the other does not.
func (d *direction) isPassive(x, y *block) bool {
	xa, xb := d.isOblique(0, x), d.isOblique(1, x)
	ya, yb := d.isOblique(0, y), d.isOblique(1, y)
	return xa != yb && xa != xb || ya != xb && ya != yb
}

func (d *direction) isOblique(side int, x *block) bool {
	return !d.turkish && d.cues[side].caseOf(x.span[side].last) == obliqueCase
}

// exchangeCases tells whether two names are in two cases, and each in that of the
// other.
func (d *direction) exchangeCases(x, y *block) bool {
	xa, xb := d.caseOf(x.span[0].last)
	ya, yb := d.caseOf(y.span[0].last)
	return xa != ya && xa == yb && ya == xb && max(xa, ya) >= objectCase
}

// changeRoles tells whether names that stand in the same order changed their roles.
func (d *direction) changeRoles() bool {
	var changed [maxTokens]int
	n := 0
	for i := range d.a {
		if !d.isShared(0, i) || d.a[i].kind == number {
			continue
		}
		j := int(d.inB[i])
		ma, mb := d.marks(0, span{i, i}, -1), d.marks(1, span{j, j}, -1)
		if ma.agent != mb.agent && d.changesVoice(i, ma, mb) {
			return true
		}
		if ma.prepositions != mb.prepositions || ma.object != mb.object {
			changed[n] = i
			n++
		}
	}
	return n == 2 && d.linked < 0 && d.exchangeMarks(changed[0], changed[1]) || d.casesTell() || d.turkishCasesTell() || d.hasOtherPassive()
}

// exchangeMarks tells whether two tokens of a, which b has in the same order, have
// each other's marks there.
func (d *direction) exchangeMarks(x, y int) bool {
	at := func(side, i int) marks { return d.marks(side, span{i, i}, -1) }
	jx, jy := int(d.inB[x]), int(d.inB[y])
	xa, ya := at(0, x), at(0, y)
	if xa.object == ya.object && min(xa.prepositions, ya.prepositions) == 0 {
		return false // a preposition moved, not a name
	}
	return jx < jy && exchanged(xa, ya, at(1, jx), at(1, jy))
}

// changesVoice tells whether a name is behind "by" in only one headline, behind the
// same verb: "Iran accused by Iraq", "Iran accuses Iraq".
func (d *direction) changesVoice(i int, ma, mb marks) bool {
	if ma.agent && mb.prepositions != 0 || mb.agent && ma.prepositions != 0 {
		return false
	}
	verb, ok := d.sharedBefore(i)
	if !ok {
		return false
	}
	_, ok = d.sharedBefore(verb)
	return ok
}

// sharedBefore returns the word before a token of a, if the token of b is behind the
// same word.
func (d *direction) sharedBefore(i int) (int, bool) {
	x, y := d.before(0, i), d.before(1, int(d.inB[i]))
	return x, x >= 0 && y >= 0 && int(d.inB[x]) == y
}

// before returns the word before a token; -1 when there is none.
func (d *direction) before(side, i int) int {
	for i--; i >= 0 && !d.isContent(d.tokens(side)[i]); i-- {
	}
	return i
}

// casesTell tells whether endings of Russian or Ukrainian words that stand in the same
// order say that a name has another role.
func (d *direction) casesTell() bool {
	if d.cues[0] == d.cues[1] || len(d.blocks) != 1 || d.own > 0 {
		return false
	}
	var subjects, objects, masculine, feminine, oblique int // words that became so
	for i := range d.a {
		if !d.isShared(0, i) {
			continue
		}
		switch from, to := d.caseOf(i); {
		case from == to:
		case from == objectCase && to == broadCase:
			subjects++
		case from == broadCase && to == objectCase:
			objects++
		case from == broadCase && to == noCase:
			masculine++
		case from == noCase && to == broadCase:
			feminine++
		default:
			oblique++
		}
	}
	switch {
	case oblique > 0:
		return oblique == 1 && subjects+objects == 0
	case subjects > 0 && objects > 0, masculine > 0 && feminine > 0:
		return true
	}
	return objects > 0 && masculine > 0 || subjects > 0 && feminine > 0
}

// isUnspaced tells whether a block is in a script without spaces.
func (d *direction) isUnspaced(x *block) bool {
	return words.Unspaced(d.pieces[x.span[1].first])
}

// tradeParticles tells whether x and y, which changed places, have each other's
// particles, or each none. If they are side by side, the particles must differ, and one
// of the subject must be behind the first name: 아들이 아버지 살해, 아버지가 아들 살해.
func (d *direction) tradeParticles(x, y *block, around bool) bool {
	if d.takesParticle(x) || d.takesParticle(y) {
		return false
	}
	xa, ya, xb, yb := d.particle(0, x), d.particle(0, y), d.particle(1, x), d.particle(1, y)
	most := max(xa, ya)
	if xa != yb || ya != xb || !d.isObject(most) && d.isMutualPhrase(x, y) {
		return false
	}
	return around || xa != ya && (most > d.words.subject || xa == d.words.subject)
}

// isObject tells whether a particle is behind what something is done to, or is a
// preposition.
func (d *direction) isObject(particle int) bool {
	return particle > d.words.subject && particle != d.words.subject+genitiveLine
}

const (
	genitiveLine   = 3 // how far the particles of "of" are below those of the subject in roles.txt
	maxMutualWords = 4 // pairs of characters at the end of a headline that are its verb
)

// isMutualPhrase tells whether the words between x and y, or the last ones, say that
// they do something with each other.
func (d *direction) isMutualPhrase(x, y *block) bool {
	between := d.a[x.span[0].last+1 : y.span[0].first]
	return d.isMutual(between, false) || d.isMutual(d.a[max(0, len(d.a)-maxMutualWords):], false)
}

// lastRune returns the last character of a block.
func (d *direction) lastRune(x *block) string {
	w := d.pieces[x.span[1].last]
	_, size := utf8.DecodeLastRuneInString(w)
	return w[len(w)-size:]
}

// takesParticle tells whether a name has the same particle of an object in both
// headlines.
func (d *direction) takesParticle(x *block) bool {
	last := d.lastRune(x)
	for _, p := range d.words.behind {
		if p.text == last && p.line > d.words.subject {
			return x.size > 1
		}
	}
	return false
}

// particle returns the line of the particle that is behind a name, 0 for none.
func (d *direction) particle(side int, x *block) int {
	last := d.lastRune(x)
	tokens, next := d.tokens(side), x.span[side].last+1
	for _, p := range d.words.behind {
		if next < len(tokens) && tokens[next].root == rootOf(last+p.text) {
			return p.line
		}
	}
	for _, p := range d.words.behind {
		if root := rootOf(last + p.text); hasRoot(tokens, root) && !d.followsOther(side, x, root) {
			return p.line
		}
	}
	return 0
}

// followsOther tells whether a token with a root is directly behind another block than x
// that ends with the same character.
func (d *direction) followsOther(side int, x *block, root uint32) bool {
	tokens := d.tokens(side)
	for k := range d.blocks {
		y := &d.blocks[k]
		next := y.span[side].last + 1
		if y.span[side] != x.span[side] && next < len(tokens) && tokens[next].root == root && d.lastRune(y) == d.lastRune(x) {
			return true
		}
	}
	return false
}

// isKoreanClause tells whether a name is the first word of a Korean headline with a
// comma behind it and another name next: it does what follows. Names that do something together have a
// point or a particle between them.
func (d *direction) isKoreanClause(other, x *block) bool {
	if d.takesParticle(x) || d.takesParticle(other) || d.isMutualPhrase(other, x) {
		return false
	}
	r, _ := utf8.DecodeRuneInString(d.text)
	if r < 0xac00 || r > 0xd7a3 || x.span[1].first > 0 || d.particle(1, x) != 0 {
		return false
	}
	head, _, ok := strings.Cut(d.text, ", ")
	return ok && strings.HasSuffix(head, d.lastRune(x)) && strings.Count(d.text, ", ") == 1 && utf8.RuneCountInString(head) == x.size+1
}

// hasOtherPassive tells whether the first name is behind a mark of the passive voice
// in one of two headlines in a script without spaces.
func (d *direction) hasOtherPassive() bool {
	if len(d.blocks) < 3 || !d.isUnspaced(&d.blocks[0]) {
		return false
	}
	for k := range d.blocks[1:] {
		if d.blocks[k+1].span[1].first < d.blocks[0].span[1].first {
			return false
		}
	}
	first := &d.blocks[0]
	return (d.particle(0, first) == d.words.passive) != (d.particle(1, first) == d.words.passive)
}

// scoreOrder is how the figures of a score stand in two headlines.
type scoreOrder uint8

const (
	noScore scoreOrder = iota
	evenScore
	sameScore
	turnedScore
)

// compareScores looks for two numbers beside each other in both headlines.
func (d *direction) compareScores() scoreOrder {
	order := noScore
	for i := range d.a {
		k := d.nextNumber(0, i)
		if k < 0 || !d.isPaired(0, i) || !d.isPaired(0, k) {
			continue
		}
		ji, jk := int(d.inB[i]), int(d.inB[k])
		switch {
		case d.nextNumber(1, ji) == jk && d.a[i].root == d.a[k].root:
			order = max(order, evenScore)
		case d.nextNumber(1, ji) == jk:
			order = max(order, sameScore)
		case d.nextNumber(1, jk) == ji && d.sameSign(i, k, jk, ji):
			order = turnedScore
		}
	}
	return order
}

// nextNumber returns the index of the number behind the number i, with at most one
// word of a score between them; -1 when there is none.
func (d *direction) nextNumber(side, i int) int {
	tokens := d.tokens(side)
	for k := i + 1; k < len(tokens) && k <= i+2 && tokens[i].kind == number; k++ {
		if tokens[k].kind == number {
			return k
		}
		if d.isContent(tokens[k]) {
			break
		}
	}
	return -1
}

// sameSign tells whether the same is between the figures of both scores.
func (d *direction) sameSign(i, k, from, to int) bool {
	if k-i != to-from {
		return false
	}
	return k == i+1 || d.a[i+1].root == d.b[from+1].root
}

// namesTurn tells whether two names stand in another order.
func (d *direction) namesTurn() bool {
	for u := range d.blocks {
		for w := u + 1; w < len(d.blocks); w++ {
			x, y := &d.blocks[u], &d.blocks[w]
			nameX, _ := d.kindsOf(x)
			nameY, _ := d.kindsOf(y)
			if nameX && nameY && y.span[1].first < x.span[1].first {
				return true
			}
		}
	}
	return false
}

// isJoined tells whether a block of b begins with the Arabic letter that means "and".
func (d *direction) isJoined(x *block) bool {
	rest, ok := strings.CutPrefix(d.pieces[x.span[1].first], "و")
	return ok && utf8.RuneCountInString(rest) > 2 && lex().token(rest).root == d.b[x.span[1].first].root
}

// isRoute tells whether a word for a journey stands beside the names x and y, which
// changed places: "Lyon-Nantes train", "Nantes-Lyon night train".
func (d *direction) isRoute(x, y *block) bool {
	behindA, behindB := y.span[0].last+1, x.span[1].last+1
	return d.own == 0 && (d.isJourney(behindA, behindB) || d.isJourney(behindA+1, behindB+1) || d.isJourney(x.span[0].first-1, y.span[1].first-1))
}

// isJourney tells whether the i-th token of a is a word for a journey and the j-th of b
// is the same.
func (d *direction) isJourney(i, j int) bool {
	return i >= 0 && i < len(d.a) && int(d.inB[i]) == j && d.words.journeys[d.a[i].root]
}
