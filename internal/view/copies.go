package view

import (
	"cmp"
	"html"
	"regexp"
	"strings"
	"sync"

	"github.com/slugline/slugline/internal/words"
)

// Copies are the forms in which an editor copies a story into something else.
type Copies struct{ Text, Markdown, HTML, Link string }

// NewCopies returns the forms of a story. page is the address of its page, for stories
// without a link.
func NewCopies(s *Story, page string) Copies {
	link, headline := cmp.Or(s.Link, page), strings.Join(strings.Fields(s.Headline), " ")
	return Copies{
		Text:     headline + "\n" + isolate(s.Title) + "\n" + link,
		Markdown: "[" + escapeMarkdown(headline) + "](" + markdownAddress(link) + ") (" + escapeMarkdown(isolateOther(s.Title, headline)) + ")",
		HTML: `<p dir="` + words.Dir(headline) + `"` + langAttribute(s.Language) + `><a href="` + html.EscapeString(link) + `">` + html.EscapeString(headline) +
			`</a> (<bdi>` + html.EscapeString(s.Title) + `</bdi>)</p>`,
		Link: link,
	}
}

func langAttribute(lang string) string {
	if lang == "" {
		return ""
	}
	return ` lang="` + html.EscapeString(lang) + `"`
}

// isolateOther isolates a text that runs in the other direction than the one before it.
func isolateOther(text, before string) string {
	if words.Dir(text) == words.Dir(before) {
		return text
	}
	return isolate(text)
}

// markdown are the characters that can mean something within a line (CommonMark 0.31,
// section 6, and the extensions of GitHub).
var markdown = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile("[\\\\`*_\\[\\]<>&~|!#$@:]") })

// escapeMarkdown returns a text on one line so that Markdown shows it as it is.
func escapeMarkdown(s string) string {
	return markdown().ReplaceAllString(strings.Join(strings.Fields(s), " "), `\$0`)
}

// markdownAddress escapes an address so that Markdown takes all of it, and reads no entity
// in it.
func markdownAddress(s string) string {
	return entity().ReplaceAllString(addressEscape.Replace(s), "&amp;$1")
}

var (
	entity        = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`&(#?[A-Za-z0-9]+;)`) })
	addressEscape = strings.NewReplacer("(", "%28", ")", "%29", " ", "%20", "<", "%3C", ">", "%3E", `\`, "%5C", "\n", "%0A", "\t", "%09", "\r", "%0D")
)
