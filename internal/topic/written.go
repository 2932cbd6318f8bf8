package topic

import (
	"html"
	"iter"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/slugline/slugline/internal/words"
)

// written is what a term asks of a text beyond its folded words: how it is written.
type written struct {
	exact    *exact
	signs    *signs
	apart    *apart
	capitals []capital
}

// newWritten returns what a term asks of the writing of a text, nil when it asks for
// nothing. The capitals of names say nothing.
func newWritten(t term, names bool) *written {
	w := &written{signs: newSigns(t), apart: newApart(t)}
	if t.exact {
		w.exact = newExact(t.text)
	} else if !t.prefix && !names {
		w.capitals = newCapitals(t.text)
	}
	if w.exact == nil && w.signs == nil && w.apart == nil && w.capitals == nil {
		return nil
	}
	return w
}

// isIn reports whether a text is written as the term asks.
func (w *written) isIn(t *text) bool {
	for _, c := range w.capitals {
		if !c.isIn(t) {
			return false
		}
	}
	return slices.ContainsFunc(t.parts, func(part string) bool {
		return (w.exact == nil || w.exact.isIn(part)) && (w.signs == nil || w.signs.isIn(part)) && (w.apart == nil || w.apart.isIn(part, t.lang))
	})
}

// exact is a text that must stand in another as it is written. Only what no reader sees
// may differ: forms of quotes, dashes and spaces, and how accents are encoded.
type exact struct {
	text    string
	anyCase bool // the text has no capitals, and finds all
}

func newExact(s string) *exact {
	e := &exact{text: plain(s)}
	e.anyCase = strings.IndexFunc(e.text, unicode.IsUpper) < 0
	return e
}

func (e *exact) isIn(part string) bool {
	s, want := plain(part), e.text
	if e.anyCase || isAllCapitals(s) {
		s, want = strings.ToLower(s), strings.ToLower(want)
	}
	for from := 0; from < len(s); {
		i := strings.Index(s[from:], want)
		if i < 0 {
			return false
		}
		i += from
		if endsWord(s, i) && beginsWord(s, i+len(want)) {
			return true
		}
		_, size := utf8.DecodeRuneInString(s[i:])
		from = i + size
	}
	return false
}

// endsWord reports whether an exact text may begin at i: no word goes on there, and no
// name such as .NET or #climate began before it.
func endsWord(s string, i int) bool {
	before, size := utf8.DecodeLastRuneInString(s[:i])
	first, _ := utf8.DecodeRuneInString(s[i:])
	switch {
	case i == 0:
		return true
	case isWordRune(before) && isWordRune(first):
		return unspaced(before) || unspaced(first)
	case before == '#' || before == '@':
		return false
	case before == '.' || before == ',':
		outer, _ := utf8.DecodeLastRuneInString(s[:i-size])
		return !isWordRune(first) || !(isWordRune(outer) || before == '.' && unicode.IsUpper(first) && (outer == ' ' || i == size))
	}
	return true
}

// beginsWord reports whether an exact text may end at i: no word goes on there, and no
// name such as C++ or Node.js.
func beginsWord(s string, i int) bool {
	last, _ := utf8.DecodeLastRuneInString(s[:i])
	after, size := utf8.DecodeRuneInString(s[i:])
	switch {
	case i == len(s):
		return true
	case isWordRune(after) && (isWordRune(last) || last == '+' || last == '#'):
		return unspaced(after) || unspaced(last)
	case after == '+' || after == '#':
		return false
	case after == '.' || after == ',':
		next, _ := utf8.DecodeRuneInString(s[i+size:])
		return !isWordRune(last) || !isWordRune(next) || after == ',' && !unicode.IsDigit(next)
	}
	return true
}

// unspaced reports whether r is of a script without spaces between words.
func unspaced(r rune) bool { return r >= utf8.RuneSelf && Paired(r) }

// capital is a word that was written in capitals in a query and is also an ordinary word
// of some languages.
type capital struct {
	word string // without the points of initials
	in   map[string]ordinary
}

// newCapitals returns the words of a term that must be in capitals in a text.
func newCapitals(s string) (all []capital) {
	for run := range runs(norm.NFC.String(s)) {
		word := strings.ToUpper(run.letters)
		if utf8.RuneCountInString(word) < 2 || run.letters != word && !run.initials {
			continue
		}
		if in := ordinaryIn(words.Fold(word)); in != nil {
			all = append(all, capital{word, in})
		}
	}
	return all
}

func (c capital) isIn(t *text) bool {
	as, ok := c.in[t.lang]
	if !ok {
		return true
	}
	for _, part := range t.parts {
		if c.isWritten(part, as) {
			return true
		}
	}
	return false
}

