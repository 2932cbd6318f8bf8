// Package words takes headlines apart: folds, cuts and stems them in any script.
//
// It is the one way of comparing text: the fold, the rules and the search all
// use it, so what one finds the others find. The same text gives the same
// words on any machine, at any time, and whatever a source sends costs time in
// proportion to its length.
// It knows nothing of news: wire tags and outlets' names are story's business.
package words

import "strings"

// Word is a word of a text: Text as Fold leaves it, Stem what it has in common
// with its other forms.
type Word struct{ Text, Stem string }

// Words gives the words of s in order. Han, Kana, Hangul and Thai, Lao, Khmer
// and Burmese, which put no spaces between words or long endings behind them,
// come as bigrams. Without a known language a word is its own stem, but for the
// languages that their script gives away.
func Words(s, lang string) []Word {
	tokens := Tokens(nil, Fold(s))
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

// Key is the words of a headline, unstemmed and joined by spaces: equal keys
// are the same headline. It is empty when the headline has no word.
func Key(headline string) string {
	if isKey(headline) {
		return headline
	}
	return strings.Join(Tokens(nil, Fold(headline)), " ")
}

// isKey says that s is its own key, seen at once: small ASCII letters between single spaces.
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
