package notify

import (
	"context"
	"fmt"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/pace"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/topic"
)

const (
	checkEvery       = time.Minute
	minFailures      = 2                   // failed visits in a row before a source is in trouble
	maxQuietAge      = 6 * time.Hour       // a silence that is noticed later rings no alert
	localNoticesKept = 30 * 24 * time.Hour // as the desk keeps notices
)

// FollowSources finds the troubles of this node's sources until ctx ends, where several nodes
// share the work. Run on the node that sends makes nothing of it: it reads the notices.
func (n *Notifier) FollowSources(ctx context.Context) error {
	n.ready()
	tick := time.NewTicker(checkEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			n.checkSources(n.Now())
		case <-ctx.Done():
			return nil
		}
	}
}

// checkSources finds the sources that are in trouble, and makes notices for trouble that
// began. An alert that is added later does not ring for trouble that began before.
func (n *Notifier) checkSources(now time.Time) {
	if now.Sub(n.lastCheck) < checkEvery {
		return
	}
	n.lastCheck = now
	var begun, over []*news.Trouble
	err := n.Store.View(func(tx *store.Tx) (err error) {
		begun, over, err = n.compareTroubles(tx)
		return err
	})
	if err == nil && len(begun)+len(over) > 0 {
		err = n.recordTroubles(begun, over, news.Instant(now))
	}
	if err != nil {
		n.Log.Error("check sources for trouble", "err", err)
	}
}

type troubleKey struct {
	when   news.When
	source string
}

// compareTroubles returns the troubles of sources that began since the stored ones, and
// the stored ones that are over.
func (n *Notifier) compareTroubles(tx *store.Tx) (begun, over []*news.Trouble, err error) {
	states, err := tx.Visits.All()
	if err != nil {
		return nil, nil, err
	}
	stored, err := tx.Troubles.All()
	if err != nil {
		return nil, nil, err
	}
	before, now := map[troubleKey]bool{}, map[troubleKey]bool{}
	for _, t := range stored {
		before[troubleKey{t.When, t.Source}] = true
	}
	offline := n.Offline()
	for _, s := range states {
		if own, err := n.owns(tx, s.Source); err != nil || !own {
			if err != nil {
				return nil, nil, err
			}
			continue
		}
		if s.Problem != "" { // a source that can't be read stays quiet if it was
			now[troubleKey{news.WhenQuiet, s.Source}] = true
		}
		t := troubleOf(s)
		if t == nil {
			continue
		}
		k := troubleKey{t.When, t.Source}
		now[k] = true
		if before[k] || offline && t.When == news.WhenProblem {
			continue
		}
		src, err := tx.Sources.Get(t.Source)
		if err != nil {
			return nil, nil, err
		}
		if src != nil && !src.Removed && src.Pause == nil {
			begun = append(begun, t)
		}
	}
	for _, t := range stored {
		own, err := n.owns(tx, t.Source)
		if err != nil {
			return nil, nil, err
		}
		if own && !now[troubleKey{t.When, t.Source}] {
			over = append(over, t)
		}
	}
	return begun, over, nil
}

// owns reports whether this node visits a source, or would if there were still one.
func (n *Notifier) owns(tx *store.Tx, source string) (bool, error) {
	if n.Owns == nil {
		return true, nil
	}
	src, err := tx.Sources.Get(source)
	if src == nil || err != nil {
		return n.Owns(""), err
	}
	return n.Owns(src.Address), nil
}

// troubleOf returns the trouble of a source, nil when it has none. A source that can't be
// read is not called quiet.
func troubleOf(s *news.VisitState) *news.Trouble {
	if s.Paused {
		return nil
	}
	if s.Problem != "" {
		if s.Failures < minFailures && !s.Refused && !s.Gone {
			return nil
		}
		return &news.Trouble{When: news.WhenProblem, Source: s.Source, Since: s.LastSuccess, Text: "can't be read: " + s.Problem}
	}
	if silence, quiet := pace.Quiet(s.Pace); quiet {
		return &news.Trouble{When: news.WhenQuiet, Source: s.Source, Since: silence.Since, Text: silence.String()}
	}
	return nil
}

