package story

import (
	"strings"
	"unicode/utf8"

	"github.com/slugline/slugline/internal/words"
)

// endingClass says which endings the stem of a name takes.
type endingClass uint16

const (
	wholeName    endingClass = 1 << iota // none
	endsInA                              // Лима
	endsInYa                             // Кения
	endsInHard                           // Лондон
	endsInSoft                           // Казань, Сибирь
	endsInShortI                         // Шанхай
	endsPlural                           // Афины, Суми
	endsInOvo                            // Иваново
	endsAsAdj                            // Грозный
	endsInSk                             // Донецк, which is донецкий too
)

const placeAdjective = "ий ыи ый ого его ому ему им ым ом ем ая ой ую ое ее ие ые их ых ими ыми і а у оі ою ім"

// classEndings are the endings of each class. й is и where Ukrainian texts are folded.
var classEndings = map[endingClass]string{
	endsInA:      "а ы и і е у ой ою ей",
	endsInYa:     "я и і ю е ей ею єю ї",
	endsInHard:   " а у ом ем е і ові ів",
	endsInSoft:   "ь и і я ю е ем ью і",
	endsInShortI: "й и я ю е ем ї є єм",
	endsPlural:   "ы и  ам ами ах ов ів",
	endsInOvo:    "о а у ом е і",
	endsAsAdj:    placeAdjective,
	endsInSk:     placeAdjective,
}

// classesOf are the classes of names that take an ending.
var classesOf = func() map[string]endingClass {
	out := map[string]endingClass{}
	for class, endings := range classEndings {
		for _, e := range strings.Split(endings, " ") {
			out[e] |= class
		}
	}
	out[""] |= wholeName
	return out
}()

// placeStem returns what the forms of a name of one word have in common, and its class.
func placeStem(w string) (string, endingClass) {
	if !isCyrillic(w) {
		return withoutArticle(w), wholeName
	}
	for _, c := range [...]struct {
		ending string
		cut    int // of the ending, in letters
		class  endingClass
	}{
		{"ский", 2, endsAsAdj}, {"цкий", 2, endsAsAdj}, {"ный", 2, endsAsAdj}, {"ная", 2, endsAsAdj}, {"ское", 2, endsAsAdj},
		{"ово", 1, endsInOvo}, {"ево", 1, endsInOvo}, {"ино", 1, endsInOvo}, {"ыно", 1, endsInOvo},
		{"а", 1, endsInA}, {"я", 1, endsInYa}, {"ь", 1, endsInSoft}, {"й", 1, endsInShortI}, {"ы", 1, endsPlural}, {"суми", 1, endsPlural}, {"черкаси", 1, endsPlural},
		{"ск", 0, endsInHard | endsInSk}, {"цк", 0, endsInHard | endsInSk},
	} {
		if stem := w[:max(len(w)-2*c.cut, 0)]; strings.HasSuffix(w, c.ending) && len(stem) >= 2*2 && !(c.class == endsInA && endsInVowel(stem)) {
			return stem, c.class
		}
	}
	if endsInVowel(w) {
		return w, wholeName
	}
	return w, endsInHard
}

func endsInVowel(w string) bool {
	r, _ := utf8.DecodeLastRuneInString(w)
	return strings.ContainsRune("аеиоуэюєії", r)
}

// word returns the place that a word names in any of its forms.
func (g *gazetteer) word(w string) (placeName, bool) {
	switch {
	case w[0] < 0xd0:
		return g.latinWord(w)
	case isCyrillic(w):
		return g.cyrillicWord(w)
	}
	var buf [maxPlacePrefixes]string
	for _, rest := range placePrefixes(buf[:0], w) {
		if name, ok := g.at(placeHash(withoutArticle(rest))); ok {
			return name, true
		}
	}
	return g.relation(withoutArticle(w))
}

// latinEndings are those that names take in German and Turkish headlines, by the last
// letter: Perus, Pariser, Londrada.
var latinEndings = [256][]string{
	's': {"s", "ers"}, 'r': {"er"}, 'a': {"da", "ta", "ya"}, 'e': {"de", "te", "ye"},
	'n': {"dan", "den", "tan", "ten", "nin", "nun", "in", "un"},
}

// lettersBefore is how many letters a name has at least before an ending. Short names of
// cities take none, and Turkish endings are the ends of too many words.
func lettersBefore(ending string) int {
	switch ending {
	case "s":
		return 4
	case "er", "ers":
		return 5
	}
	return 6
}

func (g *gazetteer) latinWord(w string) (placeName, bool) {
	name, ok := g.at(placeHash(w))
	if ok || len(w) < 5 {
		return name, ok
	}
	for _, e := range latinEndings[w[len(w)-1]] {
		if rest, cut := strings.CutSuffix(w, e); cut && len(rest) >= lettersBefore(e) {
			if name, ok := g.at(placeHash(rest)); ok && (len(rest) > 4 || !g.isCity(name.places[0])) {
				return name, true
			}
		}
	}
	return name, false
}

