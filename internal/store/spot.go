package store

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/slugline/slugline/internal/news"
)

// A spot is written at each visit and all are read at each start: that is why they
// are not JSON. The fields stand one after the other, in the order of fields.
// Numbers have variable length, times are in milliseconds, texts and lists begin
// with their length. New fields are put at the end: where a row ends earlier they
// are zero.

// coder writes or reads what stands in a row of variable length.
type coder struct {
	b       []byte // written so far, or yet to be read
	reading bool
	broken  bool // what was read was never written
}

func (c *coder) spot(s *news.VisitState) {
	text(c, &s.Address)
	c.time(&s.LastAttempt)
	c.time(&s.LastSuccess)
	c.time(&s.Due)
	text(c, &s.Reason)
	text(c, &s.Outcome)
	whole(c, &s.Status)
	text(c, &s.Problem)
	whole(c, &s.Failures)
	c.flag(&s.Gone)
	c.flag(&s.Refused)
	whole(c, &s.Floor)
	c.time(&s.RetryAfter)
	text(c, &s.Moved)
	whole(c, &s.Moves)
	c.time(&s.MovedSince)
	whole(c, &s.Hints.Floor)
	wholes(c, &s.Hints.Hours)
	wholes(c, &s.Hints.Days)
	text(c, &s.Validators.ETag)
	text(c, &s.Validators.LastModified)
	whole(c, &s.BodyHash)
	wholes(c, &s.Lag)
	whole(c, &s.Visits)
	whole(c, &s.Gaps)
	c.time(&s.LastDocument)
	c.time(&s.LastUnconditional)
	text(c, &s.Pace)
	text(c, &s.Found)
	c.flag(&s.Paused)
	text(c, &s.FoundHub)
}

func whole[T ~int | ~int64 | ~uint64](c *coder, v *T) {
	if !c.reading {
		c.b = binary.AppendVarint(c.b, int64(*v))
		return
	}
	if len(c.b) == 0 {
		return
	}
	n, used := binary.Varint(c.b)
	if used <= 0 {
		c.broken, c.b = true, nil
		return
	}
	*v, c.b = T(n), c.b[used:]
}

func wholes[T ~int | ~int64](c *coder, v *[]T) {
	n := len(*v)
	if whole(c, &n); n < 0 || c.reading && n > len(c.b) {
		c.broken, c.b = true, nil
		return
	}
	if c.reading && n > 0 {
		*v = make([]T, n)
	}
	for i := range *v {
		whole(c, &(*v)[i])
	}
}

// text writes or reads a text.
func text[T ~string | ~[]byte](c *coder, v *T) {
	n := len(*v)
	if whole(c, &n); !c.reading {
		c.b = append(c.b, *v...)
		return
	}
	if n < 0 || n > len(c.b) {
		c.broken, c.b = true, nil
		return
	}
	if n > 0 {
		*v = T(bytes.Clone(c.b[:n]))
	}
	c.b = c.b[n:]
}

func (c *coder) flag(v *bool) {
	n := 0
	if *v {
		n = 1
	}
	whole(c, &n)
	*v = n != 0
}

// time takes the zero time for 0, which is no time of a visit.
func (c *coder) time(v *time.Time) {
	n := int64(0)
	if !v.IsZero() {
		n = v.UnixMilli()
	}
	if whole(c, &n); c.reading && n != 0 {
		*v = time.UnixMilli(n).UTC()
	}
}

func encodeSpot(to []byte, s news.VisitState) []byte {
	c := coder{b: to}
	c.spot(&s)
	return c.b
}

func decodeSpot(key, payload []byte) (*news.VisitState, error) {
	s := &news.VisitState{Source: string(key)}
	c := coder{b: payload, reading: true}
	if c.spot(s); c.broken {
		return nil, fmt.Errorf("decode %s %q: %w", spots, key, ErrDamaged)
	}
	return s, nil
}

// Get returns this node's account of a source, nil when there is none.
func (t Visits) Get(source string) (*news.VisitState, error) {
	p, err := t.get(spots, []byte(source))
	if p == nil || err != nil {
		return nil, err
	}
	return decodeSpot([]byte(source), p)
}

// All returns all of them, by source id.
func (t Visits) All() (all []*news.VisitState, err error) {
	err = t.up(spots, nil, nil, func(k, p []byte) (bool, error) {
		s, err := decodeSpot(k, p)
		all = append(all, s)
		return true, err
	})
	return all, err
}

// Put stores this node's account of a source.
func (t Visits) Put(s news.VisitState) error {
	t.scratch = encodeSpot(t.scratch[:0], s)
	return t.put(spots, []byte(s.Source), t.scratch)
}

// Delete forgets it, and what is kept of the source's last document.
func (t Visits) Delete(source string) error {
	if err := t.drop(memories, []byte(source)); err != nil {
		return err
	}
	return t.drop(spots, []byte(source))
}

// LastDocument is what poll keeps of a source's last document, nil when there is nothing.
func (t Visits) LastDocument(source string) ([]byte, error) {
	p, err := t.get(memories, []byte(source))
	return bytes.Clone(p), err
}

// PutLastDocument stores it.
func (t Visits) PutLastDocument(source string, b []byte) error {
	return t.put(memories, []byte(source), b)
}

// packSpots makes room for memories and rewrites the spots, which were JSON.
func packSpots(b *bolt.Tx) error {
	local := b.Bucket([]byte(spots.top()))
	if _, err := local.CreateBucketIfNotExists([]byte(names[memories])); err != nil {
		return err
	}
	rows := local.Bucket([]byte(names[spots]))
	packed := map[string][]byte{}
	err := rows.ForEach(func(k, v []byte) error {
		p, err := spots.unseal(k, v)
		if err != nil {
			return err
		}
		s := news.VisitState{}
		if err := json.Unmarshal(p, &s); err != nil {
			return fmt.Errorf("decode %s %q: %w: %w", spots, k, err, ErrDamaged)
		}
		packed[string(k)] = encodeSpot(nil, s)
		return nil
	})
	for k, p := range packed {
		if err == nil {
			err = rows.Put([]byte(k), spots.seal([]byte(k), p))
		}
	}
	return err
}
