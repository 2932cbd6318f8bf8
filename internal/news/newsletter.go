package news

import "time"

// Recipient is somebody who subscribed to a newsletter. It is not part of the shared state.
type Recipient struct {
	ID         string    `json:"id"` // a hash of newsletter and address
	Newsletter string    `json:"newsletter"`
	Address    string    `json:"address"`
	Language   string    `json:"language,omitempty"` // of the page with the form
	Asked      time.Time `json:"asked"`
	Confirmed  time.Time `json:"confirmed,omitzero"` // zero: only the request to confirm is sent
}

// Issue is one issue of a newsletter. It is not part of the shared state.
type Issue struct {
	Newsletter string    `json:"newsletter"`
	At         time.Time `json:"at"`
	Topic      string    `json:"topic"`
	Title      string    `json:"title"` // of the topic
	Items      []Item    `json:"items"`
	More       int       `json:"more,omitempty"` // number of further stories
	Recipients int       `json:"recipients"`     // how many it was sent to
}

// Item is a story in an issue, with the text that its source permits to show.
type Item struct {
	Story    string    `json:"story"`
	Headline string    `json:"headline"`
	Link     string    `json:"link"`
	Page     string    `json:"page"` // the story's address on our site
	Language string    `json:"language,omitempty"`
	Summary  string    `json:"summary,omitempty"`
	Outlet   string    `json:"outlet"`         // of the lead
	More     int       `json:"more,omitempty"` // number of other outlets
	At       time.Time `json:"at"`
}

// Mail is an issue, or the request to confirm a subscription, that is sent to one
// recipient. It is not part of the shared state.
type Mail struct {
	Newsletter string    `json:"newsletter"`
	Issue      time.Time `json:"issue,omitzero"` // zero: the request to confirm
	Recipient  string    `json:"recipient"`      // id
	Made       time.Time `json:"made"`
	Tries      int       `json:"tries,omitempty"`
	Next       time.Time `json:"next,omitzero"`
	Problem    string    `json:"problem,omitempty"`
	Sent       time.Time `json:"sent,omitzero"`
	Dead       bool      `json:"dead,omitempty"` // given up
}

// NewsletterSchedule says when a newsletter is due. It is not part of the shared state.
type NewsletterSchedule struct {
	Newsletter   string    `json:"newsletter"`
	ScheduleHash string    `json:"mark"` // of the schedule from which Next was computed
	Next         time.Time `json:"next"`
	Seq          uint64    `json:"seq,omitempty"` // of the last record before the last issue
	Last         time.Time `json:"last,omitzero"` // when the last issue was made
}
