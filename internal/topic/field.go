package topic

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/words"
)

// Field is a field of the query language: what a query writes before a colon.
type Field struct {
	Name    string // without the colon; empty for Anywhere
	Matches string // what is compared, for the help
	Kind    FieldKind
	Of      Subject
	Example string // a query with the field, for the help and for errors

	takes  locale.Message    // of Exact: which values are valid, for errors; empty: all that have a letter or digit
	colons bool              // a value may contain colons
	usual  map[string]string // of Exact: which value others mean by a word, for errors
	names  bool              // of Text: its words are names, and their capitals say nothing

	// How the field is matched. A field has one or more of these.
	texts     func(*Doc) []*text                 // where words, phrases and prefixes are looked for
	values    func(*Doc) []string                // which a query's value may equal
	normalize func(value string) string          // of Exact: a query's value as values have it; empty: invalid
	matches   func(n *node, value string) bool   // of Exact: instead of equality
	number    func(d *Doc, outlets int) (n int)  // of Number
	within    func(entry, moment time.Time) bool // of Moment
	ofTopics  bool                               // the value is known only when the story's topics are
	ofDesk    bool                               // only the desk knows the value
	ofStory   bool                               // the value depends on what SetTopics and SetStory say
}

// FieldKind says how a query's value is compared with an entry's.
type FieldKind uint8

// The kinds of fields.
const (
	Text   FieldKind = iota // words, "phrases" and prefix*
	Exact                   // the whole value, or with * its beginning
	Number                  // a number, with >, >=, < or <= before it
	Moment                  // a date, or an age such as 24h
)

// Subject is what a field's value belongs to.
type Subject uint8

// The subjects.
const (
	OfEntry  Subject = iota
	OfSource         // the value is the same for all entries of a source
	OfStory          // the value is the same for all entries of a story
)

// Anywhere is the field of a term without a field.
var Anywhere = &Field{
	Matches: "headline and summary", Kind: Text, Example: "budget",
	texts: func(d *Doc) []*text {
		parts := []string{d.entry.Headline, d.entry.Summary}
		return []*text{cutText(d.base(), parts, d.headline(), words.Words(d.entry.Summary, d.base()))}
	},
}

// Fields are the fields that a query can name, in the order of the help. This table
// is all that the parser, the matcher and the error texts know of a field. Search
// answers a field that its index does not map by matching each stored story, so a new
// field needs a new row only. The table is read-only.
var Fields = []*Field{
	{
		Name: "title", Matches: "the headline", Kind: Text, Example: "title:budget",
		texts: func(d *Doc) []*text { return []*text{cutText(d.base(), []string{d.entry.Headline}, d.headline())} },
	},
	{
		Name: "source", Matches: "the source's name; in quotes, words of its title too", Kind: Text, Of: OfSource, Example: "source:bbc-world",
		names:  true,
		texts:  func(d *Doc) []*text { return []*text{newText("", d.src.Title)} },
		values: func(d *Doc) []string { return []string{d.src.Name} },
	},
	{
		Name: "tag", Matches: "a tag of the source", Kind: Exact, Of: OfSource, Example: "tag:world",
		normalize: words.Fold,
		values:    func(d *Doc) []string { return fold(d.src.Tags) },
	},
	{
		Name: "lang", Matches: "the language; en includes en-GB", Kind: Exact, Example: "lang:en",
		takes:     locale.Messagef("a code such as en, ar or pt-BR"),
		usual:     languageNames,
		normalize: langCode,
		values:    func(d *Doc) []string { return []string{d.lang} },
		matches: func(n *node, lang string) bool {
			return n.equals(lang) || strings.HasPrefix(lang, n.value+"-")
		},
	},
	{
		Name: "author", Matches: "the author", Kind: Text, Example: "author:smith",
		names: true,
		texts: func(d *Doc) []*text { return []*text{newText("", d.entry.Author)} },
	},
	{
		Name: "category", Matches: "a category that the source gave", Kind: Text, Example: "category:health",
		texts: func(d *Doc) (all []*text) {
			for _, c := range d.entry.Categories {
				all = append(all, newText(d.base(), c))
			}
			return all
		},
	},
	{
		Name: "link", Matches: "a part of the link: labels of the host, parts of the path", Kind: Exact, Example: "link:bbc.co.uk/sport",
		colons:    true,
		normalize: withoutScheme,
		values:    func(d *Doc) []string { return []string{withoutScheme(d.entry.Link)} },
		matches:   (*node).inLink,
	},
	{
		Name: "has", Matches: "what comes with the entry: has:audio, has:video, has:picture; at the desk also has:star and has:assigned", Kind: Exact, Example: "has:audio",
		takes:     locale.Messagef("audio, video, picture, star or assigned"),
		ofStory:   true,
		usual:     map[string]string{"image": "picture", "bild": "picture", "foto": "picture", "imagen": "picture", "images": "picture", "photo": "picture", "photos": "picture", "pic": "picture", "pictures": "picture", "sound": "audio", "podcast": "audio", "film": "video", "clip": "video", "videos": "video", "starred": hasStar, "stars": hasStar, "favourite": hasStar, "favorite": hasStar, "assignment": hasAssigned, "assignee": hasAssigned},
		normalize: kindOfHas,
		values: func(d *Doc) []string {
			kinds := mediaKinds(d.entry)
			if d.assignee != "" {
				kinds = append(kinds, hasAssigned)
			}
			return kinds
		},
	},
	{
		Name: "assigned", Matches: "the name of the colleague to whom the story is assigned, or me; in searches at the desk", Kind: Exact, Of: OfStory, Example: `assigned:"Lena"`,
		ofDesk:    true,
		ofStory:   true,
		normalize: words.Fold,
		values: func(d *Doc) []string {
			if d.assignee == "" {
				return nil
			}
			return []string{words.Fold(d.assignee)}
		},
	},
	{
		Name: "after", Matches: "published on this day (or at this time) or later; in searches also an age such as 24h (a topic has `window` for that)", Kind: Moment, Example: "after:2026-11-27",
		within: func(entry, moment time.Time) bool { return !entry.Before(moment) },
	},
	{
		Name: "before", Matches: "published before this day or time; in searches also an age such as 24h", Kind: Moment, Example: "before:2026-11-27",
		within: func(entry, moment time.Time) bool { return entry.Before(moment) },
	},
	{
		Name: "topic", Matches: "the name of a topic that has the story; in searches and alerts", Kind: Exact, Example: "topic:cyber",
		ofTopics:  true,
		ofStory:   true,
		normalize: words.Fold,
		values:    func(d *Doc) []string { return d.topics },
	},
	{
		Name: "outlets", Matches: "how many outlets have the story", Kind: Number, Of: OfStory, Example: "outlets:>3",
		number: func(_ *Doc, outlets int) int { return outlets },
	},
}

