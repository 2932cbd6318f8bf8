package story

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/slugline/slugline/internal/words"
)

// direction compares who does something to whom in two headlines that have much the
// same words: "Lyon beat Nantes", "Nantes beat Lyon".
type direction struct {
	alignment
	words   *roleWords
	cues    [2]cues
	own     int      // words that one has and the other lacks
	text    string   // of b
	pieces  []string // of text
	blocks  []block  // in the order of a
	score   scoreOrder
	linked  int  // the word of a that linkOwn paired; -1 for none
	turkish bool // the cues of both are endings of Turkish words
	english bool // both are English and have a name that is a preposition elsewhere
}

// block is a run of words that both headlines have in this order, without words of
// their roles and function words.
type block struct {
	span [2]span // in a and b
	size int     // words
}

// span is a part of a headline: the indexes of its first and last token.
type span struct{ first, last int }

const (
	maxNameWords   = 3 // of a name that changes places
	maxNameBigrams = 8
	maxOwnWords    = 2 // words that one of the headlines has and the other lacks
	maxVerbBefore  = 2 // words of an Arabic headline before the one who does it
)

// rolesDiffer tells whether two headlines with the same words, but for few at most, say
// that others did it, or to others. text is the text of b.
func rolesDiffer(a, b []token, cuesA, cuesB cues, text string) bool {
	d := direction{words: &lex().roles, cues: [2]cues{cuesA, cuesB}, text: text}
	d.english = hasEnglishName(a, cuesA) && hasEnglishName(b, cuesB)
	d.turkish = isTurkish(cuesA, a) && isTurkish(cuesB, b)
	d.align(a, b)
	d.linkOwn()
	onlyA, marksA := d.ownWords(0)
	onlyB, marksB := d.ownWords(1)
	if min(onlyA, onlyB) > 0 || max(onlyA, onlyB) > maxOwnWords {
		return false // they say something in other words, so the order tells nothing
	}
	d.own = onlyA + onlyB
	d.split()
	if len(d.blocks) > 1 {
		d.pieces = pieces(headlineWords(nil, text), nil)
	}
	if len(d.blocks) > 1 && len(d.pieces) != len(b) {
		return false // another version of the code made b
	}
	d.score = d.compareScores()
	return marksA == marksB && d.changePlaces() || d.changeRoles() || d.score == turnedScore && !d.namesTurn()
}

// linkOwn pairs the words that only one of the headlines has, if each has one. They
// may be forms of one name.
func (d *direction) linkOwn() {
	d.linked = -1
	i, j := d.onlyOwn(0), d.onlyOwn(1)
	if i >= 0 && j >= 0 && isName(d.a[i]) && isName(d.b[j]) {
		d.link(i, j)
		d.linked = i
	}
}

// isNoLink tells whether linkOwn did not pair a word of a block, but one of its
// neighbours, if it paired any.
func (d *direction) isNoLink(m *block) bool {
	if d.linked < 0 {
		return true
	}
	k := slices.IndexFunc(d.blocks, func(x block) bool { return x.span[0] == m.span[0] })
	return d.linked < m.span[0].first && d.blocks[k-1].span[0].first == d.linked || d.linked > m.span[0].last && d.blocks[k+1].span[0].last == d.linked
}

// onlyOwn returns the index of the one word of a headline that the other lacks; -1 if
// there is none, or more.
func (d *direction) onlyOwn(side int) int {
	own := -1
	for i, t := range d.tokens(side) {
		if !d.isContent(t) || d.isPaired(side, i) {
			continue
		}
		if own >= 0 || t.kind == bigram {
			return -1
		}
		own = i
	}
	return own
}

// ownWords counts the words that only one headline has, and adds up the lines of the
// prepositions before the others.
func (d *direction) ownWords(side int) (own, marks int) {
	for i, t := range d.tokens(side) {
		switch {
		case !d.isContent(t), t.kind == bigram:
		case d.isPaired(side, i):
			marks += d.marks(side, span{i, i}, -1).prepositions
		default:
			own++
		}
	}
	return own, marks
}

// split finds the blocks.
func (d *direction) split() {
	var rank [maxTokens]int
	n := 0
	for j := range d.b {
		if d.isShared(1, j) {
			rank[j] = n
			n++
		}
	}
	last := -2
	for i := range d.a {
		if !d.isShared(0, i) {
			continue
		}
		j := int(d.inB[i])
		if rank[j] != last+1 {
			d.blocks = append(d.blocks, block{span: [2]span{{i, i}, {j, j}}})
		}
		k := &d.blocks[len(d.blocks)-1]
		k.span[0].last, k.span[1].last = i, j
		k.size++
		last = rank[j]
	}
}

