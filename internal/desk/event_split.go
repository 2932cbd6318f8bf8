package desk

import (
	"errors"
	"slices"
	"time"

	"github.com/slugline/slugline/internal/desk/alerting"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/story"
)

// applySplits stores that events came apart at a sweep. What came apart is no news: it
// makes no notice, and its items get the places that they would have had.
func (w storyWork) applySplits(splits []story.EventSplit) error {
	w.backlog = w.backlog || len(splits) > 0 // open pages must not show its stories as new
	for _, split := range splits {
		ev, err := w.Event(split.From)
		if err != nil {
			return err
		}
		stories, err := w.storiesOf(ev, split.Stories)
		if err != nil {
			return err
		}
		if len(stories) == 0 { // editors merged them into other stories
			if err := w.redirectNewEvent(split.Event, ev); err != nil {
				return err
			}
			continue
		}
		if err := w.splitEvent(ev, split.Event, stories, time.Time{}); err != nil {
			return err
		}
		if err := w.noteSplit(split.Event, ev.ID); err != nil {
			return err
		}
	}
	return nil
}

// noteSplit stores from which event a sweep split another one, to explain it.
func (w storyWork) noteSplit(id, from string) error {
	part, err := w.StoredEvent(id)
	if err != nil || part == nil || part.ID != id {
		return err
	}
	part.SplitFrom, part.SplitAt = from, w.record.At
	w.ChangeEvent(part)
	return nil
}

// storiesOf returns those of the stories with these ids that are in an event and were not
// merged into other stories.
func (w storyWork) storiesOf(ev *news.Event, ids []string) ([]*news.Story, error) {
	var all []*news.Story
	for _, id := range ids {
		s, err := w.Story(id)
		if err != nil {
			return nil, err
		}
		if s == nil || s.MergedInto != "" {
			continue
		}
		of, err := w.Event(s.Event)
		if err != nil {
			return nil, err
		}
		if of.ID == ev.ID {
			all = append(all, s)
		}
	}
	return all, nil
}

// redirectNewEvent lets an id that names no event yet lead to an event.
func (w storyWork) redirectNewEvent(id string, ev *news.Event) error {
	row, err := w.EventRow(id)
	if err != nil || row != nil || id == ev.ID {
		return err
	}
	if len(ev.Stories) == 1 {
		w.ChangeEvent(ev) // it may not be stored
	}
	w.ChangeEvent(&news.Event{ID: id, MergedInto: ev.ID})
	return nil
}

// splitEvent moves stories of an event into an event with an id of its own, with what
// belongs to them. Each topic with one item for each event then has one for both; at is
// the place of a new one, the zero time that of its first entry, when no editor parts them.
func (w storyWork) splitEvent(ev *news.Event, id string, stories []*news.Story, at time.Time) error {
	stories, err := w.withMerged(ev, stories)
	if err != nil {
		return err
	}
	leading, err := w.redirectsTo(ev, stories, !at.IsZero())
	if err != nil {
		return err
	}
	part, err := w.partOf(ev, id)
	if err != nil {
		return err
	}
	moved, was := map[string]bool{}, map[*news.Story]string{}
	for _, s := range stories {
		was[s] = s.Event
		part.Stories, moved[s.ID] = withStory(part.Stories, s.ID), true
	}
	if err := w.divideItems(ev, moved); err != nil {
		return err
	}
	for _, s := range stories {
		s.Event = part.ID
		w.regroup(s)
	}
	part.Stories = part.Stories[max(0, len(part.Stories)-news.MaxEvent):]
	ev.Stories = slices.DeleteFunc(slices.Clone(ev.Stories), func(s string) bool { return moved[s] })
	w.ChangeEvent(ev)
	w.ChangeEvent(part)
	if err := w.followStories(leading, ev, part); err != nil {
		return err
	}
	if err := w.moveClaim(ev, part); err != nil {
		return err
	}
	if err := w.keepEarlier(was, part); err != nil {
		return err
	}
	for _, one := range []*news.Event{ev, part} {
		if err := w.recount(one); err != nil {
			return err
		}
	}
	if len(ev.Stories) == 0 {
		ev.MergedInto = part.ID
	}
	return w.placeParts(at, ev, part)
}

// withMerged returns stories of an event with those that were merged into them.
func (w storyWork) withMerged(ev *news.Event, stories []*news.Story) ([]*news.Story, error) {
	all := slices.Clone(stories)
	for _, id := range ev.Stories {
		s, err := w.Story(id)
		if err != nil {
			return nil, err
		}
		if s == nil || s.MergedInto == "" {
			continue
		}
		into, err := w.Survivor(id)
		if err != nil {
			return nil, err
		}
		if slices.Contains(stories, into) {
			all = append(all, s)
		}
	}
	return all, nil
}

// partOf returns the event with an id, to which stories of ev move. It matched the alerts
// that ev matched, so that none rings again.
func (w storyWork) partOf(ev *news.Event, id string) (*news.Event, error) {
	part, err := w.StoredEvent(id)
	if err != nil {
		return nil, err
	}
	if part == nil || part.ID != id || part == ev {
		part = &news.Event{ID: id}
	}
	part.MatchedAlerts = alerting.AddMatched(part.MatchedAlerts, ev.MatchedAlerts...)
	return part, nil
}

