package newsroom

import (
	"html/template"
	"net/http"
	"regexp"
	"strings"
	"sync"

	"github.com/slugline/slugline/internal/config"
)

// helpPage is the data of help.html.
type helpPage struct {
	wirePage
	Title    string
	Sections []helpSection
}

// helpSection is a section of feeds.yaml with its keys.
type helpSection struct {
	Name string // as in sources[]; empty: the top level
	Keys []config.Key
}

// Heading is the section's title. A section in a list says so.
func (p *helpPage) Heading(s helpSection) string {
	switch name, isList := strings.CutSuffix(s.Name, "[]"); {
	case name == "":
		return p.loc().T("Top level")
	case isList:
		return p.loc().T("Each item of {}", name)
	}
	return s.Name
}

// Anchor is the section's id on the page.
func (s helpSection) Anchor() string { return "section-" + strings.ReplaceAll(s.Name, "[]", "") }

// help answers GET /help.
func (pg pages) help(w http.ResponseWriter, r *http.Request) error {
	p := &helpPage{wirePage: pg.newPage(), Title: pg.locale().T("Settings"), Sections: helpSections(config.Keys())}
	err := pg.Store.ViewContext(r.Context(), p.readSite)
	if err != nil {
		return err
	}
	return pg.show(w, "help.html", p)
}

// helpSections groups keys by section. The keys of a section follow each other.
func helpSections(keys []config.Key) []helpSection {
	var all []helpSection
	for _, k := range keys {
		if n := len(all); n == 0 || all[n-1].Name != k.Section {
			all = append(all, helpSection{Name: k.Section})
		}
		last := &all[len(all)-1]
		last.Keys = append(last.Keys, k)
	}
	return all
}

var quotedCode = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile("`([^`]+)`") })

// codeMarkup escapes a text and makes what is in backquotes an element code.
func codeMarkup(text string) template.HTML {
	return template.HTML(quotedCode().ReplaceAllString(template.HTMLEscapeString(text), "<code>$1</code>"))
}
