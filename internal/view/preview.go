package view

import (
	"errors"
	"slices"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/topic"
)

// PreviewStories is how many of the newest stories a preview looks at: it reads
// them in one transaction, which has to be short.
const PreviewStories = 5000

// TopicPreview is what a rule would carry of the stored stories.
type TopicPreview struct {
	Looked         int     `json:"looked"`           // stories that were tried, the newest
	Carries        int     `json:"carries"`          // of them
	Stories        []Story `json:"stories"`          // the newest it would carry, at most 50
	Topic          string  `json:"topic,omitempty"`  // what it was compared with; empty: nothing
	AddedStories   []Story `json:"joins,omitempty"`  // would come in, at most 50
	RemovedStories []Story `json:"leaves,omitempty"` // would go out, at most 50
	Added          int     `json:"in,omitempty"`     // how many would come in
	Removed        int     `json:"out,omitempty"`    // how many would go out
}

// Preview tries a rule, of which from, not, match and keyed count, on the newest
// stories. Where rule.Name is a topic in force, it says what would change there.
func Preview(tx *store.Tx, rule news.Topic) (*TopicPreview, error) {
	compiled, err := topic.Compile(rule)
	if err != nil {
		if wrong := (*topic.Error)(nil); errors.As(err, &wrong) {
			return nil, invalid("%s", err.Error())
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
	for _, s := range list {
		if !s.Killed.IsZero() || s.IsHidden(news.Everywhere) {
			continue // no rule brings it back
		}
		carried, err := snap.Matches(compiled, s, rule.Keyed)
		if err != nil {
			return nil, err
		}
		if err := f.addStory(snap, s, carried); err != nil {
			return nil, err
		}
	}
	return f, snap.Err
}

func (f *TopicPreview) addStory(snap *Snapshot, s *news.Story, carried bool) error {
	p, placed := s.Places[f.Topic]
	stands := placed && !p.Out
	var err error
	if carried {
		f.Carries++
		f.Stories, err = snap.appendStory(f.Stories, s)
	}
	if f.Topic == "" || err != nil {
		return err
	}
	switch {
	case carried && !stands:
		f.Added++
		f.AddedStories, err = snap.appendStory(f.AddedStories, s)
	case !carried && stands:
		f.Removed++
		f.RemovedStories, err = snap.appendStory(f.RemovedStories, s)
	}
	return err
}

func (snap *Snapshot) appendStory(list []Story, s *news.Story) ([]Story, error) {
	if len(list) == 50 {
		return list, nil
	}
	st, err := snap.Story(s)
	return append(list, st), err
}

// Matches tells whether one of a story's takes satisfies a rule. What was read
// with credentials stays out of public topics.
func (snap *Snapshot) Matches(rule *topic.Rule, s *news.Story, keyed bool) (bool, error) {
	return slices.ContainsFunc(s.Takes, func(t news.Take) bool {
		src := snap.Source(t.Source)
		if src.Keyed && !keyed {
			return false
		}
		e, err := snap.Tx.Entries.Get(t.Entry)
		if err != nil && snap.Err == nil {
			snap.Err = err
		}
		if e == nil {
			e = &news.Entry{Headline: t.Headline, Link: t.Link, Language: t.Language}
		}
		shown := src.Source
		shown.Title = src.Label()
		return rule.Match(topic.NewDoc(e, &shown), s.Outlets())
	}), snap.Err
}
