package store

import (
	"time"

	"github.com/slugline/slugline/internal/news"
)

// Recipients is the table of who asked for a newsletter.
type Recipients struct{ *rows }

// Get returns the recipient of a newsletter with an id.
func (t Recipients) Get(newsletter, id string) (*news.Recipient, error) {
	return getJSON[news.Recipient](t.rows, recipients, recipientKey(newsletter, id))
}

// All returns the recipients of a newsletter; of all newsletters when the name is empty.
func (t Recipients) All(newsletter string) ([]*news.Recipient, error) {
	var prefix []byte
	if newsletter != "" {
		prefix = namePrefix(newsletter)
	}
	return allJSON[news.Recipient](t.rows, recipients, prefix)
}

// Put stores a recipient under its Newsletter and ID.
func (t Recipients) Put(r *news.Recipient) error {
	return t.putJSON(recipients, recipientKey(r.Newsletter, r.ID), r)
}

// Delete deletes a recipient.
func (t Recipients) Delete(newsletter, id string) error {
	return t.delete(recipients, recipientKey(newsletter, id))
}

// Issues is the table of newsletters' issues.
type Issues struct{ *rows }

// Get returns the issue of a newsletter at a time.
func (t Issues) Get(newsletter string, at time.Time) (*news.Issue, error) {
	return getJSON[news.Issue](t.rows, issues, issueKey(newsletter, at))
}

// All returns all issues, by newsletter and time.
func (t Issues) All() ([]*news.Issue, error) { return allJSON[news.Issue](t.rows, issues, nil) }

// Put stores an issue under its Newsletter and At.
func (t Issues) Put(i *news.Issue) error {
	return t.putJSON(issues, issueKey(i.Newsletter, i.At), i)
}

// Delete deletes an issue and its mails.
func (t Issues) Delete(newsletter string, at time.Time) error {
	all, err := Mails(t).OfIssue(newsletter, at)
	for i := 0; err == nil && i < len(all); i++ {
		err = Mails(t).Delete(all[i])
	}
	if err != nil {
		return err
	}
	return t.delete(issues, issueKey(newsletter, at))
}

// Mails is the table of mails to recipients.
type Mails struct{ *rows }

// Get returns the mail of an issue to a recipient.
func (t Mails) Get(newsletter string, issue time.Time, recipient string) (*news.Mail, error) {
	return getJSON[news.Mail](t.rows, mails, mailKey(newsletter, issue, recipient))
}

// All returns all mails, by newsletter and issue.
func (t Mails) All() ([]*news.Mail, error) { return allJSON[news.Mail](t.rows, mails, nil) }

// OfIssue returns the mails of an issue. The issue at the zero time has the mails that ask
// recipients for confirmation.
func (t Mails) OfIssue(newsletter string, issue time.Time) ([]*news.Mail, error) {
	return allJSON[news.Mail](t.rows, mails, issueKey(newsletter, issue))
}

// Put stores a mail, sent or not, under its Newsletter, Issue and Recipient.
func (t Mails) Put(m *news.Mail) error {
	return t.putJSON(mails, mailKey(m.Newsletter, m.Issue, m.Recipient), m)
}

// Delete deletes a mail.
func (t Mails) Delete(m *news.Mail) error {
	return t.delete(mails, mailKey(m.Newsletter, m.Issue, m.Recipient))
}

// Schedules is the table of when newsletters are due.
type Schedules struct{ *rows }

// Get returns the schedule of a newsletter, nil when it was never computed.
func (t Schedules) Get(newsletter string) (*news.NewsletterSchedule, error) {
	return getJSON[news.NewsletterSchedule](t.rows, schedules, []byte(newsletter))
}

// Put stores a schedule under its Newsletter.
func (t Schedules) Put(s *news.NewsletterSchedule) error {
	return t.putJSON(schedules, []byte(s.Newsletter), s)
}
