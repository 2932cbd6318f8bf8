package topic

import (
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/slugline/slugline/internal/words"
)

// apart is a word in a script without spaces between words that must stand in a text
// elsewhere than in longer words that mean something else: 京都, but not 東京都.
type apart struct {
	word   string
	longer []string
}

// newApart returns nil for a term without a longer word in the list.
func newApart(t term) *apart {
	if t.prefix || t.exact {
		return nil
	}
	w := foldSpelling(t.text, "")
	longer := longerWords()[w]
	if longer == nil {
		return nil
	}
	return &apart{w, longer}
}

func (a *apart) isIn(part, lang string) bool {
	s := foldSpelling(part, lang)
	for at := 0; ; {
		i := strings.Index(s[at:], a.word)
		if i < 0 {
			return false
		}
		at += i
		if !a.isWithin(s, at) {
			return true
		}
		_, size := utf8.DecodeRuneInString(a.word)
		at += size
	}
}

// isWithin reports whether the word that begins at i is part of a longer one.
func (a *apart) isWithin(s string, i int) bool {
	return slices.ContainsFunc(a.longer, func(longer string) bool {
		before, _, _ := strings.Cut(longer, a.word)
		from := i - len(before)
		return from >= 0 && strings.HasPrefix(s[from:], longer)
	})
}

func foldSpelling(s, lang string) string { return words.Fold(words.Spelling(s, lang)) }

// longerWords are the lines of own/longer.txt, by their first word.
var longerWords = sync.OnceValue(func() map[string][]string {
	b, err := own.ReadFile("own/longer.txt")
	if err != nil {
		panic(err) // the file is part of the program
	}
	out := map[string][]string{}
	for line := range strings.Lines(string(b)) {
		line, _, _ = strings.Cut(line, "#")
		if ws := strings.Fields(foldSpelling(line, "")); len(ws) > 1 {
			out[ws[0]] = append(out[ws[0]], ws[1:]...)
		}
	}
	return out
})
