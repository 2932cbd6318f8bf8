package view

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

const (
	maxMatches      = 20_000  // stories that Matches hold and examine
	maxChanged      = 1000    // stories that changed, which are matched one by one
	maxUncovered    = 200_000 // stories that Matches look through for their numbers at most
	matchesValidFor = time.Hour
)

// Matches are the newest stories that satisfy a filter, kept for the next request. A
// request examines what changed since the last one, and goes on where older stories were
// not examined yet.
//
// What they say is as of record Seq, but for one thing: a feed that changed its own title
// satisfies source: by its new title after an hour at the latest. Mutes of events are
// applied when stories are listed, because events join without changing their stories.
//
// The zero value is ready. It may be used by one goroutine at a time, for one filter, in
// transactions each of which is as new as the one before.
type Matches struct {
	Seq  uint64 // of the last record that they include
	Most int    // stories to hold, and to examine when they are first needed; 0 means 20,000

	rules    *news.Rules           // with which stories were matched
	since    time.Time             // when the first story was examined
	stars    map[string]*news.Star // with which stories were matched
	list     []match               // newest first
	last     match                 // the oldest story that was examined; without id: none was
	examined int
	complete bool // there is no older story

	// The largest seq of the stories that are older than last, once that is known.
	seqBelow      uint64
	seqBelowKnown bool
}

// match is a story that satisfies a filter.
type match struct {
	first     int64 // in milliseconds
	seq       uint64
	id, event string
}

func newMatch(s *news.Story) match { return match{s.First.UnixMilli(), s.Seq, s.ID, s.Event} }

// compare orders stories as the wire has them, newest first.
func (m match) compare(o match) int {
	return cmp.Or(cmp.Compare(o.first, m.first), cmp.Compare(o.seq, m.seq), cmp.Compare(o.id, m.id))
}

func (m match) story() *news.Story {
	return &news.Story{ID: m.id, Seq: m.seq, First: time.UnixMilli(m.first).UTC()}
}

// Len returns how many stories the matches hold.
func (m *Matches) Len() int { return len(m.list) }

// covers tells whether a story with this place in the wire was examined, or would have been.
func (m *Matches) covers(at match) bool {
	return m.complete || m.last.id != "" && at.compare(m.last) <= 0
}

// isFull tells whether no older stories are examined any more.
func (m *Matches) isFull() bool { return m.complete || m.examined >= m.most() }

func (m *Matches) most() int { return cmp.Or(m.Most, maxMatches) }

// update examines the stories that changed since the last call. If these are too many, or
// no longer known, it forgets all.
func (m *Matches) update(ctx context.Context, tx *store.Tx, f *Filter) error {
	rules, err := tx.Rules()
	if err != nil {
		return err
	}
	var stars map[string]*news.Star
	if f.stars != nil {
		stars = f.stars()
	}
	ids, known, err := m.changed(tx, stars)
	if err != nil {
		return err
	}
	if !known || m.rules != rules || time.Since(m.since) > matchesValidFor {
		m.reset(tx, rules)
	} else if err := m.decide(ctx, tx, f, ids); err != nil {
		return err
	}
	m.Seq, m.stars = tx.Seq(), stars
	return nil
}

func (m *Matches) reset(tx *store.Tx, rules *news.Rules) {
	*m = Matches{Seq: tx.Seq(), Most: m.Most, rules: rules, since: time.Now()}
}

// changed returns the ids of the stories that changed since the last update. It reports
// false if they are too many, or no longer known.
func (m *Matches) changed(tx *store.Tx, stars map[string]*news.Star) (ids map[string]bool, known bool, err error) {
	oldest := tx.Changes.Oldest()
	if tx.Seq() != m.Seq && (oldest == 0 || oldest > m.Seq+1) {
		return nil, false, nil
	}
	changes, err := tx.Changes.After(m.Seq, maxChanged+1)
	if err != nil || len(changes) > maxChanged {
		return nil, false, err
	}
	ids = map[string]bool{}
	for _, c := range changes {
		for _, id := range slices.Concat(c.Stories, c.TextChanged) {
			ids[id] = true
		}
	}
	addDifference(ids, m.stars, stars)
	return ids, len(ids) <= maxChanged, nil
}

// addDifference adds the ids that only one of two sets has.
func addDifference(ids map[string]bool, a, b map[string]*news.Star) {
	for id := range a {
		if b[id] == nil {
			ids[id] = true
		}
	}
	for id := range b {
		if a[id] == nil {
			ids[id] = true
		}
	}
}

