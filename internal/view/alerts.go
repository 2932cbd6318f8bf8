package view

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/words"
)

// Alerts is the alerts of feeds.yaml and the notices that they led to.
type Alerts struct {
	Rules   []AlertRule  `json:"rules"`    // in the order of feeds.yaml
	Targets []SendTarget `json:"targets"`  // where editors can send a story by hand, in the order of feeds.yaml
	Dead    []Notice     `json:"dead"`     // notices that could not be sent, until an editor retries or discards them; the newest first, at most 200
	GivenUp int          `json:"given_up"` // how many could not be sent
	Notices []Notice     `json:"notices"`  // the newest first

	titles map[string]string // of Targets, by target id
}

// AlertRule is an alert of feeds.yaml.
type AlertRule struct {
	Name   string        `json:"name"`
	When   news.When     `json:"when"`
	Match  []string      `json:"match"`            // queries, of which a story satisfies one; none: every story
	To     []AlertTarget `json:"to"`               // where its notices are sent
	Quiet  string        `json:"quiet,omitempty"`  // quiet hours in site.zone, as 22:00-06:00: notices are sent at their end
	Digest string        `json:"digest,omitempty"` // notices of this time are one message, as 10m
	Limit  string        `json:"limit,omitempty"`  // how many messages a target gets within a time, as 20 in 1h; the rest is one message at its end
}

// AlertTarget is where the notices of an alert are sent. Nothing in it is secret.
type AlertTarget struct {
	Kind     string `json:"kind"` // webhook, slack, ntfy, mail, telegram, matrix, teams, discord, mattermost, pushover or gotify
	Label    string `json:"label"`
	Priority int    `json:"priority,omitempty"` // of this alert's notices there, 1 to 5; 0: the usual one
	Closed   string `json:"closed,omitempty"`   // why nothing is sent to it any more; empty: it is open
}

// SendTarget is a target of feeds.yaml to which editors can send a story by hand.
type SendTarget struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	AlertTarget
}

// SendTargets returns where editors can send a story by hand.
func SendTargets(tx *store.Tx) ([]SendTarget, error) {
	out := []SendTarget{}
	rules, err := tx.Rules()
	if rules == nil || len(rules.Targets) == 0 || err != nil {
		return out, err
	}
	closed, err := tx.ClosedTargets.All()
	for _, t := range rules.Targets {
		to := AlertTarget{Kind: t.Kind, Label: t.Label, Priority: t.Priority}
		if i := slices.IndexFunc(closed, func(c *news.ClosedTarget) bool { return c.Target == t.ID }); i >= 0 {
			to.Closed = closed[i].Why
		}
		out = append(out, SendTarget{t.Name, t.Title, to})
	}
	return out, err
}

// Notice is a message of an alert to one target, or a story sent there by hand, and what became of it.
type Notice struct {
	ID       string    `json:"id"`
	At       time.Time `json:"at"`
	When     news.When `json:"when"`
	Alerts   []string  `json:"alerts"`         // none of a story sent by hand
	By       string    `json:"by,omitempty"`   // who sent the story by hand
	Note     string    `json:"note,omitempty"` // what they wrote with it
	Kind     string    `json:"kind,omitempty"`
	Target   string    `json:"target"` // label of the target
	Story    string    `json:"story,omitempty"`
	Event    string    `json:"event,omitempty"`
	Source   string    `json:"source,omitempty"`
	Headline string    `json:"headline"`
	Link     string    `json:"link,omitempty"`
	Language string    `json:"language,omitempty"`
	Dir      string    `json:"dir"`              // of the headline: ltr, rtl or auto
	Digest   string    `json:"digest,omitempty"` // id of the message in which it is sent with others
	State    string    `json:"state"`            // sent, due, waiting (for the end of quiet hours or for its digest), late (retried), dead (could not be sent) or dropped (discarded)
	Sent     time.Time `json:"sent,omitzero"`
	Next     time.Time `json:"next,omitzero"` // next attempt
	Tries    int       `json:"tries,omitempty"`
	Problem  string    `json:"problem,omitempty"` // what went wrong with the last attempt
}

// MaxNotices is how many notices a page shows.
const MaxNotices = 200

// ReadAlerts returns the alerts in force and the newest notices, at most limit. If kinds
// are given, only notices of these kinds are returned.
func ReadAlerts(tx *store.Tx, now time.Time, limit int, kinds ...string) (*Alerts, error) {
	out := &Alerts{Rules: []AlertRule{}, Targets: []SendTarget{}, titles: map[string]string{}, Dead: []Notice{}, Notices: []Notice{}}
	targets, err := out.readRules(tx)
	if err != nil {
		return nil, err
	}
	dispatches, err := tx.Dispatches.All()
	if err != nil {
		return nil, err
	}
	byNotice := make(map[string]*news.Dispatch, len(dispatches))
	for _, d := range dispatches {
		byNotice[d.Notice] = d
		if !d.Dead {
			continue
		}
		n, err := tx.Notices.Get(d.Notice)
		if err != nil {
			return nil, err
		}
		if n != nil {
			out.Dead = append(out.Dead, out.newNotice(n, d, targets, now))
		}
	}
	list, err := Notices(tx)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(n *news.Notice) bool { return len(kinds) > 0 && !slices.Contains(kinds, string(n.When)) })
	for _, n := range list[:min(len(list), limit)] {
		out.Notices = append(out.Notices, out.newNotice(n, byNotice[n.ID], targets, now))
	}
	slices.SortFunc(out.Dead, func(a, b Notice) int { return b.At.Compare(a.At) })
	out.GivenUp = len(out.Dead)
	out.Dead = out.Dead[:min(len(out.Dead), MaxNotices)]
	return out, nil
}

