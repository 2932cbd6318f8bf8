// Package words folds text in any script, splits it into words, and stems and cuts it.
//
// Deduplication, topic rules and search all compare text with it, so they find the same
// words. The same text gives the same words on any machine, at any time, in time
// proportional to its length. The package does not know what a headline may contain
// besides words: wire tags and the names of outlets are the business of story.
//
//	fold.go     Fold: case, accents, forms of letters, digits and quotes
//	spelling.go Spelling: what Fold keeps apart, such as the scripts of Chinese
//	spelling_kana.go spellings of Japanese words
//	spelling_hangul.go spellings of Korean words
//	spelling_cyrillic.go Latin letters in Russian and Ukrainian words
//	spelling_arabic.go spellings of Arabic and Persian words
//	spelling_hebrew.go spellings of Hebrew words
//	replacer.go a list of words to replace, for spelling
//	tokens.go   Tokens: splits folded text
//	numbers.go  numbers as Tokens reads them
//	stem.go     Stem and Root: what the forms of a word have in common
//	words.go    Words and Key: all of these
//	near.go     Nearest: which word a misspelled one is meant to be
//	cut.go      Cut: shortens text for readers; Dir: its direction
package words

import "strings"

// Word is a word of a text. Text is folded; Stem is what it has in common with its other
// forms.
type Word struct{ Text, Stem string }

// Words returns the words of s in order. lang is its language as a BCP 47 tag, or empty.
// A run of a script that puts no spaces between words or long endings behind them (Han,
// Kana, Hangul, Thai, Lao, Khmer, Burmese) is returned as bigrams. A word of an unknown
// language is its own stem, except in Arabic letters.
func Words(s, lang string) []Word {
	tokens := Tokens(nil, Fold(Spelling(s, lang)))
	out := make([]Word, 0, len(tokens))
	for _, t := range tokens {
		if !Unspaced(t) {
			out = append(out, Word{t, Stem(t, lang)})
			continue
		}
		for _, b := range bigrams(nil, t) {
			out = append(out, Word{b, b})
		}
	}
	return out
}

// Key returns the words of a headline, unstemmed and joined by spaces. Headlines with
// equal keys are the same. The key is empty when the headline has no words.
func Key(headline string) string {
	if isKey(headline) {
		return headline
	}
	return FoldedKey(Fold(Spelling(headline, "")))
}

// FoldedKey is Key for a headline, or a part of one, that Fold has returned.
func FoldedKey(folded string) string {
	if isKey(folded) {
		return folded
	}
	var buf [usualWords]string
	return strings.Join(Tokens(buf[:0], folded), " ")
}

// usualWords is how many words few headlines exceed.
const usualWords = 32

// isKey is a fast test that is true when s is its own key: ASCII letters in lower case
// and single spaces.
func isKey(s string) bool {
	space := true
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c != ' ' || space) {
			return false
		}
		space = c == ' '
	}
	return !space
}
