package web

import (
	"net/http"
	"strconv"

	"github.com/slugline/slugline/internal/store"
)

// wire answers /api/wire.
func (a api) wire(w http.ResponseWriter, r *http.Request) error {
	n, err := limitOf(r, WireLines, MaxWireLines)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	return view(a.Desk, w, func(tx *store.Tx) (*Wire, error) {
		seat, err := tx.ReadState(callerOf(r.Context()).name)
		if err != nil {
			return nil, err
		}
		return ReadWire(tx, seat, q.Get("q"), q.Get("before"), n)
	})
}

// limitOf reads ?limit=.
func limitOf(r *http.Request, usual, most int) (int, error) {
	s := r.URL.Query().Get("limit")
	if s == "" {
		return usual, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		return 0, Refuse(http.StatusBadRequest, "limit is a number from 1, not %q.", s)
	}
	return min(n, most), nil
}