// decide examines some stories again. When the processor time of ctx is used up, the matches
// begin anew.
func (m *Matches) decide(ctx context.Context, tx *store.Tx, f *Filter, ids map[string]bool) error {
	if len(ids) == 0 {
		return nil
	}
	m.list = slices.DeleteFunc(m.list, func(o match) bool { return ids[o.id] })
	snap := NewSnapshot(tx)
	for id := range ids {
		used, err := usedUp(ctx)
		if err != nil {
			return errors.Join(err, snap.Err)
		}
		if used {
			m.reset(tx, m.rules)
			return snap.Err
		}
		s, err := tx.Stories.Get(id)
		if err != nil {
			return err
		}
		if s == nil {
			continue
		}
		if err := m.add(snap, f, s); err != nil {
			return err
		}
	}
	m.trim()
	return snap.Err
}

// add adds a story in its place if it is shown and satisfies the filter.
func (m *Matches) add(snap *Snapshot, f *Filter, s *news.Story) error {
	if s.MergedInto != "" {
		return nil
	}
	at := newMatch(s)
	if !m.covers(at) {
		m.seqBelow = max(m.seqBelow, s.Seq)
		return nil
	}
	if s.IsTakenDown() {
		return nil
	}
	ok, err := f.matchesWithoutEvents(snap, s)
	if err != nil || !ok {
		return err
	}
	i, _ := slices.BinarySearchFunc(m.list, at, match.compare)
	m.list = slices.Insert(m.list, i, at)
	return nil
}

// trim drops the oldest of too many matches.
func (m *Matches) trim() {
	if most := m.most(); len(m.list) > most {
		m.list = slices.Clone(m.list[:most])
		m.last, m.examined, m.complete, m.seqBelowKnown = m.list[most-1], most, false, false
	}
}

// extend examines the next older stories, at most scanBatch, and one at least.
func (m *Matches) extend(ctx context.Context, snap *Snapshot, f *Filter) error {
	var before *news.Story
	if m.last.id != "" {
		before = m.last.story()
	}
	list, err := snap.Tx.Stories.Latest(scanBatch, before)
	if err != nil {
		return err
	}
	for i, s := range list {
		used, err := usedUp(ctx)
		if err != nil || used && i > 0 {
			return errors.Join(err, snap.Err)
		}
		m.last = newMatch(s)
		m.examined++
		if err := m.add(snap, f, s); err != nil {
			return err
		}
	}
	m.complete = len(list) < scanBatch
	return snap.Err
}

// hasAllSince tells whether every story with a larger seq was examined.
func (m *Matches) hasAllSince(tx *store.Tx, seq uint64) (bool, error) {
	if m.complete {
		return true, nil
	}
	if !m.isFull() {
		return false, nil
	}
	if !m.seqBelowKnown {
		below, ok, err := tx.Stories.NewestSeqBelow(m.last.story(), maxUncovered)
		if err != nil {
			return false, err
		}
		if !ok { // they are not looked through again for each request
			below = math.MaxUint64
		}
		m.seqBelow, m.seqBelowKnown = max(m.seqBelow, below), true
	}
	return m.seqBelow <= seq, nil
}

// MatchedWire reads a page of the wire as WireReader does, from Matches.
type MatchedWire struct {
	Wire *Wire // what was read; complete when Read returns false

	matches *Matches
	filter  *Filter
	sources keptSources
	before  match // continue below; without id: from the newest on
	wanted  int
	looked  int
}

// NewMatchedWire prepares reading up to n stories of the matches of a filter, below the
// story before or, when that is nil, the newest.
func NewMatchedWire(m *Matches, f *Filter, before *news.Story, n int) *MatchedWire {
	r := &MatchedWire{Wire: &Wire{Events: []Event{}}, matches: m, filter: f, wanted: n}
	if before != nil {
		r.before = newMatch(before)
	}
	return r
}

// CanRead tells whether the matches have the page, or can get it by examining older stories.
// If not, a WireReader must read it.
func (r *MatchedWire) CanRead() bool {
	m := r.matches
	if r.before.id != "" && !m.covers(r.before) {
		return false
	}
	return m.complete || !m.isFull() || len(m.list)-r.start() >= r.wanted
}

// start returns the index of the first match of the page.
func (r *MatchedWire) start() int {
	if r.before.id == "" {
		return 0
	}
	i, found := slices.BinarySearchFunc(r.matches.list, r.before, match.compare)
	if found {
		i++
	}
	return i
}

// Read brings the matches up to date, or examines more stories, and tells whether there is
// more to do. When the processor time of ctx is used up, the page ends.
func (r *MatchedWire) Read(ctx context.Context, tx *store.Tx) (more bool, err error) {
	m := r.matches
	if err := m.update(ctx, tx, r.filter); err != nil {
		return false, err
	}
	snap := r.sources.snapshot(tx)
	enough := r.hasEnough(snap)
	if !enough && !m.isFull() && r.looked < maxScanned {
		if err := m.extend(ctx, snap, r.filter); err != nil {
			return false, err
		}
		r.looked += scanBatch
		enough = r.hasEnough(snap)
	}
	used, err := usedUp(ctx)
	if err != nil {
		return false, err
	}
	if !enough && !used && !m.isFull() && r.looked < maxScanned {
		return true, snap.Err
	}
	return false, r.write(tx, snap)
}

