package story

import (
	"math/bits"
	"strings"
	"unicode/utf8"

	"github.com/slugline/slugline/internal/words"
)

// stageLists returns the lists of stages by which a headline is read: that of its
// language. A feed that names no language, or English where most software does, may have
// another one: then the common words of the headline tell it. It is 0 for a language
// without a list.
func (s *stageLexicon) stageLists(w []string, language string) langs {
	place := stageLanguage(language)
	if place < 0 {
		return 0
	}
	named := langs(1) << place
	if place > placeOfEnglish || !areLatin(w) {
		return named
	}
	likely, words := s.likely(w)
	switch {
	case words >= 2 && likely&english == 0:
		return 1 | named | likely // 1: what is clear in any language counts too
	case place == 0 && words < 2:
		return 1 | english | likely
	case place == 0:
		return 1 | likely
	}
	return named
}

const (
	placeOfEnglish       = 1 // in stageLanguages
	placeOfTurkish       = 7
	placeOfDutch         = 16
	english        langs = 1 << placeOfEnglish
)

// areLatin tells whether the first word begins with a Latin letter, or another character
// of ASCII.
func areLatin(w []string) bool {
	return len(w) > 0 && (w[0][0] < utf8.RuneSelf || isLatin(w[0]))
}

// likely returns the languages to which most common words of a headline belong, and how
// many words these are.
func (s *stageLexicon) likely(w []string) (langs, int) {
	var count [len(stageLanguages)]int
	for _, word := range w[:min(len(w), maxTokens)] {
		if s.shapes[word[0]]>>len(word)&1 == 0 {
			continue
		}
		for of := s.common[word]; of != 0; of &= of - 1 {
			count[bits.TrailingZeros32(uint32(of))]++
		}
	}
	most, out := 0, langs(0)
	for place, n := range count {
		if n > most {
			most, out = n, 0
		}
		if n == most && n > 0 {
			out |= 1 << place
		}
	}
	return out, most
}

// commonWords reads the common words of each language.
func (r *lexiconReader) commonWords(name string) map[string]langs {
	out := map[string]langs{}
	for _, l := range r.file(name) {
		code, list, _ := strings.Cut(l.text, ":")
		place := stageLanguage(code)
		if place <= 0 || stageLanguages[place].script != "latin" {
			r.fail(l, "want a language of Latin letters that has a list of stages, and a colon")
			continue
		}
		for word := range strings.FieldsSeq(list) {
			key := words.Key(word)
			if out[key]&(1<<place) != 0 {
				r.fail(l, "%s is listed twice", word)
			}
			out[key] |= 1 << place
		}
	}
	return out
}

// dutchPrepositions are those that are other words in English, and what they mean.
var dutchPrepositions = map[string]string{"van": "of", "met": "with", "door": "by", "na": "after", "op": "on"}

// readDutch gives the prepositions among the tokens of the last headline, a Dutch one,
// their sense.
func (f *Fold) readDutch(tokens []token) {
	changed := false
	for i, w := range f.pieceBuf {
		if meaning := dutchPrepositions[w]; meaning != "" {
			tokens[i], changed = lex().token(meaning), true
		}
	}
	if changed {
		f.df.weigh(tokens)
	}
}
