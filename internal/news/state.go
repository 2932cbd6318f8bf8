package news

import (
	"slices"
	"time"
)

// SourceState is the shared state of a source.
type SourceState struct {
	Source                // from the rules in force
	Removed    bool       `json:"gone,omitempty"` // no longer in the rules
	Created    time.Time  `json:"born"`
	Feed       Feed       `json:"feed"`
	Visited    bool       `json:"read,omitempty"`   // a batch was applied, so the next visit is not the first
	Listed     []uint64   `json:"listed,omitempty"` // Keys.First of the items in its last document
	Parts      []uint64   `json:"parts,omitempty"`  // Keys.First of what came since then without a whole document (a push, a delta, one that was cut off), the oldest first; at most MaxParts
	Validators Validators `json:"validators,omitzero"`
	Seq        uint64     `json:"seq,omitempty"`     // of its last batch
	At         time.Time  `json:"at,omitzero"`       // of its last batch
	Entries    uint64     `json:"entries,omitempty"` // how many were ever filed
	Last       time.Time  `json:"last,omitzero"`     // At of its newest entry
	Days       []int      `json:"days,omitempty"`    // number of entries by the day of their At, UTC, the oldest first; at most KeptDays
	Day        int        `json:"day,omitempty"`     // the last day of Days, in days since 1970
	Ahead      int        `json:"ahead,omitempty"`   // entries in a row that were dated ahead as by a wrong time zone
	Pause      *Pause     `json:"pause,omitempty"`   // by an order: not visited until it is resumed
	Unfinished *Document  `json:"part,omitempty"`    // what the first batches of a document told, until its last
}

// Document is what a document differs in from the one before: later batches of it need
// that too.
type Document struct {
	Gone     []string `json:"gone,omitempty"`     // ids of the entries that it no longer lists
	Reissued bool     `json:"reissued,omitempty"` // it lists nothing that it listed before, but headlines that were known
}

// Pause says that an editor paused a source.
type Pause struct {
	Who string    `json:"who,omitempty"`
	Why string    `json:"why,omitempty"`
	At  time.Time `json:"at"`
	Seq uint64    `json:"seq"` // of the order
}

// MaxParts bounds SourceState.Parts. Beyond it the oldest counts as no longer listed.
const MaxParts = 500

// KeptDays is for how many days the entries of a source are counted.
const KeptDays = 30

func dayOf(t time.Time) int { return int(t.Unix() / 86400) }

// Count counts an entry by its At, if that is in the last KeptDays. It changes Days in
// place.
func (s *SourceState) Count(at time.Time) {
	day := dayOf(at)
	if len(s.Days) == 0 {
		s.Day = day
	}
	if s.Day < day-KeptDays {
		s.Days, s.Day = nil, day-KeptDays
	}
	for ; s.Day < day; s.Day++ {
		s.Days = append(s.Days, 0)
	}
	for back := s.Day - day; len(s.Days) <= back && back < KeptDays; {
		s.Days = slices.Insert(s.Days, 0, 0)
	}
	s.Days = s.Days[max(0, len(s.Days)-KeptDays):]
	if i := len(s.Days) - 1 - (s.Day - day); i >= 0 {
		s.Days[i]++
	}
}

// PerDay returns the number of entries of each of the last n days; the last is today.
func (s *SourceState) PerDay(now time.Time, n int) []int {
	out := make([]int, n)
	for i, day := 0, dayOf(now)-n+1; i < n; i, day = i+1, day+1 {
		if at := len(s.Days) - 1 - (s.Day - day); at >= 0 && at < len(s.Days) {
			out[i] = s.Days[at]
		}
	}
	return out
}

// Label returns the title that pages show: that of the rules, else the name of the outlet in
// the feed's own title, else the name.
func (s *SourceState) Label() string {
	switch {
	case s.Title != "":
		return s.Title
	case s.Feed.Title != "":
		return outletName(s.Feed.Title, s.Feed.Site, s.Address)
	}
	return s.Name
}

// TopicState is the shared state of a topic.
type TopicState struct {
	Topic
	Removed     bool        `json:"gone,omitempty"`   // removed: its addresses answer 410
	RenamedTo   string      `json:"moved,omitempty"`  // renamed: its addresses answer 301 to this name
	Seq         uint64      `json:"seq"`              // of the last record that changed its edition
	Changed     time.Time   `json:"changed"`          // At of that record
	Count       int         `json:"count"`            // number of its stories, including those of its archive
	WindowStart time.Time   `json:"edge,omitzero"`    // with a window: stories placed before this are no longer in the feed
	SealedUntil time.Time   `json:"seal,omitzero"`    // its archive is complete up to here: no story is placed at or before this any more
	Pages       int         `json:"pages,omitempty"`  // number of its archive pages
	Tombstones  []Tombstone `json:"graves,omitempty"` // stories that were hidden or withdrawn in the last day, the oldest first
	Pins        []Pin       `json:"pins,omitempty"`   // pinned stories, the last pinned first
}

