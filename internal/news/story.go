package news

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"time"
)

// Story is the entries that carry the same headline: one item in a topic feed.
// It is stored for longer than their text.
type Story struct {
	ID         string    `json:"id"`  // 13 lower-case Crockford characters
	Seq        uint64    `json:"seq"` // of the record that created it
	URI        string    `json:"uri"` // tag URI (RFC 4151), made with the story and never changed
	Event      string    `json:"event"`
	ItemOf     string    `json:"item_of,omitempty"` // with fold: event, the story of its event with which it shares an item; its own id: it has one of its own; empty: it shares that of the event
	MergedInto string    `json:"into,omitempty"`    // the older story that this one was merged into; pages redirect to it
	First      time.Time `json:"first"`             // At of its first entry
	Begun      time.Time `json:"begun,omitzero"`    // At of the record that created it; zero in stories of older versions
	Last       time.Time `json:"last"`              // At of its last change

	Lead      string    `json:"lead"` // entry id
	Headline  string    `json:"headline"`
	Link      string    `json:"link,omitempty"`
	Language  string    `json:"language,omitempty"`
	Source    string    `json:"source"`           // of the lead
	Published bool      `json:"published"`        // it has been in a topic feed, so lead and link change only with a correction, a kill, or a new version by the lead's own source
	Revised   time.Time `json:"revised,omitzero"` // At of the record that last changed the lead's headline or summary, corrected or killed it
	Killed    time.Time `json:"killed,omitzero"`  // when all its outlets had withdrawn it: a note replaces its text

	Hidden        map[string]uint64 `json:"hidden,omitempty"`   // by topic name, or Everywhere: the Seq of the order that hid it
	Claim         *Claim            `json:"claim,omitempty"`    // which editor works on it
	Assigned      *Assignment       `json:"assigned,omitempty"` // to whom it was assigned
	Notes         []Note            `json:"notes,omitempty"`    // of editors, oldest first; the newest MaxNotes
	Takes         []Take            `json:"takes"`              // in the order in which they joined
	Places        map[string]Place  `json:"places,omitempty"`   // by topic name
	MatchedAlerts []string          `json:"met,omitempty"`      // keys of the alerts that it has matched, whether they rang or not; see Alert.Key
}

// Claim says that an editor works on a story or an event.
type Claim struct {
	Who  string    `json:"who"`
	Note string    `json:"note,omitempty"`
	At   time.Time `json:"at"`
	Seq  uint64    `json:"seq"` // of the order
}

// Note is what an editor wrote about a story.
type Note struct {
	Who  string    `json:"who"`
	Text string    `json:"text"`
	At   time.Time `json:"at"`
	Seq  uint64    `json:"seq"` // of the order
}

// MaxNotes is how many notes a story stores. The orders, which are never deleted, have all.
const MaxNotes = 10

// AddNotes adds notes that the story does not have, and keeps the newest MaxNotes.
func (s *Story) AddNotes(more ...Note) {
	all := slices.Clone(s.Notes)
	for _, n := range more {
		if !slices.ContainsFunc(all, func(o Note) bool { return o.Seq == n.Seq }) {
			all = append(all, n)
		}
	}
	slices.SortFunc(all, func(a, b Note) int { return cmp.Compare(a.Seq, b.Seq) })
	s.Notes = all[max(0, len(all)-MaxNotes):]
}

// RemoveNotes removes the notes that are of these orders.
func (s *Story) RemoveNotes(orders ...uint64) {
	s.Notes = slices.DeleteFunc(slices.Clone(s.Notes), func(n Note) bool { return slices.Contains(orders, n.Seq) })
}

// Take is one outlet's report of a story: an entry, with what is stored of it after its
// text was deleted.
type Take struct {
	Entry    string            `json:"entry"`
	Source   string            `json:"source"` // source id
	Owner    string            `json:"owner"`  // the voice
	Headline string            `json:"headline"`
	Link     string            `json:"link,omitempty"`
	Language string            `json:"language,omitempty"`
	At       time.Time         `json:"at"`
	Seq      uint64            `json:"seq"`
	Level    Level             `json:"level"`
	Score    int               `json:"score,omitempty"` // thousandths
	Earlier  []EarlierHeadline `json:"was,omitempty"`   // earlier headlines, oldest first
	Killed   time.Time         `json:"killed,omitzero"` // its outlet withdrew it: it is neither shown nor counted
	KilledBy string            `json:"by,omitempty"`    // if Killed, the source that sent the notice; empty: Source

	Holds    []Hold `json:"holds,omitempty"`    // why it must not be published yet
	Released uint64 `json:"released,omitempty"` // Seq of the order that ended its holds: it is not held again

	CorrectedBy string    `json:"righted,omitempty"`  // the entry with which its source corrected it: it is not shown while that one is in the story
	Corrected   time.Time `json:"corrected,omitzero"` // At of the record with which its source last corrected it: by a correction, or by an edit that says the opposite
}

// IsSuperseded reports whether another take of the story that is not held corrects t.
func (s *Story) IsSuperseded(t *Take) bool {
	return t.CorrectedBy != "" && slices.ContainsFunc(s.Takes, func(o Take) bool { return o.Entry == t.CorrectedBy && o.Killed.IsZero() && !o.IsHeld("") })
}

