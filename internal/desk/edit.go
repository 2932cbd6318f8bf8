package desk

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/slugline/slugline/internal/live"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/story"
	"github.com/slugline/slugline/internal/topic"
)

// edit is the work of one transaction: what was read and changed by a group of
// records, written at the end. It lives as long as its transaction.
type edit struct {
	tx    *store.Tx
	fold  *story.Fold
	rules *compiled

	rec     *news.Record    // the one being applied
	touched []string        // stories it touched, in order
	seen    map[string]bool // the same as a set
	topics  map[string]bool
	reread  []string // see Change
	backlog bool

	rang     map[string][]string // by story: see Change
	loosened bool                // by rules: see single.go
	signed   int                 // signatures of the record so far
	refused  map[string]error    // by record id: orders that can't be carried out

	rhythm  *news.Rhythm // nil until it is asked for
	sources map[string]*news.SourceState
	read    map[string]*topic.Doc // of entries, by id

	cache  map[string]*news.Story
	dirty  map[string]bool
	kept   kept
	states map[string]*news.TopicState
	bumped map[string]bool

	events           []live.Event
	entries, stories int
	folded           map[news.Level]int
}

// apply makes one record part of the state. A record that was applied is skipped.
func (e *edit) apply(r *news.Record) error {
	if e.tx.Records.Applied(r.ID) {
		return nil
	}
	r.Seq = e.tx.Seq() + 1
	e.rec, e.touched, e.seen, e.topics, e.backlog, e.signed, e.loosened, e.rang, e.reread = r, nil, nil, nil, false, 0, false, nil, nil
	switch err := e.dispatch(); {
	case errors.Is(err, ErrRefused):
		e.refuse(r, err)
		return nil
	case err != nil:
		return fmt.Errorf("record %s: %w", r.ID, err)
	}
	done := *r
	done.At = later(e.tx.At(), r.At)
	if err := e.tx.Records.Add(&done); err != nil {
		return err
	}
	return e.announce()
}

// refuse answers an order that changes nothing. It is no record then.
func (e *edit) refuse(r *news.Record, err error) {
	if e.refused == nil {
		e.refused = map[string]error{}
	}
	e.refused[r.ID] = err
	r.Seq = 0
}

func (e *edit) dispatch() error {
	switch r := e.rec; {
	case r.Visit != nil:
		return e.visit(r.Visit)
	case r.Order != nil:
		return e.order(r.Order)
	case r.Rules != nil:
		return e.enforce(r.Rules)
	case r.Sweep != nil:
		return e.sweep()
	case r.Sent != nil:
		return e.sent(r.Sent.Notices)
	}
	return fmt.Errorf("no such kind of record")
}

// announce notes what the record touched, for Last-Event-ID and for open pages.
func (e *edit) announce() error {
	if len(e.touched) == 0 && len(e.topics) == 0 && len(e.reread) == 0 {
		return nil
	}
	if e.rec.Rules != nil {
		e.touched = nil // a reload is no news
	}
	c := news.Change{Seq: e.rec.Seq, At: e.rec.At, Backlog: e.backlog, Stories: e.touched, Topics: e.topicNames(), TextChanged: e.reread, Rang: e.rang}
	if len(c.Stories)+len(c.Topics) == 0 {
		return e.tx.Changes.Put(c) // nothing for pages
	}
	e.events = append(e.events, live.Event{Seq: c.Seq, At: c.At, Backlog: c.Backlog, Stories: c.Stories, Topics: c.Topics})
	return e.tx.Changes.Put(c)
}

