package site

import (
	"crypto/sha256"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/reply"
)

// editionWithKey returns an edition of a topic with a key for a reader who has the key: the
// key is added to the addresses in it that need one. Editions are stored without keys.
func (st *settings) editionWithKey(t *news.TopicState, e *edition.Edition, key string) (*edition.Edition, error) {
	q := "key=" + url.QueryEscape(key)
	p, err := st.pages.Get("with key "+e.ETag+" "+e.Self+" "+q, func() (*reply.Page, error) {
		body := st.keyedAddresses(t.Name).ReplaceAllFunc(e.Body, func(m []byte) []byte {
			end := len(m) - 1
			separator := "?"
			if strings.Contains(string(m), "?") {
				separator = "&amp;" // such addresses occur in XML only
			}
			return append(append(m[:end:end], separator+q...), m[end])
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

// keyedAddresses matches the addresses of a topic, its archive pages and stories in an
// edition, with the character after them.
func (st *settings) keyedAddresses(topic string) *regexp.Regexp {
	var endings []string
	for _, f := range feed.Formats {
		endings = append(endings, regexp.QuoteMeta(f.Ext()))
	}
	return regexp.MustCompile(regexp.QuoteMeta(st.site.URL) + `/(topics/` + regexp.QuoteMeta(topic) +
		`(` + strings.Join(endings, "|") + `|/archive/[0-9]+\.atom(\?[0-9a-f]{16})?)?|stories/[0-9a-hjkmnp-tv-z]{13})["<\\]`)
}
