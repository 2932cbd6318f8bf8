// Package edition makes a topic as it is published: bytes, validators, compressed
// forms.
//
// An edition is a pure function of the shared half of the store: the same records
// give the same bytes on any machine, after any restart. It is rendered once after
// its topic changed, however many clients ask. PermittedText is the one gate for what
// a source lets us republish: every package that shows a story to the public asks it.
// The package reads no clock and checks no key: callers decide who may read a topic.
//
// snapshot.go reads a topic from the store, compose.go and content.go turn that into a
// feed.Channel, with note.go for stories that were withdrawn or hidden, rights.go and
// picture.go. edition.go renders and caches it, compress.go compresses it.
// archive.go, follow.go and opml.go make the other feeds and files from the same
// parts.
package edition

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
	"weak"

	"github.com/cespare/xxhash/v2"

	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// Errors of a topic without an edition. A renamed topic is a *Moved.
var (
	ErrUnknown = errors.New("no such topic")     // there was never one
	ErrGone    = errors.New("topic was removed") // from feeds.yaml
)

// Moved is the error of a topic that has another name now.
type Moved struct{ Name string }

func (m *Moved) Error() string { return "topic is called " + m.Name + " now" }

// Format is the name of a feed.Format, which is also the ending of a feed's address.
type Format string

// Names of formats.
const (
	RSS  Format = "rss"
	Atom Format = "atom"
	JSON Format = "json"
)

// Formats lists the formats in the order of feed.Formats.
var Formats = formatNames()

func formatNames() []Format {
	var names []Format
	for _, f := range feed.Formats {
		names = append(names, Format(f.Name))
	}
	return names
}

// ContentType returns the media type with its charset. It is empty for an unknown
// format.
func (f Format) ContentType() string {
	if known := feed.FormatNamed(string(f)); known != nil {
		return known.ContentType()
	}
	return ""
}

// Press makes editions and caches them. The exported fields are set before its first
// use.
type Press struct {
	Store *store.Store
	NoHub bool // feeds name no WebSub hub

	decoded store.Cache // stories of topics, most of which they showed before

	mu    sync.Mutex // guards the field below
	cache map[string]*cachedTopic
}

// cachedTopic is what was made of a topic since its last change.
type cachedTopic struct {
	checked atomic.Pointer[checkpoint]

	mu       sync.Mutex // guards the fields below; other readers wait for it while one renders
	seq      uint64
	editions map[Format]*Edition
	composer weak.Pointer[composer] // of seq; kept while memory allows, because other formats are asked for soon
	texts    map[uint64]string      // see textCache
}

// checkpoint is the Seq that a topic had at a Seq of the store.
type checkpoint struct{ topicSeq, storeSeq uint64 }

// Topic returns the edition of a topic as of its last change.
func (p *Press) Topic(name string, f Format) (*Edition, error) {
	if f.ContentType() == "" {
		return nil, ErrUnknown
	}
	t, seq, err := p.cached(name)
	if err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if e := t.editions[f]; e != nil && t.seq >= seq {
		return e, nil
	}
	return t.render(p, name, f, seq)
}

// cached returns what is cached of a topic, and the topic's Seq. It reads the topic
// only if there was a record since the last call.
func (p *Press) cached(name string) (*cachedTopic, uint64, error) {
	p.mu.Lock()
	t := p.cache[name]
	p.mu.Unlock()
	if t != nil {
		if c := t.checked.Load(); c.storeSeq == p.Store.Seq() {
			return t, c.topicSeq, nil
		}
	}
	var now checkpoint
	err := p.Store.View(func(tx *store.Tx) error {
		now.storeSeq = tx.Seq()
		state, err := publishedTopic(tx, name)
		if err == nil {
			now.topicSeq = state.Seq
		}
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	if t == nil {
		t = p.addCached(name)
	}
	t.checked.Store(&now)
	return t, now.topicSeq, nil
}

func (p *Press) addCached(name string) *cachedTopic {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cache == nil {
		p.cache = map[string]*cachedTopic{}
	}
	if p.cache[name] == nil {
		p.cache[name] = &cachedTopic{}
		p.cache[name].checked.Store(&checkpoint{})
	}
	return p.cache[name]
}

// publishedTopic returns the topic that is published under a name.
func publishedTopic(tx *store.Tx, name string) (*news.TopicState, error) {
	t, err := tx.Topics.Get(name)
	switch {
	case err != nil:
		return nil, err
	case t == nil:
		return nil, ErrUnknown
	case t.RenamedTo != "":
		return nil, newName(tx, t)
	case t.Removed:
		return nil, ErrGone
	}
	return t, nil
}

// newName follows a renamed topic to its present name.
func newName(tx *store.Tx, t *news.TopicState) error {
	for range 100 {
		next, err := tx.Topics.Get(t.RenamedTo)
		switch {
		case err != nil:
			return err
		case next == nil, next.Removed && next.RenamedTo == "":
			return ErrGone
		case next.RenamedTo == "":
			return &Moved{next.Name}
		}
		t = next
	}
	return ErrGone
}

// render makes an edition of the topic and caches it.
func (t *cachedTopic) render(p *Press, name string, f Format, seq uint64) (*Edition, error) {
	c := t.composer.Value()
	if c == nil || t.seq < seq {
		s, err := readTopic(p, name)
		if err != nil {
			return nil, err
		}
		c = newComposer(s, t.texts)
		c.noHub = p.NoHub
		t.composer = weak.Make(c)
	}
	if t.editions == nil || t.seq != c.topic.Seq {
		t.seq, t.editions = c.topic.Seq, map[Format]*Edition{}
	}
	e, err := c.edition(f)
	if err != nil {
		return nil, fmt.Errorf("render topic %s as %s: %w", name, f, err)
	}
	t.editions[f], t.texts = e, c.texts.current
	return e, nil
}

// buffers hold editions while they grow. Their size is known at the end.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// edition renders the topic, and composes it first if that was not done yet.
func (c *composer) edition(f Format) (*Edition, error) {
	format := feed.FormatNamed(string(f))
	if format == nil {
		return nil, fmt.Errorf("no such format: %q", f)
	}
	if c.channel == nil {
		c.channel = c.compose()
	}
	b := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(b)
	b.Reset()
	if err := format.Write(b, c.channel); err != nil {
		return nil, err
	}
	body := bytes.Clone(b.Bytes())
	return &Edition{
		Body:        body,
		ETag:        etag(c.topic.Seq, body),
		Modified:    c.topic.Changed,
		ContentType: format.ContentType(),
		Self:        c.address(f),
		Hubs:        c.channel.Hubs,
	}, nil
}

func etag(seq uint64, body []byte) string {
	return `"` + strconv.FormatUint(seq, 10) + "-" + fmt.Sprintf("%016x", xxhash.Sum64(body)) + `"`
}

// Edition is a topic in one format. It does not change, and callers do not change
// its bytes.
type Edition struct {
	Body        []byte
	ETag        string // strong, in quotes: Seq of the last record that changed the topic, hash of Body
	Modified    time.Time
	ContentType string
	Self        string   // its own address, for the Link header
	Hubs        []string // WebSub hubs that announce its changes, for the Link header

	gzip, zstd compressed
}
