package story

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/slugline/slugline/internal/words"
)

// dense compares two headlines of a script without spaces where pairs of characters say
// too little: what stands at the edges of words, and in what order lists name things.
type dense struct {
	alignment
	pieces []string // of b
}

// denseConflict tells whether two headlines of a script without spaces, which are alike by
// their pairs of characters, differ in a word at an edge, or in a character before a word
// that makes it another one: 警察 and 假警察. text is the text of b.
func denseConflict(a, b []token, text string) conflict {
	d := dense{}
	d.align(a, b)
	if !d.anyToken(func(t token) bool { return t.kind == bigram }) || d.shared == min(len(a), len(b)) && len(a) == len(b) {
		return noConflict
	}
	d.pieces = pieces(headlineWords(nil, text), nil)
	if len(d.pieces) != len(b) {
		return noConflict // another version of the code made b
	}
	last, only := -1, []int(nil) // the last shared token of b, and those that only a has since then
	for i := 0; i <= len(a); i++ {
		j := len(b)
		if i < len(a) {
			j = int(d.inB[i])
		}
		if j < 0 {
			only = append(only, i)
			continue
		}
		if j <= last {
			continue
		}
		if d.replaces(only, last, j) {
			return wordReplaced
		}
		last, only = j, only[:0]
	}
	return noConflict
}

// replaces tells whether the tokens that only a has, and those of b between two shared
// tokens, are not just one more character that says little.
func (d *dense) replaces(only []int, from, to int) bool {
	n := d.countUnmatched(from+1, to)
	switch {
	case len(only)+n == 3 && min(len(only), n) == 1:
		single := d.b[from+1]
		if len(only) == 1 {
			single = d.a[only[0]]
		}
		return single.kind == number || !d.isJoined(from) && !d.isNumber(from) || !d.isJoined(to-1) || d.insertsInside(only, from, to)
	case n == 1 && len(only) == 0:
		return d.qualifiesInB(from+1, to)
	case n == 0 && len(only) == 1 && to < len(d.pieces):
		return d.qualifiesInA(d.a[only[0]].root, from, to)
	}
	return false
}

// isJoined tells whether the last character of a piece of b is the first one of the next.
func (d *dense) isJoined(i int) bool {
	return i >= 0 && i+1 < len(d.pieces) && lastChar(d.pieces[i]) == firstChar(d.pieces[i+1])
}

// isNumber tells whether a piece of b is a number or a word behind one, to which a run may
// be written on.
func (d *dense) isNumber(i int) bool { return i >= 0 && !words.Unspaced(d.pieces[i]) }

// insertsInside tells whether the one more character is one that makes another word.
func (d *dense) insertsInside(only []int, from, to int) bool {
	if len(only) == 1 { // b has it
		return strings.Contains(lex().qualifyingChars, lastChar(d.pieces[from+1]))
	}
	x, y := firstChar(d.pieces[from+1]), lastChar(d.pieces[from+1])
	return d.anyQualifying(func(c string) bool {
		return d.a[only[0]].root == rootOf(x+c) && d.a[only[1]].root == rootOf(c+y)
	})
}

// qualifiesInB tells whether the piece of b at k puts such a character before the run that
// goes on with the next piece, or is one that stands alone: 전 장관.
func (d *dense) qualifiesInB(k, to int) bool {
	first := firstChar(d.pieces[k])
	return k+1 == to && (d.isJoined(k) && !d.isJoined(k-1) || first == d.pieces[k]) && strings.Contains(lex().qualifyingChars, first)
}

// qualifiesInA is qualifiesInB for a token of a before the piece of b at to.
func (d *dense) qualifiesInA(root uint32, from, to int) bool {
	if d.isJoined(to - 1) {
		return false
	}
	return d.anyQualifying(func(c string) bool { return root == rootOf(c+firstChar(d.pieces[to])) || root == rootOf(c) })
}

func (d *dense) anyQualifying(f func(c string) bool) bool {
	for _, r := range lex().qualifyingChars {
		if f(string(r)) {
			return true
		}
	}
	return false
}

