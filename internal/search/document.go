package search

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	index "github.com/blevesearch/bleve_index_api"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/topic"
	"github.com/slugline/slugline/internal/words"
)

// The fields of a document. Fields of text hold the folded words, their stems and their
// characters; see stemTerm and runeTerm.
const (
	fieldNews     = "n" // headlines and summaries
	fieldTitle    = "t" // headlines
	fieldPairs    = "q" // two words in a row of headlines and summaries, see pairTerm
	fieldAuthor   = "a"
	fieldCategory = "c"
	fieldLink     = "k" // labels of the links
	fieldLang     = "g"
	fieldSource   = "s" // ids
	fieldOutlets  = "o" // how many, decimal
	fieldMedia    = "d" // audio, video, picture or assigned
	fieldAssigned = "p" // to whom, folded
	fieldTaken    = "v" // the windows of takenLevel in which takes were published
	fieldTime     = "w" // the windows that the story began in, see windowTerm
	fieldFlags    = "x" // oneTake or manyTakes, and stemmedBy with each language
)

const (
	oneTake   = "1"
	manyTakes = "m"
	stemmedBy = "l" // followed by the language that a text is stemmed by
)

// document is a story as the index holds it: the texts of all its takes together. Its
// id is the story's key, followed by oneTake or manyTakes.
type document struct {
	id     string
	fields []*documentField
}

// keySize is the size of a story's key: ID, First and Seq. First and Seq never change
// after the record that created the story, and order stories as lists do.
const keySize = 13 + 8 + 8

// aboveAll is a key that is newer than any story's.
var aboveAll = strings.Repeat("\xff", keySize)

func keyOf(s *news.Story) string {
	k := append(make([]byte, 0, keySize), s.ID...)
	k = binary.BigEndian.AppendUint64(k, sortable(s.First))
	return string(binary.BigEndian.AppendUint64(k, s.Seq))
}

func sortable(t time.Time) uint64 { return uint64(t.UnixMilli()) ^ 1<<63 }

// timeOf returns the time that is sortable to ms.
func timeOf(ms uint64) time.Time { return time.UnixMilli(int64(ms ^ 1<<63)) }

func storyOf(key string) string { return key[:min(13, len(key))] }

// newer orders keys with the newest first.
func newer(a, b string) int {
	return cmp.Or(strings.Compare(b[13:keySize], a[13:keySize]), strings.Compare(b[:13], a[:13]))
}

// hasOneTake reports whether the document with this id is a story with one take.
func hasOneTake(id string) bool { return id[keySize:] == oneTake }

// newDocument makes the document of a story from its takes, with the query fields that
// are mapped.
func newDocument(s *news.Story, takes []take, mapped map[string]mapping) *document {
	flag := oneTake
	if len(takes) > 1 {
		flag = manyTakes
	}
	d := &document{id: keyOf(s) + flag}
	d.add(fieldFlags, flag)
	for _, level := range levels {
		d.add(fieldTime, windowTerm(level, sortable(s.First)))
	}
	for _, t := range takes {
		d.add(fieldSource, t.source.ID)
		d.write(topic.Anywhere, mapped, s, t)
		for _, f := range topic.Fields {
			d.write(f, mapped, s, t)
		}
	}
	return d
}

func (d *document) write(f *topic.Field, mapped map[string]mapping, s *news.Story, t take) {
	if m, ok := mapped[f.Name]; ok {
		m.write(d, m.field, f, s, t)
	}
}

func writeOutlets(d *document, field string, _ *topic.Field, s *news.Story, _ take) {
	d.add(field, strconv.Itoa(s.Outlets()))
}

func writeTaken(d *document, field string, _ *topic.Field, _ *news.Story, t take) {
	d.add(field, windowTerm(takenLevel, sortable(t.doc.At())))
}

func writeValues(d *document, field string, f *topic.Field, _ *news.Story, t take) {
	d.add(field, t.doc.Values(f)...)
}

func writeLabels(d *document, field string, f *topic.Field, _ *news.Story, t take) {
	for _, v := range t.doc.Values(f) {
		d.add(field, topic.Labels(v)...)
	}
}

func writeWords(d *document, field string, f *topic.Field, _ *news.Story, t take) {
	ws, lang := t.doc.Words(f)
	by := stemmerFor(lang)
	if by != "" {
		d.add(fieldFlags, stemmedBy+by)
	}
	for _, w := range ws {
		if w.Text == "" {
			continue
		}
		d.add(field, w.Text)
		if canStem(w.Text, by) {
			d.add(field, stemTerm(by, w.Stem))
		}
		d.add(field, pairedTerms(w.Text)...)
	}
}

// writeNews writes the words and the pairs of words.
func writeNews(d *document, field string, f *topic.Field, s *news.Story, t take) {
	writeWords(d, field, f, s, t)
	t.doc.Pairs(f, func(first, second words.Word, lang string) {
		by := stemmerFor(lang)
		a, b := pairKey(first, by), pairKey(second, by)
		d.add(fieldPairs, pairTerm(a, b), pairTerm(edgeKey(first.Text, a, atEnd), edgeKey(second.Text, b, atStart)))
	})
}

func (d *document) add(name string, terms ...string) {
	i := slices.IndexFunc(d.fields, func(f *documentField) bool { return f.name == name })
	if i < 0 {
		i = len(d.fields)
		d.fields = append(d.fields, &documentField{name: name, terms: index.TokenFrequencies{}})
	}
	d.fields[i].add(terms)
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

// The methods of bleve's index.Document. The words are already cut.

func (d *document) ID() string { return d.id }

func (d *document) Size() int {
	n := len(d.id)
	for _, f := range d.fields {
		n += 100 * len(f.terms)
	}
	return n
}

func (d *document) VisitFields(visit index.FieldVisitor) {
	for _, f := range d.fields {
		visit(f)
	}
}

func (d *document) VisitComposite(index.CompositeFieldVisitor) {}
func (d *document) HasComposite() bool                         { return false }
func (d *document) NumPlainTextBytes() uint64                  { return 0 }
func (d *document) StoredFieldsBytes() uint64                  { return 0 }
func (d *document) Indexed() bool                              { return true }

func (d *document) AddIDField() {
	f := &documentField{name: "_id", value: []byte(d.id), terms: index.TokenFrequencies{}}
	f.add([]string{d.id})
	d.fields = append(d.fields, f)
}

type documentField struct {
	name  string
	value []byte // stored; only the id has one
	terms index.TokenFrequencies
}

func (f *documentField) add(terms []string) {
	for _, t := range terms {
		if _, ok := f.terms[t]; ok || t == "" {
			continue
		}
		tf := &index.TokenFreq{Term: []byte(t)}
		tf.SetFrequency(1) // with 1, bleve stores a term of one story without a list
		f.terms[t] = tf
	}
}

func (f *documentField) Name() string                                     { return f.name }
func (f *documentField) Value() []byte                                    { return f.value }
func (f *documentField) ArrayPositions() []uint64                         { return nil }
func (f *documentField) EncodedFieldType() byte                           { return 't' }
func (f *documentField) Analyze()                                         {}
func (f *documentField) AnalyzedLength() int                              { return 1 }
func (f *documentField) AnalyzedTokenFrequencies() index.TokenFrequencies { return f.terms }
func (f *documentField) NumPlainTextBytes() uint64                        { return 0 }

func (f *documentField) Options() index.FieldIndexingOptions {
	if f.value != nil {
		return index.IndexField | index.StoreField
	}
	return index.IndexField
}
