package notify

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

const (
	maxDelay   = 6 * time.Hour       // an issue is still made this long after its time, if the daemon was not running
	issuesKept = 30 * 24 * time.Hour // with their mails
	issueSlack = 24 * time.Hour      // stories so much older than the last issue are in the next one if they came after it
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
			schedule.Seq, schedule.Last = old.Seq, old.Last
		}
		if old != nil && old.ScheduleHash == hash && now.Sub(old.Next) < allowedDelay(l, old.Next, zone) {
			if made, err = n.makeIssue(tx, l, old, zone); err != nil {
				return err
			}
			schedule.Seq, schedule.Last = tx.Seq(), old.Next
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

// allowedDelay returns how long after its time an issue is still made: longer if the next
// one is far away. What an issue that was not made would have had is in the next one.
func allowedDelay(l *Newsletter, at time.Time, zone *time.Location) time.Duration {
	return max(maxDelay, nextIssueTime(l, at, zone).Sub(at)/4)
}

// issueSince returns from when on an issue has stories: since the last one, however long
// ago that was. The first one has as much as later ones have.
func issueSince(tx *store.Tx, l *Newsletter, schedule *news.NewsletterSchedule, zone *time.Location) (time.Time, error) {
	switch {
	case schedule.Seq == 0 && schedule.Last.IsZero():
		return previousIssueTime(l, schedule.Next, zone), nil
	case !schedule.Last.IsZero():
		return schedule.Last.Add(-issueSlack), nil
	}
	last := schedule.Next.Add(-issuesKept) // an older version did not store it; perhaps the issue is stored
	all, err := tx.Issues.All()
	for _, i := range all {
		if i.Newsletter == l.Name {
			last = news.Later(last, i.At)
		}
	}
	return last.Add(-issueSlack), err
}

// previousIssueTime returns the last time before t at which a newsletter would have been
// due.
func previousIssueTime(l *Newsletter, t time.Time, zone *time.Location) time.Time {
	const week = 7
	at := nextIssueTime(l, t.In(zone).AddDate(0, 0, -week).Add(-time.Minute), zone)
	for next := at; next.Before(t); next = nextIssueTime(l, next, zone) {
		at = next
	}
	return at
}

// makeIssue stores an issue and its mails. An issue without stories has no mails.
func (n *Notifier) makeIssue(tx *store.Tx, l *Newsletter, schedule *news.NewsletterSchedule, zone *time.Location) (made []*news.Mail, err error) {
	at := schedule.Next
	if had, err := tx.Issues.Get(l.Name, at); had != nil || err != nil {
		return nil, err
	}
	since, err := issueSince(tx, l, schedule, zone)
	if err != nil {
		return nil, err
	}
	title, items, more, err := n.Items(tx, l.Topic, schedule.Seq, since)
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
	return made, tx.Issues.Put(&news.Issue{Newsletter: l.Name, At: at, Topic: l.Topic, Title: title, Items: items, More: more, Recipients: len(all)})
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
	if err := errors.Join(deleteOldNotices(tx, now), deleteOldWindows(tx, now)); err != nil {
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