func firstChar(s string) string {
	_, size := utf8.DecodeRuneInString(s)
	return s[:size]
}

func lastChar(s string) string {
	_, size := utf8.DecodeLastRuneInString(s)
	return s[len(s)-size:]
}

// listSigns stand between the names of a list in scripts without spaces. A comma of
// Japanese may also stand behind who does something, so it counts in Chinese only.
var listSigns = [...]string{"和", "与", "及", "と", "や", "及び", "以及", "와", "과", "및", "·", "・", "、"}

const (
	maxListed    = 10  // characters of a name in such a list
	maxListSigns = 4   // signs of one kind at which names are looked for
	maxListText  = 300 // bytes of a headline with a list: what is behind is in no token
)

// isSwappedList tells whether two headlines are the same but for two names of a list that
// changed places: 中国与日本 and 日本与中国. text is the text of b.
func isSwappedList(a, b []token, text string) bool {
	if len(a) != len(b) || len(text) > maxListText || !slices.ContainsFunc(b, func(t token) bool { return t.kind == bigram }) {
		return false
	}
	var m alignment
	if m.align(a, b); m.shared < minListed || len(a)-m.shared > maxJoints {
		return false
	}
	for _, sign := range listSigns {
		if sign == "、" && hasKana(text) {
			continue
		}
		if swapsAtSign(a, text, sign) {
			return true
		}
	}
	return false
}

// swapsAtSign tells whether names changed places around one of the first such signs.
func swapsAtSign(a []token, text, sign string) bool {
	at := 0
	for range maxListSigns {
		i := strings.Index(text[at:], sign)
		if i < 0 {
			return false
		}
		i += at
		at = i + len(sign)
		from, to := len(strings.TrimSuffix(text[:i], " ")), len(text)-len(strings.TrimPrefix(text[at:], " "))
		if swapsAround(a, text, from, to) {
			return true
		}
	}
	return false
}

const (
	minListed = 4 // tokens that two headlines with a list share
	maxJoints = 6 // pairs of characters that are others where names of a list change places
)

func hasKana(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r >= 0x3041 && r <= 0x30fa })
}

// swapsAround tells whether text has the tokens of a when the names before from and behind
// to change places.
func swapsAround(a []token, text string, from, to int) bool {
	starts, ends := charsBefore(text, from), charsBehind(text, to)
	for _, x := range starts {
		for _, y := range ends {
			swapped := text[:x] + text[to:y] + text[from:to] + text[x:from] + text[y:]
			if firstRootIs(a, swapped) && hasTokens(a, swapped) {
				return true
			}
		}
	}
	return false
}

// charsBefore returns where a name that ends at end may begin.
func charsBefore(text string, end int) (starts []int) {
	for i := end; i > 0 && len(starts) < maxListed; {
		r, size := utf8.DecodeLastRuneInString(text[:i])
		if isListEdge(r) {
			break
		}
		i -= size
		starts = append(starts, i)
	}
	return starts
}

// charsBehind returns where a name that begins at start may end.
func charsBehind(text string, start int) (ends []int) {
	for i := start; i < len(text) && len(ends) < maxListed; {
		r, size := utf8.DecodeRuneInString(text[i:])
		if isListEdge(r) {
			break
		}
		i += size
		ends = append(ends, i)
	}
	return ends
}

func isListEdge(r rune) bool { return strings.ContainsRune(" ,.!?\"'()[]、。・·", r) }

// firstRootIs is a fast test whether text may have the tokens of a.
func firstRootIs(a []token, text string) bool {
	_, size := utf8.DecodeRuneInString(text)
	_, next := utf8.DecodeRuneInString(text[size:])
	return a[0].kind != bigram || a[0].root == rootOf(text[:size+next])
}

func hasTokens(a []token, text string) bool {
	l := lex()
	p := pieces(headlineWords(nil, text), nil)
	if len(p) != len(a) {
		return false
	}
	for i, w := range p {
		if l.token(w).root != a[i].root {
			return false
		}
	}
	return true
}
