package reply

import (
	"net/http"
	"strings"

	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/feed"
)

// topicType is a media type in which /topics/NAME is available.
type topicType struct {
	kind   string
	format edition.Format // empty: the page
}

// topicTypes lists all media types, the preferred ones first: a page, then Atom.
var topicTypes = allTopicTypes()

func allTopicTypes() []topicType {
	types := []topicType{{"text/html", ""}, {"application/xhtml+xml", ""}}
	for _, f := range append([]*feed.Format{feed.Atom}, feed.Formats...) {
		types = append(types, topicType{f.MediaType, edition.Format(f.Name)})
	}
	return append(types, topicType{"application/json", edition.JSON})
}

// Negotiate is the form of a topic that an Accept header asks for (RFC 9110
// section 12.5.1): the highest weight, and of equals what is named before what a
// wildcard covers.
func Negotiate(r *http.Request) edition.Format {
	weights := map[string]float64{}
	for part := range strings.SplitSeq(strings.Join(r.Header.Values("Accept"), ","), ",") {
		kind, q := parseWeight(part)
		weights[kind] = q
	}
	best, most := edition.Format(""), 0.0
	for _, o := range topicTypes {
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
