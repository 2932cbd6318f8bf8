package desk

import (
	"fmt"
	"strconv"

	"github.com/slugline/slugline/internal/journal"
	"github.com/slugline/slugline/internal/news"
)

func refused(format string, args ...any) error {
	return fmt.Errorf("%w: %s", journal.ErrRefused, fmt.Sprintf(format, args...))
}

// orderWork carries out an editor's order. The methods that do or undo one change its
// Args to the ids that they found.
type orderWork struct{ storyWork }

// verbs are what editors can order, with how many arguments each has.
var verbs = map[string]struct {
	min, max int
	do       func(orderWork, *news.Order) error
	undo     func(orderWork, *news.Order) error
}{
	"split":  {1, 2, orderWork.split, orderWork.undoSplit},
	"merge":  {2, 3, orderWork.merge, orderWork.undoMerge},
	"hide":   {1, 2, orderWork.hide, orderWork.unhide},
	"unhide": {1, 2, orderWork.unhide, orderWork.hide},
	"pin":    {2, 2, orderWork.pin, orderWork.unpin},

	"claim":   {1, 2, orderWork.claim, orderWork.undoClaim},
	"release": {1, 2, orderWork.release, orderWork.undoRelease},
	"note":    {1, 1, orderWork.note, orderWork.undoNote},

	"assign":   {2, 2, orderWork.assign, orderWork.undoAssign},
	"unassign": {1, 1, orderWork.unassign, orderWork.assign},
	"send":     {2, 2, orderWork.send, orderWork.undoSend},

	"pause":  {1, 1, orderWork.pause, orderWork.resume},
	"resume": {1, 1, orderWork.resume, orderWork.pause},
}

// order carries out an editor's decision, or refuses it before anything has changed.
// The stored order names the stories by the ids that were found, so that undo finds
// them again.
func (w *recordWork) order(o *news.Order) error {
	c := *o
	if err := (orderWork{w.storyWork()}).carryOut(&c); err != nil {
		return err
	}
	r := *w.record
	r.Order = &c
	return w.Tx.Orders.Put(&r)
}

func (w orderWork) carryOut(o *news.Order) error {
	if o.Verb == "undo" {
		return w.undo(o)
	}
	v, ok := verbs[o.Verb]
	if !ok {
		return refused("there is no order %q", o.Verb)
	}
	if len(o.Args) < v.min || len(o.Args) > v.max {
		return refused("%s with %d words", o.Verb, len(o.Args))
	}
	return v.do(w, o)
}

func (w orderWork) undo(o *news.Order) error {
	if len(o.Args) != 1 {
		return refused("undo needs the number of one decision")
	}
	seq, err := strconv.ParseUint(o.Args[0], 10, 64)
	if err != nil {
		return refused("%q is not the number of a decision", o.Args[0])
	}
	r, err := w.Tx.Orders.Get(seq)
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
	if err := verbs[old.Verb].undo(w, &old); err != nil {
		return err
	}
	r.Order.Undone = w.record.Seq
	return w.Tx.Orders.Put(r)
}

// storyNamed returns the story that an editor means. The id of a story that was merged
// away means the story that it was merged into.
func (w orderWork) storyNamed(id string) (*news.Story, error) {
	s, err := w.Survivor(id)
	if err == nil && s == nil {
		err = refused("there is no story %q", id)
	}
	return s, err
}

// topicNamed returns the rule of a topic.
func (w orderWork) topicNamed(name string) (*news.Topic, error) {
	for i := range w.rules.Topics {
		if w.rules.Topics[i].Name == name {
			return &w.rules.Topics[i], nil
		}
	}
	return nil, refused("there is no topic %q", name)
}
