package main

import (
	"time"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/published"
	"github.com/slugline/slugline/internal/store"
)

// sentMail is what is known of newsletters that were sent after the backup: from the database
// that was there, or because published pages show that it still ran.
type sentMail struct {
	published time.Time // when it still published; zero if not known
	schedules []*news.NewsletterSchedule
	mails     []*news.Mail
}

// add notes a row of the database that was there.
func (m *sentMail) add(row store.Salvaged) {
	switch {
	case row.Schedule != nil:
		m.schedules = append(m.schedules, row.Schedule)
	case row.Mail != nil:
		m.mails = append(m.mails, row.Mail)
	}
}

// put returns the step that stores it, so that no mail is sent again that was sent.
func (m *sentMail) put(st *store.Store, c *config.Config) func() error {
	return func() error {
		return st.Update(func(tx *store.Tx) error {
			if err := m.putMails(tx); err != nil {
				return err
			}
			for i := range c.Newsletters {
				if err := m.putSchedule(tx, c.Newsletters[i].Name); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

// putMails puts the mails that wait in the backup and were sent.
func (m *sentMail) putMails(tx *store.Tx) error {
	for _, sent := range m.mails {
		waits, err := tx.Mails.Get(sent.Newsletter, sent.Issue, sent.Recipient)
		if err != nil {
			return err
		}
		if waits == nil || !waits.Sent.IsZero() || waits.Dead {
			continue
		}
		if err := tx.Mails.Put(sent); err != nil {
			return err
		}
	}
	if m.published.IsZero() {
		return nil
	}
	all, err := tx.Mails.All()
	if err != nil {
		return err
	}
	for _, mail := range all {
		if !mail.Sent.IsZero() || mail.Dead || !m.wasSent(mail.Made) {
			continue
		}
		mail.Sent = m.published
		if err := tx.Mails.Put(mail); err != nil {
			return err
		}
	}
	return nil
}

// wasSent reports whether what was due at a time was sent, by what was published.
func (m *sentMail) wasSent(due time.Time) bool {
	return !m.published.IsZero() && !due.Add(news.SentWithin).After(m.published)
}

// putSchedule notes which issue of a newsletter was the last one. What came after it is in
// the next.
func (m *sentMail) putSchedule(tx *store.Tx, newsletter string) error {
	s, err := tx.Schedules.Get(newsletter)
	if err != nil {
		return err
	}
	for _, known := range m.schedules {
		if known.Newsletter == newsletter && (s == nil || known.Last.After(s.Last)) {
			c := *known
			c.Seq = tx.Seq() // that of the other database means nothing here
			s = &c
			if err := tx.Schedules.Put(s); err != nil {
				return err
			}
		}
	}
	if s == nil || s.Next.IsZero() || !m.wasSent(s.Next) {
		return nil
	}
	s.Last, s.Seq, s.ScheduleHash = s.Next, tx.Seq(), "" // the time of the next one is computed anew
	return tx.Schedules.Put(s)
}

// lastPublished returns when the newest of some feeds was published, zero if that is not
// known.
func lastPublished(pages []published.Page, now time.Time) (at time.Time) {
	for i := range pages {
		if p := &pages[i]; !p.Archive && !p.Updated.After(now) {
			at = news.Later(at, p.Updated)
		}
	}
	return at
}