// Corrections returns the takes with which other outlets than the lead's corrected
// themselves. The story does not show their headlines.
func (s *Story) Corrections() []*Take {
	var all []*Take
	for i := range s.Takes {
		t := &s.Takes[i]
		if !t.Corrected.IsZero() && t.Source != s.Source && t.Headline != s.Headline && !t.IsWithdrawn() && !s.IsSuperseded(t) {
			all = append(all, t)
		}
	}
	return all
}

// Everywhere is the key in Hidden of a story that is hidden in all feeds and on all pages.
const Everywhere = "*"

// IsHidden reports whether an editor hid the story in a topic or everywhere.
func (s *Story) IsHidden(topic string) bool {
	return s.Hidden[Everywhere] != 0 || s.Hidden[topic] != 0
}

// EarlierHeadline is a headline that the source has since replaced.
type EarlierHeadline struct {
	Headline string    `json:"headline"`
	Until    time.Time `json:"until"`
}

// Place is a story's position in a topic. At and Seq are assigned once.
type Place struct {
	At      time.Time `json:"at"`
	Seq     uint64    `json:"seq"`
	Updated time.Time `json:"updated"`        // never equal to another's in the topic, never before At
	Out     bool      `json:"out,omitempty"`  // a changed rule or an order removed it; if it returns, it has the same place
	Lead    string    `json:"lead,omitempty"` // the entry that leads the story there, if not its lead; see Topic.PreferFree
}

// Level says why an entry is in its story.
type Level string

// The levels at which an entry joins a story, from an entry of its own to a
// lightly edited headline.
const (
	LevelNew    Level = "new"    // the first of its story
	LevelLink   Level = "link"   // the same page
	LevelKey    Level = "key"    // the same headline after folding
	LevelEdited Level = "edited" // the same headline, lightly edited
	LevelOrder  Level = "order"  // an editor decided so
)

// Outlets counts the voices of a story: owners, not sources. Takes that were withdrawn or
// are held in all topics don't count.
func (s *Story) Outlets() int { return Voices(s) }

// Voices counts the voices of several stories together.
func Voices(stories ...*Story) int {
	seen := map[string]struct{}{}
	for _, s := range stories {
		for i := range s.Takes {
			if s.Takes[i].Killed.IsZero() && !s.Takes[i].IsHeld("") {
				seen[s.Takes[i].Owner] = struct{}{}
			}
		}
	}
	return len(seen)
}

// Event is the stories about one happening. Its id is that of its first story; an event of
// one story need not be stored.
type Event struct {
	ID         string    `json:"id"`             // that of its first story
	MergedInto string    `json:"into,omitempty"` // the older event that this one was merged into
	Last       time.Time `json:"last"`           // At of the last story that joined
	Stories    []string  `json:"stories"`        // in the order in which they joined; at most MaxEvent, the newest

	Breaking      time.Time `json:"breaking,omitzero"`    // At of the record with which it last began to grow unusually fast; zero: never
	Surge         Surge     `json:"surge,omitzero"`       // how fast it grew then
	Claim         *Claim    `json:"claim,omitempty"`      // which editor works on it
	Voices        []Voice   `json:"voices,omitempty"`     // in order of time; none while it has one story and never broke
	MatchedAlerts []string  `json:"met,omitempty"`        // as Story.MatchedAlerts
	SplitFrom     string    `json:"split_from,omitempty"` // id of the event that it was part of until a sweep split that one
	SplitAt       time.Time `json:"split_at,omitzero"`    // At of that sweep
}

// MaxEvent is how many stories an event lists.
const MaxEvent = 1000

// EntryID makes an entry's id from its source's id, its first key and the Seq of the record
// that creates it. n distinguishes entries of one record that have no key.
func EntryID(source string, first, seq uint64, n int) string {
	return id("entry", source, first, seq, uint64(n))
}

// StoryID makes a story's id from that of its first entry and the Seq of the record that
// creates it.
func StoryID(entry string, seq uint64) string { return id("story", entry, seq) }

func id(kind, name string, nums ...uint64) string {
	h := sha256.New()
	h.Write([]byte(kind))
	h.Write([]byte{0})
	h.Write([]byte(name))
	h.Write([]byte{0})
	for _, n := range nums {
		var b [8]byte
		binary.BigEndian.PutUint64(b[:], n)
		h.Write(b[:])
	}
	return Crockford(h.Sum(nil)[:9])[:13]
}

// EventID makes the id of an event that leaves another one with a story, from the story's
// id and the Seq of the record. That story's own id may name the other event.
func EventID(story string, seq uint64) string { return id("event", story, seq) }

const crockford = "0123456789abcdefghjkmnpqrstvwxyz"

// Crockford encodes b in lower-case Crockford base 32, most significant bit first. The last
// character is padded with zero bits.
func Crockford(b []byte) string {
	out := make([]byte, 0, (len(b)*8+4)/5)
	var acc, bits uint
	for _, c := range b {
		acc = acc<<8 | uint(c)
		for bits += 8; bits >= 5; {
			bits -= 5
			out = append(out, crockford[acc>>bits&31])
		}
	}
	if bits > 0 {
		out = append(out, crockford[acc<<(5-bits)&31])
	}
	return string(out)
}
