package poll

import (
	"testing"
	"testing/synctest"
	"time"
)

// While a hub is relied on a source is visited for backup alone, and at its own pace
// again as soon as it is not.
func TestPushed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		every := src("a")
		every.Every = time.Hour
		r := open(t, every)
		r.page(rssA, rss{items: []string{"one"}, etag: `"x"`}.answer)
		relied := false
		r.poller.Pushed = func(string) bool { return relied }
		r.run(90 * time.Minute)
		r.requests()

		relied = true
		r.poller.Turned("a")
		r.run(48 * time.Hour)
		if n := len(r.requests()); n < 3 || n > 5 {
			t.Errorf("%d visits in two days beside a hub, want one each 12 h", n)
		}
		if why := r.spot("a").Why; why != "its hub sends what is new; visited for backup" {
			t.Errorf("why: %q", why)
		}

		relied = false
		r.poller.Turned("a")
		r.run(5*time.Hour + time.Minute)
		if n := len(r.requests()); n != 5 {
			t.Errorf("%d visits in the five hours after the hub was given up, want 5", n)
		}
	})
}
