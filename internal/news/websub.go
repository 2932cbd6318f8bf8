package news

import (
	"net/url"
	"time"
)

// Subscription is somebody's wish to be sent a topic feed when it changes
// (WebSub). It is no part of the shared state.
type Subscription struct {
	Feed     string    `json:"feed"`     // topic and format: "cyber.atom"
	Callback string    `json:"callback"` // where it is sent to
	Secret   string    `json:"secret,omitempty"`
	Until    time.Time `json:"until"`            // the lease is over then
	Seq      uint64    `json:"seq"`              // of the topic as it was sent last
	ETag     string    `json:"etag,omitempty"`   // of the edition that was sent last
	Failing  time.Time `json:"failing,omitzero"` // since when it can't be sent; zero while it can
	Tries    int       `json:"tries,omitempty"`  // since then
	Next     time.Time `json:"next,omitzero"`    // not tried again before this
}

// Push is what we asked of a source's hub (WebSub). It is no part of the shared
// state. Token and Secret are for the hub alone.
type Push struct {
	Source        string        `json:"source"`
	Hub           string        `json:"hub"`
	Topic         string        `json:"topic"`    // the source's rel=self
	Callback      string        `json:"callback"` // ours; ends with Token
	Token         string        `json:"token"`
	Secret        string        `json:"secret"`
	Asked         time.Time     `json:"asked,omitzero"`    // last request to the hub
	Tries         int           `json:"tries,omitempty"`   // since the hub last did what we asked
	Next          time.Time     `json:"next,omitzero"`     // next request
	Problem       string        `json:"problem,omitempty"` // of the last request, in plain words
	Verified      time.Time     `json:"verified,omitzero"` // when the hub first asked whether we meant it
	Lease         time.Duration `json:"lease,omitempty"`
	Until         time.Time     `json:"until,omitzero"`    // the lease is over then
	Last          time.Time     `json:"last,omitzero"`     // when it last sent something
	Count         uint64        `json:"count,omitempty"`   // how often it did
	CheckedAt     time.Time     `json:"judged,omitzero"`   // when what the source brought was last held against it
	Entries       uint64        `json:"entries,omitempty"` // of the source by then
	MissedAt      time.Time     `json:"silent,omitzero"`   // a visit then found news that it had not sent: it is not relied on
	Unsubscribing bool          `json:"leaving,omitempty"` // asked to stop
}

// Active says whether the hub is counted on at a time, so that visits are for
// backup only.
func (p *Push) Active(now time.Time) bool {
	return !p.Unsubscribing && p.MissedAt.IsZero() && !p.Verified.IsZero() && now.Before(p.Until)
}

// Describe says how we stand with the hub, in plain words.
func (p *Push) Describe(now time.Time) string {
	hub := p.Hub
	if u, err := url.Parse(p.Hub); err == nil {
		hub = u.Host
	}
	switch {
	case p.Unsubscribing:
		return "hub " + hub + " is asked to stop"
	case !p.MissedAt.IsZero():
		return "hub " + hub + " kept silent about news that a visit found at " + p.MissedAt.Format(time.RFC3339) + ": visited at its own pace"
	case p.Active(now):
		return "pushed by hub " + hub + ", visited every 12 h for backup"
	case p.Problem != "":
		return "hub " + hub + ": " + p.Problem
	}
	return "hub " + hub + " was asked and has not answered yet"
}
