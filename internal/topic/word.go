package topic

import (
	"sync/atomic"

	"github.com/slugline/slugline/internal/words"
)

// word is a folded word of a query, with its stem in each language asked for so far.
type word struct {
	text  string
	stems atomic.Pointer[[]langStem]
}

type langStem struct{ lang, stem string }

// maxStems bounds how many stems one word caches; feeds may name any language.
const maxStems = 64

func newWord(folded string) *word { return &word{text: folded} }

// match reports whether the word finds a word of a text in lang, and how: form is the
// word itself when both are equal, and what they have in common otherwise.
func (w *word) match(got words.Word, lang string) (form string, ok bool) {
	switch {
	case got.Text == "":
		return "", false
	case got.Text == w.text:
		return w.text, true
	}
	stem := w.stem(lang)
	return stem, got.Stem == stem
}

func (w *word) stem(lang string) string {
	var known []langStem
	if p := w.stems.Load(); p != nil {
		known = *p
	}
	for i := range known {
		if known[i].lang == lang {
			return known[i].stem
		}
	}
	s := words.Stem(w.text, lang)
	if len(known) < maxStems {
		grown := append(known[:len(known):len(known)], langStem{lang, s})
		w.stems.Store(&grown) // if two goroutines store at once, one stem is computed again later
	}
	return s
}
