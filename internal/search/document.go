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

// The fields of a paper. Texts hold words as they are folded, their stems and their
// characters, see stemTerm and runeTerm.
const (
	fieldNews     = "n" // headlines and summaries
	fieldTitle    = "t" // headlines
	fieldAuthor   = "a"
	fieldCategory = "c"
	fieldLink     = "k" // its labels
	fieldLang     = "g"
	fieldSource   = "s" // id
	fieldOutlets  = "o" // how many, decimal
	fieldTime     = "w" // windows that it was first told in, see windowTerm
	fieldFlags     = "x" // sorts of paper: oneTake, manyTakes, and the languages that its texts are stemmed by
)

const (
	oneTake   = "1"
	manyTakes = "m"
	stemmedBy = "l" // and the language
)

// document is a story as the index holds it: what its takes say, together.
type document struct {
	id     string
	fields []*documentField
}

// keySize is that of a key: the story's id, First and Seq. The last two never change
// after the record that bore the story, and order stories as lists do. A paper's id is
// its story's key and its sort.
const keySize = 13 + 8 + 8

// aboveAll is a key that is newer than every other.
var aboveAll = strings.Repeat("\xff", keySize)

func keyOf(s *news.Story) string {
	k := append(make([]byte, 0, keySize), s.ID...)
	k = binary.BigEndian.AppendUint64(k, sortable(s.First))
	return string(binary.BigEndian.AppendUint64(k, s.Seq))
}

func sortable(t time.Time) uint64 { return uint64(t.UnixMilli()) ^ 1<<63 }

func storyOf(key string) string { return key[:min(13, len(key))] }

// newer orders keys with the newest first.
func newer(a, b string) int {
	return cmp.Or(strings.Compare(b[13:keySize], a[13:keySize]), strings.Compare(b[:13], a[:13]))
}

// hasOneTake says of a paper's id that one take tells the story.
func hasOneTake(id string) bool { return id[keySize:] == oneTake }

// newDocument makes a story's paper of what its takes say.
func newDocument(s *news.Story, takes []take) *document {
	sort := oneTake
	if len(takes) > 1 {
		sort = manyTakes
	}
	p := &document{id: keyOf(s) + sort}
	p.add(fieldFlags, sort)
	p.add(fieldOutlets, strconv.Itoa(s.Outlets()))
	for _, level := range levels {
		p.add(fieldTime, windowTerm(level, sortable(s.First)))
	}
	for _, t := range takes {
		d := t.doc
		p.add(fieldSource, t.source.ID)
		p.add(fieldLang, d.Language())
		p.add(fieldLink, topic.Labels(d.Address())...)
		p.addWords(fieldNews, d, "")
		p.addWords(fieldTitle, d, "title")
		p.addWords(fieldAuthor, d, "author")
		p.addWords(fieldCategory, d, "category")
	}
	return p
}

func (p *document) addWords(field string, d *topic.Doc, name string) {
	ws, lang := d.Words(name)
	by := stemmerFor(lang)
	if by != "" {
		p.add(fieldFlags, stemmedBy+by)
	}
	for _, w := range ws {
		if w.Text == "" {
			continue
		}
		p.add(field, w.Text)
		if canStem(w.Text, by) {
			p.add(field, stemTerm(by, w.Stem))
		}
		for _, r := range w.Text {
			if r >= utf8.RuneSelf && topic.Paired(r) {
				p.add(field, runeTerm(r))
			}
		}
	}
}

func (p *document) add(name string, terms ...string) {
	i := slices.IndexFunc(p.fields, func(f *documentField) bool { return f.name == name })
	if i < 0 {
		i = len(p.fields)
		p.fields = append(p.fields, &documentField{name: name, terms: index.TokenFrequencies{}})
	}
	p.fields[i].add(terms)
}

// stemTerm is how a stem stands among the words of a text. No folded word holds a
// control character.
func stemTerm(lang, stem string) string { return "\x01" + lang + "\x01" + stem }

// runeTerm is how a character that a word holds stands among the words.
func runeTerm(r rune) string { return "\x02" + string(r) }

var stemmedLanguages = words.Stemmed()

// stemmerFor is the language by which words of lang are stemmed, empty for the many
// that are stemmed alike.
func stemmerFor(lang string) string {
	if slices.Contains(stemmedLanguages, lang) {
		return lang
	}
	return ""
}

// canStem says whether a word has a stem that may be another than itself.
func canStem(w, by string) bool {
	if w == "" || w[0] == '-' || w[0] >= '0' && w[0] <= '9' || words.Dense(w) {
		return false
	}
	r, _ := utf8.DecodeRuneInString(w)
	return by != "" || r >= 0x600 && r <= 0x6ff // Arabic letters give their stemmer away
}

// The methods by which bleve reads a paper. Its words are cut already.

func (p *document) ID() string { return p.id }

func (p *document) Size() int {
	n := len(p.id)
	for _, f := range p.fields {
		n += 100 * len(f.terms)
	}
	return n
}

func (p *document) VisitFields(visit index.FieldVisitor) {
	for _, f := range p.fields {
		visit(f)
	}
}

func (p *document) VisitComposite(index.CompositeFieldVisitor) {}
func (p *document) HasComposite() bool                         { return false }
func (p *document) NumPlainTextBytes() uint64                  { return 0 }
func (p *document) StoredFieldsBytes() uint64                  { return 0 }
func (p *document) Indexed() bool                              { return true }

func (p *document) AddIDField() {
	f := &documentField{name: "_id", value: []byte(p.id), terms: index.TokenFrequencies{}}
	f.add([]string{p.id})
	p.fields = append(p.fields, f)
}

type documentField struct {
	name  string
	value []byte // stored; of the id alone
	terms index.TokenFrequencies
}

func (f *documentField) add(terms []string) {
	for _, t := range terms {
		if _, ok := f.terms[t]; ok || t == "" {
			continue
		}
		tf := &index.TokenFreq{Term: []byte(t)}
		tf.SetFrequency(1) // a term of one story takes no list then
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
