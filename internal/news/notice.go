package news

import (
	"slices"
	"strconv"
	"time"
)

// When says what rings an alert.
type When string

// What an alert's when may be. Story is the default.
const (
	WhenStory    When = "story"    // a story comes to match
	WhenBreaking When = "breaking" // an event with a story that matches breaks
	WhenQuiet    When = "quiet"    // a source keeps silent for longer than its rhythm explains
	WhenProblem  When = "problem"  // a source can't be read
)

// Alert is a rule that says what rings, and where.
type Alert struct {
	Name  string           `json:"name"`
	Match []string         `json:"match,omitempty"` // any of them; empty: all
	When  When             `json:"when"`
	To    []Target         `json:"to"`
	Quiet [2]time.Duration `json:"quiet,omitzero"`  // from and to, since midnight in site.zone: what rings then is sent at its end; equal: never
	Since uint64           `json:"since,omitempty"` // Seq of the rules that brought name, match or when; desk fills it
	Begun time.Time        `json:"begun,omitzero"`  // At of the same
}

// Target is where an alert rings. Its address and its secret never leave config.
type Target struct {
	ID    string `json:"id"`    // of the address as feeds.yaml has it
	Kind  string `json:"kind"`  // webhook, slack, ntfy or mail
	Label string `json:"label"` // for pages: nothing in it is secret
}

// Notice is something to be sent to one target, once. Its ID stays through all
// attempts.
type Notice struct {
	ID     string    `json:"id"`  // see NoticeID
	Seq    uint64    `json:"seq"` // of the record that made it; 0 when a source's trouble did
	At     time.Time `json:"at"`
	Due    time.Time `json:"due,omitzero"` // the end of quiet hours; zero: at once
	When   When      `json:"when"`
	Alerts []string  `json:"alerts"` // names of those that rang, in the file's order
	Target string    `json:"target"` // id

	Story    string    `json:"story,omitempty"`
	Event    string    `json:"event,omitempty"`
	Source   string    `json:"source,omitempty"` // id; of a trouble
	Headline string    `json:"headline"`         // of the story; of a trouble what it is, in plain words
	Link     string    `json:"link,omitempty"`
	Language string    `json:"language,omitempty"`
	Outlets  []string  `json:"outlets,omitempty"` // names, each once, in the order in which they joined
	Voices   int       `json:"voices,omitempty"`
	Sent     time.Time `json:"sent,omitzero"` // At of the record that says so
}

// NoticeID is made of what a notice is about and where it goes, so that nothing
// rings twice at one target. subject is a story, an event, or a source with the time
// since which it is in trouble.
func NoticeID(when When, subject, target string) string {
	return id("notice", string(when)+" "+subject+" "+target)
}

// Dispatch is what came of sending a notice. It is no part of the shared state.
type Dispatch struct {
	Notice  string    `json:"notice"`
	Tries   int       `json:"tries"`
	First   time.Time `json:"first"` // attempt
	Last    time.Time `json:"last"`  // attempt
	Next    time.Time `json:"next,omitzero"`
	Problem string    `json:"problem,omitempty"` // of the last attempt, in plain words
	Dead    bool      `json:"dead,omitempty"`    // given up; an editor may send it again
	Dropped bool      `json:"dropped,omitempty"` // what it told was taken back before it left
}

// Trouble is what is wrong with a source, since when. It is no part of the shared
// state.
type Trouble struct {
	When   When      `json:"when"` // WhenQuiet or WhenProblem
	Source string    `json:"source"`
	Since  time.Time `json:"since"`
	Text   string    `json:"text"` // in plain words
}

// ClosedTarget is a target that wants no more notices. It is no part of the shared state.
type ClosedTarget struct {
	Target string    `json:"target"`
	At     time.Time `json:"at"`
	Why    string    `json:"why"`
}

// Key tells an alert from what it was before its rule changed.
func (a *Alert) Key() string { return a.Name + "@" + strconv.FormatUint(a.Since, 10) }

// Ring is one target of alerts that rang together.
type Ring struct {
	Target string
	Alerts []string
	Due    time.Time // zero: at once
}

// GroupByTarget gives each target of the alerts once, in the file's order. Where one of the
// alerts is not in its quiet hours the target rings at once.
func GroupByTarget(alerts []*Alert, at time.Time, zone *time.Location) []Ring {
	var all []Ring
	for _, a := range alerts {
		due := a.Due(at, zone)
		for _, t := range a.To {
			i := slices.IndexFunc(all, func(r Ring) bool { return r.Target == t.ID })
			if i < 0 {
				all = append(all, Ring{Target: t.ID, Alerts: []string{a.Name}, Due: due})
				continue
			}
			r := &all[i]
			if !slices.Contains(r.Alerts, a.Name) {
				r.Alerts = append(r.Alerts, a.Name)
			}
			if due.Before(r.Due) {
				r.Due = due
			}
		}
	}
	return all
}

// Due is when what rings at a time may be sent: the end of the alert's quiet hours, or
// the zero time outside of them.
func (a *Alert) Due(at time.Time, zone *time.Location) time.Time {
	from, to := a.Quiet[0], a.Quiet[1]
	if from == to {
		return time.Time{}
	}
	local := at.In(zone)
	clock := time.Duration(local.Hour())*time.Hour + time.Duration(local.Minute())*time.Minute + time.Duration(local.Second())*time.Second
	day := local.Day()
	switch {
	case from < to && (clock < from || clock >= to), from > to && clock >= to && clock < from:
		return time.Time{}
	case clock >= to:
		day++
	}
	return time.Date(local.Year(), local.Month(), day, int(to/time.Hour), int(to%time.Hour/time.Minute), 0, 0, zone).UTC()
}
