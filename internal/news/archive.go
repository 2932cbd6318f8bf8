package news

import "time"

// ArchivePage is a sealed part of a topic's archive (RFC 5005 section 4): which stories it
// lists never changes. Pages are numbered from 1, the oldest.
type ArchivePage struct {
	N       int       `json:"n"`
	Stories []string  `json:"stories"` // ids, as they were placed, the lowest first
	Until   time.Time `json:"until"`   // place of the last
	Seq     uint64    `json:"seq"`     // of the record that sealed it
}

// ArchivePageSize is how many stories a page of the topic's archive lists: no more than a
// feed shows, and no more than readers like in one document. A page has a few more
// when these share one place.
func (t *Topic) ArchivePageSize() int { return max(1, min(t.Stories, 100)) }
