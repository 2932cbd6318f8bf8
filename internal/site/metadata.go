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

// social is how other sites preview a link to the page (Open Graph).
type social struct {
	Kind        string // website or article
	Description string
	Picture     string // absolute address; empty: none
	Published   string // RFC 3339; of articles
}

// The types of schema.org that search engines read for a list of news.
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

// schema returns the JSON-LD of an ItemList of the articles with an absolute address,
// empty when there is none.
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
	b, err := json.Marshal(all) // json.Marshal escapes "</script>"
	if err != nil {
		return ""
	}
	return template.JS(b)
}

// article describes the lead at its outlet.
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

// scriptRun is a part of a line of text in one script. A separator has no Dir.
type scriptRun struct{ Text, Dir, Lang string }

// separators are the characters that separate two languages in a title.
const separators = "/|·•—–"

// scriptRuns splits a title or a motto at separators where its direction changes, because
// each part has its own direction and language: "Arab Press / بالشعب و للشعب". site is the
// language of the site.
func scriptRuns(s, site string) []scriptRun {
	var out []scriptRun
	for rest := s; rest != ""; {
		part := rest
		if i := strings.IndexAny(rest, separators); i > 0 && turnsDirection(rest[:i], rest[i:]) {
			part = rest[:i]
		}
		rest = rest[len(part):]
		separator := ""
		if rest != "" {
			_, after, _ := strings.Cut(rest, " ")
			separator, rest = strings.TrimSuffix(rest, after), after
		}
		out = append(out, scriptRun{strings.TrimSpace(part), words.Dir(part), scriptLang(part, site)})
		if separator = strings.TrimSpace(separator); separator != "" {
			out = append(out, scriptRun{Text: separator})
		}
	}
	return out
}

// turnsDirection tells whether a and b have opposite directions.
func turnsDirection(a, b string) bool {
	x, y := words.Dir(a), words.Dir(b)
	return x != y && x != "auto" && y != "auto"
}

// scriptLang returns the most likely language of a text by its script. It is empty when
// the text may be in the site's language.
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

// scripts are the scripts that suggest a language, with their tags in BCP 47.
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
