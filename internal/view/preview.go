package view

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/topic"
)

// PreviewStories is how many of the newest stories a preview examines. It reads them in
// one transaction, which must be short.
const PreviewStories = 5000

// TopicPreview is which of the newest stories a topic with a rule would carry.
type TopicPreview struct {
	Looked         int     `json:"looked"`           // how many stories were examined
	Cut            bool    `json:"cut,omitempty"`    // the rule costs so much that fewer stories were examined than usual
	Carries        int     `json:"carries"`          // how many of them it would carry
	Stories        []Story `json:"stories"`          // the newest that it would carry, at most 50
	Topic          string  `json:"topic,omitempty"`  // existing topic that it was compared with; empty: none
	AddedStories   []Story `json:"joins,omitempty"`  // stories that would join the topic, at most 50
	RemovedStories []Story `json:"leaves,omitempty"` // stories that would leave the topic, at most 50
	Added          int     `json:"in,omitempty"`     // how many would join
	Removed        int     `json:"out,omitempty"`    // how many would leave
}

// SearchScope returns the scope of searches at now, with dates in the site's time zone.
func SearchScope(tx *store.Tx, now time.Time) (topic.Scope, error) {
	rules, err := tx.Rules()
	if rules == nil || err != nil {
		return topic.Searching(now, nil), err
	}
	zone, err := time.LoadLocation(rules.Site.Zone)
	if err != nil {
		return topic.Scope{}, fmt.Errorf("site.zone: %w", err)
	}
	return topic.Searching(now, zone), nil
}

// DeskScope is SearchScope at the desk, where queries may ask who works on what. stars is
// as topic.Scope has it.
func DeskScope(tx *store.Tx, now time.Time, stars func() map[string]*news.Star) (topic.Scope, error) {
	scope, err := SearchScope(tx, now)
	scope.Desk, scope.Stars = true, stars
	return scope, err
}

// CheckingScope is DeskScope for queries that are only checked for mistakes.
func CheckingScope(now time.Time) topic.Scope {
	scope := topic.Searching(now, nil)
	scope.Desk, scope.Me, scope.Stars = true, "me", func() map[string]*news.Star { return nil }
	return scope
}

// Preview applies a rule to the newest stories: its From, Not, Match and Keyed, and the
// mute words that are in force. Its queries may have what only searches know, such as
// ages. If rule.Name is an existing topic, it also says what would change there. It
// returns an Error when the rule has a mistake. When the processor time of ctx is used up,
// it ends with the stories examined so far.
func Preview(ctx context.Context, tx *store.Tx, rule news.Topic) (*TopicPreview, error) {
	rules, err := tx.Rules()
	if err != nil {
		return nil, err
	}
	var muted []string
	if rules != nil {
		muted = rules.Not
	}
	scope, err := SearchScope(tx, time.Now())
	if err != nil {
		return nil, err
	}
	compiled, err := scope.Compile(rule, muted...)
	if err != nil {
		if wrong := (*topic.Error)(nil); errors.As(err, &wrong) {
			return nil, invalid("%q: column %d: %s", wrong.Query, wrong.Column, wrong.Said)
		}
		return nil, err
	}
	now, err := tx.Topics.Get(rule.Name)
	if err != nil {
		return nil, err
	}
	list, err := tx.Stories.Latest(PreviewStories, nil)
	if err != nil {
		return nil, err
	}
	f := &TopicPreview{Looked: len(list), Stories: []Story{}}
	if now != nil && !now.Removed {
		f.Topic = now.Name
	}
	snap := NewSnapshot(tx)
	for i, s := range list {
		used, err := usedUp(ctx)
		if err != nil {
			return nil, err
		}
		if used {
			f.Looked, f.Cut = i, true
			return f, snap.Err
		}
		if s.IsWithdrawn() || s.IsTakenDown() {
			continue // no topic shows it
		}
		doc, err := snap.matching(compiled, s, rule.Keyed)
		if err != nil {
			return nil, err
		}
		why := func() []Reason { return reasons(compiled.Why(doc, s.Outlets())) }
		if err := f.addStory(snap, s, doc != nil, why); err != nil {
			return nil, err
		}
	}
	return f, snap.Err
}

