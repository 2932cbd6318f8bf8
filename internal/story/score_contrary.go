package story

import "strings"

// contraryConflict tells whether two headlines that are alike differ in what their
// similarity leaves out: a preposition that turns the sense, a first name that is a
// function word, the ending of a long name, or that somebody died.
// text is the text of b.
func contraryConflict(a, b []token, text string) conflict {
	var m alignment
	m.align(a, b)
	switch {
	case m.turnsPreposition(), m.addsDeath():
		return contradiction
	case m.replacesFirstName(), m.replacesNameEnding(text):
		return wordReplaced
	}
	return noConflict
}

// turnsPreposition tells whether a preposition stands before a word in one headline and
// its contrary in the other: "before talks" and "after talks".
func (m *alignment) turnsPreposition() bool {
	contrary := lex().roles.contrary
	for i, t := range m.a {
		sides := contrary[t.root]
		if sides == 0 || m.inB[i] >= 0 {
			continue
		}
		k := nextContent(m.a, i)
		if k < 0 || m.inB[k] < 0 {
			continue
		}
		for j := int(m.inB[k]) - 1; j >= 0 && (m.inA[j] < 0 || m.b[j].kind == functionWord); j-- {
			if m.inA[j] < 0 && contrary[m.b[j].root]&otherSides(sides) != 0 {
				return true
			}
		}
	}
	return false
}

// otherSides returns the contraries of a set of words of the section contrary: two
// neighbouring lines are two neighbouring bits.
func otherSides(sides uint32) uint32 {
	const first = 0x55555555
	return sides&first<<1 | sides>>1&first
}

// nextContent returns the index of the next token that is no function word; -1 without
// one.
func nextContent(tokens []token, i int) int {
	for i++; i < len(tokens); i++ {
		if tokens[i].kind != functionWord {
			return i
		}
	}
	return -1
}

// replacesFirstName tells whether a name that is also a function word stands in place of
// another: Will Smith, Jaden Smith.
func (m *alignment) replacesFirstName() bool {
	return replacesFirstName(m.a, &m.inB, m.b, &m.inA) || replacesFirstName(m.b, &m.inA, m.a, &m.inB)
}

func replacesFirstName(one []token, onePaired *[maxTokens]int8, other []token, otherPaired *[maxTokens]int8) bool {
	for i := range len(one) - 1 {
		if onePaired[i] >= 0 || onePaired[i+1] < 0 || !lex().roles.firstNames[one[i].root] {
			continue
		}
		if j := int(onePaired[i+1]) - 1; j >= 0 && otherPaired[j] < 0 && other[j].kind == plain {
			return true
		}
	}
	return false
}

// addsDeath tells whether one headline has all content words of the other, and says
// besides that somebody died. "Die" is an article in German, so it does not count.
func (m *alignment) addsDeath() bool {
	return addsDeath(m.a, &m.inB, m.b, &m.inA) || addsDeath(m.b, &m.inA, m.a, &m.inB)
}

func addsDeath(long []token, longPaired *[maxTokens]int8, short []token, shortPaired *[maxTokens]int8) bool {
	death := lex().death
	if countUnpaired(short, shortPaired) > 0 || hasRoot(short, death) {
		return false
	}
	for i, t := range long {
		if t.root == death && t.kind == opposite && longPaired[i] < 0 {
			return true
		}
	}
	return false
}

// nameEndings are groups of endings of which each makes another name of the same
// beginning: Williams and Williamson, Chester and Chesterfield. None of them sounds like
// an ending of other words.
var nameEndings = [...][]string{
	{"s", "son", "sson", "sen"},
	{"", "son", "sson", "sen"},
	{"", "ville", "field", "borough", "shire", "ford", "land", "stead", "port", "mouth", "bury"},
	{"ton", "don", "ville", "field", "burg", "borough", "brough", "ster", "shire", "sex", "ford", "land", "stead", "port", "mouth", "bury", "wick", "wich", "worth"},
}

// replacesNameEnding tells whether two words with one stem, of which the phonetic keys
// show that they are not the same, are names with another ending.
func (m *alignment) replacesNameEnding(text string) bool {
	var of []string
	for i, t := range m.a {
		j := m.inB[i]
		if j < 0 || t.kind != plain || !isSound(t.phonetic) || t.phonetic == m.b[j].phonetic || !isSound(m.b[j].phonetic) {
			continue
		}
		if of == nil {
			of = pieces(headlineWords(nil, text), nil)
		}
		if len(of) == len(m.b) && hasNameEnding(of[j], t) {
			return true
		}
	}
	return false
}

// hasNameEnding tells whether w with another ending of a name is the word of t.
func hasNameEnding(w string, t token) bool {
	for _, group := range nameEndings {
		for _, e := range group {
			base, ok := strings.CutSuffix(w, e)
			if ok && len(base) >= minNameBase && makesName(base, e, group, t) {
				return true
			}
		}
	}
	return false
}

const minNameBase = 4 // letters of a name before its ending

func makesName(base, ending string, group []string, t token) bool {
	for _, e := range group {
		if e != ending && phoneticKey(base+e) == t.phonetic && rootOf(lex().stem(base+e)) == t.root {
			return true
		}
	}
	return false
}
