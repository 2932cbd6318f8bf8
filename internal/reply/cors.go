package reply

import (
	"net/http"
	"path"
	"slices"

	"github.com/slugline/slugline/internal/feed"
)

// IsFeedPath tells whether a path is that of a feed or a list of feeds, which scripts of
// any site may read.
func IsFeedPath(p string) bool {
	ext := path.Ext(p)
	return ext == ".opml" || slices.ContainsFunc(feed.Formats, func(f *feed.Format) bool { return f.Ext() == ext })
}

// AllowOrigins lets scripts of other sites read the answer to a request for a feed, also
// a redirect or an error (CORS, https://fetch.spec.whatwg.org/#http-cors-protocol). It
// answers a preflight request, which asks whether validators may be sent, and tells
// whether it did.
func AllowOrigins(w http.ResponseWriter, r *http.Request) (answered bool) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	if r.Method != http.MethodOptions {
		return false
	}
	h.Set("Access-Control-Allow-Methods", "GET, HEAD")
	h.Set("Access-Control-Allow-Headers", "If-Modified-Since, If-None-Match")
	h.Set("Access-Control-Max-Age", "86400")
	h.Set("Allow", "GET, HEAD, OPTIONS")
	w.WriteHeader(http.StatusNoContent)
	return true
}
