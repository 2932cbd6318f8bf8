// Package embargo reads from a headline and a summary whether a text must not be
// published yet, and until when.
//
// A sign is a tag of the trade at the head of a text, in brackets, or at the end of a
// headline: "EMBARGO:", "Sperrfrist 18.00 Uhr -", "(not for publication before 6pm
// GMT)". News about an embargo is no sign: "EU lifts arms embargo", "Embargo on oil".
// In doubt a tag is a sign: what waits can be released, and what is out can't be called
// back. A tag in capitals needs no mark behind it where the headline is not all in
// capitals: "EMBARGO Minister to resign". What a time leaves open is read as the latest
// that it can mean: a time without a zone ends where it comes last. The package is pure.
//
//	embargo.go  finds signs
//	unmarked.go finds those that nothing separates from the headline
//	without.go  removes them
//	phrases.go  the words of the signs
//	clock.go    reads the time that a sign names
//	until.go    decides when that is
//	names.go    the words of times
package embargo

import (
	"strings"
	"time"
	"unicode"
)

// Sign is what a text says about when it may be published.
type Sign struct {
	Text  string    // its words
	Until time.Time // UTC; zero: it names no time that can be read
	Open  bool      // the time leaves something open; Until is the latest that it can be
}

const (
	maxHeadline = 400 // characters that are read of a headline
	maxSummary  = 300 // characters that are read of a summary
	maxTag      = 80  // characters of a sign
)

// Read returns the sign that a text bears. at is when it was published, or seen.
func Read(headline, summary, language string, at time.Time) (Sign, bool) {
	for _, t := range []*text{newText(headline, maxHeadline), newText(summary, maxSummary)} {
		if !t.mayHaveSign() {
			continue
		}
		c := &clock{language: language, at: at}
		for _, from := range t.heads() {
			if end := t.sign(from, c); end > 0 {
				return Sign{Text: t.words(from, end), Until: c.until(), Open: c.isOpen()}, true
			}
			c = &clock{language: language, at: at}
		}
	}
	return Sign{}, false
}

// text is a text with its characters folded one by one, so that places in both are the
// same.
type text struct {
	original, folded []rune
	upper            bool // it has no small letters
}

func newText(s string, limit int) *text {
	n := min(len(s), limit)
	t := &text{original: make([]rune, 0, n), folded: make([]rune, 0, n), upper: true}
	for _, r := range s {
		if len(t.original) == limit {
			break
		}
		if isSkipped(r) {
			continue
		}
		t.original, t.folded = append(t.original, r), append(t.folded, fold(r))
		if t.upper && unicode.IsLower(r) {
			t.upper = false
		}
	}
	return t
}

// isSkipped tells whether a character is a mark of direction, a vowel sign or a line that
// stretches a word.
func isSkipped(r rune) bool { return r >= 0x80 && (unicode.In(r, unicode.Cf, unicode.Mn) || r == 'ـ') }

// fold makes characters alike that stand for the same.
func fold(r rune) rune {
	switch {
	case r >= 'a' && r <= 'z':
		return r
	case r >= 'A' && r <= 'Z':
		return r - 'A' + 'a'
	case unicode.IsSpace(r):
		return ' '
	case r < 0x80:
		return r
	case r >= '٠' && r <= '٩':
		return r - '٠' + '0'
	case r >= '۰' && r <= '۹':
		return r - '۰' + '0'
	case r >= '！' && r <= '～':
		return unicode.ToLower(r - '！' + '!')
	}
	if to, ok := alike[r]; ok {
		return to
	}
	return unicode.ToLower(r)
}

var alike = map[rune]rune{
	'’': '\'', '‘': '\'', 'ʼ': '\'', '–': '-', '—': '-', '−': '-', '‐': '-', '‑': '-', '¦': '|', '│': '|', '：': ':',
	'أ': 'ا', 'إ': 'ا', 'آ': 'ا', 'ى': 'ي', 'ی': 'ي', 'ک': 'ك', 'İ': 'i', '【': '[', '】': ']', '［': '[', '］': ']', '（': '(', '）': ')', '〔': '[', '〕': ']',
}

// mayHaveSign tells whether the text has a part of a sign's words: most have none.
func (t *text) mayHaveSign() bool {
	s := string(t.folded)
	for _, stem := range stems {
		if strings.Contains(s, stem) {
			return true
		}
	}
	return false
}

func (t *text) words(from, to int) string {
	return strings.TrimSpace(strings.Trim(strings.TrimSpace(string(t.original[from:to])), ":|-–—*/[]()+"))
}

// heads returns where a sign may begin: at the head, after an opening bracket, after a
// dash or bar, and where a sentence begins.
func (t *text) heads() []int {
	var all []int
	begins := true
	for i, r := range t.folded {
		switch {
		case strings.ContainsRune("[({<*#+!|:;", r), r == '.' && i+1 < len(t.folded) && t.folded[i+1] == ' ':
			begins = true
		case r == '-' && i > 0 && t.folded[i-1] == ' ':
			begins = true
		case r == ' ' || strings.ContainsRune(`"'«“„`, r):
		default:
			if begins {
				all = append(all, i)
			}
			begins = false
		}
	}
	return all
}

