package topic

import (
	"slices"
	"strings"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/words"
)

// Doc is an entry as queries see it. Its words are cut when the first query asks
// for them and kept, so one goroutine may use it at a time.
type Doc struct {
	entry *news.Entry
	src   *news.Source
	lang  string // lower case, empty when not known

	headline, name, author *text
	news                   *text // headline and summary
	categories             []*text
	tags                   []string // folded
	link                   string   // lower case
	ready                  [outlets]bool
}

// NewDoc makes the doc of an entry. The title of its source is the one in s:
// who wants the feed's own title found sets it there.
func NewDoc(e *news.Entry, s *news.Source) *Doc {
	d := &Doc{entry: e, src: s, lang: e.Language}
	if d.lang == "" {
		d.lang = s.Language
	}
	d.lang = strings.ReplaceAll(strings.ToLower(d.lang), "_", "-")
	return d
}

// Language is the entry's, or its source's, in lower case; empty when not known.
func (d *Doc) Language() string { return d.lang }

// Address is the entry's link as link: compares it.
func (d *Doc) Address() string { return d.address() }

// Words are those that a query finds in a field, title, author or category, or in
// headline and summary together when it is empty; lang is what they are stemmed by.
func (d *Doc) Words(name string) (ws []words.Word, lang string) {
	if fields[name] == category {
		for _, t := range d.categoryTexts() {
			ws = append(ws, t.words...)
		}
		return ws, d.base()
	}
	t := d.textOf(fields[name])
	return t.words, t.lang
}

// from says whether the doc's source has this tag or name.
func (d *Doc) from(tagOrName string) bool {
	return d.src.Name == tagOrName || slices.Contains(d.src.Tags, tagOrName)
}

// base is the language without region and script.
func (d *Doc) base() string {
	b, _, _ := strings.Cut(d.lang, "-")
	return b
}

// once says whether f is asked for the first time.
func (d *Doc) once(f field) bool {
	first := !d.ready[f]
	d.ready[f] = true
	return first
}

func (d *Doc) textOf(f field) *text {
	first := d.once(f)
	switch f {
	case title:
		if first {
			d.headline = newText(d.base(), d.entry.Headline)
		}
		return d.headline
	case source:
		if first {
			d.name = newText("", d.src.Title)
		}
		return d.name
	case author:
		if first {
			d.author = newText("", d.entry.Author)
		}
		return d.author
	}
	if first {
		d.news = newText(d.base(), d.entry.Headline, d.entry.Summary)
	}
	return d.news
}

func (d *Doc) categoryTexts() []*text {
	if d.once(category) {
		for _, c := range d.entry.Categories {
			d.categories = append(d.categories, newText(d.base(), c))
		}
	}
	return d.categories
}

func (d *Doc) foldedTags() []string {
	if d.once(tag) {
		for _, t := range d.src.Tags {
			d.tags = append(d.tags, words.Fold(t))
		}
	}
	return d.tags
}

func (d *Doc) address() string {
	if d.once(link) {
		d.link = bareLink(d.entry.Link)
	}
	return d.link
}

// bareLink is an address as link: compares it: lower case, without scheme.
func bareLink(s string) string {
	s = strings.ToLower(s)
	if _, rest, ok := strings.Cut(s, "://"); ok {
		return rest
	}
	return s
}

// text is a run of words that can be searched.
type text struct {
	lang  string
	words []words.Word // an empty one between parts, so that no phrase spans them
	texts []string     // sorted
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

// has says whether the text holds the word.
func (t *text) has(w *word) bool {
	if _, ok := slices.BinarySearch(t.texts, w.text); ok {
		return true
	}
	_, ok := slices.BinarySearch(t.stems, w.stem(t.lang))
	return ok
}

// begins says whether a word of the text begins with prefix.
func (t *text) begins(prefix string) bool {
	i, _ := slices.BinarySearch(t.texts, prefix)
	return i < len(t.texts) && strings.HasPrefix(t.texts[i], prefix)
}

// phrase says whether the words stand in the text one after the other. The last
// may be a prefix.
func (t *text) phrase(ws []*word, prefix bool) bool {
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

// contains says whether a word of the text holds s.
func (t *text) contains(s string) bool {
	return slices.ContainsFunc(t.texts, func(w string) bool { return strings.Contains(w, s) })
}
