package newsroom_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/newsroom"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/webtest"
)

// What editors do for a while ends by the time that is believed, not by the machine's clock.
func TestPinsAndMutesEndByTheGivenTime(t *testing.T) {
	n := webtest.OpenFilled(t)
	believed := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	var pin news.Order
	at := serve(n, func(d *newsroom.Desk) {
		d.Now = func() time.Time { return believed }
		d.Order = func(_ context.Context, o news.Order, at time.Time) (uint64, error) {
			pin = o
			return 1, n.Store.Update(func(tx *store.Tx) error { return tx.Orders.Put(&news.Record{ID: "order", Seq: 1, At: at, Order: &o}) })
		}
	})
	for path, body := range map[string]string{
		"/api/orders": `{"verb": "pin", "args": ["` + n.Find("Copper rises for a third day").ID + `", "world"], "for": "6h"}`,
		"/api/seat":   `{"mute": {"kind": "word", "what": "football", "for": "8h"}}`,
	} {
		if resp, answer := webtest.RequestWithBody(t, "POST", at+path, strings.NewReader(body), "Content-Type: application/json"); resp.StatusCode != 200 {
			t.Fatalf("%s: %d %s", path, resp.StatusCode, answer)
		}
	}
	if want := believed.Add(6 * time.Hour); !pin.Until.Equal(want) {
		t.Errorf("the pin ends %v, want %v", pin.Until, want)
	}
	n.Must(n.Store.View(func(tx *store.Tx) error {
		s, err := tx.ReadStates.Get("")
		if want := believed.Add(8 * time.Hour); len(s.Mutes) != 1 || !s.Mutes[0].Until.Equal(want) {
			t.Errorf("mutes %v, want one until %v", s.Mutes, want)
		}
		return err
	}))
}
