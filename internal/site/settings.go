package site

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/reply"
	"github.com/slugline/slugline/internal/store"
)

// settings is what all pages share. It is read again when a record was applied.
type settings struct {
	seq     uint64
	site    news.Site
	base    string // path of site.url: stands before every address of ours
	zone    *time.Location
	topics  []*news.TopicState // in the file's order, gone ones last
	pages   reply.PageCache
	encoded [3]sync.Map // of topic feeds, by codings: *edition.Edition to *head
}

// topic returns nil when there never was one of this name.
func (st *settings) topic(name string) *news.TopicState {
	i := slices.IndexFunc(st.topics, func(t *news.TopicState) bool { return t.Name == name })
	if i < 0 {
		return nil
	}
	return st.topics[i]
}

// publicTopics are the topics that anyone may read.
func (st *settings) publicTopics() []*news.TopicState {
	var out []*news.TopicState
	for _, t := range st.topics {
		if !t.Removed && t.RenamedTo == "" && !t.Keyed {
			out = append(out, t)
		}
	}
	return out
}

func readSettings(tx *store.Tx) (*settings, error) {
	rules, err := tx.Rules()
	if err != nil {
		return nil, err
	}
	if rules == nil {
		return nil, reply.FaultWithCode(reply.Starting)
	}
	set := &settings{seq: tx.Seq(), site: rules.Site}
	if set.topics, err = tx.Topics.All(); err != nil {
		return nil, err
	}
	if set.zone, err = time.LoadLocation(rules.Site.Zone); err != nil {
		return nil, fmt.Errorf("read site.zone: %w", err)
	}
	u, err := url.Parse(rules.Site.URL)
	if err != nil {
		return nil, fmt.Errorf("read site.url: %w", err)
	}
	set.base = strings.TrimRight(u.EscapedPath(), "/")
	return set, nil
}

// origin is site.url without a path, as policies name a site.
func (st *settings) origin() string { return strings.TrimSuffix(st.site.URL, st.base) }

// findTopic finds the topic that goes by a name now, and asks for its key.
func (st *settings) findTopic(name, key string, keys func(string) string) (*news.TopicState, error) {
	t := st.topic(name)
	for range st.topics {
		if t == nil || t.RenamedTo == "" {
			break
		}
		t = st.topic(t.RenamedTo)
	}
	switch {
	case t == nil:
		return nil, errNotFound
	case t.Removed:
		return nil, reply.FaultWithCode(reply.TopicRemoved)
	case t.Keyed && t.Name == name && !keyMatches(t.Name, key, keys):
		return nil, reply.FaultWithCode(reply.NeedsKey)
	}
	return t, nil
}

func keyMatches(topic, key string, keys func(string) string) bool {
	if keys == nil {
		return false
	}
	want := keys(topic)
	return reply.EqualSecrets(key, want) && want != ""
}

// encode is of a topic's edition, made once between two records.
func (st *settings) encode(t *news.TopicState, e *edition.Edition, coding string) *reply.Encoded {
	heads := &st.encoded[slices.Index(reply.Codings, coding)]
	if h, ok := heads.Load(e); ok {
		return h.(*reply.Encoded)
	}
	more := http.Header{}
	setFeedHeaders(more, e, cacheControlOf(t))
	h := reply.Encode(e, coding, more)
	heads.Store(e, h)
	return h
}

// icon is the path of the site's icon: its own, else ours.
func (st *settings) icon() string {
	return "/icon" + cmp.Or(strings.ToLower(path.Ext(st.site.Icon)), ".svg")
}

// belowBase is the path of a request below the path of site.url.
func (st *settings) belowBase(p string) string {
	if rest, in := strings.CutPrefix(p, st.base); in && (rest == "" || rest[0] == '/') {
		return cmp.Or(rest, "/")
	}
	return p
}
