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
	"github.com/slugline/slugline/internal/view"
)

// settings is what all pages share. It is read again after every record.
type settings struct {
	seq     uint64
	rules   *news.Rules
	site    news.Site
	base    string // path of site.url, which starts every address
	front   news.Front
	zone    *time.Location
	topics  []*news.TopicState // in the order of feeds.yaml, removed ones last
	pages   reply.PageCache
	gists   *view.GistCache
	encoded [3]sync.Map // topic feeds for each of reply.Codings: *edition.Edition to *reply.Encoded

	recentMu sync.Mutex // guards the fields below
	recent   *recentEvents
	sources  []*news.Source
}

// topic returns the topic with a name, nil when there never was one.
func (st *settings) topic(name string) *news.TopicState {
	i := slices.IndexFunc(st.topics, func(t *news.TopicState) bool { return t.Name == name })
	if i < 0 {
		return nil
	}
	return st.topics[i]
}

// has tells whether rules that are in force at a record are those of the settings. A request
// that began before a reload has earlier ones.
func (st *settings) has(rules *news.Rules, seq uint64) bool {
	return st.rules == rules || st.seq == seq
}

// publicTopics returns the topics that anyone may read.
func (st *settings) publicTopics() []*news.TopicState {
	var out []*news.TopicState
	for _, t := range st.topics {
		if !t.Removed && t.RenamedTo == "" && !t.Keyed {
			out = append(out, t)
		}
	}
	return out
}

// readSettings reads the settings. It returns a fault when feeds.yaml has not been loaded
// yet.
func readSettings(tx *store.Tx) (*settings, error) {
	rules, err := tx.Rules()
	if err != nil {
		return nil, err
	}
	if rules == nil {
		return nil, reply.FaultWithCode(reply.Starting)
	}
	set := &settings{seq: tx.Seq(), rules: rules, site: rules.Site, front: rules.Front, gists: new(view.GistCache)}
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

// origin returns site.url without its path, as policies name a site.
func (st *settings) origin() string { return strings.TrimSuffix(st.site.URL, st.base) }

// findTopic returns the topic with a name or the current topic with that old name, and
// checks its key. The error is a fault.
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

// keyMatches tells whether a key is that of a topic.
func keyMatches(topic, key string, keys func(string) string) bool {
	if keys == nil {
		return false
	}
	want := keys(topic)
	return reply.EqualSecrets(key, want) && want != ""
}

// encode returns a topic's edition in a coding. It is cached until the next record.
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

// icon returns the path of the icon: that of site.icon or of our own.
func (st *settings) icon() string {
	return "/icon" + cmp.Or(strings.ToLower(path.Ext(st.site.Icon)), ".svg")
}

// belowBase returns a request's path without the path of site.url.
func (st *settings) belowBase(p string) string {
	if rest, in := strings.CutPrefix(p, st.base); in && (rest == "" || rest[0] == '/') {
		return cmp.Or(rest, "/")
	}
	return p
}