// fieldNamed finds a field by its name in any case, nil when there is none.
func fieldNamed(name string) *Field {
	i := slices.IndexFunc(Fields, func(f *Field) bool { return f.Name == strings.ToLower(name) })
	if i < 0 {
		return nil
	}
	return Fields[i]
}

// fieldNames lists all fields for an error text.
func fieldNames() string {
	var names []string
	for _, f := range Fields {
		names = append(names, f.Name+":")
	}
	return strings.Join(names, " ")
}

// suggestField offers the field that a misspelled one may be.
func suggestField(name string) locale.Message {
	var known []string
	for _, f := range Fields {
		known = append(known, f.Name)
	}
	best := words.Nearest(name, known)
	if usual := usualFields[strings.ToLower(name)]; usual != "" {
		best = usual
	}
	if best != "" {
		return locale.Messagef("; did you mean %s?", best+":")
	}
	return locale.Message{}
}

// suggestValue offers the value that another word for it stands for.
func suggestValue(f *Field, value string) locale.Message {
	if best := f.usual[words.Fold(value)]; best != "" {
		return locale.Messagef("; did you mean %s?", f.Name+":"+best)
	}
	return locale.Message{}
}

// The values of has: that only the desk knows.
const (
	hasStar     = "star"
	hasAssigned = "assigned"
)

// starField is what has:star looks at. It is not in Fields: no entry has a value in it.
var starField = &Field{Name: "has:star", Kind: Exact, Of: OfStory}

// kindOfHas returns a value of has:, empty when s is none.
func kindOfHas(s string) string {
	if s = words.Fold(s); s == hasStar || s == hasAssigned {
		return s
	}
	return mediaKind(s)
}

// mediaKind returns a kind of media, empty when s is none.
func mediaKind(s string) string {
	switch s = words.Fold(s); s {
	case "audio", "video", "picture":
		return s
	}
	return ""
}

// mediaKinds returns the kinds of media that an entry has.
func mediaKinds(e *news.Entry) (kinds []string) {
	for _, m := range e.Media {
		kind, _, _ := strings.Cut(strings.ToLower(m.Type), "/")
		if m.Picture || kind == "image" {
			kind = "picture"
		}
		if kind = mediaKind(kind); kind != "" && !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

func fold(tags []string) []string {
	folded := make([]string, len(tags))
	for i, t := range tags {
		folded[i] = words.Fold(t)
	}
	return folded
}

var code = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z]{2,3}(-[a-z0-9]{1,8})*$`) })

// langCode returns a language code in lower case with hyphens, empty when s is none.
func langCode(s string) string {
	s = strings.ReplaceAll(strings.ToLower(s), "_", "-")
	if !code().MatchString(s) {
		return ""
	}
	return s
}

// withoutScheme returns an address in lower case without its scheme, and in the letters
// that it stands for: a link is stored percent-encoded, and nobody writes a query so.
func withoutScheme(address string) string {
	if _, rest, ok := strings.Cut(address, "://"); ok {
		address = rest
	}
	host := address[:strings.IndexByte(address+"/", '/')]
	if strings.Contains(host, "xn--") {
		address = unicodeHost(host) + address[len(host):]
	}
	if strings.Contains(address, "%") {
		if s, err := url.PathUnescape(address); err == nil && utf8.ValidString(s) {
			address = s
		}
	}
	return strings.ToLower(address)
}

// unicodeHost returns a host in Unicode, as it is if it is none.
func unicodeHost(host string) string {
	s, err := idna.Display.ToUnicode(host)
	if err != nil {
		return host
	}
	return s
}