func (e *edit) topicNames() []string {
	names := make([]string, 0, len(e.topics))
	for name := range e.topics {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// flush writes the stories, events and topics that the group changed.
func (e *edit) flush() error {
	for _, id := range sortedKeys(e.dirty) {
		if err := e.tx.Stories.Put(e.cache[id]); err != nil {
			return err
		}
	}
	if err := e.flushEvents(); err != nil {
		return err
	}
	for _, name := range sortedKeys(e.bumped) {
		if err := e.tx.Topics.Put(e.states[name]); err != nil {
			return err
		}
	}
	e.dirty, e.bumped = nil, nil
	if e.rhythm == nil {
		return nil
	}
	return e.tx.Events.PutRhythm(e.rhythm)
}

func sortedKeys(m map[string]bool) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// source returns the group's copy of a source; nil when there is none.
func (e *edit) source(id string) (*news.SourceState, error) {
	if s := e.sources[id]; s != nil {
		return s, nil
	}
	s, err := e.tx.Sources.Get(id)
	if err != nil || s == nil {
		return nil, err
	}
	e.keepSource(s)
	return s, nil
}

func (e *edit) keepSource(s *news.SourceState) {
	if e.sources == nil {
		e.sources = map[string]*news.SourceState{}
	}
	e.sources[s.ID] = s
}

// story returns the group's copy of a story; nil when there is none.
func (e *edit) story(id string) (*news.Story, error) {
	if s := e.cache[id]; s != nil {
		return s, nil
	}
	s, err := e.tx.Stories.Get(id)
	if err != nil || s == nil {
		return nil, err
	}
	e.keep(s)
	return s, nil
}

func (e *edit) keep(s *news.Story) {
	if e.cache == nil {
		e.cache = map[string]*news.Story{}
	}
	e.cache[s.ID] = s
}

// touch says that the record changed a story: it is written at the end, open pages
// hear of it, and the editions that show it are new.
func (e *edit) touch(s *news.Story) error {
	s.Last = later(s.Last, e.rec.At)
	if e.dirty == nil {
		e.dirty = map[string]bool{}
	}
	e.dirty[s.ID] = true
	if e.seen == nil {
		e.seen = map[string]bool{}
	}
	if !e.seen[s.ID] && !isSingle(s) {
		e.seen[s.ID] = true
		e.touched = append(e.touched, s.ID)
	}
	for name, p := range s.Places {
		if p.Out {
			continue
		}
		if err := e.bump(name, 0); err != nil {
			return err
		}
	}
	return nil
}

// retell says that what is stored of a story reads differently, though it is no
// news: retention took its text, or its source gave that back.
func (e *edit) retell(id string) {
	if id != "" && !slices.Contains(e.reread[max(0, len(e.reread)-1):], id) {
		e.reread = append(e.reread, id)
	}
}

// bump says that a topic's edition is another from this record on, with so many
// stories more.
func (e *edit) bump(name string, more int) error {
	t, err := e.topicState(name)
	if err != nil || t == nil {
		return err
	}
	t.Seq, t.Changed = e.rec.Seq, later(t.Changed, e.rec.At)
	t.Count += more
	if e.topics == nil {
		e.topics = map[string]bool{}
	}
	if e.bumped == nil {
		e.bumped = map[string]bool{}
	}
	e.topics[name], e.bumped[name] = true, true
	return nil
}

func (e *edit) topicState(name string) (*news.TopicState, error) {
	if t := e.states[name]; t != nil {
		return t, nil
	}
	t, err := e.tx.Topics.Get(name)
	if err != nil || t == nil {
		return nil, err
	}
	if e.states == nil {
		e.states = map[string]*news.TopicState{}
	}
	c := *t
	e.states[name] = &c
	return &c, nil
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// compiled is the rules in force with their queries ready to match. It is
// replaced whole, never changed.
type compiled struct {
	*news.Rules
	topics  []*topic.Rule           // as Rules.Topics
	loose   bool                    // some have an item for each entry or page
	sources map[string]*news.Source // by id
	matches map[string]*topic.Query // a source's own match, by id
	alerts  []*topic.Rule           // as Rules.Alerts
	zone    *time.Location          // of the site
}

func compile(r *news.Rules) (*compiled, error) {
	if r == nil {
		r = &news.Rules{}
	}
	c := &compiled{Rules: r, sources: map[string]*news.Source{}, matches: map[string]*topic.Query{}}
	for i := range r.Sources {
		s := &r.Sources[i]
		c.sources[s.ID] = s
		if s.Match == "" {
			continue
		}
		q, err := topic.Parse(s.Match)
		if err != nil {
			return nil, fmt.Errorf("match of source %s: %w", s.Name, err)
		}
		c.matches[s.ID] = q
	}
	for _, t := range r.Topics {
		rule, err := topic.Compile(t)
		if err != nil {
			return nil, fmt.Errorf("match of topic %s: %w", t.Name, err)
		}
		c.topics = append(c.topics, rule)
		c.loose = c.loose || loose(t.Fold)
	}
	var err error
	if c.alerts, err = compileAlerts(r); err != nil {
		return nil, err
	}
	if c.zone, err = time.LoadLocation(r.Site.Zone); err != nil {
		return nil, fmt.Errorf("site.zone: %w", err)
	}
	return c, nil
}
