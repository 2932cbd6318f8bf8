package site

import (
	"html/template"
	"sync"

	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/words"
)

// templates are the templates of all pages in a tongue, parsed when the first page in
// it is asked for.
func templates(t *locale.Locale) map[string]*template.Template {
	parsedTemplates.mu.Lock()
	defer parsedTemplates.mu.Unlock()
	if parsedTemplates.by[t] == nil {
		parsedTemplates.by[t] = parseTemplates(t)
	}
	return parsedTemplates.by[t]
}

var parsedTemplates = struct {
	mu sync.Mutex // guards by
	by map[*locale.Locale]map[string]*template.Template
}{by: map[*locale.Locale]map[string]*template.Template{}}

func parseTemplates(t *locale.Locale) map[string]*template.Template {
	shared := template.Must(template.New("").Funcs(templateFuncs(t)).ParseFS(embedded, "pages/layout.html", "pages/lines.html", "pages/newsletters.html", "pages/media.html"))
	all := map[string]*template.Template{}
	for _, name := range []string{"front", "topic", "story", "withdrawn", "fault", "moved", "embed_help", "embed", "player", "newsletter"} {
		all[name] = template.Must(template.Must(shared.Clone()).ParseFS(embedded, "pages/"+name+".html"))
	}
	return all
}

// templateFuncs are what templates say things with: t is the table, put fills a sentence
// with HTML, which name and moment make.
func templateFuncs(t *locale.Locale) template.FuncMap {
	return template.FuncMap{
		"dir":         words.Dir,
		"t":           func() *locale.Locale { return t },
		"put":         put,
		"count":       t.Count,
		"scriptRuns":  scriptRuns,
		"name":        name,
		"moment":      func(at stamp) template.HTML { return moment(t, at) },
		"outletNames": func(by string, n int) template.HTML { return outletNames(t, by, n) },
	}
}

// put fills the holes of a sentence.
func put(sentence string, parts ...template.HTML) template.HTML {
	plain := make([]string, len(parts))
	for i, p := range parts {
		plain[i] = string(p)
	}
	return template.HTML(locale.Put(template.HTMLEscapeString(sentence), plain...)) // safe: its parts are
}

// name is a name whose direction is its own.
func name(s string) template.HTML {
	return template.HTML("<bdi>" + template.HTMLEscapeString(s) + "</bdi>") // safe: escaped
}

// moment is a time to the minute, with its zone, which runs as its month's name does.
func moment(t *locale.Locale, at stamp) template.HTML {
	return template.HTML(`<time datetime="` + at.ISO + `" dir="` + t.Dir + `">` + template.HTMLEscapeString(at.Full) + "</time>") // safe: escaped
}

// outletNames names one outlet and counts the others.
func outletNames(t *locale.Locale, by string, n int) template.HTML {
	if n == 0 {
		return name(by)
	}
	return put(t.Count(t.AndOutlets, n), name(by))
}
