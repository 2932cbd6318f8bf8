package story

import (
	"cmp"
	"slices"
)

// rootCounts counts roots. It is a hash table with open addressing, which needs fewer looks
// at memory than a map. The zero value is empty.
type rootCounts struct {
	slots []rootCount // a power of two of them; those without a count are free
	used  int
}

type rootCount struct{ root, count uint32 }

const minRootSlots = 1 << 10

// of returns the count of a root, 0 if it has none.
func (c *rootCounts) of(root uint32) uint32 {
	if len(c.slots) == 0 {
		return 0
	}
	return c.slots[c.find(root)].count
}

// find returns the slot of a root, or the free one where it belongs.
func (c *rootCounts) find(root uint32) uint32 {
	mask := uint32(len(c.slots) - 1)
	i := root & mask
	for c.slots[i].count != 0 && c.slots[i].root != root {
		i = (i + 1) & mask
	}
	return i
}

// add adds to the count of a root.
func (c *rootCounts) add(root, n uint32) {
	if n == 0 {
		return
	}
	if c.used >= len(c.slots)/4*3 {
		c.resize(max(2*len(c.slots), minRootSlots))
	}
	s := &c.slots[c.find(root)]
	if s.count == 0 {
		c.used++
	}
	*s = rootCount{root, s.count + n}
}

func (c *rootCounts) resize(slots int) {
	old := c.slots
	c.slots = make([]rootCount, slots)
	for _, s := range old {
		if s.count != 0 {
			c.slots[c.find(s.root)] = s
		}
	}
}

// change replaces each count. A root whose count becomes 0 is deleted.
func (c *rootCounts) change(to func(count uint32) uint32) {
	c.used = 0
	for i := range c.slots {
		if s := &c.slots[i]; s.count != 0 {
			if s.count = to(s.count); s.count != 0 {
				c.used++
			}
		}
	}
	slots := len(c.slots)
	for slots > minRootSlots && c.used < slots/8 {
		slots /= 2
	}
	c.resize(slots) // what was moved behind a deleted root must be found again
}

// sorted returns the roots that have a count, in their order.
func (c *rootCounts) sorted() []rootCount {
	out := make([]rootCount, 0, c.used)
	for _, s := range c.slots {
		if s.count != 0 {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b rootCount) int { return cmp.Compare(a.root, b.root) })
	return out
}
