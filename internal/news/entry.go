package news

import (
	"time"

	"github.com/cespare/xxhash/v2"
)

// Entry is an item of a source as Slugline stores it. Package canon makes it; desk sets the
// ID and the fields from At on.
type Entry struct {
	ID     string `json:"id,omitempty"`
	Source string `json:"source"` // source id

	GUID       string    `json:"guid,omitempty"`     // guid, atom:id, rdf:about or JSON id, as the document has it
	Link       string    `json:"link,omitempty"`     // absolute http or https address of the page, or empty
	Headline   string    `json:"headline,omitempty"` // plain text, one line, NFC; never markup; may be empty
	Summary    string    `json:"summary,omitempty"`  // plain text, at most 600 characters
	Body       string    `json:"body,omitempty"`     // HTML as the source sent it, at most 256 KB, links absolute or resolvable against Base: NOT safe, see canon.Safe
	Base       string    `json:"base,omitempty"`     // what relative addresses in Body are resolved against
	Author     string    `json:"author,omitempty"`
	Agency     string    `json:"agency,omitempty"`     // the agency that byline, dateline or text credit, such as "afp"; empty when none
	Rights     string    `json:"rights,omitempty"`     // notice of rights, plain text; empty: that of the feed holds, if any (RFC 4287 section 4.2.10)
	License    string    `json:"license,omitempty"`    // absolute address of the licence for republishing, or empty
	Origin     string    `json:"origin,omitempty"`     // title of the feed that the source took the item from; empty: its own item
	OriginFeed string    `json:"originFeed,omitempty"` // absolute address of that feed, or empty
	Categories []string  `json:"categories,omitempty"`
	Language   string    `json:"language,omitempty"` // BCP 47, or empty when not known
	Published  time.Time `json:"published,omitzero"` // as in the document (the updated date if there is no other), UTC; zero when none
	Media      []Media   `json:"media,omitempty"`    // enclosures and pictures, in document order, at most 10
	Keys       Keys      `json:"keys"`
	Hash       uint64    `json:"hash"` // of everything that a reader would see

	At              time.Time `json:"at,omitzero"`       // the only time that merging uses; see Clamp
	Seq             uint64    `json:"seq,omitempty"`     // of the record that created it
	SignatureNumber int       `json:"judged,omitempty"`  // which signature of that record belongs to it, from 1; 0: none
	Story           string    `json:"story,omitempty"`   // story id; empty when Dropped
	Dropped         bool      `json:"dropped,omitempty"` // its source's match query excludes it
	Unlisted        time.Time `json:"unlisted,omitzero"` // when its source's document first lacked it; zero while it is listed
	TextDeleted     bool      `json:"bare,omitempty"`    // retention deleted its text
	Path            uint64    `json:"path,omitempty"`    // of Link, see canon.PathKey; 0 unless retention deleted link and headline too
}

// Media is an enclosure or a picture of an entry. It is linked, never copied.
type Media struct {
	URL      string        `json:"url"`              // absolute http or https
	Type     string        `json:"type,omitempty"`   // media type; empty when not known
	Length   int64         `json:"length,omitempty"` // bytes; 0 when not known
	Width    int           `json:"width,omitempty"`
	Height   int           `json:"height,omitempty"`
	Duration time.Duration `json:"duration,omitempty"`
	Title    string        `json:"title,omitempty"`
	Alt      string        `json:"alt,omitempty"`
	Credit   string        `json:"credit,omitempty"`  // who made it: a photographer, an agency
	Picture  bool          `json:"picture,omitempty"` // an illustration, not an enclosure to play
}

// Keys identify an entry when its item appears again. The first three are valid within
// one source; each is 0 when the item has no such key or the document has it twice.
type Keys struct {
	GUID     uint64 `json:"guid,omitempty"`
	Link     uint64 `json:"link,omitempty"`     // of the canonical link, of its fragment if the item has no guid, and of the folded headline if the link has no path
	Headline uint64 `json:"headline,omitempty"` // of the folded headline and the day it was published, if any
	Text     uint64 `json:"text,omitempty"`     // of the folded headline alone: finds re-issues
	Page     string `json:"page,omitempty"`     // the canonical link of an article, which is the same in any source; empty for front and section pages
}

// First returns the key that represents the item in Visit.Listed: guid, else link, else
// headline. It returns 0 when the item has no key.
func (k Keys) First() uint64 {
	switch {
	case k.GUID != 0:
		return k.GUID
	case k.Link != 0:
		return k.Link
	}
	return k.Headline
}

// Key hashes the parts of a key of a kind, so that a guid that looks like a link has
// another key than the link. It never returns 0.
func Key(kind byte, parts ...string) uint64 {
	var d xxhash.Digest
	d.Reset()
	_, _ = d.Write([]byte{kind})
	for _, p := range parts {
		_, _ = d.WriteString(p)
		_, _ = d.Write([]byte{0})
	}
	if s := d.Sum64(); s != 0 {
		return s
	}
	return 1
}

// Clamp returns an entry's At. It is the published date, but not before prev, the previous
// visit, which did not have the entry yet, and not after at, this visit. In backlog and on
// a first visit, when prev is zero, it may go back as far as keep. Without a published date
// it is at.
func Clamp(published, prev, at time.Time, backlog bool, keep time.Duration) time.Time {
	low := prev
	if backlog || prev.IsZero() {
		low = at.Add(-keep)
	}
	switch {
	case published.IsZero() || published.After(at):
		return Instant(at)
	case published.Before(low):
		return Instant(low)
	}
	return Instant(published)
}
