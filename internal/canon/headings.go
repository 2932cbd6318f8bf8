package canon

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// NestHeadings changes the levels of the headings in safe HTML so that they are below the
// page's h1 and no level is skipped, as screen readers expect.
func NestHeadings(body string) string {
	if !strings.Contains(body, "<h") {
		return body
	}
	var out strings.Builder
	z := html.NewTokenizer(strings.NewReader(body))
	o := outline{}
	for {
		if z.Next() == html.ErrorToken {
			return out.String()
		}
		t := z.Token()
		if t.Type != html.StartTagToken && t.Type != html.EndTagToken || !isHeading[t.DataAtom] {
			out.Write(z.Raw())
			continue
		}
		if t.Type == html.StartTagToken {
			o.enter(t.Data)
		}
		t.Data = o.level
		out.WriteString(t.String())
	}
}

var isHeading = map[atom.Atom]bool{atom.H1: true, atom.H2: true, atom.H3: true, atom.H4: true, atom.H5: true, atom.H6: true}

// outline maps the heading levels of a source to ours.
type outline struct {
	open  []string // the source's headings around the current position, outermost first
	level string   // our heading for the last one
}

// enter starts the section of a heading of the source, h1 to h6.
func (o *outline) enter(name string) {
	for len(o.open) > 0 && o.open[len(o.open)-1] >= name {
		o.open = o.open[:len(o.open)-1]
	}
	o.open = append(o.open, name)
	o.level = []string{"h2", "h3", "h4", "h5", "h6"}[min(len(o.open), 5)-1]
}
