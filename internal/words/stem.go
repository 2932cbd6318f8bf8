package words

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/danish"
	"github.com/blevesearch/snowballstem/dutch"
	"github.com/blevesearch/snowballstem/english"
	"github.com/blevesearch/snowballstem/finnish"
	"github.com/blevesearch/snowballstem/french"
	"github.com/blevesearch/snowballstem/german"
	"github.com/blevesearch/snowballstem/hungarian"
	"github.com/blevesearch/snowballstem/irish"
	"github.com/blevesearch/snowballstem/italian"
	"github.com/blevesearch/snowballstem/norwegian"
	"github.com/blevesearch/snowballstem/portuguese"
	"github.com/blevesearch/snowballstem/romanian"
	"github.com/blevesearch/snowballstem/russian"
	"github.com/blevesearch/snowballstem/spanish"
	"github.com/blevesearch/snowballstem/swedish"
	"github.com/blevesearch/snowballstem/turkish"
)

var snowball = map[string]func(*snowballstem.Env) bool{
	"da": danish.Stem, "nl": dutch.Stem, "en": english.Stem, "fi": finnish.Stem, "fr": french.Stem,
	"de": german.Stem, "hu": hungarian.Stem, "ga": irish.Stem, "it": italian.Stem,
	"no": norwegian.Stem, "nb": norwegian.Stem, "nn": norwegian.Stem, "pt": portuguese.Stem,
	"ro": romanian.Stem, "ru": russian.Stem, "es": spanish.Stem, "sv": swedish.Stem, "tr": turkish.Stem,
}

// StemmedLanguages are the languages whose words Stem cuts in a way of their own. What it
// makes of a word in any other is the same for all of them.
func StemmedLanguages() []string {
	return slices.Sorted(func(yield func(string) bool) {
		for lang := range snowball {
			if !yield(lang) {
				return
			}
		}
		_ = yield("fa") && yield("ps") && yield("ur")
	})
}

// maxStemBytes is the longest word in bytes that is stemmed; no language has longer ones.
const maxStemBytes = 96

// Stem gives what a folded word has in common with its other forms in lang, a
// BCP 47 tag. A word in Arabic letters is stemmed lightly whatever lang says,
// a word of another unknown language is its own stem.
func Stem(word, lang string) string {
	if word == "" || len(word) > maxStemBytes || isDigit(word[0]) || word[0] == '-' {
		return word
	}
	base := baseLanguage(lang)
	if r, _ := utf8.DecodeRuneInString(word); r >= 0x620 && r <= 0x6ff {
		if base == "fa" || base == "ur" || base == "ps" {
			return stemPersian(word)
		}
		return stemArabic(word)
	}
	stem, ok := snowball[base]
	if !ok {
		return word
	}
	env := snowballstem.NewEnv(word)
	stem(env)
	return env.Current()
}

func baseLanguage(lang string) string {
	if i := strings.IndexAny(lang, "-_"); i >= 0 {
		lang = lang[:i]
	}
	if len(lang) == 2 && lang[0] >= 'a' && lang[1] >= 'a' {
		return lang
	}
	return strings.ToLower(lang)
}

// Root is a stem for when the language does not matter: the light Arabic stem,
// or the first six letters.
func Root(word string) string {
	if word == "" || isDigit(word[0]) || word[0] == '-' {
		return word
	}
	if word[0] >= 0xd8 && word[0] <= 0xdb { // U+0600 to U+06FF
		return stemArabic(word)
	}
	n := 0
	for i := range word {
		if n == 6 {
			return word[:i]
		}
		n++
	}
	return word
}

// Of a word in Arabic letters one prefix goes and up to two endings, longest
// first, while at least as many letters stay as the affix asks for.
type affix struct {
	text       string
	minLetters int
}

var arabicPrefixes = []affix{
	{"وبال", 3}, {"وال", 3}, {"بال", 3}, {"كال", 3}, {"فال", 3}, {"ولل", 3}, {"لل", 3}, {"ال", 3}, {"و", 4},
}

var arabicEndings = []affix{
	{"ها", 3}, {"ات", 3}, {"ون", 3}, {"ين", 3}, {"ان", 3}, {"يه", 3}, {"ه", 3}, {"ي", 3},
}

var persianEndings = []affix{
	{"هايي", 2}, {"هاي", 2}, {"ها", 2}, {"ات", 3}, {"ان", 3}, {"ون", 3},
}

func stemArabic(word string) string {
	word = cutPrefix(word, arabicPrefixes)
	return cutEnding(cutEnding(word, arabicEndings), arabicEndings)
}

func stemPersian(word string) string { return cutEnding(word, persianEndings) }

// cutPrefix and cutEnding count letters as two bytes, which all of Arabic's are.
func cutPrefix(word string, affixes []affix) string {
	for _, a := range affixes {
		if rest, ok := strings.CutPrefix(word, a.text); ok && len(rest) >= 2*a.minLetters {
			return rest
		}
	}
	return word
}

func cutEnding(word string, affixes []affix) string {
	for _, a := range affixes {
		if rest, ok := strings.CutSuffix(word, a.text); ok && len(rest) >= 2*a.minLetters {
			return rest
		}
	}
	return word
}
