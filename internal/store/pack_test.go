package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	bolt "go.etcd.io/bbolt"

	"github.com/slugline/slugline/internal/news"
)

// rowsToPack returns rows as buckets with packs have them, and others, in ascending order.
func rowsToPack(rnd *rand.Rand, n int) []packedRow {
	id := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = alphabet[rnd.IntN(len(alphabet))]
		}
		return string(b)
	}
	seq := func() []byte { return seqBytes(uint64(rnd.IntN(1 << rnd.IntN(40)))) }
	kinds := []func() packedRow{
		func() packedRow { return packedRow{[]byte(id(26)), seq()} },
		func() packedRow { return packedRow{seq(), []byte(id(26))} },
		func() packedRow { return packedRow{firstSeqKey('e', id(13)), seq()} },
		func() packedRow { return packedRow{keyKey("wire", rnd.Uint64()), []byte(id(13))} },
		func() packedRow { return packedRow{textKey("wire", rnd.Uint64N(9), id(13)), []byte{}} },
		func() packedRow { return packedRow{[]byte(id(rnd.IntN(20))), []byte(id(rnd.IntN(40)) + "É\x00\xff")} },
	}
	all := map[string]packedRow{}
	kind := rnd.IntN(len(kinds) + 1)
	for range n {
		k := kind
		if k == len(kinds) {
			k = rnd.IntN(len(kinds))
		}
		row := kinds[k]()
		all[string(row.key)] = row
	}
	rows := make([]packedRow, 0, n)
	for _, row := range all {
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b packedRow) int { return bytes.Compare(a.key, b.key) })
	return rows
}

func atMinute(n int) time.Time { return frozenAt.Add(time.Duration(n) * time.Minute) }

func TestPacksComeBack(t *testing.T) {
	rnd := rand.New(rand.NewPCG(18, 6))
	for range 300 {
		rows := rowsToPack(rnd, 1+rnd.IntN(400))
		packs, ends := pack(rows, 1+rnd.IntN(3000))
		var got []packedRow
		for i, p := range packs {
			first := rows[len(got)].key
			in, err := unpack(first, p)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, in...)
			if len(got) != ends[i] {
				t.Fatalf("pack %d ends at %d, want %d", i, len(got), ends[i])
			}
			for _, row := range in {
				payload, ok, err := findPacked(first, p, row.key)
				if !ok || err != nil || !bytes.Equal(payload, row.payload) {
					t.Fatalf("find %q: %q %t %v, want %q", row.key, payload, ok, err, row.payload)
				}
				other := append(bytes.Clone(row.key), 0)
				if _, ok, err := findPacked(first, p, other); ok || err != nil {
					t.Fatalf("find %q: %t %v, want false", other, ok, err)
				}
			}
		}
		if diff := cmp.Diff(rows, got, cmp.AllowUnexported(packedRow{})); diff != "" {
			t.Fatalf("rows come back different (-packed +unpacked):\n%s", diff)
		}
	}
}

// The rows of indexes take up little more in packs than what does not repeat.
func TestPacksAreSmall(t *testing.T) {
	rnd := rand.New(rand.NewPCG(18, 7))
	id := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = alphabet[rnd.IntN(len(alphabet))]
		}
		return b
	}
	for _, c := range []struct {
		bucket bucket
		most   int // bytes of a row
		row    func(i int) packedRow
	}{
		{applied, 20, func(i int) packedRow { return packedRow{id(26), seqBytes(uint64(i))} }},
		{recordIDs, 6, func(i int) packedRow { return packedRow{seqBytes(uint64(i)), filedID(id(26))} }},
		{firstSeqs, 13, func(i int) packedRow { return packedRow{firstSeqKey('e', string(id(13))), seqBytes(uint64(i))} }},
		{keys, 18, func(int) packedRow { return packedRow{keyKey("outlet", rnd.Uint64()), id(13)} }},
		{texts, 18, func(int) packedRow { return packedRow{textKey("outlet", rnd.Uint64(), string(id(13))), nil} }},
		{unlisted, 14, func(i int) packedRow { return packedRow{unlistedKey(true, atMinute(i), string(id(13))), nil} }},
	} {
		rows := make([]packedRow, 150)
		for i := range rows {
			rows[i] = c.row(i)
		}
		slices.SortFunc(rows, func(a, b packedRow) int { return bytes.Compare(a.key, b.key) })
		packs, _ := pack(rows, 1<<20)
		if n := len(packs[0]) / len(rows); n > c.most {
			t.Errorf("a row of %s takes up %d bytes in a pack, want at most %d", c.bucket, n, c.most)
		}
	}
}

