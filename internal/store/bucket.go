package store

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// bucket is one of those that hold rows.
type bucket int

const (
	meta bucket = iota

	state // the first of the shared half
	applied
	filed
	sources
	topics
	born
	entries
	bodies
	keys
	texts
	fading
	stories
	timeline
	places
	claims
	changes
	signatures
	orders
	events
	archives
	notices
	rung // the last of the shared half

	spots
	subscriptions
	pushes
	readers
	bells
	dispatches
	closed
	troubles
	recipients
	issues
	mails
	rounds
	secrets
	memories
	tokens
	seats

	numBuckets
)

var names = [numBuckets]string{
	"meta", "state", "applied", "filed", "sources", "topics", "born", "entries", "bodies", "keys", "texts", "fading",
	"stories", "timeline", "places", "claims", "changes", "signatures", "orders", "events", "archives", "notices", "rung", "spots",
	"subscriptions", "pushes", "readers", "bells", "dispatches", "closed", "troubles", "recipients", "issues", "mails", "rounds", "secrets", "memories", "tokens", "seats",
}

// fill is how full a bucket's pages are made. The default is for rows that come
// in any order; these come at the end.
var fill = [numBuckets]float64{
	filed: 0.95, entries: 0.95, bodies: 0.95, stories: 0.95, changes: 0.95, signatures: 0.95, orders: 0.95,
}

func (b bucket) String() string { return names[b] }

// top is the top bucket that b is in.
func (b bucket) top() string {
	switch {
	case b == meta:
		return ""
	case b <= rung:
		return "shared"
	}
	return "local"
}

// idSize is the length of an entry or story id.
const idSize = 13

// bucketOf finds the bucket at a path from the root; numBuckets when it holds no
// rows that we know.
func bucketOf(path []string) bucket {
	for b := range numBuckets {
		top, name := b.top(), path[len(path)-1]
		if name == names[b] && (len(path) == 1 && top == "" || len(path) == 2 && top == path[0]) {
			return b
		}
	}
	return numBuckets
}

// format is the version byte of every value.
const format = 1

const header = 5 // version byte and CRC

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func (b bucket) checksum(key, payload []byte) uint32 {
	c := crc32.Update(uint32(b.seed()), castagnoli, key)
	return crc32.Update(c, castagnoli, payload)
}

func (b bucket) seed() uint32 { return seeds[b] }

// seeds are the checksums of the buckets' names.
var seeds = func() (s [numBuckets]uint32) {
	for b, name := range names {
		s[b] = crc32.Checksum([]byte(name), castagnoli)
	}
	return s
}()

// seal puts the header before the payload.
func (b bucket) seal(key, payload []byte) []byte {
	return b.appendSealed(make([]byte, 0, header+len(payload)), key, payload)
}

func (b bucket) appendSealed(to, key, payload []byte) []byte {
	to = append(to, format)
	to = binary.BigEndian.AppendUint32(to, b.checksum(key, payload))
	return append(to, payload...)
}

// unseal checks a value and returns its payload, which is still bbolt's memory.
func (b bucket) unseal(key, value []byte) ([]byte, error) {
	switch {
	case len(value) < header:
		return nil, fmt.Errorf("read %s %q: value cut off: %w", b, key, ErrDamaged)
	case value[0] != format:
		return nil, fmt.Errorf("read %s %q: value of unknown version %d: %w", b, key, value[0], ErrDamaged)
	case b.checksum(key, value[header:]) != binary.BigEndian.Uint32(value[1:]):
		return nil, fmt.Errorf("read %s %q: checksum does not match: %w", b, key, ErrDamaged)
	}
	return value[header:], nil
}
