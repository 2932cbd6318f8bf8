package story

import (
	"encoding/binary"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/slugline/slugline/internal/words"
)

// traits are what guards compare of a headline beside its tokens.
type traits struct {
	language uint16           // the first two letters of its language; 0 for none
	names    uint32           // a bit for each token that is no common word of its language, so most likely a name
	placed   uint32           // a bit for each token that is of the name of a place
	places   [maxPlaces]place // that it names, then those that its summary names; 0 ends them
}

const maxPlaces = 4

// traitsOf returns the traits of the headline whose tokens were read last.
func (f *Fold) traitsOf(s *signature, summary []string) traits {
	m := traits{language: languageKey(s.language)}
	var pairs uint32 // of characters
	for i, t := range s.tokens {
		if f.isName(t) && !isTerm(f.pieceBuf, i, t) {
			m.names |= 1 << i
		}
		if t.kind == bigram {
			pairs |= 1 << i
		}
	}
	unknown := m.names & pairs // a name has several side by side, a rare word one
	m.names &^= pairs &^ (unknown<<1 | unknown>>1)
	f.addListedNames(&m, s.tokens)
	for _, root := range f.placeRoots {
		if i := indexOfWord(s.tokens, root); i >= 0 {
			m.placed |= 1 << i
		}
	}
	if m.names&^(m.placed|pairs) != 0 && baseOf(s.language) != "en" {
		f.removeLowerCase(&m, s)
	}
	if strings.Contains(s.original, joiner) {
		f.removeCompounds(&m, s)
	}
	if f.mentions = f.mentions[:min(len(f.mentions), maxPlaces)]; len(f.mentions) < maxPlaces && len(summary) > 0 {
		f.mentions = gaz().mentionsWhere(f.mentions, summary, f.known.startsPlace)
	}
	m.setPlaces(f.mentions)
	return m
}

// removeLowerCase removes the words that a headline has in lower case from its names. Half
// the headlines in English have capitals everywhere, so they are not compared by these.
func (f *Fold) removeLowerCase(m *traits, s *signature) {
	var lower strings.Builder
	for w := range strings.FieldsSeq(s.original) {
		if r, _ := utf8.DecodeRuneInString(w); unicode.IsLower(r) {
			lower.WriteString(w)
			lower.WriteByte(' ')
		}
	}
	if lower.Len() == 0 {
		return
	}
	f.wordBuf = headlineWords(f.wordBuf[:0], words.Fold(lower.String()))
	for _, w := range f.wordBuf {
		if i := indexOfWord(s.tokens, f.known.token(w).root); i >= 0 && m.placed>>i&1 == 0 {
			m.names &^= 1 << i
		}
	}
}

// joiner stands between the parts of a compound in Persian: رئیس‌جمهور.
const joiner = "\u200c"

// minInCompound is the class of the parts of a compound that is no name. Parts of names of
// firms are often words, too, but less common ones.
const minInCompound = 7

// removeCompounds removes the compounds of common words from the names of a headline.
func (f *Fold) removeCompounds(m *traits, s *signature) {
	for w := range strings.FieldsSeq(s.original) {
		if !strings.Contains(w, joiner) || !f.isCommonCompound(w) {
			continue
		}
		for _, w := range headlineWords(nil, words.Fold(w)) {
			if i := indexOfWord(s.tokens, f.known.token(w).root); i >= 0 {
				m.names &^= 1 << i
			}
		}
	}
}

func (f *Fold) isCommonCompound(w string) bool {
	for part := range strings.SplitSeq(w, joiner) {
		for _, p := range headlineWords(nil, words.Fold(part)) {
			if t := f.known.token(p); t.kind != functionWord && f.common.class(t.root) < minInCompound {
				return false
			}
		}
	}
	return true
}

// addListedNames adds the common words that are names of clubs and firms to the names.
func (f *Fold) addListedNames(m *traits, tokens []token) {
	for i, t := range tokens {
		if lex().nameRoots[t.root] {
			m.names |= 1 << i
		}
	}
}

func (m *traits) setPlaces(mentions []mention) {
	n := 0
	for i := range mentions {
		p := gaz().sure(mentions[i].places)
		if p == 0 && m.language != languageKey("en") {
			p = gaz().country(mentions[i].places) // Georgia is a state to readers of English only
		}
		if p != 0 && n < maxPlaces {
			m.places[n] = p
			n++
		}
	}
}

// isName tells whether a token is most likely a name: no list of common words has it.
func (f *Fold) isName(t token) bool {
	switch t.kind {
	case functionWord, number, opposite, routine:
		return false
	}
	return f.common.class(t.root) == 0
}

