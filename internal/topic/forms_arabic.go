package topic

import (
	"maps"
	"slices"
	"strings"
	"sync"
)

// Arabic writes و ف ب ل ك س and the article on to the word that follows, and pronouns
// on to the word before. All letters are folded: ة is ه, and ى is ي.
var (
	arabicPronouns = list("ه ها هم هما هن نا")

	// of a noun that ends in a consonant
	arabicNoun = union(list("- ات ون ين ان ا ي يه يا يون يين يات يتين"), arabicPronouns,
		join(list("ات"), arabicPronouns))
	arabicLong = union(arabicNoun, list("و"))

	// of a noun in ة, without it
	arabicFeminine = union(list("ه ات تي تان تين تا"),
		join(list("ت ات"), union(arabicPronouns, list("ي ك كم"))))
	arabicLongFeminine = union(arabicFeminine, list("ي يه يون يين يات"))

	arabicAdjective = list("- ه ون ين ات ا ان تين تان")
	arabicPlain     = list("-")
	arabicHamza     = list("- ات ها هم نا")
	arabicOdd       = list("- ه ها هم نا")

	arabicPlurals = sync.OnceValue(func() map[string][]string { return readPlurals("ar_plurals.txt") })
	arabicArticle = sync.OnceValue(func() map[string]bool { return readOwn("ar_article.txt") })

	arabicOwn            = sync.OnceValue(func() map[string]bool { return readOwn("ar.txt") })
	arabicNotOfMasculine = sync.OnceValue(func() map[string]bool {
		all := readOwn("ar_feminine.txt")
		maps.Copy(all, arabicNotOf())
		return all
	})
	arabicNotOf = sync.OnceValue(func() map[string]bool { return readOwn("ar_endings.txt") })
)

// persianLike are the languages that are written in Arabic letters and have the
// prefixes and endings of Persian, or none that are known here.
var persianLike = []string{"ckb", "fa", "ku", "ps", "sd", "ug", "ur"}

func (f *forms) addArabic(word string) {
	if slices.Contains(persianLike, f.lang) {
		f.addPersian(word)
		return
	}
	f.stem, f.prefixed = "", true
	f.addArabicNoun(word)
	base, hasArticle := strings.CutPrefix(word, "ال")
	if hasArticle && letters(base) >= 3 && !arabicOwn()[word] && !arabicArticle()[word] {
		f.addArabicNoun(base)
	}
	for _, w := range arabicPlurals()[base] {
		if w != base {
			f.addArabicConsonant(w, arabicOdd)
		}
	}
	if strings.HasSuffix(word, "ه") {
		f.except(base, arabicNotOf())
	} else {
		f.except(base, arabicNotOfMasculine())
	}
}

// addArabicNoun adds the forms of a noun by its last letter. A plural finds its other
// cases, and one in ات its singular.
func (f *forms) addArabicNoun(word string) {
	n := letters(word)
	if n < 3 {
		f.add(word, arabicPlain)
		return
	}
	if base, _, ok := cut(word, "ون", "ين"); ok && n >= 6 {
		f.add(base, list("ون ين و ي"))
	}
	if base, ok := strings.CutSuffix(word, "ات"); ok && n >= 6 {
		f.add(base, list("- ه ت"))
	}
	base, last, _ := cut(word, "ه", "اء", "ا", "و", "ي")
	switch {
	case last == "ه" && n >= 5:
		f.add(base, arabicLongFeminine)
	case last == "ه":
		f.add(base, arabicFeminine)
	case last == "اء":
		f.add(word, arabicHamza)
	case last == "ي" && n >= 4:
		f.add(word, arabicAdjective)
		f.add(base, list("وون")) // لاجئون of لاجئ
	case last != "":
		f.add(word, arabicPlain)
	case n >= 4:
		f.addArabicConsonant(word, arabicLong)
	default:
		f.addArabicConsonant(word, arabicNoun)
	}
}

// addArabicConsonant adds a noun whose form with the pronoun ه is written like another
// noun in ة once it is folded.
func (f *forms) addArabicConsonant(word string, endings []string) {
	f.patterns = append(f.patterns, pattern{base: word, endings: endings, suffix: "ه"})
}

// arabicPrefixes are all that arabicRests removes.
var arabicPrefixes = join(list("- و ف"), list("- ال ب ل ك لل س بال لال كال"))

