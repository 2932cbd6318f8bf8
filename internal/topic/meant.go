package topic

import (
	"cmp"
	"strconv"
	"strings"
	"unicode"

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
func suggestNumber(f *Field, s string) string {
	if n, ok := strings.CutSuffix(s, "+"); ok {
		if _, err := strconv.ParseUint(n, 10, 16); err == nil {
			return "; did you mean " + f.Name + ":>=" + n + "?"
		}
	}
	return ""
}

// Slip is a word of a query that was probably meant as an operator and is looked for as a
// word.
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
func (q *Query) Slips() []Slip { return q.root.slips(nil) }

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
	if n.op == Word && len(n.term) > 1 && n.term[0] == '!' && unicode.IsLetter(rune(n.term[1])) {
		all = append(all, Slip{n.term, "-" + n.term[1:]})
	}
	return all
}