func FuzzUnpack(f *testing.F) {
	rnd := rand.New(rand.NewPCG(18, 8))
	for range 20 {
		rows := rowsToPack(rnd, 20)
		packs, _ := pack(rows, 1<<20)
		f.Add(rows[0].key, packs[0])
	}
	f.Add([]byte("a"), []byte{2, 3, 0, 0, 0, 0, 0, 0, 3, 1, 0xff, 0xff, 0xff, 7})
	f.Fuzz(func(t *testing.T, key, p []byte) {
		_, _, _ = findPacked(key, p, append(bytes.Clone(key), 'x'))
		rows, err := unpack(key, p)
		if err != nil {
			return
		}
		again, _ := pack(rows, 1<<30)
		got, err := unpack(key, again[0])
		if err != nil || !cmp.Equal(rows, got, cmp.AllowUnexported(packedRow{}), cmpopts.EquateEmpty()) {
			t.Errorf("%q: rows %v become %v, %v", p, rows, got, err)
		}
	})
}

func TestIsTextDeletedReadsTheEncoding(t *testing.T) {
	for _, e := range []news.Entry{{}, {TextDeleted: true}, {Dropped: true, Unlisted: atMinute(1)}, {Source: "a", TextDeleted: true, Keys: news.Keys{GUID: 1}}} {
		p := encodeValue(nil, func(c *coder) { describeEntry(c, &e) })
		if got := isTextDeleted(p); got != e.TextDeleted {
			t.Errorf("of %+v: %t, want %t", e, got, e.TextDeleted)
		}
	}
	for _, p := range []string{"", "{}", `{"source":"aaaaaaaaa","bare":true}`, "\x01\x00\x00"} {
		if isTextDeleted([]byte(p)) {
			t.Errorf("of %q: true, want false", p)
		}
	}
}

// packedBucket is a bucket with packs, and what its rows should be.
type packedBucket struct {
	bucket
	rnd  *rand.Rand
	want map[string]string
}

// key returns one of few keys, in three blocks at least.
func (w *packedBucket) key() []byte {
	n := w.rnd.IntN(3000)
	switch w.bucket {
	case keys:
		return keyKey(fmt.Sprint("wire", n%3), uint64(n)<<40)
	case texts:
		return textKey(fmt.Sprint("wire", n%3), uint64(n)<<40, fmt.Sprintf("%013d", n%7))
	case firstSeqs:
		return firstSeqKey("es"[n%2], fmt.Sprintf("%d%012d", n%10, n))
	case archives:
		return archiveKey(fmt.Sprint("topic", n%3), n)
	case entries:
		return seqKey(uint64(n/4), fmt.Sprintf("%013d", n))
	case recordIDs:
		return seqBytes(uint64(n))
	case unlisted:
		return unlistedKey(n%2 == 0, atMinute(n), fmt.Sprintf("%013d", n))
	}
	return fmt.Appendf(nil, "%05d", n)
}

func (w *packedBucket) payload() []byte {
	switch w.bucket {
	case archives:
		p := news.ArchivePage{N: w.rnd.IntN(100), Until: atMinute(w.rnd.IntN(100))}
		if w.rnd.IntN(3) == 0 {
			p.Stories = []string{sumStory(1)}
		}
		b, _ := encodeJSON(archives, nil, &p) // it can't fail
		return b
	case entries:
	default:
		return fmt.Appendf(nil, "%0*d", w.rnd.IntN(14), w.rnd.IntN(1000))
	}
	e := news.Entry{Source: "wire", Headline: strings.Repeat("word ", w.rnd.IntN(60)), Hash: w.rnd.Uint64(), TextDeleted: w.rnd.IntN(3) > 0}
	return encodeValue(nil, func(c *coder) { describeEntry(c, &e) })
}

