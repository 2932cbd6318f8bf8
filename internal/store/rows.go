package store

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"time"
)

// format is the version byte of every value.
const format = 1

const header = 5 // version byte and CRC

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(bucket string, key, payload []byte) uint32 {
	c := crc32.Update(0, castagnoli, []byte(bucket))
	c = crc32.Update(c, castagnoli, key)
	return crc32.Update(c, castagnoli, payload)
}

// seal puts the header before the payload.
func seal(bucket string, key, payload []byte) []byte {
	v := make([]byte, header, header+len(payload))
	v[0] = format
	binary.BigEndian.PutUint32(v[1:], checksum(bucket, key, payload))
	return append(v, payload...)
}

// unseal checks a value and returns its payload, which is still bbolt's memory.
func unseal(bucket string, key, value []byte) ([]byte, error) {
	switch {
	case len(value) < header:
		return nil, fmt.Errorf("read %s %q: value cut off: %w", bucket, key, ErrDamaged)
	case value[0] != format:
		return nil, fmt.Errorf("read %s %q: value of unknown version %d: %w", bucket, key, value[0], ErrDamaged)
	case checksum(bucket, key, value[header:]) != binary.BigEndian.Uint32(value[1:]):
		return nil, fmt.Errorf("read %s %q: checksum does not match: %w", bucket, key, ErrDamaged)
	}
	return value[header:], nil
}

func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return b.Bytes()[:b.Len()-1], nil
}

func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func appendTime(b []byte, t time.Time) []byte {
	return binary.BigEndian.AppendUint64(b, uint64(t.UnixMilli())^1<<63)
}

func timeAt(b []byte) time.Time {
	return time.UnixMilli(int64(binary.BigEndian.Uint64(b) ^ 1<<63)).UTC()
}

// scope begins a key of what belongs to name.
func scope(name string) []byte { return append([]byte(name), 0) }

func placeKey(topic string, at time.Time, seq uint64, story string) []byte {
	k := appendTime(scope(topic), at)
	return append(binary.BigEndian.AppendUint64(k, seq), story...)
}

func timelineKey(first time.Time, seq uint64, story string) []byte {
	k := appendTime(nil, first)
	return append(binary.BigEndian.AppendUint64(k, seq), story...)
}

func fadingKey(bare bool, unlisted time.Time, entry string) []byte {
	k := []byte{0}
	if bare {
		k[0] = 1
	}
	return append(appendTime(k, unlisted), entry...)
}
