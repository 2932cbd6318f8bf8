package news

import (
	"slices"
	"time"
)

// The methods EachTime call fn with each time that a record stamped on a row, so that it can
// change them. They leave out what a document or an editor said, such as Entry.Published,
// Hold.Until and Pin.Until. What they change is the row's own: no slice or map is shared
// with the row before.

// EachTime calls fn with the times of a source.
func (s *SourceState) EachTime(fn func(*time.Time)) {
	fn(&s.Created)
	fn(&s.At)
	fn(&s.Last)
	if s.Pause != nil {
		p := *s.Pause
		fn(&p.At)
		s.Pause = &p
	}
}

// EachTime calls fn with the times of a topic.
func (t *TopicState) EachTime(fn func(*time.Time)) {
	fn(&t.Changed)
	fn(&t.WindowStart)
	fn(&t.SealedUntil)
	t.Tombstones = slices.Clone(t.Tombstones)
	for i := range t.Tombstones {
		fn(&t.Tombstones[i].At)
	}
}

// EachTime calls fn with the times of an entry.
func (e *Entry) EachTime(fn func(*time.Time)) {
	fn(&e.At)
	fn(&e.Unlisted)
}

// EachTime calls fn with the times of a story.
func (s *Story) EachTime(fn func(*time.Time)) {
	for _, t := range []*time.Time{&s.First, &s.Begun, &s.Last, &s.Revised, &s.Killed} {
		fn(t)
	}
	s.Claim = s.Claim.withTime(fn)
	s.Notes = slices.Clone(s.Notes)
	for i := range s.Notes {
		fn(&s.Notes[i].At)
	}
	if s.Assigned != nil {
		a := *s.Assigned
		fn(&a.At)
		s.Assigned = &a
	}
	s.Takes = slices.Clone(s.Takes)
	for i := range s.Takes {
		s.Takes[i].eachTime(fn)
	}
	places := make(map[string]Place, len(s.Places))
	for name, p := range s.Places {
		fn(&p.At)
		fn(&p.Updated)
		places[name] = p
	}
	if s.Places != nil {
		s.Places = places
	}
}

func (t *Take) eachTime(fn func(*time.Time)) {
	fn(&t.At)
	fn(&t.Killed)
	fn(&t.Corrected)
	t.Earlier = slices.Clone(t.Earlier)
	for i := range t.Earlier {
		fn(&t.Earlier[i].Until)
	}
}

// withTime returns a copy of the claim, or nil.
func (c *Claim) withTime(fn func(*time.Time)) *Claim {
	if c == nil {
		return nil
	}
	d := *c
	fn(&d.At)
	return &d
}

// EachTime calls fn with the times of an event.
func (e *Event) EachTime(fn func(*time.Time)) {
	fn(&e.Last)
	fn(&e.Breaking)
	fn(&e.SplitAt)
	e.Claim = e.Claim.withTime(fn)
	e.Voices = slices.Clone(e.Voices)
	for i := range e.Voices {
		fn(&e.Voices[i].At)
	}
}

// EachTime calls fn with the times of a notice.
func (n *Notice) EachTime(fn func(*time.Time)) {
	fn(&n.At)
	fn(&n.Sent)
	fn(&n.Published)
}

// EachTime calls fn with the time of an archive page.
func (p *ArchivePage) EachTime(fn func(*time.Time)) { fn(&p.Until) }

// EachTime calls fn with the time of a change.
func (c *Change) EachTime(fn func(*time.Time)) { fn(&c.At) }

// EachTime calls fn with the time of an order's record. Its ID stays.
func (r *Record) EachTime(fn func(*time.Time)) { fn(&r.At) }

// EndDays counts the entries of days after a time as of its day.
func (s *SourceState) EndDays(at time.Time) {
	day := dayOf(at)
	if len(s.Days) == 0 || s.Day <= day {
		return
	}
	late, days := 0, slices.Clone(s.Days)
	for ; s.Day > day && len(days) > 0; s.Day-- {
		late += days[len(days)-1]
		days = days[:len(days)-1]
	}
	s.Day = day
	if len(days) == 0 {
		days = []int{0}
	}
	days[len(days)-1] += late
	s.Days = days
}
