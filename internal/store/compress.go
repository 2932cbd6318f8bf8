package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"sync"
	"sync/atomic"

	"github.com/klauspost/compress/dict"
	"github.com/klauspost/compress/zstd"
	bolt "go.etcd.io/bbolt"
)

// Rows with text are compressed when a checkpoint writes them to their buckets (zstd, RFC
// 8878): feeds repeat words, markup and addresses. One row alone repeats little, so that a
// dictionary is made once for each file, of the first rows that it gets, and stored in bucket
// meta. Rows that were written before, or that would not become smaller, are as they were.

const (
	dictionarySize = 16 << 10
	minTrained     = 300     // rows of a bucket that a dictionary is made of, at least; and at most
	maxTrained     = 8 << 10 // bytes of such a row; the library fails for rows above 128 KB
	minCompressed  = 96      // bytes of a payload; of less, too little is saved
)

var keyDictionary = []byte("dictionary")

// compresses reports whether the rows of b are compressed. Those of other buckets are short,
// or hold numbers and hashes.
func (b bucket) compresses() bool {
	switch b {
	case entries, bodies, stories, orders, events, archives, starred:
		return true
	}
	return false
}

// compressor compresses payloads with a dictionary. One goroutine may use it.
type compressor struct {
	*zstd.Encoder
	frame []byte
}

func newCompressor(dictionary []byte) (*compressor, error) {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true),
		zstd.WithWindowSize(zstd.MinWindowSize<<8), zstd.WithEncoderCRC(false), zstd.WithEncoderDict(dictionary))
	if err != nil {
		return nil, fmt.Errorf("use the dictionary: %w: %w", err, ErrDamaged)
	}
	return &compressor{Encoder: e}, nil
}

// compress returns payload as a frame, which is valid until the next call, or ok false if that
// saves little.
func (c *compressor) compress(payload []byte) (frame []byte, ok bool) {
	if c == nil || len(payload) < minCompressed {
		return nil, false
	}
	c.frame = c.EncodeAll(payload, c.frame[:0])
	return c.frame, 8*len(c.frame) < 7*len(payload)
}

// compressPack is compress for a pack, which is read more often than written, and by several rows
// at once: little is enough.
func (c *compressor) compressPack(pack []byte) (frame []byte, ok bool) {
	if c == nil || len(pack) < minCompressed {
		return nil, false
	}
	_, _ = c.compress(pack)
	return c.frame, 32*len(c.frame) < 31*len(pack)
}

// decompressors reads frames with the dictionaries of all files that this process has opened.
// A dictionary's id is a hash of it.
var decompressors struct {
	sync.Mutex   // guards dictionaries
	dictionaries map[uint32][]byte
	current      atomic.Pointer[zstd.Decoder]
}

// addDictionary adds a dictionary for decompress.
func addDictionary(dictionary []byte) error {
	d := &decompressors
	d.Lock()
	defer d.Unlock()
	info, err := zstd.InspectDictionary(dictionary)
	if err != nil {
		return fmt.Errorf("read the dictionary: %w: %w", err, ErrDamaged)
	}
	if had := d.dictionaries[info.ID()]; had != nil {
		if !bytes.Equal(had, dictionary) {
			return fmt.Errorf("another open file has another dictionary with id %d; open one of them at a time", info.ID())
		}
		return nil
	}
	all := [][]byte{dictionary}
	for _, other := range d.dictionaries {
		all = append(all, other)
	}
	next, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderLowmem(true), zstd.WithDecoderDicts(all...))
	if err != nil {
		return fmt.Errorf("read the dictionary: %w: %w", err, ErrDamaged)
	}
	if d.dictionaries == nil {
		d.dictionaries = map[uint32][]byte{}
	}
	d.dictionaries[info.ID()] = dictionary
	d.current.Store(next)
	return nil
}

// decompress returns the payload of a frame.
func decompress(frame []byte) ([]byte, error) {
	d := decompressors.current.Load()
	if d == nil {
		return nil, zstd.ErrUnknownDictionary
	}
	return d.DecodeAll(frame, nil)
}

// train makes a dictionary of rows. It returns nil if they are too few, or if of such rows
// none can be made.
func train(rows [][]byte) []byte {
	if len(rows) < minTrained {
		return nil
	}
	dictionary, err := buildDictionary(rows)
	if err != nil {
		return nil
	}
	setDictionaryID(dictionary)
	return dictionary
}

// buildDictionary makes a dictionary of rows. The library panics for some; a file does
// without a dictionary until another checkpoint has other rows.
func buildDictionary(rows [][]byte) (dictionary []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("make a dictionary: %v", p)
		}
	}()
	return dict.BuildZstdDict(rows, dict.Options{MaxDictSize: dictionarySize, HashBytes: 6, ZstdDictID: 1, ZstdLevel: zstd.SpeedFastest})
}

// sampled are the buckets of whose rows a dictionary is made.
var sampled = []bucket{bodies, entries, stories}

// samples returns rows of the log with text, of each bucket as many as a dictionary is made of.
func samples(p *pending) (rows [][]byte) {
	for _, b := range sampled {
		if p.rows[b] == nil {
			continue
		}
		n := 0
		p.rows[b].Scan(func(row *pendingRow) bool {
			if len(row.payload) >= minCompressed {
				rows = append(rows, row.payload[:min(len(row.payload), maxTrained)])
				n++
			}
			return n < minTrained
		})
	}
	return rows
}

// setDictionaryID gives a dictionary the id by which frames name it. Two that are made of the
// same rows may differ, so it is a hash of the rest. Ids below 2^15 and from 2^31 on are
// reserved (RFC 8878, section 5).
func setDictionaryID(dictionary []byte) {
	const start, size = 4, 4 // behind the magic number
	id := crc32.ChecksumIEEE(dictionary[start+size:])&(1<<31-1) | 1<<15
	binary.LittleEndian.PutUint32(dictionary[start:], id)
}

// maxDictionaryTries is how often after Open rows are tried of which no dictionary can be made.
const maxDictionaryTries = 4

// makeDictionary makes a dictionary for a file that has none yet, of what its log holds. That
// takes some 100 ms, once, or maxDictionaryTries times if it can't be made.
func (r *rows) makeDictionary() error {
	rows := samples(r.pending)
	if len(rows) < minTrained || *r.dictionaryTries >= maxDictionaryTries {
		return nil
	}
	*r.dictionaryTries++
	dictionary := train(rows)
	if dictionary == nil {
		return nil
	}
	return r.useDictionary(dictionary)
}

// useDictionary stores a new dictionary, with which rows are compressed from now on.
func (r *rows) useDictionary(dictionary []byte) error {
	c, err := newCompressor(dictionary)
	if err != nil {
		return nil // the library can't use what it has made
	}
	if err := addDictionary(dictionary); err != nil {
		return err
	}
	r.compressor = c
	return r.putStored(meta, keyDictionary, dictionary)
}

// readDictionary returns the compressor of a file, nil when it has no dictionary yet.
func readDictionary(b *bolt.Tx) (*compressor, error) {
	r := rows{b: b}
	dictionary, err := r.getStored(meta, keyDictionary)
	if dictionary == nil || err != nil {
		return nil, err
	}
	dictionary = append([]byte{}, dictionary...)
	if err := addDictionary(dictionary); err != nil {
		return nil, err
	}
	return newCompressor(dictionary)
}
