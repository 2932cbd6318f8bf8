package newsroom

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"github.com/slugline/slugline/internal/quota"
	"github.com/slugline/slugline/internal/reply"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
)

// unread answers GET /api/unread: the unread stories that a filter of the wire holds, all
// those that are not loaded in a page too.
func (a api) unread(w http.ResponseWriter, r *http.Request) error {
	found, err := a.readUnread(r.Context(), r.URL.Query().Get("q"), queryTime)
	if err != nil {
		return err
	}
	return reply.JSON(w, http.StatusOK, found)
}

// readUnread finds the unread stories of a filter. Requests take turns where they examine
// more than the page of a filter that most stories satisfy. It takes at most this processor
// time, and says so when that was too little.
func (d *Desk) readUnread(ctx context.Context, query string, most time.Duration) (*view.Unread, error) {
	var r *view.UnreadReader
	more := true
	limited, done := quota.Limit(ctx, min(most, cmp.Or(d.QueryTime, queryTime)))
	defer done()
	err := d.readFirst(ctx, query, func(tx *store.Tx) error {
		filter, state, err := d.filterIn(ctx, tx, query)
		if err != nil {
			return err
		}
		if r, err = view.NewUnreadReader(tx, state, filter); err != nil {
			return err
		}
		for i := 0; i < quickReads && more && err == nil; i++ {
			more, err = r.Read(limited, tx)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return r.Unread, d.readRest(ctx, limited, r, more)
}
