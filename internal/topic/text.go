package topic

import (
	"slices"
	"strings"

	"github.com/slugline/slugline/internal/words"
)

// text is a run of words that can be searched.
type text struct {
	lang  string
	words []words.Word // with an empty one after each part, so that no phrase spans two
	texts []string     // the folded words, sorted
	stems []string     // sorted
}

func newText(lang string, parts ...string) *text {
	t := &text{lang: lang}
	for _, p := range parts {
		t.words = append(append(t.words, words.Words(p, lang)...), words.Word{})
	}
	for _, w := range t.words {
		if w.Text != "" {
			t.texts = append(t.texts, w.Text)
			t.stems = append(t.stems, w.Stem)
		}
	}
	slices.Sort(t.texts)
	slices.Sort(t.stems)
	return t
}

// hasWord reports whether the text has the word, or one with the same stem.
func (t *text) hasWord(w *word) bool {
	if _, ok := slices.BinarySearch(t.texts, w.text); ok {
		return true
	}
	_, ok := slices.BinarySearch(t.stems, w.stem(t.lang))
	return ok
}

// hasPrefix reports whether a word of the text begins with prefix.
func (t *text) hasPrefix(prefix string) bool {
	i, _ := slices.BinarySearch(t.texts, prefix)
	return i < len(t.texts) && strings.HasPrefix(t.texts[i], prefix)
}

// hasPhrase reports whether the words follow each other in the text. With prefix, the
// last one may be the beginning of a word.
func (t *text) hasPhrase(ws []*word, prefix bool) bool {
	for i := 0; i+len(ws) <= len(t.words); i++ {
		if t.phraseAt(i, ws, prefix) {
			return true
		}
	}
	return false
}

func (t *text) phraseAt(i int, ws []*word, prefix bool) bool {
	for k, w := range ws {
		got := t.words[i+k]
		if prefix && k == len(ws)-1 {
			if !strings.HasPrefix(got.Text, w.text) {
				return false
			}
		} else if _, ok := w.match(got, t.lang); !ok {
			return false
		}
	}
	return true
}

// contains reports whether s is within a word of the text.
func (t *text) contains(s string) bool {
	return slices.ContainsFunc(t.texts, func(w string) bool { return strings.Contains(w, s) })
}