// isWritten reports whether a part of a text has the word in capitals. In a part that is
// all in capitals, and for one capital in one whose words all have one, they say nothing.
func (c capital) isWritten(part string, as ordinary) bool {
	shouted := isAllCapitals(part)
	for run := range runs(part) {
		rest, ok := strings.CutPrefix(run.letters, c.word)
		switch {
		case ok && (rest == "" || len(rest) <= 6 && strings.ToLower(rest) == rest && strings.IndexFunc(rest, unicode.IsDigit) < 0):
			return true // ICEs and МИДа are forms of ICE and МИД
		case shouted && strings.ToUpper(run.letters) == c.word:
			return true
		case as == oneCapital && hasOneCapital(run.letters) && strings.ToUpper(run.letters) == c.word && !isTitleCase(part):
			return true
		}
	}
	return false
}

func hasOneCapital(s string) bool {
	r, size := utf8.DecodeRuneInString(s)
	return unicode.IsUpper(r) && strings.ToLower(s[size:]) == s[size:]
}

// isAllCapitals reports whether a text of more than one word has no small letter.
func isAllCapitals(s string) bool {
	n := 0
	for run := range runs(s) {
		if run.letters != strings.ToUpper(run.letters) {
			return false
		}
		n++
	}
	return n > 1
}

// isTitleCase reports whether all long words of a text begin with a capital, and there
// are several of them.
func isTitleCase(s string) bool {
	n := 0
	for run := range runs(s) {
		if utf8.RuneCountInString(run.letters) < 4 {
			continue
		}
		if r, _ := utf8.DecodeRuneInString(run.letters); !unicode.IsUpper(r) {
			return false
		}
		n++
	}
	return n > 2
}

// run is a run of letters and digits in a text.
type run struct {
	letters  string
	initials bool // it was written as U.S. or U.S
}

// runs returns the runs of letters and digits of a text. It joins initials.
func runs(s string) iter.Seq[run] {
	return func(yield func(run) bool) {
		for i := 0; i < len(s); {
			r, next := runAt(s, i)
			if r.letters != "" && !yield(r) {
				return
			}
			i = next
		}
	}
}

// runAt reads the run that begins at i, and returns where to look for the next.
func runAt(s string, i int) (run, int) {
	end := runEnd(s, i)
	if end == i {
		_, size := utf8.DecodeRuneInString(s[i:])
		return run{}, i + size
	}
	letters, at := s[i:end], end
	for n := 1; utf8.RuneCountInString(letters) == n && at < len(s) && s[at] == '.'; n++ {
		next := runEnd(s, at+1)
		if utf8.RuneCountInString(s[at+1:next]) != 1 {
			break
		}
		letters, at = letters+s[at+1:next], next
	}
	return run{letters, at > end}, at
}

// runEnd returns where the run of letters, digits and marks that begins at i ends.
func runEnd(s string, i int) int {
	for i < len(s) {
		r, size := utf8.DecodeRuneInString(s[i:])
		if !isWordRune(r) && !unicode.IsMark(r) {
			break
		}
		i += size
	}
	return i
}

// plain returns a text in NFC with one form of quotes, dashes and spaces, without
// invisible characters, and without the marks that Arabic and Hebrew may leave out.
func plain(s string) string {
	if strings.IndexByte(s, '&') >= 0 {
		s = html.UnescapeString(s)
	}
	var b strings.Builder
	space := true
	for _, r := range norm.NFC.String(s) {
		switch r = plainRune(r); {
		case r < 0:
		case r != ' ':
			b.WriteRune(r)
			space = false
		case !space:
			b.WriteByte(' ')
			space = true
		}
	}
	return strings.TrimSuffix(b.String(), " ")
}

// plainRune returns the usual form of a character, -1 for one that is left out.
func plainRune(r rune) rune {
	switch {
	case r < utf8.RuneSelf && r > ' ':
		return r
	case unicode.IsSpace(r):
		return ' '
	case r == 0x640, unicode.Is(unicode.Cf, r), isOptionalMark(r):
		return -1
	}
	if f := words.Fold(string(r)); f == `"` || f == "'" || f == "-" {
		return rune(f[0])
	}
	return r
}

// isOptionalMark reports whether r is a vowel point of Arabic or Hebrew.
func isOptionalMark(r rune) bool {
	return r >= 0x64b && r <= 0x65f && r != 0x653 && r != 0x654 && r != 0x655 || r == 0x670 || r >= 0x591 && r <= 0x5bd
}
