package store

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/slugline/slugline/internal/news"
)

// Visits is the table of this node's visits to sources: schedule, outcome, validators, and
// what package poll stores about the last document.
type Visits struct{ *rows }

// Get returns the visit state of a source.
func (t Visits) Get(source string) (*news.VisitState, error) {
	p, err := t.get(visitStates, []byte(source))
	if p == nil || err != nil {
		return nil, err
	}
	return decodeVisitState([]byte(source), p)
}

// All returns the visit states of all sources, by source id.
func (t Visits) All() (all []*news.VisitState, err error) {
	err = t.ascend(visitStates, nil, nil, func(k, p []byte) (bool, error) {
		s, err := decodeVisitState(k, p)
		all = append(all, s)
		return true, err
	})
	return all, err
}

// Put stores the visit state of a source.
func (t Visits) Put(s news.VisitState) error {
	t.scratch = encodeVisitState(t.scratch[:0], s)
	return t.put(visitStates, []byte(s.Source), t.scratch)
}

// Delete deletes a source's visit state and what is stored about its last document.
func (t Visits) Delete(source string) error {
	if err := t.delete(lastDocuments, []byte(source)); err != nil {
		return err
	}
	return t.delete(visitStates, []byte(source))
}

// LastDocument returns what package poll stored about a source's last document, nil when
// that is nothing.
func (t Visits) LastDocument(source string) ([]byte, error) {
	p, err := t.get(lastDocuments, []byte(source))
	return bytes.Clone(p), err
}

// PutLastDocument stores b as what package poll knows about a source's last document.
func (t Visits) PutLastDocument(source string, b []byte) error {
	return t.put(lastDocuments, []byte(source), b)
}

// A visit state is written at each visit, and all are read at each start, so it is stored
// in a binary form that is faster than JSON. The fields follow each other in the order of
// codec.fields. Numbers have variable length, times are Unix milliseconds, strings and
// lists begin with their length. New fields are added at the end: a row that ends earlier
// has zero values for the rest.

// codec encodes or decodes one row.
type codec struct {
	b         []byte // the bytes encoded so far, or still to be decoded
	decoding  bool
	malformed bool // the bytes are not a row
}

var errMalformed = errors.New("malformed row")

func (c *codec) fields(s *news.VisitState) {
	codeString(c, &s.Address)
	c.time(&s.LastAttempt)
	c.time(&s.LastSuccess)
	c.time(&s.Due)
	codeString(c, &s.Reason)
	codeString(c, &s.Outcome)
	codeInt(c, &s.Status)
	codeString(c, &s.Problem)
	codeInt(c, &s.Failures)
	c.flag(&s.Gone)
	c.flag(&s.Refused)
	codeInt(c, &s.Floor)
	c.time(&s.RetryAfter)
	codeString(c, &s.Moved)
	codeInt(c, &s.Moves)
	c.time(&s.MovedSince)
	codeInt(c, &s.Hints.Floor)
	codeInts(c, &s.Hints.Hours)
	codeInts(c, &s.Hints.Days)
	codeString(c, &s.Validators.ETag)
	codeString(c, &s.Validators.LastModified)
	codeInt(c, &s.BodyHash)
	codeInts(c, &s.Lag)
	codeInt(c, &s.Visits)
	codeInt(c, &s.Gaps)
	c.time(&s.LastDocument)
	c.time(&s.LastUnconditional)
	codeBytes(c, &s.Pace)
	codeString(c, &s.Found)
	c.flag(&s.Paused)
	codeString(c, &s.FoundHub)
	codeString(c, &s.Cut)
	codeBytes(c, &s.History)
	c.time(&s.LastPush)
}

func (c *codec) fail() { c.malformed, c.b = true, nil }

func codeInt[T ~int | ~int64 | ~uint64](c *codec, v *T) {
	if !c.decoding {
		c.b = binary.AppendVarint(c.b, int64(*v))
		return
	}
	if len(c.b) == 0 {
		return
	}
	n, used := binary.Varint(c.b)
	if used <= 0 {
		c.fail()
		return
	}
	*v, c.b = T(n), c.b[used:]
}

func codeInts[T ~int | ~int64](c *codec, v *[]T) {
	n := len(*v)
	if codeInt(c, &n); n < 0 || c.decoding && n > len(c.b) {
		c.fail()
		return
	}
	if c.decoding && n > 0 {
		*v = make([]T, n)
	}
	for i := range *v {
		codeInt(c, &(*v)[i])
	}
}

func codeString[T ~string](c *codec, v *T) {
	if b := codeLength(c, len(*v)); c.decoding {
		*v = T(b)
		return
	}
	c.b = append(c.b, *v...)
}

func codeBytes[T ~[]byte](c *codec, v *T) {
	if b := codeLength(c, len(*v)); c.decoding {
		*v = T(bytes.Clone(b))
		return
	}
	c.b = append(c.b, *v...)
}

// codeLength encodes the length n of a text, or decodes one and returns the text, which is part
// of the row; nil when it is empty.
func codeLength(c *codec, n int) (text []byte) {
	if codeInt(c, &n); !c.decoding {
		return nil
	}
	if n < 0 || n > len(c.b) {
		c.fail()
		return nil
	}
	if n > 0 {
		text = c.b[:n]
	}
	c.b = c.b[n:]
	return text
}

func (c *codec) flag(v *bool) {
	n := 0
	if *v {
		n = 1
	}
	codeInt(c, &n)
	*v = n != 0
}

// time encodes the zero time as 0. No visit is at the Unix epoch.
func (c *codec) time(v *time.Time) {
	n := int64(0)
	if !v.IsZero() {
		n = v.UnixMilli()
	}
	if codeInt(c, &n); c.decoding && n != 0 {
		*v = time.UnixMilli(n).UTC()
	}
}

func encodeVisitState(to []byte, s news.VisitState) []byte {
	c := codec{b: to}
	c.fields(&s)
	return c.b
}

func decodeVisitState(key, payload []byte) (*news.VisitState, error) {
	s := &news.VisitState{Source: string(key)}
	c := codec{b: payload, decoding: true}
	if c.fields(s); c.malformed {
		return nil, decodeError(visitStates, key, errMalformed)
	}
	return s, nil
}

// encodeVisitStates is the migration from JSON to the binary form. It also creates bucket
// lastDocuments.
func encodeVisitStates(b *bolt.Tx) error {
	if err := createIn(b, lastDocuments); err != nil {
		return err
	}
	rows := b.Bucket([]byte(visitStates.top())).Bucket([]byte(names[visitStates]))
	encoded := map[string][]byte{}
	err := rows.ForEach(func(k, v []byte) error {
		p, err := visitStates.unseal(k, v)
		if err != nil {
			return err
		}
		s := news.VisitState{}
		if err := json.Unmarshal(p, &s); err != nil {
			return decodeError(visitStates, k, err)
		}
		encoded[string(k)] = encodeVisitState(nil, s)
		return nil
	})
	for k, p := range encoded {
		if err == nil {
			err = rows.Put([]byte(k), visitStates.seal([]byte(k), p))
		}
	}
	return err
}
