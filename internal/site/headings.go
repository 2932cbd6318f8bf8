package site

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// nestHeadings puts a safe text's headings below the page's own, each at most one deeper
// than the one before, as those who jump from heading to heading expect.
func nestHeadings(body string) string {
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

// outline holds the source's headings that the place stands under.
type outline struct {
	open  []string
	level string // as what the last one is shown
}

func (o *outline) enter(name string) {
	for len(o.open) > 0 && o.open[len(o.open)-1] >= name {
		o.open = o.open[:len(o.open)-1]
	}
	o.open = append(o.open, name)
	o.level = []string{"h2", "h3", "h4", "h5", "h6"}[min(len(o.open), 5)-1]
}
