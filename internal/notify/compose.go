package notify

import (
	"bytes"
	"cmp"

	"github.com/slugline/slugline/internal/locale"

	_ "embed"
	"fmt"

	htmltemplate "html/template"
	"net/url"
	"slices"

	texttemplate "text/template"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/words"
)

var (
	//go:embed letter.html
	letterHTML string
	//go:embed letter.txt
	letterText string

	pages = htmltemplate.Must(htmltemplate.New("letter").Funcs(htmltemplate.FuncMap{"dir": words.Dir}).Parse(letterHTML))
	texts = texttemplate.Must(texttemplate.New("letter").Parse(letterText))
)

// sheet is what a letter says.
type sheet struct {
	Words locale.Words
	Lang  string
	Dir   string
	Site  news.Site
	Title string // of the newsletter
	Day   string
	Items []line
	Ask   string // question: what is asked
	Go    string // question: the page that answers it
	Why   string
	Times string // of which zone they are; empty: none are told
	Leave string // the page by which to leave
}

type line struct {
	news.Item
	By string // who has it, and when
}

// write makes a letter. The same letter made twice is the same bytes, but for stories
// that were taken back meanwhile.
func (n *Notifier) write(set *Settings, m *news.Mail) (*gomail.Msg, error) {
	var r *news.Recipient
	var issue *news.Issue
	var key []byte
	err := n.Store.View(func(tx *store.Tx) (err error) {
		if r, err = tx.Recipients.Get(m.Newsletter, m.Recipient); err != nil {
			return err
		}
		if key, err = tx.Secrets.Get(letterSecret); err != nil || m.Issue.IsZero() {
			return err
		}
		issue, err = standing(tx, m)
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case r == nil || !m.Issue.IsZero() && (r.Confirmed.IsZero() || issue == nil):
		return nil, errUnwanted
	case m.Issue.IsZero():
		return question(set, m, r, key)
	}
	return letterOf(set, m, r, issue, key)
}

// standing is an issue without what was killed or hidden since; nil when nothing is
// left.
func standing(tx *store.Tx, m *news.Mail) (*news.Issue, error) {
	issue, err := tx.Issues.Get(m.Newsletter, m.Issue)
	if err != nil || issue == nil {
		return nil, err
	}
	issue.Items = slices.DeleteFunc(issue.Items, func(i news.Item) bool {
		s, serr := tx.Stories.Get(i.Story)
		err = cmp.Or(err, serr)
		return s != nil && (!s.Killed.IsZero() || s.IsHidden(issue.Topic))
	})
	if len(issue.Items) == 0 {
		return nil, err
	}
	return issue, err
}

// Link is a page of ours that a mail leads to.
func link(set *Settings, way string, r *news.Recipient, key []byte) string {
	q := url.Values{"r": {r.ID}, "k": {signature(key, way, r)}}
	return set.Site.URL + "/newsletters/" + r.Newsletter + "/" + way + "?" + q.Encode()
}

// named is what a newsletter is called.
func named(set *Settings, topic string) string { return set.Site.Title + ": " + topic }

func question(set *Settings, m *news.Mail, r *news.Recipient, key []byte) (*gomail.Msg, error) {
	t := locale.Of(r.Language)
	title := named(set, set.Titles[r.Newsletter])
	msg, err := envelope(set, r.Address, letterID(set, m))
	if err != nil {
		return nil, err
	}
	msg.SetDateWithValue(m.Made)
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.Subject(oneLine(locale.Put(t.MailConfirm, title)))
	return msg, fill(msg, &sheet{
		Words: t.Words, Lang: t.Lang, Dir: t.Dir, Site: set.Site, Title: title,
		Ask: locale.Put(t.MailAsk, title), Go: link(set, Confirm, r, key), Why: t.MailIgnore,
	})
}

func letterOf(set *Settings, m *news.Mail, r *news.Recipient, issue *news.Issue, key []byte) (*gomail.Msg, error) {
	t := locale.Of(r.Language)
	zone, err := time.LoadLocation(set.Site.Zone)
	if err != nil {
		return nil, err
	}
	title := named(set, issue.Title)
	msg, err := envelope(set, r.Address, letterID(set, m))
	if err != nil {
		return nil, err
	}
	day := t.Day(issue.At.In(zone))
	s := &sheet{
		Words: t.Words, Lang: t.Lang, Dir: t.Dir, Site: set.Site, Title: title, Day: day,
		Why: locale.Put(t.MailWhy, title), Leave: link(set, Leave, r, key), Times: locale.Put(t.AllTimes, locale.Zone(zone, issue.At)),
	}
	for _, i := range issue.Items {
		by := i.Outlet
		if i.More > 0 {
			by = locale.Put(t.Count(t.AndOutlets, i.More), i.Outlet)
		}
		s.Items = append(s.Items, line{i, by + " · " + t.Moment(i.At.In(zone))})
	}
	msg.SetDateWithValue(issue.At)
	msg.Subject(oneLine(title + " · " + day))
	msg.SetGenHeader("List-Id", fmt.Sprintf("<%s.%s>", m.Newsletter, host(set)))
	msg.SetGenHeader("List-Unsubscribe", "<"+s.Leave+">")
	msg.SetGenHeader("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
	return msg, fill(msg, s)
}

// letterID is the Message-ID of a letter: of the newsletter, the issue and the address.
func letterID(set *Settings, m *news.Mail) string {
	at := m.Issue
	if at.IsZero() {
		at = m.Made
	}
	return fmt.Sprintf("%s.%d.%s@%s", m.Newsletter, at.UnixMilli(), m.Recipient, host(set))
}

func fill(msg *gomail.Msg, s *sheet) error {
	var plain, page bytes.Buffer
	if err := texts.Execute(&plain, s); err != nil {
		return fmt.Errorf("write letter: %w", err)
	}
	if err := pages.Execute(&page, s); err != nil {
		return fmt.Errorf("write letter: %w", err)
	}
	msg.SetBodyString(gomail.TypeTextPlain, plain.String())
	msg.AddAlternativeString(gomail.TypeTextHTML, page.String())
	return nil
}