// role returns what a word shows of the roles of names beside it. A preposition of another
// language may be a name in English: Dell, Uber.
func (d *direction) role(t token) roleWord {
	if d.english && d.words.english[t.root] {
		return roleWord{does: personToo}
	}
	return d.words.of[t.root]
}

// hasEnglishName tells whether a headline has such a name.
func hasEnglishName(tokens []token, c cues) bool {
	for i := range tokens {
		if c.caseOf(i) == englishName && lex().roles.english[tokens[i].root] {
			return true
		}
	}
	return false
}

func (d *direction) tokens(side int) []token {
	if side == 0 {
		return d.a
	}
	return d.b
}

func (d *direction) isPaired(side, i int) bool {
	if side == 0 {
		return d.inB[i] >= 0
	}
	return d.inA[i] >= 0
}

// isContent tells whether a token is neither a function word nor shows a role.
func (d *direction) isContent(t token) bool {
	does := d.role(t).does
	return does == personToo || t.kind != functionWord && (does == noRoleWord || does == says)
}

func (d *direction) isShared(side, i int) bool {
	return d.isPaired(side, i) && d.isContent(d.tokens(side)[i])
}

// changePlaces tells whether two names changed places, around a verb or side by side.
func (d *direction) changePlaces() bool {
	for u := range d.blocks {
		x := &d.blocks[u]
		if u+1 < len(d.blocks) {
			y := &d.blocks[u+1]
			if d.areNeighbours(y, x) && d.couldTrade(x, y) && d.linked < 0 && d.tradeSideBySide(x, y) {
				return true
			}
		}
		if u+2 < len(d.blocks) {
			m, y := &d.blocks[u+1], &d.blocks[u+2]
			if d.areNeighbours(y, m) && d.areNeighbours(m, x) && d.couldTrade(x, y) && d.othersStay(u, u+2) && d.isNoLink(m) && d.tradeAround(x, m, y) {
				return true
			}
		}
	}
	return false
}

// othersStay tells whether the blocks before u and behind w are so in b too. They need
// not be where both headlines have all words.
func (d *direction) othersStay(u, w int) bool {
	if d.own == 0 {
		return true
	}
	for k := range d.blocks {
		if k < u && d.blocks[k].span[1].first > d.blocks[w].span[1].first || k > w && d.blocks[k].span[1].first < d.blocks[u].span[1].first {
			return false
		}
	}
	return true
}

// areNeighbours tells whether y is next behind x in b.
func (d *direction) areNeighbours(x, y *block) bool {
	if y.span[1].first < x.span[1].last {
		return false
	}
	for j := x.span[1].last + 1; j < y.span[1].first; j++ {
		if d.isShared(1, j) {
			return false
		}
	}
	return true
}

// couldTrade tells whether two blocks are short, and both with a name or both numbers.
// Where there is a score, names may be words with another sense: Al-Nasr, the victory.
func (d *direction) couldTrade(x, y *block) bool {
	nameX, numberX := d.kindsOf(x)
	nameY, numberY := d.kindsOf(y)
	names := nameX && nameY || d.score == sameScore && (nameX && !numberY || nameY && !numberX)
	return d.isShort(x) && d.isShort(y) && (names || !nameX && !nameY && numberX && numberY)
}

func (d *direction) isShort(x *block) bool {
	if d.a[x.span[0].first].kind == bigram {
		return x.size <= maxNameBigrams
	}
	return x.size <= maxNameWords
}

func isName(t token) bool { return t.kind == plain || t.kind == entity || t.kind == bigram }

// kindsOf tells whether a block may hold a name, and whether it holds numbers.
func (d *direction) kindsOf(x *block) (name, numbers bool) {
	for i := x.span[0].first; i <= x.span[0].last; i++ {
		switch {
		case !d.isShared(0, i):
		case isName(d.a[i]), d.isPair(i), d.role(d.a[i]).does == personToo, d.own == 0 && (d.a[i].kind == qualifier || d.a[i].kind == routine || d.isArabicName(x, i)):
			name = true
		case d.a[i].kind == number:
			numbers = true
		}
	}
	return name, numbers
}

// isPair tells whether a token that both headlines have is a pair of characters. One that
// holds a character that negates may be part of a name: 南非, 无锡.
func (d *direction) isPair(i int) bool {
	j := int(d.inB[i])
	return d.a[i].kind == negation && j < len(d.pieces) && words.Unspaced(d.pieces[j])
}

// isArabicName tells whether a word of a block may be a name although it has an opposite:
// with the article, as in al-Nasr (the victory), and alone between two other blocks.
func (d *direction) isArabicName(x *block, i int) bool {
	j := int(d.inB[i])
	return d.a[i].kind == opposite && x.size == 1 && j < len(d.pieces) && strings.HasPrefix(d.pieces[j], "ال")
}

