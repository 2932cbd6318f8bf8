package site

import (
	"encoding/xml"
	"net/http"

	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/reply"
	"github.com/slugline/slugline/internal/words"
)

// openSearch describes the search to browsers (OpenSearch 1.1, draft 6).
type openSearch struct {
	XMLName     struct{}          `xml:"http://a9.com/-/spec/opensearch/1.1/ OpenSearchDescription"`
	ShortName   string            `xml:"ShortName"` // at most 16 characters
	Description string            `xml:"Description"`
	Language    string            `xml:"Language"`
	Encoding    string            `xml:"InputEncoding"`
	Image       string            `xml:"Image"`
	URL         openSearchAddress `xml:"Url"`
}

type openSearchAddress struct {
	Type     string `xml:"type,attr"`
	Method   string `xml:"method,attr"`
	Template string `xml:"template,attr"`
}

// openSearch answers /opensearch.xml.
func (s *Site) openSearch(set *settings, _ *http.Request) handler {
	if s.Search == nil {
		return nil
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		body, err := xml.Marshal(openSearch{
			ShortName: words.Cut(set.site.Title, 16), Description: locale.Put(set.locale().SearchSite, set.site.Title), Language: set.site.Language, Encoding: "UTF-8",
			Image: set.site.URL + set.icon(), URL: openSearchAddress{"text/html", "get", set.site.URL + "/search?q={searchTerms}"},
		})
		if err != nil {
			return err
		}
		w.Header().Set("Cache-Control", "public, max-age=86400")
		return reply.Send(w, r, reply.NewEdition("application/opensearchdescription+xml; charset=utf-8", append([]byte(xml.Header), body...)))
	}
}
