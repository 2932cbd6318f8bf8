package topic

import (
	"slices"
	"strings"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/words"
)

// Doc is an entry as queries see it. It computes what a field compares when the first
// query asks for it, and caches that, so only one goroutine may use a Doc at a time.
type Doc struct {
	entry  *news.Entry
	src    *news.Source
	lang   string       // lower case, empty when not known
	cached []fieldValue // in the order in which they were asked for
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

// Words returns the words that a field of kind Text looks at, and the language by
// which they are stemmed. An empty word separates texts that no phrase can span.
func (d *Doc) Words(f *Field) (ws []words.Word, lang string) {
	for _, t := range d.in(f).texts {
		ws, lang = append(ws, t.words...), t.lang
	}
	return ws, lang
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

// isFrom reports whether the entry's source has this tag or name.
func (d *Doc) isFrom(tagOrName string) bool {
	return d.src.Name == tagOrName || slices.Contains(d.src.Tags, tagOrName)
}

// base returns the language without region and script.
func (d *Doc) base() string {
	b, _, _ := strings.Cut(d.lang, "-")
	return b
}

// text is a run of words that can be searched.
type text struct {
	lang  string
	words []words.Word // with an empty one after each part, so that no phrase spans two
	texts []string     // the folded words, sorted
	stems []string     // sorted
}

func newText(lang string, parts ...string) *text {
	t := &text{lang: lang}
	for _, p := range parts {
		t.words = append(append(t.words, words.Words(p, lang)...), words.Word{})
	}
	for _, w := range t.words {
		if w.Text != "" {
			t.texts = append(t.texts, w.Text)
			t.stems = append(t.stems, w.Stem)
		}
	}
	slices.Sort(t.texts)
	slices.Sort(t.stems)
	return t
}

// hasWord reports whether the text has the word, or one with the same stem.
func (t *text) hasWord(w *word) bool {
	if _, ok := slices.BinarySearch(t.texts, w.text); ok {
		return true
	}
	_, ok := slices.BinarySearch(t.stems, w.stem(t.lang))
	return ok
}

// hasPrefix reports whether a word of the text begins with prefix.
func (t *text) hasPrefix(prefix string) bool {
	i, _ := slices.BinarySearch(t.texts, prefix)
	return i < len(t.texts) && strings.HasPrefix(t.texts[i], prefix)
}

// hasPhrase reports whether the words follow each other in the text. With prefix, the
// last one may be the beginning of a word.
func (t *text) hasPhrase(ws []*word, prefix bool) bool {
	for i := 0; i+len(ws) <= len(t.words); i++ {
		if t.phraseAt(i, ws, prefix) {
			return true
		}
	}
	return false
}

func (t *text) phraseAt(i int, ws []*word, prefix bool) bool {
	for k, w := range ws {
		got := t.words[i+k]
		switch {
		case prefix && k == len(ws)-1:
			if !strings.HasPrefix(got.Text, w.text) {
				return false
			}
		case got.Text != w.text && (got.Text == "" || got.Stem != w.stem(t.lang)):
			return false
		}
	}
	return true
}

// contains reports whether s is within a word of the text.
func (t *text) contains(s string) bool {
	return slices.ContainsFunc(t.texts, func(w string) bool { return strings.Contains(w, s) })
}
