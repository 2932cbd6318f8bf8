package words

import (
	_ "embed"
	"strings"
	"sync"
	"unicode/utf8"
)

//go:embed han_variants.txt
var hanVariants string

const firstHan, lastHan = 0x4e00, 0x9fff

// simplified gives the character of the simplified script for the traditional and older
// forms of Han characters, by its distance from firstHan; 0 for all others.
var simplified = sync.OnceValue(func() *[lastHan - firstHan + 1]uint16 {
	var of [lastHan - firstHan + 1]uint16
	for line := range strings.Lines(hanVariants) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		for group := range strings.FieldsSeq(line) {
			to, size := utf8.DecodeRuneInString(group)
			for _, from := range group[size:] {
				of[from-firstHan] = uint16(to)
			}
		}
	}
	return &of
})

// Spelling unifies spellings of one word that Fold keeps apart: traditional and simplified
// Han characters, spellings in Kana and Hangul, Latin letters in Russian and Ukrainian
// words, and in Arabic, Persian and Hebrew what spelling_arabic.go and spelling_hebrew.go
// say. It is called before Fold. lang is the language of s as a BCP 47 tag, or empty;
// where points separate thousands, it removes them.
//
// Fold does none of this because its results are part of stored keys.
func Spelling(s, lang string) string {
	switch scriptOf(s) {
	case eastAsian:
		return unifyEastAsian(s)
	case arabic:
		return unifyArabic(s, baseLanguage(lang))
	case hebrew:
		return unifyHebrew(s)
	}
	if base := baseLanguage(lang); base == "uk" || base == "ru" {
		return withoutLookalikes(s)
	}
	if strings.IndexByte(s, '.') > 0 && pointsThousands[baseLanguage(lang)] {
		return withoutPoints(s)
	}
	return s
}

// script is one whose words Spelling changes.
type script uint8

const (
	otherScript script = iota
	eastAsian
	arabic
	hebrew
)

// scriptOf returns eastAsian if s has characters of such scripts, otherwise arabic or
// hebrew if it has their letters.
func scriptOf(s string) script {
	of := otherScript
	for i := range len(s) {
		switch c := s[i]; {
		case c < 0xd7: // nearly always
		case c >= 0xe3 && c <= 0xed, c == 0xef && i+1 < len(s) && isCompatible(s[i+1]):
			return eastAsian
		case c == 0xef && i+2 < len(s) && isArabicForm(s[i+1], s[i+2]):
			of = arabic
		case c == 0xd7 && of == otherScript:
			of = hebrew
		case c >= 0xd8 && c <= 0xdb:
			of = arabic
		}
	}
	return of
}

// isCompatible tells whether c, behind the byte 0xef, begins a Han character of an older
// code or one of half the width. Arabic ligatures and the byte order mark begin with 0xef
// too.
func isCompatible(c byte) bool { return c >= 0xa4 && c <= 0xab || c == 0xbd || c == 0xbe }

func simplify(s string) string {
	table := simplified()
	return strings.Map(func(r rune) rune {
		switch r {
		case '〇':
			return '零'
		case '﨑':
			return '崎'
		case '𠮷':
			return '吉'
		}
		if r >= firstHan && r <= lastHan && table[r-firstHan] != 0 {
			return rune(table[r-firstHan])
		}
		return r
	}, s)
}

// pointsThousands are the languages in which a point between digits separates thousands.
var pointsThousands = map[string]bool{
	"de": true, "es": true, "it": true, "pt": true, "tr": true, "nl": true, "da": true, "el": true, "id": true, "ro": true, "hr": true, "sr": true, "sl": true, "vi": true, "ca": true, "gl": true,
}

// withoutPoints removes the points of a number whose groups all have three digits.
func withoutPoints(s string) string {
	out, from := make([]byte, 0, len(s)), 0
	for i := 0; i < len(s); {
		if !isDigit(s[i]) {
			i++
			continue
		}
		end := i + 1
		for end < len(s) && (isDigit(s[end]) || s[end] == '.' && isDigit(s[end-1]) && end+1 < len(s) && isDigit(s[end+1])) {
			end++
		}
		if t := s[i:end]; isThousands(t) && (i == 0 || s[i-1] != ',') {
			out = append(append(out, s[from:i]...), strings.ReplaceAll(t, ".", "")...)
			from = end
		}
		i = end
	}
	return string(append(out, s[from:]...))
}

// isThousands tells whether t has points and is a number that needs them.
func isThousands(t string) bool {
	return strings.IndexByte(t, '.') > 0 && t[0] != '0' && isGrouped(t, '.')
}
