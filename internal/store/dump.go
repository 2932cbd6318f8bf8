package store

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// Dump writes the rows of a bucket, named as in the file, to w: one JSON object a line, in
// the order of the keys. A line has
//
//	key     the parts of the key by name: times as RFC 3339, seqs and numbers as numbers,
//	        ids and names as text; {"hex": ...} for a key that does not have these parts
//	value   as JSON, binary values as base64 or as their parts; null when a
//	        row has no value
//	damage  why the value can't be trusted; value then is the stored bytes in hexadecimal
//
// Secrets, token hashes, and the secrets of WebSub subscriptions are written as "(not
// shown)". The error for an unknown bucket is that of CheckBucket. A transaction is open
// until w has taken all rows.
func (s *Store) Dump(bucket string, w io.Writer) error {
	b, err := bucketNamed(bucket)
	if err != nil {
		return err
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return s.View(func(tx *Tx) error {
		m := tx.newMerge(b, nil, nil, false)
		for k, v, sealed := m.next(); k != nil; k, v, sealed = m.next() {
			if !sealed {
				v = b.seal(k, v)
			}
			if err := e.Encode(dumpRow(b, k, v)); err != nil {
				return err
			}
		}
		return nil
	})
}

type dumpedRow struct {
	Key    dumpObject `json:"key"`
	Value  any        `json:"value"`
	Damage string     `json:"damage,omitempty"`
}

func dumpRow(b bucket, key, value []byte) dumpedRow {
	row := dumpedRow{Key: dumpKey(b, key)}
	payload, err := b.unseal(key, value)
	if err == nil {
		row.Value, err = dumpValue(b, key, payload)
	}
	if err != nil {
		row.Damage = err.Error()
		row.Value = hex.EncodeToString(value)
		if b == secrets || len(hidden[b]) > 0 {
			row.Value = notShown
		}
	}
	return row
}

const notShown = "(not shown)"

// hidden are the members of JSON values that are not shown. A push's callback ends with
// its token.
var hidden = map[bucket][]string{
	tokens:        {"hash"},
	subscriptions: {"secret", "request"},
	pushes:        {"token", "secret", "callback"},
}

// keyParts are the parts of each bucket's keys, in order. The last part may be text of any
// length.
var keyParts = [numBuckets][]keyPart{
	meta:           {{"name", textPart}},
	logs:           {{"number", numberPart}},
	state:          {{"name", textPart}},
	applied:        {{"record", textPart}},
	recordIDs:      {{"seq", numberPart}},
	sources:        {{"source", textPart}},
	topics:         {{"topic", textPart}},
	firstSeqs:      {{"kind", kindPart}, {"id", textPart}},
	entries:        {{"seq", numberPart}, {"entry", textPart}},
	bodies:         {{"seq", numberPart}, {"entry", textPart}},
	keys:           {{"source", namePart}, {"key", numberPart}},
	texts:          {{"source", namePart}, {"key", numberPart}, {"entry", textPart}},
	unlisted:       {{"textDeleted", flagPart}, {"unlisted", timePart}, {"entry", textPart}},
	stories:        {{"seq", numberPart}, {"story", textPart}},
	timeline:       {{"first", timePart}, {"seq", numberPart}, {"story", textPart}},
	places:         {{"topic", namePart}, {"at", timePart}, {"seq", numberPart}, {"story", textPart}},
	claims:         {{"topic", namePart}, {"updated", timePart}},
	changes:        {{"seq", numberPart}},
	signatures:     {{"seq", numberPart}, {"n", shortPart}},
	orders:         {{"seq", numberPart}},
	events:         {{"event", textPart}},
	archives:       {{"topic", namePart}, {"number", shortPart}},
	notices:        {{"seq", numberPart}, {"notice", textPart}},
	noticeSeqs:     {{"notice", textPart}},
	held:           {{"story", textPart}},
	adoptedStories: {{"story", textPart}},
	adoptedEntries: {{"key", numberPart}, {"story", textPart}},
	visitStates:    {{"source", textPart}},
	subscriptions:  {{"feed", namePart}, {"callback", textPart}},
	pushes:         {{"source", textPart}},
	feedReaders:    {{"feed", namePart}, {"agent", textPart}},
	localNotices:   {{"notice", textPart}},
	dispatches:     {{"notice", textPart}},
	closedTargets:  {{"target", textPart}},
	troubles:       {{"when", namePart}, {"source", textPart}},
	recipients:     {{"newsletter", namePart}, {"recipient", textPart}},
	issues:         {{"newsletter", namePart}, {"at", timePart}},
	mails:          {{"newsletter", namePart}, {"issue", timePart}, {"recipient", textPart}},
	schedules:      {{"newsletter", textPart}},
	secrets:        {{"name", textPart}},
	lastDocuments:  {{"source", textPart}},
	tokens:         {{"name", textPart}},
	readStates:     {{"token", namePart}},
	alertWindows:   {{"alert", namePart}, {"target", textPart}},
	stars:          {{"token", namePart}, {"story", textPart}},
	starred:        {{"story", textPart}},
	wirePosition:   {{"name", textPart}},
	sums:           {{"bucket", namePart}, {"block", hexPart}},
	sideRows:       {{"bucket", namePart}, {"hash", hexPart}},
	sideMarks:      {{"mark", numberPart}},
}

// keyPart is a named part of a key. read returns the part that b begins with and the rest;
// ok is false when b does not begin with one.
type keyPart struct {
	name string
	read func(b []byte) (part any, rest []byte, ok bool)
}

func textPart(b []byte) (any, []byte, bool) { return string(b), nil, true }

func namePart(b []byte) (any, []byte, bool) {
	name, rest, ok := bytes.Cut(b, []byte{0})
	return string(name), rest, ok
}

func hexPart(b []byte) (any, []byte, bool) { return hex.EncodeToString(b), nil, true }

func numberPart(b []byte) (any, []byte, bool) {
	if len(b) < 8 {
		return nil, nil, false
	}
	return readSeq(b), b[8:], true
}

func shortPart(b []byte) (any, []byte, bool) {
	if len(b) < 4 {
		return nil, nil, false
	}
	return binary.BigEndian.Uint32(b), b[4:], true
}

func timePart(b []byte) (any, []byte, bool) {
	if len(b) < 8 {
		return nil, nil, false
	}
	return readTime(b).Format(time.RFC3339Nano), b[8:], true
}

func flagPart(b []byte) (any, []byte, bool) {
	if len(b) == 0 || b[0] > 1 {
		return nil, nil, false
	}
	return b[0] == 1, b[1:], true
}

func kindPart(b []byte) (any, []byte, bool) {
	switch {
	case len(b) > 0 && b[0] == 'e':
		return "entry", b[1:], true
	case len(b) > 0 && b[0] == 's':
		return "story", b[1:], true
	}
	return nil, nil, false
}

func dumpKey(b bucket, key []byte) dumpObject {
	var parts dumpObject
	rest := key
	for _, p := range keyParts[b] {
		part, after, ok := p.read(rest)
		if !ok {
			return dumpObject{{"hex", hex.EncodeToString(key)}}
		}
		parts, rest = append(parts, member{p.name, part}), after
	}
	if len(rest) > 0 {
		return dumpObject{{"hex", hex.EncodeToString(key)}}
	}
	return parts
}

var errLength = errors.New("value of unexpected length")

func dumpValue(b bucket, key, payload []byte) (any, error) {
	switch b {
	case meta, state:
		return dumpSingle(key, payload)
	case applied, firstSeqs, noticeSeqs:
		return sized(payload, 8, func() any { return readSeq(payload) })
	case recordIDs, keys, claims, bodies:
		return string(payload), nil
	case texts, unlisted, places:
		return sized(payload, 0, func() any { return nil })
	case timeline:
		return sized(payload, 1, func() any { return dumpObject{{"merged", payload[0] == 1}} })
	case signatures:
		return dumpSignature(payload)
	case sums:
		return sized(payload, sumSize, func() any {
			s := readSum(payload)
			return dumpObject{{"rows", s.rows}, {"hash", fmt.Sprintf("%016x", s.hash)}}
		})
	case sideRows:
		return dumpSideRow(key, payload)
	case sideMarks:
		name, in, _ := bytes.Cut(payload, []byte{0})
		b, err := exchanged(string(name))
		if err != nil {
			return nil, err
		}
		return dumpObject{{"bucket", b.String()}, {"key", dumpKey(b, in)}}, nil
	case visitStates:
		return decodeVisitState(key, payload)
	case logs:
		return dumpLog(payload)
	case lastDocuments:
		return base64.StdEncoding.EncodeToString(payload), nil
	case secrets:
		return notShown, nil
	case sources, entries, stories, changes:
		return dumpTyped(b, key, payload)
	}
	return dumpJSON(payload, hidden[b])
}

func dumpSideRow(key, payload []byte) (any, error) {
	if bytes.Equal(key, keyIdentity) {
		return string(payload), nil
	}
	name, _, _ := bytes.Cut(key, []byte{0})
	b, err := exchanged(string(name))
	if err != nil {
		return nil, err
	}
	row, err := readSideState(b, payload)
	if err != nil {
		return nil, err
	}
	return dumpObject{{"revision", row.Revision}, {"mark", row.Mark}, {"key", dumpKey(b, row.Key)}}, nil
}

// dumpSingle returns one of the values that exist once.
func dumpSingle(key, payload []byte) (any, error) {
	switch {
	case bytes.Equal(key, keySchema):
		return sized(payload, 4, func() any { return binary.BigEndian.Uint32(payload) })
	case bytes.Equal(key, keyCreated), bytes.Equal(key, keyHorizon):
		return sized(payload, 8, func() any { return readTime(payload).Format(time.RFC3339Nano) })
	case bytes.Equal(key, keySeq):
		return sized(payload, 16, func() any {
			return dumpObject{{"seq", readSeq(payload)}, {"at", readTime(payload[8:]).Format(time.RFC3339Nano)}}
		})
	case bytes.Equal(key, keyFold), bytes.Equal(key, keyDictionary):
		return base64.StdEncoding.EncodeToString(payload), nil
	}
	return dumpJSON(payload, nil)
}

func sized(payload []byte, n int, value func() any) (any, error) {
	if len(payload) != n {
		return nil, errLength
	}
	return value(), nil
}

func dumpSignature(payload []byte) (any, error) {
	if len(payload) < 8 {
		return nil, errLength
	}
	return dumpObject{
		{"at", readTime(payload).Format(time.RFC3339Nano)},
		{"signature", base64.StdEncoding.EncodeToString(payload[8:])},
	}, nil
}

// dumpTyped returns a row that is encoded as in coder.go, or in older files as JSON.
func dumpTyped(b bucket, key, payload []byte) (any, error) {
	if !isEncoded(payload) {
		return dumpJSON(payload, nil)
	}
	v := newTyped(b)
	return v, decodeTyped(key, payload, v)
}

// dumpJSON returns JSON as it is stored, without the values of the hidden members.
func dumpJSON(payload []byte, hidden []string) (any, error) {
	if !json.Valid(payload) {
		return nil, errors.New("not JSON")
	}
	if len(hidden) == 0 {
		return json.RawMessage(payload), nil
	}
	var o dumpObject
	err := eachMember(payload, func(name, value []byte) error {
		m := member{string(name), json.RawMessage(value)}
		if slices.Contains(hidden, m.name) && string(value) != `""` {
			m.value = notShown
		}
		o = append(o, m)
		return nil
	})
	return o, err
}

// dumpObject is a JSON object whose members have an order.
type dumpObject []member

type member struct {
	name  string
	value any
}

// MarshalJSON implements json.Marshaler.
func (o dumpObject) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	for i, m := range o {
		b.WriteByte("{,"[min(i, 1)])
		if err := e.Encode(m.name); err != nil {
			return nil, err
		}
		b.WriteByte(':')
		if err := e.Encode(m.value); err != nil {
			return nil, err
		}
	}
	if len(o) == 0 {
		b.WriteByte('{')
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// dumpLog returns which rows a row of log changes. Their values are in the dumps of their
// buckets.
func dumpLog(payload []byte) (any, error) {
	type change struct {
		Bucket  string     `json:"bucket"`
		Key     dumpObject `json:"key"`
		Deleted bool       `json:"deleted,omitempty"`
	}
	all := []change{}
	err := eachChange(payload, func(b bucket, key, payload []byte) error {
		all = append(all, change{b.String(), dumpKey(b, key), payload == nil})
		return nil
	})
	return all, err
}
