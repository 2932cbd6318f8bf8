package topic

import (
	"slices"
	"strings"
	"sync/atomic"
)

// word is a folded word of a query, with its forms in each language asked for so far.
type word struct {
	text    string
	letters script // what it begins with
	known   atomic.Pointer[[]*forms]
}

// maxLanguages bounds for how many languages one word keeps its forms; feeds may name
// any language.
const maxLanguages = 64

func newWord(folded string) *word { return &word{text: folded, letters: scriptOf(folded)} }

// forms returns the forms of the word in a language.
func (w *word) forms(lang string) *forms {
	var known []*forms
	if p := w.known.Load(); p != nil {
		known = *p
	}
	for _, f := range known {
		if f.lang == lang {
			return f
		}
	}
	f := formsOf(w.text, lang)
	if len(known) < maxLanguages {
		grown := append(known[:len(known):len(known)], f)
		w.known.Store(&grown) // if two goroutines store at once, one is made again later
	}
	return f
}

// finding says how a word of a query finds a word of a text.
type finding uint8

const (
	not   finding = iota
	maybe         // it depends on how the word was written before it was folded
	surely
)

// find reports whether the word finds a folded word of a text in lang as one of its
// forms, its stem aside.
func (w *word) find(got, lang string) finding {
	f := w.forms(lang)
	if f.prefixed {
		found := f.find(got)
		for _, r := range appendRests(nil, got, lang) {
			if r.text == w.text {
				return surely
			}
			found = max(found, f.find(r.text))
		}
		return found
	}
	if found := f.find(got); found != not || !isTurkic(lang) {
		return found
	}
	if rest, ok := strings.CutPrefix(got, w.text); ok && len(rest) <= maxJoined {
		return maybe
	}
	return not
}

// maxJoined is the length of the longest ending that is joined to the word before its
// apostrophe; see words.Tokens.
const maxJoined = 2

func (f *forms) find(s string) (found finding) {
	for i := range f.patterns {
		switch p := &f.patterns[i]; {
		case !p.matches(s):
		case p.suffix != "" && s == p.base+p.suffix:
			found = max(found, maybe)
		default:
			return surely
		}
	}
	return found
}

// beginnings returns with what the words begin that the word may find by its patterns.
// None of them begins with another.
func (w *word) beginnings(lang string) []string {
	f := w.forms(lang)
	var all []string
	if f.prefixed {
		all = appendPrefixed(all, w.text)
	}
	for _, p := range f.patterns {
		all = append(all, p.base)
		if f.prefixed {
			all = appendPrefixed(all, p.base)
		}
	}
	slices.Sort(all)
	return slices.CompactFunc(all, func(a, b string) bool { return strings.HasPrefix(b, a) })
}

// script is a set of scripts, as far as the first byte of a word tells them.
type script uint8

// scriptOf returns the script that a word begins with. All forms of a word begin with
// the same one.
func scriptOf(word string) script {
	if word == "" {
		return 0
	}
	switch c := word[0]; {
	case c < 0x80:
		return 1 // Latin without accents, and digits
	case c >= 0xd0 && c <= 0xd3:
		return 2 // Cyrillic
	case c >= 0xd6 && c <= 0xdb:
		return 4 // Hebrew and Arabic
	}
	return 8
}
