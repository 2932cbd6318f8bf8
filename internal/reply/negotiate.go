package reply

import (
	"net/http"
	"slices"
	"strings"

	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/feed"
)

// representation is a media type in which a topic is available.
type representation struct {
	mediaType string
	format    edition.Format // empty: the page
}

// representations are those of a topic. Of equal weights in an Accept header, the first
// wins.
var representations = topicRepresentations()

func topicRepresentations() []representation {
	all := []representation{{"text/html", ""}, {"application/xhtml+xml", ""}}
	for _, f := range AtomFirst() {
		all = append(all, representation{f.MediaType, edition.Format(f.Name)})
	}
	return append(all, representation{"application/json", edition.JSON})
}

// AtomFirst returns feed.Formats with Atom before the others, the order in which pages name
// the feeds of a topic and negotiation prefers them.
func AtomFirst() []*feed.Format {
	others := slices.DeleteFunc(slices.Clone(feed.Formats), func(f *feed.Format) bool { return f == feed.Atom })
	return slices.Insert(others, 0, feed.Atom)
}

// Negotiate returns the format of a topic that an Accept header asks for, empty for the
// page (RFC 9110 section 12.5.1). The highest weight wins; of equal weights, a media type
// that the header names wins over one that a wildcard covers.
func Negotiate(r *http.Request) edition.Format {
	weights := map[string]float64{}
	for part := range strings.SplitSeq(strings.Join(r.Header.Values("Accept"), ","), ",") {
		mediaType, q := parseWeight(part)
		weights[mediaType] = q
	}
	best, most := edition.Format(""), 0.0
	for _, o := range representations {
		q, named := weights[o.mediaType]
		if q > 0 && named {
			q += 0.0001 // weights have three decimals
		}
		if major, _, _ := strings.Cut(o.mediaType, "/"); !named {
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
