package notify

import (
	"bytes"
	"cmp"
	_ "embed"
	"fmt"
	htmltemplate "html/template"
	"strings"
	"sync"

	gomail "github.com/wneessen/go-mail"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/webhook"
	"github.com/slugline/slugline/internal/words"
)

var (
	//go:embed alert.html
	alertHTML string

	alertTemplate = sync.OnceValue(func() *htmltemplate.Template {
		return htmltemplate.Must(htmltemplate.New("alert").Funcs(htmltemplate.FuncMap{"dir": words.Dir, "byline": webhook.Byline}).Parse(alertHTML))
	})
)

// alertMailData is what alert.html shows.
type alertMailData struct {
	Site  news.Site
	Title string
	Items []alertMailItem
}

type alertMailItem struct {
	*news.Notice
	Headline, Link, Page string
}

// noticeMail makes the mail of a content. A digest has an HTML part too, so that each
// headline is written in its own direction.
func noticeMail(set *Settings, t *Target, c *content) (*gomail.Msg, error) {
	m, err := newMessage(set, t.Address, c.id+"@"+host(set))
	if err != nil {
		return nil, err
	}
	m.SetDateWithValue(c.notices[len(c.notices)-1].At)
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	m.Subject(c.title() + ": " + oneLine(cmp.Or(c.first().Headline, c.first().Link)))
	m.SetBodyString(gomail.TypeTextPlain, plainBody(set, c))
	if !c.isDigest {
		return m, nil
	}
	data := alertMailData{Site: set.Site, Title: c.title()}
	for _, n := range c.notices {
		page := webhook.Page(n, set.Site.URL)
		data.Items = append(data.Items, alertMailItem{n, cmp.Or(n.Headline, n.Link), cmp.Or(n.Link, page), page})
	}
	var page bytes.Buffer
	if err := alertTemplate().Execute(&page, data); err != nil {
		return nil, fmt.Errorf("render mail: %w", err)
	}
	m.AddAlternativeString(gomail.TypeTextHTML, page.String())
	return m, nil
}

// plainBody is the plain text of a mail: for each notice its text and its addresses.
func plainBody(set *Settings, c *content) string {
	var out strings.Builder
	for i, n := range c.notices {
		if i > 0 {
			out.WriteString("\r\n")
		}
		lines := []string{webhook.Text(n)}
		if !c.isDigest {
			lines = append(lines, "")
		}
		for _, address := range []string{n.Link, webhook.Page(n, set.Site.URL)} {
			if address != "" {
				lines = append(lines, address)
			}
		}
		out.WriteString(strings.Join(lines, "\r\n") + "\r\n")
	}
	return out.String()
}
