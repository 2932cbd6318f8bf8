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
	f.horizon = max(f.horizon, ms-Life.Milliseconds())
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

// removeOldStories removes the stories that began before the horizon, and all that leads to
// them. Events become as Load makes them.
func (f *Fold) removeOldStories() {
	f.movedEvents, f.orderedEvents, f.beganBefore = nil, nil, nil
	index, live := f.newIndexes()
	if live < len(f.stories) {
		f.renumberPostings(index)
		f.renumberKeys(index)
		f.renumberRest(index)
	}
	f.renumberEvents(index)
	f.compactStories(index, live)
}

// newIndexes returns the index that each story has without the old ones, -1 for an old
// one, and how many are left.
func (f *Fold) newIndexes() (index []int32, live int) {
	index = make([]int32, len(f.stories))
	for i := range f.stories {
		if f.stories[i].at < f.horizon {
			index[i] = -1
			continue
		}
		index[i] = int32(live)
		live++
	}
	return index, live
}

// compactStories gives the stories their new indexes, and gives up much spare room.
func (x *index) compactStories(index []int32, live int) {
	for i, j := range index {
		if j >= 0 && int(j) != i {
			x.stories[j] = x.stories[i]
		}
	}
	clear(x.stories[live:])
	if x.stories = x.stories[:live]; cap(x.stories) > live+live/8 {
		x.stories = slices.Clone(x.stories)
	}
}

// renumberKeys makes the keys of stories lead to the newest ones that are left, and these
// to the next older ones.
func (x *index) renumberKeys(index []int32) {
	byKey := func(t *liveStory) *int32 { return &t.olderKey }
	byAlt := func(t *liveStory) *int32 { return &t.olderAlt }
	for i := range x.stories {
		if t := &x.stories[i]; index[i] >= 0 {
			t.olderKey, t.olderAlt = x.nextLive(t.olderKey, index, byKey), x.nextLive(t.olderAlt, index, byAlt)
		}
	}
	for _, m := range [...]struct {
		newest map[uint64]int32
		older  func(*liveStory) *int32
	}{{x.keys, byKey}, {x.alts, byAlt}} {
		for key, i := range m.newest {
			if j := x.nextLive(i, index, m.older); j >= 0 {
				m.newest[key] = j
			} else {
				delete(m.newest, key)
			}
		}
	}
}

// nextLive returns the new index of story i or, when that is old, of the next older one
// that is left; -1 when none is.
func (x *index) nextLive(i int32, index []int32, older func(*liveStory) *int32) int32 {
	for i >= 0 && index[i] < 0 {
		i = *older(&x.stories[i])
	}
	if i < 0 {
		return -1
	}
	return index[i]
}

// renumberRest renumbers the stories of extra tokens, further keys and pages.
func (x *index) renumberRest(index []int32) {
	extras := make(map[int32][]token, len(x.extras))
	for i, tokens := range x.extras {
		if index[i] >= 0 {
			extras[index[i]] = tokens
		}
	}
	x.extras = extras
	for key, list := range x.joins {
		left := list[:0]
		for _, join := range list {
			if index[join.story] >= 0 {
				left = append(left, keyJoin{index[join.story], join.at})
			}
		}
		if x.joins[key] = left; len(left) == 0 {
			delete(x.joins, key)
		}
	}
	for key, i := range x.pages {
		if x.pages[key] = index[i]; index[i] < 0 {
			delete(x.pages, key)
		}
	}
}

// renumberEvents removes old stories from events, and events without stories. The stories
// have their old indexes.
func (x *index) renumberEvents(index []int32) {
	for birth, e := range x.events {
		if !e.isWhole() || slices.ContainsFunc(e.stories, func(i int32) bool { return index[i] < 0 }) {
			e.forgetVector()
		}
		var newest *liveStory
		left := e.stories[:0]
		for _, i := range e.stories {
			if t := &x.stories[i]; index[i] >= 0 {
				left = append(left, index[i])
				if newest == nil || t.at > newest.at {
					newest = t
				}
			}
		}
		slices.Sort(left)
		e.stories = left
		switch {
		case len(left) == 0:
			delete(x.events, birth)
		case len(left) == 1 && newest.birth == birth && !e.ordered:
			newest.event = nil // it is alone again
			delete(x.events, birth)
		default:
			e.last = newest.at
		}
	}
}

// renumberPostings removes the old stories from the postings, and gives the others their
// new indexes. It is much faster than to index all stories again.
func (x *index) renumberPostings(index []int32) {
	short := x.postings.renumber(index)
	if len(short) == 0 {
		return
	}
	for i := range x.stories {
		if index[i] < 0 {
			continue
		}
		tokens := x.stories[i].tokens
		for k := range heavyTokens(tokens) {
			if short[tokens[k].root] {
				x.postings.add(tokens[k].root, index[i])
			}
		}
	}
}
