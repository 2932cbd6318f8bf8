package news

import "time"

// Recipient is somebody who asked for a newsletter. It is no part of the shared state.
type Recipient struct {
	ID         string    `json:"id"` // of newsletter and address; tells neither
	Newsletter string    `json:"newsletter"`
	Address    string    `json:"address"`
	Language   string    `json:"language,omitempty"` // of the page where it was asked for
	Asked      time.Time `json:"asked"`
	Confirmed  time.Time `json:"confirmed,omitzero"` // zero: nothing is sent but the question
}

// Issue is a newsletter as it was at its time. It is no part of the shared state.
type Issue struct {
	Newsletter string    `json:"newsletter"`
	At         time.Time `json:"at"`
	Topic      string    `json:"topic"`
	Title      string    `json:"title"` // of the topic
	Items      []Item    `json:"items"`
	Recipients int       `json:"recipients"` // whom it was addressed to
}

// Item is a story in an issue, as far as it may be shown.
type Item struct {
	Story    string    `json:"story"`
	Headline string    `json:"headline"`
	Link     string    `json:"link"`
	Page     string    `json:"page"` // ours
	Language string    `json:"language,omitempty"`
	Summary  string    `json:"summary,omitempty"`
	Outlet   string    `json:"outlet"`         // the lead's
	More     int       `json:"more,omitempty"` // other outlets
	At       time.Time `json:"at"`
}

// Mail is an issue on its way to one recipient, or the question whether they want the
// newsletter. It is no part of the shared state.
type Mail struct {
	Newsletter string    `json:"newsletter"`
	Issue      time.Time `json:"issue,omitzero"` // zero: the question
	Recipient  string    `json:"recipient"`      // id
	Made       time.Time `json:"made"`
	Tries      int       `json:"tries,omitempty"`
	Next       time.Time `json:"next,omitzero"`
	Problem    string    `json:"problem,omitempty"`
	Sent       time.Time `json:"sent,omitzero"`
	Dead       bool      `json:"dead,omitempty"` // given up
}

// NewsletterSchedule is when a newsletter is due. It is no part of the shared state.
type NewsletterSchedule struct {
	Newsletter   string    `json:"newsletter"`
	ScheduleHash string    `json:"mark"` // of the schedule that Next was reckoned by
	Next         time.Time `json:"next"`
	Seq          uint64    `json:"seq,omitempty"` // of the last record that the last issue knew of
}
