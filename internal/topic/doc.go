package topic

import (
	"slices"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/words"
)

// Doc is an entry as queries see it. It computes what a field compares when the first
// query asks for it, and caches that, so only one goroutine may use a Doc at a time.
type Doc struct {
	entry  *news.Entry
	src    *news.Source
	topics []string

	story, assignee string // see SetStory

	lang   string       // lower case, empty when not known
	cached []fieldValue // in the order in which they were asked for
	words  []words.Word // of the headline, which two fields look at; nil: not cut yet
}

// fieldValue is what an entry has in a field.
type fieldValue struct {
	field  *Field
	texts  []*text
	values []string
}

// NewDoc makes the doc of an entry. source: compares the title in s, so set the feed's
// own title there if that is the one to find.
func NewDoc(e *news.Entry, s *news.Source) *Doc {
	d := &Doc{entry: e, src: s, lang: e.Language}
	if d.lang == "" {
		d.lang = s.Language
	}
	d.lang = strings.ReplaceAll(strings.ToLower(d.lang), "_", "-")
	return d
}

// headline returns the words of the headline.
func (d *Doc) headline() []words.Word {
	if d.words == nil {
		d.words = words.Words(d.entry.Headline, d.base())
	}
	return d.words
}

// At returns when the entry was published, as fields of kind Moment compare it.
func (d *Doc) At() time.Time { return d.entry.At }

// SetTopics says which topics have the entry's story now.
func (d *Doc) SetTopics(names []string) {
	d.topics = names
	d.forgetStory()
}

// SetStory says which story the entry is in now, and to whom that is assigned, if to
// anybody.
func (d *Doc) SetStory(id, assignee string) {
	if d.story != id || d.assignee != assignee {
		d.story, d.assignee = id, assignee
		d.forgetStory()
	}
}

func (d *Doc) forgetStory() {
	d.cached = slices.DeleteFunc(d.cached, func(v fieldValue) bool { return v.field.ofStory })
}

// Words returns the words that a field of kind Text looks at, and the language by
// which they are stemmed. An empty word separates texts that no phrase can span.
func (d *Doc) Words(f *Field) (ws []words.Word, lang string) {
	for _, t := range d.in(f).texts {
		ws, lang = append(ws, t.words...), t.lang
		for _, j := range t.joined {
			ws = append(ws, j.word, words.Word{})
		}
	}
	return ws, lang
}

// Pairs calls visit with each two words of a field of kind Text that a phrase may find one
// after the other, and the language by which they are stemmed. A word that is written apart
// is visited as one word too. A single character that a phrase finds at the edge of a word
// is no word here.
func (d *Doc) Pairs(f *Field, visit func(first, second words.Word, lang string)) {
	for _, t := range d.in(f).texts {
		for i := range t.words {
			for _, first := range t.wordsAt(i) {
				for _, second := range t.wordsAt(i + first.n) {
					visit(first.word, second.word, t.lang)
				}
			}
		}
	}
}

// Values returns what a field compares as a whole, normalized as Part.Text is.
func (d *Doc) Values(f *Field) []string { return d.in(f).values }

// in returns what the entry has in a field. The result is valid until the next call.
func (d *Doc) in(f *Field) *fieldValue {
	for i := range d.cached {
		if d.cached[i].field == f {
			return &d.cached[i]
		}
	}
	v := fieldValue{field: f}
	if f.texts != nil {
		v.texts = f.texts(d)
	}
	if f.values != nil {
		v.values = f.values(d)
	}
	d.cached = append(d.cached, v)
	return &d.cached[len(d.cached)-1]
}

// Prepare reads what most queries look at, so that they need not do it.
func (d *Doc) Prepare() { d.in(Anywhere) }

// isFrom reports whether the entry's source has this tag or name.
func (d *Doc) isFrom(tagOrName string) bool {
	return d.src.Name == tagOrName || slices.Contains(d.src.Tags, tagOrName)
}

// base returns the language without region and script.
func (d *Doc) base() string {
	b, _, _ := strings.Cut(d.lang, "-")
	return b
}
