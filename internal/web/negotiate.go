package web

import (
	"net/http"
	"strings"

	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/feed"
)

// offered is what /topics/NAME can be, the best first where a client does not care.
var offered = []struct {
	kind   string
	format edition.Format // empty: the page
}{
	{"text/html", ""}, {"application/xhtml+xml", ""},
	{feed.TypeAtom, edition.Atom}, {feed.TypeRSS, edition.RSS}, {feed.TypeJSON, edition.JSON}, {"application/json", edition.JSON},
}

// negotiated is the form of a topic that an Accept header asks for (RFC 9110
// section 12.5.1): the highest weight, and of equals what is named before what a
// wildcard covers.
func negotiated(r *http.Request) edition.Format {
	weights := map[string]float64{}
	for part := range strings.SplitSeq(strings.Join(r.Header.Values("Accept"), ","), ",") {
		kind, q := weighed(part)
		weights[kind] = q
	}
	best, most := edition.Format(""), 0.0
	for _, o := range offered {
		q, named := weights[o.kind]
		if q > 0 && named {
			q += 0.0001 // weights have three decimals
		}
		if major, _, _ := strings.Cut(o.kind, "/"); !named {
			if q, named = weights[major+"/*"]; !named {
				q = weights["*/*"]
			}
		}
		if q > most {
			best, most = o.format, q
		}
	}
	return best
}
