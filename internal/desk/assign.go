package desk

import "github.com/slugline/slugline/internal/news"

// assign stores that a colleague is to work on a story, and until when. It replaces an
// older assignment.
func (w orderWork) assign(o *news.Order) error {
	s, err := w.storyNamed(o.Args[0])
	if err != nil {
		return err
	}
	if o.Args[1] == "" {
		return refused("an assignment says to whom")
	}
	o.Args = []string{s.ID, o.Args[1]}
	s.Assigned = &news.Assignment{To: o.Args[1], Who: o.Who, Note: o.Why, At: w.record.At, Due: o.Until, Seq: w.record.Seq}
	return w.touch(s)
}

// undoAssign ends an assignment that was not replaced by another one.
func (w orderWork) undoAssign(o *news.Order) error {
	s, err := w.storyNamed(o.Args[0])
	if err != nil {
		return err
	}
	a := s.Assigned
	if a == nil || a.To != o.Args[1] || a.Who != o.Who || a.Note != o.Why || !a.Due.Equal(o.Until) {
		return refused("the assignment of story %s has changed since", s.ID)
	}
	s.Assigned = nil
	return w.touch(s)
}

// unassign ends an assignment. The stored order says to whom it was and when it was due,
// so that it can be undone.
func (w orderWork) unassign(o *news.Order) error {
	s, err := w.storyNamed(o.Args[0])
	if err != nil {
		return err
	}
	if s.Assigned == nil {
		return refused("story %s is assigned to nobody", s.ID)
	}
	o.Args, o.Until = []string{s.ID, s.Assigned.To}, s.Assigned.Due
	s.Assigned = nil
	return w.touch(s)
}

// mergeAssignments gives a story the assignment of another one that is merged into it,
// unless it has one.
func mergeAssignments(into, merged *news.Story) {
	if into.Assigned == nil && merged.Assigned != nil {
		a := *merged.Assigned
		into.Assigned = &a
	}
}

// splitAssignments takes back what mergeAssignments gave.
func splitAssignments(into, merged *news.Story) {
	if into.Assigned != nil && merged.Assigned != nil && into.Assigned.Seq == merged.Assigned.Seq {
		into.Assigned = nil
	}
}
