package newsroom

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"github.com/slugline/slugline/internal/news"
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
	limited, end := quota.Limit(ctx, min(most, cmp.Or(d.QueryTime, queryTime)))
	defer end()
	var f *view.Filter
	var state *news.ReadState
	err := d.readFirst(ctx, query, func(tx *store.Tx) (err error) {
		f, state, err = d.filterIn(ctx, tx, query)
		return err
	})
	if err != nil {
		return nil, err
	}
	matches, done, err := d.matchesOf(ctx, f)
	if err != nil {
		return nil, err
	}
	defer done()
	var found func() *view.Unread
	err = d.readBatches(ctx, limited, query, func(tx *store.Tx) (batchReader, error) {
		if matches != nil {
			if r := view.NewMatchedUnread(matches, f, state); r.CanRead(tx) {
				found = func() *view.Unread { return r.Unread }
				return r, nil
			}
		}
		r, err := view.NewUnreadReader(tx, state, f)
		found = func() *view.Unread { return r.Unread }
		return r, err
	})
	if err != nil {
		return nil, err
	}
	return found(), nil
}
