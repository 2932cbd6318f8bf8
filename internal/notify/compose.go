package notify

import (
	"bytes"
	"cmp"
	_ "embed"
	"fmt"
	htmltemplate "html/template"
	"net/url"
	"slices"
	"sync"
	texttemplate "text/template"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/words"
)

var (
	//go:embed newsletter.html
	newsletterHTML string
	//go:embed newsletter.txt
	newsletterText string

	htmlTemplate = sync.OnceValue(func() *htmltemplate.Template {
		return htmltemplate.Must(htmltemplate.New("newsletter").Funcs(htmltemplate.FuncMap{"dir": words.Dir}).Parse(newsletterHTML))
	})
	textTemplate = sync.OnceValue(func() *texttemplate.Template {
		return texttemplate.Must(texttemplate.New("newsletter").Parse(newsletterText))
	})
)

// mailData is what the templates of a newsletter mail show.
type mailData struct {
	Words          locale.Words
	Lang           string
	Dir            string
	Site           news.Site
	Title          string // of the newsletter
	Day            string
	Items          []issueLine
	More           string // how many further stories there are; empty: none
	MoreURL        string // of the topic's page
	Question       string // in a confirmation mail
	ConfirmURL     string // of the page that answers Question
	Reason         string // why the recipient gets this mail
	ZoneNote       string // the time zone of the times; empty: there are no times
	UnsubscribeURL string
}

type issueLine struct {
	news.Item
	By string // who has it, and when
}

// composeMail makes the message of a mail. Made twice, it has the same bytes, except for
// stories that were withdrawn, hidden or held meanwhile. It returns errNotWanted when
// there is nothing to send.
func (n *Notifier) composeMail(set *Settings, m *news.Mail) (*gomail.Msg, error) {
	var r *news.Recipient
	var issue *news.Issue
	var key []byte
	err := n.Store.View(func(tx *store.Tx) (err error) {
		if r, err = tx.Recipients.Get(m.Newsletter, m.Recipient); err != nil {
			return err
		}
		if key, err = tx.Secrets.Get(linkSecret); err != nil || m.Issue.IsZero() {
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

// currentIssue returns an issue without the stories that were withdrawn, hidden or held
// since, nil when none is left.
func currentIssue(tx *store.Tx, m *news.Mail) (*news.Issue, error) {
	issue, err := tx.Issues.Get(m.Newsletter, m.Issue)
	if err != nil || issue == nil {
		return nil, err
	}
	issue.Items = slices.DeleteFunc(issue.Items, func(i news.Item) bool {
		s, serr := tx.Stories.Get(i.Story)
		err = cmp.Or(err, serr)
		return s != nil && (!s.MayStandIn(issue.Topic) || s.IsHeld(issue.Topic))
	})
	if len(issue.Items) == 0 {
		return nil, err
	}
	return issue, err
}

// link returns the URL of the page by which a recipient does an action.
func link(set *Settings, action string, r *news.Recipient, key []byte) string {
	q := url.Values{"r": {r.ID}, "k": {signature(key, action, r)}}
	return set.Site.URL + "/newsletters/" + r.Newsletter + "/" + action + "?" + q.Encode()
}

// newsletterTitle is the title of the newsletter of a topic.
func newsletterTitle(set *Settings, topic string) string { return set.Site.Title + ": " + topic }

// confirmationMail asks an address whether it wants the newsletter.
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

// issueMail is one issue of a newsletter for one recipient.
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
		Reason: locale.Put(t.MailWhy, title), UnsubscribeURL: link(set, Unsubscribe, r, key), ZoneNote: locale.Put(t.AllTimes, locale.Zone(zone, issue.At)),
	}
	for _, i := range issue.Items {
		by := i.Outlet
		if i.More > 0 {
			by = locale.Put(t.Count(t.AndOutlets, i.More), i.Outlet)
		}
		s.Items = append(s.Items, issueLine{i, by + " · " + t.Moment(i.At.In(zone))})
	}
	if issue.More > 0 {
		s.More, s.MoreURL = t.Count(t.More, issue.More), set.Site.URL+"/topics/"+issue.Topic
	}
	msg.SetDateWithValue(issue.At)
	msg.Subject(oneLine(title + " · " + day))
	msg.SetGenHeader("List-Id", fmt.Sprintf("<%s.%s>", m.Newsletter, host(set)))
	msg.SetGenHeader("List-Unsubscribe", "<"+s.UnsubscribeURL+">")
	msg.SetGenHeader("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
	return msg, setBody(msg, s)
}

// mailID is the Message-ID of a mail, made of newsletter, issue and recipient.
func mailID(set *Settings, m *news.Mail) string {
	at := m.Issue
	if at.IsZero() {
		at = m.Made
	}
	return fmt.Sprintf("%s.%d.%s@%s", m.Newsletter, at.UnixMilli(), m.Recipient, host(set))
}

// setBody renders the plain and the HTML part.
func setBody(msg *gomail.Msg, s *mailData) error {
	var plain, page bytes.Buffer
	if err := textTemplate().Execute(&plain, s); err != nil {
		return fmt.Errorf("render mail: %w", err)
	}
	if err := htmlTemplate().Execute(&page, s); err != nil {
		return fmt.Errorf("render mail: %w", err)
	}
	msg.SetBodyString(gomail.TypeTextPlain, plain.String())
	msg.AddAlternativeString(gomail.TypeTextHTML, page.String())
	return nil
}
