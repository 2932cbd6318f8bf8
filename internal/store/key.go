package store

import (
	"encoding/binary"
	"time"
)

// The keys of rows. Numbers are big-endian and times are Unix milliseconds with the sign
// bit flipped, so that bytes sort as the values do.

// seqBytes returns n in 8 bytes.
func seqBytes(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// readSeq reads the number that b begins with.
func readSeq(b []byte) uint64 { return binary.BigEndian.Uint64(b) }

func appendTime(b []byte, t time.Time) []byte {
	return binary.BigEndian.AppendUint64(b, uint64(t.UnixMilli())^1<<63)
}

// readTime reads the time that b begins with.
func readTime(b []byte) time.Time {
	return time.UnixMilli(int64(binary.BigEndian.Uint64(b) ^ 1<<63)).UTC()
}

// namePrefix begins the keys of what belongs to name. It has capacity for the longest rest.
func namePrefix(name string) []byte {
	return append(append(make([]byte, 0, len(name)+32), name...), 0)
}

func keyKey(source string, key uint64) []byte {
	return binary.BigEndian.AppendUint64(namePrefix(source), key)
}

func textKey(source string, key uint64, entry string) []byte {
	return append(keyKey(source, key), entry...)
}

func placeKey(topic string, at time.Time, seq uint64, story string) []byte {
	return append(binary.BigEndian.AppendUint64(appendTime(namePrefix(topic), at), seq), story...)
}

func claimKey(topic string, updated time.Time) []byte { return appendTime(namePrefix(topic), updated) }

func timelineKey(first time.Time, seq uint64, story string) []byte {
	k := appendTime(make([]byte, 0, 32), first)
	return append(binary.BigEndian.AppendUint64(k, seq), story...)
}

func unlistedKey(textDeleted bool, unlisted time.Time, entry string) []byte {
	k := make([]byte, 1, 24)
	if textDeleted {
		k[0] = 1
	}
	return append(appendTime(k, unlisted), entry...)
}

func firstSeqKey(kind byte, id string) []byte {
	return append(append(make([]byte, 0, 16), kind), id...)
}

// seqKey is the key of a row that is stored by its first seq.
func seqKey(seq uint64, id string) []byte {
	return append(binary.BigEndian.AppendUint64(make([]byte, 0, 24), seq), id...)
}

func signatureKey(seq uint64, n int) []byte {
	return binary.BigEndian.AppendUint32(seqBytes(seq), uint32(n))
}

func archiveKey(topic string, n int) []byte {
	return binary.BigEndian.AppendUint32(namePrefix(topic), uint32(n))
}

func troubleKey(when, source string) []byte { return append(namePrefix(when), source...) }

func alertWindowKey(alert, target string) []byte { return append(namePrefix(alert), target...) }

func subscriptionKey(feed, callback string) []byte { return append(namePrefix(feed), callback...) }

func feedReaderKey(feed, agent string) []byte { return append(namePrefix(feed), agent...) }

func recipientKey(newsletter, id string) []byte { return append(namePrefix(newsletter), id...) }

func issueKey(newsletter string, at time.Time) []byte { return appendTime(namePrefix(newsletter), at) }

func mailKey(newsletter string, issue time.Time, recipient string) []byte {
	return append(issueKey(newsletter, issue), recipient...)
}

// readStateKey is never empty: the name of a user without a token is.
func readStateKey(token string) []byte { return append([]byte(token), 0) }
