package site

import (
	"cmp"
	"slices"
	"time"

	"golang.org/x/text/language"

	"github.com/slugline/slugline/internal/news"
)

// weighedEvent is an event with the stories that a reader may see.
type weighedEvent struct {
	id      string
	stories []topicStory // the one that leads first
	weight  int64
	voices  int    // number of outlets
	pin     uint64 // Seq of the order that pinned one of its stories; 0: none
}

// weigh groups stories by event and sorts the events: pinned ones, the last pinned first,
// then by weight. An event weighs as much as its outlets together, see freshness and
// byRank. list is newest first; pins has the Seq of the order that pinned a story.
func (d *publicReader) weigh(list []topicStory, pins map[string]uint64) []*weighedEvent {
	var all []*weighedEvent
	byID := map[string]*weighedEvent{}
	for _, p := range list {
		id := d.Event(cmp.Or(p.Event, p.ID)).ID
		ev := byID[id]
		if ev == nil {
			ev = &weighedEvent{id: id}
			byID[id], all = ev, append(all, ev)
		}
		ev.stories, ev.pin = append(ev.stories, p), max(ev.pin, pins[p.ID])
	}
	now := d.Tx.At()
	for _, ev := range all {
		d.weighEvent(ev, pins, now)
	}
	slices.SortStableFunc(all, func(a, b *weighedEvent) int {
		return cmp.Or(cmp.Compare(b.pin, a.pin), cmp.Compare(b.weight, a.weight))
	})
	return all
}

// weighEvent sets the weight of an event and sorts its stories: pinned ones, those in the
// language of the site, then by weight.
func (d *publicReader) weighEvent(ev *weighedEvent, pins map[string]uint64, now time.Time) {
	var takes []news.Take
	weights := map[string]int64{}
	for _, p := range ev.stories {
		own := d.openTakes(p)
		weights[p.ID], _ = d.weightOf(own, now)
		takes = append(takes, own...)
	}
	ev.weight, ev.voices = d.weightOf(takes, now)
	isForeign := func(p topicStory) bool { return !sameLanguage(d.leadIn(p).Language, d.set.site.Language) }
	slices.SortStableFunc(ev.stories, func(a, b topicStory) int {
		return cmp.Or(cmp.Compare(pins[b.ID], pins[a.ID]), -trueFirst(isForeign(a), isForeign(b)), cmp.Compare(weights[b.ID], weights[a.ID]))
	})
}

// sameLanguage tells whether two BCP 47 tags have the same base language, or one is empty.
func sameLanguage(a, b string) bool {
	if a == b || a == "" || b == "" {
		return true
	}
	baseA, _ := language.Make(a).Base()
	baseB, _ := language.Make(b).Base()
	return baseA == baseB
}

// weightOf returns the weight of takes: the sum over their outlets, each of which has that of
// its heaviest take; and the number of outlets.
func (d *publicReader) weightOf(takes []news.Take, now time.Time) (weight int64, voices int) {
	byOwner := map[string]int64{}
	for i := range takes {
		t := &takes[i]
		byOwner[t.Owner] = max(byOwner[t.Owner], byRank(freshness(now.Sub(t.At)), d.Source(t.Source).Rank))
	}
	for _, w := range byOwner {
		weight += w
	}
	return weight, len(byOwner)
}

const (
	freshWeight = 1 << 20       // the weight of a report that has just come in
	halfLife    = 6 * time.Hour // after which it is half of that
)

// freshness returns the weight of a report by its age. It halves with each halfLife, and
// falls evenly in between. It has no fractions, so that all machines agree.
func freshness(age time.Duration) int64 {
	age = max(age, 0)
	halved := int64(freshWeight) >> min(int64(age/halfLife), 62)
	return halved - halved*int64(age%halfLife/time.Second)/int64(2*halfLife/time.Second)
}

// byRank returns a weight of which the rank of the source makes more or less: from half of
// it at rank -10 to twice as much at rank 20.
func byRank(weight int64, rank int) int64 {
	return weight * int64(20+max(-10, min(rank, 20))) / 20
}
