package topic

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/slugline/slugline/internal/words"
)

// rest is a word of a text without its prefix, or without the ending behind its
// apostrophe.
type rest struct{ text, of string }

// hasWord reports whether the text has the word or one of its forms.
func (t *text) hasWord(w *word) bool {
	if t.has&w.letters == 0 {
		return false
	}
	if _, ok := slices.BinarySearch(t.texts, w.text); ok {
		return true
	}
	f := w.forms(t.lang)
	if f.stem != "" {
		if _, ok := slices.BinarySearch(t.stems, f.stem); ok {
			return true
		}
	}
	return (f.patterns != nil || t.hasRests(f)) && t.hasForm(w, f)
}

// hasForm reports whether a word of the text matches one of the word's patterns, with
// or without a prefix.
func (t *text) hasForm(w *word, f *forms) bool {
	for i := range f.patterns {
		p := &f.patterns[i]
		at, _ := slices.BinarySearch(t.texts, p.base)
		for ; at < len(t.texts) && strings.HasPrefix(t.texts[at], p.base); at++ {
			if t.isForm(p, t.texts[at], t.texts[at]) {
				return true
			}
		}
	}
	return t.hasRests(f) && t.hasRest(w, f)
}

// hasRests reports whether words with these forms are also looked for in rests.
func (t *text) hasRests(f *forms) bool { return f.prefixed || isTurkic(t.lang) }

func (t *text) hasRest(w *word, f *forms) bool {
	rests := t.withoutPrefix()
	if len(rests) == 0 {
		return false
	}
	if _, ok := findRest(rests, w.text); ok {
		return true
	}
	for i := range f.patterns {
		p := &f.patterns[i]
		at, _ := findRest(rests, p.base)
		for ; f.prefixed && at < len(rests) && strings.HasPrefix(rests[at].text, p.base); at++ {
			if t.isForm(p, rests[at].text, rests[at].of) {
				return true
			}
		}
	}
	return false
}

func findRest(rests []rest, text string) (int, bool) {
	from, to := 0, len(rests)
	for from < to {
		if mid := (from + to) / 2; rests[mid].text < text {
			from = mid + 1
		} else {
			to = mid
		}
	}
	return from, from < len(rests) && rests[from].text == text
}

// isForm reports whether s, which is a word of the text or a rest of it, matches a
// pattern. A word that is written with ة is another noun, not the pattern's with a
// pronoun.
func (t *text) isForm(p *pattern, s, word string) bool {
	if !p.matches(s) {
		return false
	}
	if p.suffix == "" || s[len(p.base):] != p.suffix {
		return true
	}
	t.withoutPrefix()
	_, ok := slices.BinarySearch(t.feminine, word)
	return !ok
}

// wordIs reports whether a word of the text is the word or one of its forms.
func (t *text) wordIs(got words.Word, w *word) bool {
	switch {
	case got.Text == "":
		return false
	case got.Text == w.text:
		return true
	}
	f := w.forms(t.lang)
	if f.stem != "" && got.Stem == f.stem {
		return true
	}
	isForm := func(s string) bool {
		return slices.ContainsFunc(f.patterns, func(p pattern) bool {
			return t.isForm(&p, s, got.Text)
		})
	}
	if isForm(got.Text) {
		return true
	}
	return t.hasRests(f) && slices.ContainsFunc(t.withoutPrefix(), func(r rest) bool {
		return r.of == got.Text && (r.text == w.text || f.prefixed && isForm(r.text))
	})
}

// withoutPrefix returns the words of the text that have a prefix, without it. It makes
// the list when it is first asked for.
func (t *text) withoutPrefix() []rest {
	if t.rested {
		return t.rests
	}
	t.rested = true
	for _, w := range t.words {
		t.rests = appendRests(t.rests, w.Text, t.lang)
	}
	for _, p := range t.parts {
		if isTurkic(t.lang) && strings.ContainsAny(p, "'’ʼ") {
			t.rests = turkishRests(t.rests, words.Fold(p))
		}
		if strings.Contains(p, "ة") {
			t.feminine = appendFeminine(t.feminine, p)
		}
	}
	slices.SortFunc(t.rests, func(a, b rest) int { return cmp.Or(strings.Compare(a.text, b.text), strings.Compare(a.of, b.of)) })
	slices.Sort(t.feminine)
	return t.rests
}

func isTurkic(lang string) bool { return lang == "tr" || lang == "az" }

// appendRests appends what remains of a folded word without each prefix that it may have.
func appendRests(dst []rest, word, lang string) []rest {
	r, _ := utf8.DecodeRuneInString(word)
	var some []string
	switch {
	case r < 0x590 || r > 0x6ff || len(word) > maxFormBytes:
		return dst
	case unicode.Is(unicode.Hebrew, r):
		some = hebrewRests(nil, word)
	case !slices.Contains(persianLike, lang):
		some = arabicRests(nil, word)
	}
	for _, s := range some {
		dst = append(dst, rest{s, word})
	}
	return dst
}

// appendFeminine appends the folded words of a text that are written with ة.
func appendFeminine(dst []string, s string) []string {
	for _, w := range strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) }) {
		if strings.HasSuffix(w, "ة") {
			dst = append(dst, words.Fold(w))
		}
	}
	return dst
}
