package view

import (
	"fmt"
	"slices"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/words"
)

// Alerts is what rings, and what rang.
type Alerts struct {
	Rules   []AlertRule `json:"rules"`    // in the order of feeds.yaml
	Dead    []Notice    `json:"dead"`     // given up: an editor sends them again or discards them; the newest first, at most 200
	GivenUp int         `json:"given_up"` // how many were
	Notices []Notice    `json:"notices"`  // the newest first
}

// AlertRule is an alert of feeds.yaml.
type AlertRule struct {
	Name  string        `json:"name"`
	When  news.When     `json:"when"`
	Match []string      `json:"match"`           // any of them; none: all
	To    []AlertTarget `json:"to"`              // where it rings
	Quiet string        `json:"quiet,omitempty"` // from and to, in site.zone: what rings then is sent at its end
}

// AlertTarget is where an alert rings. Nothing in it is secret.
type AlertTarget struct {
	Kind   string `json:"kind"` // webhook, slack, ntfy or mail
	Label  string `json:"label"`
	Closed string `json:"closed,omitempty"` // why it gets nothing any more
}

// Notice is a notice: what rang, where it goes and what came of that.
type Notice struct {
	ID       string    `json:"id"`
	At       time.Time `json:"at"`
	When     news.When `json:"when"`
	Alerts   []string  `json:"alerts"`
	Kind     string    `json:"kind,omitempty"`
	Target   string    `json:"target"` // its label
	Story    string    `json:"story,omitempty"`
	Event    string    `json:"event,omitempty"`
	Source   string    `json:"source,omitempty"`
	Headline string    `json:"headline"`
	Link     string    `json:"link,omitempty"`
	Language string    `json:"language,omitempty"`
	Dir      string    `json:"dir"`   // of the headline: ltr, rtl or auto
	State    string    `json:"state"` // sent, due, waiting (for the end of quiet hours), late (tried again), dead or dropped
	Sent     time.Time `json:"sent,omitzero"`
	Next     time.Time `json:"next,omitzero"` // attempt
	Tries    int       `json:"tries,omitempty"`
	Problem  string    `json:"problem,omitempty"` // of the last attempt, in plain words
}

// MaxNotices is how many notices are shown.
const MaxNotices = 200

// ReadAlerts returns the alerts in force and up to limit notices, the newest ones; of
// these kinds, where any are given.
func ReadAlerts(tx *store.Tx, now time.Time, limit int, when ...string) (*Alerts, error) {
	out := &Alerts{Rules: []AlertRule{}, Dead: []Notice{}, Notices: []Notice{}}
	goals, err := out.readRules(tx)
	if err != nil {
		return nil, err
	}
	came, err := tx.Dispatches.All()
	if err != nil {
		return nil, err
	}
	by := make(map[string]*news.Dispatch, len(came))
	for _, d := range came {
		by[d.Notice] = d
		if !d.Dead {
			continue
		}
		n, err := tx.Notices.Get(d.Notice)
		if err != nil {
			return nil, err
		}
		if n != nil {
			out.Dead = append(out.Dead, newNotice(n, d, goals, now))
		}
	}
	list, err := Notices(tx)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(n *news.Notice) bool { return len(when) > 0 && !slices.Contains(when, string(n.When)) })
	for _, n := range list[:min(len(list), limit)] {
		out.Notices = append(out.Notices, newNotice(n, by[n.ID], goals, now))
	}
	slices.SortFunc(out.Dead, func(a, b Notice) int { return b.At.Compare(a.At) })
	out.GivenUp = len(out.Dead)
	out.Dead = out.Dead[:min(len(out.Dead), MaxNotices)]
	return out, nil
}

// Notices are the newest notices of stories and of sources, the newest first.
func Notices(tx *store.Tx) ([]*news.Notice, error) {
	list, err := tx.Notices.Latest(0, MaxNotices)
	if err != nil {
		return nil, err
	}
	bells, err := tx.Notices.Local()
	if err != nil {
		return nil, err
	}
	list = append(list, bells...)
	slices.SortStableFunc(list, func(a, b *news.Notice) int { return b.At.Compare(a.At) })
	return list, nil
}

// readRules tells the alerts in force, and returns their targets by id.
func (a *Alerts) readRules(tx *store.Tx) (map[string]AlertTarget, error) {
	goals := map[string]AlertTarget{}
	rules, err := tx.Rules()
	if err != nil || rules == nil {
		return goals, err
	}
	shut, err := tx.ClosedTargets.All()
	if err != nil {
		return nil, err
	}
	why := map[string]string{}
	for _, c := range shut {
		why[c.Target] = c.Why
	}
	for i := range rules.Alerts {
		r := &rules.Alerts[i]
		out := AlertRule{Name: r.Name, When: r.When, Match: append([]string{}, r.Match...), To: []AlertTarget{}}
		if r.Quiet[0] != r.Quiet[1] {
			out.Quiet = clock24(r.Quiet[0]) + "-" + clock24(r.Quiet[1])
		}
		for _, t := range r.To {
			goals[t.ID] = AlertTarget{Kind: t.Kind, Label: t.Label, Closed: why[t.ID]}
			out.To = append(out.To, goals[t.ID])
		}
		a.Rules = append(a.Rules, out)
	}
	return goals, nil
}

func clock24(d time.Duration) string {
	return fmt.Sprintf("%02d:%02d", d/time.Hour, d%time.Hour/time.Minute)
}

func newNotice(n *news.Notice, d *news.Dispatch, goals map[string]AlertTarget, now time.Time) Notice {
	out := Notice{
		ID: n.ID, At: n.At, When: n.When, Alerts: n.Alerts, Story: n.Story, Event: n.Event, Source: n.Source,
		Headline: n.Headline, Link: n.Link, Language: n.Language, Dir: words.Dir(n.Headline), Sent: n.Sent, State: "due", Target: "a target that feeds.yaml no longer has",
	}
	if g, ok := goals[n.Target]; ok {
		out.Kind, out.Target = g.Kind, g.Label
	}
	if d != nil {
		out.Tries, out.Problem = d.Tries, d.Problem
	}
	switch {
	case !n.Sent.IsZero():
		out.State = "sent"
	case d != nil && d.Dead:
		out.State = "dead"
	case d != nil && d.Dropped:
		out.State = "dropped"
	case d != nil && d.Tries > 0:
		out.State, out.Next = "late", d.Next
	case n.Due.After(now):
		out.State, out.Next = "waiting", n.Due
	}
	return out
}

// NoticeRequest says what becomes of a notice that was given up.
type NoticeRequest struct {
	Notice string `json:"notice"` // id; * for all that were given up
	Do     string `json:"do"`     // retry or discard
}
