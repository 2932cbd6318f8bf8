package desk

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/topic"
)

// Enforce files the rules if they are others than those in force, and says how many
// stories each topic gained or lost ("topic cyber: +42 -7 stories"). at is the time
// of reading the file.
func (d *Desk) Enforce(ctx context.Context, r *news.Rules, at time.Time) ([]string, error) {
	b, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	mark := fmt.Sprintf("%016x", news.Key('r', string(b)))
	known, err := d.mark()
	if err != nil || known == mark {
		return nil, err
	}
	before, err := d.members()
	if err != nil {
		return nil, err
	}
	c := *r
	c.Hash = mark
	c.Sources = slices.Clone(r.Sources) // which are given their ids; the caller's stay as they are
	rec := news.Record{At: news.Instant(at), Rules: &c}
	rec.SetID()
	if err := d.File(ctx, rec); err != nil {
		return nil, err
	}
	after, err := d.members()
	if err != nil {
		return nil, err
	}
	return differences(before, after), nil
}

// mark is that of the rules in force.
func (d *Desk) mark() (mark string, err error) {
	err = d.store.View(func(tx *store.Tx) error {
		r, err := tx.Rules()
		if r != nil {
			mark = r.Hash
		}
		return err
	})
	return mark, err
}

// members tells which stories stand in each topic.
func (d *Desk) members() (map[string]map[string]bool, error) {
	topics := map[string]map[string]bool{}
	err := d.store.View(func(tx *store.Tx) error {
		r, err := tx.Rules()
		if err != nil || r == nil {
			return err
		}
		for i := range r.Topics {
			name := r.Topics[i].Name
			if topics[name], err = tx.Stories.IDsInTopic(name); err != nil {
				return err
			}
		}
		return nil
	})
	return topics, err
}

func differences(before, after map[string]map[string]bool) []string {
	var out []string
	for name, now := range after {
		more, fewer := 0, 0
		for id := range now {
			if !before[name][id] {
				more++
			}
		}
		for id := range before[name] {
			if !now[id] {
				fewer++
			}
		}
		if more+fewer > 0 {
			out = append(out, fmt.Sprintf("topic %s: +%d -%d stories", name, more, fewer))
		}
	}
	slices.Sort(out)
	return out
}

// enforce puts rules in force: sources and topics keep their identity through
// renames and moves, and every stored story is held against each rule that changed.
func (e *edit) enforce(r *news.Rules) error {
	e.backlog = true
	old := e.rules
	e.sources = nil
	if err := e.adoptSources(r); err != nil {
		return err
	}
	if err := e.adoptTopics(old.Rules, r); err != nil {
		return err
	}
	r.Site.ID = cmp.Or(r.Site.ID, old.Site.ID, hostOf(r.Site.URL))
	e.adoptAlerts(old.Rules, r)
	if err := e.tx.PutRules(r); err != nil {
		return err
	}
	next, err := compile(r)
	if err != nil {
		return err
	}
	e.rules, e.loosened = next, old.loose || next.loose
	changed := changedTopics(old.Rules, r)
	if len(changed) == 0 {
		return e.bumpAll()
	}
	if err := e.flush(); err != nil {
		return err
	}
	if err := e.replace(changed); err != nil {
		return err
	}
	if err := e.windows(e.horizon()); err != nil {
		return err
	}
	return e.bumpAll()
}

// adoptSources gives each source its id: its name at birth. The same address under
// a new name is a rename, the same name with a new address a move.
func (e *edit) adoptSources(r *news.Rules) error {
	states, err := e.tx.Sources.All()
	if err != nil {
		return err
	}
	taken := map[string]bool{}
	for i := range r.Sources {
		if s := knownSource(states, r, &r.Sources[i]); s != nil {
			r.Sources[i].ID = s.ID
			taken[s.ID] = true
		}
	}
	for _, s := range states {
		if taken[s.ID] {
			continue
		}
		taken[s.ID] = true
		if err := e.retire(s); err != nil {
			return err
		}
	}
	for i := range r.Sources {
		if err := e.adoptSource(&r.Sources[i], states, taken); err != nil {
			return err
		}
	}
	return nil
}