func (r *MatchedWire) hasEnough(snap *Snapshot) bool {
	n := 0
	for _, at := range r.matches.list[r.start():] {
		if !r.filter.mutesEvent(snap, at.event) {
			n++
		}
		if n == r.wanted {
			return true
		}
	}
	return false
}

// write writes the page.
func (r *MatchedWire) write(tx *store.Tx, snap *Snapshot) error {
	m, w := r.matches, r.Wire
	w.Seq = m.Seq
	found := 0
	rest := m.list[r.start():]
	for i, at := range rest {
		if r.filter.mutesEvent(snap, at.event) {
			continue
		}
		s, err := tx.Stories.Get(at.id)
		if err != nil {
			return err
		}
		if s == nil {
			continue
		}
		if err := w.append(snap, s); err != nil {
			return err
		}
		if found++; found == r.wanted {
			if i < len(rest)-1 || !m.complete {
				w.Before = at.id
			}
			return snap.Err
		}
	}
	switch {
	case r.before.id != "" && !m.covers(r.before): // the matches began anew, and are not down there yet
		w.Before = r.before.id
	case !m.complete:
		w.Before = m.last.id
	}
	return snap.Err
}

// MatchedUnread finds unread stories as UnreadReader does, from Matches.
type MatchedUnread struct {
	Unread *Unread // what was found; complete when Read returns false

	matches *Matches
	filter  *Filter
	sources keptSources
	marks   readMarks
	least   int // fewer matches can't have as many unread ones as are listed
}

// NewMatchedUnread prepares finding the unread ones of the matches of a filter.
func NewMatchedUnread(m *Matches, f *Filter, state *news.ReadState) *MatchedUnread {
	return &MatchedUnread{matches: m, filter: f, marks: marksOf(state), least: MaxUnread}
}

// maxUnreadRecords is how many records are read for the unread stories of a filter whose
// matches are not known.
const maxUnreadRecords = 300

// CanRead tells whether the matches are known, or examining them is not much more work than
// reading the records since the editor marked all as read. If not, an UnreadReader must do
// that.
func (r *MatchedUnread) CanRead(tx *store.Tx) bool {
	return r.matches.isFull() || !r.marks.hasRecords(tx) || tx.Seq()-r.marks.upto > maxUnreadRecords
}

// Read brings the matches up to date, or examines more stories, and tells whether there is
// more to do. When the processor time of ctx is used up, More is set and it ends.
func (r *MatchedUnread) Read(ctx context.Context, tx *store.Tx) (more bool, err error) {
	m := r.matches
	if err := m.update(ctx, tx, r.filter); err != nil {
		return false, err
	}
	if !m.isFull() && !r.hasEnough() {
		if err := m.extend(ctx, r.sources.snapshot(tx), r.filter); err != nil {
			return false, err
		}
		used, err := usedUp(ctx)
		if !used || err != nil {
			return err == nil, err
		}
	}
	return false, r.count(tx)
}

// hasEnough tells whether as many are unread as are listed, but for mutes of events.
func (r *MatchedUnread) hasEnough() bool {
	if len(r.matches.list) < r.least {
		return false
	}
	n := 0
	for _, at := range r.matches.list {
		if r.marks.isUnread(at.seq, at.id) {
			n++
		}
	}
	r.least = len(r.matches.list) + max(1, MaxUnread-n)
	return n > MaxUnread
}

// count lists the unread ones of the matches that are known.
func (r *MatchedUnread) count(tx *store.Tx) error {
	m, snap := r.matches, NewSnapshot(tx)
	out := &Unread{Seq: m.Seq, IDs: []string{}}
	r.Unread = out
	for _, at := range m.list {
		if !r.marks.isUnread(at.seq, at.id) || r.filter.mutesEvent(snap, at.event) {
			continue
		}
		if len(out.IDs) == MaxUnread {
			out.More = true
			return snap.Err
		}
		out.IDs = append(out.IDs, at.id)
	}
	if m.complete {
		return snap.Err
	}
	if err := r.addAgain(tx, snap); err != nil {
		return err
	}
	all, err := m.hasAllSince(tx, r.marks.upto)
	out.More = !all
	return errors.Join(err, snap.Err)
}

// addAgain adds the stories that were marked as unread again and are older than the matches.
func (r *MatchedUnread) addAgain(tx *store.Tx, snap *Snapshot) error {
	for id := range r.marks.again {
		s, err := tx.Stories.Get(id)
		if err != nil {
			return err
		}
		if s == nil || r.matches.covers(newMatch(s)) || s.MergedInto != "" || s.IsTakenDown() || !r.marks.isUnread(s.Seq, s.ID) {
			continue
		}
		ok, err := r.filter.Matches(snap, s)
		if err != nil {
			return err
		}
		if ok && len(r.Unread.IDs) < MaxUnread {
			r.Unread.IDs = append(r.Unread.IDs, s.ID)
		}
	}
	return nil
}
