package topic

import (
	"strings"
	"sync"
	"unicode/utf8"
)

// Hebrew writes ה ו ב ל מ כ ש on to the word that follows. The last letter of a word
// has a form of its own, which it loses before an ending.
var (
	hebrewNoun     = list("ים ות י ה ת ו ם ן נו ני יהם יהן יה יו ית ינו יכם")
	hebrewFeminine = list("ה ת ות תו תה תם תן תנו תי ותיו ותיה ותיהם")
	hebrewTav      = list("ת ות תו תה תם תי תנו ותיו ותיה ותיהם")
	hebrewPlural   = list("ים י יו יה יהם יהן ינו יי")
	hebrewFemales  = list("ות ותיו ותיה ותיהם ותיהן ותינו")

	hebrewMedial = map[rune]string{'ך': "כ", 'ם': "מ", 'ן': "נ", 'ף': "פ", 'ץ': "צ"}

	hebrewMasculine = list("ה ים י יו יה יהם יהן")

	hebrewOwn   = sync.OnceValue(func() map[string]bool { return readOwn("he.txt") })
	hebrewNames = sync.OnceValue(func() map[string]bool { return readOwn("he_names.txt") })
	hebrewMen   = sync.OnceValue(func() map[string]bool { return readOwn("he_masculine.txt") })
)

// hebrewShort are the forms of nouns too short to have those of the others.
var hebrewShort = map[string][]string{
	"שר": list("שרים שרי שרת שרות"), "צו": list("צווים צווי"), "הר": list("הרים הרי"), "חג": list("חגים חגי"), "גן": list("גנים גני"),
	"עץ": list("עצים עצי"), "קו": list("קווים קווי"), "רב": list("רבנים רבני"), "בן": list("בנים בני"), "בת": list("בנות"), "עם": list("עמים עמי"),
	"שרים": list("שר שרת"), "הרים": list("הר"), "חגים": list("חג"), "רבנים": list("רב"), "קווים": list("קו"),
}

// addHebrew adds the forms of a noun by its last letter. Names have no endings: what
// ends so is a word of its own, as Israeli is in English.
func (f *forms) addHebrew(word string) {
	if f.lang == "yi" {
		return
	}
	f.prefixed = true
	f.add(word, list("-"))
	for _, w := range hebrewShort[word] {
		f.add(w, list("-"))
	}
	if letters(word) < 3 || hebrewNames()[word] {
		return
	}
	base, last, _ := cut(word, "ים", "ות", "ה", "ת")
	switch {
	case last == "ים" && letters(base) >= 2:
		f.add(base, hebrewPlural)
	case last == "ות" && letters(base) >= 3:
		f.add(base, hebrewFemales)
	case last == "ה" && letters(base) >= 2:
		f.add(base, hebrewFeminine)
		if hebrewMen()[word] {
			f.add(base, hebrewMasculine)
		}
	case last == "ת" && letters(base) >= 2:
		f.add(base, hebrewTav)
	default:
		f.add(hebrewInner(word), hebrewNoun)
	}
}

// hebrewInner returns a word as it is written before an ending.
func hebrewInner(word string) string {
	r, size := utf8.DecodeLastRuneInString(word)
	if m := hebrewMedial[r]; m != "" {
		return word[:len(word)-size] + m
	}
	return word
}

// hebrewPrefixes are the prefixes, alone and together.
var hebrewPrefixes = strings.Fields("וכשה כשה ושה ומה ולה ובה לכש וכש שב של שמ שה ושב ושל ומ וב ול וה וכ וש מה כש בה לה כה ש ו ה ב ל מ כ")

// hebrewRests appends what remains of a word without each of its prefixes.
func hebrewRests(dst []string, word string) []string {
	for _, p := range hebrewPrefixes {
		rest, ok := strings.CutPrefix(word, p)
		if ok && letters(rest) >= 3 && !isOwnHebrew(word, rest) {
			dst = append(dst, rest)
		}
	}
	return dst
}

// isOwnHebrew reports whether what a prefix of a word leaves begins in the middle of
// a word that stands in the list of own words. Where only a form of that word is written
// so, as הכנסת of הכנסה (income), a rest that is in the list too, as כנסת (parliament),
// is read as a word.
func isOwnHebrew(word, rest string) bool {
	own := hebrewOwn()
	for at := 0; at < len(word)-len(rest); {
		if s := word[at:]; own[s] || own[hebrewStem(s)] && !own[rest] {
			return true
		}
		_, size := utf8.DecodeRuneInString(word[at:])
		at += size
	}
	return false
}

// hebrewStem returns a word in its singular, if it is a plural or a construct state.
func hebrewStem(word string) string {
	base, ending, _ := cut(word, "ים", "ות", "ת", "י")
	switch ending {
	case "ות", "ת":
		return base + "ה"
	case "":
		return word
	}
	r, size := utf8.DecodeLastRuneInString(base)
	for final, inner := range hebrewMedial {
		if inner == string(r) {
			return base[:len(base)-size] + string(final)
		}
	}
	return base
}
