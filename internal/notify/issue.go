package notify

import (
	"fmt"
	"slices"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

const (
	maxDelay       = 6 * time.Hour       // an issue is still made this long after its time, if the daemon was not running
	issuesKept     = 30 * 24 * time.Hour // with their mails
	issueSpan      = 96 * time.Hour      // older stories are in no issue; long enough for a weekend between two
	firstIssueSpan = 24 * time.Hour      // the same for the first issue
)

// makeDueIssues makes the issues that are due, deletes what is old, and returns how long
// to wait for the next issue.
func (n *Notifier) makeDueIssues(now time.Time) time.Duration {
	set := n.Settings()
	wait := rereadEvery
	for i := range set.Newsletters {
		l := &set.Newsletters[i]
		next, err := n.makeIssueIfDue(set, l, now)
		if err != nil {
			n.Log.Error("make newsletter", "newsletter", l.Name, "err", err)
			continue
		}
		wait = min(wait, next.Sub(now))
	}
	if now.Sub(n.lastCleanup) >= time.Hour {
		n.lastCleanup = now
		if err := n.Store.Update(func(tx *store.Tx) error { return deleteOld(tx, now) }); err != nil {
			n.Log.Error("delete old newsletters and notices", "err", err)
		}
	}
	return wait
}

// makeIssueIfDue makes a newsletter's issue if one is due, and returns when the next one
// is. A changed schedule makes none.
func (n *Notifier) makeIssueIfDue(set *Settings, l *Newsletter, now time.Time) (next time.Time, err error) {
	zone, err := time.LoadLocation(set.Site.Zone)
	if err != nil {
		return now, err
	}
	var old *news.NewsletterSchedule
	if err := n.Store.View(func(tx *store.Tx) error { old, err = tx.Schedules.Get(l.Name); return err }); err != nil {
		return now, err
	}
	hash := fmt.Sprint(l.Topic, l.At, l.Days, set.Site.Zone)
	if old != nil && old.ScheduleHash == hash && old.Next.After(now) {
		return old.Next, nil
	}
	next = news.Instant(nextIssueTime(l, now, zone))
	var made []*news.Mail
	err = n.Store.Update(func(tx *store.Tx) (err error) {
		schedule := &news.NewsletterSchedule{Newsletter: l.Name, ScheduleHash: hash, Next: next}
		if old != nil {
			schedule.Seq = old.Seq
		}
		if old != nil && old.ScheduleHash == hash && now.Sub(old.Next) < maxDelay {
			if made, err = n.makeIssue(tx, l, old); err != nil {
				return err
			}
			schedule.Seq = tx.Seq()
		}
		return tx.Schedules.Put(schedule)
	})
	if err != nil {
		return next, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.mails.pending = append(n.mails.pending, made...)
	return next, nil
}

// nextIssueTime returns the first time after t at which a newsletter is due.
func nextIssueTime(l *Newsletter, t time.Time, zone *time.Location) time.Time {
	local := t.In(zone)
	for day := 0; ; day++ {
		at := time.Date(local.Year(), local.Month(), local.Day()+day, int(l.At/time.Hour), int(l.At%time.Hour/time.Minute), 0, 0, zone)
		if at.After(t) && slices.Contains(l.Days, at.Weekday()) {
			return at
		}
	}
}

// makeIssue stores an issue and its mails. An issue without stories has no mails.
func (n *Notifier) makeIssue(tx *store.Tx, l *Newsletter, schedule *news.NewsletterSchedule) (made []*news.Mail, err error) {
	at, span := schedule.Next, issueSpan
	if schedule.Seq == 0 {
		span = firstIssueSpan
	}
	if had, err := tx.Issues.Get(l.Name, at); had != nil || err != nil {
		return nil, err
	}
	title, items, err := n.Items(tx, l.Topic, schedule.Seq, at.Add(-span))
	if err != nil {
		return nil, err
	}
	all, err := tx.Recipients.All(l.Name)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(r *news.Recipient) bool { return r.Confirmed.IsZero() || len(items) == 0 })
	for _, r := range all {
		m := &news.Mail{Newsletter: l.Name, Issue: at, Recipient: r.ID, Made: at}
		if err := tx.Mails.Put(m); err != nil {
			return nil, err
		}
		made = append(made, m)
	}
	n.Log.Info("newsletter", "newsletter", l.Name, "stories", len(items), "recipients", len(all))
	return made, tx.Issues.Put(&news.Issue{Newsletter: l.Name, At: at, Topic: l.Topic, Title: title, Items: items, Recipients: len(all)})
}

// deleteOld deletes old issues and notices, and recipients who did not confirm in time.
func deleteOld(tx *store.Tx, now time.Time) error {
	all, err := tx.Issues.All()
	if err != nil {
		return err
	}
	for _, i := range all {
		if now.Sub(i.At) < issuesKept {
			continue
		}
		if err := tx.Issues.Delete(i.Newsletter, i.At); err != nil {
			return err
		}
	}
	if err := deleteOldNotices(tx, now); err != nil {
		return err
	}
	asked, err := tx.Recipients.All("")
	if err != nil {
		return err
	}
	for _, r := range asked {
		if !r.Confirmed.IsZero() || now.Sub(r.Asked) < confirmWithin {
			continue
		}
		if err := deleteRecipient(tx, r); err != nil {
			return err
		}
	}
	return nil
}
