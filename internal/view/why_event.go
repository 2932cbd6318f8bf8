package view

import (
	"cmp"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/story"
)

// EventReason says what a story has in common with the most similar other story of its
// event.
type EventReason struct {
	Story    string        `json:"story,omitempty"` // id of that other story; empty for none
	Headline string        `json:"headline,omitempty"`
	Title    string        `json:"title,omitempty"` // title of its lead's source
	Score    int           `json:"score,omitempty"` // how similar the two are, in thousandths
	Words    []Weight      `json:"words,omitempty"`
	Joined   *EventVerdict `json:"joined,omitempty"`  // what the fold found when the story was new
	Refused  *EventVerdict `json:"refused,omitempty"` // the next likely event, which it did not join
	Split    *EventSplit   `json:"split,omitempty"`   // if its event was part of another one
	Ordered  *Decision     `json:"ordered,omitempty"` // the editor's last decision on the event that names the story
	Text     string        `json:"text"`              // all of it, in sentences
}

// whyEvent says why a story is in its event, and why not in the next likely one. It returns
// nil if there is nothing to say, or signatures are deleted.
func whyEvent(tx *store.Tx, in speech, s *news.Story) (*EventReason, error) {
	out, err := nearestInEvent(tx, in, s)
	if err != nil {
		return nil, err
	}
	if out, err = withVerdicts(tx, in, s, out); err != nil {
		return nil, err
	}
	if out, err = withSplit(tx, in, s, out); err != nil {
		return nil, err
	}
	d, err := eventDecision(tx, in.Locale, s.ID)
	if err != nil || d == nil {
		return out, err
	}
	if out == nil {
		out = &EventReason{}
	}
	out.Ordered = d
	by := in.T("{}: decision {} by {}.", d.Text, d.Decision, cmp.Or(d.Who, in.T("local user")))
	out.Text = strings.TrimSpace(by + " " + out.Text)
	return out, nil
}

// EventVerdict says how similar a new story was to an event, by the most similar of its
// stories, and how similar it had to be.
type EventVerdict struct {
	Story    string      `json:"story"` // id of that story
	Headline string      `json:"headline,omitempty"`
	Score    int         `json:"score"`          // in thousandths: from the similarity to that story and that to the event
	Base     int         `json:"base"`           // what any event of its size needs, in thousandths
	Needed   int         `json:"needed"`         // in thousandths: base and more
	More     []EventNeed `json:"more,omitempty"` // why more was needed
	Left     bool        `json:"left,omitempty"` // the story is in another event now
}

// EventNeed says in English why a score was not enough, and how much more was needed.
type EventNeed struct {
	Text string `json:"text"`
	More int    `json:"more"` // in thousandths; more than 1000 if no score was enough
}

// EventSplit says that an event was part of another one, until a check found that the
// stories of the two had too little in common.
type EventSplit struct {
	From     string    `json:"from"`               // id of the other event
	Headline string    `json:"headline,omitempty"` // of its first story
	At       time.Time `json:"at"`
}

// withVerdicts adds what the fold found when a story was new.
func withVerdicts(tx *store.Tx, in speech, s *news.Story, out *EventReason) (*EventReason, error) {
	own, err := signature(tx, s.Takes[0].Entry)
	if err != nil || own == nil {
		return out, err
	}
	joined, refused, err := story.ExplainVerdict(own)
	if err != nil || joined == nil && refused == nil {
		return out, err
	}
	if out == nil {
		out = &EventReason{}
	}
	if out.Joined, err = newEventVerdict(tx, joined); err != nil {
		return nil, err
	}
	if out.Refused, err = newEventVerdict(tx, refused); err != nil {
		return nil, err
	}
	if v := out.Joined; v != nil {
		if v.Left, err = isElsewhere(tx, v.Story, s); err != nil {
			return nil, err
		}
		text := in.T("When it was new, it scored {} with its event; {}.", in.percent(v.Score), in.needed(v))
		if v.Left {
			text = in.T("When it was new, it scored {} with the event of {}, in which it no longer is; {}.", in.percent(v.Score), quote(in.Locale, cmp.Or(v.Headline, v.Story)), in.needed(v))
		}
		out.Text = strings.TrimSpace(out.Text + " " + text)
	}
	if v := out.Refused; v != nil {
		out.Text = strings.TrimSpace(out.Text + " " + in.T("It did not join the event of {}, with which it scored {}; {}.", quote(in.Locale, cmp.Or(v.Headline, v.Story)), in.percent(v.Score), in.needed(v)))
	}
	return out, nil
}

func (in speech) needed(v *EventVerdict) string {
	text := in.T("{} was needed", in.percent(v.Needed))
	if v.Needed > 1000 {
		text = in.T("no score would do")
	}
	var parts []string
	for _, r := range v.More {
		if r.More > 1000 {
			parts = append(parts, in.phrase(r.Text))
		} else {
			parts = append(parts, in.T("{} more since {}", in.percent(r.More), in.phrase(r.Text)))
		}
	}
	if len(parts) > 0 {
		text += in.T(": {} in any event of that size, {}", in.percent(v.Base), in.list(parts))
	}
	return text
}

