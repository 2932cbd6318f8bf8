package main

import (
	"errors"
	"slices"
	"time"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
)

const (
	longestLease = 11 * 24 * time.Hour // of a subscription to our hub: more is of a wrong clock
	longestWait  = 8 * 24 * time.Hour  // until the next issue of a newsletter
	longestTry   = 24 * time.Hour      // until the next try to send a notice or a mail
	longestQuiet = 24 * time.Hour      // from a notice to the end of the quiet hours
)

// healLocal puts back the times of this node's own that would make it wait for years. The
// poller does so for its schedule.
func healLocal(tx *store.Tx, conf *config.Config, now time.Time) error {
	now = news.Instant(now)
	if err := healDispatches(tx, conf, now); err != nil {
		return err
	}
	for _, step := range []func(*store.Tx, time.Time) error{healNotices, healWindows, healSubscriptions, healPushes, healIssues, healMails, healRecipients, healUsers} {
		if err := step(tx, now); err != nil {
			return err
		}
	}
	for i := range conf.Newsletters {
		if err := healSchedule(tx, conf.Newsletters[i].Name, now); err != nil {
			return err
		}
	}
	return nil
}

// isAhead reports whether something that has happened is in the future.
func isAhead(t, now time.Time) bool { return t.Sub(now) > time.Hour }

// healDispatches has notices sent soon that would wait for a time ahead.
func healDispatches(tx *store.Tx, conf *config.Config, now time.Time) error {
	all, err := tx.Dispatches.All()
	if err != nil {
		return err
	}
	for _, d := range all {
		longest, err := longestPlan(tx, conf, d.Notice)
		if err != nil {
			return err
		}
		tried := isAhead(d.First, now) || isAhead(d.Last, now) || d.Next.Sub(now) > longestTry || d.Asked.Sub(now) > longestTry
		if !tried && !isAhead(d.Due, now.Add(longest)) {
			continue
		}
		if tried {
			d.First, d.Last, d.Next, d.Asked = now, now, now, time.Time{}
		}
		if d.Due.After(now) {
			d.Due = now
		}
		if err := tx.Dispatches.Put(d); err != nil {
			return err
		}
	}
	return nil
}

// longestPlan returns how long the alerts of a notice may have planned to wait until they send
// it: for a digest, for their limit, and for the end of quiet hours.
func longestPlan(tx *store.Tx, conf *config.Config, notice string) (longest time.Duration, err error) {
	n, err := tx.Notices.Get(notice)
	if err != nil {
		return 0, err
	}
	for i := range conf.Alerts {
		a := &conf.Alerts[i]
		if n != nil && !slices.Contains(n.Alerts, a.Name) {
			continue
		}
		wait := a.Digest + 2*a.Limit.Per // a message may wait behind one that waits
		if a.Quiet[0] != a.Quiet[1] {
			wait += 24 * time.Hour
		}
		longest = max(longest, wait)
	}
	return longest, nil
}

// inOrder returns the times, a millisecond apart and the last one now, that take the place of
// those that are ahead.
func inOrder(all []time.Time, now time.Time) map[time.Time]time.Time {
	all = slices.DeleteFunc(all, func(t time.Time) bool { return !isAhead(t, now) })
	slices.SortFunc(all, time.Time.Compare)
	all = slices.CompactFunc(all, time.Time.Equal)
	healed := map[time.Time]time.Time{}
	for i, t := range all {
		healed[t.UTC()] = now.Add(time.Duration(i+1-len(all)) * time.Millisecond)
	}
	return healed
}

// healNotices has notices about sources sent, in their order, that would wait for a time ahead.
// The record heals those about stories.
func healNotices(tx *store.Tx, now time.Time) error {
	all, err := tx.Notices.Local()
	if err != nil {
		return err
	}
	var times []time.Time
	for _, n := range all {
		times = append(times, n.At)
	}
	healed := inOrder(times, now)
	for _, n := range all {
		at, ahead := healed[n.At.UTC()]
		switch {
		case ahead:
			n.At, n.Due = at, time.Time{}
		case n.Due.Sub(now) > longestQuiet:
			n.Due = now
		default:
			continue
		}
		if err := tx.Notices.PutLocal(n); err != nil {
			return err
		}
	}
	return nil
}

func healWindows(tx *store.Tx, now time.Time) error {
	all, err := tx.AlertWindows.All()
	if err != nil {
		return err
	}
	for _, w := range all {
		if isAhead(w.Start, now) || w.Due.Sub(now) > longestWait {
			if err := tx.AlertWindows.Delete(w); err != nil {
				return err
			}
		}
	}
	return nil
}

func healSubscriptions(tx *store.Tx, now time.Time) error {
	all, err := tx.Subscriptions.All()
	if err != nil {
		return err
	}
	for _, sub := range all {
		if sub.Until.Sub(now) <= longestLease && !isAhead(sub.Failing, now) {
			continue
		}
		sub.Until, sub.Failing, sub.Next = now.Add(min(sub.Until.Sub(now), longestLease)), time.Time{}, time.Time{}
		if err := tx.Subscriptions.Put(sub); err != nil {
			return err
		}
	}
	return nil
}

