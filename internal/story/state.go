package story

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

const stateVersion = 2

// move is the event that a story came to be in after its signature was made.
type move struct {
	id    id
	birth uint64
}

// Sweep forgets what is too old at that time and returns the state that Restore
// takes: what the fold knows beyond the signatures of the headlines still live.
func (f *Fold) Sweep(at time.Time) []byte {
	ms := at.UnixMilli()
	f.horizon = max(f.horizon, ms-life.Milliseconds())
	f.drop()
	f.tails.sweep()
	f.flags.sweep()
	if f.swept != 0 && ms > f.swept {
		f.df.decay((ms - f.swept) / time.Hour.Milliseconds())
	}
	f.swept = max(f.swept, ms)
	return f.encode()
}

func (f *Fold) encode() []byte {
	b := []byte{stateVersion}
	b = binary.AppendUvarint(b, f.n)
	b = binary.AppendVarint(b, f.horizon)
	b = binary.AppendVarint(b, f.swept)
	b = f.tails.encode(b)
	b = f.flags.encode(b)
	b = f.df.encode(b)
	for i := range f.stories {
		if t := &f.stories[i]; t.moved {
			name, birth := f.eventOf(int32(i))
			b = binary.AppendUvarint(b, t.birth)
			b = binary.AppendUvarint(b, birth)
			b = append(b, name[:]...)
		}
	}
	return b
}

// Restore gives the fold as it was after the sweep that returned state, without
// its headlines: Load brings back those filed after that sweep and those still
// live. Nil is the state of a fold that was never swept.
func Restore(state []byte) (*Fold, error) {
	f := New()
	if len(state) == 0 {
		return f, nil
	}
	r := reader{b: state}
	if v := r.byte(); v != stateVersion {
		return nil, fmt.Errorf("restore the fold: state of version %d, not %d", v, stateVersion)
	}
	f.n, f.horizon, f.swept = r.uvarint(), r.varint(), r.varint()
	f.tails.decode(&r)
	f.flags.decode(&r)
	f.df.decode(&r)
	f.moves = map[uint64]move{}
	for len(r.b) > 0 && !r.bad {
		n := r.uvarint()
		m := move{birth: r.uvarint()}
		copy(m.id[:], r.take(len(m.id)))
		f.moves[n] = m
	}
	if r.bad {
		return nil, errors.New("restore the fold: state is damaged")
	}
	return f, nil
}

// drop forgets the stories that began before the horizon, and their pages. The
// events' sums are made again, in the order in which Load makes them.
func (f *Fold) drop() {
	old := f.index
	f.index = newIndex(len(old.stories), len(old.postings))
	f.moves = nil
	for i := range old.stories {
		t := &old.stories[i]
		if t.at < f.horizon {
			continue
		}
		s := signature{
			story: t.id, key: t.key, alt: t.alt, owner: t.owner, birth: t.birth, at: t.at,
			moved: t.moved, cut: t.cut, parted: t.parted, tokens: t.said(), more: t.tokens[t.own:],
		}
		s.event, s.eventBirth = old.eventOf(int32(i))
		f.bear(&s)
	}
	for i, tokens := range old.claims {
		if j := f.find(old.stories[i].birth); j >= 0 {
			f.claims[j] = tokens
		}
	}
	for key, list := range old.later {
		for _, was := range list {
			if i := f.find(old.stories[was.story].birth); i >= 0 {
				f.learn(key, take{i, was.at})
			}
		}
	}
	for key, p := range old.pages {
		if i := f.find(old.stories[p].birth); i >= 0 {
			f.pages[key] = i
		}
	}
}

// decay halves the counts each 7 days; words that are hardly left are forgotten.
func (c *counts) decay(hours int64) {
	for range min(hours, 60*24) {
		c.total -= c.total / 242
	}
	for root, n := range c.of {
		for range min(hours, 60*24) {
			n -= (n + 241) / 242
		}
		if n < 128 {
			delete(c.of, root)
		} else {
			c.of[root] = n
		}
	}
}

func (c *counts) encode(b []byte) []byte {
	b = binary.AppendUvarint(b, c.total)
	b = binary.AppendUvarint(b, uint64(len(c.of)))
	for _, root := range slices.Sorted(maps.Keys(c.of)) {
		b = binary.BigEndian.AppendUint32(b, root)
		b = binary.AppendUvarint(b, uint64(c.of[root]))
	}
	return b
}

func (c *counts) decode(r *reader) {
	c.total = r.uvarint()
	for n := r.uvarint(); n > 0 && !r.bad; n-- {
		root := r.uint32()
		c.of[root] = uint32(r.uvarint())
	}
}