// recordTroubles stores what began and deletes what is over, and queues the notices.
func (n *Notifier) recordTroubles(begun, over []*news.Trouble, now time.Time) error {
	var made []*news.Notice
	err := n.Store.Update(func(tx *store.Tx) error {
		made = nil
		for _, t := range over {
			if err := tx.Troubles.Delete(t.When, t.Source); err != nil {
				return err
			}
		}
		rules, err := tx.Rules()
		if err != nil || rules == nil {
			return err
		}
		for _, t := range begun {
			src, err := tx.Sources.Get(t.Source)
			if err != nil {
				return err
			}
			if src == nil {
				continue
			}
			if err := tx.Troubles.Put(t); err != nil {
				return err
			}
			notices, err := noticesFor(tx, rules, src, t, now)
			if err != nil {
				return err
			}
			made = append(made, notices...)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if n.Owns != nil {
		if len(made) > 0 {
			n.Reread() // this node may be the one that sends
		}
		return nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.Store.View(func(tx *store.Tx) error { return n.enqueue(tx, made) })
}

// noticesFor stores and returns the notices for a trouble, one for each target.
func noticesFor(tx *store.Tx, rules *news.Rules, src *news.SourceState, t *news.Trouble, now time.Time) (made []*news.Notice, err error) {
	if t.When == news.WhenQuiet && now.Sub(t.Since) > maxQuietAge {
		return nil, nil
	}
	var alerts []*news.Alert
	for i := range rules.Alerts {
		a := &rules.Alerts[i]
		ok, err := appliesTo(a, t.When, src)
		if err != nil {
			return nil, err
		}
		if ok {
			alerts = append(alerts, a)
		}
	}
	zone, err := time.LoadLocation(rules.Site.Zone)
	if err != nil {
		zone = time.UTC
	}
	for _, ring := range news.GroupByTarget(alerts, now, zone) {
		notice := &news.Notice{
			ID: news.NoticeID(t.When, fmt.Sprint(t.Source, " ", t.Since.UnixMilli()), ring.Target),
			At: now, Due: ring.Due, When: t.When, Alerts: ring.Alerts, Target: ring.Target,
			Source: t.Source, Headline: src.Label() + " " + t.Text, Language: rules.Site.Language,
		}
		if had, err := tx.Notices.Get(notice.ID); had != nil || err != nil {
			if err != nil {
				return nil, err
			}
			continue
		}
		if err := tx.Notices.PutLocal(notice); err != nil {
			return nil, err
		}
		made = append(made, notice)
	}
	return made, nil
}

// appliesTo reports whether an alert is for a source's trouble. Its match sees the source
// as an entry: its name, tags, language, title and site.
func appliesTo(a *news.Alert, when news.When, src *news.SourceState) (bool, error) {
	if a.When != when {
		return false, nil
	}
	rule, err := topic.Compile(news.Topic{Match: a.Match})
	if err != nil {
		return false, fmt.Errorf("match of alert %s: %w", a.Name, err)
	}
	shown := src.Source
	shown.Title = src.Label()
	return rule.Match(topic.NewDoc(&news.Entry{Headline: shown.Title, Link: src.Feed.Site, Language: shown.Language}, &shown), 1), nil
}

// deleteOldNotices deletes old local notices, and the outcomes of notices that are gone.
func deleteOldNotices(tx *store.Tx, now time.Time) error {
	notices, err := tx.Notices.Local()
	if err != nil {
		return err
	}
	for _, notice := range notices {
		if now.Sub(notice.At) < localNoticesKept {
			continue
		}
		if err := tx.Notices.DeleteLocal(notice.ID); err != nil {
			return err
		}
	}
	all, err := tx.Dispatches.All()
	if err != nil {
		return err
	}
	for _, d := range all {
		had, err := tx.Notices.Get(d.Notice)
		if err != nil {
			return err
		}
		if had == nil {
			if err := tx.Dispatches.Delete(d.Notice); err != nil {
				return err
			}
		}
	}
	return nil
}
