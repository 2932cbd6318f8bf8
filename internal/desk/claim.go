package desk

import (
	"slices"

	"github.com/slugline/slugline/internal/news"
)

// onEvent is the second argument of a claim on a story's event.
const onEvent = "event"

// claim stores who works on a story or its event, and their note. A claim replaces an
// older one, unless the editor did not know of that of another editor.
func (w orderWork) claim(o *news.Order) error {
	if o.Who == "" {
		return refused("a claim says who claims")
	}
	return w.changeClaim(o, func(had *news.Claim) (*news.Claim, error) {
		if o.Free && had != nil && had.Who != o.Who {
			return nil, refused("%s claims story %s already; release that claim first", had.Who, o.Args[0])
		}
		return &news.Claim{Who: o.Who, Note: o.Why, At: w.record.At, Seq: w.record.Seq}, nil
	})
}

func (w orderWork) releaseClaim(o *news.Order) error {
	return w.changeClaim(o, func(had *news.Claim) (*news.Claim, error) {
		if had == nil {
			return nil, refused("nobody claims %s", o.Args[0])
		}
		return nil, nil
	})
}

// undoClaim undoes a claim that was not replaced by another one.
func (w orderWork) undoClaim(o *news.Order) error {
	return w.changeClaim(o, func(had *news.Claim) (*news.Claim, error) {
		if had == nil || had.Who != o.Who || had.Note != o.Why {
			return nil, refused("the claim on story %s has changed since", o.Args[0])
		}
		return nil, nil
	})
}

// changeClaim changes the claim on the story that an order names, or on its event. next
// returns the claim that replaces the present one, or refuses.
func (w orderWork) changeClaim(o *news.Order, next func(had *news.Claim) (*news.Claim, error)) error {
	s, err := w.storyNamed(o.Args[0])
	if err != nil {
		return err
	}
	o.Args = append([]string{s.ID}, o.Args[1:]...)
	if len(o.Args) == 1 || o.Args[1] == onClaim {
		c, err := next(s.Claim)
		if err != nil {
			return err
		}
		s.Claim = c
		return w.touch(s)
	}
	if o.Args[1] != onEvent {
		return refused("a claim is on a story or, with the word %s, on its event, not on %q", onEvent, o.Args[1])
	}
	ev, err := w.Event(s.Event)
	if err != nil {
		return err
	}
	c, err := next(ev.Claim)
	if err != nil {
		return err
	}
	ev.Claim = c
	w.ChangeEvent(ev)
	return w.touch(s)
}

// note stores a note about a story.
func (w orderWork) note(o *news.Order) error {
	s, err := w.storyNamed(o.Args[0])
	if err != nil {
		return err
	}
	if o.Why == "" {
		return refused("the note has no text")
	}
	o.Args = []string{s.ID}
	s.AddNotes(news.Note{Who: o.Who, Text: o.Why, At: w.record.At, Seq: w.record.Seq})
	return w.touch(s)
}

// undoNote removes the editor's newest note with the same text. Notes of older versions are
// in their orders alone.
func (w orderWork) undoNote(o *news.Order) error {
	s, err := w.Survivor(o.Args[0])
	if s == nil || err != nil {
		return err
	}
	for _, n := range slices.Backward(s.Notes) {
		if n.Who == o.Who && n.Text == o.Why {
			s.RemoveNotes(n.Seq)
			break
		}
	}
	return w.touch(s)
}
