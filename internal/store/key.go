package store

import (
	"encoding/binary"
	"time"
)

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
