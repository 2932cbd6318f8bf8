package news

import "time"

// Adoption is the record of what was published after the backup that a database was
// restored from. When an item appears again that one of Entries describes, it takes the
// identity that readers know. Each source is asked anew: its next document is backlog.
type Adoption struct {
	Stories []AdoptedStory `json:"stories,omitempty"`
	Entries []AdoptedEntry `json:"entries,omitempty"`
	Notices []Notice       `json:"notices,omitempty"` // made or sent since; none of them is made again, and those that were sent are not sent again

	// Published is a time at which the database that was there still published, zero if
	// not known. Notices that were due well before it count as sent.
	Published time.Time `json:"published,omitzero"`
}

// SentWithin is how long before Adoption.Published a notice must have been due to count as
// sent.
const SentWithin = time.Hour

// AdoptedStory is the identity of a story, or of an item made of one entry, that readers
// know from before.
type AdoptedStory struct {
	ID     string                  `json:"id"`
	URI    string                  `json:"uri"`
	First  time.Time               `json:"first,omitzero"`   // Story.First
	Places map[string]AdoptedPlace `json:"places,omitempty"` // by topic name
	Hidden []string                `json:"hidden,omitempty"` // topics, or Everywhere, from which it was hidden or withdrawn, sorted
	Shown  time.Time               `json:"shown,omitzero"`   // when the feeds that tell of it were last published; zero: a database tells of it, and of what rang

	Until time.Time `json:"until,omitzero"` // when it is forgotten; set by desk
}

// AdoptedPlace is where a story was in a topic.
type AdoptedPlace struct {
	At      time.Time `json:"at"`
	Updated time.Time `json:"updated"`
}

// AdoptedEntry says by which keys an item of a source is known, and to which story it
// belongs.
type AdoptedEntry struct {
	Story     string    `json:"story"`
	Source    string    `json:"source,omitempty"` // source id; empty when not known
	Keys      Keys      `json:"keys"`             // GUID and Link count only with Source; Headline is not used
	Item      bool      `json:"item,omitempty"`   // Story is an item made of this entry alone, in topics without folding
	Published time.Time `json:"published,omitzero"`

	Entry string    `json:"entry,omitempty"` // its own id, if known
	At    time.Time `json:"at,omitzero"`     // Entry.At, if known

	Until time.Time `json:"until,omitzero"` // when it is forgotten; set by desk
}

// AdoptStory returns the identity of a story as its database had it.
func AdoptStory(s *Story) AdoptedStory {
	a := AdoptedStory{ID: s.ID, URI: s.URI, First: s.First, Hidden: s.WithheldFrom()}
	for topic, p := range s.Places {
		if a.Places == nil {
			a.Places = map[string]AdoptedPlace{}
		}
		a.Places[topic] = AdoptedPlace{At: p.At, Updated: p.Updated}
	}
	return a
}

// AdoptEntry returns how an entry of a story is known, as its database had it.
func AdoptEntry(en *Entry, story string) AdoptedEntry {
	return AdoptedEntry{Story: story, Source: en.Source, Keys: en.Keys, Published: en.Published, Entry: en.ID, At: en.At}
}