// change changes rows: one of them, or a few, or a third of all.
func (w *packedBucket) change(tx *Tx) error {
	n := []int{1, 10, 1000}[w.rnd.IntN(3)]
	deletes := w.rnd.IntN(10)
	for range n {
		k, p := w.key(), w.payload()
		if w.rnd.IntN(10) < deletes {
			delete(w.want, string(k))
			if err := tx.delete(w.bucket, k); err != nil {
				return err
			}
			continue
		}
		w.want[string(k)] = string(p)
		if err := tx.put(w.bucket, k, p); err != nil {
			return err
		}
	}
	return nil
}

// putAsBefore stores all rows as versions without packs did.
func (w *packedBucket) putAsBefore(tx *Tx) error {
	for range 2000 {
		k, p := w.key(), w.payload()
		w.want[string(k)] = string(p)
		if err := tx.putRow(w.bucket, k, tx.seal(w.bucket, k, p)); err != nil {
			return err
		}
	}
	return tx.putSums()
}

// putAll stores the rows of putAsBefore.
func (w *packedBucket) putAll(tx *Tx) error {
	for range 2000 {
		k, p := w.key(), w.payload()
		if err := tx.put(w.bucket, k, p); err != nil {
			return err
		}
	}
	return nil
}

func (w *packedBucket) compare(tx *Tx) error {
	sorted := make([]string, 0, len(w.want))
	for k := range w.want {
		sorted = append(sorted, k)
	}
	slices.Sort(sorted)
	from, below := w.key(), w.key()
	prefix := w.block(w.key())
	for _, c := range []struct {
		prefix, from []byte
	}{{nil, nil}, {nil, from}, {prefix, nil}, {prefix, w.key()}} {
		var want, got []string
		for _, k := range sorted {
			if strings.HasPrefix(k, string(c.prefix)) && k >= string(c.from) {
				want = append(want, k, w.want[k])
			}
		}
		err := tx.ascend(w.bucket, c.prefix, c.from, func(k, p []byte) (bool, error) {
			got = append(got, string(k), string(p))
			return true, nil
		})
		if err != nil || !slices.Equal(want, got) {
			return fmt.Errorf("%s: ascend %q from %q: %d rows, %v, want %d", w.bucket, c.prefix, c.from, len(got)/2, err, len(want)/2)
		}
	}
	var want, got []string
	for _, k := range slices.Backward(sorted) {
		if k < string(below) && len(want) < 100 {
			want = append(want, k, w.want[k])
		}
	}
	err := tx.descend(w.bucket, nil, below, func(k, p []byte) (bool, error) {
		got = append(got, string(k), string(p))
		return len(got) < 100, nil
	})
	if err != nil || !slices.Equal(want, got) {
		return fmt.Errorf("%s: descend below %q: %q, %v, want %q", w.bucket, below, got, err, want)
	}
	for range 300 {
		k := w.key()
		want, is := w.want[string(k)]
		if p, err := tx.get(w.bucket, k); err != nil || string(p) != want || (p != nil) != is {
			return fmt.Errorf("%s: get %q: %q, %v, want %q", w.bucket, k, p, err, want)
		}
	}
	return nil
}

// TestPackedRowsAreAsStored makes random changes to buckets with packs, of a new file and of one
// that was written without packs.
func TestPackedRowsAreAsStored(t *testing.T) {
	for b := range numBuckets {
		if packings[b] == nil {
			continue
		}
		for _, before := range []bool{false, true} {
			t.Run(fmt.Sprint(b, before), func(t *testing.T) {
				w := packedBucket{b, rand.New(rand.NewPCG(uint64(b), 9)), map[string]string{}}
				s, err := Open(filepath.Join(t.TempDir(), "x.db"), Options{})
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = s.Close() }()
				if before {
					if err := s.Update(w.putAsBefore); err != nil {
						t.Fatal(err)
					}
				}
				for i := range 12 {
					s.SetMaxLog(i % 3 * 20_000)
					// A second Update in which nothing is in memory that the first one wrote.
					if err := errors.Join(s.Update(w.change), s.View(w.compare), s.Update(w.compare), s.View(checkSums), s.Check(t.Context(), 0)); err != nil {
						t.Fatal(i, err)
					}
				}
				w.checkLayout(t, s)
			})
		}
	}
}

