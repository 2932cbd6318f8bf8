package desk

import (
	"slices"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/story"
)

// splitFromEvent makes a story an event of its own. Args become STORY, event, the event
// that it was in, its own, and the events in which the story was before they were merged
// into the first, the earliest first. What the fold decides later does not change that.
func (w orderWork) splitFromEvent(o *news.Order) error {
	if err := isAboutEvent(o, 1); err != nil {
		return err
	}
	s, err := w.storyOfEvent(o.Args[0])
	if err != nil {
		return err
	}
	ev, err := w.Event(s.Event)
	if err != nil {
		return err
	}
	all, err := w.eventStories(ev)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(all, func(other *news.Story) bool { return other != s }) {
		return refused("story %s is alone in its event", s.ID)
	}
	id := news.EventID(s.ID, w.record.Seq)
	o.Args = []string{s.ID, onEvent, ev.ID, id}
	earlier, err := w.mergedEvents(s.Event)
	if err != nil {
		return err
	}
	o.Args = append(o.Args, earlier...)
	return w.splitByOrder(ev, id, []*news.Story{s})
}

// mergedEvents returns an event's id and those of the events into which it was merged, each
// into the next one, without the last.
func (w storyWork) mergedEvents(id string) (all []string, err error) {
	for {
		row, err := w.EventRow(id)
		if err != nil || row == nil || row.MergedInto == "" {
			return all, err
		}
		all, id = append(all, id), row.MergedInto
	}
}

// isAboutEvent refuses an order whose last argument is not the word event.
func isAboutEvent(o *news.Order, n int) error {
	if o.Args[n] != onEvent {
		return refused("%s is about stories or, with the word %s behind them, about their events; %q is no such word", o.Verb, onEvent, o.Args[n])
	}
	return nil
}

