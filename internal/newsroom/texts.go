package newsroom

import (
	"bytes"
	"context"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/text/language"

	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
)

// locale returns the language of the desk: site.language of the rules in force, or of those
// that were read last when the database can't be read.
func (d *Desk) locale() *locale.Locale {
	if d.Locale != nil {
		return d.Locale
	}
	_ = d.Store.View(func(tx *store.Tx) error {
		rules, err := tx.Rules()
		if rules != nil {
			d.language.Store(locale.Of(rules.Site.Language))
		}
		return err
	})
	if last := d.language.Load(); last != nil {
		return last
	}
	return locale.Of("")
}

// localeKey is the key of the language of the answer in a request's context.
type localeKey struct{}

// localeOf returns the language in which a request is answered.
func (d *Desk) localeOf(ctx context.Context) *locale.Locale {
	if loc, ok := ctx.Value(localeKey{}).(*locale.Locale); ok {
		return loc
	}
	return locale.Of("en")
}

// asked returns the language in which a request is to be answered. Pages, forms and
// the live stream are in that of the site. Programs get that of Accept-Language: our scripts ask for that of the
// page, and most programs for none, which is English.
func (d *Desk) asked(r *http.Request) *locale.Locale {
	if !strings.HasPrefix(r.URL.Path, "/api/") || isForm(r) {
		return d.locale()
	}
	tags, _, _ := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if len(tags) == 0 {
		return locale.Of("en")
	}
	if loc := d.locale(); loc.Lang == tags[0].String() {
		return loc
	}
	return locale.Of(tags[0].String())
}

func isForm(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded")
}

var pageTemplatesByLocale sync.Map // *template.Template by *locale.Locale

// pageTemplates returns the templates of the pages in a language.
func pageTemplates(loc *locale.Locale) *template.Template {
	if t, ok := pageTemplatesByLocale.Load(loc); ok {
		return t.(*template.Template)
	}
	t := template.New("")
	template.Must(t.Funcs(pageFuncs).Funcs(textFuncs(loc, t)).ParseFS(deskFiles, "pages/*.html"))
	first, _ := pageTemplatesByLocale.LoadOrStore(loc, t)
	return first.(*template.Template)
}

// textFuncs are the functions of templates that depend on the language.
//
//	{{T "Mark all read"}}                        a text
//	{{T "due {}, by {}" .Due (bdi .Who)}}        with placeholders; markup stays markup
//	{{T "held until {}" (part "when" .At)}}      what a template of this set writes
//	{{N "{n} outlet" "{n} outlets" .Count}}      a plural
func textFuncs(loc *locale.Locale, t *template.Template) template.FuncMap {
	return template.FuncMap{
		"T": func(english string, parts ...any) any { return fillText(loc, loc.Lookup(english), parts) },
		"N": func(one, many string, n int, parts ...any) any {
			return fillText(loc, loc.LookupCount(one, many, n), parts)
		},
		"bdi":    func(v any) template.HTML { return element("bdi", loc.Part(v)) },
		"strong": func(v any) template.HTML { return element("strong", loc.Part(v)) },
		"term": func(v any) template.HTML {
			return template.HTML(`<bdi dir="auto">` + element("code", loc.Part(v)) + `</bdi>`)
		},
		"said":    func(text string) template.HTML { return said(loc, text) },
		"span":    func(seconds int) string { return span(loc, seconds) },
		"num":     func(v any) string { return loc.Part(v) },
		"percent": func(thousandths int) string { return loc.T("{} %", (thousandths+5)/10) },
		"part": func(name string, data any) (template.HTML, error) {
			var b bytes.Buffer
			err := t.ExecuteTemplate(&b, name, data)
			return template.HTML(strings.TrimSpace(b.String())), err
		},
		"languageName": locale.LanguageName,
		"siteLang":     func() string { return loc.Lang },
		"siteDir":      func() string { return loc.Dir },
		"asset":        assetPath,
		"modules":      func() []string { return wireModules },
		"dictionary":   func() locale.Dictionary { return scriptDictionary(loc) },
	}
}

// span writes a time in words.
func span(loc *locale.Locale, seconds int) string {
	switch n := seconds / 60; {
	case n < 1:
		return loc.N("{n} second", "{n} seconds", seconds)
	case n == 1:
		return loc.T("a minute")
	case n < 60:
		return loc.N("{n} minute", "{n} minutes", n)
	}
	return loc.T("an hour")
}

// escaped writes a text in the language of the page.
func escaped(text string) template.HTML { return template.HTML(template.HTMLEscapeString(text)) }

func element(name, text string) template.HTML {
	return template.HTML("<" + name + ">" + template.HTMLEscapeString(text) + "</" + name + ">")
}

