package site

import (
	"html/template"
	"sync"

	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/words"
)

// templates returns the templates of all pages in a language, by name. They are parsed for
// the first page in that language.
func templates(t *locale.Locale) map[string]*template.Template {
	parsedTemplates.mu.Lock()
	defer parsedTemplates.mu.Unlock()
	if parsedTemplates.by[t] == nil {
		parsedTemplates.by[t] = parseTemplates(t)
	}
	return parsedTemplates.by[t]
}

var parsedTemplates = struct {
	mu sync.Mutex // guards the field below
	by map[*locale.Locale]map[string]*template.Template
}{by: map[*locale.Locale]map[string]*template.Template{}}

func parseTemplates(t *locale.Locale) map[string]*template.Template {
	shared := template.Must(template.New("").Funcs(templateFuncs(t)).ParseFS(embedded, "pages/layout.html", "pages/lines.html", "pages/archive.html", "pages/newsletters.html", "pages/media.html"))
	all := map[string]*template.Template{}
	for _, name := range []string{"front", "latest", "topic", "days", "outlet", "outlets", "search", "story", "withdrawn", "fault", "moved", "embed_help", "embed", "player", "newsletter"} {
		all[name] = template.Must(template.Must(shared.Clone()).ParseFS(embedded, "pages/"+name+".html"))
	}
	return all
}

// templateFuncs returns the functions of templates. t returns the texts of the language,
// put fills the placeholders of one with HTML from name, moment and outletNames.
func templateFuncs(t *locale.Locale) template.FuncMap {
	return template.FuncMap{
		"dir":        words.Dir,
		"t":          func() *locale.Locale { return t },
		"put":        put,
		"count":      t.Count,
		"scriptRuns": scriptRuns,
		"name":       name,
		"license":    license,
		"headline":   isolated,
		"moment":     func(at stamp) template.HTML { return moment(t, at) },
		"changed":    func(c change) template.HTML { return changeText(t, c) },
		"formats":    func() []*feed.Format { return feed.Formats },
		"feedType":   feedType,
		"date":       date,
		"day":        dayOf,
		"pageOf": func(n, of int) template.HTML {
			return put(t.PageOf, template.HTML(t.Number(n)), template.HTML(t.Number(of)))
		}, // safe: digits
		"outletNames": func(by string, n int) template.HTML { return outletNames(t, by, n) },
	}
}

// feedType returns the type attribute of a link to a feed, by the format's title. The
// template would escape its plus sign, and some feed readers look for the literal text.
func feedType(title string) template.HTMLAttr {
	for _, f := range feed.Formats {
		if f.Title == title {
			return template.HTMLAttr(`type="` + f.MediaType + `"`) // safe: a constant
		}
	}
	return ""
}

// put replaces the placeholders of a text with HTML.
func put(sentence string, parts ...template.HTML) template.HTML {
	plain := make([]string, len(parts))
	for i, p := range parts {
		plain[i] = string(p)
	}
	return template.HTML(locale.Put(template.HTMLEscapeString(sentence), plain...)) // safe: the text is escaped, the parts are safe
}

// name returns a name, isolated because it has its own direction.
func name(s string) template.HTML {
	return template.HTML("<bdi>" + template.HTMLEscapeString(s) + "</bdi>") // safe: escaped
}

// license returns a link to a licence.
func license(to tab) template.HTML {
	return template.HTML(`<a rel="license" href="` + template.HTMLEscapeString(to.Href) + `">` + string(name(to.Title)) + "</a>") // safe: escaped, and the address is http or https
}

// isolated returns a headline in its own direction and language.
func isolated(s, dir, lang string) template.HTML {
	if lang != "" {
		lang = ` lang="` + template.HTMLEscapeString(lang) + `"`
	}
	return template.HTML(`<bdi dir="` + template.HTMLEscapeString(dir) + `"` + lang + ">" + template.HTMLEscapeString(s) + "</bdi>") // safe: escaped
}

// moment returns a time to the minute with its zone, in the direction of the language.
func moment(t *locale.Locale, at stamp) template.HTML {
	return template.HTML(`<time datetime="` + at.ISO + `" dir="` + t.Dir + `">` + template.HTMLEscapeString(at.Full) + "</time>") // safe: escaped
}

// date returns a link to a day or a month, whose date or beginning of a date is in Name.
func date(to tab) template.HTML {
	return template.HTML(`<a href="` + template.HTMLEscapeString(to.Href) + `"><time datetime="` + to.Name + `">` + template.HTMLEscapeString(to.Title) + "</time></a>") // safe: escaped, and the address is ours
}

// dayOf returns a day without its weekday.
func dayOf(at stamp) template.HTML {
	return template.HTML(`<time datetime="` + at.ISODay + `">` + template.HTMLEscapeString(at.Date) + "</time>") // safe: escaped
}

// outletNames returns the name of one outlet and the number of others.
func outletNames(t *locale.Locale, first string, others int) template.HTML {
	if others == 0 {
		return name(first)
	}
	return put(t.Count(t.AndOutlets, others), name(first))
}
