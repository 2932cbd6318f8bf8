package reply

import (
	"net/http"
	"path"

	"github.com/slugline/slugline/internal/feed"
)

// IsFeedPath tells by its path whether something is for programs on any site.
func IsFeedPath(p string) bool {
	ext := path.Ext(p)
	return ext == ".opml" || ext != "" && feed.FormatNamed(ext[1:]) != nil
}

// AllowOrigins lets scripts of other sites read a feed, where it moved to, or why there is
// none (CORS, https://fetch.spec.whatwg.org/). It answers their browser when that
// asks whether they may send validators, and says whether it did.
func AllowOrigins(w http.ResponseWriter, r *http.Request) (asked bool) {
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
