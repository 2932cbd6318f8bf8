package site

import (
	"crypto/sha256"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/reply"
)

// editionWithKey is an edition of a topic that asks for a key, as it is for who has the key:
// the addresses in it that ask too bear the key, or nobody could follow them.
// Editions know no keys.
func (st *settings) editionWithKey(t *news.TopicState, e *edition.Edition, key string) (*edition.Edition, error) {
	q := "key=" + url.QueryEscape(key)
	p, err := st.pages.Get("opened "+e.ETag+" "+e.Self+" "+q, func() (*reply.Page, error) {
		body := st.keyedAddresses(t.Name).ReplaceAllFunc(e.Body, func(m []byte) []byte {
			end := len(m) - 1
			mark := "?"
			if strings.Contains(string(m), "?") {
				mark = "&amp;" // only XML has such addresses
			}
			return append(append(m[:end:end], mark+q...), m[end])
		})
		sum := sha256.Sum256(body)
		c := edition.Edition{Body: body, Modified: e.Modified, ContentType: e.ContentType, Hubs: e.Hubs}
		c.ETag = fmt.Sprintf(`%s-%x"`, strings.TrimSuffix(e.ETag, `"`), sum[:4])
		c.Self = e.Self + "?" + q
		if strings.Contains(e.Self, "?") {
			c.Self = e.Self + "&" + q
		}
		return &reply.Page{Edition: &c}, nil
	})
	if err != nil {
		return nil, err
	}
	return p.Edition, nil
}

// keyedAddresses finds the addresses of a topic, of its archive and of stories, with the
// character that ends them.
func (st *settings) keyedAddresses(topic string) *regexp.Regexp {
	return regexp.MustCompile(regexp.QuoteMeta(st.site.URL) + `/(topics/` + regexp.QuoteMeta(topic) +
		`(\.rss|\.atom|\.json|/archive/[0-9]+\.atom(\?[0-9a-f]{16})?)?|stories/[0-9a-hjkmnp-tv-z]{13})["<\\]`)
}
