package story

import (
	"slices"
	"time"
)

// MergeEvents makes one event of the events of stories, because an editor says so, and
// gives it an id. No sweep splits it, and it joins no other event that an order made,
// unless a later order says so. The signature is for Load; it is nil when none of the
// stories is live: the fold then has nothing to remember.
func (f *Fold) MergeEvents(at time.Time, event string, stories []string) []byte {
	return f.orderEvent(at, event, mergeEventsOrder, f.birthsOf(stories, func(i int32) uint64 {
		_, birth := f.eventOf(i)
		return birth
	}))
}

// SplitEvent makes an event with an id of its own of stories that were in another one,
// because an editor says so. The two never become one again, and no sweep splits them,
// unless a later order says so. The signature is for Load; it is nil when none of the
// stories is live.
func (f *Fold) SplitEvent(at time.Time, event string, stories []string) []byte {
	return f.orderEvent(at, event, splitEventOrder, f.birthsOf(stories, func(i int32) uint64 { return f.stories[i].birth }))
}

// orderEvent carries out an order on an event. births are those of the events or the
// stories that become the event.
func (f *Fold) orderEvent(at time.Time, event string, o order, births []uint64) []byte {
	if len(births) == 0 {
		return nil
	}
	f.judged++
	s := signature{number: f.judged, at: at.UnixMilli(), level: levelOrder, order: o, eventBirth: f.judged, joined: births}
	copy(s.event[:], event)
	if o == mergeEventsOrder {
		s.eventBirth, s.joined = births[0], births[1:]
	}
	f.learn(&s)
	return s.encode()
}

// birthsOf returns what birth returns for the live ones of the stories, each once, the
// oldest first.
func (f *Fold) birthsOf(stories []string, birth func(int32) uint64) []uint64 {
	named := map[string]bool{}
	for _, s := range stories {
		named[s] = true
	}
	var births []uint64
	for i := range f.stories {
		if named[string(f.stories[i].id[:])] {
			births = append(births, birth(int32(i)))
		}
	}
	slices.Sort(births)
	return slices.Compact(births)
}

// isOfEvent tells whether an order is about an event, not a headline.
func (o order) isOfEvent() bool { return o == mergeEventsOrder || o == splitEventOrder }

// applyEventOrder does what MergeEvents or SplitEvent decided.
func (x *index) applyEventOrder(s *signature) {
	e := x.eventBornWith(s.event, s.eventBirth)
	for _, n := range s.joined {
		if s.order == mergeEventsOrder {
			x.mergeEvent(e, n)
		} else if i := x.storyBornWith(n); i >= 0 {
			x.splitFromEvent(i)
			x.addToEvent(i, e)
		}
	}
	e.id, e.ordered = s.event, true
	for _, i := range e.stories {
		x.stories[i].moved = true
	}
	if len(e.stories) == 0 {
		delete(x.events, e.birth)
	}
}

// splitFromEvent removes a story from its event. What is left is then an event by order.
func (x *index) splitFromEvent(i int32) {
	e := x.stories[i].event
	if e == nil {
		return
	}
	e.ordered = true
	x.removeFromEvent(i)
}

// removeFromEvent removes a story from its event, whose vector is then made anew.
func (x *index) removeFromEvent(i int32) {
	e := x.stories[i].event
	x.stories[i].event = nil
	left := slices.DeleteFunc(e.stories, func(j int32) bool { return j == i })
	e.forgetVector()
	e.stories = nil
	for _, j := range left {
		x.addToEvent(j, e)
	}
	if len(left) == 0 {
		delete(x.events, e.birth)
	}
}

// isOrdered tells whether the event of story i is one by an editor's order.
func (x *index) isOrdered(i int32) bool {
	e := x.stories[i].event
	return e != nil && e.ordered
}
