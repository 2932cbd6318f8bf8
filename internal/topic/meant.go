package topic

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/words"
)

// What others mean by words and signs that mean something else in a query, or nothing.

// usualFields are the names that other programs have for fields.
var usualFields = map[string]string{
	"site": "link", "url": "link", "inurl": "link", "domain": "link", "host": "link", "href": "link", "http": "link", "https": "link",
	"intitle": "title", "headline": "title", "subject": "title",
	"feed": "source", "publisher": "source", "outlet": "source", "publication": "source", "from": "source",
	"label": "tag", "tags": "tag", "language": "lang", "by": "author", "byline": "author", "section": "category",
	"since": "after", "newer": "after", "from_date": "after", "until": "before", "older": "before", "date": "after",
	"media": "has", "type": "has", "is": "has", "count": "outlets", "in": "topic",
}

// languageNames are languages by the names that people write for their codes.
var languageNames = foldedKeys(map[string]string{
	"english": "en", "german": "de", "deutsch": "de", "french": "fr", "français": "fr", "spanish": "es", "español": "es",
	"italian": "it", "italiano": "it", "portuguese": "pt", "português": "pt", "russian": "ru", "русский": "ru",
	"ukrainian": "uk", "українська": "uk", "turkish": "tr", "türkçe": "tr", "arabic": "ar", "عربي": "ar", "العربية": "ar",
	"persian": "fa", "farsi": "fa", "فارسی": "fa", "hebrew": "he", "עברית": "he", "chinese": "zh", "japanese": "ja", "korean": "ko",
})

// foldedKeys returns a map with its keys folded.
func foldedKeys(m map[string]string) map[string]string {
	out := map[string]string{}
	for k, v := range m {
		out[words.Fold(k)] = v
	}
	return out
}

// symbols are the operators of other query languages.
var symbols = map[string]string{"&&": "AND", "&": "AND", "||": "OR", "|": "OR", "!": "NOT"}

// suggestNumber offers the comparison that 3+ stands for.
func suggestNumber(f *Field, s string) locale.Message {
	if n, ok := strings.CutSuffix(s, "+"); ok {
		if _, err := strconv.ParseUint(n, 10, 16); err == nil {
			return locale.Messagef("; did you mean %s?", f.Name+":>="+n)
		}
	}
	return locale.Message{}
}

// comparisons are the signs that people write between a number and its field.
var comparisons = map[string]string{">": ">", ">=": ">=", "≥": ">=", "<": "<", "<=": "<=", "≤": "<=", "=": "=", "==": "="}

// spacedComparison returns what is meant by a comparison with spaces around its sign, which
// begins at start. It is empty if the word there is no such sign.
func (p *parser) spacedComparison(start int) string {
	sign := comparisons[string(p.src[start:p.pos])]
	before, after := strings.Fields(string(p.src[:start])), strings.Fields(string(p.src[p.pos:]))
	name, number := "", "3"
	if len(before) > 0 {
		if f := fieldNamed(strings.TrimLeft(before[len(before)-1], "(-")); f != nil && f.Kind == Number {
			name = f.Name
		}
	}
	if sign == "" || sign == "=" && name == "" {
		return ""
	}
	if len(after) > 0 {
		if n := strings.TrimRight(after[0], ")"); n != "" && strings.Trim(n, "0123456789") == "" {
			number = n
		}
	}
	return cmp.Or(name, "outlets") + ":" + sign + number
}

// Slip is a word of a query, or two, that was probably meant as an operator or a field and
// is looked for as a word.
type Slip struct{ Word, Operator string }

// conjunctions are words that stand for operators: of English in any capitals, and of
// other languages in those here, because as small words they are part of names.
var conjunctions = map[string]string{
	"and": "AND", "or": "OR", "not": "NOT",
	"UND": "AND", "ODER": "OR", "NICHT": "NOT", "ET": "AND", "OU": "OR", "SAUF": "NOT", "Y": "AND", "E": "AND", "O": "OR",
	"EN": "AND", "OF": "OR", "NIET": "NOT", "И": "AND", "ИЛИ": "OR", "НЕ": "NOT", "ТА": "AND", "АБО": "OR",
	"VE": "AND", "VEYA": "OR", "DEĞİL": "NOT", "و": "AND", "أو": "OR", "او": "OR", "ليس": "NOT", "یا": "OR", "או": "OR",
}

// Slips returns the words of the query that were probably meant as operators, and those
// with the ! by which other programs exclude a word.
func (q *Query) Slips() (all []Slip) {
	for _, s := range q.root.slips(nil) { // the forms of one term are several nodes
		if !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}

func (n *node) slips(all []Slip) []Slip {
	for _, p := range n.parts {
		all = p.slips(all)
		if n.op != And || p.op != Word || p.field != Anywhere {
			continue
		}
		if op := cmp.Or(conjunctions[p.term], conjunctions[strings.ToLower(p.term)]); op != "" {
			all = append(all, Slip{p.term, op})
		}
	}
	if n.op == And {
		all = append(all, fieldSlips(n.parts)...)
	}
	if meant := signMeant(n.term); meant != "" {
		return append(all, Slip{n.term, meant})
	}
	if n.op == Word && len(n.term) > 1 && n.term[0] == '!' && unicode.IsLetter(rune(n.term[1])) {
		all = append(all, Slip{n.term, "-" + n.term[1:]})
	}
	return all
}

// Signs of other query languages behind a word: a misspelling, a distance or a weight.
var (
	fuzzy    = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^([\pL\pN]+)~[0-9.]*$`) })
	distance = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^~[0-9]+$`) })
	weight   = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^([\pL\pN]+)\^[0-9.]+$`) })
	compared = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(outlets) ?([<>]=?|[=≥≤])([0-9]+)$`) })
)

// signMeant returns what is meant by a term with a sign that queries here do not have, empty
// if it has none.
func signMeant(term string) string {
	if m := fuzzy().FindStringSubmatch(term); m != nil {
		return m[1] + "*"
	}
	if m := weight().FindStringSubmatch(term); m != nil {
		return m[1]
	}
	if m := compared().FindStringSubmatch(term); m != nil {
		return m[1] + ":" + comparisons[m[2]] + m[3]
	}
	if distance().MatchString(term) {
		return "the words without quotes"
	}
	return ""
}

// fieldSlips returns the pairs of words that were probably meant as a field and its value,
// such as has audio.
func fieldSlips(parts []*node) (all []Slip) {
	for i := 0; i+1 < len(parts); i++ {
		name, value := parts[i].term, parts[i+1].term
		f := fieldNamed(name)
		switch pair := name + " " + value; {
		case f == nil || f.Name != name || value == "":
		case f.takes.Format != "" && f.normalize(value) != "":
			all = append(all, Slip{pair, name + ":" + value})
		case f.Kind == Number && signMeant(pair) != "":
			all = append(all, Slip{pair, signMeant(pair)})
		}
	}
	return all
}
