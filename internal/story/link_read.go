package story

import (
	"errors"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/slugline/slugline/internal/words"
)

// happenings are what headlines can tell of, as happenings.txt lists it.
type happenings struct {
	whole, stems   map[string][]happeningPattern // by the first word, or its beginning
	kinds, figures conceptSet
	longestStem    int // in bytes
	longestRun     int // characters of the longest word in a script without spaces
}

// happeningPattern is a word or phrase of a concept, behind its first word. A word that
// ends in * is a beginning.
type happeningPattern struct {
	concept concept
	rest    []string
}

// happeningLists returns happenings.txt. The first call reads it.
var happeningLists = sync.OnceValue(func() *happenings {
	h, err := readHappenings(&lexiconReader{fsys: lexiconFiles, checked: true})
	if err != nil {
		panic(err)
	}
	return h
})

// readHappenings reads happenings.txt. The error has a line for each mistake.
func readHappenings(r *lexiconReader) (*happenings, error) {
	h := &happenings{whole: map[string][]happeningPattern{}, stems: map[string][]happeningPattern{}}
	var section string
	next := concept(0)
	for _, l := range r.file("happenings") {
		if head, ok := strings.CutPrefix(l.text, "["); ok {
			section = strings.TrimSuffix(head, "]")
			continue
		}
		if int(next) == len(conceptSet{})*64 {
			r.fail(l, "there are too many groups")
			break
		}
		switch section {
		case "kinds":
			h.kinds.add(next)
		case "figures":
			h.figures.add(next)
		case "things":
		default:
			r.fail(l, "there is no section %s", section)
		}
		for phrase := range strings.SplitSeq(l.text, ", ") {
			if !h.add(next, phrase) {
				r.fail(l, "%q holds no word", phrase)
			}
		}
		next++
	}
	return h, errors.Join(r.errs...)
}

// add adds a phrase of a concept, unless it has no word.
func (h *happenings) add(c concept, phrase string) bool {
	var pattern []string
	for w := range strings.FieldsSeq(phrase) {
		keys := strings.Fields(words.Key(w))
		for i, key := range keys {
			if key = withoutArticle(key); i == len(keys)-1 && strings.HasSuffix(w, "*") {
				key += "*"
			}
			pattern = append(pattern, key)
		}
	}
	if len(pattern) == 0 {
		return false
	}
	p := happeningPattern{c, pattern[1:]}
	stem, ok := strings.CutSuffix(pattern[0], "*")
	switch {
	case isUnspaced(stem):
		h.longestRun = max(h.longestRun, utf8.RuneCountInString(stem))
		h.whole[stem] = append(h.whole[stem], p)
	case ok:
		h.longestStem = max(h.longestStem, len(stem))
		h.stems[stem] = append(h.stems[stem], p)
	default:
		h.whole[stem] = append(h.whole[stem], p)
	}
	return true
}
