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

// lastDocument is what this node stores about a source's last document, so that only new
// items of the next one are parsed and only changed entries are filed.
type lastDocument struct {
	contextHash uint64              // see contextHash; prints are valid only with the same one
	prints      []canon.Fingerprint // of the items, except those that can't be recognized
	seen        []shownEntry        // the entries of all items, and those that were pushed
}

// shownEntry is an entry as its source last showed it: its first key, and the hash of its
// content.
type shownEntry struct{ first, hash uint64 }

// documentVersion is the version of what encode writes.
const documentVersion = 1

// maxSeen limits the entries that pushes and differences add.
const maxSeen = 2000

const printSize = 7 * 8

// encode writes the version in one byte, then numbers of eight bytes: the context hash, the
// number of prints, the prints, and the entries.
func (m *lastDocument) encode() []byte {
	b := make([]byte, 0, 17+len(m.prints)*printSize+len(m.seen)*16)
	b = append(b, documentVersion)
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

// decodeDocument reads what encode wrote. If it can't, it returns an empty document: then
// all items are parsed and filed, and desk finds out which are known.
func decodeDocument(b []byte) *lastDocument {
	m := &lastDocument{}
	if len(b) < 17 || len(b)%8 != 1 || b[0] != documentVersion {
		return m
	}
	next := func() uint64 {
		x := binary.LittleEndian.Uint64(b)
		b = b[8:]
		return x
	}
	b = b[1:]
	context, n := next(), next()
	if n > uint64(len(b)/printSize) {
		return m
	}
	m.contextHash, m.prints = context, make([]canon.Fingerprint, n)
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

// equal reports whether two documents are the same.
func (m *lastDocument) equal(o *lastDocument) bool {
	return m.contextHash == o.contextHash && slices.Equal(m.prints, o.prints) && slices.Equal(m.seen, o.seen)
}

// printsByRaw returns the prints by the hash of the item.
func (m *lastDocument) printsByRaw() map[uint64]canon.Fingerprint {
	known := make(map[uint64]canon.Fingerprint, len(m.prints))
	for _, p := range m.prints {
		known[p.RawHash] = p
	}
	return known
}

// unchanged reports whether a document, parsed with these prints and with the same context
// hash, has the same items as the last one in the same order, and nothing was pushed since.
// Then there is nothing to compare.
func (m *lastDocument) unchanged(doc *feed.Document, st *news.SourceState) (listed []uint64, ok bool) {
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

// loadDocument loads what is stored about the source's last document.
func (v *visit) loadDocument() error {
	if v.document != nil {
		return nil
	}
	return v.p.Store.View(func(tx *store.Tx) error {
		b, err := tx.Visits.LastDocument(v.conf.ID)
		v.document = decodeDocument(b)
		return err
	})
}

// contextHash hashes what a document says about all of its items, and what else their
// entries depend on.
func contextHash(doc *feed.Document, src news.Source) uint64 {
	var d xxhash.Digest
	d.ResetWithSeed(canon.FingerprintVersion)
	for _, s := range []string{doc.Format, doc.Base, doc.Language, doc.Author, src.Language} {
		_, _ = d.WriteString(s)
		_, _ = d.Write([]byte{0})
	}
	return d.Sum64()
}

// errReadAll means that the skipped items can't be replaced by what is known about them.
var errReadAll = errors.New("all items must be parsed")

// readNew parses a document except for the items that are known, and finds out which
// entries are new or changed. In doubt it parses all items. It always does so for a source
// with a secret in its address, because the value of the secret changes the entries.
func (v *visit) readNew(body []byte, h feed.Hints, st *news.SourceState) error {
	if err := v.loadDocument(); err != nil {
		return err
	}
	if len(v.document.prints) > 0 && len(v.secrets.values) == 0 {
		if err := v.readDocument(body, h, st, v.document.printsByRaw()); !errors.Is(err, errReadAll) {
			return err
		}
	}
	return v.readDocument(body, h, st, nil)
}

// readDocument parses a document except for the known items.
func (v *visit) readDocument(body []byte, h feed.Hints, st *news.SourceState, known map[uint64]canon.Fingerprint) (err error) {
	if known != nil {
		h.Known = func(raw uint64) bool { _, ok := known[raw]; return ok }
	}
	if v.doc, err = feed.Read(body, h); err != nil {
		return err
	}
	context := contextHash(v.doc, v.conf.Source)
	if known != nil && context != v.document.contextHash {
		return errReadAll
	}
	if listed, ok := v.document.unchanged(v.doc, st); ok {
		v.changes, v.newDocument = comparison{listed: listed, seen: v.document.seen, sameList: true}, v.document
		return nil
	}
	v.secrets.cleanDocument(v.doc)
	return v.compareEntries(st, known)
}

// compareEntries makes entries of the items of v.doc, except for the known ones, and finds
// out which are new or changed.
func (v *visit) compareEntries(st *news.SourceState, known map[uint64]canon.Fingerprint) error {
	entries, prints, read := canon.EntriesReusing(v.doc, v.conf.Source, known)
	v.changes = compare(v.document.seen, entries, st)
	for _, i := range v.changes.positions {
		if !read[i] {
			return errReadAll // it lost or got a key because of another item
		}
	}
	v.entries, v.newDocument = entries, &lastDocument{contextHash: contextHash(v.doc, v.conf.Source), seen: v.changes.seen}
	if len(v.secrets.values) == 0 {
		v.newDocument.prints = slices.DeleteFunc(prints, func(p canon.Fingerprint) bool { return p.RawHash == 0 })
	}
	return nil
}

// remember sets the last document of the source. After a push or a difference it also has
// the entries that are missing there. If another document was set since the visit began,
// nothing is remembered: that costs the next visit time, while old entries could hide an
// edit.
func (v *visit) remember() {
	d, src := v.newDocument, v.src
	if v.partial {
		d = &lastDocument{contextHash: v.document.contextHash, prints: v.document.prints, seen: union(v.document.seen, d.seen)}
	}
	if src.documentCount != v.documentCount {
		d = &lastDocument{}
	} else if d.equal(v.document) {
		return
	}
	src.setDocument(d)
}

// union returns the entries of now, and those of old that now does not have.
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
