package news

import "time"

// ArchivePage is a complete page of a topic's archive (RFC 5005 section 4): the list of its
// stories never changes. Pages are numbered from 1, the oldest.
type ArchivePage struct {
	N       int       `json:"n"`
	Stories []string  `json:"stories"` // ids, by place in the topic, the oldest first
	Until   time.Time `json:"until"`   // Place.At of the last story
	Seq     uint64    `json:"seq"`     // of the record that sealed it
}

// ArchivePageSize returns how many stories a page of the topic's archive lists: as many as
// the topic feed, but at most 100. A page has more when several stories share the time of
// the last one.
func (t *Topic) ArchivePageSize() int { return max(1, min(t.Stories, 100)) }
