package words

import (
	"unicode"
	"unicode/utf8"
)

// Tokens appends the words of a folded text to dst, unstemmed. A number is one token
// (1,000 is 1000, and 0,5 is 0.5), initials are joined (u.s. is us), the English 's is
// removed, and signs of money and per cent are tokens. A run of a script without spaces
// between words, such as Han or Thai, is one token: see Bigrams.
func Tokens(dst []string, folded string) []string {
	for i := 0; i < len(folded); {
		kind, size := kindAt(folded, i)
		switch kind {
		case gap:
			i += size
		case symbol:
			dst = append(dst, folded[i:i+size])
			i += size
		case number:
			var t string
			t, i = scanNumber(folded, i)
			dst = append(dst, t)
		case unspaced:
			end := runEnd(folded, i, unspaced)
			dst = append(dst, folded[i:end])
			i = end
		default:
			dst, i = scanWord(dst, folded, i)
		}
	}
	return dst
}

// kind is what a character is to Tokens.
type kind byte

const (
	gap      kind = iota // spaces and punctuation
	letter               // of a script that puts spaces between words
	unspaced             // of a script that puts none
	number               // begins a number
	symbol               // a token of its own: $ € %
)

func kindAt(s string, i int) (kind, int) {
	c := s[i]
	switch {
	case c >= 'a' && c <= 'z':
		return letter, 1
	case c >= '0' && c <= '9', c == '-' && isMinus(s, i):
		return number, 1
	case c == '%', c == '$':
		return symbol, 1
	case c < utf8.RuneSelf:
		return gap, 1
	}
	r, size := utf8.DecodeRuneInString(s[i:])
	return kindOf(r), size
}

func kindOf(r rune) kind {
	switch {
	case r >= 0x3040 && r <= 0x30ff || r >= 0x3400 && r <= 0x9fff || r >= 0xac00 && r <= 0xd7a3 || r == '々',
		r >= 0xe01 && r <= 0xeff && r != '฿', r >= 0x1000 && r <= 0x109f, r >= 0x1780 && r <= 0x17d3,
		r >= 0x20000 && r <= 0x3ffff, r >= 0x1100 && r <= 0x11ff:
		return unspaced
	case unicode.IsLetter(r), unicode.IsMark(r), unicode.IsNumber(r):
		return letter
	case unicode.Is(unicode.Sc, r):
		return symbol
	}
	return gap
}

// Unspaced reports whether a token is a run of a script without spaces between words.
func Unspaced(t string) bool {
	if t == "" || t[0] < utf8.RuneSelf {
		return false
	}
	r, _ := utf8.DecodeRuneInString(t)
	return kindOf(r) == unspaced
}

// bigrams appends each pair of neighbours in t, or t if it is one character.
func bigrams(dst []string, t string) []string {
	_, one := utf8.DecodeRuneInString(t)
	if one == len(t) {
		return append(dst, t)
	}
	for from, to := 0, one; to < len(t); {
		_, first := utf8.DecodeRuneInString(t[from:])
		_, second := utf8.DecodeRuneInString(t[to:])
		dst = append(dst, t[from:to+second])
		from, to = from+first, to+second
	}
	return dst
}

// Bigrams appends the tokens to dst. In place of a token that is Unspaced it appends each
// pair of neighbouring characters.
func Bigrams(dst, tokens []string) []string {
	for _, t := range tokens {
		if Unspaced(t) {
			dst = bigrams(dst, t)
		} else {
			dst = append(dst, t)
		}
	}
	return dst
}

// runEnd returns where the run of kind k that begins at i ends.
func runEnd(s string, i int, k kind) int {
	for i < len(s) {
		got, size := kindAt(s, i)
		if got != k {
			break
		}
		i += size
	}
	return i
}

// isMinus reports whether the dash at i is a minus: behind it is a digit, before it is a
// space, a parenthesis or nothing.
func isMinus(s string, i int) bool {
	return i+1 < len(s) && isDigit(s[i+1]) && (i == 0 || s[i-1] == ' ' || s[i-1] == '(')
}

// scanWord reads a word of letters and digits, with an apostrophe, the points of
// initials, or the signs of c++ and c#. It returns where it ends.
func scanWord(dst []string, s string, i int) ([]string, int) {
	end := lettersEnd(s, i)
	if t, next, ok := scanInitials(s, i, end); ok {
		return append(dst, t), next
	}
	if end < len(s) && s[end] == '\'' {
		return scanApostrophe(dst, s, i, end)
	}
	if end-i <= 2 && end < len(s) && (s[end] == '+' || s[end] == '#') {
		for end < len(s) && (s[end] == '+' || s[end] == '#') {
			end++
		}
	}
	return append(dst, s[i:end]), end
}

// lettersEnd returns where the run of letters and digits that begins at i ends.
func lettersEnd(s string, i int) int {
	for i < len(s) {
		if c := s[i]; c >= 'a' && c <= 'z' || isDigit(c) {
			i++ // the most frequent case
			continue
		}
		k, size := kindAt(s, i)
		if k != letter {
			break
		}
		i += size
	}
	return i
}

// scanInitials reads single letters with a point behind each, at least two of them.
func scanInitials(s string, i, end int) (string, int, bool) {
	if end != i+1 || end >= len(s) || s[end] != '.' {
		return "", 0, false
	}
	out, at := make([]byte, 0, 8), i
	for at+1 < len(s) && s[at] >= 'a' && s[at] <= 'z' && s[at+1] == '.' {
		out = append(out, s[at])
		at += 2
	}
	if at < len(s) && s[at] >= 'a' && s[at] <= 'z' && lettersEnd(s, at) == at+1 {
		out = append(out, s[at]) // u.s without its last point
		at++
	}
	return string(out), at, len(out) > 1 && lettersEnd(s, at) == at
}

// scanApostrophe reads a word with an apostrophe at end: it removes 's, leaves n't and the
// like in the word, and makes an elided article (l', d', qu') a word of its own.
func scanApostrophe(dst []string, s string, i, end int) ([]string, int) {
	tail := lettersEnd(s, end+1)
	switch rest := s[end+1 : tail]; {
	case rest == "" || rest == "s":
		return append(dst, s[i:end]), tail
	case end-i <= 2 || len(rest) > 2:
		return append(dst, s[i:end]), end + 1
	default:
		return append(dst, s[i:end]+rest), tail
	}
}
