package posting

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"slices"
	"testing"
)

// testSegment returns the bytes of a segment that has short lists, long ones and keys of all
// kinds.
func testSegment(t testing.TB, docs int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	var b Batch
	for i := range docs {
		k := Key{At: uint64(i) << 20, Seq: uint64(i), ID: fmt.Sprintf("%013d", i), Flag: i%3 == 0}
		if i%7 == 0 {
			k.ID = fmt.Sprint("no number ", i)
		}
		b.Add(k)
		b.Term([]byte("all"), true)
		b.Term([]byte("some"), i%2 == 0)
		b.Term(fmt.Appendf(nil, "only %d with a long text behind", i), false)
		for range 5 {
			b.Term(fmt.Appendf(nil, "t%d", r.IntN(400)), r.IntN(2) == 0)
		}
		b.Term([]byte{'p', byte(i), byte(i >> 8 & 1)}, false)
	}
	s, err := b.segment()
	if err != nil {
		t.Fatal(err)
	}
	out := make([]byte, s.size)
	if _, err := s.r.ReadAt(out, 0); err != nil {
		t.Fatal(err)
	}
	return out
}

// readAll reads a segment in all ways, and returns the first error.
func readAll(ctx context.Context, file []byte) error {
	s, err := openSegment(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return err
	}
	if s.docs > 1<<20 {
		return nil // no keys to speak of, and only time is lost
	}
	var docs []uint32
	t := newTermReader(s)
	for {
		ok, err := t.next()
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		for _, l := range []list{t.entry.strong, t.entry.weak} {
			if docs, err = appendDocs(docs[:0], s, &l); err != nil {
				return err
			}
			if !slices.IsSorted(docs) {
				return fmt.Errorf("list is not sorted: %w", errors.ErrUnsupported)
			}
		}
	}
	if err := searchAll(ctx, s); err != nil {
		return err
	}
	_, _, err = merge(ctx, &bytes.Buffer{}, []part{{segment: s}})
	return err
}

func searchAll(ctx context.Context, s *segment) error {
	snap := &snapshot{refs: 1, parts: []part{{segment: s}}}
	r := &Reader{ctx: ctx, snap: snap, dict: make([]*termReader, 1)}
	below := Key{At: 100 << 20, Seq: 100, ID: fmt.Sprintf("%013d", 100)}
	terms := func(t ...string) *Query { return &Query{Op: Terms, Terms: t} }
	for _, q := range []*Query{
		terms("all", "some", "t1", "p\x00\x00"), {Op: All, Parts: []*Query{terms("all"), terms("t2"), {Op: Not, Parts: []*Query{terms("t3")}}}},
		{Op: Keys, Keys: []Key{below}}, {Op: Any, Parts: []*Query{terms("some"), {Op: All, Parts: []*Query{terms("all"), terms("t4")}}}},
	} {
		for _, from := range []*Key{nil, &below} {
			hits, err := r.Search(q, from)
			if err != nil {
				return err
			}
			for n := 0; ; n++ {
				_, ok, err := hits.Next()
				if err != nil {
					return err
				}
				if !ok {
					break
				}
				if n > int(s.docs) {
					return fmt.Errorf("more hits than documents: %w", errors.ErrUnsupported)
				}
			}
		}
	}
	return nil
}

// Each damaged bit of a segment is found by a check, and reading it gives an error or what
// was written, never a panic.
func TestDamagedSegment(t *testing.T) {
	good := testSegment(t, 700)
	if err := readAll(t.Context(), good); err != nil {
		t.Fatalf("the segment as it was written: %v", err)
	}
	r := rand.New(rand.NewPCG(3, 4))
	for range 400 {
		at, bit := r.IntN(len(good)), byte(1)<<r.IntN(8)
		bad := bytes.Clone(good)
		bad[at] ^= bit
		if err := readAll(t.Context(), bad); err != nil && !errors.Is(err, ErrDamaged) {
			t.Errorf("bit %x of byte %d: reading gives %v, want ErrDamaged", bit, at, err)
		}
		s, err := openSegment(bytes.NewReader(bad), int64(len(bad)))
		if err == nil {
			err = s.check(t.Context())
		}
		if !errors.Is(err, ErrDamaged) {
			t.Errorf("bit %x of byte %d: a check gives %v, want ErrDamaged", bit, at, err)
		}
	}
	for _, size := range []int{0, 1, len(magic), len(good) / 2, len(good) - 1} {
		if _, err := openSegment(bytes.NewReader(good[:size]), int64(size)); !errors.Is(err, ErrDamaged) {
			t.Errorf("cut to %d bytes: %v, want ErrDamaged", size, err)
		}
	}
}

// mendChecksums makes the checksums of all blocks right, so that what is in them is read.
func mendChecksums(file []byte) {
	for off := len(magic); off+frameSize <= len(file); {
		n := int(binary.LittleEndian.Uint32(file[off:]))
		if n > len(file)-off-frameSize {
			return
		}
		binary.LittleEndian.PutUint32(file[off+4:], crc32.Checksum(file[off+frameSize:off+frameSize+n], castagnoli))
		off += frameSize + n
	}
}

// FuzzSegment reads segments with bytes changed, behind checksums that are right: that gives
// what is in them or ErrDamaged, and comes to an end.
func FuzzSegment(f *testing.F) {
	good := testSegment(f, 700)
	f.Add([]byte{1, 2, 3})
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 9, 0, 0, 1})
	f.Fuzz(func(t *testing.T, changes []byte) {
		file := bytes.Clone(good)
		for len(changes) >= 4 {
			at := int(binary.LittleEndian.Uint32(changes)) & 0xffffff
			if at < 1<<16 {
				at = len(file) - 1 - at%len(file) // the table of blocks
			}
			file[at%len(file)] = changes[3]
			changes = changes[4:]
		}
		mendChecksums(file)
		if err := readAll(t.Context(), file); err != nil && !errors.Is(err, ErrDamaged) {
			t.Errorf("reading gives %v, want ErrDamaged", err)
		}
	})
}

// A list holds what was written, whatever its numbers are.
func FuzzList(f *testing.F) {
	f.Add([]byte{1, 2, 3}, uint8(3))
	f.Add([]byte{255, 255, 255, 255, 0}, uint8(20))
	f.Fuzz(func(t *testing.T, gaps []byte, shift uint8) {
		var docs []uint32
		at := uint64(0)
		for _, g := range gaps {
			at += uint64(g)<<(shift%21) + 1
			if at >= none {
				break
			}
			docs = append(docs, uint32(at-1))
		}
		if len(docs) == 0 {
			return
		}
		k := riceParameter(docs[len(docs)-1]+1, uint32(len(docs)))
		codes := appendRice(nil, docs, none, k)
		r := newRiceReader(append(codes, make([]byte, slack)...), k)
		got, err := r.appendAll(nil, none, uint32(len(docs)), none)
		if err != nil || !slices.Equal(got, docs) {
			t.Errorf("k %d: got %v (%v), want %v", k, got, err, docs)
		}
	})
}