// redirect is an event id that leads to an event because of a story.
type redirect struct {
	row   *news.Event
	story *news.Story
}

// redirectsTo returns the redirects to an event because of its stories, those that are about
// to leave it included. A sweep lets an id follow the story that began with it, or else the
// oldest that was in an event with that id. When an editor parts stories, an id stays with
// those that were in its event and do not leave: the merge of that event can then still be
// undone.
func (w storyWork) redirectsTo(ev *news.Event, leaving []*news.Story, byOrder bool) ([]redirect, error) {
	all, err := w.eventStories(ev)
	if err != nil {
		return nil, err
	}
	found := redirects{storyWork: w, to: ev, known: map[string]bool{}}
	if byOrder {
		staying := slices.DeleteFunc(slices.Clone(all), func(s *news.Story) bool { return slices.Contains(leaving, s) })
		return found.ofMerges(append(staying, leaving...))
	}
	for _, s := range leaving {
		if !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, compareAge)
	for _, s := range all {
		if err := found.add(s, s.ID); err != nil {
			return nil, err
		}
	}
	for _, s := range all {
		if err := found.add(s, s.Event); err != nil {
			return nil, err
		}
	}
	return found.all, nil
}

// redirects collects redirects to an event.
type redirects struct {
	storyWork
	to    *news.Event
	known map[string]bool // ids that were looked up
	all   []redirect
}

// ofMerges returns the redirects of the events in which stories were before those were
// merged, the first story first.
func (r *redirects) ofMerges(stories []*news.Story) ([]redirect, error) {
	for _, s := range stories {
		earlier, err := r.mergedEvents(s.Event)
		if err := errors.Join(err, r.add(s, earlier...)); err != nil {
			return nil, err
		}
	}
	return r.all, nil
}

// add adds those of the ids that lead to the event, because of a story. Others may lead
// elsewhere: to the event of stories that were merged from one that began with this story.
func (r *redirects) add(s *news.Story, ids ...string) error {
	for _, id := range ids {
		if r.known[id] {
			continue
		}
		r.known[id] = true
		row, err := r.EventRow(id)
		if err != nil {
			return err
		}
		if row == nil || row.MergedInto == "" {
			continue
		}
		leads, err := r.StoredEvent(id)
		if err != nil {
			return err
		}
		if leads == r.to {
			r.all = append(r.all, redirect{row, s})
		}
	}
	return nil
}

// followStories lets redirects to ev lead to where their stories are now, and stores the
// event of those stories that would follow a redirect to the wrong one.
func (w storyWork) followStories(leading []redirect, ev, part *news.Event) error {
	for again := true; again; { // a redirect that changes may be on the way of another one
		again = false
		for _, r := range leading {
			to := ev
			if r.story.Event == part.ID {
				to = part
			}
			leads, err := w.StoredEvent(r.row.ID)
			if err != nil {
				return err
			}
			if leads != to && r.row.ID != part.ID {
				r.row.MergedInto, again = to.ID, true
				w.ChangeEvent(r.row)
			}
		}
	}
	all, err := w.eventStories(ev)
	if err != nil {
		return err
	}
	for _, s := range all {
		leads, err := w.StoredEvent(s.Event)
		if err != nil {
			return err
		}
		if leads != ev {
			s.Event = ev.ID
			w.ChangeStory(s.ID)
		}
	}
	return nil
}

// keepEarlier leaves stories of a part in the events in which they were before those were
// merged into it, so that these merges can still be undone.
func (w storyWork) keepEarlier(was map[*news.Story]string, part *news.Event) error {
	for s, id := range was {
		leads, err := w.StoredEvent(id)
		if err != nil {
			return err
		}
		if leads == part {
			s.Event = id
		}
	}
	return nil
}

// moveClaim moves the claim on an event to a part that was split from it, if it was made
// on a story in that part.
func (w storyWork) moveClaim(ev, part *news.Event) error {
	if ev.Claim == nil {
		return nil
	}
	r, err := w.Tx.Orders.Get(ev.Claim.Seq)
	if err != nil || r == nil || r.Order == nil || len(r.Order.Args) == 0 {
		return err
	}
	s, err := w.Survivor(r.Order.Args[0])
	if err != nil || s == nil || s.Event != part.ID {
		return err
	}
	part.Claim, ev.Claim = ev.Claim, nil
	for _, id := range ev.Stories[max(0, len(ev.Stories)-1):] { // open pages learn it with any of them
		s, err := w.Story(id)
		if err != nil {
			return err
		}
		if s != nil {
			w.regroup(s)
		}
	}
	return nil
}

// recount counts the voices of an event anew, and when its last story joined.
func (w storyWork) recount(ev *news.Event) error {
	all, err := w.eventStories(ev)
	if err != nil {
		return err
	}
	ev.Voices, ev.Last = nil, time.Time{}
	for _, s := range all {
		ev.Last = news.Later(ev.Last, news.Later(s.First, s.Begun))
	}
	if len(ev.Stories) <= 1 && ev.Breaking.IsZero() {
		return nil
	}
	return w.collectVoices(ev, "")
}

// regroup records that a story is in another event: open pages learn of it. What
// editions show of the story itself is as before.
func (w *recordWork) regroup(s *news.Story) {
	w.ChangeStory(s.ID)
	w.noteTouched(s)
}
