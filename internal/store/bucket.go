package store

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
)

// bucket is a bucket that holds rows.
type bucket int

const (
	meta bucket = iota
	logs        // see log.go

	state // the first of the shared half
	applied
	recordIDs
	sources
	topics
	firstSeqs
	entries
	bodies
	keys
	texts
	unlisted
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
	noticeSeqs
	held
	adoptedStories
	adoptedEntries // the last of the shared half

	visitStates
	subscriptions
	pushes
	feedReaders
	localNotices
	dispatches
	closedTargets
	troubles
	recipients
	issues
	mails
	schedules
	secrets
	lastDocuments
	tokens
	readStates
	alertWindows
	stars
	starred
	wirePosition
	sums      // numbers and hashes of the rows of both halves
	sideRows  // what this node knows of the rows that nodes exchange, see side.go
	sideMarks // those that changed here and are not with the others yet

	numBuckets
)

// names are the buckets' names in the file. They never change.
var names = [numBuckets]string{
	meta: "meta", logs: "log",

	state: "state", applied: "applied", recordIDs: "filed", sources: "sources", topics: "topics",
	firstSeqs: "born", entries: "entries", bodies: "bodies", keys: "keys", texts: "texts", unlisted: "fading",
	stories: "stories", timeline: "timeline", places: "places", claims: "claims", changes: "changes",
	signatures: "signatures", orders: "orders", events: "events", archives: "archives", notices: "notices", noticeSeqs: "rung", held: "held",
	adoptedStories: "restored", adoptedEntries: "restored-keys",

	visitStates: "spots", subscriptions: "subscriptions", pushes: "pushes", feedReaders: "readers",
	localNotices: "bells", dispatches: "dispatches", closedTargets: "closed", troubles: "troubles",
	recipients: "recipients", issues: "issues", mails: "mails", schedules: "rounds", secrets: "secrets",
	lastDocuments: "memories", tokens: "tokens", readStates: "seats", alertWindows: "windows", stars: "stars", starred: "starred", wirePosition: "wire", sums: "sums",
	sideRows: "exchanged", sideMarks: "unsent",
}

// fillPercent is how full the pages of a bucket are made, 0 for bbolt's default. The
// default suits rows that arrive in any order; the rows of these arrive at the end.
var fillPercent = [numBuckets]float64{
	recordIDs: 0.95, entries: 0.95, bodies: 0.95, stories: 0.95, changes: 0.95, signatures: 0.95, orders: 0.95,
	logs:     0.95,
	unlisted: 0.95, archives: 0.95,
	firstSeqs: 0.65, keys: 0.65, texts: 0.65, applied: 0.65, timeline: 0.8, places: 0.8, claims: 0.8,
}

// String returns the bucket's name in the file.
func (b bucket) String() string { return names[b] }

// isShared reports whether the bucket belongs to the half that is a function of the
// records alone.
func (b bucket) isShared() bool { return b >= state && b <= adoptedEntries }

// top is the name of the top bucket that b is in, empty when b is one itself.
func (b bucket) top() string {
	switch {
	case b == meta, b == logs:
		return ""
	case b.isShared():
		return "shared"
	}
	return "local"
}

// idSize is the length of an entry or story id.
const idSize = 13

// bucketAt returns the bucket at a path from the root, numBuckets when there is none.
func bucketAt(path []string) bucket {
	top, name := strings.Join(path[:len(path)-1], "/"), path[len(path)-1]
	for b := range numBuckets {
		if name == names[b] && top == b.top() {
			return b
		}
	}
	return numBuckets
}

// CheckBucket returns an error that lists the names of all buckets, unless name is one.
func CheckBucket(name string) error {
	_, err := bucketNamed(name)
	return err
}

func bucketNamed(name string) (bucket, error) {
	if i := slices.Index(names[:], name); i >= 0 {
		return bucket(i), nil
	}
	all := slices.Sorted(slices.Values(names[:]))
	return 0, fmt.Errorf("no bucket %q: the buckets are %s", name, strings.Join(all, ", "))
}

// The version byte that every value begins with says how the payload is stored. No checksum
// covers it: any two of them differ in two bits.
const (
	plain            = 1 // as it is
	compressed       = 2 // see compress.go
	packed           = 4 // it is a pack, see pack.go
	packedCompressed = 7 // the length of a pack (uvarint), and the compressed pack
)

const headerSize = 5 // version byte and CRC-32C

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checksum is the CRC-32C of the bucket's name, the key and the payload.
func (b bucket) checksum(key, payload []byte) uint32 {
	c := crc32.Update(seeds[b], castagnoli, key)
	return crc32.Update(c, castagnoli, payload)
}

// seeds are the checksums of the buckets' names.
var seeds = func() (s [numBuckets]uint32) {
	for b, name := range names {
		s[b] = crc32.Checksum([]byte(name), castagnoli)
	}
	return s
}()

// seal returns the value for a payload.
func (b bucket) seal(key, payload []byte) []byte {
	return b.appendSealed(make([]byte, 0, headerSize+len(payload)), key, payload, plain)
}

func (b bucket) appendSealed(to, key, payload []byte, format byte) []byte {
	to = append(to, format)
	to = binary.BigEndian.AppendUint32(to, b.checksum(key, payload))
	return append(to, payload...)
}

// check checks a value.
func (b bucket) check(key, value []byte) error {
	switch {
	case len(value) < headerSize:
		return fmt.Errorf("read %s %q: value cut off: %w", b, key, ErrDamaged)
	case value[0] != plain && value[0] != compressed && !isPack(value):
		return fmt.Errorf("read %s %q: value of unknown version %d: %w", b, key, value[0], ErrDamaged)
	case b.checksum(key, value[headerSize:]) != binary.BigEndian.Uint32(value[1:]):
		return fmt.Errorf("read %s %q: checksum does not match: %w", b, key, ErrDamaged)
	}
	return nil
}

// unseal checks a value and returns its payload, which may be a part of value.
func (b bucket) unseal(key, value []byte) ([]byte, error) {
	if err := b.check(key, value); err != nil {
		return nil, err
	}
	switch {
	case value[0] == plain:
		return value[headerSize:], nil
	case isPack(value):
		return nil, fmt.Errorf("read %s %q: a pack that can't be read: %w", b, key, ErrDamaged)
	}
	payload, err := decompress(value[headerSize:])
	if err != nil {
		return nil, fmt.Errorf("read %s %q: %w: %w", b, key, err, ErrDamaged)
	}
	return payload, nil
}
