package story

import (
	"encoding/binary"
	"maps"
	"slices"
)

const (
	minHeads     = 5       // different heads that make a suffix an outlet's name
	maxSuffixes  = 8192    // suffixes that are counted at a time
	maxIdle      = 24 * 30 // sweeps after which an unused suffix is deleted
	maxYoungIdle = 24      // the same, while it has fewer than minHeads
)

// suffixes counts behind which heads a suffix such as " - The Daily" was seen.
type suffixes struct {
	of map[uint64]*suffixCount

	names map[string]map[string]bool // nameKeys of publishers that were seen lately, by their names, with zero bytes between them
}

type suffixCount struct {
	heads []uint64 // different ones, in the order seen; at most minHeads
	idle  uint64   // sweeps since it was last seen
}

func newSuffixes() suffixes { return suffixes{of: map[uint64]*suffixCount{}} }

func (t *suffixes) isOutlet(suffix uint64) bool {
	c := t.of[suffix]
	return c != nil && len(c.heads) >= minHeads
}

// add counts a head before a suffix. A full table accepts no new suffix until the
// next sweep.
func (t *suffixes) add(suffix, head uint64) {
	if suffix == 0 {
		return
	}
	c := t.of[suffix]
	if c == nil {
		if len(t.of) >= maxSuffixes {
			return
		}
		c = &suffixCount{}
		t.of[suffix] = c
	}
	c.idle = 0
	if len(c.heads) < minHeads && !slices.Contains(c.heads, head) {
		c.heads = append(c.heads, head)
	}
}

func (t *suffixes) sweep() {
	maps.DeleteFunc(t.of, func(_ uint64, c *suffixCount) bool {
		c.idle++
		return c.idle > maxIdle || c.idle > maxYoungIdle && len(c.heads) < minHeads
	})
}

func (t *suffixes) encode(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(t.of)))
	for _, suffix := range slices.Sorted(maps.Keys(t.of)) {
		c := t.of[suffix]
		b = binary.BigEndian.AppendUint64(b, suffix)
		b = binary.AppendUvarint(b, c.idle)
		b = append(b, byte(len(c.heads)))
		for _, h := range c.heads {
			b = binary.BigEndian.AppendUint64(b, h)
		}
	}
	return b
}

func (t *suffixes) decode(r *decoder) {
	for n := r.uvarint(); n > 0 && !r.failed; n-- {
		suffix := r.uint64()
		c := &suffixCount{idle: r.uvarint()}
		for m := r.byte(); m > 0 && !r.failed; m-- {
			c.heads = append(c.heads, r.uint64())
		}
		t.of[suffix] = c
	}
}