// arabicRests appends what remains of a word without its prefixes, in each way to read
// it that is a word of Arabic.
func arabicRests(dst []string, word string) []string {
	dst = afterParticle(dst, word)
	if rest, ok := cutArabic(word, "و", "ف"); ok {
		dst = afterParticle(append(dst, rest), rest)
	}
	return dst
}

// afterParticle appends what remains without a preposition, the article, or the س of
// the future.
func afterParticle(dst []string, word string) []string {
	if rest, ok := strings.CutPrefix(word, "ال"); ok && letters(rest) >= 3 {
		return append(dst, rest)
	}
	if rest, ok := strings.CutPrefix(word, "لل"); ok && letters(rest) >= 3 {
		dst = append(dst, rest, "ال"+rest)
	}
	if rest, ok := strings.CutPrefix(word, "س"); ok && letters(rest) >= 4 && beginsImperfect(rest) {
		return append(dst, rest)
	}
	if rest, ok := cutArabic(word, "ب", "ل", "ك"); ok {
		dst = append(dst, rest)
		if definite, ok := strings.CutPrefix(rest, "ال"); ok && letters(definite) >= 3 {
			dst = append(dst, definite)
		}
	}
	return dst
}

// beginsImperfect reports whether a word begins as verbs of the present do.
func beginsImperfect(word string) bool {
	for _, p := range []string{"ي", "ت", "ن", "ا"} {
		if strings.HasPrefix(word, p) {
			return true
		}
	}
	return false
}

// cutArabic removes one of the particles, unless the word is one that begins so by
// itself.
func cutArabic(word string, particles ...string) (rest string, ok bool) {
	for _, p := range particles {
		if rest, ok = strings.CutPrefix(word, p); ok && letters(rest) >= 3 {
			return rest, !isOwnArabic(word)
		}
	}
	return "", false
}

// arabicTails are the endings behind which a word is looked for in the list of own
// words, the longest first.
var arabicTails = []string{"اتهم", "اتها", "اتنا", "تهما", "اته", "تها", "تهم", "تنا", "يين", "يون", "يات", "تين", "تان",
	"ها", "هم", "نا", "ات", "ون", "ين", "ان", "ته", "تي", "يه", "ه", "ي", "ا", "و"}

// isOwnArabic reports whether a word, in any of its forms, begins with a letter that
// is no particle.
func isOwnArabic(word string) bool {
	list := arabicOwn()
	if list[word] {
		return true
	}
	for _, t := range arabicTails {
		if base, ok := strings.CutSuffix(word, t); ok && letters(base) >= 2 && (list[base] || list[base+"ه"]) {
			return true
		}
	}
	return false
}

// addPersian adds the forms of a Persian word: plurals, possessives, and the ی of
// ezafe and of one. A plural in ها finds its singular by the stem.
func (f *forms) addPersian(word string) {
	if !hasPersianPlural(word) {
		f.stem = ""
	}
	if f.lang != "fa" {
		return
	}
	for _, w := range persianOdd[word] {
		f.add(w, persianPlural)
	}
	if letters(word) < 3 {
		return
	}
	switch {
	case strings.HasSuffix(word, "ا"), strings.HasSuffix(word, "و"):
		f.add(word, persianVowel)
	case strings.HasSuffix(word, "ه"):
		f.add(word, persianHe)
		f.add(strings.TrimSuffix(word, "ه"), list("گان گاني"))
	case strings.HasSuffix(word, "ي"):
		f.add(word, persianYa)
	case letters(word) >= 4:
		f.add(word, persianLong)
	default:
		f.add(word, persianShort)
	}
}

// persianOdd are the plurals in ان of short nouns, and theirs.
var persianOdd = map[string][]string{
	"زن": {"زن", "زنان"}, "مرد": {"مردان"}, "پسر": {"پسران"}, "پدر": {"پدران"}, "زنان": {"زن"}, "مردان": {"مرد"}, "پسران": {"پسر"},
}

var (
	persianPlural = list("- ها هاي هايي هايم هايت هايش هايمان هايتان هايشان")
	persianShort  = union(persianPlural, list("ي يي"))
	persianLong   = union(persianShort, list("ان اني ين ات اتي ام اش ش مان تان شان"))
	persianVowel  = union(persianPlural, list("ي يي يم يت يش يان يمان يتان يشان"))
	persianHe     = union(persianPlural, list("ي اي ام ات اش"))
	persianYa     = union(persianPlural, list("ان اي ام ات اش"))
)

func hasPersianPlural(word string) bool {
	for _, e := range []string{"ها", "هاي", "هايي"} {
		if strings.HasSuffix(word, e) {
			return true
		}
	}
	return false
}