// storyOfEvent returns the story with an id, or that of the entry with the id, or the
// oldest one of the event with the id.
func (w orderWork) storyOfEvent(id string) (*news.Story, error) {
	en, err := w.Tx.Entries.Get(id)
	if err != nil {
		return nil, err
	}
	if en != nil && en.Story != "" {
		return w.storyNamed(en.Story)
	}
	if s, err := w.Survivor(id); err != nil || s != nil {
		return s, err
	}
	all, err := w.siblings(id)
	if err == nil && len(all) == 0 {
		err = refused("there is no story or event %q", id)
	}
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// splitByOrder moves stories of an event into an event with an id of its own, and has the
// fold remember it.
func (w orderWork) splitByOrder(ev *news.Event, id string, stories []*news.Story) error {
	moved, err := w.withMerged(ev, stories)
	if err != nil {
		return err
	}
	var ids []string
	for _, s := range moved {
		ids = append(ids, s.ID)
	}
	if err := w.putOrderSignature(w.fold.SplitEvent(w.record.At, id, ids)); err != nil {
		return err
	}
	return w.splitEvent(ev, id, stories, w.record.At)
}

// putOrderSignature stores what the fold remembers of an order, if anything.
func (w storyWork) putOrderSignature(sig []byte) error {
	if sig == nil {
		return nil
	}
	w.signatures++
	return w.Tx.Fold.PutSignature(w.record.Seq, w.signatures, w.record.At, sig)
}

// undoSplitFromEvent makes one event of a story's own event and the one in which it would be
// without the split: the earliest of those in which it was that was not merged, or whose
// merge was undone.
func (w orderWork) undoSplitFromEvent(o *news.Order) error {
	own, err := w.Event(o.Args[3])
	if err != nil {
		return err
	}
	var way []string // from the own event to the other one
	for _, id := range append(slices.Clone(o.Args[4:]), o.Args[2]) {
		way = append(way, id)
		into, err := w.Event(id)
		if err != nil {
			return err
		}
		if into.ID == own.ID {
			continue
		}
		if err := w.joinByOrder(into, own); err != nil || own.ID != o.Args[3] {
			return err
		}
		return w.redirectAlong(own, way)
	}
	return refused("events %s and %s are one event again", o.Args[2], o.Args[3])
}

// redirectAlong lets an event that was merged lead from one event to the next, as it did before
// a split: what was merged there can be undone again.
func (w orderWork) redirectAlong(ev *news.Event, way []string) error {
	for _, id := range way {
		ev.MergedInto = id
		w.ChangeEvent(ev)
		var err error
		if ev, err = w.EventRow(id); err != nil {
			return err
		}
	}
	return nil
}

// mergeEvents makes one event of those of two stories; the older event's id survives.
// Args become the two stories, event, the event that survives and the one that was merged
// into it. What the fold decides later does not change that.
func (w orderWork) mergeEvents(o *news.Order) error {
	if err := isAboutEvent(o, 2); err != nil {
		return err
	}
	var stories [2]*news.Story
	var events [2]*news.Event
	for i := range stories {
		var err error
		if stories[i], err = w.storyOfEvent(o.Args[i]); err != nil {
			return err
		}
		if events[i], err = w.Event(stories[i].Event); err != nil {
			return err
		}
	}
	into, merged := events[0], events[1]
	if into.ID == merged.ID {
		return refused("stories %s and %s are in one event", stories[0].ID, stories[1].ID)
	}
	younger, err := w.isYounger(into, merged)
	if err != nil {
		return err
	}
	if younger {
		into, merged = merged, into
	}
	o.Args = []string{stories[0].ID, stories[1].ID, onEvent, into.ID, merged.ID}
	return w.joinByOrder(into, merged)
}

// isYounger tells whether the oldest story of one event is younger than that of another.
func (w storyWork) isYounger(ev, than *news.Event) (bool, error) {
	a, err := w.eventStories(ev)
	if err != nil {
		return false, err
	}
	b, err := w.eventStories(than)
	if err != nil || len(a) == 0 || len(b) == 0 {
		return len(a) == 0, err
	}
	return isOlder(b[0], a[0]), nil
}

// joinByOrder merges one event into another, and has the fold remember it.
func (w orderWork) joinByOrder(into, merged *news.Event) error {
	moved, err := w.eventStories(merged)
	if err != nil {
		return err
	}
	if err := w.shareItem(into, merged); err != nil {
		return err
	}
	all := slices.Concat(into.Stories, merged.Stories)
	if err := w.putOrderSignature(w.fold.MergeEvents(w.record.At, into.ID, all)); err != nil {
		return err
	}
	if err := w.joinEvents(story.Verdict{Story: into.Stories[0], Level: news.LevelOrder, Event: into.ID, Joined: []string{merged.ID}}); err != nil {
		return err
	}
	for _, s := range moved {
		w.regroup(s)
	}
	return w.placeParts(w.record.At, into)
}

// shareItem lets all stories of events that an editor merges share one item.
func (w orderWork) shareItem(events ...*news.Event) error {
	for _, ev := range events {
		all, err := w.eventStories(ev)
		if err != nil {
			return err
		}
		for _, s := range all {
			if s.ItemOf != "" {
				s.ItemOf = ""
				w.ChangeStory(s.ID)
			}
		}
	}
	return nil
}

// joinEventsOf makes one event of those of two stories that an editor merges.
func (w orderWork) joinEventsOf(into, merged *news.Story) error {
	a, err := w.Event(into.Event)
	if err != nil {
		return err
	}
	b, err := w.Event(merged.Event)
	if err != nil || a.ID == b.ID {
		return err
	}
	return w.joinByOrder(a, b)
}

// eventsOf returns the ids of the events of two stories, nothing if they are in one.
func (w orderWork) eventsOf(a, b *news.Story) ([]string, error) {
	x, err := w.Event(a.Event)
	if err != nil {
		return nil, err
	}
	y, err := w.Event(b.Event)
	if err != nil || x.ID == y.ID {
		return nil, err
	}
	return []string{x.ID, y.ID}, nil
}

// undoMergeEvents gives the stories of an event that was merged away their event back.
// Stories that joined since the merge stay where they are.
func (w orderWork) undoMergeEvents(o *news.Order) error {
	ev, back, err := w.mergedAway(o.Args[3], o.Args[4])
	if err != nil {
		return err
	}
	if back == nil {
		return refused("the stories of event %s are no longer together", o.Args[4])
	}
	return w.splitByOrder(ev, o.Args[4], back)
}

// partEvents parts the events that a merge of stories had joined, unless editors have parted
// or joined their stories otherwise since.
func (w orderWork) partEvents(joined []string) error {
	if len(joined) == 0 {
		return nil
	}
	ev, back, err := w.mergedAway(joined[0], joined[1])
	if err != nil || back == nil {
		return err
	}
	return w.splitByOrder(ev, joined[1], back)
}

// mergedAway returns the event with the id into, and those of its stories that were in the
// event away before that was merged into it: nil if there are none, or no others.
func (w orderWork) mergedAway(into, away string) (ev *news.Event, back []*news.Story, err error) {
	if ev, err = w.Event(into); err != nil {
		return nil, nil, err
	}
	all, err := w.eventStories(ev)
	if err != nil {
		return nil, nil, err
	}
	for _, s := range all {
		was, err := w.wasIn(s, away)
		if err != nil {
			return nil, nil, err
		}
		if was {
			back = append(back, s)
		}
	}
	if len(back) == len(all) {
		return ev, nil, nil
	}
	return ev, back, nil
}

// wasIn tells whether a story was in the event with an id before that was merged into
// another one.
func (w storyWork) wasIn(s *news.Story, event string) (bool, error) {
	for id := s.Event; id != event; {
		row, err := w.EventRow(id)
		if err != nil || row == nil || row.MergedInto == "" {
			return false, err
		}
		id = row.MergedInto
	}
	return true, nil
}
