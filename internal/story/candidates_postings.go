package story

// postings are the newest stories with each root among their heaviest. It is a hash table
// with open addressing, where most roots, which have one story, need nothing but their
// slot. The zero value is empty.
type postings struct {
	slots []postingSlot // a power of two of them
	used  int           // slots that are not free
	lists [][]int32     // stories of the roots that have or had several
	one   [1]int32      // what of returns for a root with one story
}

// postingSlot is a root with its stories: 0 for a free slot, the index of the only story
// plus 1, or less than 0 the complement of an index of lists.
type postingSlot struct {
	root uint32
	at   int32
}

// of returns the stories with a root, the oldest first. They are valid until the next call.
func (p *postings) of(root uint32) []int32 {
	if len(p.slots) == 0 {
		return nil
	}
	switch at := p.slots[p.find(root)].at; {
	case at < 0:
		return p.lists[^at]
	case at > 0:
		p.one[0] = at - 1
		return p.one[:]
	}
	return nil
}

// find returns the slot of a root, or the free one where it belongs.
func (p *postings) find(root uint32) uint32 {
	mask := uint32(len(p.slots) - 1)
	i := root & mask
	for p.slots[i].at != 0 && p.slots[i].root != root {
		i = (i + 1) & mask
	}
	return i
}

// add adds a story to those with a root. A full list drops its oldest stories.
func (p *postings) add(root uint32, story int32) {
	if p.used >= len(p.slots)/4*3 {
		p.resize(max(2*len(p.slots), minRootSlots))
	}
	s := &p.slots[p.find(root)]
	switch {
	case s.at == 0:
		*s = postingSlot{root, story + 1}
		p.used++
	case s.at > 0:
		p.lists = append(p.lists, []int32{s.at - 1, story})
		s.at = ^int32(len(p.lists) - 1)
	default:
		list := p.lists[^s.at]
		if len(list) >= 2*maxPostings {
			list = append(list[:0], list[maxPostings:]...)
		}
		p.lists[^s.at] = append(list, story)
	}
}

func (p *postings) resize(slots int) {
	old := p.slots
	p.slots = make([]postingSlot, slots)
	for _, s := range old {
		if s.at != 0 {
			p.slots[p.find(s.root)] = s
		}
	}
}

// renumber gives the stories their new indexes, without those whose index is -1. It
// forgets the roots that it returns: older stories that were dropped from their lists may be
// live.
func (p *postings) renumber(index []int32) (short map[uint32]bool) {
	short = map[uint32]bool{}
	lists := make([][]int32, 0, len(p.lists))
	p.used = 0
	for k := range p.slots {
		s := &p.slots[k]
		switch {
		case s.at > 0:
			s.at = index[s.at-1] + 1
		case s.at < 0:
			list := p.lists[^s.at]
			left := renumbered(list, index)
			switch {
			case len(list) >= maxPostings && len(left) < maxPostings:
				short[s.root] = true
				s.at = 0
			case len(left) == 0:
				s.at = 0
			case len(left) == 1:
				s.at = left[0] + 1
			default:
				lists = append(lists, left)
				s.at = ^int32(len(lists) - 1)
			}
		}
		if s.at != 0 {
			p.used++
		}
	}
	p.lists = lists
	p.resize(p.fittingSlots()) // what was moved behind a forgotten root must be found again
	return short
}

// renumbered returns the new indexes of stories, without those whose index is -1, in place.
func renumbered(list, index []int32) []int32 {
	left := list[:0]
	for _, i := range list {
		if index[i] >= 0 {
			left = append(left, index[i])
		}
	}
	return left
}

// fittingSlots is how many slots are enough for those in use.
func (p *postings) fittingSlots() int {
	n := len(p.slots)
	for n > minRootSlots && p.used < n/8 {
		n /= 2
	}
	return n
}
