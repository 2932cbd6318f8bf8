package site

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/slugline/slugline/internal/edition"
)

// FuzzRequests parses what clients write into a User-Agent and into the address of an
// archive page.
func FuzzRequests(f *testing.F) {
	f.Add("Feedly/1.0 (+http://f.example; 12 subscribers)", "12.atom")
	f.Add("x/99999999 readers", "-1.atom")
	f.Add("\xff\xfe 3 subscribers", "007.atom")
	f.Add(strings.Repeat("a", 300)+" 7 subscribers", "99999999999999999999.atom")
	f.Fuzz(func(t *testing.T, agent, file string) {
		var s Subscribers
		s.Count("world", edition.RSS, agent, time.Time{})
		for _, r := range s.pending {
			if r.Count < 0 || r.Count > maxSubscriberCount || r.Agent == "" || len(r.Agent) > 200 || !utf8.ValidString(r.Agent) || !strings.Contains(agent, r.Agent) && utf8.ValidString(agent) {
				t.Errorf("User-Agent %q is counted as %+v", agent, r)
			}
		}
		if n, ok := pageNumber(file); ok && n < 1 {
			t.Errorf("%q is page %d", file, n)
		}
	})
}
