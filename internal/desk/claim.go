package desk

import "github.com/slugline/slugline/internal/news"

// claim notes who works on a story, and what they say of it. A claim takes the place
// of an older one.
func (e *edit) claim(o *news.Order) error {
	s, err := e.named(o.Args[0])
	if err != nil {
		return err
	}
	if o.Who == "" {
		return refused("a claim says who claims")
	}
	o.Args = []string{s.ID}
	s.Claim = &news.Claim{Who: o.Who, Note: o.Why, At: e.rec.At, Seq: e.rec.Seq}
	return e.touch(s)
}

func (e *edit) release(o *news.Order) error {
	s, err := e.named(o.Args[0])
	if err != nil {
		return err
	}
	if s.Claim == nil {
		return refused("nobody claims story %s", s.ID)
	}
	o.Args = []string{s.ID}
	s.Claim = nil
	return e.touch(s)
}

// unclaim undoes a claim, unless another took its place.
func (e *edit) unclaim(o *news.Order) error {
	s, err := e.named(o.Args[0])
	if err != nil {
		return err
	}
	if s.Claim == nil || s.Claim.Who != o.Who || s.Claim.Note != o.Why {
		return refused("story %s is claimed otherwise by now", s.ID)
	}
	s.Claim = nil
	return e.touch(s)
}

// reclaim undoes a release: whoever released the story has it.
func (e *edit) reclaim(o *news.Order) error { return e.claim(o) }

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
