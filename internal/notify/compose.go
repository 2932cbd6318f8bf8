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
	//go:embed newsletter.html
	newsletterHTML string
	//go:embed newsletter.txt
	newsletterText string

	htmlTemplate = htmltemplate.Must(htmltemplate.New("letter").Funcs(htmltemplate.FuncMap{"dir": words.Dir}).Parse(newsletterHTML))
	textTemplate = texttemplate.Must(texttemplate.New("letter").Parse(newsletterText))
)

// mailData is what a letter says.
type mailData struct {
	Words locale.Words
	Lang  string
	Dir   string
	Site  news.Site
	Title string // of the newsletter
	Day   string
	Items []issueLine
	Question   string // question: what is asked
	ConfirmURL    string // question: the page that answers it
	Reason   string
	ZoneNote string // of which zone they are; empty: none are told
	UnsubscribeURL string // the page by which to leave
}

type issueLine struct {
	news.Item
	By string // who has it, and when
}

// composeMail makes a letter. The same letter made twice is the same bytes, but for stories
// that were taken back meanwhile.
func (n *Notifier) composeMail(set *Settings, m *news.Mail) (*gomail.Msg, error) {
	var r *news.Recipient
	var issue *news.Issue
	var key []byte
	err := n.Store.View(func(tx *store.Tx) (err error) {
		if r, err = tx.Recipient(m.Newsletter, m.Recipient); err != nil {
			return err
		}
		if key, err = tx.Secret(linkSecret); err != nil || m.Issue.IsZero() {
			return err
		}
		issue, err = currentIssue(tx, m)
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case r == nil || !m.Issue.IsZero() && (r.Confirmed.IsZero() || issue == nil):
		return nil, errNotWanted
	case m.Issue.IsZero():
		return confirmationMail(set, m, r, key)
	}
	return issueMail(set, m, r, issue, key)
}

// currentIssue is an issue without what was killed or hidden since; nil when nothing is
// left.
func currentIssue(tx *store.Tx, m *news.Mail) (*news.Issue, error) {
	issue, err := tx.Issue(m.Newsletter, m.Issue)
	if err != nil || issue == nil {
		return nil, err
	}
	issue.Items = slices.DeleteFunc(issue.Items, func(i news.Item) bool {
		s, serr := tx.Story(i.Story)
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

// newsletterTitle is what a newsletter is called.
func newsletterTitle(set *Settings, topic string) string { return set.Site.Title + ": " + topic }

func confirmationMail(set *Settings, m *news.Mail, r *news.Recipient, key []byte) (*gomail.Msg, error) {
	t := locale.Of(r.Language)
	title := newsletterTitle(set, set.Titles[r.Newsletter])
	msg, err := newMessage(set, r.Address, mailID(set, m))
	if err != nil {
		return nil, err
	}
	msg.SetDateWithValue(m.Made)
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.Subject(oneLine(locale.Put(t.MailConfirm, title)))
	return msg, setBody(msg, &mailData{
		Words: t.Words, Lang: t.Lang, Dir: t.Dir, Site: set.Site, Title: title,
		Question: locale.Put(t.MailAsk, title), ConfirmURL: link(set, Confirm, r, key), Reason: t.MailIgnore,
	})
}

func issueMail(set *Settings, m *news.Mail, r *news.Recipient, issue *news.Issue, key []byte) (*gomail.Msg, error) {
	t := locale.Of(r.Language)
	zone, err := time.LoadLocation(set.Site.Zone)
	if err != nil {
		return nil, err
	}
	title := newsletterTitle(set, issue.Title)
	msg, err := newMessage(set, r.Address, mailID(set, m))
	if err != nil {
		return nil, err
	}
	day := t.Day(issue.At.In(zone))
	s := &mailData{
		Words: t.Words, Lang: t.Lang, Dir: t.Dir, Site: set.Site, Title: title, Day: day,
		Reason: locale.Put(t.MailWhy, title), UnsubscribeURL: link(set, Unsubscribe, r, key), ZoneNote: locale.Put(t.TimesIn, locale.Zone(set.Site.Zone)),
	}
	for _, i := range issue.Items {
		by := i.Outlet
		if i.More > 0 {
			by = locale.Put(t.Count(t.AndOutlets, i.More), i.Outlet)
		}
		s.Items = append(s.Items, issueLine{i, by + " · " + t.Moment(i.At.In(zone))})
	}
	msg.SetDateWithValue(issue.At)
	msg.Subject(oneLine(title + " · " + day))
	msg.SetGenHeader("List-Id", fmt.Sprintf("<%s.%s>", m.Newsletter, host(set)))
	msg.SetGenHeader("List-Unsubscribe", "<"+s.UnsubscribeURL+">")
	msg.SetGenHeader("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
	return msg, setBody(msg, s)
}

// mailID is the Message-ID of a letter: of the newsletter, the issue and the address.
func mailID(set *Settings, m *news.Mail) string {
	at := m.Issue
	if at.IsZero() {
		at = m.Made
	}
	return fmt.Sprintf("%s.%d.%s@%s", m.Newsletter, at.UnixMilli(), m.Recipient, host(set))
}

func setBody(msg *gomail.Msg, s *mailData) error {
	var plain, page bytes.Buffer
	if err := textTemplate.Execute(&plain, s); err != nil {
		return fmt.Errorf("write letter: %w", err)
	}
	if err := htmlTemplate.Execute(&page, s); err != nil {
		return fmt.Errorf("write letter: %w", err)
	}
	msg.SetBodyString(gomail.TypeTextPlain, plain.String())
	msg.AddAlternativeString(gomail.TypeTextHTML, page.String())
	return nil
}
