package site

import (
	"encoding/json"
	"html/template"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/language"

	"github.com/slugline/slugline/internal/words"
)

// social is what other sites show of a page that somebody links (Open Graph).
type social struct {
	Kind        string // website or article
	Description string
	Picture     string // absolute
	Published   string // RFC 3339; of articles
}

// The parts of schema.org's vocabulary that search engines read a list of news by.
type (
	itemList struct {
		Context string     `json:"@context"`
		Type    string     `json:"@type"`
		Name    string     `json:"name"`
		Items   []listItem `json:"itemListElement"`
	}
	listItem struct {
		Type     string      `json:"@type"`
		Position int         `json:"position"`
		Item     newsArticle `json:"item"`
	}
	newsArticle struct {
		Type      string `json:"@type"`
		Headline  string `json:"headline"`
		URL       string `json:"url"`
		Published string `json:"datePublished"`
		Language  string `json:"inLanguage,omitempty"`
		Publisher outlet `json:"publisher"`
	}
	outlet struct {
		Type string `json:"@type"`
		Name string `json:"name"`
	}
)

// schema is an ItemList of articles that have a page of their own.
func schema(name string, list []newsArticle) template.JS {
	all := itemList{Context: "https://schema.org", Type: "ItemList", Name: name}
	for _, a := range list {
		if strings.HasPrefix(a.URL, "/") || a.URL == "" {
			continue
		}
		a.Type, a.Publisher.Type = "NewsArticle", "Organization"
		all.Items = append(all.Items, listItem{"ListItem", len(all.Items) + 1, a})
	}
	if len(all.Items) == 0 {
		return ""
	}
	b, err := json.Marshal(all) // escapes what could end a script
	if err != nil {
		return ""
	}
	return template.JS(b)
}

// article is the lead's, at its outlet.
func (l *line) article() newsArticle {
	return newsArticle{Headline: l.Headline, URL: l.Outlet, Published: l.At.ISO, Language: l.Lang, Publisher: outlet{Name: l.By}}
}

func articles(lines ...line) []newsArticle {
	out := make([]newsArticle, 0, len(lines))
	for i := range lines {
		out = append(out, lines[i].article())
	}
	return out
}

func allLines(days []day) []line {
	var out []line
	for _, d := range days {
		out = append(out, d.Lines...)
	}
	return out
}

// scriptRun is a piece of a line in one script.
type scriptRun struct{ Text, Dir, Lang string }

// separators is what stands between two languages on a masthead.
const separators = "/|·•—–"

// scriptRuns cuts a title or a motto where it goes on in another script, for each piece
// has its own direction and language: "Arab Press / بالشعب و للشعب".
func scriptRuns(s, site string) []scriptRun {
	var out []scriptRun
	for rest := s; rest != ""; {
		piece := rest
		if i := strings.IndexAny(rest, separators); i > 0 && turnsDirection(rest[:i], rest[i:]) {
			piece = rest[:i]
		}
		rest = rest[len(piece):]
		mark := ""
		if rest != "" {
			_, after, _ := strings.Cut(rest, " ")
			mark, rest = strings.TrimSuffix(rest, after), after
		}
		out = append(out, scriptRun{strings.TrimSpace(piece), words.Dir(piece), scriptLang(piece, site)})
		if mark = strings.TrimSpace(mark); mark != "" {
			out = append(out, scriptRun{Text: mark})
		}
	}
	return out
}

// turnsDirection tells whether b runs the other way.
func turnsDirection(a, b string) bool {
	x, y := words.Dir(a), words.Dir(b)
	return x != y && x != "auto" && y != "auto"
}

// scriptLang is the language that a text in another script than the site's is most
// likely in; empty where it can be the site's own.
func scriptLang(s, site string) string {
	own, _ := language.Make(site).Script()
	for _, sc := range scripts {
		if !strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(sc.table, r) }) {
			continue
		}
		if slices.Contains(sc.tags, own.String()) {
			return ""
		}
		base, _ := language.Make("und-" + sc.tags[0]).Base()
		return base.String()
	}
	return ""
}

// scripts are those that tell a language, with the tags that languages name them by.
var scripts = []struct {
	tags  []string
	table *unicode.RangeTable
}{
	{[]string{"Arab"}, unicode.Arabic},
	{[]string{"Hebr"}, unicode.Hebrew},
	{[]string{"Cyrl"}, unicode.Cyrillic},
	{[]string{"Grek"}, unicode.Greek},
	{[]string{"Deva"}, unicode.Devanagari},
	{[]string{"Thai"}, unicode.Thai},
	{[]string{"Kore"}, unicode.Hangul},
	{[]string{"Jpan"}, unicode.Hiragana},
	{[]string{"Hans", "Hant", "Jpan"}, unicode.Han},
	{[]string{"Latn"}, unicode.Latin},
}
