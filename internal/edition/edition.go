// Package edition makes a topic as it is published: bytes, validators, compressed
// forms.
//
// An edition is a pure function of the shared half of the store: the same records
// give the same bytes on any machine, after any restart. It is rendered once after
// its topic changed, however many ask. What a source lets us republish passes one
// gate here, and whoever shows a story to the public asks that gate. The package
// reads no clock and asks for no key: who may read a topic is web's business.
package edition

import (
	"bytes"
	"errors"
	"fmt"
	"io"
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

// Why there is no edition of a topic. A renamed topic is a *Moved.
var (
	ErrUnknown = errors.New("no such topic")   // never was
	ErrGone    = errors.New("topic was ended") // removed from the rules
)

// Moved says that a topic goes by another name now.
type Moved struct{ Name string }

func (m *Moved) Error() string { return "topic is called " + m.Name + " now" }

// Format is one of the ways in which a topic is written. It is also the ending of
// its address.
type Format string

// The formats.
const (
	RSS  Format = "rss"
	Atom Format = "atom"
	JSON Format = "json"
)

// Formats are all formats.
var Formats = []Format{RSS, Atom, JSON}

// ContentType is the media type with its charset, empty for no format.
func (f Format) ContentType() string {
	switch f {
	case RSS:
		return feed.TypeRSS + "; charset=utf-8"
	case Atom:
		return feed.TypeAtom + "; charset=utf-8"
	case JSON:
		return feed.TypeJSON + "; charset=utf-8"
	}
	return ""
}

func (f Format) write(w io.Writer, c *feed.Channel) error {
	switch f {
	case RSS:
		return feed.WriteRSS(w, c)
	case Atom:
		return feed.WriteAtom(w, c)
	case JSON:
		return feed.WriteJSON(w, c)
	}
	return fmt.Errorf("no such format: %q", f)
}

// Press makes editions and keeps them. The exported fields are not changed once it
// works.
type Press struct {
	Store *store.Store
	NoHub bool // no hub runs where the feeds are read: none is named

	decoded store.Decoded // what topics show, most of which they showed before

	mu    sync.Mutex // guards the field below
	cache map[string]*cachedTopic
}

// cachedTopic is what was made of one topic since it last changed.
type cachedTopic struct {
	checked atomic.Pointer[checkpoint]

	mu       sync.Mutex // guards the fields below, and makes the others wait while one renders
	seq      uint64
	editions map[Format]*Edition
	snapshot weak.Pointer[snapshot] // of seq, while memory lets: readers of other formats come soon
	texts    map[uint64]string      // see washed
}

// checkpoint is a topic's Seq as it was at a Seq of the store.
type checkpoint struct{ topicSeq, storeSeq uint64 }

// Topic returns the edition of a topic as of its last change.
func (p *Press) Topic(name string, f Format) (*Edition, error) {
	if f.ContentType() == "" {
		return nil, ErrUnknown
	}
	s, seq, err := p.cached(name)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.editions[f]; e != nil && s.seq >= seq {
		return e, nil
	}
	return s.render(p, name, f, seq)
}

// cached returns a topic's sheet, new where there is none, and the topic's Seq. The
// topic is read only if there was a record since the last time.
func (p *Press) cached(name string) (*cachedTopic, uint64, error) {
	p.mu.Lock()
	s := p.cache[name]
	p.mu.Unlock()
	if s != nil {
		if k := s.checked.Load(); k.storeSeq == p.Store.Seq() {
			return s, k.topicSeq, nil
		}
	}
	var now checkpoint
	err := p.Store.View(func(tx *store.Tx) error {
		now.storeSeq = tx.Seq()
		t, err := publishedTopic(tx, name)
		if err == nil {
			now.topicSeq = t.Seq
		}
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	if s == nil {
		s = p.addCached(name)
	}
	s.checked.Store(&now)
	return s, now.topicSeq, nil
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

// topicState finds a topic that is published under this name.
func (p *Press) topicState(name string) (*news.TopicState, error) {
	var t *news.TopicState
	err := p.Store.View(func(tx *store.Tx) (err error) {
		t, err = publishedTopic(tx, name)
		return err
	})
	return t, err
}

func publishedTopic(tx *store.Tx, name string) (*news.TopicState, error) {
	t, err := tx.Topic(name)
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

// newName follows a topic through its names.
func newName(tx *store.Tx, t *news.TopicState) error {
	for range 100 {
		next, err := tx.Topic(t.RenamedTo)
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

func (s *cachedTopic) render(p *Press, name string, f Format, seq uint64) (*Edition, error) {
	m := s.snapshot.Value()
	if m == nil || s.seq < seq {
		var err error
		if m, err = readTopic(p, name, s.texts); err != nil {
			return nil, err
		}
		m.noHub = p.NoHub
		s.snapshot = weak.Make(m)
	}
	if s.editions == nil || s.seq != m.topic.Seq {
		s.seq, s.editions = m.topic.Seq, map[Format]*Edition{}
	}
	e, err := m.edition(f)
	if err != nil {
		return nil, fmt.Errorf("render topic %s as %s: %w", name, f, err)
	}
	s.editions[f], s.texts = e, m.texts.current
	return e, nil
}

// buffers are where editions grow: their size is known when they are done.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func (m *snapshot) edition(f Format) (*Edition, error) {
	if m.channel == nil {
		m.channel = m.compose()
	}
	b := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(b)
	b.Reset()
	if err := f.write(b, m.channel); err != nil {
		return nil, err
	}
	body := bytes.Clone(b.Bytes())
	return &Edition{
		Body:        body,
		ETag:        etag(m.topic.Seq, body),
		Modified:    m.topic.Changed,
		ContentType: f.ContentType(),
		Self:        m.address(f),
		Hubs:        m.channel.Hubs,
	}, nil
}

func etag(seq uint64, body []byte) string {
	return `"` + strconv.FormatUint(seq, 10) + "-" + fmt.Sprintf("%016x", xxhash.Sum64(body)) + `"`
}

// Edition is a topic in one format. It is not changed; the bytes are not the
// caller's.
type Edition struct {
	Body        []byte
	ETag        string // strong, quoted: Seq of the last record that changed the topic, hash of Body
	Modified    time.Time
	ContentType string
	Self        string   // where it is; for the Link header
	Hubs        []string // that tell of its changes; for the Link header

	gzip, zstd compressed
}
