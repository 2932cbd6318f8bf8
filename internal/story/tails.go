package story

import (
	"encoding/binary"
	"maps"
	"slices"
)

const (
	enoughHeads  = 5       // different heads that make a tail an outlet's name
	maxTails     = 8192    // tails that are counted at a time
	maxIdle      = 24 * 30 // sweeps after which a tail that nobody used is forgotten
	maxYoungIdle = 24      // the same, before it has heads enough
)

// tails counts behind which heads a tail such as " - The Daily" was seen.
type tails struct {
	of map[uint64]*tailed

	publishers []string        // of the last headline
	names      map[string]bool // their keys
}

type tailed struct {
	heads []uint64 // different ones, in the order seen; no more than enoughHeads
	idle  uint64   // sweeps since it was last seen
}

func newTails() tails { return tails{of: map[uint64]*tailed{}} }

func (t *tails) known(tail uint64) bool {
	c := t.of[tail]
	return c != nil && len(c.heads) >= enoughHeads
}

// see counts a head before a tail. Between two sweeps a full table takes no more.
func (t *tails) see(tail, head uint64) {
	if tail == 0 {
		return
	}
	c := t.of[tail]
	if c == nil {
		if len(t.of) >= maxTails {
			return
		}
		c = &tailed{}
		t.of[tail] = c
	}
	c.idle = 0
	if len(c.heads) < enoughHeads && !slices.Contains(c.heads, head) {
		c.heads = append(c.heads, head)
	}
}

func (t *tails) sweep() {
	maps.DeleteFunc(t.of, func(_ uint64, c *tailed) bool {
		c.idle++
		return c.idle > maxIdle || c.idle > maxYoungIdle && len(c.heads) < enoughHeads
	})
}

func (t *tails) encode(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(t.of)))
	for _, tail := range slices.Sorted(maps.Keys(t.of)) {
		c := t.of[tail]
		b = binary.BigEndian.AppendUint64(b, tail)
		b = binary.AppendUvarint(b, c.idle)
		b = append(b, byte(len(c.heads)))
		for _, h := range c.heads {
			b = binary.BigEndian.AppendUint64(b, h)
		}
	}
	return b
}

func (t *tails) decode(r *reader) {
	for n := r.uvarint(); n > 0 && !r.bad; n-- {
		tail := r.uint64()
		c := &tailed{idle: r.uvarint()}
		for m := r.byte(); m > 0 && !r.bad; m-- {
			c.heads = append(c.heads, r.uint64())
		}
		t.of[tail] = c
	}
}