// isTerm tells whether the i-th token is a phrase of the lexicon that names no state or firm:
// central bank.
func isTerm(pieces []string, i int, t token) bool {
	return t.kind != entity && i < len(pieces) && strings.Contains(pieces[i], " ")
}

// languageKey returns the first two letters of a BCP 47 tag; 0 if it names no language.
func languageKey(tag string) uint16 {
	if len(tag) < 2 || tag == "und" {
		return 0
	}
	return uint16(tag[0])<<8 | uint16(tag[1])
}

// isForeign tells whether two headlines are in two languages. Events never are.
func (m *traits) isForeign(o *traits) bool {
	return m.language != o.language && m.language != 0 && o.language != 0
}

// readPlaces finds the places that the words in wordBuf name, and the roots of these words.
func (f *Fold) readPlaces() {
	f.mentions, f.placeRoots = gaz().mentionsWhere(f.mentions[:0], f.wordBuf, f.known.startsPlace), f.placeRoots[:0]
	for _, m := range f.mentions {
		for _, w := range f.wordBuf[m.first:m.end] {
			f.placeRoots = append(f.placeRoots, f.known.token(w).root)
		}
	}
}

// comparePlaces tells whether two headlines are about other places.
func (m *traits) comparePlaces(o *traits) guards {
	if m.places[0] == 0 || o.places[0] == 0 {
		return 0
	}
	a, b := m.finestPlaces(), o.finestPlaces()
	if !anyCompatible(a[:], b[:]) {
		return otherPlaces
	}
	own, their := m.placesBeside(o), o.placesBeside(m)
	if own[0] != 0 && their[0] != 0 && !anyCompatible(own[:], their[:]) {
		return otherPlacesToo
	}
	return 0
}

func anyCompatible(a, b []place) bool {
	for _, p := range a {
		for _, q := range b {
			if p != 0 && q != 0 && gaz().within(p, q) {
				return true
			}
		}
	}
	return false
}

// finestPlaces returns the places of a headline, but of a country and a city in it only the
// city: the institute of a country that reports a quake in a town names no second place.
func (m *traits) finestPlaces() (left [maxPlaces]place) {
	n := 0
	for _, p := range m.places {
		if p != 0 && !m.hasCityOf(p) {
			left[n] = p
			n++
		}
	}
	return left
}

// placesBeside returns the places of a headline that the other one does not name. Of a
// country and a city in it, only the city counts.
func (m *traits) placesBeside(o *traits) (left [maxPlaces]place) {
	n := 0
	for _, p := range m.places {
		if p != 0 && !slices.Contains(o.places[:], p) && !m.hasCityOf(p) {
			left[n] = p
			n++
		}
	}
	return left
}

// hasCityOf tells whether p is a country, and another of the places is in it.
func (m *traits) hasCityOf(p place) bool {
	g := gaz()
	if g.of[p].country != p {
		return false
	}
	for _, q := range m.places {
		if q != 0 && q != p && g.of[q].country == p {
			return true
		}
	}
	return false
}

// weightOfCountry is what the country of a place weighs, in thousandths of a word as rare.
const weightOfCountry = 600

// addCountries appends a token for the country of each place that the headline names, so
// that a headline about Lima is similar to one about Peru.
func (f *Fold) addCountries(more []token, s *signature) []token {
	from := len(more)
	for _, p := range s.traits.places {
		root := gaz().countryRoot(p)
		if p == 0 || hasRoot(more[from:], root) {
			continue
		}
		more = append(more, token{root: root, kind: country})
	}
	f.df.weighExtra(more[from:])
	return weighLess(more, from, weightOfCountry)
}

// weighLess reduces the weights of the tokens from an index on to a part, in thousandths.
func weighLess(more []token, from, part int) []token {
	for i := from; i < len(more); i++ {
		more[i].weight = uint8(int(more[i].weight) * part / 1000)
	}
	return more
}

func (m *traits) encode(b []byte) []byte {
	b = binary.BigEndian.AppendUint16(b, m.language)
	b = binary.AppendUvarint(binary.AppendUvarint(b, uint64(m.names)), uint64(m.placed))
	for _, p := range m.places {
		if p == 0 {
			break
		}
		b = binary.BigEndian.AppendUint32(append(b, 1), gaz().stored[p])
	}
	return append(b, 0)
}

// decodeTraits reads traits. It leaves out the places that are no longer in the lists.
func decodeTraits(r *decoder) traits {
	m := traits{language: r.uint16(), names: uint32(r.uvarint()), placed: uint32(r.uvarint())}
	n := 0
	for i := 0; r.byte() == 1; i++ {
		p := gaz().byKey[r.uint32()]
		if r.failed = r.failed || i == maxPlaces; p != 0 && !r.failed {
			m.places[n] = p
			n++
		}
	}
	return m
}