// cyrillicWord looks a word up by its stem, with each ending that it may have.
func (g *gazetteer) cyrillicWord(w string) (placeName, bool) {
	for cut := 0; cut <= 6 && len(w)-cut >= 2*2; cut += 2 {
		classes := classesOf[w[len(w)-cut:]]
		if classes == 0 {
			continue
		}
		if name, ok := g.at(placeHash(w[:len(w)-cut])); ok && name.class&classes != 0 {
			return name, true
		}
	}
	return g.cyrillicAdjective(w)
}

// cyrillicAdjective finds Лондон in лондонский, and Київ in київський.
func (g *gazetteer) cyrillicAdjective(w string) (placeName, bool) {
	tail := max(len(w)-len("ського"), 0)
	i := strings.Index(w[tail:], "ск")
	if i < 0 {
		i = strings.Index(w[tail:], "ськ")
	}
	if i += tail; i < 2*3 || i < tail {
		return placeName{}, false
	}
	behind := strings.TrimPrefix(strings.TrimPrefix(w[i:], "ськ"), "ск")
	if classesOf[behind]&endsAsAdj == 0 {
		return placeName{}, false
	}
	name, ok := g.at(placeHash(w[:i]))
	return name, ok && name.class&^wholeName != 0
}

// relation finds the name in an Arabic or Persian word that means "of it": بغدادي.
func (g *gazetteer) relation(w string) (placeName, bool) {
	if !isArabicLetter(w) {
		return placeName{}, false
	}
	for _, e := range [...]string{"ي", "يه", "يي"} {
		if rest, ok := strings.CutSuffix(w, e); ok && len(rest) >= 2*5 {
			if name, ok := g.at(placeHash(rest)); ok {
				return name, true
			}
		}
	}
	return placeName{}, false
}

const maxPlacePrefixes = 8

// placePrefixes appends a word to out, and what it is without the particles that Arabic and Hebrew
// write before it.
func placePrefixes(out []string, w string) []string {
	out = append(out, phraseStem(w))
	if w[0] < 0xd7 || w[0] > 0xdb || len(w) < 2*4 {
		return out
	}
	if isArabicLetter(w) {
		if rest, ok := strings.CutPrefix(w, "لل"); ok && len(rest) >= 2*4 {
			out = append(out, rest)
		}
		for _, p := range [...]string{"و", "ب", "ل", "وب", "ول"} {
			if rest, ok := strings.CutPrefix(w, p); ok && len(rest) >= 2*4 {
				out = append(out, withoutArticle(rest))
			}
		}
		return out
	}
	for _, p := range [...]string{"ב", "ל", "מ", "ו", "וב"} {
		if rest, ok := strings.CutPrefix(w, p); ok && (len(rest) >= 2*4 || p == "ב") {
			out = append(out, rest)
		}
	}
	return out
}

// phraseStem returns what a word in a name of several words has in all cases. Two names
// of several words seldom have all stems in common, so it cuts much.
func phraseStem(w string) string {
	if !isCyrillic(w) {
		return withoutArticle(w)
	}
	for cuts := 0; cuts < 3 && len(w) > 2*2; cuts++ {
		r, size := utf8.DecodeLastRuneInString(w)
		if !strings.ContainsRune("аеиоуыэюяьйімхгвєї", r) {
			break
		}
		w = w[:len(w)-size]
	}
	return w
}

// withoutArticle removes the Arabic article of a name.
func withoutArticle(w string) string {
	if rest, ok := strings.CutPrefix(w, "ال"); ok && len(rest) >= 2*4 {
		return rest
	}
	return w
}

func isUnspaced(w string) bool { return words.Unspaced(w) }

// maxRunName is how many characters the longest name in a run has that is looked for.
const maxRunName = 8

// inRun appends the places that a run in a script without spaces names, the word at i.
func (g *gazetteer) inRun(dst []mention, run string, i int) []mention {
	var at [maxRunName + 1]int // where the next characters begin
	before := rune(0)
	for from := 0; from < len(run); {
		r, size := utf8.DecodeRuneInString(run[from:])
		n := 0
		for end := from; n < maxRunName && end < len(run); n++ {
			_, s := utf8.DecodeRuneInString(run[end:])
			end += s
			at[n+1] = end
		}
		next := from + size
		if n >= 2 && hasBit(g.pairs[:], placeHash(run[from:at[2]])) && mayBegin(before, r, from) {
			for ; n >= 2; n-- {
				name, ok := g.at(placeHash(run[from:at[n]]))
				if ok && mayEnd(r, run[at[n]:]) {
					dst = append(dst, mention{name.places, uint8(i), uint8(i + 1)})
					next = at[n]
					break
				}
			}
		}
		before, _ = utf8.DecodeLastRuneInString(run[:next])
		from = next
	}
	return dst
}

// mayBegin tells whether a name may begin with r at this place: in Hangul at the start of
// a run only, and in Katakana not within another word.
func mayBegin(before, r rune, at int) bool {
	if r >= 0xac00 && r <= 0xd7a3 {
		return at == 0
	}
	return !isKatakana(r) || !isKatakana(before)
}

// mayEnd tells whether a name that begins with r may end before rest.
func mayEnd(r rune, rest string) bool {
	next, _ := utf8.DecodeRuneInString(rest)
	return !isKatakana(r) || rest == "" || !isKatakana(next)
}

func isKatakana(r rune) bool { return r >= 0x30a0 && r <= 0x30ff }
