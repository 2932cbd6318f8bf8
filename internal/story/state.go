package story

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"
)

const (
	stateVersion         = 3
	versionWithoutOrders = 2 // the version before, without events by order, whose moved stories go on to the end
)

// eventMove is the event that a story joined after its signature was made.
type eventMove struct {
	id    id
	birth uint64
}

// EventSplit says that stories left an event at a sweep, because it had come apart.
type EventSplit struct {
	From    string   // id of the event that they were in; it keeps the largest part of its stories
	Event   string   // id of the event that they are from now on
	Stories []string // their ids, in the order in which they began
}

// Sweep removes what is too old at the given time, and splits the events that have come
// apart. It returns the state for Restore: what the fold knows beyond the signatures of
// live headlines.
func (f *Fold) Sweep(at time.Time) (state []byte, splits []EventSplit) {
	splits = f.sweep(at)
	return f.encode(), splits
}

// sweep is Sweep without the state.
func (f *Fold) sweep(at time.Time) []EventSplit {
	f.removeOld(at)
	splits := f.splitEvents()
	f.forgetBegan()
	f.swept = f.judged
	return splits
}

// forgetBegan lets the live stories of each event say when it began, as Load does, unless it
// began before all that may be live. The one that began it may have left it.
func (f *Fold) forgetBegan() {
	for _, e := range f.events {
		if e.began < f.horizon {
			continue
		}
		e.began = 0
		for _, i := range e.stories {
			e.began = earliest(e.began, f.stories[i].at)
		}
	}
}

func (f *Fold) removeOld(at time.Time) {
	ms := at.UnixMilli()
	f.horizon = max(f.horizon, ms-storyLife.Milliseconds())
	f.removeOldStories()
	f.suffixes.sweep()
	f.recurring.sweep()
	if f.lastSweep != 0 && ms > f.lastSweep {
		f.df.decay((ms - f.lastSweep) / time.Hour.Milliseconds())
	}
	f.lastSweep = max(f.lastSweep, ms)
}

