package news

import "time"

// ReadState is what one token has read and muted on the wire. It is not part of the shared
// state.
type ReadState struct {
	Token    string    `json:"token"`           // its name; empty: requests that need no token
	ReadUpTo uint64    `json:"upto,omitempty"`  // stories created by records up to this Seq are read
	Read     []string  `json:"read,omitempty"`  // later stories that are read; at most MaxRead, the newest
	Unread   []string  `json:"again,omitempty"` // stories that are unread in spite of ReadUpTo
	Mutes    []Mute    `json:"mutes,omitempty"` // at most MaxMutes
	At       time.Time `json:"at"`              // of its last change
}

// The limits of a ReadState.
const (
	MaxRead  = 5000
	MaxMutes = 200
)

// Mute hides something from one token until a time.
type Mute struct {
	Kind  MuteKind  `json:"kind"`
	What  string    `json:"what"`            // id of an event or a source, or a query
	Label string    `json:"label,omitempty"` // for people
	Until time.Time `json:"until"`
}

// MuteKind says what a mute hides.
type MuteKind string

// The kinds of mutes.
const (
	MuteEvent  MuteKind = "event"
	MuteSource MuteKind = "source" // stories that only this source has
	MuteWord   MuteKind = "word"   // stories that match a query
)
