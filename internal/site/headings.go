package site

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// outlined puts a safe text's headings below the page's own, each at most one deeper
// than the one before, as those who jump from heading to heading expect.
func outlined(body string) string {
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
		if t.Type != html.StartTagToken && t.Type != html.EndTagToken || !heading[t.DataAtom] {
			out.Write(z.Raw())
			continue
		}
		if t.Type == html.StartTagToken {
			o.begin(t.Data)
		}
		t.Data = o.now
		out.WriteString(t.String())
	}
}

var heading = map[atom.Atom]bool{atom.H1: true, atom.H2: true, atom.H3: true, atom.H4: true, atom.H5: true, atom.H6: true}

// outline holds the source's headings that the place stands under.
type outline struct {
	above []string
	now   string // as what the last one is shown
}

func (o *outline) begin(name string) {
	for len(o.above) > 0 && o.above[len(o.above)-1] >= name {
		o.above = o.above[:len(o.above)-1]
	}
	o.above = append(o.above, name)
	o.now = []string{"h2", "h3", "h4", "h5", "h6"}[min(len(o.above), 5)-1]
}
