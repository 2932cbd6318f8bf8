package news

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"time"
)

// Story is the entries that carry the same headline: one item in a topic feed.
// It outlives their text.
type Story struct {
	ID         string    `json:"id"`  // 13 lower-case Crockford characters
	Seq        uint64    `json:"seq"` // of the record that bore it
	URI        string    `json:"uri"` // tag URI (RFC 4151), made at birth, never recomputed
	Event      string    `json:"event"`
	MergedInto string    `json:"into,omitempty"` // the older story that took this one in; pages redirect there
	First      time.Time `json:"first"`          // At of its first entry
	Last       time.Time `json:"last"`           // At of the last thing that happened to it

	Lead      string    `json:"lead"` // entry id
	Headline  string    `json:"headline"`
	Link      string    `json:"link,omitempty"`
	Language  string    `json:"language,omitempty"`
	Source    string    `json:"source"`           // of the lead
	Published bool      `json:"published"`        // it has stood in a topic feed: lead and link are frozen
	Revised   time.Time `json:"revised,omitzero"` // At of the record that last changed the lead's headline or summary, corrected or killed it
	Killed    time.Time `json:"killed,omitzero"`  // all who had it took it back: its text is replaced by a note

	Hidden        map[string]uint64 `json:"hidden,omitempty"` // by topic name, or Everywhere: the Seq of the order that hid it
	Claim         *Claim            `json:"claim,omitempty"`  // who in the newsroom works on it
	Takes         []Take            `json:"takes"`            // in the order in which they joined
	Places        map[string]Place  `json:"places,omitempty"` // by topic name
	MatchedAlerts []string          `json:"met,omitempty"`    // alerts that it has matched, whether they rang or not; see Alert.Key
}

// Claim is an editor's word that a story is theirs.
type Claim struct {
	Who  string    `json:"who"`
	Note string    `json:"note,omitempty"`
	At   time.Time `json:"at"`
	Seq  uint64    `json:"seq"` // of the order
}

// Take is an entry's part in a story. It stays when the entry's text is gone.
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
	Killed   time.Time         `json:"killed,omitzero"` // its source took it back: it is shown no more, and counts no more

	CorrectedBy string `json:"righted,omitempty"` // the entry in which its source corrected it: it is shown no more while that one is there
}

// IsSuperseded tells whether a take's source told it anew in another one of the story.
func (s *Story) IsSuperseded(t *Take) bool {
	return t.CorrectedBy != "" && slices.ContainsFunc(s.Takes, func(o Take) bool { return o.Entry == t.CorrectedBy && o.Killed.IsZero() })
}

// Everywhere is the key in Hidden of a story that was taken down: it leaves feeds
// and pages alike.
const Everywhere = "*"

// IsHidden tells whether an editor took the story out of a topic or everywhere.
func (s *Story) IsHidden(topic string) bool {
	return s.Hidden[Everywhere] != 0 || s.Hidden[topic] != 0
}

// EarlierHeadline is a headline that its source changed later.
type EarlierHeadline struct {
	Headline string    `json:"headline"`
	Until    time.Time `json:"until"`
}

// Place is where a story stands in a topic. At and Seq are given once.
type Place struct {
	At      time.Time `json:"at"`
	Seq     uint64    `json:"seq"`
	Updated time.Time `json:"updated"`       // never equal to another's in the topic, never before At
	Out     bool      `json:"out,omitempty"` // a changed rule or an order took it out; it would come back to the same place
}

// Level says how sure the fold was that an entry is in its story.
type Level string

// The levels at which an entry joins a story, from an entry of its own to a
// lightly edited headline.
const (
	LevelNew    Level = "new"    // the first of its story
	LevelSame   Level = "same"   // L0: the same entry again
	LevelLink   Level = "link"   // L1: the same page
	LevelKey    Level = "key"    // L2: the same headline after folding
	LevelEdited Level = "edited" // L3: the same headline, lightly edited
	LevelOrder  Level = "order"  // an editor said so
)

// Outlets counts the voices of a story: owners, not addresses. Who took it back is
// none.
func (s *Story) Outlets() int { return Voices(s) }

// Voices counts the voices of several stories together.
func Voices(stories ...*Story) int {
	seen := map[string]struct{}{}
	for _, s := range stories {
		for i := range s.Takes {
			if s.Takes[i].Killed.IsZero() {
				seen[s.Takes[i].Owner] = struct{}{}
			}
		}
	}
	return len(seen)
}

// Event is the stories about one happening. An event of one story is not stored:
// its id is the story's. It outlives its stories' text as they do.
type Event struct {
	ID         string    `json:"id"`             // of the story that it began with
	MergedInto string    `json:"into,omitempty"` // the older event that took this one in
	Last       time.Time `json:"last"`           // At of the last story that joined
	Stories    []string  `json:"stories"`        // in the order in which they joined, at most MaxEvent, the oldest dropped

	Breaking      time.Time `json:"breaking,omitzero"` // At of the record since which its voices grow unusually fast; zero when they never did
	Surge         Surge     `json:"surge,omitzero"`    // how fast they grew then
	Claim         *Claim    `json:"claim,omitempty"`   // who in the newsroom works on it
	Voices        []Voice   `json:"voices,omitempty"`  // in the order of time; none while it has one story and never broke
	MatchedAlerts []string  `json:"met,omitempty"`     // as Story.Met
}

// MaxEvent bounds the stories that an event remembers.
const MaxEvent = 1000

// EntryID is made of source id, first key and the Seq of the record that bore it.
// n tells apart entries of one record that have no key.
func EntryID(source string, first, seq uint64, n int) string {
	return id("entry", source, first, seq, uint64(n))
}

// StoryID is made of the first entry's id and the Seq that bore the story.
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

const crockford = "0123456789abcdefghjkmnpqrstvwxyz"

// Crockford writes b in lower-case Crockford base 32, most significant bit
// first, the last character padded with zero bits.
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
