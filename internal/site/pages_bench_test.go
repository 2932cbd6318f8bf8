package site_test

import (
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"syscall"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/reply"
	"github.com/slugline/slugline/internal/webtest"
)

// BenchmarkPages measures the processor time of a cached page over loopback, including the
// client's share, absolutely and relative to a bare handler of the same bytes. At 500 µs
// one core answers 2,000 requests a second.
func BenchmarkPages(b *testing.B) {
	n := webtest.Open(b)
	for i := range 60 {
		n.AddStory(webtest.Story{Headline: fmt.Sprintf("Ship number %d leaves the port of %d", i, i*7919), Language: "en", Sources: []string{"gulf", "nile", "north"}, Topics: []string{"world", "trade"}, After: time.Minute, Summary: "It goes on."})
	}
	story := n.AddStory(webtest.Story{Headline: "Harbour reopens after a night at sea", Language: "en", Sources: []string{"gulf", "nile"}, Topics: []string{"world"}, After: time.Minute})
	ours := httptest.NewServer(reply.NewServer(b.Context(), newSite(n)).Handler)
	b.Cleanup(ours.Close)
	for _, page := range []struct{ name, path string }{{"front", "/"}, {"topic", "/topics/world"}, {"story", "/stories/" + story.ID}, {"embed", "/embed/world"}} {
		b.Run(page.name, func(b *testing.B) {
			plain, header := answered(b, ours.URL+page.path)
			bare := httptest.NewServer(bareHandler(plain, header))
			defer bare.Close()
			all := []*client{newClient(b, ours.URL, page.path, "Accept-Encoding: gzip\r\n"), newClient(b, bare.URL, page.path, "Accept-Encoding: gzip\r\n")}
			spent := make([]time.Duration, len(all))
			asked := 0
			for b.Loop() {
				asked += 50
				for _, i := range rand.Perm(len(all)) {
					start := processor(b)
					all[i].ask(b, 50)
					spent[i] += processor(b) - start
				}
			}
			b.ReportMetric(float64(all[0].size), "bytes")
			b.ReportMetric(float64(spent[0].Microseconds())/float64(asked), "cpu-µs/request")
			b.ReportMetric(float64(spent[0])/float64(spent[1]), "x-bare")
		})
	}
}

// processor returns the processor time that this process has used.
func processor(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
