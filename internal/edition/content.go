package edition

import (
	"cmp"
	"html"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/words"
)

// The number of outlets in the content of an item, and of headlines with their outlets in
// that of an event: room for one of each of its stories.
const (
	maxListed       = 10
	maxEventOutlets = maxEventStories + 1
)

// htmlBuilder builds HTML. Its own texts are in the site's language.
type htmlBuilder struct {
	strings.Builder
	*locale.Locale
}

// content returns the content of an item: the text of the lead, the list of outlets,
// and a link to the story's page.
func (c *composer) content(p *feed.Post, body string) string {
	b := htmlBuilder{Locale: c.locale()}
	b.Grow(1<<10 + len(body))
	switch {
	case body != "":
		b.openTag("div", p.Language, words.Dir(p.Title))
		b.WriteString(body)
		b.WriteString("</div>\n")
	case p.Summary != "":
		b.openTag("p", p.Language, words.Dir(p.Summary))
		b.text(p.Summary)
		b.WriteString("</p>\n")
	}
	if body != "" || p.Summary != "" {
		b.rights(p)
	}
	listed := maxListed
	if c.topic.Fold == news.FoldEvent {
		listed = maxEventOutlets
	}
	b.outlets(p, listed)
	b.openTag("p", b.Lang, b.Dir)
	b.anchor(p.Page)
	b.WriteString(locale.Put(html.EscapeString(b.StoryAt), "<bdi>"+html.EscapeString(cmp.Or(c.site.Title, c.site.URL))+"</bdi>"))
	b.WriteString("</a></p>")
	return b.String()
}

// rights writes the notice of rights and the licence of the text, and who made the picture.
func (b *htmlBuilder) rights(p *feed.Post) {
	var parts []string
	if notice := cmp.Or(p.Rights, p.Outlets[0].Rights); notice != "" {
		parts = append(parts, "<bdi>"+html.EscapeString(notice)+"</bdi>")
	}
	if address := feed.Address(p.License); address != "" {
		link := `<a rel="license" href="` + html.EscapeString(address) + `"><bdi>` + html.EscapeString(LicenseName(address)) + "</bdi></a>"
		parts = append(parts, locale.Put(html.EscapeString(b.License), link))
	}
	if credit := PictureCredit(p.Media); credit != "" {
		parts = append(parts, locale.Put(html.EscapeString(b.PictureBy), "<bdi>"+html.EscapeString(credit)+"</bdi>"))
	}
	if len(parts) == 0 {
		return
	}
	b.openTag("p", b.Lang, b.Dir)
	b.WriteString("<small>" + strings.Join(parts, " · ") + "</small></p>\n")
}

func (c *composer) locale() *locale.Locale { return locale.Of(c.site.Language) }

// outlets writes a list of at most n outlets.
func (b *htmlBuilder) outlets(p *feed.Post, n int) {
	b.WriteString("<ul>\n")
	for i := range p.Outlets[:min(len(p.Outlets), n)] {
		b.outlet(&p.Outlets[i], p.Title)
	}
	if more := len(p.Outlets) - n; more > 0 {
		b.openTag("li", b.Lang, b.Dir)
		b.anchor(p.Page)
		b.text(b.Count(b.AndMore, more))
		b.WriteString("</a></li>\n")
	}
	b.WriteString("</ul>\n")
}

func (b *htmlBuilder) outlet(o *feed.Outlet, headline string) {
	own := o.Headline != headline && words.Key(o.Headline) != words.Key(headline)
	if own {
		b.openTag("li", o.Language, words.Dir(o.Headline))
	} else {
		b.openTag("li", o.Language, words.Dir(o.Name))
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
	b.time(o.At, o.Language)
	if o.Paywall {
		b.WriteString(" · <span lang=\"" + b.Lang + "\">")
		b.text(b.SubscribersOnly)
		b.WriteString("</span>")
	}
	b.WriteString("</li>\n")
}

func (b *htmlBuilder) openTag(name, lang, dir string) {
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

func (b *htmlBuilder) anchor(href string) {
	b.WriteString(`<a href="`)
	b.text(href)
	b.WriteString(`">`)
}

func (b *htmlBuilder) text(s string) { b.WriteString(html.EscapeString(s)) }

// time writes a time in UTC, because the names and rules of time zones are not the
// same on all machines. lang is the language of the text around it.
func (b *htmlBuilder) time(t time.Time, lang string) {
	t = t.UTC()
	b.WriteString(`<time datetime="`)
	b.WriteString(t.Format(time.RFC3339))
	if lang != b.Lang {
		b.WriteString(`" lang="`)
		b.WriteString(b.Lang)
	}
	b.WriteString(`" dir="`)
	b.WriteString(b.Dir)
	b.WriteString(`">`)
	b.text(b.Moment(t))
	b.WriteString(" UTC</time>")
}
