package store

import (
	"bytes"
	"time"

	"github.com/slugline/slugline/internal/news"
)

func recipientKey(newsletter, id string) []byte { return append(scope(newsletter), id...) }

func issueKey(newsletter string, at time.Time) []byte { return appendTime(scope(newsletter), at) }

func mailKey(newsletter string, issue time.Time, recipient string) []byte {
	return append(issueKey(newsletter, issue), recipient...)
}

// Recipient returns who asked for a newsletter, nil when nobody with this id did.
func (tx *Tx) Recipient(newsletter, id string) (*news.Recipient, error) {
	return row[news.Recipient](tx, recipients, recipientKey(newsletter, id))
}

// Recipients returns all who asked for a newsletter; of all newsletters when the name is
// empty.
func (tx *Tx) Recipients(newsletter string) ([]*news.Recipient, error) {
	if newsletter == "" {
		return rows[news.Recipient](tx, recipients)
	}
	return scoped[news.Recipient](tx, recipients, scope(newsletter))
}

func scoped[T any](tx *Tx, b bucket, prefix []byte) ([]*T, error) {
	var all []*T
	err := tx.up(b, prefix, nil, func(k, p []byte) (bool, error) {
		v := new(T)
		all = append(all, v)
		return true, decode(b, k, p, v)
	})
	return all, err
}

// PutRecipient stores who asked for a newsletter.
func (tx *Tx) PutRecipient(r *news.Recipient) error {
	return tx.write(recipients, recipientKey(r.Newsletter, r.ID), r)
}

// DropRecipient forgets a recipient.
func (tx *Tx) DropRecipient(newsletter, id string) error {
	return tx.drop(recipients, recipientKey(newsletter, id))
}

// Issue returns a newsletter's issue, nil when there is none of that time.
func (tx *Tx) Issue(newsletter string, at time.Time) (*news.Issue, error) {
	return row[news.Issue](tx, issues, issueKey(newsletter, at))
}

// Issues returns all issues, by newsletter and time.
func (tx *Tx) Issues() ([]*news.Issue, error) { return rows[news.Issue](tx, issues) }

// PutIssue stores an issue.
func (tx *Tx) PutIssue(i *news.Issue) error { return tx.write(issues, issueKey(i.Newsletter, i.At), i) }

// DropIssue forgets an issue and its mails.
func (tx *Tx) DropIssue(newsletter string, at time.Time) error {
	all, err := tx.MailsOf(newsletter, at)
	for i := 0; err == nil && i < len(all); i++ {
		err = tx.DropMail(all[i])
	}
	if err != nil {
		return err
	}
	return tx.drop(issues, issueKey(newsletter, at))
}

// Mail returns an issue's mail to a recipient, nil when there is none.
func (tx *Tx) Mail(newsletter string, issue time.Time, recipient string) (*news.Mail, error) {
	return row[news.Mail](tx, mails, mailKey(newsletter, issue, recipient))
}

// Mails returns all mails, by newsletter and issue.
func (tx *Tx) Mails() ([]*news.Mail, error) { return rows[news.Mail](tx, mails) }

// MailsOf returns the mails of an issue; those that ask whether a newsletter is
// wanted are of the zero time.
func (tx *Tx) MailsOf(newsletter string, issue time.Time) ([]*news.Mail, error) {
	return scoped[news.Mail](tx, mails, issueKey(newsletter, issue))
}

// PutMail stores what is to be sent, or came of sending it.
func (tx *Tx) PutMail(m *news.Mail) error {
	return tx.write(mails, mailKey(m.Newsletter, m.Issue, m.Recipient), m)
}

// DropMail forgets it.
func (tx *Tx) DropMail(m *news.Mail) error {
	return tx.drop(mails, mailKey(m.Newsletter, m.Issue, m.Recipient))
}

// NewsletterSchedule returns when a newsletter is due, nil when that was never reckoned.
func (tx *Tx) NewsletterSchedule(newsletter string) (*news.NewsletterSchedule, error) {
	return row[news.NewsletterSchedule](tx, rounds, []byte(newsletter))
}

// PutNewsletterSchedule stores it.
func (tx *Tx) PutNewsletterSchedule(r *news.NewsletterSchedule) error {
	return tx.write(rounds, []byte(r.Newsletter), r)
}

// Secret returns what PutSecret got by this name, nil before.
func (tx *Tx) Secret(name string) ([]byte, error) {
	p, err := tx.get(secrets, []byte(name))
	return bytes.Clone(p), err
}

// PutSecret stores bytes that are this node's own.
func (tx *Tx) PutSecret(name string, secret []byte) error {
	return tx.put(secrets, []byte(name), secret)
}
