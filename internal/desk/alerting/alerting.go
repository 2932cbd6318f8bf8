// Package alerting decides which alerts ring for a story or an event, and which notices
// follow.
//
// Its functions are pure: they read stories, alerts and times, and return what should
// be. Package desk stores it. An alert rings at most once for a story or an event. It
// does not ring for what matched before the alert existed, nor for what was published
// long ago.
package alerting

import (
	"fmt"
	"slices"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/topic"
)

const (
	freshFor    = 6 * time.Hour // an alert rings for what was published or broke no longer ago
	breakWithin = time.Hour     // an event breaks only by a take that was published no longer ago
	calmFor     = 6 * time.Hour // an event that broke may break again after this time
)

// Rule is an alert with its query compiled.
type Rule struct {
	*news.Alert
	Query *topic.Rule
}

// Compile compiles the queries of alerts, whose dates are in zone.
func Compile(alerts []news.Alert, zone *time.Location) ([]Rule, error) {
	var rules []Rule
	for i := range alerts {
		q, err := topic.Alerting(zone).Compile(news.Topic{Match: alerts[i].Match})
		if err != nil {
			return nil, fmt.Errorf("match of alert %s: %w", alerts[i].Name, err)
		}
		rules = append(rules, Rule{Alert: &alerts[i], Query: q})
	}
	return rules, nil
}

// Take is a story's take, prepared for matching. The desk's alerts match what was read
// with credentials too.
type Take struct {
	*news.Take
	Doc *topic.Doc
}

// Unmatched returns the alerts for stories that a story has not matched before.
func Unmatched(rules []Rule, s *news.Story) []Rule {
	var open []Rule
	for _, r := range rules {
		if r.When == news.WhenStory && !slices.Contains(s.MatchedAlerts, r.Key()) {
			open = append(open, r)
		}
	}
	return open
}

// ForStory returns the alerts that a story matches, and those of them that ring. takes
// are the story's takes that were not withdrawn. An alert does not ring when the story
// is not fresh, or matched already with what it had when the alert came.
func ForStory(open []Rule, s *news.Story, takes []Take, fresh bool) (matched, ring []*news.Alert) {
	for _, r := range open {
		if !r.matches(takes, s.Outlets()) {
			continue
		}
		matched = append(matched, r.Alert)
		if fresh && !r.matchedBefore(takes) {
			ring = append(ring, r.Alert)
		}
	}
	return matched, ring
}

func (r Rule) matches(takes []Take, outlets int) bool {
	return slices.ContainsFunc(takes, func(t Take) bool { return r.Query.Match(t.Doc, outlets) })
}

// matchedBefore tells whether the takes that were there when the alert came satisfy it.
func (r Rule) matchedBefore(takes []Take) bool {
	var had []Take
	var s news.Story
	for _, t := range takes {
		if t.Seq <= r.Since {
			had, s.Takes = append(had, t), append(s.Takes, *t.Take)
		}
	}
	return r.matches(had, s.Outlets())
}

// UnmatchedBreaking returns the alerts for breaking events that an event has not matched
// before, and that existed when it broke.
func UnmatchedBreaking(rules []Rule, ev *news.Event) []Rule {
	var open []Rule
	for _, r := range rules {
		if r.When == news.WhenBreaking && !slices.Contains(ev.MatchedAlerts, r.Key()) && ev.Breaking.After(r.Begun) {
			open = append(open, r)
		}
	}
	return open
}

// Story is a story of an event with its takes that were not withdrawn.
type Story struct {
	*news.Story
	Takes []Take
}

// ForEvent returns the alerts that ring for an event that breaks: one of its stories
// matches. The event's outlets count together.
func ForEvent(open []Rule, stories []Story) (ring []*news.Alert) {
	outlets := news.Voices(Plain(stories)...)
	for _, r := range open {
		if slices.ContainsFunc(stories, func(s Story) bool { return r.matches(s.Takes, outlets) }) {
			ring = append(ring, r.Alert)
		}
	}
	return ring
}

// Plain returns the stories without their prepared takes.
func Plain(stories []Story) []*news.Story {
	var all []*news.Story
	for i := range stories {
		all = append(all, stories[i].Story)
	}
	return all
}

// IsFresh tells whether alerts ring at now for what happened at a time. Nothing rings
// for backlog.
func IsFresh(at, now time.Time, backlog bool) bool {
	return !backlog && now.Sub(at) <= freshFor
}

// Breaks tells whether an event that grew unusually fast at now breaks. taken is when the
// take that made it grow was published.
func Breaks(ev *news.Event, taken, now time.Time, backlog bool) bool {
	if backlog || now.Sub(taken) > breakWithin {
		return false
	}
	return ev.Breaking.IsZero() || now.Sub(ev.Breaking) > calmFor
}

// Notices returns the notices of the alerts that ring: one for each target, unless made
// says that the notice with its id was made before. n has everything but ID, Target,
// Alerts and Due. loud says by name which alerts ring at once at a target, outside
// their quiet hours.
func Notices(ring []*news.Alert, subject string, n news.Notice, zone *time.Location, made func(id string) bool) (notices []news.Notice, loud map[string]bool) {
	loud = map[string]bool{}
	for _, t := range news.GroupByTarget(ring, n.At, zone) {
		n.ID = news.NoticeID(n.When, subject, t.Target)
		if made(n.ID) {
			continue
		}
		n.Target, n.Alerts, n.Due = t.Target, t.Alerts, t.Due
		notices = append(notices, n)
		for _, name := range t.Alerts {
			loud[name] = loud[name] || t.Due.IsZero()
		}
	}
	return notices, loud
}

// AddMatched returns the keys of the alerts that a story or an event has matched, with
// more. Each is in it once. keys is not changed.
func AddMatched(keys []string, more ...string) []string {
	all := slices.Clip(keys)
	for _, key := range more {
		if !slices.Contains(all, key) {
			all = append(all, key)
		}
	}
	return all
}
