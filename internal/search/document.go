package search

import (
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/search/posting"
	"github.com/slugline/slugline/internal/topic"
	"github.com/slugline/slugline/internal/words"
)

// The fields of a document. A term of the index is a field followed by a text. Fields of text hold the folded words, their stems and their
// characters; see stemTerm and runeTerm.
const (
	fieldNews     = "n" // headlines and summaries
	fieldTitle    = "t" // headlines; stored as strong uses of the terms of fieldNews
	fieldPairs    = "q" // two words in a row of headlines and summaries, see pairTerm
	fieldAuthor   = "a"
	fieldCategory = "c"
	fieldLink     = "k" // labels of the links
	fieldLang     = "g"
	fieldSource   = "s" // ids
	fieldOutlets  = "o" // how many, decimal
	fieldMedia    = "d" // audio, video, picture or assigned
	fieldAssigned = "p" // to whom, folded
	fieldTaken    = "v" // the windows in which takes were published
	fieldFlags    = "x" // oneTake, and stemmedBy with each language
)

const (
	oneTake   = "1"
	stemmedBy = "l" // followed by the language that a text is stemmed by
)

// storedField returns the field that the index has for one, and whether its terms are used
// strongly.
func storedField(field string) (stored string, strong bool) {
	if field == fieldTitle {
		return fieldNews, true
	}
	return field, false
}

// keyOf returns the key of a story's document. First and Seq never change after the record
// that created the story, and order stories as lists do.
func keyOf(s *news.Story) posting.Key {
	return posting.Key{At: sortable(s.First), Seq: s.Seq, ID: s.ID}
}

func sortable(t time.Time) uint64 { return uint64(t.UnixMilli()) ^ 1<<63 }

// timeOf returns the time that is sortable to ms.
func timeOf(ms uint64) time.Time { return time.UnixMilli(int64(ms ^ 1<<63)) }

// documentWriter adds documents to a batch. A document is a story as the index holds it: the
// texts of all its takes together. The flag of its key says that they are several.
type documentWriter struct {
	batch *posting.Batch
	term  []byte              // the last one
	words map[string][]uint32 // numbers of the terms of a word, by field, stemmer, word and stem
}

func newBatch() (*posting.Batch, *documentWriter) {
	b := &posting.Batch{}
	return b, &documentWriter{batch: b, words: map[string][]uint32{}}
}

// addDocument adds the document of a story with its takes, and the query fields that are
// mapped.
func (d *documentWriter) addDocument(s *news.Story, takes []take, mapped map[string]mapping) {
	key := keyOf(s)
	key.Flag = len(takes) > 1
	d.batch.Add(key)
	if !key.Flag {
		d.add(fieldFlags, oneTake)
	}
	for _, t := range takes {
		d.add(fieldSource, t.source.ID)
		for _, f := range topic.Fields {
			d.write(f, mapped, s, t)
		}
		d.write(topic.Anywhere, mapped, s, t)
	}
}

func (d *documentWriter) write(f *topic.Field, mapped map[string]mapping, s *news.Story, t take) {
	if m, ok := mapped[f.Name]; ok {
		m.write(d, m.field, f, s, t)
	}
}

func writeOutlets(d *documentWriter, field string, _ *topic.Field, s *news.Story, _ take) {
	d.add(field, strconv.Itoa(s.Outlets()))
}

func writeTaken(d *documentWriter, field string, _ *topic.Field, _ *news.Story, t take) {
	d.add(field, windowTerm(sortable(t.doc.At())))
}

func writeValues(d *documentWriter, field string, f *topic.Field, _ *news.Story, t take) {
	d.add(field, t.doc.Values(f)...)
}

func writeLabels(d *documentWriter, field string, f *topic.Field, _ *news.Story, t take) {
	for _, v := range t.doc.Values(f) {
		d.add(field, topic.Labels(v)...)
	}
}

func writeWords(d *documentWriter, field string, f *topic.Field, _ *news.Story, t take) {
	ws, lang := t.doc.Words(f)
	by := stemmerFor(lang)
	if by != "" {
		d.add(fieldFlags, stemmedBy+by)
	}
	stored, strong := storedField(field)
	for _, w := range ws {
		if w.Text == "" {
			continue
		}
		for _, n := range d.termsOf(stored, by, w) {
			d.batch.Use(n, strong)
		}
	}
}

// termsOf returns the numbers of the terms of a word: the word, its stem and its characters.
func (d *documentWriter) termsOf(field, by string, w words.Word) []uint32 {
	key := append(append(append(d.term[:0], field...), by...), 0)
	key = append(append(append(key, w.Text...), 0), w.Stem...)
	d.term = key
	numbers, ok := d.words[string(key)]
	if ok {
		return numbers
	}
	name := string(key)
	numbers = append(numbers, d.number(field, w.Text))
	if canStem(w.Text, by) {
		numbers = append(numbers, d.number(field, stemTerm(by, w.Stem)))
	}
	for _, t := range pairedTerms(w.Text) {
		numbers = append(numbers, d.number(field, t))
	}
	d.words[name] = numbers
	return numbers
}

func (d *documentWriter) number(field, text string) uint32 {
	d.term = append(append(d.term[:0], field...), text...)
	return d.batch.Number(d.term)
}

// writeNews writes the words and the pairs of words.
func writeNews(d *documentWriter, field string, f *topic.Field, s *news.Story, t take) {
	writeWords(d, field, f, s, t)
	t.doc.Pairs(f, func(first, second words.Word, lang string) {
		by := stemmerFor(lang)
		a, b := pairKey(first, by), pairKey(second, by)
		d.addPair(a, b)
		if c, e := edgeKey(first.Text, a, atEnd), edgeKey(second.Text, b, atStart); c != a || e != b {
			d.addPair(c, e)
		}
	})
}

func (d *documentWriter) add(field string, terms ...string) {
	stored, strong := storedField(field)
	for _, t := range terms {
		if t != "" {
			d.batch.Use(d.number(stored, t), strong)
		}
	}
}

func (d *documentWriter) addPair(first, second string) {
	d.term = appendPair(append(d.term[:0], fieldPairs...), first, second)
	d.batch.Term(d.term, false)
}

// stemTerm is the term for a stem. A folded word has no control characters, so no word
// equals the term of a stem or character.
func stemTerm(lang, stem string) string { return "\x01" + lang + "\x01" + stem }

// runeTerm is the term for a character within a word.
func runeTerm(r rune) string { return "\x02" + string(r) }

func runeTerms(s string) (terms []string) {
	for _, r := range s {
		terms = append(terms, runeTerm(r))
	}
	return terms
}

// pairedTerms returns the terms of the characters for which a query can ask alone.
func pairedTerms(word string) (terms []string) {
	for _, r := range word {
		if r >= utf8.RuneSelf && topic.Paired(r) {
			terms = append(terms, runeTerm(r))
		}
	}
	return terms
}

var stemmedLanguages = words.StemmedLanguages()

// stemmerFor returns the language by whose rules words of lang are stemmed, empty for
// the languages that have no rules of their own.
func stemmerFor(lang string) string {
	if slices.Contains(stemmedLanguages, lang) {
		return lang
	}
	return ""
}

// canStem reports whether the stem of a word may differ from the word.
func canStem(w, by string) bool {
	if w == "" || w[0] == '-' || w[0] >= '0' && w[0] <= '9' || words.Unspaced(w) {
		return false
	}
	r, _ := utf8.DecodeRuneInString(w)
	return by != "" || r >= 0x600 && r <= 0x6ff // Arabic words are stemmed whatever the language
}