// said writes an English sentence of a package that knows no language: in that of the page
// if it is one of view's phrases. All else is marked as English: the words of servers and
// libraries, and explanations of feeds.yaml.
func said(loc *locale.Locale, text string) template.HTML {
	if loc.Lang == "en" {
		return codeMarkup(text)
	}
	phrase, parts, ok := view.MatchPhrase(text)
	if !ok {
		return template.HTML(`<span lang="en" dir="ltr">` + template.HTMLEscapeString(text) + `</span>`)
	}
	return saidPhrase(loc, loc.Lookup(phrase), parts)
}

// saidPhrase fills the placeholders of a phrase. What it has in backquotes is a command or a
// setting: it runs from left to right, and has nothing in it that can't be copied to a terminal.
func saidPhrase(loc *locale.Locale, phrase string, parts []string) template.HTML {
	var b strings.Builder
	for i, piece := range strings.Split(template.HTMLEscapeString(phrase), "`") {
		isCode := i%2 == 1
		written := make([]string, strings.Count(piece, "{}"))
		for k := range written {
			if isCode {
				written[k] = template.HTMLEscapeString(parts[k])
			} else {
				written[k] = string(saidPart(loc, parts[k]))
			}
		}
		parts, piece = parts[len(written):], locale.Put(piece, written...)
		if isCode {
			piece = `<code dir="ltr">` + piece + `</code>`
		}
		b.WriteString(piece)
	}
	return template.HTML(b.String())
}

// saidError writes an error as a sentence in the language of the page, as said does.
func saidError(loc *locale.Locale, err error) template.HTML {
	sentence := sentenceOf(err)
	if bare, ok := strings.CutSuffix(sentence, "."); ok {
		if _, _, ok := view.MatchPhrase(bare); ok {
			return said(loc, bare) + escaped(loc.T("."))
		}
	}
	return said(loc, sentence)
}

// saidPart writes a part of a phrase: a phrase, the words of others, or a name or number.
func saidPart(loc *locale.Locale, part string) template.HTML {
	if _, _, ok := view.MatchPhrase(part); ok || strings.Count(part, " ") > 1 {
		return said(loc, part)
	}
	return "\u2068" + escaped(part) + "\u2069" // an element would be an item of its own where a sentence is a flex box
}

// fillText fills the placeholders of a text. With markup among the parts the result is
// markup, and all else in it is escaped.
func fillText(loc *locale.Locale, text string, parts []any) any {
	markup := slices.ContainsFunc(parts, func(v any) bool { _, ok := v.(template.HTML); return ok })
	filled := make([]string, len(parts))
	for i, v := range parts {
		filled[i] = loc.Part(v)
		if _, ok := v.(template.HTML); !ok && markup {
			filled[i] = template.HTMLEscapeString(filled[i])
		}
	}
	if !markup {
		return locale.Put(text, filled...)
	}
	return template.HTML(locale.Put(template.HTMLEscapeString(text), filled...))
}

// textKeys are English texts: those of T, and those for many of N.
type textKeys struct{ texts, counts []string }

// A text in a script is the literal of a call: t("..."), tnodes("...") or
// tn("...", "...", n).
var scriptCall = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\b(t|tn|tnodes)\(("(?:[^"\\]|\\.)*")(?:,\s*("(?:[^"\\]|\\.)*"))?`)
})

// scriptKeys are the texts that our scripts use.
var scriptKeys = sync.OnceValue(func() (keys textKeys) {
	err := fs.WalkDir(deskFiles, "assets", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".js") {
			return err
		}
		b, err := deskFiles.ReadFile(path)
		for _, m := range scriptCall().FindAllStringSubmatch(string(b), -1) {
			keys.add(m[1] == "tn", m[2], m[3])
		}
		return err
	})
	if err != nil {
		panic(fmt.Sprintf("read the scripts that are part of this program: %v", err))
	}
	return keys
})

// add adds the quoted texts of a call.
func (k *textKeys) add(plural bool, first, second string) {
	list, quoted := &k.texts, first
	if plural {
		list, quoted = &k.counts, second
	}
	if text, err := strconv.Unquote(quoted); err == nil && !slices.Contains(*list, text) {
		*list = append(*list, text)
	}
}

var dictionaries sync.Map // locale.Dictionary by *locale.Locale

// scriptDictionary returns the texts of our scripts in a language.
func scriptDictionary(loc *locale.Locale) locale.Dictionary {
	if d, ok := dictionaries.Load(loc); ok {
		return d.(locale.Dictionary)
	}
	keys := scriptKeys()
	d := loc.Dictionary(keys.texts, keys.counts)
	dictionaries.Store(loc, d)
	return d
}
