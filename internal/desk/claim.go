package desk

import "github.com/slugline/slugline/internal/news"

// whole is the second word of a claim that is on a story's event.
const whole = "event"

// claim notes who works on a story or its event, and what they say of it. A claim takes
// the place of an older one.
func (e *edit) claim(o *news.Order) error {
	if o.Who == "" {
		return refused("a claim says who claims")
	}
	return e.setClaim(o, func(*news.Claim) (*news.Claim, error) {
		return &news.Claim{Who: o.Who, Note: o.Why, At: e.rec.At, Seq: e.rec.Seq}, nil
	})
}

func (e *edit) release(o *news.Order) error {
	return e.setClaim(o, func(had *news.Claim) (*news.Claim, error) {
		if had == nil {
			return nil, refused("nobody claims %s", o.Args[0])
		}
		return nil, nil
	})
}

// unclaim undoes a claim, unless another took its place.
func (e *edit) unclaim(o *news.Order) error {
	return e.setClaim(o, func(had *news.Claim) (*news.Claim, error) {
		if had == nil || had.Who != o.Who || had.Note != o.Why {
			return nil, refused("story %s is claimed otherwise by now", o.Args[0])
		}
		return nil, nil
	})
}

// reclaim undoes a release: whoever released the story has it.
func (e *edit) reclaim(o *news.Order) error { return e.claim(o) }

// setClaim changes the claim on the story that an order names, or on its event.
func (e *edit) setClaim(o *news.Order, to func(had *news.Claim) (*news.Claim, error)) error {
	s, err := e.named(o.Args[0])
	if err != nil {
		return err
	}
	o.Args = append([]string{s.ID}, o.Args[1:]...)
	if len(o.Args) == 1 {
		if s.Claim, err = replaced(s.Claim, to); err != nil {
			return err
		}
		return e.touch(s)
	}
	if o.Args[1] != whole {
		return refused("what is claimed is a story or, with the word %s, its event, not %q", whole, o.Args[1])
	}
	ev, err := e.event(s.Event)
	if err != nil {
		return err
	}
	if ev.Claim, err = replaced(ev.Claim, to); err != nil {
		return err
	}
	e.putEvent(ev)
	return e.touch(s)
}

// replaced leaves a claim as it is when another is refused.
func replaced(had *news.Claim, to func(*news.Claim) (*news.Claim, error)) (*news.Claim, error) {
	c, err := to(had)
	if err != nil {
		return had, err
	}
	return c, nil
}

// jot keeps a note about a story for whoever comes next.
func (e *edit) jot(o *news.Order) error {
	s, err := e.named(o.Args[0])
	if err != nil {
		return err
	}
	if o.Why == "" {
		return refused("a note says something")
	}
	o.Args = []string{s.ID}
	return e.touch(s)
}

func (e *edit) unjot(*news.Order) error { return nil }
