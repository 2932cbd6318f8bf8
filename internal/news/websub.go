package news

import (
	"net/url"
	"time"
)

// Subscription is a WebSub subscription to a topic feed of ours. It is not part of the
// shared state.
type Subscription struct {
	Feed     string    `json:"feed"`     // topic and format: "cyber.atom"
	Callback string    `json:"callback"` // the address that changes are sent to
	Secret   string    `json:"secret,omitempty"`
	Until    time.Time `json:"until"`            // end of the lease; zero until the callback has confirmed a request
	Seq      uint64    `json:"seq"`              // of the topic when it was last sent
	ETag     string    `json:"etag,omitempty"`   // of the edition that was last sent
	Failing  time.Time `json:"failing,omitzero"` // since when sending fails; zero while it works
	Tries    int       `json:"tries,omitempty"`  // since then
	Next     time.Time `json:"next,omitzero"`    // not tried again before this

	Request *SubscriptionRequest `json:"request,omitempty"` // that the callback has still to confirm; nil: none
}

// SubscriptionRequest is a request to subscribe or to unsubscribe that the hub accepted.
type SubscriptionRequest struct {
	Unsubscribe bool          `json:"unsubscribe,omitempty"`
	Topic       string        `json:"topic"` // its address, as the subscriber wrote it
	Lease       time.Duration `json:"lease,omitempty"`
	Secret      string        `json:"secret,omitempty"`
}

// Push is our WebSub subscription at a source's hub. It is not part of the shared state.
// Token and Secret are known only to us and the hub.
type Push struct {
	Source        string        `json:"source"`
	Hub           string        `json:"hub"`
	Topic         string        `json:"topic"`    // the source's rel=self
	Callback      string        `json:"callback"` // ours; ends with Token
	Token         string        `json:"token"`
	Secret        string        `json:"secret"`
	Asked         time.Time     `json:"asked,omitzero"`    // last request to the hub
	Tries         int           `json:"tries,omitempty"`   // since the hub last granted a request
	Next          time.Time     `json:"next,omitzero"`     // next request
	Problem       string        `json:"problem,omitempty"` // of the last request, in plain words
	Verified      time.Time     `json:"verified,omitzero"` // when the hub first verified the subscription
	Lease         time.Duration `json:"lease,omitempty"`
	Until         time.Time     `json:"until,omitzero"`    // end of the lease
	Last          time.Time     `json:"last,omitzero"`     // when the hub last sent something
	Count         uint64        `json:"count,omitempty"`   // how often it sent something
	CheckedAt     time.Time     `json:"judged,omitzero"`   // when its deliveries were last compared with what visits found
	Entries       uint64        `json:"entries,omitempty"` // SourceState.Entries then
	MissedAt      time.Time     `json:"silent,omitzero"`   // when a visit found items that the hub had not sent: visits don't rely on it
	Unsubscribing bool          `json:"leaving,omitempty"` // the hub was asked to unsubscribe us
}

// Active reports whether the hub is relied on, so that visits are for backup only.
func (p *Push) Active(now time.Time) bool {
	return !p.Unsubscribing && p.MissedAt.IsZero() && !p.Verified.IsZero() && now.Before(p.Until)
}

// Describe says in plain words whether the hub sends what is new.
func (p *Push) Describe(now time.Time) string {
	hub := p.Hub
	if u, err := url.Parse(p.Hub); err == nil {
		hub = u.Host
	}
	switch {
	case p.Unsubscribing:
		return "hub " + hub + ": unsubscribing"
	case !p.MissedAt.IsZero():
		return "hub " + hub + " missed items that a visit found at " + p.MissedAt.Format(time.RFC3339) + ": visited at the normal pace"
	case p.Active(now):
		return "pushed by hub " + hub + ", visited every 12 h for backup"
	case p.Problem != "":
		return "hub " + hub + ": " + p.Problem
	}
	return "hub " + hub + " has not answered the subscription request yet"
}
