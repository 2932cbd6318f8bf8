package reply

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/slugline/slugline/internal/edition"
)

// FuzzHeaders checks that clients get a format and a coding that exist and that they did
// not exclude, whatever their headers are.
func FuzzHeaders(f *testing.F) {
	f.Add("gzip, deflate, br;q=0.5, *;q=0", "text/html;q=0.9,*/*", `W/"a,b", "1-2"`)
	f.Add("zstd;q=2, identity;q=0,,;;=", "application/atom+xml;q=0, */*;q=0.001", `"`)
	f.Add("*", "", `*`)
	f.Add("x-gzip;Q=\"1\"", "application/*", `W/W/"1-2"`)
	f.Fuzz(func(t *testing.T, encodings, accept, tags string) {
		coding := selectCoding(encodings)
		if !slices.Contains(Codings, coding) {
			t.Fatalf("Accept-Encoding %q: coding %q does not exist", encodings, coding)
		}
		if coding != "identity" && !strings.Contains(strings.ToLower(encodings), coding) && !strings.Contains(encodings, "*") {
			t.Errorf("Accept-Encoding %q: coding %q, which it does not name", encodings, coding)
		}
		r := httptest.NewRequest("GET", "/topics/world", nil)
		r.Header = http.Header{"Accept": {accept}}
		if got := Negotiate(r); got != "" && !slices.Contains(edition.Formats, got) {
			t.Errorf("Accept %q: format %q does not exist", accept, got)
		}
		if listsTag(tags, `"1-2"`) && !strings.Contains(tags, `"1-2"`) && !strings.Contains(tags, "*") {
			t.Errorf("If-None-Match %q: listsTag finds a tag that is not there", tags)
		}
	})
}
