package posting

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// Index is an open index. Its methods are safe for use by several goroutines.
type Index struct {
	dir  string
	stop context.CancelFunc // of merging
	ctx  context.Context

	writing sync.Mutex    // held by one writer; guards the fields below
	next    uint64        // number of the next file
	dirty   bool          // the manifest on the disk is behind
	merging chan struct{} // closed when the merge that goes on ends; nil: none does
	all     bool          // all segments are to be merged
	failure error         // of the last merge

	mu      sync.Mutex // guards the fields below, and the refs of snapshots
	current *snapshot
	closed  bool
}

// ErrClosed is returned by the methods of an index that was closed.
var ErrClosed = errors.New("index closed")

// snapshot is one state of the index. It does not change.
type snapshot struct {
	refs   int
	parts  []part
	values map[string][]byte
}

// part is a segment with those of its documents that are deleted.
type part struct {
	*segment
	deleted bitset // nil: none
}

func (p part) live() uint32 { return p.docs - p.deleted.count() }

const (
	maxInMemory = 8    // segments in memory; more are merged
	maxUnsaved  = 8192 // documents in memory; more are written
)

// Open opens the index in a folder, or makes an empty one there. The error is ErrDamaged if
// the index can't be used, whatever is tried. Only one process may have it open.
func Open(dir string) (*Index, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	m, err := readManifest(dir)
	if err != nil {
		return nil, err
	}
	if m == nil {
		m = &manifest{Format: formatNumber}
		if err := m.write(dir); err != nil {
			return nil, err
		}
	}
	if err := m.removeOthers(dir); err != nil {
		return nil, err
	}
	ix := &Index{dir: dir, next: m.Next}
	ix.ctx, ix.stop = context.WithCancel(context.Background())
	first := &snapshot{refs: 1, values: m.Values}
	for _, ms := range m.Segments {
		p, err := openPart(dir, ms)
		if err != nil {
			first.close()
			return nil, err
		}
		p.retain()
		first.parts = append(first.parts, p)
	}
	ix.current = first
	return ix, nil
}

func openPart(dir string, ms manifestSegment) (p part, err error) {
	if filepath.Base(ms.Name) != ms.Name {
		return p, fmt.Errorf("segment %q: %w", ms.Name, ErrDamaged)
	}
	if p.segment, err = openFile(filepath.Join(dir, ms.Name), ms.Name); err != nil {
		return p, err
	}
	if p.deleted, err = decodeDeleted(ms.Deleted, p.docs); err == nil && p.size != ms.Size {
		err = fmt.Errorf("%s has %d bytes, want %d: %w", ms.Name, p.size, ms.Size, ErrDamaged)
	}
	if err != nil {
		_ = p.file.Close()
	}
	return p, err
}

func (s *snapshot) close() {
	for _, p := range s.parts {
		p.release()
	}
}

// acquire returns the current snapshot, which the caller releases.
func (ix *Index) acquire() (*snapshot, error) {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	if ix.closed {
		return nil, ErrClosed
	}
	ix.current.refs++
	return ix.current, nil
}

func (ix *Index) release(s *snapshot) {
	ix.mu.Lock()
	s.refs--
	last := s.refs == 0
	ix.mu.Unlock()
	if last {
		s.close()
	}
}

// publish makes parts and values what readers see from now on.
func (ix *Index) publish(parts []part, values map[string][]byte) {
	s := &snapshot{refs: 1, parts: parts, values: values}
	for _, p := range parts {
		p.retain()
	}
	ix.mu.Lock()
	before := ix.current
	ix.current = s
	ix.mu.Unlock()
	ix.dirty = true
	ix.release(before)
}

// Apply applies a batch. Readers see it at once; it is lost in a crash until the next Flush,
// together with all batches since the last one.
func (ix *Index) Apply(b *Batch) error {
	ix.writing.Lock()
	defer ix.writing.Unlock()
	parts := slices.Clone(ix.current.parts)
	if err := deleteFrom(parts, b); err != nil {
		return err
	}
	if b.Len() > 0 {
		s, err := b.segment()
		if err != nil {
			return err
		}
		parts = append(parts, part{segment: s})
	}
	parts, err := joinInMemory(parts)
	if err != nil {
		return err
	}
	values := maps.Clone(ix.current.values)
	if values == nil {
		values = map[string][]byte{}
	}
	maps.Copy(values, b.values)
	ix.publish(parts, values)
	if unsaved(parts) > maxUnsaved {
		return ix.flush()
	}
	return nil
}

