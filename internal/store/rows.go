package store

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"time"
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

func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func appendTime(b []byte, t time.Time) []byte {
	return binary.BigEndian.AppendUint64(b, uint64(t.UnixMilli())^1<<63)
}

func timeAt(b []byte) time.Time {
	return time.UnixMilli(int64(binary.BigEndian.Uint64(b) ^ 1<<63)).UTC()
}

// scope begins a key of what belongs to name. It has room for the longest end.
func scope(name string) []byte {
	return append(append(make([]byte, 0, len(name)+32), name...), 0)
}

func keyKey(source string, key uint64) []byte {
	return binary.BigEndian.AppendUint64(scope(source), key)
}

func textKey(source string, key uint64, entry string) []byte {
	return append(keyKey(source, key), entry...)
}

func placeKey(topic string, at time.Time, seq uint64, story string) []byte {
	return append(binary.BigEndian.AppendUint64(appendTime(scope(topic), at), seq), story...)
}

func claimKey(topic string, updated time.Time) []byte { return appendTime(scope(topic), updated) }

func timelineKey(first time.Time, seq uint64, story string) []byte {
	k := appendTime(make([]byte, 0, 32), first)
	return append(binary.BigEndian.AppendUint64(k, seq), story...)
}

func fadingKey(bare bool, unlisted time.Time, entry string) []byte {
	k := make([]byte, 1, 24)
	if bare {
		k[0] = 1
	}
	return append(appendTime(k, unlisted), entry...)
}

func bornKey(kind byte, id string) []byte {
	return append(append(make([]byte, 0, 16), kind), id...)
}

// seqKey is of what is kept by the seq that bore it.
func seqKey(seq uint64, id string) []byte {
	return append(binary.BigEndian.AppendUint64(make([]byte, 0, 24), seq), id...)
}
