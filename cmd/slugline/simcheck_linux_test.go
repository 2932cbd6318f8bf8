package main

import (
	"encoding/xml"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// simReader is a subscriber of a topic who remembers everything.
type simReader struct {
	items    map[string]*simSeen // by id
	sealed   map[int]simPage     // by number
	reloaded bool                // the rules changed since the last look: what enters may be old
	looked   time.Time
}

// simPage is a sealed page as it was last read. The bytes of most never change again.
type simPage struct {
	hash    uint64     // of the bytes
	entries []simEntry // with no more than id and title
}

type simSeen struct {
	published, updated time.Time
	title, summary     string
}

// simFeed is an Atom feed as its readers see it.
type simFeed struct {
	Entries []simEntry `xml:"entry"`
}

type simEntry struct {
	ID        string    `xml:"id"`
	Title     string    `xml:"title"`
	Summary   string    `xml:"summary"`
	Published time.Time `xml:"published"`
	Updated   time.Time `xml:"updated"`
}

// story is the id of the story that is the item.
func (e *simEntry) story() string { return e.ID[max(0, len(e.ID)-13):] }

// check checks what can be checked each hour.
func (s *simulation) check() {
	s.world.mu.Lock()
	s.world.advance(time.Now())
	s.world.filed(time.Now())
	for _, complaint := range s.world.guests.faults {
		s.fault("politeness: %s", complaint)
	}
	s.world.guests.faults = nil
	s.world.mu.Unlock()
	s.follower.settle()
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	for _, topic := range simTopics {
		s.checkTopic(topic)
	}
	s.checkVisits()
	s.checkClock()
	s.bells.check()
}

// checkVisits checks that no source is forgotten, also none whose hub is relied on.
func (s *simulation) checkVisits() {
	for _, src := range s.world.sources {
		g := s.world.guests.source(src)
		if g.inSince.IsZero() {
			g.inSince = time.Now()
		}
		if s.config.out[src.id] || src.gone || time.Since(g.inSince) < 30*time.Hour {
			continue
		}
		if since := time.Since(g.ended); since > 30*time.Hour {
			s.fault("source %s was not visited for %v", src.id, since)
			g.inSince = time.Now()
		}
	}
}

func (s *simulation) read(topic string) *simFeed {
	e, err := s.node.editions.Topic(topic, edition.Atom)
	s.must(err)
	return s.parse(e.Body)
}

func (s *simulation) parse(body []byte) *simFeed {
	f := new(simFeed)
	s.must(xml.Unmarshal(body, f))
	return f
}

// checkTopic compares a topic's feed with what its reader saw before.
func (s *simulation) checkTopic(topic string) {
	f, r := s.read(topic), s.readers[topic]
	if r == nil {
		r = &simReader{items: map[string]*simSeen{}, sealed: map[int]simPage{}, reloaded: true}
		s.readers[topic] = r
	}
	s.checkOrder(topic, f)
	ids := map[string]bool{}
	for i := range f.Entries {
		e := &f.Entries[i]
		if ids[e.ID] {
			s.fault("topic %s has %s twice", topic, e.ID)
		}
		ids[e.ID] = true
		s.checkEntry(topic, r, e)
	}
	r.looked, r.reloaded = time.Now(), false
}

// checkOrder checks that a feed is newest first below its pins, and that no two items have
// one updated time.
func (s *simulation) checkOrder(topic string, f *simFeed) {
	pins := 0
	s.must(s.node.store.View(func(tx *store.Tx) error {
		t, err := tx.Topics.Get(topic)
		if err == nil {
			pins = len(t.Pins)
		}
		return err
	}))
	updated := map[time.Time]string{}
	for i, e := range f.Entries {
		if i > pins && e.Published.After(f.Entries[i-1].Published) {
			s.fault("topic %s: %s (%s) of %v is below one of %v", topic, e.ID, e.Title, e.Published, f.Entries[i-1].Published)
		}
		if other := updated[e.Updated]; other != "" {
			s.fault("topic %s: %s and %s have the same updated time %v", topic, other, e.ID, e.Updated)
		}
		updated[e.Updated] = e.ID
	}
}

// checkEntry compares an item with what its reader saw of it, or accepts it as new.
func (s *simulation) checkEntry(topic string, r *simReader, e *simEntry) {
	fact := s.world.titled[e.Title]
	if fact == nil {
		fact = s.factOf(e.story())
	}
	if fact == nil {
		s.fault("topic %s: nobody published %s %q", topic, e.ID, e.Title)
		return
	}
	seen := r.items[e.ID]
	r.items[e.ID] = &simSeen{e.Published, e.Updated, e.Title, e.Summary}
	if now := time.Now(); e.Published.After(now) || e.Updated.After(now.Add(time.Second)) {
		s.fault("topic %s: %s (%s) is of %v and %v, which is ahead", topic, e.ID, e.Title, e.Published, e.Updated)
	}
	if fact.tainted != "" {
		return
	}
	if seen == nil {
		s.checkNew(topic, r, e, fact)
		return
	}
	switch {
	case !e.Published.Equal(seen.published) && !(topic == "theme" && s.isSealed(topic, seen.published)):
		s.fault("topic %s: %s (%s) was of %v, and now is of %v", topic, e.ID, e.Title, seen.published, e.Published)
	case e.Updated.Before(seen.updated):
		s.fault("topic %s: %s (%s) was updated %v, and now %v", topic, e.ID, e.Title, seen.updated, e.Updated)
	case e.Updated.After(seen.updated) && e.Title == seen.title && e.Summary == seen.summary:
		s.fault("topic %s: %s (%s) is updated %v after %v, but reads as before", topic, e.ID, e.Title, e.Updated, seen.updated)
	case e.Updated.Equal(seen.updated) && e.Title != seen.title:
		s.fault("topic %s: %s has another headline (%s, was %s), but is not updated", topic, e.ID, e.Title, seen.title)
	}
}

// isSealed tells whether a time is in the sealed part of a topic's archive. A story that left
// the topic with a changed rule before its page was sealed, and comes back, is placed above.
func (s *simulation) isSealed(topic string, at time.Time) (sealed bool) {
	s.must(s.node.store.View(func(tx *store.Tx) error {
		t, err := tx.Topics.Get(topic)
		sealed = err == nil && !at.After(t.SealedUntil)
		return err
	}))
	return sealed
}

// checkNew checks an item that its reader sees for the first time.
func (s *simulation) checkNew(topic string, r *simReader, e *simEntry, fact *simFact) {
	if topic == "entries" || topic == "folded" {
		return // there a fact may have several items
	}
	known := &fact.ids[slices.Index(simTopics, topic)]
	if id := *known; id != "" && id != e.ID {
		s.fault("topic %s: fact %d (%s) comes back as new: it was %s, and is %s", topic, fact.n, e.Title, id, e.ID)
	}
	*known = e.ID
	if r.reloaded || topic == "theme" {
		return
	}
	if it := s.firstItem(e.story()); it != nil && !it.prev.IsZero() && e.Published.Before(it.prev.Add(-time.Second)) {
		s.fault("topic %s: new item %s (%s) is of %v, before the visit at %v that did not have it", topic, e.ID, e.Title, e.Published, it.prev)
	}
}

// firstItem returns the item with which a story began.
func (s *simulation) firstItem(id string) *simItem {
	st := s.story(id)
	if st == nil || len(st.Takes) == 0 {
		return nil
	}
	t := st.Takes[0]
	fact, src := s.world.titled[t.Headline], s.world.byID[t.Source]
	if fact == nil || src == nil {
		return nil
	}
	return fact.in(src)
}

func (s *simulation) story(id string) (st *news.Story) {
	s.must(s.node.store.View(func(tx *store.Tx) (err error) {
		if st, err = tx.Stories.Get(id); st != nil || err != nil {
			return err
		}
		e, err := tx.Entries.Get(id)
		if e != nil && err == nil {
			st, err = tx.Stories.Get(e.Story)
		}
		return err
	}))
	return st
}

// factOf returns the fact of a story, also when a note stands in its place.
func (s *simulation) factOf(id string) *simFact {
	st := s.story(id)
	if st == nil {
		return nil
	}
	for _, t := range st.Takes {
		if f := s.world.titled[t.Headline]; f != nil {
			return f
		}
	}
	return nil
}

// taintStory says that an editor changed what becomes of the facts of a story.
func (s *simulation) taintStory(id, why string) {
	st := s.story(id)
	if st == nil {
		return
	}
	for _, t := range st.Takes {
		if f := s.world.titled[t.Headline]; f != nil {
			f.tainted = why
		}
	}
	if st.MergedInto != "" && st.MergedInto != id {
		s.taintStory(st.MergedInto, why)
	}
}

// daily checks what takes longer: the archives, every fact, the file.
func (s *simulation) daily(day int) {
	s.restart()
	s.follower.send(simMessage{Verify: s.follower.copy()})
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	s.checkFacts()
	s.checkItems()
	s.checkLimits()
	if s.size.days > 3 {
		s.t.Logf("day %d: %d facts, %d requests, %d KB, %d MB of heap, %v", day, len(s.world.facts), s.world.guests.total, s.node.store.Size()>>10, s.heap>>20, realTime()-s.began)
	}
	if most := float64(s.config.budget()) * 1.5; float64(s.world.guests.total) > most*float64(day) {
		s.fault("%d visits in %d days, with a budget of %d a day", s.world.guests.total, day, s.config.budget())
	}
}

// published returns the items of a topic's feed and of all pages of its archive, as of one
// moment.
func (s *simulation) published(topic string) []simEntry {
	for {
		before := s.node.store.Seq()
		all := s.readAll(topic)
		if s.node.store.Seq() == before {
			return all
		}
	}
}

func (s *simulation) readAll(topic string) []simEntry {
	all := s.read(topic).Entries
	r := s.readers[topic]
	for n := 1; ; n++ {
		e, sealed, err := s.node.editions.Archive(topic, n)
		if errors.Is(err, edition.ErrUnknown) {
			return all
		}
		if errors.Is(err, edition.ErrGone) {
			continue
		}
		s.must(err)
		if sealed {
			all = append(all, s.readPage(topic, r, n, e.Body)...)
		} else {
			all = append(all, s.parse(e.Body).Entries...)
		}
	}
}

// readPage returns what a sealed page lists, and compares it with what it listed before.
func (s *simulation) readPage(topic string, r *simReader, n int, body []byte) []simEntry {
	before, had := r.sealed[n]
	now := simPage{hash: xxhash.Sum64(body)}
	if had && now.hash == before.hash {
		return before.entries
	}
	for _, e := range s.parse(body).Entries {
		now.entries = append(now.entries, simEntry{ID: e.ID, Title: e.Title})
	}
	r.sealed[n] = now
	if had {
		s.checkPage(topic, n, before.entries, now.entries)
	}
	return now.entries
}

// checkPage checks that a sealed page lists no more than before, in the order of before.
func (s *simulation) checkPage(topic string, n int, before, now []simEntry) {
	left := before
	for _, e := range now {
		i := slices.IndexFunc(left, func(o simEntry) bool { return o.ID == e.ID })
		if i < 0 {
			if f := s.factOf(e.story()); f == nil || f.tainted == "" {
				s.fault("page %d of the archive of %s has %s, which it had not when it was sealed", n, topic, e.ID)
			}
			continue
		}
		left = left[i+1:]
	}
}

// checkFacts checks that each fact that was read is published once in topic all.
func (s *simulation) checkFacts() {
	found, published := map[*simFact]string{}, s.published("all")
	s.checkKills(published)
	for _, e := range published {
		f := s.world.titled[e.Title]
		switch {
		case f == nil || f.tainted != "" || found[f] == e.ID: // a feed that has grown shows what is in a sealed page
		case found[f] != "":
			s.fault("fact %d (%s) is published twice: %s and %s; %s", f.n, e.Title, found[f], e.ID, s.describe(f, found[f], e.ID))
		default:
			found[f] = e.ID
		}
	}
	for _, f := range s.world.facts {
		if f.served && f.tainted == "" && found[f] == "" && !s.isHeld(f) {
			s.fault("fact %d (%s) was read and is not published; %s", f.n, f.first, s.describe(f, s.storiesOf(f)...))
		}
	}
}

// describe says what is known of a fact and of the stories that it became.
func (s *simulation) describe(f *simFact, ids ...string) string {
	text := fmt.Sprintf("it is of %s, %q;", f.at.UTC().Format(time.DateTime), f.first)
	for _, src := range s.world.sources {
		if it := f.in(src); it != nil {
			text += fmt.Sprintf(" %s has it since %s, dated %s, read %s after %s, now %q (noGUID %v, noLink %v, dates %d);", src.id, it.at.UTC().Format(time.DateTime), it.dated.UTC().Format(time.DateTime),
				it.read.UTC().Format(time.DateTime), it.prev.UTC().Format(time.DateTime), it.title, src.noGUID, src.noLink, src.dates)
		}
	}
	for _, id := range ids {
		if st := s.story(id[max(0, len(id)-13):]); st != nil {
			text += fmt.Sprintf("\n  story %s %q of %s, record %d, hidden %v, withdrawn %v, merged into %q, places %v:", st.ID, st.Headline, st.First.Format(time.DateTime), st.Seq, st.Hidden, st.IsWithdrawn(), st.MergedInto, st.Places)
			for _, t := range st.Takes {
				text += fmt.Sprintf(" [%s %q, was %v, held %v, corrected by %q, %s %s, record %d]", t.Source, t.Headline, t.Earlier, t.Holds, t.CorrectedBy, t.Level, t.At.Format(time.DateTime), t.Seq)
			}
		}
	}
	return text
}

// isHeld tells whether a fact is rightly not published yet: all that is read of it is
// dated ahead, or was when it was read and the program has only just started since.
func (s *simulation) isHeld(f *simFact) bool {
	now := time.Now()
	for _, it := range f.items {
		justUp := it.dated.After(it.read) && now.Sub(s.up) < 10*time.Minute
		if it.cited != "" && it.dated.Before(now.Add(-2*time.Hour)) && !justUp {
			return false
		}
	}
	return true
}

// checkItems checks that each source's items are stored as they were last read, or as they
// are now: a record may be committed although the visit that read them was killed.
func (s *simulation) checkItems() {
	stored := map[string]bool{}
	s.must(s.node.store.View(func(tx *store.Tx) error {
		return tx.Stories.Each(func(st *news.Story) error {
			for _, t := range st.Takes {
				stored[t.Source+" "+t.Headline] = true
			}
			return nil
		})
	}))
	for _, src := range s.world.sources {
		for _, it := range src.items {
			if it.cited != "" && !it.unknown && !stored[src.id+" "+it.cited] && !stored[src.id+" "+it.shown] && !stored[src.id+" "+it.title] {
				s.fault("%s: item %d, last read as %q, is not stored so; %s %s", src.id, it.n, it.cited, it.fact.tainted, s.describe(it.fact, s.storiesOf(it.fact)...))
			}
		}
	}
}

// storiesOf returns the ids of all stories with a headline of a fact.
func (s *simulation) storiesOf(f *simFact) (ids []string) {
	s.must(s.node.store.View(func(tx *store.Tx) error {
		return tx.Stories.Each(func(st *news.Story) error {
			for _, t := range st.Takes {
				if s.world.titled[t.Headline] == f {
					ids = append(ids, st.ID)
				}
			}
			return nil
		})
	}))
	return ids
}

// simState is what a restart must not change.
type simState struct {
	seq      uint64
	digest   string            // empty: the database is not small
	editions map[string]string // ETags of topics
}

// simSmall is the size of databases that are read whole at each stop and start. A larger one is
// compared at a start alone, by the follower, with its own, which saw no restart.
const simSmall = 32 << 20

func (s *simulation) state() simState {
	st := simState{seq: s.node.store.Seq(), editions: map[string]string{}}
	if s.node.store.Size() < simSmall {
		digest, err := s.node.store.Digest()
		s.must(err)
		st.digest = digest
	}
	press := &edition.Press{Store: s.node.store}
	for _, topic := range simTopics {
		e, err := press.Topic(topic, edition.JSON)
		if errors.Is(err, edition.ErrUnknown) {
			continue
		}
		s.must(err)
		st.editions[topic] = e.ETag
	}
	return st
}

func (b *simState) equal(now simState) bool {
	same := b.digest == now.digest || b.digest == "" || now.digest == ""
	return same && b.seq == now.seq && maps.Equal(b.editions, now.editions)
}

// remember keeps the state at a stop, for sameAsBefore.
func (s *simulation) remember() {
	now := s.state()
	s.before = &now
}

// sameAsBefore compares the state at a start with that at the stop before, and with that
// of the follower.
func (s *simulation) sameAsBefore() {
	now := s.state()
	if b := s.before; b != nil && !b.equal(now) {
		s.fault("a restart changed the state: %v, was %v", now, *b)
	}
	s.before = nil
	s.follower.compare()
}

// end says what was done.
func (s *simulation) end() {
	s.t.Logf("%d facts, %d notices, %d requests, %d pushes and %d of re-issues, %d alerts in %d messages, %d KB, %d MB of heap, %d goroutines, %v; %v; course %v", len(s.world.facts), s.world.notices, s.world.guests.total, s.world.pushed, s.world.reissues, len(s.bells.accepted), s.bells.messages, s.node.store.Size()>>10, s.heap>>20, s.idle, realTime()-s.began, s.counts, &s.world.course)
}
