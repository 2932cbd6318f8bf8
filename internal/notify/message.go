package notify

import (
	"cmp"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/webhook"
)

// content is what a message says: one notice, or a digest of several.
type content struct {
	id       string
	isDigest bool           // even if only one notice of it is left
	notices  []*news.Notice // never empty, oldest first
}

func (c *content) first() *news.Notice { return c.notices[0] }

// title names the alerts that rang.
func (c *content) title() string { return webhook.Title(c.notices) }

// link is where a click on the whole message leads: the outlet's page, for a digest our
// front page.
func (c *content) link(set *Settings) string {
	if c.isDigest {
		return set.Site.URL + "/"
	}
	return cmp.Or(c.first().Link, webhook.Page(c.first(), set.Site.URL))
}

// isBreaking reports whether all of it is breaking news.
func (c *content) isBreaking() bool {
	for _, n := range c.notices {
		if n.When != news.WhenBreaking {
			return false
		}
	}
	return true
}

// list writes the notices one below the other, oldest first, as many as have a size of at
// most most in all, and then how many more there are and where. A single notice is always
// written.
func (c *content) list(set *Settings, most int, size func(string) int, line func(*news.Notice) string, more func(text, link string) string) string {
	var out strings.Builder
	room := most - size(more(moreText(len(c.notices)), set.Site.URL+"/"))
	for i, n := range c.notices {
		text := line(n)
		if i > 0 {
			text = "\n" + text
		}
		if room -= size(text); room < 0 && i > 0 {
			out.WriteString("\n" + more(moreText(len(c.notices)-i), set.Site.URL+"/"))
			break
		}
		out.WriteString(text)
	}
	return out.String()
}

func moreText(n int) string { return fmt.Sprintf("and %d more", n) }

// plainMore is how plain texts end a list that is cut short.
func plainMore(text, link string) string { return text + ": " + link }

// bytesOf and the functions below measure texts as services do.
func bytesOf(s string) int { return len(s) }

func runesOf(s string) int { return utf8.RuneCountInString(s) }

func unitsOf(s string) (units int) { // of UTF-16
	for _, r := range s {
		units += utf16.RuneLen(r)
	}
	return units
}

// cut shortens a text to a size.
func cut(s string, most int, size func(string) int) string {
	if size(s) <= most {
		return s
	}
	end, room := 0, most-size("…")
	for i, r := range s {
		if room -= size(string(r)); room < 0 {
			break
		}
		end = i + utf8.RuneLen(r)
	}
	return strings.TrimSpace(s[:end]) + "…"
}