// hasRoutine tells whether a block has a word such as "today" or "dollar", which is a
// name in few places.
func (d *direction) hasRoutine(x *block) bool {
	return !d.only(x, func(t token) bool { return t.kind != routine })
}

// tradeAround tells whether x and y have each other's role on the other side of m.
func (d *direction) tradeAround(x, m, y *block) bool {
	if d.isUnspaced(x) && d.isUnspaced(y) {
		return d.tradeParticles(x, y, true) && !d.isListOf(m)
	}
	xa, ya := d.marks(0, x.span[0], -1), d.marks(0, y.span[0], m.span[0].last)
	yb, xb := d.marks(1, y.span[1], -1), d.marks(1, x.span[1], m.span[1].last)
	xa, xb = withoutNames(xa, xb)
	ya, yb = withoutNames(ya, yb)
	switch {
	case d.hasColon(0, x, y), d.hasColon(1, y, x), ya.prepositions == 0 && (d.hasRoutine(x) || d.hasRoutine(y)):
		return false
	case xa.prepositions != yb.prepositions, ya.prepositions != xb.prepositions,
		keepObject(xa, ya, xb, yb),
		d.keepsCase(x), d.keepsCase(y), d.isPassive(x, y), d.formsTell(x, m, y):
		return false
	case d.isListOf(m), ya.and && xb.and && !d.isVerb(m), d.isJoined(x) && !d.isVerb(m):
		return false
	case d.only(m, func(t token) bool { return t.kind == number }) && d.score == turnedScore, d.score == evenScore && d.only(m, isNoOpposite):
		return false
	case max(x.size, y.size) >= maxNameWords && d.only(m, func(t token) bool { return d.role(t).does == says }):
		return false
	}
	between := d.a[x.span[0].last+1 : y.span[0].first]
	return ya.prepositions > 0 && !ya.with || !d.isMutual(between, ya.with)
}

// only tells whether f is true for all words of a block.
func (d *direction) only(x *block, f func(token) bool) bool {
	for i := x.span[0].first; i <= x.span[0].last; i++ {
		if d.isShared(0, i) && !f(d.a[i]) {
			return false
		}
	}
	return true
}

// isListOf tells whether a block between two names is one more of them.
func (d *direction) isListOf(m *block) bool {
	return d.only(m, func(t token) bool { return t.kind == entity })
}

// isVerb tells whether the lexicon knows that a block does not consist of names.
func (d *direction) isVerb(m *block) bool {
	return !d.only(m, func(t token) bool {
		return t.kind != opposite && t.kind != negation && t.kind != qualifier && t.kind != number
	})
}

func isNoOpposite(t token) bool { return t.kind != opposite && t.kind != negation }

// isMutual tells whether words of a say that two do something with each other.
func (d *direction) isMutual(words []token, with bool) bool {
	mutual := false
	for _, t := range words {
		if t.kind == negation || t.kind == opposite || d.words.alone[t.root] {
			return false
		}
		needsWith, ok := d.words.mutuals[t.root]
		mutual = mutual || ok && (with || !needsWith)
	}
	return mutual
}

func (d *direction) hasWith() bool {
	return slices.ContainsFunc(d.a, func(t token) bool { return d.role(t).does == with })
}

// marks are the words beside a name that show its role.
type marks struct {
	prepositions int // the sum of their lines
	plain        int // how many of them are in no names
	object       int // the line of the word that makes it the object
	agent        bool
	with         bool
	and          bool
}

// marks returns the words of roles before a name, back to the token stop, or to the
// next word that both headlines have if stop is negative, and directly behind it.
func (d *direction) marks(side int, s span, stop int) marks {
	tokens := d.tokens(side)
	var m marks
	for i := s.first - 1; i > stop && (stop >= 0 || !d.isShared(side, i)); i-- {
		m.add(d.role(tokens[i]), d.words.inNames[tokens[i].root], false)
	}
	if s.last+1 < len(tokens) {
		t := tokens[s.last+1]
		m.add(d.role(t), d.words.inNames[t.root], true)
	}
	return m
}

func (m *marks) add(w roleWord, inNames, behind bool) {
	switch {
	case behind && w.does == objectBehind, !behind && w.does == object:
		m.object = w.line
	case behind && w.does == agentBehind, !behind && (w.does == agent || w.does == beforeName || w.does == with):
		m.prepositions += w.line
		if !inNames {
			m.plain++
		}
		m.agent = m.agent || w.does == agent || w.does == agentBehind
		m.with = m.with || w.does == with
	case !behind && w.does == and:
		m.and = true
	}
}

