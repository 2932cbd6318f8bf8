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

// snowball are the Snowball stemmers by language.
var snowball = map[string]func(*snowballstem.Env) bool{
	"da": danish.Stem, "nl": dutch.Stem, "en": english.Stem, "fi": finnish.Stem, "fr": french.Stem,
	"de": german.Stem, "hu": hungarian.Stem, "ga": irish.Stem, "it": italian.Stem,
	"no": norwegian.Stem, "nb": norwegian.Stem, "nn": norwegian.Stem, "pt": portuguese.Stem,
	"ro": romanian.Stem, "ru": russian.Stem, "es": spanish.Stem, "sv": swedish.Stem, "tr": turkish.Stem,
}

// StemmedLanguages returns the languages for which Stem has rules of their own, sorted.
// In all other languages Stem gives a word the same stem.
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

// maxStemBytes is the length of the longest word that is stemmed. No language has longer
// ones.
const maxStemBytes = 96

// Stem returns what a folded word has in common with its other forms in lang, a BCP 47
// tag. A word in Arabic letters loses at most a prefix and two endings, whatever lang
// says. In other scripts, a word of a language without rules is its own stem.
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

// baseLanguage returns the language of a BCP 47 tag, in lower case.
func baseLanguage(lang string) string {
	if i := strings.IndexAny(lang, "-_"); i >= 0 {
		lang = lang[:i]
	}
	if len(lang) == 2 && lang[0] >= 'a' && lang[1] >= 'a' {
		return lang
	}
	return strings.ToLower(lang)
}

// Root returns a stem that does not depend on the language: the Arabic stem for Arabic
// letters, and the first six letters otherwise.
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

// affix is a prefix or an ending in Arabic letters. It is removed only if minLetters
// letters remain. Of several, the first in the list is removed: lists have the longest
// first.
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

// cutPrefix and cutEnding count two bytes for a letter, as all Arabic letters have.
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
