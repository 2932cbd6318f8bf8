package desk

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// ErrRefused says that an order can't be carried out: there is no such story, or it
// would change nothing. Nothing of it is kept; the text says what to do.
var ErrRefused = errors.New("order refused")

// Order files an editor's decision and returns the number by which undo names it.
// at is the time of the decision.
func (d *Desk) Order(ctx context.Context, o news.Order, at time.Time) (decision uint64, err error) {
	r := news.Record{At: news.Instant(at), Order: &o}
	r.SetID()
	if err := d.File(ctx, r); err != nil {
		return 0, err
	}
	err = d.store.View(func(tx *store.Tx) error {
		decision = tx.Records.Seq(r.ID)
		return nil
	})
	return decision, err
}

func refused(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrRefused, fmt.Sprintf(format, args...))
}

// verbs are what editors can order, with how many words each takes.
var verbs = map[string]struct {
	min, max int
	do       func(*edit, *news.Order) error
	undo     func(*edit, *news.Order) error
}{
	"split":  {1, 1, (*edit).split, (*edit).unsplit},
	"merge":  {2, 2, (*edit).merge, (*edit).unmerge},
	"hide":   {1, 2, (*edit).hide, (*edit).unhide},
	"unhide": {1, 2, (*edit).unhide, (*edit).hide},
	"pin":    {2, 2, (*edit).pin, (*edit).unpin},

	"claim":   {1, 2, (*edit).claim, (*edit).unclaim},
	"release": {1, 2, (*edit).release, (*edit).reclaim},
	"note":    {1, 1, (*edit).jot, (*edit).unjot},

	"pause":  {1, 1, (*edit).pause, (*edit).resume},
	"resume": {1, 1, (*edit).resume, (*edit).pause},
}

// order carries out an editor's decision, or refuses it before anything changed.
// What is stored of it names the stories as they were found, so that undo finds
// them again.
func (e *edit) order(o *news.Order) error {
	c := *o
	if err := e.carryOut(&c); err != nil {
		return err
	}
	r := *e.rec
	r.Order = &c
	return e.tx.Orders.Put(&r)
}

func (e *edit) carryOut(o *news.Order) error {
	if o.Verb == "undo" {
		return e.undo(o)
	}
	v, ok := verbs[o.Verb]
	if !ok {
		return refused("there is no order %q", o.Verb)
	}
	if len(o.Args) < v.min || len(o.Args) > v.max {
		return refused("%s with %d words", o.Verb, len(o.Args))
	}
	return v.do(e, o)
}

func (e *edit) undo(o *news.Order) error {
	if len(o.Args) != 1 {
		return refused("undo wants the number of one decision")
	}
	seq, err := strconv.ParseUint(o.Args[0], 10, 64)
	if err != nil {
		return refused("%q is no number of a decision", o.Args[0])
	}
	r, err := e.tx.Orders.Get(seq)
	switch {
	case err != nil:
		return err
	case r == nil:
		return refused("there is no decision %d", seq)
	case r.Order.Undone != 0:
		return refused("decision %d was undone by %d", seq, r.Order.Undone)
	case r.Order.Verb == "undo":
		return refused("decision %d undid another; give that order again", seq)
	}
	old := *r.Order
	if err := verbs[old.Verb].undo(e, &old); err != nil {
		return err
	}
	r.Order.Undone = e.rec.Seq
	return e.tx.Orders.Put(r)
}

// named finds the story that an editor means; an id that was merged away stands for
// the story that it went into.
func (e *edit) named(id string) (*news.Story, error) {
	s, err := e.survivor(id)
	if err == nil && s == nil {
		err = refused("there is no story %q", id)
	}
	return s, err
}

// ruled is the rule of a topic by its name.
func (e *edit) ruled(name string) (int, error) {
	for i := range e.rules.Topics {
		if e.rules.Topics[i].Name == name {
			return i, nil
		}
	}
	return 0, refused("there is no topic %q", name)
}
