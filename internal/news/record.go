package news

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"time"
)

// Record is one thing that happened. Records in order are the only way in which
// shared state changes. Exactly one of the pointers is set.
type Record struct {
	ID  string    `json:"id"`            // hash of the content, At included; see Seal
	Seq uint64    `json:"seq,omitempty"` // given by desk in the transaction that applies it; 0 before
	At  time.Time `json:"at"`            // UTC, whole milliseconds; see Instant

	Visit *Visit `json:"visit,omitempty"`
	Order *Order `json:"order,omitempty"`
	Rules *Rules `json:"rules,omitempty"`
	Sweep *Sweep `json:"sweep,omitempty"`
	Sent  *Sent  `json:"sent,omitempty"`
}

// SetID gives the record its ID. A record is sealed once, after At is set and
// before it is filed; a sealed record filed twice is applied once.
func (r *Record) SetID() {
	h := sha256.New()
	var at [8]byte
	binary.BigEndian.PutUint64(at[:], uint64(r.At.UnixMilli()))
	h.Write(at[:])
	switch {
	case r.Visit != nil:
		r.Visit.digest(h)
	default:
		c := *r
		c.ID, c.Seq = "", 0
		// The types of a record hold nothing that JSON can't say.
		b, _ := json.Marshal(&c)
		h.Write(b)
	}
	r.ID = Crockford(h.Sum(nil)[:16])
}

// Instant is how time is kept everywhere: UTC, cut to milliseconds, without a
// monotonic reading.
func Instant(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return time.UnixMilli(t.UnixMilli()).UTC()
}

// Visit is the record of a visit that brought something: a batch. Visits that
// changed nothing are no records.
//
// A visit of more than 512 KB is cut into several batches: Listed is in the
// first, Validators in the last, so nothing is vouched for before it is kept.
type Visit struct {
	Source     string     `json:"source"`              // source id
	Prev       time.Time  `json:"prev,omitzero"`       // the visit before this one that read the source, 304 included; zero on the first
	Backlog    bool       `json:"backlog,omitempty"`   // first visit or catch-up: in its place, no notices
	Partial    bool       `json:"partial,omitempty"`   // entries missing here are not gone: a delta (RFC 3229), a push, a cut-off document
	Listed     []uint64   `json:"listed,omitempty"`    // Keys.First of each item of the document, in its order; nil in later parts of a cut visit
	Feed       *Feed      `json:"feed,omitempty"`      // what the document says of itself; nil when unchanged
	Entries    []Entry    `json:"entries,omitempty"`   // new or changed, in document order
	Validators Validators `json:"validators,omitzero"` // vouch for the entries of this visit's batches
	Final      bool       `json:"final,omitempty"`     // the last batch of its visit
}

func (v *Visit) digest(h interface{ Write([]byte) (int, error) }) {
	c := *v
	c.Entries = nil
	b, _ := json.Marshal(&c)
	h.Write(b)
	var n [8]byte
	for i := range v.Entries {
		binary.BigEndian.PutUint64(n[:], v.Entries[i].Hash)
		h.Write(n[:])
		binary.BigEndian.PutUint64(n[:], v.Entries[i].Keys.First())
		h.Write(n[:])
	}
}

// Validators are sent back byte for byte as they were received (RFC 9110
// sections 8.8 and 13.1).
type Validators struct {
	ETag         string `json:"etag,omitempty"`
	LastModified string `json:"last_modified,omitempty"`
}

// Feed is what a source's document says of itself.
type Feed struct {
	Title       string `json:"title,omitempty"`
	Site        string `json:"site,omitempty"` // the web page that the feed belongs to; absolute or empty
	Description string `json:"description,omitempty"`
	Language    string `json:"language,omitempty"` // BCP 47
	Icon        string `json:"icon,omitempty"`
	Hub         string `json:"hub,omitempty"`  // WebSub
	Self        string `json:"self,omitempty"` // the address by which the hub knows it
}

// Order is an editor's decision.
type Order struct {
	Verb   string    `json:"verb"`           // split ENTRY, merge STORY STORY, hide or unhide STORY [TOPIC], pin STORY TOPIC, claim or release STORY [event], note STORY, pause or resume SOURCE, undo DECISION
	Args   []string  `json:"args,omitempty"` // DECISION is the Seq of another order's record, in decimal
	Who    string    `json:"who,omitempty"`
	Why    string    `json:"why,omitempty"`
	Until  time.Time `json:"until,omitzero"`   // pin: how long; zero is until it is undone
	Undone uint64    `json:"undone,omitempty"` // Seq of the order that undid it; desk notes it later
}

// Sweep moves the horizon: retention, decay of statistics, sealing of archives.
// Its record's At is the time that the horizon is counted from.
type Sweep struct{}

// Sent says that notices left.
type Sent struct {
	Notices []string `json:"notices"`
}
