package news

import "time"

// ReadState is what one token has read, muted and saved on the wire. It is not part of the shared
// state.
type ReadState struct {
	Token    string      `json:"token"`           // its name; empty: requests that need no token
	ReadUpTo uint64      `json:"upto,omitempty"`  // stories created by records up to this Seq are read
	Read     []string    `json:"read,omitempty"`  // later stories that are read; at most MaxRead, the newest
	Unread   []string    `json:"again,omitempty"` // stories that are unread in spite of ReadUpTo
	Mutes    []Mute      `json:"mutes,omitempty"` // at most MaxMutes
	Views    []SavedView `json:"views,omitempty"` // in the order that the user gave them; at most MaxViews
	At       time.Time   `json:"at"`              // of its last change
}

// The limits of a ReadState.
const (
	MaxRead  = 5000
	MaxMutes = 200
	MaxViews = 50
)

// SavedView is a filter of the wire that a token has saved under a name.
type SavedView struct {
	Name  string `json:"name"` // unique for the token
	Query string `json:"q"`    // in the query language; empty: the whole wire
}

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
