package desk

import (
	"context"
	"errors"
	"fmt"
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
	r.Seal()
	if err := d.File(ctx, r); err != nil {
		return 0, err
	}
	err = d.store.View(func(tx *store.Tx) error {
		decision = tx.SeqOf(r.ID)
		return nil
	})
	return decision, err
}

// order carries out an editor's decision, or refuses it before anything changed.
func (e *edit) order(o *news.Order) error {
	return fmt.Errorf("%s: %w", o.Verb, ErrRefused)
}
