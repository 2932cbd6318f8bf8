package edition

import (
	"fmt"
	"html"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/words"
)

// listed is how many outlets an item's content names.
const listed = 10

// page is HTML under construction.
type page struct{ strings.Builder }

// content is an item's content: the lead's text, who else has it, our own page.
func (m *material) content(p *feed.Post, body string) string {
	var b page
	b.Grow(1<<10 + len(body))
	switch {
	case body != "":
		b.open("div", p.Language, words.Dir(p.Title))
		b.WriteString(body)
		b.WriteString("</div>\n")
	case p.Summary != "":
		b.open("p", p.Language, words.Dir(p.Summary))
		b.text(p.Summary)
		b.WriteString("</p>\n")
	}
	b.outlets(p)
	b.open("p", "en", "ltr")
	b.anchor(p.Page)
	b.WriteString("This story")
	if m.site.Title != "" {
		b.WriteString(" at <bdi>")
		b.text(m.site.Title)
		b.WriteString("</bdi>")
	}
	b.WriteString("</a></p>")
	return b.String()
}

func (b *page) outlets(p *feed.Post) {
	b.WriteString("<ul>\n")
	for i := range p.Outlets[:min(len(p.Outlets), listed)] {
		b.outlet(&p.Outlets[i], p.Title)
	}
	if more := len(p.Outlets) - listed; more > 0 {
		b.open("li", "en", "ltr")
		b.anchor(p.Page)
		fmt.Fprintf(b, "and %d more</a></li>\n", more)
	}
	b.WriteString("</ul>\n")
}

func (b *page) outlet(o *feed.Outlet, headline string) {
	own := o.Headline != headline && words.Key(o.Headline) != words.Key(headline)
	if own {
		b.open("li", o.Language, words.Dir(o.Headline))
	} else {
		b.open("li", o.Language, words.Dir(o.Name))
	}
	if o.Link != "" {
		b.anchor(o.Link)
	}
	b.text(o.Name)
	if o.Link != "" {
		b.WriteString("</a>")
	}
	if own {
		b.WriteString(": ")
		b.text(o.Headline)
	}
	b.WriteString(" · ")
	b.moment(o.At)
	b.WriteString("</li>\n")
}

func (b *page) open(name, lang, dir string) {
	b.WriteByte('<')
	b.WriteString(name)
	if lang != "" {
		b.WriteString(` lang="`)
		b.text(lang)
		b.WriteByte('"')
	}
	b.WriteString(` dir="`)
	b.WriteString(dir)
	b.WriteString(`">`)
}

func (b *page) anchor(href string) {
	b.WriteString(`<a href="`)
	b.text(href)
	b.WriteString(`">`)
}

func (b *page) text(s string) { b.WriteString(html.EscapeString(s)) }

// moment tells a time in UTC: what zones are called and when they change is not
// the same on all machines.
func (b *page) moment(t time.Time) {
	t = t.UTC()
	b.WriteString(`<time datetime="`)
	b.WriteString(t.Format(time.RFC3339))
	b.WriteString(`">`)
	b.WriteString(t.Format("2 Jan 2006, 15:04 UTC"))
	b.WriteString("</time>")
}

func withdrawn(names []string, at time.Time) string {
	var b page
	b.open("p", "en", "ltr")
	b.WriteString("Withdrawn by ")
	for i, name := range names[:min(len(names), listed)] {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("<bdi>")
		b.text(name)
		b.WriteString("</bdi>")
	}
	b.WriteString(", ")
	b.moment(at)
	b.WriteString(".</p>")
	return b.String()
}
