package news

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"time"
)

// Record is one thing that happened. Shared state changes only by records, in their
// order. Exactly one of the pointers is set.
type Record struct {
	ID  string    `json:"id"`            // hash of the content, At included; see SetID
	Seq uint64    `json:"seq,omitempty"` // set by desk in the transaction that applies it; 0 before
	At  time.Time `json:"at"`            // UTC, whole milliseconds; see Instant

	Visit *Visit `json:"visit,omitempty"`
	Order *Order `json:"order,omitempty"`
	Rules *Rules `json:"rules,omitempty"`
	Sweep *Sweep `json:"sweep,omitempty"`
	Sent  *Sent  `json:"sent,omitempty"`
	Heal  *Heal  `json:"heal,omitempty"`

	Adoption *Adoption `json:"adoption,omitempty"`
	Review   *Review   `json:"review,omitempty"`
}

// SetID computes the record's ID. Call it after At and the content are set; they must not
// change afterwards.
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
		// JSON can represent every record, so there is no error.
		b, _ := json.Marshal(&c)
		h.Write(b)
	}
	r.ID = Crockford(h.Sum(nil)[:16])
}

// Instant returns t as all times are stored: in UTC, truncated to milliseconds, without a
// monotonic clock reading.
func Instant(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return time.UnixMilli(t.UnixMilli()).UTC()
}

// Visit is the record of a visit that found something new: a batch. Visits that changed
// nothing are not records.
//
// A visit of more than 512 KB is divided into several batches. Listed is in the first,
// Validators are in the last, so that they are stored only after all entries are.
type Visit struct {
	Source     string     `json:"source"`              // source id
	Prev       time.Time  `json:"prev,omitzero"`       // the previous visit that succeeded, including those answered with 304; zero on the first
	Backlog    bool       `json:"backlog,omitempty"`   // first visit or catch-up: entries are sorted in by date and ring no alert
	Partial    bool       `json:"partial,omitempty"`   // missing entries are not gone: a delta (RFC 3229), a push, a truncated document
	Reissued   bool       `json:"reissued,omitempty"`  // with Partial: all its items have new keys, and some are known reports, which are as good as gone under the old ones
	Listed     []uint64   `json:"listed,omitzero"`     // Keys.First of each item of the document, in its order, empty for a document without items; nil in all but the first batch
	Feed       *Feed      `json:"feed,omitempty"`      // what the document says about itself; nil when unchanged
	Entries    []Entry    `json:"entries,omitempty"`   // new or changed, in document order
	Validators Validators `json:"validators,omitzero"` // to send with the next visit; valid for all batches of this one
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

// Feed is what a source's document says about itself.
type Feed struct {
	Title       string `json:"title,omitempty"`
	Site        string `json:"site,omitempty"` // the web page that the feed belongs to; absolute or empty
	Description string `json:"description,omitempty"`
	Language    string `json:"language,omitempty"` // BCP 47
	Rights      string `json:"rights,omitempty"`   // notice of rights, plain text
	License     string `json:"license,omitempty"`  // absolute address of the licence for republishing, or empty
	Icon        string `json:"icon,omitempty"`
	Hub         string `json:"hub,omitempty"`  // WebSub
	Self        string `json:"self,omitempty"` // the address that the hub knows
}

// Order is an editor's decision.
type Order struct {
	Verb   string    `json:"verb"`           // split ENTRY, split STORY event, merge STORY STORY [event], hide or unhide STORY [TOPIC], pin STORY TOPIC, claim STORY [event], release STORY [hold, claim or event], assign STORY NAME, unassign STORY, send STORY TARGET, note STORY, pause or resume SOURCE, undo DECISION
	Args   []string  `json:"args,omitempty"` // DECISION is the Seq of another order's record, in decimal
	Who    string    `json:"who,omitempty"`
	Why    string    `json:"why,omitempty"`
	Until  time.Time `json:"until,omitzero"`   // of pin: when it ends; zero: when it is undone. Of assign: when the work is due; zero: no time was named
	Undone uint64    `json:"undone,omitempty"` // Seq of the order that undid it; set by desk
	Free   bool      `json:"free,omitempty"`   // of claim: refuse it if another editor claims the story or event
	Joined []string  `json:"joined,omitempty"` // of a merge of stories of two events: the ids of the event that remained and of the other; set by desk
}

// Sweep moves the horizon: retention, decay of statistics, sealing of archives.
// The horizon is computed from its record's At.
type Sweep struct{}

// Heal puts back to its record's At what a clock that was ahead stamped with later times, in
// their order. It is the only record that may be of a time before the last one.
type Heal struct{}

// Review goes on with the review of all stories that changed rules began. It changes nothing
// unless it names how far that is.
type Review struct {
	Since uint64 `json:"since"`          // Seq of the record of the rules
	Last  string `json:"last,omitempty"` // id of the last story that was reviewed
}

// Reviewed says how far all stories are reviewed by rules that changed. The record of the rules
// reviews the first of them, those with a Review the others.
type Reviewed struct {
	Since  uint64         `json:"since"`            // Seq of the record of the rules: stories of later ones were placed by them
	Topics []string       `json:"topics"`           // names of those whose rules changed
	Items  bool           `json:"items,omitempty"`  // entries may have items of their own
	Seq    uint64         `json:"seq,omitempty"`    // Seq of the last story that was reviewed
	Last   string         `json:"last,omitempty"`   // its id; empty: none is yet
	Count  int            `json:"count"`            // how many stories were reviewed
	Gained map[string]int `json:"gained,omitempty"` // by topic: how many stories it gained
	Lost   map[string]int `json:"lost,omitempty"`   // and lost
	Done   bool           `json:"done,omitempty"`
}

// Next returns what goes on with the review.
func (r *Reviewed) Next() *Review { return &Review{Since: r.Since, Last: r.Last} }

// Sent says that notices were sent.
type Sent struct {
	Notices []string `json:"notices"` // ids
}