// addStory counts a story, and whether its topic would change: what is held
// or hidden joins none. why says why it is
// carried.
func (f *TopicPreview) addStory(snap *Snapshot, s *news.Story, carried bool, why func() []Reason) error {
	_, isIn := s.Standing(f.Topic)
	var err error
	if carried {
		f.Carries++
		f.Stories, err = snap.appendStory(f.Stories, s, why)
	}
	if f.Topic == "" || err != nil {
		return err
	}
	switch {
	case carried && !isIn && !s.IsHeld(f.Topic) && !s.IsHidden(f.Topic):
		f.Added++
		f.AddedStories, err = snap.appendStory(f.AddedStories, s, why)
	case !carried && isIn:
		f.Removed++
		f.RemovedStories, err = snap.appendStory(f.RemovedStories, s, nil)
	}
	return err
}

// maxPreviewed is how many stories each list of a preview has.
const maxPreviewed = 50

// appendStory appends a story to a list of a preview unless the list is full. why says
// why it is carried; nil: it is not.
func (snap *Snapshot) appendStory(list []Story, s *news.Story, why func() []Reason) ([]Story, error) {
	if len(list) == maxPreviewed {
		return list, nil
	}
	st, err := snap.Story(s)
	if why != nil {
		st.Why = why()
	}
	return append(list, st), err
}

// Why returns the terms of a query that a story satisfies by its first take that
// satisfies all of it.
func (snap *Snapshot) Why(rule *topic.Rule, s *news.Story) ([]Reason, error) {
	doc, err := snap.matching(rule, s, true)
	if doc == nil {
		return nil, err
	}
	return reasons(rule.Why(doc, s.Outlets())), err
}

func reasons(all []topic.Reason) (out []Reason) {
	for _, r := range all {
		out = append(out, Reason(r))
	}
	return out
}

// Matches tells whether one of the takes of a story satisfies a rule. Takes of sources
// that are read with credentials count only when keyed is set.
func (snap *Snapshot) Matches(rule *topic.Rule, s *news.Story, keyed bool) (bool, error) {
	doc, err := snap.matching(rule, s, keyed)
	return doc != nil, err
}

// matching returns the first take of a story that satisfies a rule, nil when none does.
func (snap *Snapshot) matching(rule *topic.Rule, s *news.Story, keyed bool) (*topic.Doc, error) {
	topics := s.InTopics()
	for i := range s.Takes {
		src := snap.Source(s.Takes[i].Source)
		if src.Keyed && !keyed {
			continue
		}
		doc := snap.doc(&s.Takes[i], src)
		doc.SetTopics(topics)
		doc.SetStory(s.ID, s.Assignee())
		if rule.Match(doc, s.Outlets()) {
			return doc, snap.Err
		}
	}
	return nil, snap.Err
}

// Prepare does what matching a story costs whatever the query is, and keeps it in Docs.
func (snap *Snapshot) Prepare(s *news.Story) {
	for i := range s.Takes {
		snap.doc(&s.Takes[i], snap.Source(s.Takes[i].Source)).Prepare()
	}
}

// doc prepares a take for matching.
func (snap *Snapshot) doc(t *news.Take, src *news.SourceState) *topic.Doc {
	if d := snap.Docs[t.Entry]; d != nil {
		return d
	}
	e, err := snap.Tx.Entries.Get(t.Entry)
	if err != nil && snap.Err == nil {
		snap.Err = err
	}
	if e == nil {
		e = t.EntryWithoutText()
	}
	shown := src.Source
	shown.Title = src.Label()
	d := topic.NewDoc(e, &shown)
	if snap.Docs != nil {
		snap.Docs[t.Entry] = d
	}
	return d
}