func unsaved(parts []part) (docs uint32) {
	for _, p := range parts {
		if p.inMemory() {
			docs += p.docs
		}
	}
	return docs
}

// joinInMemory merges the segments in memory when they are many.
func joinInMemory(parts []part) ([]part, error) {
	saved, fresh := splitParts(parts)
	if len(fresh) <= maxInMemory {
		return parts, nil
	}
	var file bytes.Buffer
	if _, _, err := merge(context.Background(), &file, fresh); err != nil {
		return nil, err
	}
	s, err := openSegment(bytes.NewReader(file.Bytes()), int64(file.Len()))
	return append(saved, part{segment: s}), err
}

// splitParts returns the parts in files and those in memory.
func splitParts(parts []part) (saved, fresh []part) {
	for _, p := range parts {
		if p.inMemory() {
			fresh = append(fresh, p)
		} else {
			saved = append(saved, p)
		}
	}
	return saved, fresh
}

// deleteFrom marks what a batch deletes.
func deleteFrom(parts []part, b *Batch) error {
	ids := map[string]bool{}
	for _, id := range b.ids {
		ids[id] = true
	}
	var r keyReader
	for i := range parts {
		p := &parts[i]
		var docs []uint32
		for _, k := range b.deleted {
			doc, err := p.find(k, &r)
			if err != nil {
				return err
			}
			if doc != none && !p.deleted.has(doc) {
				docs = append(docs, doc)
			}
		}
		if len(ids) > 0 {
			found, err := p.findIDs(ids)
			if err != nil {
				return err
			}
			docs = append(docs, found...)
		}
		p.delete(docs)
	}
	return nil
}

// delete marks documents as deleted, in a copy of the set.
func (p *part) delete(docs []uint32) {
	if len(docs) == 0 {
		return
	}
	set := newBitset(p.docs)
	copy(set, p.deleted)
	for _, d := range docs {
		set.add(d)
	}
	p.deleted = set
}

// findIDs reads all keys for those with one of the IDs.
func (s *segment) findIDs(ids map[string]bool) (docs []uint32, err error) {
	var keys []storedKey
	for block := range s.keys {
		if keys, err = s.readKeys(block, keys); err != nil {
			return nil, err
		}
		for i := range keys {
			if ids[keys[i].idString()] {
				docs = append(docs, uint32(block*keysPerBlock+i))
			}
		}
	}
	return docs, nil
}

// Flush returns when all that was applied is on the disk.
func (ix *Index) Flush() error {
	ix.writing.Lock()
	defer ix.writing.Unlock()
	return ix.flush()
}

func (ix *Index) flush() error {
	if err := ix.failure; err != nil {
		ix.failure = nil
		return err
	}
	if !ix.dirty {
		return nil
	}
	parts, fresh := splitParts(ix.current.parts)
	if len(fresh) > 0 {
		p, _, err := mergeToFile(context.Background(), ix.dir, ix.newName(), fresh)
		if err != nil {
			return err
		}
		if p.segment != nil {
			parts = append(parts, p)
		}
		ix.publish(parts, ix.current.values)
	}
	if err := ix.save(); err != nil {
		return err
	}
	ix.startMerging()
	return nil
}

// save writes the manifest. Nothing may be in memory only.
func (ix *Index) save() error {
	m := manifest{Format: formatNumber, Next: ix.next, Values: ix.current.values}
	for _, p := range ix.current.parts {
		m.Segments = append(m.Segments, manifestSegment{p.name, p.size, encodeDeleted(p.deleted)})
	}
	if err := m.write(ix.dir); err != nil {
		return err
	}
	ix.dirty = false
	return nil
}

// Close stops merging, writes what is in memory and closes the index. Readers that are open
// can still be used.
func (ix *Index) Close() error {
	ix.stop()
	ix.waitForMerge()
	ix.writing.Lock()
	defer ix.writing.Unlock()
	ix.failure = nil
	err := ix.flush()
	ix.mu.Lock()
	ix.closed = true
	ix.mu.Unlock()
	ix.publish(nil, nil)
	return err
}

// Check reads all files and compares their checksums.
func (ix *Index) Check(ctx context.Context) error {
	s, err := ix.acquire()
	if err != nil {
		return err
	}
	defer ix.release(s)
	for _, p := range s.parts {
		if err := p.check(ctx); err != nil {
			return err
		}
	}
	return nil
}
