package poll

import (
	"encoding/binary"
	"errors"
	"slices"

	"github.com/cespare/xxhash/v2"

	"github.com/slugline/slugline/internal/canon"
	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// memory is what is kept of a source's last document, on this node alone: so that
// the next one is read only where it is new, and only what changed is filed.
type memory struct {
	contextHash uint64              // see frame; prints hold in it alone
	prints      []canon.Fingerprint // of the items, but for those that can't be known again
	seen        []shownEntry        // each item's entry, and what was pushed
}

// shownEntry is an entry as its source last showed it.
type shownEntry struct{ first, hash uint64 }

// memoryVersion is the version of what encode writes.
const memoryVersion = 1

// maxSeen bounds what pushes and differences add to a memory.
const maxSeen = 2000

const printSize = 7 * 8

// encode writes a memory in numbers of eight bytes after the version: the frame,
// how many prints there are, these, and what was shown.
func (m *memory) encode() []byte {
	b := make([]byte, 0, 17+len(m.prints)*printSize+len(m.seen)*16)
	b = append(b, memoryVersion)
	b = binary.LittleEndian.AppendUint64(b, m.contextHash)
	b = binary.LittleEndian.AppendUint64(b, uint64(len(m.prints)))
	for i := range m.prints {
		p := &m.prints[i]
		b = binary.LittleEndian.AppendUint64(b, p.RawHash)
		for _, k := range p.Keys {
			b = binary.LittleEndian.AppendUint64(b, k)
		}
		b = binary.LittleEndian.AppendUint64(b, p.Hash)
	}
	for _, s := range m.seen {
		b = binary.LittleEndian.AppendUint64(b, s.first)
		b = binary.LittleEndian.AppendUint64(b, s.hash)
	}
	return b
}

// decodeMemory reads what encode wrote. What it can't read is no memory: then all is
// read and filed, and desk finds out what it knows.
func decodeMemory(b []byte) *memory {
	m := &memory{}
	if len(b) < 17 || len(b)%8 != 1 || b[0] != memoryVersion {
		return m
	}
	next := func() uint64 {
		x := binary.LittleEndian.Uint64(b)
		b = b[8:]
		return x
	}
	b = b[1:]
	frame, n := next(), next()
	if n > uint64(len(b)/printSize) {
		return m
	}
	m.contextHash, m.prints = frame, make([]canon.Fingerprint, n)
	for i := range m.prints {
		p := &m.prints[i]
		p.RawHash = next()
		for k := range p.Keys {
			p.Keys[k] = next()
		}
		p.Hash = next()
	}
	for len(b) >= 16 {
		m.seen = append(m.seen, shownEntry{first: next(), hash: next()})
	}
	return m
}

// equal says that two memories are equal.
func (m *memory) equal(o *memory) bool {
	return m.contextHash == o.contextHash && slices.Equal(m.prints, o.prints) && slices.Equal(m.seen, o.seen)
}

// printsByRaw finds the prints that the items of a document may have.
func (m *memory) printsByRaw() map[uint64]canon.Fingerprint {
	known := make(map[uint64]canon.Fingerprint, len(m.prints))
	for _, p := range m.prints {
		known[p.RawHash] = p
	}
	return known
}

// unchanged says whether a document, read with this memory in its frame, shows just what
// the last one did, in the same order, and nothing was pushed since: then there is
// nothing to compare.
func (m *memory) unchanged(doc *feed.Document, st *news.SourceState) (listed []uint64, ok bool) {
	if n := len(doc.Items); n == 0 || n != len(m.prints) || n != len(m.seen) {
		return nil, false
	}
	listed = make([]uint64, len(m.seen))
	for i := range doc.Items {
		if !doc.Items[i].Known || doc.Items[i].RawHash != m.prints[i].RawHash || m.seen[i].hash != m.prints[i].Hash {
			return nil, false
		}
		listed[i] = m.seen[i].first
	}
	return listed, slices.Equal(listed, st.Listed)
}

// loadMemory brings to mind what is kept of the source's last document.
func (v *visit) loadMemory() error {
	if v.memory != nil {
		return nil
	}
	return v.Store.View(func(tx *store.Tx) error {
		b, err := tx.Visits.LastDocument(v.conf.ID)
		v.memory = decodeMemory(b)
		return err
	})
}

// contextHash is the hash of what a document says for all of its items, and of what else
// their entries depend on.
func contextHash(doc *feed.Document, src news.Source) uint64 {
	var d xxhash.Digest
	d.ResetWithSeed(canon.FingerprintVersion)
	for _, s := range []string{doc.Format, doc.Base, doc.Language, doc.Author, src.Language} {
		_, _ = d.WriteString(s)
		_, _ = d.Write([]byte{0})
	}
	return d.Sum64()
}

// errReadAll is that what was not read can't be told from what is known of it.
var errReadAll = errors.New("all must be read")

// readNew makes a document's entries and says which of them are new or changed,
// without reading the items that stood there before. Where that leaves a doubt, all
// of it is read. A source with a secret in its address always is: what a secret is
// taken out of depends on its value.
func (v *visit) readNew(body []byte, h feed.Hints, st *news.SourceState) error {
	if err := v.loadMemory(); err != nil {
		return err
	}
	if len(v.memory.prints) > 0 && len(v.secrets.values) == 0 {
		if err := v.readDocument(body, h, st, v.memory.printsByRaw()); !errors.Is(err, errReadAll) {
			return err
		}
	}
	return v.readDocument(body, h, st, nil)
}

// readDocument reads a document but for the items that are known.
func (v *visit) readDocument(body []byte, h feed.Hints, st *news.SourceState, known map[uint64]canon.Fingerprint) (err error) {
	if known != nil {
		h.Known = func(raw uint64) bool { _, ok := known[raw]; return ok }
	}
	if v.doc, err = feed.Read(body, h); err != nil {
		return err
	}
	frame := contextHash(v.doc, v.conf.Source)
	if known != nil && frame != v.memory.contextHash {
		return errReadAll
	}
	if listed, ok := v.memory.unchanged(v.doc, st); ok {
		v.changes, v.newMemory = comparison{listed: listed, seen: v.memory.seen, sameList: true}, v.memory
		return nil
	}
	v.secrets.cleanDocument(v.doc)
	entries, prints, read := canon.EntriesReusing(v.doc, v.conf.Source, known)
	v.changes = compare(v.memory.seen, entries, st)
	for _, i := range v.changes.positions {
		if !read[i] {
			return errReadAll // it lost or got a key with another item
		}
	}
	v.entries, v.newMemory = entries, &memory{contextHash: frame, seen: v.changes.seen}
	if len(v.secrets.values) == 0 {
		v.newMemory.prints = slices.DeleteFunc(prints, func(p canon.Fingerprint) bool { return p.RawHash == 0 })
	}
	return nil
}

// remember keeps what a visit learned of a document's items. What a push or a
// difference does not show stays in mind. When another was kept since the visit
// began all is forgotten, which costs time: to have an old mark in mind would cost
// an edit.
func (v *visit) remember() {
	m, src := v.newMemory, v.src
	if v.partial {
		m = &memory{contextHash: v.memory.contextHash, prints: v.memory.prints, seen: union(v.memory.seen, m.seen)}
	}
	if src.memoryCount != v.memoryCount {
		m = &memory{}
	} else if m.equal(v.memory) {
		return
	}
	src.setMemory(m)
}

func (s *source) setMemory(m *memory) {
	s.memory = m
	s.memoryCount++
}

// union is what is shown now, and what was shown before unless it shows in another
// way now.
func union(old, now []shownEntry) []shownEntry {
	again := make(map[uint64]bool, len(now))
	for _, s := range now {
		again[s.first] = s.first != 0
	}
	all := make([]shownEntry, 0, len(old)+len(now))
	for _, s := range old {
		if !again[s.first] {
			all = append(all, s)
		}
	}
	all = append(all, now...)
	return all[max(0, len(all)-maxSeen):]
}
