package posting

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const (
	manifestName = "manifest"
	formatNumber = 1 // of manifests and segments; an index of another format can't be opened
	extension    = ".seg"
)

// manifest names the segments of an index. It replaces the one before in one step, so an
// index is always what one manifest says.
type manifest struct {
	Format   int               `json:"format"`
	Next     uint64            `json:"next"` // number of the next segment's file
	Segments []manifestSegment `json:"segments"`
	Values   map[string][]byte `json:"values"`
}

type manifestSegment struct {
	Name    string `json:"name"`
	Size    int64  `json:"size"`
	Deleted []byte `json:"deleted,omitempty"` // gaps between the numbers of deleted documents, as varints
}

// readManifest reads the manifest in a folder; nil when there is none.
func readManifest(dir string) (*manifest, error) {
	b, err := os.ReadFile(filepath.Join(dir, manifestName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var m manifest
	if len(b) < 4 || binary.LittleEndian.Uint32(b) != crc32.Checksum(b[4:], castagnoli) {
		return nil, fmt.Errorf("manifest: %w", ErrDamaged)
	}
	if err := json.Unmarshal(b[4:], &m); err != nil || m.Format != formatNumber {
		return nil, fmt.Errorf("manifest: format %d, %v: %w", m.Format, err, ErrDamaged)
	}
	return &m, nil
}

// write replaces the manifest in a folder. It returns when that is on the disk.
func (m *manifest) write(dir string) error {
	j, err := json.Marshal(m)
	if err != nil {
		return err
	}
	b := append(binary.LittleEndian.AppendUint32(nil, crc32.Checksum(j, castagnoli)), j...)
	name := filepath.Join(dir, manifestName)
	f, err := os.OpenFile(name+".new", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), name); err != nil {
		return err
	}
	return syncDir(dir)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// removeOthers removes the segments that the manifest does not name: those of a process
// that was killed.
func (m *manifest) removeOthers(dir string) error {
	files, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, f := range files {
		named := slices.ContainsFunc(m.Segments, func(s manifestSegment) bool { return s.Name == f.Name() })
		if strings.HasSuffix(f.Name(), extension) && !named {
			if err := os.Remove(filepath.Join(dir, f.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

func encodeDeleted(deleted bitset) (b []byte) {
	after := uint32(none)
	for doc := deleted.advance(0); doc != none; doc = deleted.advance(doc + 1) {
		b, after = binary.AppendUvarint(b, uint64(doc-after-1)), doc
	}
	return b
}

func decodeDeleted(b []byte, docs uint32) (bitset, error) {
	if len(b) == 0 {
		return nil, nil
	}
	set, d, doc := newBitset(docs), decoder{b: b}, uint32(none)
	for len(d.b) > 0 {
		doc += uint32(d.upTo(int(docs))) + 1
		if d.bad || doc >= docs {
			return nil, fmt.Errorf("deleted documents: %w", ErrDamaged)
		}
		set.add(doc)
	}
	return set, nil
}
