package topic

import (
	"slices"
	"strings"

	"github.com/slugline/slugline/internal/words"
)

// text is a run of words that can be searched.
type text struct {
	lang  string
	words []words.Word // with an empty one after each part, so that no phrase spans two
	texts []string     // the folded words, sorted
	stems []string     // sorted
	has   script       // all that its words begin with

	parts  []string // as they are written
	joined []joint

	rested   bool     // the fields below are made
	rests    []rest   // sorted by text
	feminine []string // words that are written with ة, folded and sorted
}

func newText(lang string, parts ...string) *text {
	cut := make([][]words.Word, len(parts))
	for i, p := range parts {
		cut[i] = words.Words(p, lang)
	}
	return cutText(lang, parts, cut...)
}

// cutText makes a text of parts that are cut into words.
func cutText(lang string, parts []string, cut ...[]words.Word) *text {
	t := &text{lang: lang, parts: parts}
	for _, ws := range cut {
		t.words = append(append(t.words, ws...), words.Word{})
	}
	t.joined = joints(t.words, lang, parts)
	n := len(t.words) + len(t.joined)
	t.texts, t.stems = make([]string, 0, n), make([]string, 0, n)
	for _, w := range t.words {
		t.add(w)
	}
	for _, j := range t.joined {
		t.add(j.word)
	}
	slices.Sort(t.texts)
	slices.Sort(t.stems)
	return t
}

// add makes a word findable.
func (t *text) add(w words.Word) {
	if w.Text != "" {
		t.texts = append(t.texts, w.Text)
		t.stems = append(t.stems, w.Stem)
		t.has |= scriptOf(w.Text)
	}
}

// hasPrefix reports whether a word of the text begins with prefix.
func (t *text) hasPrefix(prefix string) bool {
	i, _ := slices.BinarySearch(t.texts, prefix)
	return i < len(t.texts) && strings.HasPrefix(t.texts[i], prefix)
}

// hasPhrase reports whether the words follow each other in the text. With prefix, the
// last one may be the beginning of a word.
func (t *text) hasPhrase(ws []*word, prefix bool) bool {
	if len(ws) > 1 && !isPairedCharacter(ws[0].text) && !t.hasWord(ws[0]) {
		return false
	}
	for i := range t.words {
		if t.phraseAt(i, ws, prefix) {
			return true
		}
	}
	return false
}

func (t *text) phraseAt(i int, ws []*word, prefix bool) bool {
	for k, w := range ws {
		n := t.wordAt(i, w, prefix && k == len(ws)-1)
		if n == 0 && !t.edgeAt(i, ws, k) {
			return false
		}
		i += max(n, 1)
	}
	return true
}

// edgeAt reports whether the k-th of some words is a single character that begins or ends
// the pair at i, as 股 in A股 does before more characters.
func (t *text) edgeAt(i int, ws []*word, k int) bool {
	if i >= len(t.words) || !isPairedCharacter(ws[k].text) {
		return false
	}
	return k > 0 && k == len(ws)-1 && strings.HasPrefix(t.words[i].Text, ws[k].text) || k == 0 && len(ws) > 1 && strings.HasSuffix(t.words[i].Text, ws[k].text)
}

// wordAt returns how many words at i are the query's word, 0 when none is.
func (t *text) wordAt(i int, w *word, prefix bool) int {
	if i >= len(t.words) {
		return 0
	}
	if t.isWord(t.words[i], w, prefix) {
		return 1
	}
	k, _ := slices.BinarySearchFunc(t.joined, i, func(j joint, at int) int { return j.at - at })
	for ; k < len(t.joined) && t.joined[k].at == i; k++ {
		if t.isWord(t.joined[k].word, w, prefix) {
			return t.joined[k].n
		}
	}
	return 0
}

// wordsAt returns the words that begin at i: the word itself, and those that are written
// apart. The latter are there twice if they have a stem of their own.
func (t *text) wordsAt(i int) (all []joint) {
	if i >= len(t.words) || t.words[i].Text == "" {
		return nil
	}
	all = append(all, joint{i, 1, t.words[i]})
	k, _ := slices.BinarySearchFunc(t.joined, i, func(j joint, at int) int { return j.at - at })
	for ; k < len(t.joined) && t.joined[k].at == i; k++ {
		j := t.joined[k]
		all = append(all, j)
		if stem := words.Stem(j.word.Text, t.lang); stem != j.word.Stem {
			all = append(all, joint{i, j.n, words.Word{Text: j.word.Text, Stem: stem}})
		}
	}
	return all
}

func (t *text) isWord(got words.Word, w *word, prefix bool) bool {
	if prefix {
		return strings.HasPrefix(got.Text, w.text)
	}
	return t.wordIs(got, w)
}

// contains reports whether s is within a word of the text.
func (t *text) contains(s string) bool {
	return slices.ContainsFunc(t.texts, func(w string) bool { return strings.Contains(w, s) })
}
