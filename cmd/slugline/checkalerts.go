package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/news"
)

// checkedAlert is what check says about an alert.
type checkedAlert struct {
	Name   string          `json:"name"`
	When   news.When       `json:"when"`
	Match  []string        `json:"match,omitempty"`
	To     []checkedTarget `json:"to"`
	Quiet  string          `json:"quiet,omitempty"`  // such as 22:00-06:00
	Digest string          `json:"digest,omitempty"` // a duration
	Limit  string          `json:"limit,omitempty"`  // such as 20/h
}

// checkedTarget is a target by its kind and what may be shown of its address.
type checkedTarget struct {
	Kind  string `json:"kind"`
	Label string `json:"label"`
}

func checkedAlerts(c *config.Config) (all []checkedAlert) {
	for i := range c.Alerts {
		a := &c.Alerts[i]
		out := checkedAlert{Name: a.Name, When: a.When, Match: a.Match, To: []checkedTarget{}}
		for _, t := range a.To {
			out.To = append(out.To, checkedTarget{t.Kind, t.Label})
		}
		if a.Quiet[0] != a.Quiet[1] {
			out.Quiet = timeOfDay(a.Quiet[0]) + "-" + timeOfDay(a.Quiet[1])
		}
		if a.Digest > 0 {
			out.Digest = formatDuration(a.Digest)
		}
		if a.Limit.Messages > 0 {
			out.Limit = formatLimit(a.Limit)
		}
		all = append(all, out)
	}
	return all
}

// formatLimit writes a limit as feeds.yaml does: 20/h, 5/10m.
func formatLimit(l news.Limit) string {
	per := formatDuration(l.Per)
	if len(per) == len("1h") {
		per = strings.TrimPrefix(per, "1")
	}
	return fmt.Sprintf("%d/%s", l.Messages, per)
}

// String says what the alert does, after its name.
func (a *checkedAlert) String() string {
	var to []string
	for _, t := range a.To {
		to = append(to, fmt.Sprintf("%s (%s)", t.Kind, t.Label))
	}
	parts := []string{fmt.Sprintf("when %s, to %s", a.When, strings.Join(to, ", "))}
	if len(a.Match) > 0 {
		parts = append(parts, "matching "+strings.Join(a.Match, " | "))
	}
	for _, p := range []struct{ what, value string }{{"digest", a.Digest}, {"limit", a.Limit}, {"quiet", a.Quiet}} {
		if p.value != "" {
			parts = append(parts, p.what+" "+p.value)
		}
	}
	return strings.Join(parts, "; ")
}

// checkedNewsletter is what check says about a newsletter.
type checkedNewsletter struct {
	Name  string   `json:"name"`
	Topic string   `json:"topic"`
	At    string   `json:"at"`   // such as 07:00, in site.zone
	Days  []string `json:"days"` // such as mon
}

func checkedNewsletters(c *config.Config) (all []checkedNewsletter) {
	for i := range c.Newsletters {
		l := &c.Newsletters[i]
		out := checkedNewsletter{Name: l.Name, Topic: l.Topic, At: timeOfDay(l.At)}
		for _, d := range l.Days {
			out.Days = append(out.Days, strings.ToLower(d.String()[:3]))
		}
		all = append(all, out)
	}
	return all
}

// String says what the newsletter sends and when, after its name.
func (l *checkedNewsletter) String() string {
	days := "on " + strings.Join(l.Days, ", ")
	if len(l.Days) == 7 {
		days = "every day"
	}
	return fmt.Sprintf("topic %s; %s at %s", l.Topic, days, l.At)
}

// timeOfDay writes a time since midnight as 22:00.
func timeOfDay(d time.Duration) string {
	return fmt.Sprintf("%02d:%02d", d/time.Hour, d%time.Hour/time.Minute)
}

// namedTarget is what check says about a target to which editors send by hand.
type namedTarget struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	checkedTarget
}

func namedTargets(c *config.Config) (all []namedTarget) {
	for i := range c.Targets {
		t := &c.Targets[i]
		all = append(all, namedTarget{t.Name, t.Title, checkedTarget{t.Kind, t.Label}})
	}
	return all
}

// explainSending lists the alerts, the targets and the newsletters, each with what it sends.
func (s *shell) explainSending(c *config.Config) {
	if targets := namedTargets(c); len(targets) > 0 {
		s.printf("\nTargets of stories sent by hand:\n")
		t := s.table()
		for _, n := range targets {
			fmt.Fprintf(t, "  %s\t%s: %s (%s)\n", n.Name, n.Title, n.Kind, n.Label)
		}
		_ = t.Flush()
	}
	if alerts := checkedAlerts(c); len(alerts) > 0 {
		s.printf("\nAlerts:\n")
		t := s.table()
		for i := range alerts {
			fmt.Fprintf(t, "  %s\t%s\n", alerts[i].Name, &alerts[i])
		}
		_ = t.Flush()
	}
	if letters := checkedNewsletters(c); len(letters) > 0 {
		s.printf("\nNewsletters, in the time of %s:\n", c.Site.Zone)
		t := s.table()
		for i := range letters {
			fmt.Fprintf(t, "  %s\t%s\n", letters[i].Name, &letters[i])
		}
		_ = t.Flush()
	}
}