func newEventVerdict(tx *store.Tx, x *story.EventVerdict) (*EventVerdict, error) {
	if x == nil {
		return nil, nil
	}
	v := &EventVerdict{Story: x.Story, Score: x.Score, Base: x.Base, Needed: x.Needed}
	for _, r := range x.More {
		v.More = append(v.More, EventNeed(r))
	}
	s, err := tx.Stories.Get(x.Story)
	if err != nil {
		return nil, err
	}
	if s != nil {
		v.Headline = s.Headline
	}
	return v, nil
}

// isElsewhere tells whether the story with an id is in another event than s.
func isElsewhere(tx *store.Tx, id string, s *news.Story) (bool, error) {
	o, err := tx.Stories.Get(id)
	if err != nil || o == nil || o.MergedInto != "" {
		return false, err
	}
	a, err := tx.Events.Get(o.Event)
	if err != nil {
		return false, err
	}
	b, err := tx.Events.Get(s.Event)
	if err != nil {
		return false, err
	}
	return eventID(a, o) != eventID(b, s), nil
}

// eventID returns the id of the event of a story, which has none of its own while the story
// is alone in it.
func eventID(ev *news.Event, s *news.Story) string {
	if ev == nil {
		return s.Event
	}
	return ev.ID
}

// withSplit adds that a sweep split the event of a story from another one, unless the two
// are one event again.
func withSplit(tx *store.Tx, in speech, s *news.Story, out *EventReason) (*EventReason, error) {
	ev, err := tx.Events.Get(s.Event)
	if err != nil || ev == nil || ev.SplitFrom == "" {
		return out, err
	}
	from, err := tx.Events.Get(ev.SplitFrom)
	if err != nil || from == nil || from.ID == ev.ID {
		return out, err
	}
	split := &EventSplit{From: from.ID, At: ev.SplitAt}
	for _, id := range from.Stories {
		first, err := tx.Stories.Get(id)
		if err != nil {
			return nil, err
		}
		if first != nil && first.MergedInto == "" {
			split.Headline = first.Headline
			break
		}
	}
	if out == nil {
		out = &EventReason{}
	}
	out.Split = split
	out.Text = strings.TrimSpace(out.Text + " " + in.T("Its event was part of that of {}, until a check ({}) found that the stories of the two have too little in common.", quote(in.Locale, cmp.Or(split.Headline, split.From)), in.moment(split.At)))
	return out, nil
}

// eventDecision returns the last decision that was not undone on the event of a story and
// that names the story; nil if there is none.
func eventDecision(tx *store.Tx, loc *locale.Locale, id string) (*Decision, error) {
	all, err := tx.Orders.All()
	if err != nil {
		return nil, err
	}
	for i := len(all) - 1; i >= 0; i-- {
		o := all[i].Order
		split := o.Verb == "split" && len(o.Args) > 1 && o.Args[1] == "event" && o.Args[0] == id
		merge := o.Verb == "merge" && len(o.Args) > 2 && (o.Args[0] == id || o.Args[1] == id)
		if o.Undone == 0 && (split || merge) {
			d, err := newDecision(tx, loc, &all[i])
			return &d, err
		}
	}
	return nil, nil
}

// nearestInEvent compares the first headline of a story with those of its event. It returns
// nil if none is similar, or signatures are deleted.
func nearestInEvent(tx *store.Tx, in speech, s *news.Story) (*EventReason, error) {
	own, err := signature(tx, s.Takes[0].Entry)
	if err != nil || own == nil {
		return nil, err
	}
	ev, err := tx.Events.Get(s.Event)
	if err != nil || ev == nil {
		return nil, err
	}
	var others []*news.Story
	var signatures [][]byte
	for _, id := range ev.Stories[max(0, len(ev.Stories)-maxCompared):] {
		o, err := tx.Stories.Get(id)
		if err != nil {
			return nil, err
		}
		if o == nil || o.ID == s.ID || o.MergedInto != "" {
			continue
		}
		sig, err := signature(tx, o.Takes[0].Entry)
		if err != nil {
			return nil, err
		}
		if sig != nil {
			others, signatures = append(others, o), append(signatures, sig)
		}
	}
	x, err := story.ExplainEvent(own, signatures)
	if err != nil || x.Nearest < 0 {
		return nil, err
	}
	return in.newEventReason(NewSnapshot(tx), others[x.Nearest], &x), nil
}

func (in speech) newEventReason(snap *Snapshot, nearest *news.Story, x *story.EventReason) *EventReason {
	out := &EventReason{Story: nearest.ID, Headline: nearest.Headline, Title: snap.Source(nearest.Source).Label(), Score: x.Score}
	var shared []string
	for _, w := range x.SharedWords {
		out.Words = append(out.Words, Weight(w))
		if len(shared) < maxSharedWords {
			shared = append(shared, w.Word)
		}
	}
	out.Text = in.T("In its event it is most similar to {} from {}: similarity {}. Shared: {}.", quote(in.Locale, out.Headline), isolate(out.Title), in.percent(out.Score), in.list(shared))
	return out
}
