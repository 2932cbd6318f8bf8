package embargo

import (
	"strings"
	"unicode"
)

// unmarkedTime returns where a sign at the head of a text ends whose time nothing
// separates from what follows, 0 when it is none: with a time of day, or in capitals with
// a date. What follows must begin with a capital: "18:00 GMT the next day" is another time.
func (t *text) unmarkedTime(p *phrase, from, at, timeEnd int, c *clock) int {
	end := timeEnd - c.loose
	if timeEnd == 0 || from != t.first() || p.recall || !t.isSpace(end) || !t.beginsAt(end) {
		return 0
	}
	switch {
	case c.hasTime:
		c.elsewhere = c.elsewhere || c.zone == nil // "18 Uhr Moskauer Zeit"
		return end
	case c.hasDate() && !p.caseless && !t.upper && t.isCapital(from, at):
		c.vague = true // "Monday Evening"
		return end
	}
	return 0
}

// beginsAt tells whether a word with a capital follows.
func (t *text) beginsAt(i int) bool {
	i = t.skip(i, ` .,'"«“„…`)
	return i < len(t.folded) && unicode.IsUpper(t.original[i])
}

// unmarked returns where a tag in capitals ends at the head of a headline that is not all in
// capitals, 0 when there is none.
func (t *text) unmarked(p *phrase, from, at int) int {
	isTag := !t.upper && t.isCapital(from, at) || p.caseless && t.isIdeographic(at)
	if !isTag || from != t.first() || p.recall || !t.isSpace(at) || t.skip(at, " .,…") == len(t.folded) || t.isNews(at) {
		return 0
	}
	return at
}

// isSpace tells whether a space or a point sets a place apart from what follows.
func (t *text) isSpace(i int) bool {
	return i+1 < len(t.folded) && strings.ContainsRune(" .,…", t.folded[i])
}

// isIdeographic tells whether Chinese or Japanese text ends at a place: there a space is a mark.
func (t *text) isIdeographic(i int) bool {
	return unicode.In(t.folded[i-1], unicode.Han, unicode.Hiragana, unicode.Katakana)
}

// isNews tells whether what follows a tag in capitals says that it is none: "EMBARGO on oil",
// or more capitals up to a mark, "EMBARGO RUSSE : les prix". A short word up to a mark may be
// who speaks: "EMBARGO PM: I will go".
func (t *text) isNews(at int) bool {
	next := t.skip(at, " ")
	if end := t.wordOf(aboutWords, next); end > 0 && t.isSpace(end) && !t.isName(next, end) {
		return true
	}
	words, end := 0, next
	for next < len(t.folded) {
		i := next
		for i < len(t.folded) && unicode.IsLetter(t.folded[i]) {
			i++
		}
		if i == next || !t.isCapital(next, i) {
			break
		}
		words, end, next = words+1, i, t.skip(i, " ")
	}
	return words > 0 && (words > 1 || end-t.skip(at, " ") > 3) && (t.ends(end, false) || next < len(t.folded) && strings.ContainsRune("([?", t.folded[next]))
}

// isName tells whether a word begins with a capital and goes on in small letters: a headline
// begins with it. Of one letter is A in "A minister", not in "A CUBA".
func (t *text) isName(from, to int) bool {
	if !unicode.IsUpper(t.original[from]) {
		return false
	}
	if to-from == 1 {
		from = t.skip(to, " ")
	}
	return from+1 < len(t.original) && unicode.IsLower(t.original[from+1])
}