// withoutNames removes what a block has before it in both headlines as part of a name.
func withoutNames(ma, mb marks) (marks, marks) {
	if ma.prepositions == mb.prepositions && ma.plain == 0 && mb.plain == 0 {
		ma.prepositions, mb.prepositions = 0, 0
	}
	return ma, mb
}

// keepObject tells whether x or y is the object in both headlines. Where both names have
// the word of an object it is a part of them: Al Nasr, Al Hilal.
func keepObject(xa, ya, xb, yb marks) bool {
	return xa.object != ya.object && (xa.object != 0 && xa.object == xb.object || ya.object != 0 && ya.object == yb.object)
}

// exchanged tells whether x and y are marked in two ways, and each as the other was.
func exchanged(xa, ya, xb, yb marks) bool {
	same := func(m, n marks) bool { return m.prepositions == n.prepositions && m.object == n.object }
	return !same(xa, ya) && same(xa, yb) && same(ya, xb)
}

// tradeSideBySide tells whether x and y, which are beside each other, have each
// other's role: in "flights from x to y" and in languages whose verb is first or last.
func (d *direction) tradeSideBySide(x, y *block) bool {
	if d.isUnspaced(x) && d.isUnspaced(y) {
		return d.tradeParticles(x, y, false) || d.isKoreanClause(x, y)
	}
	xa, ya := d.marks(0, x.span[0], -1), d.marks(0, y.span[0], -1)
	xb, yb := d.marks(1, x.span[1], -1), d.marks(1, y.span[1], -1)
	switch {
	case xa.and, ya.and, xb.and, yb.and, d.isMutual(d.a, d.hasWith()):
		return false
	case exchanged(xa, ya, xb, yb), d.exchangeCases(x, y), d.isRoute(x, y):
		return true
	case d.keepsCase(x), d.keepsCase(y), d.hasRoutine(x), d.hasRoutine(y),
		keepObject(xa, ya, xb, yb):
		return false
	case d.saysBetween(0, x, y) && d.saysBetween(1, y, x), d.scoreFollows(x, y):
		return true
	}
	return d.own == 0 && xa == ya && xb == yb && d.isVerbFirst(x, y)
}

// hasColon tells whether a colon is between two blocks.
func (d *direction) hasColon(side int, x, y *block) bool {
	at := d.cues[side].behindColon()
	return at > x.span[side].last && at <= y.span[side].first
}

// saysBetween tells whether "says" or a colon is between two blocks and nothing else,
// and words follow.
func (d *direction) saysBetween(side int, x, y *block) bool {
	if d.own > 0 || max(x.size, y.size) >= maxNameWords || d.blocks[len(d.blocks)-1].span[0] == y.span[0] {
		return false
	}
	for _, t := range d.tokens(side)[x.span[side].last+1 : y.span[side].first] {
		if t.kind == functionWord && d.role(t).does == says {
			return true
		}
	}
	return d.hasColon(side, x, y)
}

// scoreFollows tells whether a score is directly behind x and y in both headlines.
func (d *direction) scoreFollows(x, y *block) bool {
	return d.score == sameScore && d.startsWithNumber(0, y.span[0].last+1) && d.startsWithNumber(1, x.span[1].last+1)
}

func (d *direction) startsWithNumber(side, i int) bool {
	tokens := d.tokens(side)
	return i < len(tokens) && tokens[i].kind == number
}

// isVerbFirst tells whether x and y are behind the verb that begins an Arabic
// headline, and not joined by the letter that means "and".
func (d *direction) isVerbFirst(x, y *block) bool {
	before := 0
	for i := range x.span[0].first {
		if d.isContent(d.a[i]) {
			before++
		}
	}
	return before > 0 && before <= maxVerbBefore && max(x.size, y.size) <= maxVerbBefore &&
		d.words.isArabicVerb(d.pieces[0]) && !d.isJoined(x) && !d.isJoined(y)
}

// isArabicVerb tells whether a word may be an Arabic verb in the third person: it
// begins as in the present tense, or has the three letters of the past tense or its
// feminine ending, or is listed. Plurals of nouns end in the same letter behind an alef.
func (r *roleWords) isArabicVerb(w string) bool {
	n := utf8.RuneCountInString(w)
	switch {
	case n < 3 || w[0] < 0xd8 || w[0] > 0xd9:
		return false
	case n == 3, strings.HasPrefix(w, "ي"), strings.HasPrefix(w, "ت"), r.verbs[w]:
		return true
	}
	return strings.HasSuffix(w, "ت") && !strings.HasSuffix(w, "ات") && !strings.HasPrefix(w, "ال")
}