// sign returns where the sign ends that begins at a place, 0 when none does. c reads its
// time.
func (t *text) sign(from int, c *clock) int {
	bracket := from > 0 && strings.ContainsRune("[({<", t.folded[from-1])
	p, at := t.phrase(phrases, from)
	if p == nil {
		return t.signBehind(from, bracket, c)
	}
	tag := bracket || (t.isCapital(from, at) || p.caseless || p.anyCase) && t.isMarked(from)
	end := t.skip(at, " :,-")
	until := t.wordOf(untilWords, end)
	timeFrom := max(end, until, t.wordOf(timeLeads, end))
	timeEnd := c.read(string(t.folded[timeFrom:]), timeFrom)
	capital := t.isCapital(from, at)
	switch {
	case timeEnd > 0 && t.ends(timeEnd, bracket):
		return timeEnd
	case p.needsTime:
		return 0
	}
	if end := t.unmarkedTime(p, from, at, timeEnd, c); end > 0 {
		return end
	}
	c.clear()
	switch {
	case until > 0 && (tag || p.participle):
		end = t.endOfTag(until, bracket)
	case tag && (!p.needsUntil || !p.recall && !t.upper && capital) && t.ends(at, bracket) && (at < len(t.folded) || from != t.first()):
		return at
	default:
		end = 0
	}
	if end == 0 && !bracket {
		end = t.unmarked(p, from, at)
	}
	return end
}

// signBehind returns where the sign ends that follows a time at a place, 0 when none does.
func (t *text) signBehind(from int, bracket bool, c *clock) int {
	if !unicode.IsDigit(t.folded[from]) && t.wordOf(beforeTimes, from) == 0 {
		return 0
	}
	end := c.read(string(t.folded[from:min(from+maxTag, len(t.folded))]), from)
	if end == 0 || !c.hasTime && !bracket {
		return 0
	}
	end = t.skip(end, " '")
	end = t.skip(max(end, t.wordOf(timeEnds, end)), " ")
	p, at := t.phrase(behind, end)
	if p == nil || p.bracketed && !(bracket && c.hasTime) || !t.ends(at, bracket) {
		return 0
	}
	return at
}

// isMarked tells whether a word stands at the head of the text, or behind a mark that
// sets it apart.
func (t *text) isMarked(from int) bool {
	before := strings.TrimRight(string(t.folded[:from]), ` "'«“„`)
	return from == t.first() || before != "" && strings.ContainsAny(before[len(before)-1:], "*#+|!") || !t.upper && strings.HasSuffix(before, "-")
}

// first returns where the text's first word begins.
func (t *text) first() int {
	if all := t.heads(); len(all) > 0 {
		return all[0]
	}
	return 0
}

// phrase returns the longest of some phrases at a place, and where it ends.
func (t *text) phrase(phrases []phrase, from int) (found *phrase, end int) {
	rest := string(t.folded[from:min(from+maxTag, len(t.folded))])
	for i := range phrases {
		p := &phrases[i]
		if n := len([]rune(p.text)); from+n > end && strings.HasPrefix(rest, p.text) && t.isBoundary(from+n) {
			found, end = p, from+n
		}
	}
	return found, end
}

func (t *text) isBoundary(i int) bool {
	return i >= len(t.folded) || !unicode.IsLetter(t.folded[i]) || isIdeograph(t.folded[i-1])
}

func isIdeograph(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana)
}

// isCapital tells whether a part has capitals and no small letters.
func (t *text) isCapital(from, to int) bool {
	capital := false
	for _, r := range t.original[from:to] {
		if unicode.IsLower(r) {
			return false
		}
		capital = capital || unicode.IsUpper(r)
	}
	return capital
}

func (t *text) skip(i int, set string) int {
	for i < len(t.folded) && strings.ContainsRune(set, t.folded[i]) {
		i++
	}
	return i
}

// wordOf returns where one of the words ends that begins at a place, 0 when none does.
func (t *text) wordOf(words []string, i int) int {
	rest, end := string(t.folded[i:min(i+maxTag, len(t.folded))]), 0
	for _, w := range words {
		if n := i + len([]rune(w)); n > end && strings.HasPrefix(rest, w) && (t.isBoundary(n) || strings.HasSuffix(w, "'")) {
			end = n
		}
	}
	return end
}

// ends tells whether a tag ends at a place: with its bracket, a mark that separates it
// from what follows, or the text.
func (t *text) ends(i int, bracket bool) bool {
	j := t.skip(i, ` '"`)
	switch {
	case j >= len(t.folded):
		return true
	case t.folded[j] == '/' && j+1 < len(t.folded) && unicode.IsDigit(t.folded[j+1]):
		return false // another time follows
	case bracket:
		return strings.ContainsRune("])}>:-|*/+!", t.folded[j])
	case strings.ContainsRune(":|*/+]\n)!", t.folded[j]):
		return true
	case t.folded[j] == '-':
		return j > i || j+1 < len(t.folded) && t.folded[j+1] == ' '
	}
	return t.folded[j] == '.' && (j+1 == len(t.folded) || t.folded[j+1] == ' ')
}

// endOfTag returns where a tag ends that names no time we can read; 0 when nothing nearby
// separates it from what follows.
func (t *text) endOfTag(from int, bracket bool) int {
	for i := from + 1; i < min(from+maxTag, len(t.folded)); i++ {
		if t.ends(i, bracket) && t.skip(i, ` '"`) < len(t.folded) {
			return i
		}
	}
	return 0
}
