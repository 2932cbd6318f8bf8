package feed

import (
	"fmt"
	"strings"
	"testing"
)

// sketch writes outlines as folders in parentheses: News(Bee=https://b.example/rss).
func sketch(lines []Outline) string {
	var out []string
	for _, l := range lines {
		s := l.Title
		switch {
		case l.Address != "":
			s += "=" + l.Address
		case l.Fault != "":
			s += "!"
		default:
			s += "(" + sketch(l.Children) + ")"
		}
		if l.Categories != nil {
			s += fmt.Sprint(l.Categories)
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

func TestOPMLFaults(t *testing.T) {
	const (
		a = `<outline text="A" xmlUrl="https://a.example/rss" type="rss"/>`
		b = `<outline text="B" xmlUrl="https://b.example/rss" type="rss"/>`
	)
	for _, c := range []struct{ name, body, want string }{
		{"nested folders", `<outline text="News"><outline text="Europe">` + a + `</outline>` + b + `</outline>`, "News(Europe(A=https://a.example/rss) B=https://b.example/rss)"},
		{"category", `<outline text="A" category="knowledge,/Coast/Weather, A &amp; B" xmlUrl="https://a.example/rss"/>`, "A=https://a.example/rss[knowledge Coast Weather A & B]"},
		{"markup in a description", a + `<outline text="S" description="By <a href="https://c.example" target="_blank">C</a>." xmlUrl="https://s.example/feed" type="rss"/>` + b,
			"A=https://a.example/rss S=https://s.example/feed B=https://b.example/rss"},
		{"an element that is empty in a description", `<outline description="x<br class="y"/>z <img src="https://c.example/i.png" alt=""/> w" text="S" xmlUrl="https://s.example/feed"/>` + b, "S=https://s.example/feed B=https://b.example/rss"},
		{"quotes in a title", `<outline text="The "Best" news" xmlUrl="https://s.example/feed"/>` + b, `The "Best" news=https://s.example/feed B=https://b.example/rss`},
		{"a quote in a title", `<outline text="27" screens" xmlUrl="https://s.example/feed"/>` + b, `27" screens=https://s.example/feed B=https://b.example/rss`},
		{"apostrophes", `<outline text='It's here' xmlUrl='https://s.example/feed'/>` + b, `It's here=https://s.example/feed B=https://b.example/rss`},
		{"a quote that is not closed", `<outline text="Open xmlUrl="https://s.example/feed" type="rss"/>` + b, "Open=https://s.example/feed B=https://b.example/rss"},
		{"the last quote is missing", `<outline text="S" xmlUrl="https://s.example/feed/>` + b, "S=https://s.example/feed/ B=https://b.example/rss"},
		{"a tag that is not closed", `<outline text="S" xmlUrl="https://s.example/feed"` + "\n" + b, "S=https://s.example/feed B=https://b.example/rss"},
		{"ampersands and brackets", `<outline text="R & D < all > none" xmlUrl="https://s.example/?a=1&b=2&copy=3"/>` + b, "R & D < all > none=https://s.example/?a=1&b=2&copy=3 B=https://b.example/rss"},
		{"no quotes", `<outline text=S type=rss xmlUrl=https://s.example/feed/ ><outline text=T xmlUrl=https://t.example/feed></outline></outline>`, "S=https://s.example/feed/ T=https://t.example/feed"},
		{"no spaces", `<outline text="S"type="rss"xmlUrl="https://s.example/feed"/>`, "S=https://s.example/feed"},
		{"commas between", a + "," + b + ",", "A=https://a.example/rss B=https://b.example/rss"},
		{"capitals", `<OUTLINE TEXT="S" XMLURL="https://s.example/feed"/>`, "S=https://s.example/feed"},
		{"prefixes", `<outline text="S" frss:priority="main" fz:options="{&quot;a&quot;:1}" xmlUrl="https://s.example/feed"/>`, "S=https://s.example/feed"},
		{"url alone", `<outline text="S" url="https://s.example/feed"/><outline text="L" type="link" url="https://l.example/rss.xml"/>`, "S=https://s.example/feed L=https://l.example/rss.xml"},
		{"a link to a page", `<outline text="L" type="link" url="https://l.example/about"/>` + b, "L! B=https://b.example/rss"},
		{"no address", `<outline text="S" type="rss" xmlUrl="" htmlUrl="https://s.example/"/>` + b, "S! B=https://b.example/rss"},
		{"folders of any type", `<outline type="rss" text="F">` + a + `</outline><outline type="folder" title="G">` + b + `</outline>`, "F(A=https://a.example/rss) G(B=https://b.example/rss)"},
		{"a feed with children", `<outline text="F"><outline text="S" xmlUrl="https://s.example/feed">` + a + `</outline>` + b + `</outline>`, "F(S=https://s.example/feed A=https://a.example/rss B=https://b.example/rss)"},
		{"feeds without end tags", `<outline text="F"><outline text="S" xmlUrl="https://s.example/feed"><outline text="T" xmlUrl="https://t.example/feed"></outline><outline text="G">` + b + `</outline>`,
			"F(S=https://s.example/feed T=https://t.example/feed) G(B=https://b.example/rss)"},
		{"end tags too many", `</outline></outline>` + a + `</outline>` + b, "A=https://a.example/rss B=https://b.example/rss"},
		{"feed addresses", `<outline text="S" xmlUrl="feed://s.example/feed"/><outline text="T" xmlUrl="feed:https://t.example/x y"/><outline text="U" xmlUrl="u.example/rss"/>`,
			"S=http://s.example/feed T=https://t.example/x%20y U=https://u.example/rss"},
		{"escaped twice", `<outline text="R &amp;amp; D &amp;#39;s" xmlUrl="https://s.example/?a=1&amp;amp;b=2"/>`, "R & D 's=https://s.example/?a=1&b=2"},
		{"text and title", `<outline text="https://s.example/" title="S" xmlUrl="https://s.example/feed"/><outline title="T" xmlUrl="https://t.example/feed"/>`, "S=https://s.example/feed T=https://t.example/feed"},
		{"an address over lines", "<outline text='S' xmlUrl='\n https://s.example/feed\t'/>", "S=https://s.example/feed"},
		{"comments", `<!-- <outline text="X" xmlUrl="https://x.example/"/> -->` + a, "A=https://a.example/rss"},
		{"commented out", `<outline text="S" isComment="true" xmlUrl="https://s.example/feed"/>` + b, "S! B=https://b.example/rss"},
		{"a folder that is commented out", `<outline text="F" isComment="true"><outline text="G">` + a + `</outline></outline>` + b, "F(G(A!)) B=https://b.example/rss"},
		{"no opml", "", ""},
	} {
		_, lines, err := ReadOPML([]byte(`<?xml version="1.0"?><opml version="2.0"><head><title>x</title></head><body>` + c.body + `</body></opml>`))
		if got := sketch(lines); err != nil || got != c.want {
			t.Errorf("%s: got %s, %v, want %s", c.name, got, err, c.want)
		}
	}
}

func TestOPMLWithDTD(t *testing.T) {
	title, lines, err := ReadOPML([]byte(`<!DOCTYPE opml [<!ENTITY a "bbbb"><!ENTITY b "&a;&a;">]><opml><head><title>&b;</title></head><body><outline text="&b;" xmlUrl="https://a.example/"/></body></opml>`))
	if err != nil || title != "&b;" || sketch(lines) != "&b;=https://a.example/" {
		t.Errorf("got %q, %s, %v", title, sketch(lines), err)
	}
}

func TestOPMLIsBounded(t *testing.T) {
	for name, part := range map[string]string{
		"folders": "<outline text='a'>", "quotes": `<outline a="b"c`, "attributes": `a="b" `, "attributes without space": `a="b"c`, "values": `a="b">x`, "ends": "</outline>",
	} {
		body := []byte("<opml><body><outline " + strings.Repeat(part, 4<<20/len(part)))
		var lines []Outline
		bounded(t, len(body), func() { _, lines, _ = ReadOPML(body) })
		for depth := 0; len(lines) > 0; lines = lines[0].Children {
			if depth++; depth > maxFolders {
				t.Fatalf("%s: folders are nested more than %d deep", name, maxFolders)
			}
		}
	}
}
