package topic

import (
	"regexp"
	"strings"
	"sync/atomic"
	"unicode"
	"unicode/utf8"

	"github.com/slugline/slugline/internal/words"
)

type op uint8

const (
	opAnd op = iota
	opOr
	opNot
	opWord    // one word, or a prefix
	opInner   // one character of a script that words cuts in pairs: found in any pair
	opPhrase  // words in order
	opWhole   // the value as a whole: tag, lang, link
	opOutlets // the number of voices
)

// node is a part of a query. Which fields count depends on op.
type node struct {
	op     op
	kids   []*node
	field  field
	words  []*word
	whole  string
	prefix bool
	cmp    string
	n      int
}

// word is a folded word of a query with its stem in each language that was
// asked for.
type word struct {
	text  string
	stems atomic.Pointer[[]stemmed]
}

type stemmed struct{ lang, stem string }

// maxStems bounds what one word remembers; feeds may name any language.
const maxStems = 64

func (w *word) stem(lang string) string {
	var known []stemmed
	if p := w.stems.Load(); p != nil {
		known = *p
	}
	for i := range known {
		if known[i].lang == lang {
			return known[i].stem
		}
	}
	s := words.Stem(w.text, lang)
	if len(known) < maxStems {
		grown := append(known[:len(known):len(known)], stemmed{lang, s})
		w.stems.Store(&grown) // of two goroutines one may lose its entry, and stems again
	}
	return s
}

var code = regexp.MustCompile(`^[a-z]{2,3}(-[a-z0-9]{1,8})*$`)

// term makes the node that looks for text in f, nil when there is nothing to
// look for.
func term(f field, s string, prefix bool) *node {
	n := &node{op: opWhole, field: f, prefix: prefix}
	switch f {
	case lang:
		n.whole = strings.ReplaceAll(strings.ToLower(s), "_", "-")
		if !code.MatchString(n.whole) {
			return nil
		}
		return n
	case link:
		n.whole = bareLink(s)
	case tag:
		n.whole = words.Fold(s)
	default:
		return wordsTerm(n, s)
	}
	if n.whole == "" {
		return nil
	}
	return n
}

func wordsTerm(n *node, s string) *node {
	n.whole = words.Fold(s) // source: compares names with it
	for _, w := range words.Words(s, "") {
		n.words = append(n.words, &word{text: w.Text})
	}
	switch {
	case len(n.words) == 0:
		return nil
	case len(n.words) > 1:
		n.op = opPhrase
	case paired(n.words[0].text):
		n.op = opInner
	default:
		n.op = opWord
	}
	return n
}

// paired holds for a single character of a script whose words are cut in pairs.
func paired(s string) bool {
	r, size := utf8.DecodeRuneInString(s)
	return size == len(s) && Paired(r)
}

// Paired says whether r is of a script whose words are cut in pairs: alone in a
// query it is an Inner.
func Paired(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul,
		unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

func (n *node) match(d *Doc, voices int) bool {
	switch n.op {
	case opAnd:
		for _, k := range n.kids {
			if !k.match(d, voices) {
				return false
			}
		}
		return true
	case opOr:
		for _, k := range n.kids {
			if k.match(d, voices) {
				return true
			}
		}
		return false
	case opNot:
		return !n.kids[0].match(d, voices)
	case opOutlets:
		return n.compare(voices)
	}
	return n.find(d)
}

func (n *node) compare(voices int) bool {
	switch n.cmp {
	case ">":
		return voices > n.n
	case ">=":
		return voices >= n.n
	case "<":
		return voices < n.n
	case "<=":
		return voices <= n.n
	}
	return voices == n.n
}

// find looks for the term in its field.
func (n *node) find(d *Doc) bool {
	switch n.field {
	case tag:
		for _, t := range d.foldedTags() {
			if n.equals(t) {
				return true
			}
		}
		return false
	case lang:
		return n.equals(d.lang) || strings.HasPrefix(d.lang, n.whole+"-")
	case link:
		return n.inLink(d.address())
	case category:
		for _, t := range d.categoryTexts() {
			if n.in(t) {
				return true
			}
		}
		return false
	case source:
		return n.equals(d.src.Name) || n.in(d.textOf(source))
	}
	return n.in(d.textOf(n.field))
}

// equals compares the whole value, or the prefix that it is.
func (n *node) equals(s string) bool {
	if n.prefix {
		return strings.HasPrefix(s, n.whole)
	}
	return s == n.whole
}

func (n *node) in(t *text) bool {
	switch {
	case n.op == opPhrase:
		return t.phrase(n.words, n.prefix)
	case n.op == opInner:
		return t.contains(n.words[0].text)
	case n.prefix:
		return t.begins(n.words[0].text)
	}
	return t.has(n.words[0])
}

// inLink looks for the value where a label of the host or a part of the path
// begins, so that link:ft.com is not microsoft.com.
func (n *node) inLink(s string) bool {
	for from := 0; ; {
		i := strings.Index(s[from:], n.whole)
		if i < 0 {
			return false
		}
		i += from
		end := i + len(n.whole)
		if border(s, i) && (n.prefix || border(s, end)) {
			return true
		}
		from = i + 1
	}
}

// border says whether no word goes on from s[:i] to s[i:].
func border(s string, i int) bool {
	before, _ := utf8.DecodeLastRuneInString(s[:i])
	after, _ := utf8.DecodeRuneInString(s[i:])
	return !wordly(before) || !wordly(after)
}

func wordly(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r))
}
