package news

import (
	"slices"
	"strconv"
	"time"
)

// When says what makes an alert ring.
type When string

// The values of an alert's when. WhenStory is the default.
const (
	WhenStory    When = "story"    // a story begins to match
	WhenBreaking When = "breaking" // an event that has a matching story breaks
	WhenQuiet    When = "quiet"    // a source has been silent for unusually long
	WhenProblem  When = "problem"  // a source can't be read
	WhenSend     When = "send"     // an editor sends a story by hand; no alert has it
)

// Whens are all values of When.
var Whens = []When{WhenStory, WhenBreaking, WhenQuiet, WhenProblem, WhenSend}

// Alert is a rule that says what rings, and at which targets.
type Alert struct {
	Name   string           `json:"name"`
	Match  []string         `json:"match,omitempty"` // any of them; empty: all
	When   When             `json:"when"`
	To     []Target         `json:"to"`
	Quiet  [2]time.Duration `json:"quiet,omitzero"`   // from and to, since midnight in site.zone: notices of that time are sent at its end; equal: no quiet hours
	Digest time.Duration    `json:"digest,omitempty"` // what rings within this time is one message; 0: each notice is one
	Limit  Limit            `json:"limit,omitzero"`
	Since  uint64           `json:"since,omitempty"` // Seq of the rules that last changed name, match or when; set by desk
	Begun  time.Time        `json:"begun,omitzero"`  // At of that record
}

// Limit bounds how many messages an alert sends to each of its targets. What rings after
// that is one message at the end of the time. The zero value is no limit.
type Limit struct {
	Messages int           `json:"messages,omitempty"`
	Per      time.Duration `json:"per,omitempty"` // from the first message on
}

// Target is where notices of an alert are sent. Its address and secret are not part of it:
// they are never stored.
type Target struct {
	ID    string `json:"id"`    // a hash of the address as written in feeds.yaml
	Kind  string `json:"kind"`  // the name of one of TargetKinds
	Label string `json:"label"` // for pages; contains no secret

	Priority int `json:"priority,omitempty"` // of this alert's notices, 1 to 5; 0: the service's usual one, and a higher one for breaking news
}

// NamedTarget is where editors can send a story by hand.
type NamedTarget struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	Target
}

// Notice is a message about an alert to one target, or a story that an editor sent there. All attempts to send it have the same
// ID.
type Notice struct {
	ID     string    `json:"id"`  // see NoticeID
	Seq    uint64    `json:"seq"` // of the record that made it; 0 for a notice about a source
	At     time.Time `json:"at"`
	Due    time.Time `json:"due,omitzero"` // the end of the quiet hours; zero: at once
	When   When      `json:"when"`
	Alerts []string  `json:"alerts"` // names of the alerts that rang, in the order of feeds.yaml
	Target string    `json:"target"` // id

	Story    string    `json:"story,omitempty"`
	Event    string    `json:"event,omitempty"`
	Source   string    `json:"source,omitempty"` // id; for a notice about a source
	Headline string    `json:"headline"`         // of the story, or Trouble.Text
	Link     string    `json:"link,omitempty"`
	Language string    `json:"language,omitempty"`
	Outlets  []string  `json:"outlets,omitempty"` // names, each once, in the order in which they reported the story
	Voices   int       `json:"voices,omitempty"`
	Sent     time.Time `json:"sent,omitzero"` // At of the Sent record; zero before

	Published time.Time `json:"published,omitzero"` // At of the story's first entry

	// Of a story that an editor sent by hand.

	By        string `json:"by,omitempty"`        // who sent it; empty: the local user
	Note      string `json:"note,omitempty"`      // what they wrote with it
	Summary   string `json:"summary,omitempty"`   // as much as the source's show allows
	Cancelled bool   `json:"cancelled,omitempty"` // the order was undone before it was sent
}

// NoticeID hashes what a notice is about and where it is sent, so that nothing rings twice
// at one target. subject is the id of a story or an event, or a source with Trouble.Since.
func NoticeID(when When, subject, target string) string {
	return id("notice", string(when)+" "+subject+" "+target)
}

// Dispatch counts the attempts to send a notice. It is not part of the shared state.
type Dispatch struct {
	Notice  string    `json:"notice"`
	Tries   int       `json:"tries"`
	First   time.Time `json:"first"` // attempt that failed: of this notice, or of an older one while this one waited behind it
	Last    time.Time `json:"last"`  // attempt
	Next    time.Time `json:"next,omitzero"`
	Asked   time.Time `json:"asked,omitzero"`    // no attempt before this: the target sent Retry-After
	Refused bool      `json:"refused,omitempty"` // the target accepts other notices: those need not wait for this one
	Problem string    `json:"problem,omitempty"` // of the last attempt, in plain words
	Dead    bool      `json:"dead,omitempty"`    // given up; an editor can send it again
	Batch   string    `json:"batch,omitempty"`   // id of the message that it is sent in, with the other notices that have the same; empty: it is sent alone
	Due     time.Time `json:"due,omitzero"`      // when that message is sent
	Dropped bool      `json:"dropped,omitempty"` // the story was withdrawn or hidden before it was sent
}

// AlertWindow counts what an alert with a digest or a limit sends to a target. It is not
// part of the shared state.
type AlertWindow struct {
	Alert    string    `json:"alert"` // name
	Target   string    `json:"target"`
	Start    time.Time `json:"start,omitzero"`     // of the time over which Limit counts
	Messages int       `json:"messages,omitempty"` // since Start
	Batch    string    `json:"batch,omitempty"`    // the message that collects notices at present; empty: none does
	Due      time.Time `json:"due,omitzero"`       // when that message is sent
	Notices  int       `json:"notices,omitempty"`  // in it
}

// DigestID hashes which notice a digest begins with: that is in no other digest.
func DigestID(first string) string { return id("digest", first) }

// Trouble says what is wrong with a source and since when. It is not part of the shared
// state.
type Trouble struct {
	When   When      `json:"when"` // WhenQuiet or WhenProblem
	Source string    `json:"source"`
	Since  time.Time `json:"since"`
	Text   string    `json:"text"` // in plain words
}

// ClosedTarget is a target that refuses all notices, such as a deleted webhook. It is not
// part of the shared state.
type ClosedTarget struct {
	Target string    `json:"target"`
	At     time.Time `json:"at"`
	Why    string    `json:"why"`
}

// Key identifies the alert with its present rule: it changes when the rule does.
func (a *Alert) Key() string { return a.Name + "@" + strconv.FormatUint(a.Since, 10) }

// Ring is a target at which one or more alerts ring together.
type Ring struct {
	Target string
	Alerts []string
	Due    time.Time // zero: at once
}

// GroupByTarget returns each target of the alerts once, in the order of feeds.yaml. A
// target rings at once if one of its alerts is not in quiet hours.
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

// Due returns when a notice of the time at may be sent: at the end of the alert's quiet
// hours, or at once, which is the zero time.
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