// Notices returns the newest notices about stories and sources, the newest first.
func Notices(tx *store.Tx) ([]*news.Notice, error) {
	list, err := tx.Notices.Latest(0, MaxNotices)
	if err != nil {
		return nil, err
	}
	local, err := tx.Notices.Local()
	if err != nil {
		return nil, err
	}
	list = append(list, local...)
	slices.SortStableFunc(list, func(a, b *news.Notice) int { return b.At.Compare(a.At) })
	return list, nil
}

// readRules adds the alerts in force and returns their targets by id.
func (a *Alerts) readRules(tx *store.Tx) (map[string]AlertTarget, error) {
	targets := map[string]AlertTarget{}
	rules, err := tx.Rules()
	if err != nil || rules == nil {
		return targets, err
	}
	closed, err := tx.ClosedTargets.All()
	if err != nil {
		return nil, err
	}
	reasons := map[string]string{}
	for _, c := range closed {
		reasons[c.Target] = c.Why
	}
	for _, t := range rules.Targets {
		targets[t.ID] = AlertTarget{Kind: t.Kind, Label: t.Label, Closed: reasons[t.ID]}
		a.titles[t.ID] = t.Title
	}
	if a.Targets, err = SendTargets(tx); err != nil {
		return nil, err
	}
	for i := range rules.Alerts {
		r := &rules.Alerts[i]
		out := AlertRule{Name: r.Name, When: r.When, Match: append([]string{}, r.Match...), To: []AlertTarget{}}
		if r.Quiet[0] != r.Quiet[1] {
			out.Quiet = clock24(r.Quiet[0]) + "-" + clock24(r.Quiet[1])
		}
		for _, t := range r.To {
			targets[t.ID] = AlertTarget{Kind: t.Kind, Label: t.Label, Closed: reasons[t.ID]}
			to := targets[t.ID]
			to.Priority = t.Priority
			out.To = append(out.To, to)
		}
		if r.Digest > 0 {
			out.Digest = shortSpan(r.Digest)
		}
		if r.Limit.Messages > 0 {
			out.Limit = fmt.Sprintf("%d in %s", r.Limit.Messages, shortSpan(r.Limit.Per))
		}
		a.Rules = append(a.Rules, out)
	}
	return targets, nil
}

// shortSpan writes a span without units of zero, as 10m or 1h.
func shortSpan(d time.Duration) string {
	s := strings.TrimSuffix(d.String(), "m0s")
	if s != d.String() {
		s += "m"
	}
	if short, ok := strings.CutSuffix(s, "h0m"); ok {
		return short + "h"
	}
	return s
}

// clock24 writes a time of day as 22:00.
func clock24(d time.Duration) string {
	return fmt.Sprintf("%02d:%02d", d/time.Hour, d%time.Hour/time.Minute)
}

func (a *Alerts) newNotice(n *news.Notice, d *news.Dispatch, targets map[string]AlertTarget, now time.Time) Notice {
	out := Notice{
		ID: n.ID, At: n.At, When: n.When, Alerts: append([]string{}, n.Alerts...), By: n.By, Note: n.Note, Story: n.Story, Event: n.Event, Source: n.Source,
		Headline: n.Headline, Link: n.Link, Language: n.Language, Dir: words.Dir(n.Headline), Sent: n.Sent, State: "due", Target: "a target that feeds.yaml no longer has",
	}
	if g, ok := targets[n.Target]; ok {
		out.Kind, out.Target = g.Kind, g.Label
	}
	if title := a.titles[n.Target]; title != "" && n.When == news.WhenSend {
		out.Target = title
	}
	if d != nil {
		out.Tries, out.Problem, out.Digest = d.Tries, d.Problem, d.Batch
	}
	switch {
	case !n.Sent.IsZero():
		out.State = "sent"
	case d != nil && d.Dead:
		out.State = "dead"
	case d != nil && d.Dropped:
		out.State = "dropped"
	case n.Cancelled:
		out.State, out.Problem = "dropped", "the decision to send it was undone before this could be sent"
	case d != nil && d.Problem != "":
		out.State, out.Next = "late", d.Next
	case d != nil && d.Due.After(now):
		out.State, out.Next = "waiting", d.Due
	case n.Due.After(now):
		out.State, out.Next = "waiting", n.Due
	}
	return out
}

// Say puts what Slugline says in the notices into a language. It was stored in English.
func (a *Alerts) Say(loc *locale.Locale) {
	for _, list := range [][]Notice{a.Dead, a.Notices} {
		for i := range list {
			n := &list[i]
			n.Problem = Phrase(loc, n.Problem)
			if n.Kind == "" {
				n.Target = Phrase(loc, n.Target)
			}
			if n.Story == "" && n.Source != "" {
				n.Headline = Phrase(loc, n.Headline)
			}
		}
	}
}

// NoticeRequest retries or discards a notice that could not be sent.
type NoticeRequest struct {
	Notice string `json:"notice"` // id; * for all that could not be sent
	Do     string `json:"do"`     // retry or discard
}
