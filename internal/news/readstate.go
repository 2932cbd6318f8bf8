package news

import "time"

// ReadState is what the monitor remembers for one token: what was read, and what is to be
// kept out of sight. It is no part of the shared state.
type ReadState struct {
	Token    string    `json:"token"`           // its name; empty: whoever needs none
	ReadUpTo uint64    `json:"upto,omitempty"`  // stories born by records up to this Seq were read
	Read     []string  `json:"read,omitempty"`  // later stories that were read, at most MaxRead: the oldest marks go
	Unread   []string  `json:"again,omitempty"` // stories that count as unread although Upto says otherwise
	Mutes    []Mute    `json:"mutes,omitempty"` // at most MaxMutes
	At       time.Time `json:"at"`              // of its last change
}

// What a seat holds at most.
const (
	MaxRead  = 5000
	MaxMutes = 200
)

// Mute keeps something out of one token's sight.
type Mute struct {
	Kind  MuteKind  `json:"kind"`
	What  string    `json:"what"`            // id of an event or a source, or a query
	Label string    `json:"label,omitempty"` // what it is called, for people
	Until time.Time `json:"until"`
}

// MuteKind says what a mute is of.
type MuteKind string

// What can be muted.
const (
	MuteEvent  MuteKind = "event"
	MuteSource MuteKind = "source" // stories that nobody else has
	MuteWord   MuteKind = "word"   // stories that satisfy the query
)
