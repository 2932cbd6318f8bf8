package view_test

import (
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/slugline/slugline/internal/view"
)

func TestCopies(t *testing.T) {
	got := view.NewCopies(&view.Story{Headline: "Cats *and* [dogs] <b>", Title: "وكالة النيل", Link: "https://a.example/x_(y)?a=1&copy;=2", Language: "en"}, "")
	want := view.Copies{
		Text:     "Cats *and* [dogs] <b>\n\u2068وكالة النيل\u2069\nhttps://a.example/x_(y)?a=1&copy;=2",
		Markdown: `[Cats \*and\* \[dogs\] \<b\>](https://a.example/x_%28y%29?a=1&amp;copy;=2) (` + "\u2068وكالة النيل\u2069)",
		HTML:     `<p dir="ltr" lang="en"><a href="https://a.example/x_(y)?a=1&amp;copy;=2">Cats *and* [dogs] &lt;b&gt;</a> (<bdi>وكالة النيل</bdi>)</p>`,
		Link:     "https://a.example/x_(y)?a=1&copy;=2",
	}
	if got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if got := view.NewCopies(&view.Story{Headline: "x", Title: "y"}, "http://desk/stories/1"); got.Link != "http://desk/stories/1" {
		t.Errorf("link of a story without one: %q", got.Link)
	}
}

var unescape = regexp.MustCompile("\\\\([!-/:-@\\[-`{-~])")

// What is read back from the HTML and the Markdown is the headline and the name.
func FuzzCopies(f *testing.F) {
	f.Add("Cats *and* [dogs] <b>", "وكالة النيل")
	f.Add(`\[x](y) &amp; <script>`, "a\nb")
	f.Fuzz(func(t *testing.T, headline, title string) {
		s := &view.Story{Headline: strings.ToValidUTF8(headline, ""), Title: strings.ToValidUTF8(title, ""), Link: "https://a.example/"}
		plain := strings.Join(strings.Fields(s.Headline), " ")
		if strings.ContainsAny(s.Headline+s.Title, "\x00\r") {
			t.Skip("HTML has no such characters")
		}
		c := view.NewCopies(s, "")
		doc, err := html.Parse(strings.NewReader(c.HTML))
		if err != nil {
			t.Fatal(err)
		}
		var link, all strings.Builder
		elements := 0
		for n := range doc.Descendants() {
			switch {
			case n.Type == html.ElementNode:
				elements++
			case n.Type == html.TextNode && n.Parent.Data == "a":
				link.WriteString(n.Data)
				fallthrough
			case n.Type == html.TextNode:
				all.WriteString(n.Data)
			}
		}
		if elements != 6 || link.String() != plain || all.String() != plain+" ("+s.Title+")" { // html, head, body, p, a, bdi
			t.Errorf("%s reads as %d elements, link %q, text %q", c.HTML, elements, link.String(), all.String())
		}
		text, _, _ := strings.Cut(strings.TrimPrefix(c.Markdown, "["), "](https://a.example/)")
		if got := unescape.ReplaceAllString(text, "$1"); got != plain {
			t.Errorf("the Markdown %s reads as %q, want %q", c.Markdown, got, plain)
		}
		for i := range text { // no character that opens or closes markup is bare
			if strings.ContainsRune("`*_[]<>", rune(text[i])) && (i == 0 || text[i-1] != '\\') {
				t.Errorf("%q has a bare %q", text, text[i])
			}
		}
	})
}