// knownSource finds the state of a source by name, else by an address that no other
// source of the rules bears the old name of.
func knownSource(states []*news.SourceState, r *news.Rules, s *news.Source) *news.SourceState {
	for _, st := range states {
		if st.Name == s.Name {
			return st
		}
	}
	for _, st := range states {
		if st.Address == s.Address && !hasName(r, st.Name) {
			return st
		}
	}
	return nil
}

func hasName(r *news.Rules, name string) bool {
	return slices.ContainsFunc(r.Sources, func(s news.Source) bool { return s.Name == name })
}

// retire takes note that a source is no longer in the rules: what it listed fades
// from now on.
func (e *edit) retire(s *news.SourceState) error {
	if s.Removed {
		return nil
	}
	c := *s
	c.Removed, c.Validators = true, news.Validators{}
	b := &batch{edit: e, Visit: &news.Visit{Source: s.ID}, src: &c}
	for _, k := range s.Listed {
		if err := b.unlist(k); err != nil {
			return err
		}
	}
	c.Listed = nil
	return e.tx.Sources.Put(&c)
}

func (e *edit) adoptSource(s *news.Source, states []*news.SourceState, taken map[string]bool) error {
	for _, st := range states {
		if st.ID == s.ID {
			c := *st
			if c.Address != s.Address || c.Removed {
				c.Validators, c.Visited = news.Validators{}, false // what it holds there is backlog
			}
			c.Source, c.Removed = *s, false
			return e.tx.Sources.Put(&c)
		}
	}
	s.ID = s.Name
	for n := 2; taken[s.ID]; n++ {
		s.ID = fmt.Sprintf("%s-%d", s.Name, n)
	}
	taken[s.ID] = true
	return e.tx.Sources.Put(&news.SourceState{Source: *s, Created: e.rec.At})
}

// adoptTopics renames, removes and makes topics.
func (e *edit) adoptTopics(old, r *news.Rules) error {
	if err := e.flush(); err != nil {
		return err
	}
	for i := range r.Topics {
		if err := e.adoptTopic(&r.Topics[i]); err != nil {
			return err
		}
	}
	states, err := e.tx.Topics.All()
	if err != nil {
		return err
	}
	for _, t := range states {
		if hasTopic(r, t.Name) || t.Removed || t.RenamedTo != "" {
			continue
		}
		c := *t
		c.Removed = true
		if err := e.tx.Topics.Put(&c); err != nil {
			return err
		}
	}
	e.states, e.cache, e.dirty, e.bumped, e.sources, e.read = nil, nil, nil, nil, nil, nil
	return nil
}

func hasTopic(r *news.Rules, name string) bool {
	return slices.ContainsFunc(r.Topics, func(t news.Topic) bool { return t.Name == name })
}

func (e *edit) adoptTopic(t *news.Topic) error {
	st, err := e.tx.Topics.Get(t.Name)
	if err != nil {
		return err
	}
	for _, name := range t.Was {
		was, err := e.tx.Topics.Get(name)
		if err != nil {
			return err
		}
		if was != nil && was.RenamedTo != "" {
			continue
		}
		if was != nil && (st == nil || st.RenamedTo != "") {
			if err := e.tx.Topics.MoveStories(name, t.Name); err != nil {
				return err
			}
			c := *was
			st = &c
		}
		if err := e.tx.Topics.Put(&news.TopicState{Topic: news.Topic{Name: name}, RenamedTo: t.Name, Seq: e.rec.Seq, Changed: e.rec.At}); err != nil {
			return err
		}
	}
	next := news.TopicState{Topic: *t}
	if st != nil {
		next = *st
		next.Topic, next.Removed, next.RenamedTo = *t, false, ""
	}
	next.Seq, next.Changed = e.rec.Seq, later(next.Changed, e.rec.At)
	return e.tx.Topics.Put(&next)
}

// changedTopics names the topics whose membership the new rules may change.
func changedTopics(old, r *news.Rules) map[string]bool {
	all := !reflect.DeepEqual(matchable(old), matchable(r))
	out := map[string]bool{}
	for _, t := range r.Topics {
		i := slices.IndexFunc(old.Topics, func(o news.Topic) bool { return o.Name == t.Name || slices.Contains(t.Was, o.Name) })
		if all || i < 0 || !sameRule(&old.Topics[i], &t) {
			out[t.Name] = true
		}
	}
	return out
}

