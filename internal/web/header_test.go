package web

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/slugline/slugline/internal/edition"
)

// FuzzHeaders reads what clients say of themselves and of what they want: whatever
// that is, they get a form that there is and that they did not refuse.
func FuzzHeaders(f *testing.F) {
	f.Add("gzip, deflate, br;q=0.5, *;q=0", "text/html;q=0.9,*/*", `W/"a,b", "1-2"`, "Feedly/1.0 (+http://f.example; 12 subscribers)")
	f.Add("zstd;q=2, identity;q=0,,;;=", "application/atom+xml;q=0, */*;q=0.001", `"`, "x/99999999 readers")
	f.Add("*", "", `*`, "\xff\xfe 3 subscribers")
	f.Add("x-gzip;Q=\"1\"", "application/*", `W/W/"1-2"`, strings.Repeat("a", 300)+" 7 subscribers")
	f.Fuzz(func(t *testing.T, encodings, accept, tags, agent string) {
		coding := preferred(encodings)
		if !slices.Contains(codings, coding) {
			t.Fatalf("Accept-Encoding %q: %q", encodings, coding)
		}
		if coding != "identity" && !strings.Contains(strings.ToLower(encodings), coding) && !strings.Contains(encodings, "*") {
			t.Errorf("Accept-Encoding %q: %q, which it does not name", encodings, coding)
		}
		r := httptest.NewRequest("GET", "/topics/world", nil)
		r.Header = http.Header{"Accept": {accept}}
		if got := negotiated(r); got != "" && !slices.Contains(edition.Formats, got) {
			t.Errorf("Accept %q: %q", accept, got)
		}
		if listed(tags, `"1-2"`) && !strings.Contains(tags, `"1-2"`) && !strings.Contains(tags, "*") {
			t.Errorf("If-None-Match %q is said to list what it does not", tags)
		}
		var told Readers
		told.note("world", edition.RSS, agent, time.Time{})
		for _, r := range told.fresh {
			if r.Count < 0 || r.Count > maxCount || r.Agent == "" || len(r.Agent) > 200 || !utf8.ValidString(r.Agent) || !strings.Contains(agent, r.Agent) && utf8.ValidString(agent) {
				t.Errorf("User-Agent %q: %+v", agent, r)
			}
		}
		if topic, n, ok := cutPage(accept); ok && (n < 1 || strings.Contains(topic, "/")) {
			t.Errorf("%q is page %d of %q", accept, n, topic)
		}
	})
}