// checkLayout checks that rows are in packs, which have rows of one block each.
func (w *packedBucket) checkLayout(t *testing.T, s *Store) {
	t.Helper()
	if err := s.Checkpoint(); err != nil {
		t.Fatal(err)
	}
	packs, rows, alone := 0, 0, 0
	err := s.View(func(tx *Tx) error {
		c := tx.bucket(w.bucket).Cursor()
		for k, v := c.First(); k != nil; k, v = c.Next() {
			all, err := w.rowsIn(k, v)
			if err != nil {
				return err
			}
			if isPack(v) {
				packs, rows = packs+1, rows+len(all)
			}
			for _, row := range all {
				if !bytes.Equal(w.block(row.key), w.block(k)) {
					return fmt.Errorf("%s: %q is in a pack of the block of %q", w.bucket, row.key, k)
				}
				if packings[w.bucket].accepts(row.payload) && !isPack(v) {
					alone++
				} else if isPack(v) && !packings[w.bucket].accepts(row.payload) {
					return fmt.Errorf("%s: %q is in a pack", w.bucket, row.key)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if packs == 0 || rows < 2*packs || alone > rows/2 {
		t.Errorf("%s: %d rows in %d packs, %d alone", w.bucket, rows, packs, alone)
	}
}

// Entries whose texts are deleted together go into packs together: none of these is written
// again for each of them.
func TestNeighboursArePackedAtOnce(t *testing.T) {
	s, err := Open(filepath.Join(t.TempDir(), "x.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	const n = 200
	entry := func(i int, deleted bool) packedRow {
		e := news.Entry{Source: "wire", Headline: fmt.Sprint("Headline ", i), Hash: uint64(i) << 40, TextDeleted: deleted}
		return packedRow{seqKey(uint64(i), fmt.Sprintf("%013d", i)), encodeValue(nil, func(c *coder) { describeEntry(c, &e) })}
	}
	err = s.Update(func(tx *Tx) error {
		for i := range n {
			row := entry(i, i == 120 || i == 121) // these are in a pack already
			if err := tx.put(entries, row.key, row.payload); err != nil {
				return err
			}
		}
		return nil
	})
	if err := errors.Join(err, s.Checkpoint()); err != nil {
		t.Fatal(err)
	}
	var changes []packedRow
	for i := range n {
		switch row := entry(i, true); i {
		case 60: // keeps its text
		case 100:
			changes = append(changes, packedRow{row.key, nil})
		default:
			changes = append(changes, row)
		}
	}
	err = s.Update(func(tx *Tx) error {
		for _, want := range []int{60, n - 61} { // before and after the one that keeps its text
			r := repacking{rows: &tx.rows, in: entries, p: packings[entries], block: entries.block(changes[0].key)}
			got, err := r.put(changes)
			if err != nil {
				return err
			}
			if got != want {
				t.Errorf("%d of %d neighbours are written at once, want %d", got, len(changes), want)
			}
			changes = changes[got:]
		}
		return tx.putSums()
	})
	if err := errors.Join(err, s.Check(t.Context(), 0)); err != nil {
		t.Fatal(err)
	}
	err = s.View(func(tx *Tx) error {
		i := 0
		return tx.ascend(entries, nil, nil, func(k, p []byte) (bool, error) {
			if want := entry(i, i != 60); !bytes.Equal(k, want.key) || !bytes.Equal(p, want.payload) {
				return false, fmt.Errorf("row %q is %q, want %q, %q", k, p, want.key, want.payload)
			}
			if i++; i == 100 {
				i++
			}
			return true, nil
		})
	})
	if err != nil {
		t.Error(err)
	}
}

// Files whose rows are in packs or not have the same digest.
func TestDigestDoesNotDependOnPacks(t *testing.T) {
	var digests []string
	for _, plainly := range []bool{false, true} {
		s, err := Open(filepath.Join(t.TempDir(), "x.db"), Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = s.Close() }()
		for b := range numBuckets {
			if packings[b] == nil {
				continue
			}
			w := packedBucket{b, rand.New(rand.NewPCG(1, 1)), map[string]string{}}
			put := w.putAsBefore
			if !plainly {
				put = w.putAll
			}
			if err := s.Update(put); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Checkpoint(); err != nil {
			t.Fatal(err)
		}
		d, err := s.Digest()
		if err != nil {
			t.Fatal(err)
		}
		digests = append(digests, d)
	}
	if digests[0] != digests[1] {
		t.Error("they differ")
	}
}

// A pack that is damaged is reported by whatever reads one of its rows.
func TestDamagedPackIsReported(t *testing.T) {
	path := summedFile(t)
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	for what, damage := range map[string]func(v []byte) []byte{
		"checksum": func(v []byte) []byte { v[len(v)-1] ^= 1; return v },
		"cut off":  func(v []byte) []byte { return firstSeqs.appendSealed(nil, nil, v[headerSize:len(v)-1], packed) },
		"count": func(v []byte) []byte {
			_, n := binary.Uvarint(v[headerSize:])
			return firstSeqs.appendSealed(nil, nil, append([]byte{0}, v[headerSize+n:]...), packed)
		},
	} {
		err := s.db.Update(func(b *bolt.Tx) error {
			r := &rows{b: b}
			k, v := r.bucket(firstSeqs).Cursor().Seek([]byte("e"))
			v = damage(bytes.Clone(v))
			if what != "checksum" {
				binary.BigEndian.PutUint32(v[1:], firstSeqs.checksum(k, v[headerSize:]))
			}
			return r.bucket(firstSeqs).Put(bytes.Clone(k), v)
		})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			if what == "cut off" {
				break // the rows before are as they were
			}
			if err := s.View(func(tx *Tx) error { _, err := tx.Entries.Get(sumEntry(i * 5)); return err }); !errors.Is(err, ErrDamaged) {
				t.Errorf("%s: Get of entry %d: %v, want %v", what, i*5, err, ErrDamaged)
			}
		}
		if err := s.View(checkReferences); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: checkReferences: %v, want %v", what, err, ErrDamaged)
		}
	}
}

// A topic is renamed that alone has archive pages: their bucket, which has several pages of
// bbolt, becomes empty in the transaction that fills it again.
func TestRenameOfTheOnlyArchive(t *testing.T) {
	s, err := Open(filepath.Join(t.TempDir(), "slugline.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	rnd := rand.New(rand.NewPCG(1, 2))
	const n = 300
	fill := func(tx *Tx) error {
		for i := range n {
			p := &news.ArchivePage{N: i + 1, Seq: 1}
			for range 50 {
				p.Stories = append(p.Stories, news.StoryID(fmt.Sprint(rnd.Uint64()), 1))
			}
			if err := tx.Archives.Put("tunnel", p); err != nil {
				return err
			}
		}
		return nil
	}
	if err := errors.Join(s.Update(fill), s.Checkpoint()); err != nil {
		t.Fatal(err)
	}
	for _, names := range [][2]string{{"tunnel", "wires"}, {"wires", "bridges"}} { // to the end, and to the beginning
		if err := s.Update(func(tx *Tx) error { return tx.Topics.MoveStories(names[0], names[1]) }); err != nil {
			t.Fatal(err)
		}
		if err := s.Checkpoint(); err != nil {
			t.Fatal(err)
		}
		if err := s.View(func(tx *Tx) error {
			for i := range n {
				was, err := tx.Archives.Get(names[0], i+1)
				is, err2 := tx.Archives.Get(names[1], i+1)
				if err := errors.Join(err, err2); err != nil || was != nil || is == nil || len(is.Stories) != 50 {
					t.Fatalf("page %d after the rename: %v under the old name, %v under the new one, %v", i+1, was, is, err)
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
}
