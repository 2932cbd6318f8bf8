package story

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/slugline/slugline/internal/words"
)

// subject is the words of a headline that can tell what it is about, in order. Function
// words, numbers, routine words, opposites such as rises and falls, wire tags and the name
// of the outlet are not among them.
type subject struct {
	language uint32 // rootOf the tag of its language
	listed   bool   // the language has a list of common words
	words    []subjectWord
}

// subjectWord is a word, or a pair of neighbours in a run of characters without spaces.
type subjectWord struct {
	root   uint32
	inner  uint32 // root of a Hebrew word without its first letter, which may be a preposition or an article; 0 for none
	place  int    // in the headline; neighbours have places that follow each other
	dense  bool   // a pair of characters
	inWord bool   // a pair after whose first character no word ends
	common bool   // common in the language of its headline
	isName bool   // a state, a firm, or a word that has its capital because it is a name
}

// readSubject reads a headline, whose folded text without affixes is given.
func readSubject(h *Headline, text string) subject {
	all := pieces(headlineWords(nil, text), nil)
	l, names, common := lex(), capitalNames(h.Text, h.Language), commonIn(h.Language, all)
	out := subject{language: rootOf(commonLanguage(h.Language, all)), listed: common != nil}
	for i, w := range all {
		t := l.token(w)
		if !tellsSubject(w, t.kind) {
			continue
		}
		n := subjectWord{root: t.root, place: i, dense: t.kind == bigram, common: common.class(t.root) > commonClass, isName: t.kind == entity || names[w]}
		n.inWord = n.dense && isInsideWord(w)
		if bare := withoutAccusative(w); bare != w && t.kind == plain {
			n.root = l.token(bare).root
			n.common = n.common || common.class(n.root) > commonClass
		}
		if inner := withoutHebrewPrefix(w); inner != w {
			n.inner = l.token(inner).root
			n.common = n.common || common.class(n.inner) > commonClass
		}
		out.words = append(out.words, n)
	}
	return out
}

// withoutAccusative returns an Arabic word without the alif that the accusative adds.
func withoutAccusative(w string) string {
	bare, ok := strings.CutSuffix(w, "ا")
	if !ok || utf8.RuneCountInString(bare) < 3 {
		return w
	}
	return bare
}

// withoutHebrewPrefix returns a Hebrew word without a first letter that may be a word of
// its own.
func withoutHebrewPrefix(w string) string {
	r, size := utf8.DecodeRuneInString(w)
	if strings.ContainsRune("בהוכלמש", r) && utf8.RuneCountInString(w) >= 5 {
		return w[size:]
	}
	return w
}

// sharedWith returns the root that two words have in common; 0 for none.
func (w subjectWord) sharedWith(o subjectWord) uint32 {
	switch {
	case w.root == o.root, w.root == o.inner:
		return w.root
	case w.inner != 0 && w.inner == o.root:
		return w.inner
	}
	return 0
}

// tellsSubject tells whether a word of a kind can tell what a headline is about.
func tellsSubject(w string, k kind) bool {
	switch k {
	case bigram:
		return !strings.ContainsFunc(w, isHiragana)
	case plain, entity:
		return utf8.RuneCountInString(w) > 1 && !lex().bareWords[w]
	}
	return false
}

// isHiragana tells whether Japanese writes its particles and endings with a character.
func isHiragana(r rune) bool { return unicode.Is(unicode.Hiragana, r) }

// isInsideWord tells whether no word ends between the characters of a pair: no new one
// begins inside Katakana, nor inside the Hangul between two spaces.
func isInsideWord(pair string) bool {
	return !strings.ContainsFunc(pair, func(r rune) bool {
		return r != 'ー' && !unicode.In(r, unicode.Katakana, unicode.Hangul)
	})
}

// capitalNames returns the folded words of a headline that are names because they begin
// with a capital: they don't begin a sentence, and most words of the headline have none.
// German writes all nouns so.
func capitalNames(headline, language string) map[string]bool {
	if baseOf(language) == "de" {
		return nil
	}
	var names []string
	count, small, begins := 0, 0, true
	for _, w := range strings.Fields(headline) {
		r, _ := utf8.DecodeRuneInString(strings.TrimLeftFunc(w, unicode.IsPunct))
		switch {
		case unicode.IsLower(r):
			small++
		case unicode.IsUpper(r) && !begins:
			names = append(names, w)
		}
		begins = strings.ContainsAny(w[len(w)-1:], ".:!?|-")
		count++
	}
	if 2*small < count {
		return nil
	}
	out := map[string]bool{}
	for _, w := range words.Tokens(nil, foldHeadline(strings.Join(names, " "), language)) {
		out[w] = true
	}
	return out
}