// healPushes has hubs asked anew.
func healPushes(tx *store.Tx, now time.Time) error {
	all, err := tx.Pushes.All()
	if err != nil {
		return err
	}
	for _, p := range all {
		if !isAhead(p.Asked, now) && !isAhead(p.Last, now) && !isAhead(p.MissedAt, now) {
			continue
		}
		p.Asked, p.Next, p.Until, p.CheckedAt = now, now, now, now
		if isAhead(p.MissedAt, now) {
			p.MissedAt = now
		}
		if err := tx.Pushes.Put(p); err != nil {
			return err
		}
	}
	return nil
}

// healSchedule has the next issue computed anew.
func healSchedule(tx *store.Tx, newsletter string, now time.Time) error {
	s, err := tx.Schedules.Get(newsletter)
	if err != nil || s == nil || !isAhead(s.Last, now) && s.Next.Sub(now) < longestWait {
		return err
	}
	s.ScheduleHash, s.Next = "", now
	if isAhead(s.Last, now) {
		s.Last = now
	}
	return tx.Schedules.Put(s)
}

// healIssues gives issues that are ahead, and their mails, another time.
func healIssues(tx *store.Tx, now time.Time) error {
	all, err := tx.Issues.All()
	if err != nil {
		return err
	}
	var times []time.Time
	for _, i := range all {
		times = append(times, i.At)
	}
	healed := inOrder(times, now)
	for _, issue := range all {
		at, ahead := healed[issue.At.UTC()]
		if !ahead {
			continue
		}
		mails, err := tx.Mails.OfIssue(issue.Newsletter, issue.At)
		if err != nil {
			return err
		}
		if err := tx.Issues.Delete(issue.Newsletter, issue.At); err != nil {
			return err
		}
		issue.At = at
		if err := tx.Issues.Put(issue); err != nil {
			return err
		}
		for _, m := range mails {
			m.Issue = at
			if err := tx.Mails.Put(m); err != nil {
				return err
			}
		}
	}
	return nil
}

// healMails has mails sent soon that would wait for a time ahead.
func healMails(tx *store.Tx, now time.Time) error {
	all, err := tx.Mails.All()
	if err != nil {
		return err
	}
	for _, m := range all {
		if !isAhead(m.Made, now) && !isAhead(m.Sent, now) && m.Next.Sub(now) <= longestTry {
			continue
		}
		if isAhead(m.Made, now) {
			m.Made = now
		}
		if isAhead(m.Sent, now) {
			m.Sent = now
		}
		if m.Next.After(now) {
			m.Next = now
		}
		if err := tx.Mails.Put(m); err != nil {
			return err
		}
	}
	return nil
}

// healRecipients puts back when somebody asked for a newsletter: they could not ask again
// otherwise. The link of the mail that asks for confirmation depends on that time, so they get
// another one.
func healRecipients(tx *store.Tx, now time.Time) error {
	all, err := tx.Recipients.All("")
	if err != nil {
		return err
	}
	for _, r := range all {
		asked, confirmed := isAhead(r.Asked, now), isAhead(r.Confirmed, now)
		if !asked && !confirmed {
			continue
		}
		if asked {
			r.Asked = now
		}
		if confirmed {
			r.Confirmed = now
		}
		if err := tx.Recipients.Put(r); err != nil {
			return err
		}
		if !r.Confirmed.IsZero() {
			continue
		}
		if err := tx.Mails.Put(&news.Mail{Newsletter: r.Newsletter, Recipient: r.ID, Made: now}); err != nil {
			return err
		}
	}
	return nil
}

// healUsers puts back when users of the wire starred stories, which orders these, and ends what
// they muted for longer than they can.
func healUsers(tx *store.Tx, now time.Time) error {
	all, err := tx.Tokens.All()
	if err != nil {
		return err
	}
	names := []string{""} // local users without a token
	for _, t := range all {
		names = append(names, t.Name)
	}
	for _, name := range names {
		if err := errors.Join(healMutes(tx, name, now), healStars(tx, name, now)); err != nil {
			return err
		}
	}
	return nil
}

func healMutes(tx *store.Tx, token string, now time.Time) error {
	s, err := tx.ReadStates.Get(token)
	if err != nil {
		return err
	}
	n := len(s.Mutes)
	s.Mutes = slices.DeleteFunc(s.Mutes, func(m news.Mute) bool { return m.Until.Sub(now) > view.MaxMute })
	if len(s.Mutes) == n && !isAhead(s.At, now) {
		return nil
	}
	if isAhead(s.At, now) {
		s.At = now
	}
	return tx.ReadStates.Put(s)
}

func healStars(tx *store.Tx, token string, now time.Time) error {
	all, err := tx.Stars.Of(token)
	if err != nil {
		return err
	}
	var times []time.Time
	for _, s := range all {
		times = append(times, s.At)
	}
	healed := inOrder(times, now)
	for _, s := range all {
		at, ahead := healed[s.At.UTC()]
		if !ahead {
			continue
		}
		c, err := tx.Stars.Copy(s.Story)
		if err != nil {
			return err
		}
		if s.At = at; c == nil {
			continue // the star is of no story
		}
		if err := tx.Stars.Put(s, c); err != nil {
			return err
		}
	}
	return nil
}
