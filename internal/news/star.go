package news

import "time"

// Star says that the owner of a token wants to keep a story for ever. It is not part of the
// shared state.
type Star struct {
	Token string    `json:"token"` // its name; empty: requests that need no token
	Story string    `json:"story"` // id
	At    time.Time `json:"at"`
	First time.Time `json:"first"` // of the story; it changes only when a wrong clock is put right
	Seq   uint64    `json:"seq"`   // of the story, which never changes
}

// MaxStars is how many stories one token can star.
const MaxStars = 10000

// StarredStory is a copy of a story that somebody starred. It is refreshed while the story
// is stored, and stays when the story is deleted. It is not part of the shared state.
type StarredStory struct {
	ID       string    `json:"id"`
	URI      string    `json:"uri"`
	Headline string    `json:"headline"`
	Link     string    `json:"link,omitempty"`
	Language string    `json:"language,omitempty"`
	Lead     string    `json:"lead"`   // entry id
	Source   string    `json:"source"` // id, of the lead
	Title    string    `json:"title"`  // of that source
	Show     Show      `json:"show"`   // how much of the text feeds may have
	First    time.Time `json:"first"`
	Seq      uint64    `json:"seq"`
	Revised  time.Time `json:"revised,omitzero"`
	Killed   time.Time `json:"killed,omitzero"` // when all its outlets had withdrawn it
	Hidden   bool      `json:"hidden,omitempty"`
	Held     bool      `json:"held,omitempty"`

	Summary string          `json:"summary,omitempty"` // plain text, of the lead
	Body    string          `json:"body,omitempty"`    // HTML as the source sent it: NOT safe, see canon.Safe
	Base    string          `json:"base,omitempty"`    // what relative addresses in Body are resolved against
	Outlets []StarredOutlet `json:"outlets"`           // at most MaxStarredOutlets
	More    int             `json:"more,omitempty"`    // how many further outlets there were
	Tokens  []string        `json:"tokens"`            // names of those who starred it
}

// MaxStarredOutlets is how many outlets the copy of a starred story names.
const MaxStarredOutlets = 100

// StarredOutlet is one outlet's report of a starred story.
type StarredOutlet struct {
	Title    string    `json:"title"` // of the source
	Headline string    `json:"headline"`
	Link     string    `json:"link,omitempty"`
	Language string    `json:"language,omitempty"`
	At       time.Time `json:"at"`
	Killed   time.Time `json:"killed,omitzero"`
}
