package topic

import (
	"embed"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/slugline/slugline/internal/words"
)

// forms are the words that a word of a query finds beside itself, in one language.
// They are made of the query's word by adding to it, so that a longer word is found
// only if the language makes it of the shorter one.
type forms struct {
	lang     string
	stem     string    // words with this stem; empty: stems are not compared
	patterns []pattern // words that match one of them
	prefixed bool      // also words that do so behind a prefix; see rest
}

// pattern matches the words that begin with base and end with one of endings.
type pattern struct {
	base    string
	endings []string        // sorted; an empty one matches the base
	except  map[string]bool // words that begin and end so and are no forms

	// suffix is an ending that is also how another word ends in writing before it is
	// folded; see text.isForm.
	suffix string
}

// matches reports whether a folded word matches the pattern.
func (p *pattern) matches(s string) bool {
	ending, ok := strings.CutPrefix(s, p.base)
	if !ok {
		return false
	}
	_, ok = slices.BinarySearch(p.endings, ending)
	return ok && !p.except[s] && !p.except[strings.TrimPrefix(s, "ال")]
}

// add adds a pattern, unless its base is too short to say anything.
func (f *forms) add(base string, endings []string) {
	if base != "" {
		f.patterns = append(f.patterns, pattern{base: base, endings: endings})
	}
}

// maxFormBytes is the length of the longest word that has forms.
const maxFormBytes = 96

// formsOf returns the forms of a folded word in a language, by the script of the word
// and, where the script has several, the rules of the language. Without a language,
// only words of scripts that tell it have forms.
func formsOf(word, lang string) *forms {
	f := &forms{lang: lang}
	if word == "" || len(word) > maxFormBytes {
		return f
	}
	if isStemmed(lang) {
		f.stem = words.Stem(word, lang)
	}
	switch r, _ := utf8.DecodeRuneInString(word); {
	case unicode.Is(unicode.Arabic, r):
		f.addArabic(word)
	case unicode.Is(unicode.Hebrew, r):
		f.addHebrew(word)
	case unicode.Is(unicode.Cyrillic, r):
		f.addCyrillic(word)
	case unicode.Is(unicode.Latin, r):
		f.addLatin(word)
	}
	f.patterns = slices.DeleteFunc(f.patterns, func(p pattern) bool {
		return p.base == word && len(p.endings) == 1 && p.endings[0] == "" // equal words are found without
	})
	return f
}

// except makes the words of a list no forms, unless the word itself is in it.
func (f *forms) except(word string, list map[string]bool) {
	for i := range f.patterns {
		if !list[word] {
			f.patterns[i].except = list
		}
	}
}

var stemmedLanguages = words.StemmedLanguages()

func isStemmed(lang string) bool {
	_, ok := slices.BinarySearch(stemmedLanguages, lang)
	return ok
}

// letters counts the letters of a word.
func letters(s string) int { return utf8.RuneCountInString(s) }

// list reads endings that are separated by spaces; - is the empty one.
func list(s string) []string {
	all := strings.Fields(s)
	for i, e := range all {
		if e == "-" {
			all[i] = ""
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// join returns the endings that begin with one of first and go on with one of second.
func join(first, second []string) []string {
	var out []string
	for _, a := range first {
		for _, b := range second {
			out = append(out, a+b)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// union returns the endings of all lists.
func union(lists ...[]string) []string {
	out := slices.Concat(lists...)
	slices.Sort(out)
	return slices.Compact(out)
}

// cut returns the word without the first of the endings that it has.
func cut(word string, endings ...string) (base, ending string, ok bool) {
	for _, e := range endings {
		if b, found := strings.CutSuffix(word, e); found && b != "" {
			return b, e, true
		}
	}
	return word, "", false
}

//go:embed own/*.txt
var own embed.FS

// readOwn reads a list of words, folded. A # begins a comment.
func readOwn(name string) map[string]bool {
	set := map[string]bool{}
	for _, line := range ownLines(name) {
		for _, w := range line {
			set[w] = true
		}
	}
	return set
}

// readPlurals reads a list of nouns, each on a line with its odd plurals, folded. Each
// word of a line has the others as forms.
func readPlurals(name string) map[string][]string {
	odd := map[string][]string{}
	for _, line := range ownLines(name) {
		for _, w := range line {
			odd[w] = append(odd[w], line...)
		}
	}
	return odd
}

// ownLines returns the folded words of a list, line by line.
func ownLines(name string) (all [][]string) {
	b, err := own.ReadFile("own/" + name)
	if err != nil {
		panic(err) // the file is part of the program
	}
	for line := range strings.Lines(string(b)) {
		line, _, _ = strings.Cut(line, "#")
		all = append(all, strings.Fields(words.Fold(words.Spelling(line, ""))))
	}
	return all
}

// appendPrefixed appends a word of Arabic or Hebrew with each of its prefixes.
func appendPrefixed(dst []string, word string) []string {
	prefixes := hebrewPrefixes
	if r, _ := utf8.DecodeRuneInString(word); unicode.Is(unicode.Arabic, r) {
		prefixes = arabicPrefixes
	}
	for _, p := range prefixes {
		dst = append(dst, p+word)
	}
	if base, ok := strings.CutPrefix(word, "ال"); ok {
		dst = append(dst, "لل"+base, "ولل"+base, "فلل"+base)
	}
	return dst
}

// FormLanguages are the languages in which words have forms of their own. In all
// others they have the same ones, or those of their stem.
func FormLanguages() []string {
	return slices.Concat(persianLike, foreignCyrillic,
		[]string{"az", "de", "en", "es", "fr", "gl", "it", "pt", "ru", "tr", "uk", "yi"})
}