func (f *Fold) encode() []byte {
	b := []byte{stateVersion}
	b = binary.AppendUvarint(b, f.judged)
	b = binary.AppendVarint(b, f.horizon)
	b = binary.AppendVarint(b, f.lastSweep)
	b = f.suffixes.encode(b)
	b = f.recurring.encode(b)
	b = f.df.encode(b)
	b = f.encodeOrdered(b)
	b = f.encodeBegan(b)
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

// encodeOrdered appends the births of the events by order, the oldest first.
func (f *Fold) encodeOrdered(b []byte) []byte {
	var births []uint64
	for n, e := range f.events {
		if e.ordered {
			births = append(births, n)
		}
	}
	slices.Sort(births)
	b = binary.AppendUvarint(b, uint64(len(births)))
	for _, n := range births {
		b = binary.AppendUvarint(b, n)
	}
	return b
}

// encodeBegan appends when the events began whose first stories are no longer live, the
// oldest first.
func (f *Fold) encodeBegan(b []byte) []byte {
	var births []uint64
	for n, e := range f.events {
		if e.began < f.horizon {
			births = append(births, n)
		}
	}
	slices.Sort(births)
	b = binary.AppendUvarint(b, uint64(len(births)))
	for _, n := range births {
		b = binary.AppendVarint(binary.AppendUvarint(b, n), f.events[n].began)
	}
	return b
}

// Restore returns the fold as it was after the sweep that returned state, without its
// headlines. The caller then calls Load for those filed after that sweep and for
// those still live. A fold that was never swept has the state nil.
func Restore(state []byte) (*Fold, error) {
	f := New()
	if len(state) == 0 {
		return f, nil
	}
	r := decoder{rest: state}
	v := r.byte()
	if v != stateVersion && v != versionWithoutOrders {
		return nil, fmt.Errorf("restore the fold: state of version %d, not %d", v, stateVersion)
	}
	f.judged, f.horizon, f.lastSweep = r.uvarint(), r.varint(), r.varint()
	f.swept = f.judged
	f.suffixes.decode(&r)
	f.recurring.decode(&r)
	f.df.decode(&r)
	if v != versionWithoutOrders {
		f.orderedEvents = map[uint64]bool{}
		for n := r.size(); n > 0 && !r.failed; n-- {
			f.orderedEvents[r.uvarint()] = true
		}
		f.beganBefore = map[uint64]int64{}
		for n := r.size(); n > 0 && !r.failed; n-- {
			birth := r.uvarint()
			f.beganBefore[birth] = r.varint()
		}
	}
	f.movedEvents = map[uint64]eventMove{}
	for len(r.rest) > 0 && !r.failed {
		n := r.uvarint()
		m := eventMove{birth: r.uvarint()}
		copy(m.id[:], r.next(len(m.id)))
		f.movedEvents[n] = m
	}
	if r.failed {
		return nil, errors.New("restore the fold: state is damaged")
	}
	return f, nil
}

// removeOldStories removes the stories that began before the horizon, and their
// pages. The vectors of events become those that Load makes.
func (f *Fold) removeOldStories() {
	old := f.index
	f.index = newIndex(len(old.stories), 0)
	f.index.postings = old.renumberPostings(f.horizon)
	f.movedEvents, f.orderedEvents, f.beganBefore = nil, nil, nil
	for i := range old.stories {
		t := old.stories[i]
		if t.at < f.horizon {
			continue
		}
		s := signature{birth: t.birth}
		s.event, s.eventBirth = old.eventOf(int32(i))
		if t.event != nil {
			s.ordered, s.eventBegan = t.event.ordered, t.event.began
		}
		t.event = nil
		f.enterEvent(f.appendStory(t), &s)
	}
	f.copyVectors(&old)
	f.copyKeys(&old)
}

// copyVectors copies from an older index the vectors of events that lost no story: Load
// makes the same ones.
func (x *index) copyVectors(old *index) {
	for birth, e := range x.events {
		o := old.events[birth]
		if o != nil && !o.trimmed && o.summed == len(o.stories) && len(o.stories) == len(e.stories) {
			e.vector, e.norm, e.summed = o.vector, o.norm, o.summed
		}
	}
}

// renumberPostings removes the stories that began before the horizon from the postings,
// and gives the others the indexes that they have without those. It is much faster than
// to index all stories again.
func (x *index) renumberPostings(horizon int64) map[uint32][]int32 {
	next, index := int32(0), make([]int32, len(x.stories)) // by story: its new index, -1 for none
	for i := range x.stories {
		if x.stories[i].at < horizon {
			index[i] = -1
			continue
		}
		index[i] = next
		next++
	}
	short := map[uint32]bool{}
	for root, list := range x.postings {
		left := list[:0]
		for _, i := range list {
			if index[i] >= 0 {
				left = append(left, index[i])
			}
		}
		switch {
		case len(list) >= maxPostings && len(left) < maxPostings:
			short[root] = true
		case len(left) == 0:
			delete(x.postings, root)
		case len(left) < len(list):
			x.postings[root] = left
		}
	}
	x.completePostings(short, index)
	return x.postings
}

// completePostings makes the postings of some roots again, because older stories that
// were dropped from them may be live. index gives the stories their new indexes.
func (x *index) completePostings(roots map[uint32]bool, index []int32) {
	if len(roots) == 0 {
		return
	}
	for root := range roots {
		delete(x.postings, root)
	}
	for i := range x.stories {
		if index[i] < 0 {
			continue
		}
		tokens := x.stories[i].tokens
		for k := range heavyTokens(tokens) {
			if roots[tokens[k].root] {
				x.addPosting(tokens[k].root, index[i])
			}
		}
	}
}

// copyKeys copies from an older index what is stored for stories that are in this one
// too: extra tokens, further keys and pages.
func (x *index) copyKeys(old *index) {
	for i, tokens := range old.extras {
		if j := x.storyBornWith(old.stories[i].birth); j >= 0 {
			x.extras[j] = tokens
		}
	}
	for key, list := range old.joins {
		for _, join := range list {
			if i := x.storyBornWith(old.stories[join.story].birth); i >= 0 {
				x.addKey(key, keyJoin{i, join.at})
			}
		}
	}
	for key, p := range old.pages {
		if i := x.storyBornWith(old.stories[p].birth); i >= 0 {
			x.pages[key] = i
		}
	}
}
