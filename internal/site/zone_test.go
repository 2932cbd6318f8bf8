package site_test

import (
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/webtest"
)

// The footer gives the zone's offset at the time of the request, also for a cached page
// on the day on which the clocks change.
func TestZoneOffset(t *testing.T) {
	n := webtest.OpenFilled(t)
	n.Rules.Site.Zone = "Europe/Berlin"
	n.ApplyRules()
	s := newSite(n)
	now := time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC)
	s.Now = func() time.Time { return now }
	at := webtest.Serve(t, s)
	for _, want := range []string{"Europe/Berlin (UTC+2)", "Europe/Berlin (UTC+1)"} {
		if _, body := webtest.Request(t, "GET", at+"/"); !strings.Contains(body, "All times <bdi>"+want+"</bdi>") {
			_, footer, _ := strings.Cut(body, "<footer>")
			t.Errorf("at %v: want %q in %s", now, want, footer)
		}
		now = now.Add(time.Hour)
	}
}
