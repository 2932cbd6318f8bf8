package news

import "time"

// Assignment says that a colleague is to work on a story.
type Assignment struct {
	To   string    `json:"to"`            // name
	Who  string    `json:"who,omitempty"` // who assigned it; empty: the local user
	Note string    `json:"note,omitempty"`
	At   time.Time `json:"at"`
	Due  time.Time `json:"due,omitzero"` // zero: no time was named
	Seq  uint64    `json:"seq"`          // of the order
}

// Assignee returns to whom the story is assigned, empty if to nobody.
func (s *Story) Assignee() string {
	if s.Assigned == nil {
		return ""
	}
	return s.Assigned.To
}