func sameRule(a, b *news.Topic) bool {
	return slices.Equal(a.From, b.From) && slices.Equal(a.Not, b.Not) && slices.Equal(a.Match, b.Match) && a.Keyed == b.Keyed && a.Fold == b.Fold
}

// matchable is what rules ask of sources that both old and new rules have. A source
// that is new has no stories yet.
func matchable(r *news.Rules) map[string]string {
	out := map[string]string{}
	for _, s := range r.Sources {
		out[s.ID] = strings.Join(append([]string{s.Name, s.Title, s.Owner, fmt.Sprint(s.Keyed)}, s.Tags...), "\x00")
	}
	return out
}

// replace holds every story against the rules that changed.
func (e *edit) replace(changed map[string]bool) error {
	return e.tx.Stories.Each(func(s *news.Story) error {
		if s.MergedInto != "" {
			return nil
		}
		e.keep(s)
		docs, err := e.docs(s)
		if err != nil {
			return err
		}
		for i := range e.rules.Topics {
			if !changed[e.rules.Topics[i].Name] {
				continue
			}
			if err := e.reconsider(s, i, docs); err != nil {
				return err
			}
		}
		if !e.dirty[s.ID] {
			delete(e.cache, s.ID)
		}
		return nil
	})
}

// reconsider lets a story into a topic or takes it out by a changed rule. It comes
// to the place that it would have had, or had before.
func (e *edit) reconsider(s *news.Story, i int, docs []doc) error {
	t := &e.rules.Topics[i]
	if e.loosened || e.rec.Rules == nil {
		if err := e.reconsiderSingles(s, i, docs); err != nil {
			return err
		}
	}
	if loose(t.Fold) {
		return e.settle(s, t.Name, s.First, false)
	}
	at, in := since(s, t, e.rules.topics[i], docs)
	if e.pinned(s, t.Name) {
		at, in = later(at, s.First), true
	}
	if t.Fold == news.FoldEvent && in {
		var err error
		if in, err = e.mayStand(s, t.Name); err != nil {
			return err
		}
	}
	if e.rec.Order != nil {
		at = later(at, e.rec.At)
	}
	return e.settle(s, t.Name, at, in && !s.IsHidden(t.Name))
}

// mayStand tells whether no other story of its event stands in the topic.
func (e *edit) mayStand(s *news.Story, name string) (bool, error) {
	all, err := e.siblings(s.Event)
	if err != nil {
		return false, err
	}
	other := standsFor(all, name)
	return other == nil || other == s, nil
}

// settle takes a story in or out, at its old place where it had one.
func (e *edit) settle(s *news.Story, name string, at time.Time, in bool) error {
	p, had := s.Places[name]
	switch {
	case in && !had && !s.Killed.IsZero():
		return nil
	case in && (!had || p.Out):
		return e.stand(s, name, at)
	case !in && had && !p.Out:
		return e.leave(s, name)
	}
	return nil
}

// reconsiderAll holds a story against all rules after an order changed it.
func (e *edit) reconsiderAll(s *news.Story) error {
	if s.MergedInto != "" {
		return nil
	}
	docs, err := e.docs(s)
	if err != nil {
		return err
	}
	for i := range e.rules.Topics {
		if err := e.reconsider(s, i, docs); err != nil {
			return err
		}
	}
	return nil
}

// since tells whether a story satisfies a rule, and from when on: the At of the take
// that made it so, or of its first entry when its first record did.
func since(s *news.Story, t *news.Topic, rule *topic.Rule, docs []doc) (time.Time, bool) {
	owners := map[string]bool{}
	for i := range docs {
		owners[docs[i].take.Owner] = true
		if i+1 < len(docs) && docs[i+1].take.Seq == docs[i].take.Seq {
			continue
		}
		if satisfied(rule, t, docs[:i+1], len(owners)) {
			if docs[i].take.Seq == s.Seq {
				return s.First, true
			}
			return later(s.First, docs[i].take.At), true
		}
	}
	return time.Time{}, false
}