// Tombstone marks an item that was removed. The feed has a note in its place for a day.
type Tombstone struct {
	Story string    `json:"story"`
	URI   string    `json:"uri"`
	At    time.Time `json:"at"`
}

// Pin says that a story is at the top of a topic.
type Pin struct {
	Story string    `json:"story"`
	Order uint64    `json:"order"`          // Seq of the order
	Until time.Time `json:"until,omitzero"` // zero: until it is undone
}

// Change lists what one record touched. Live streams (Last-Event-ID), search and editions
// read it to catch up.
type Change struct {
	Seq         uint64    `json:"seq"`
	At          time.Time `json:"at"`
	Backlog     bool      `json:"backlog,omitempty"`
	Stories     []string  `json:"stories,omitempty"`
	Topics      []string  `json:"topics,omitempty"`
	TextChanged []string  `json:"reread,omitempty"` // stories whose text was deleted or restored: for search only

	Rang map[string][]string `json:"rang,omitempty"` // by story: names of the alerts that rang for it
}

// VisitState is this node's state of a source: schedule, attempts, last problem. It is not
// part of the shared state.
type VisitState struct {
	Source            string        `json:"source"`
	Address           string        `json:"address,omitempty"`  // from the rules; when it changes, the rest is reset
	LastAttempt       time.Time     `json:"tried,omitzero"`     // last attempt
	LastSuccess       time.Time     `json:"read,omitzero"`      // last attempt that succeeded, including those answered with 304
	LastPush          time.Time     `json:"pushed,omitzero"`    // last document that its hub sent and that was filed
	Due               time.Time     `json:"due,omitzero"`       // next attempt
	Reason            string        `json:"why,omitempty"`      // why Due is then, in plain words
	Outcome           string        `json:"outcome,omitempty"`  // new, same, not-modified, problem, gone, blocked
	Status            int           `json:"status,omitempty"`   // of HTTP; 0 when there was no answer
	Problem           string        `json:"problem,omitempty"`  // of the last attempt, in plain words; empty when it succeeded
	Cut               string        `json:"cut,omitempty"`      // what of the last document was not read, in plain words
	Failures          int           `json:"failures,omitempty"` // in a row
	Paused            bool          `json:"paused,omitempty"`   // by feeds.yaml
	Gone              bool          `json:"gone,omitempty"`     // 410 confirmed: no longer visited
	Refused           bool          `json:"refused,omitempty"`  // feeds.yaml does not allow its address: due when settings change
	Floor             time.Duration `json:"floor,omitempty"`    // shortest time between visits that the server asks for
	RetryAfter        time.Time     `json:"after,omitzero"`     // Retry-After: not before this
	Moved             string        `json:"moved,omitempty"`    // 301 or 308 seen: the new address
	Moves             int           `json:"moves,omitempty"`    // in how many visits in a row
	MovedSince        time.Time     `json:"moved_since,omitzero"`
	Found             string        `json:"found,omitempty"`     // if the source's address is a web page: the feed that the page names, which is visited instead
	FoundHub          string        `json:"found_hub,omitempty"` // the hub that the page names; used if the feed names none
	Hints             VisitHints    `json:"ask,omitzero"`
	Validators        Validators    `json:"validators,omitzero"`
	BodyHash          uint64        `json:"body,omitempty"` // hash of the last body that was filed
	Lag               []int64       `json:"lag,omitempty"`  // from published to seen, in ms; the last 50
	Visits            uint64        `json:"visits,omitempty"`
	Gaps              uint64        `json:"gaps,omitempty"`   // how many documents had no item of the one before
	LastDocument      time.Time     `json:"whole,omitzero"`   // last answer with a document
	LastUnconditional time.Time     `json:"plainly,omitzero"` // last request without validators, which finds out about a cache that is stuck
	Pace              []byte        `json:"pace,omitempty"`   // state of package pace
	History           VisitHistory  `json:"history,omitempty"`
}

// MovesToConfirm is how many visits in a row must be redirected permanently until the new
// address is used; a day of redirects is enough too.
const MovesToConfirm = 3

// MovedTo returns the new address of a source that has moved, once that is confirmed; else
// it is empty.
func (s *VisitState) MovedTo(now time.Time) string {
	if s.Moves >= MovesToConfirm || s.Moved != "" && now.Sub(s.MovedSince) >= 24*time.Hour {
		return s.Moved
	}
	return ""
}

// VisitHints says when the last document asks not to be visited.
type VisitHints struct {
	Floor time.Duration  `json:"floor,omitempty"` // ttl, sy:updatePeriod
	Hours []int          `json:"hours,omitempty"` // skipHours, UTC
	Days  []time.Weekday `json:"days,omitempty"`  // skipDays, UTC
}
