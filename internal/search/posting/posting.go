// Package posting is an index of documents by their terms, in a folder of its own.
//
// It keeps for each term the numbers of the documents that have it, and for each document its
// key; nothing else: no text, positions, frequencies or scores. A term is any bytes; what it
// means is up to the caller. A document may use a term strongly, as a headline does, so that
// the documents that do can be asked for without a second list of the same.
//
// An index is a set of segments, which are files that never change, and a manifest that names
// them and says which of their documents are deleted. A batch becomes a segment in memory at
// once; Flush writes what is in memory to one file and then replaces the manifest in one step,
// so after a crash at any moment the index is what it was at a Flush, with the values that the
// caller set then. Files that no manifest names are removed by the next Open. Segments of
// about the same size are merged in the background.
//
// The documents of a segment are numbered from the newest to the oldest, so hits come out in
// the order in which they are shown, and a search for a page stops when it has one.
//
//	posting.go   keys and errors
//	index.go     Index: its segments, batches, flushes and merges
//	manifest.go  which segments there are
//	batch.go     Batch: documents to a segment in memory
//	write.go     writes a segment: blocks of keys and of terms, and a table of both
//	segment.go   opens and checks one; keys.go reads its keys, terms.go its terms
//	merge.go     segments to one; merging.go says which and when
//	reader.go    Reader: values, terms and hits of one state of the index
//	query.go     Query, and what finds its documents; cursor.go goes through lists
//	rice.go      how lists are written
//	block.go     blocks of a file, each with a checksum
//
// Each block has a checksum that is compared whenever the block is read. Files are read, not
// mapped into memory, so a damaged or shortened file is an error, not a fault.
//
// Why not others: bleve's index, which search used before, took 2.3 to 2.6 times the
// processor time to build and more than three times the space, most of both for what is not
// kept here. A
// bbolt file writes a page of 4 KB for each list that a new document changes, 100 for a
// headline, and leaves pages half empty. A RoaringBitmap takes two bytes for a number in a
// short list, where a Rice code takes about ten bits, and most lists are short.
package posting

import (
	"cmp"
	"errors"
	"hash/crc32"
	"math"
	"strings"
)

// ErrDamaged means that a file of the index does not hold what was written to it.
var ErrDamaged = errors.New("index damaged")

// Key identifies a document and orders documents, the newest first. There is one document
// with an ID at most.
type Key struct {
	At   uint64 // a time in any unit; later times are greater
	Seq  uint64 // orders documents of the same time
	ID   string // at most MaxID bytes; 13 characters of Crockford base 32 take least space
	Flag bool   // of the caller; no part of the order
}

// MaxID is the most bytes that an ID may have, MaxTerm the most that a term may have.
const (
	MaxID   = 255
	MaxTerm = 1 << 11
)

// Compare orders keys with the newest first.
func (k Key) Compare(other Key) int {
	return cmp.Or(cmp.Compare(other.At, k.At), cmp.Compare(other.Seq, k.Seq), strings.Compare(other.ID, k.ID))
}

// none is the number of no document, and above all others.
const none = math.MaxUint32

var castagnoli = crc32.MakeTable(crc32.Castagnoli)
