package news

import (
	"slices"
	"time"
)

// SourceState is what the records have told of a source.
type SourceState struct {
	Source                // as the rules in force have it
	Removed    bool       `json:"gone,omitempty"` // no longer in the rules
	Created    time.Time  `json:"born"`
	Feed       Feed       `json:"feed"`
	Visited    bool       `json:"read,omitempty"`   // a batch was applied: the next first visit is none
	Listed     []uint64   `json:"listed,omitempty"` // Keys.First of what the document last held
	Validators Validators `json:"validators,omitzero"`
	Seq        uint64     `json:"seq,omitempty"`     // of its last batch
	At         time.Time  `json:"at,omitzero"`       // of its last batch
	Entries    uint64     `json:"entries,omitempty"` // ever filed
	Last       time.Time  `json:"last,omitzero"`     // At of its newest entry
	Days       []int      `json:"days,omitempty"`    // entries by the day of their At, UTC, the oldest first; at most KeptDays
	Day        int        `json:"day,omitempty"`     // the last of Days, counted from 1970
	Pause      *Pause     `json:"pause,omitempty"`   // by an order: not visited until another one
}

// Pause is the desk's word that a source is to be left alone.
type Pause struct {
	Who string    `json:"who,omitempty"`
	Why string    `json:"why,omitempty"`
	At  time.Time `json:"at"`
	Seq uint64    `json:"seq"` // of the order
}

// KeptDays is how many days a source's entries are counted by.
const KeptDays = 30

func dayOf(t time.Time) int { return int(t.Unix() / 86400) }

// Count counts an entry by its At. What is too old beside the newest is not counted.
// Days is changed in place.
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

// PerDay is how many entries each of the last n days had, today's last.
func (s *SourceState) PerDay(now time.Time, n int) []int {
	out := make([]int, n)
	for i, day := 0, dayOf(now)-n+1; i < n; i, day = i+1, day+1 {
		if at := len(s.Days) - 1 - (s.Day - day); at >= 0 && at < len(s.Days) {
			out[i] = s.Days[at]
		}
	}
	return out
}

// Label is the title that pages show: the rules', else the feed's own, else the name.
func (s *SourceState) Label() string {
	switch {
	case s.Title != "":
		return s.Title
	case s.Feed.Title != "":
		return s.Feed.Title
	}
	return s.Name
}

// TopicState is what the records have made of a topic.
type TopicState struct {
	Topic
	Removed     bool        `json:"gone,omitempty"`   // removed: its addresses answer 410
	RenamedTo   string      `json:"moved,omitempty"`  // renamed: its addresses answer 301 to this name
	Seq         uint64      `json:"seq"`              // of the last record that changed its edition
	Changed     time.Time   `json:"changed"`          // At of that record
	Count       int         `json:"count"`            // stories that stand in it, archives included
	WindowStart time.Time   `json:"edge,omitzero"`    // with a window: stories placed before this no longer stand in the feed
	SealedUntil time.Time   `json:"seal,omitzero"`    // no story is placed at or before this: its archive is sealed so far
	Pages       int         `json:"pages,omitempty"`  // how many its archive has sealed
	Tombstones  []Tombstone `json:"graves,omitempty"` // what left it by an order or a kill in the last day, oldest first
	Pins        []Pin       `json:"pins,omitempty"`   // what stands on top of it, the last pinned first
}

// Tombstone is where an item was: Atom shows it as a tombstone (RFC 6721) for a day.
type Tombstone struct {
	Story string    `json:"story"`
	URI   string    `json:"uri"`
	At    time.Time `json:"at"`
}

// Pin holds a story on top of a topic.
type Pin struct {
	Story string    `json:"story"`
	Order uint64    `json:"order"`          // Seq of the order
	Until time.Time `json:"until,omitzero"` // zero: until it is undone
}

// Change is what one record touched: what Last-Event-ID, search and editions replay.
type Change struct {
	Seq         uint64    `json:"seq"`
	At          time.Time `json:"at"`
	Backlog     bool      `json:"backlog,omitempty"`
	Stories     []string  `json:"stories,omitempty"`
	Topics      []string  `json:"topics,omitempty"`
	TextChanged []string  `json:"reread,omitempty"` // stories whose stored text went or came back: no news, but search reads them again

	Rang map[string][]string `json:"rang,omitempty"` // by story: names of the alerts that it rang
}

// VisitState is this node's account of a source: schedule, attempts, last problem.
// It is no part of the shared state.
type VisitState struct {
	Source            string        `json:"source"`
	Address           string        `json:"address,omitempty"`  // as the rules had it; another one makes the rest void
	LastAttempt       time.Time     `json:"tried,omitzero"`     // last attempt
	LastSuccess       time.Time     `json:"read,omitzero"`      // last attempt that read it, 304 included
	Due               time.Time     `json:"due,omitzero"`       // next attempt
	Reason            string        `json:"why,omitempty"`      // why then, in plain words
	Outcome           string        `json:"outcome,omitempty"`  // new, same, not-modified, problem, gone, blocked
	Status            int           `json:"status,omitempty"`   // HTTP; 0 when no answer came
	Problem           string        `json:"problem,omitempty"`  // in plain words; empty when the last attempt read it
	Failures          int           `json:"failures,omitempty"` // in a row
	Paused            bool          `json:"paused,omitempty"`   // by feeds.yaml
	Gone              bool          `json:"gone,omitempty"`     // 410 confirmed: not visited any more
	Refused           bool          `json:"refused,omitempty"`  // feeds.yaml does not allow it: due when settings change
	Floor             time.Duration `json:"floor,omitempty"`    // what the server asks for
	RetryAfter        time.Time     `json:"after,omitzero"`     // Retry-After: not before this
	Moved             string        `json:"moved,omitempty"`    // 301 or 308 seen: the new address
	Moves             int           `json:"moves,omitempty"`    // how many visits in a row said so
	MovedSince        time.Time     `json:"moved_since,omitzero"`
	Found             string        `json:"found,omitempty"`     // the feed that the page at the source's address named: visited in its place
	FoundHub          string        `json:"found_hub,omitempty"` // the hub that the page named for it; counts where the feed names none
	Hints             VisitHints    `json:"ask,omitzero"`
	Validators        Validators    `json:"validators,omitzero"`
	BodyHash          uint64        `json:"body,omitempty"` // hash of the last body that was filed
	Lag               []int64       `json:"lag,omitempty"`  // publish to seen in ms, the last 50
	Visits            uint64        `json:"visits,omitempty"`
	Gaps              uint64        `json:"gaps,omitempty"`   // documents that shared nothing with the one before
	LastDocument      time.Time     `json:"whole,omitzero"`   // last answer with a document in it
	LastUnconditional time.Time     `json:"plainly,omitzero"` // last request without validators, to see through a cache that hangs
	Pace              []byte        `json:"pace,omitempty"`   // pace's own state
}

// MovesToConfirm is how many visits in a row must say that a source moved before that is
// believed; a day of them will do too.
const MovesToConfirm = 3

// MovedTo is where the source lives now, once that is sure; else empty.
func (s *VisitState) MovedTo(now time.Time) string {
	if s.Moves >= MovesToConfirm || s.Moved != "" && now.Sub(s.MovedSince) >= 24*time.Hour {
		return s.Moved
	}
	return ""
}

// VisitHints is what the last document asks of its visitors.
type VisitHints struct {
	Floor time.Duration  `json:"floor,omitempty"` // ttl, sy:updatePeriod
	Hours []int          `json:"hours,omitempty"` // UTC, not to be visited in
	Days  []time.Weekday `json:"days,omitempty"`  // UTC, not to be visited on
}
