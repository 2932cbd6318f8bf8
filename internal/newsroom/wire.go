package newsroom

import (
	"net/http"
	"strconv"

	"github.com/slugline/slugline/internal/reply"
	"github.com/slugline/slugline/internal/view"
)

// wire answers /api/wire.
func (a api) wire(w http.ResponseWriter, r *http.Request) error {
	n, err := limitOf(r, view.WireLines, view.MaxWireLines)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	page, err := a.readWire(r.Context(), q.Get("q"), q.Get("before"), n, nil)
	if err != nil {
		return err
	}
	return reply.JSON(w, http.StatusOK, page)
}

// limitOf reads ?limit=. A missing one means usual; one above most means most.
func limitOf(r *http.Request, usual, most int) (int, error) {
	s := r.URL.Query().Get("limit")
	if s == "" {
		return usual, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		return 0, reply.Faultf(http.StatusBadRequest, "limit must be a number from 1, not %q.", s)
	}
	return min(n, most), nil
}
