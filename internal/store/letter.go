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

// Get returns who asked for a newsletter, nil when nobody with this id did.
func (t Recipients) Get(newsletter, id string) (*news.Recipient, error) {
	return row[news.Recipient](t.rows, recipients, recipientKey(newsletter, id))
}

// All returns all who asked for a newsletter; of all newsletters when the name is
// empty.
func (t Recipients) All(newsletter string) ([]*news.Recipient, error) {
	if newsletter == "" {
		return allRows[news.Recipient](t.rows, recipients)
	}
	return scoped[news.Recipient](t.rows, recipients, scope(newsletter))
}

func scoped[T any](r *rows, b bucket, prefix []byte) ([]*T, error) {
	var all []*T
	err := r.up(b, prefix, nil, func(k, p []byte) (bool, error) {
		v := new(T)
		all = append(all, v)
		return true, decode(b, k, p, v)
	})
	return all, err
}

// Put stores who asked for a newsletter.
func (t Recipients) Put(r *news.Recipient) error {
	return t.write(recipients, recipientKey(r.Newsletter, r.ID), r)
}

// Delete forgets a recipient.
func (t Recipients) Delete(newsletter, id string) error {
	return t.drop(recipients, recipientKey(newsletter, id))
}

// Get returns a newsletter's issue, nil when there is none of that time.
func (t Issues) Get(newsletter string, at time.Time) (*news.Issue, error) {
	return row[news.Issue](t.rows, issues, issueKey(newsletter, at))
}

// All returns all issues, by newsletter and time.
func (t Issues) All() ([]*news.Issue, error) { return allRows[news.Issue](t.rows, issues) }

// Put stores an issue.
func (t Issues) Put(i *news.Issue) error { return t.write(issues, issueKey(i.Newsletter, i.At), i) }

// Delete forgets an issue and its mails.
func (t Issues) Delete(newsletter string, at time.Time) error {
	all, err := Mails(t).OfIssue(newsletter, at)
	for i := 0; err == nil && i < len(all); i++ {
		err = Mails(t).Delete(all[i])
	}
	if err != nil {
		return err
	}
	return t.drop(issues, issueKey(newsletter, at))
}

// Get returns an issue's mail to a recipient, nil when there is none.
func (t Mails) Get(newsletter string, issue time.Time, recipient string) (*news.Mail, error) {
	return row[news.Mail](t.rows, mails, mailKey(newsletter, issue, recipient))
}

// All returns all mails, by newsletter and issue.
func (t Mails) All() ([]*news.Mail, error) { return allRows[news.Mail](t.rows, mails) }

// OfIssue returns the mails of an issue; those that ask whether a newsletter is
// wanted are of the zero time.
func (t Mails) OfIssue(newsletter string, issue time.Time) ([]*news.Mail, error) {
	return scoped[news.Mail](t.rows, mails, issueKey(newsletter, issue))
}

// Put stores what is to be sent, or came of sending it.
func (t Mails) Put(m *news.Mail) error {
	return t.write(mails, mailKey(m.Newsletter, m.Issue, m.Recipient), m)
}

// Delete forgets it.
func (t Mails) Delete(m *news.Mail) error {
	return t.drop(mails, mailKey(m.Newsletter, m.Issue, m.Recipient))
}

// Get returns when a newsletter is due, nil when that was never reckoned.
func (t Schedules) Get(newsletter string) (*news.NewsletterSchedule, error) {
	return row[news.NewsletterSchedule](t.rows, rounds, []byte(newsletter))
}

// Put stores it.
func (t Schedules) Put(r *news.NewsletterSchedule) error {
	return t.write(rounds, []byte(r.Newsletter), r)
}

// Get returns what PutSecret got by this name, nil before.
func (t Secrets) Get(name string) ([]byte, error) {
	p, err := t.get(secrets, []byte(name))
	return bytes.Clone(p), err
}

// Put stores bytes that are this node's own.
func (t Secrets) Put(name string, secret []byte) error {
	return t.put(secrets, []byte(name), secret)
}
