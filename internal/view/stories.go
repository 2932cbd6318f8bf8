package view

import (
	"fmt"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/topic"
)

// Story is a story as lists and the live stream show it.
type Story struct {
	ID          string           `json:"id"`
	Seq         uint64           `json:"seq"` // seq of its first record
	Event       string           `json:"event"`
	MergedInto  string           `json:"into,omitempty"` // id of the story that it was merged into
	Headline    string           `json:"headline"`
	Link        string           `json:"link,omitempty"`
	Language    string           `json:"language,omitempty"`
	Dir         string           `json:"dir"` // of the headline: ltr, rtl or auto
	Source      string           `json:"source"`
	Name        string           `json:"name"`  // name of the lead's source in feeds.yaml, as queries have it after source:
	Title       string           `json:"title"` // title of the lead's source
	First       time.Time        `json:"first"`
	Last        time.Time        `json:"last"`
	Revised     time.Time        `json:"revised,omitzero"`
	Killed      time.Time        `json:"killed,omitzero"`
	Hidden      []string         `json:"hidden,omitempty"`      // topics that an order hid it from, "*" for all
	Muted       bool             `json:"muted,omitempty"`       // in lists of stories: the mute words of all topics keep it out
	Held        []news.Hold      `json:"held,omitempty"`        // why it must not be published yet, and until when
	Claim       *news.Claim      `json:"claim,omitempty"`       // claim on the story
	EventClaim  *news.Claim      `json:"event_claim,omitempty"` // claim on its event
	Assigned    *news.Assignment `json:"assigned,omitempty"`    // to whom it is assigned, and when that is due
	Notes       []news.Note      `json:"notes,omitempty"`       // of editors, oldest first; the newest only
	Pins        []Pin            `json:"pins,omitempty"`        // topics in which an editor pinned it
	Coverage    *Coverage        `json:"coverage,omitempty"`    // of its event; absent while one outlet has one story
	Breaking    time.Time        `json:"breaking,omitzero"`     // since when unusually many outlets report its event
	Surge       *Surge           `json:"surge,omitempty"`       // how fast their number grew then
	Voices      int              `json:"voices"`                // number of outlets, each owner counted once
	Outlets     []Outlet         `json:"outlets"`               // by time, the first first
	Topics      []string         `json:"topics"`                // topics that have it in their feed, sorted
	Backlog     bool             `json:"backlog,omitempty"`     // in the live stream: from a first visit or a catch-up
	Corrections []Correction     `json:"corrections,omitempty"` // by other outlets than that of the headline
	Alerts      []string         `json:"alerts,omitempty"`      // in the live stream: names of the alerts that it triggered
	Out         bool             `json:"out,omitempty"`         // in the live stream: it does not satisfy the query
	Why         []Reason         `json:"why,omitempty"`         // in previews and searches: the terms of the query that it satisfies
}

// Reason is a term of a query that a story satisfies.
type Reason struct {
	Term  string `json:"term"`            // as in the query, with its field
	Found string `json:"found,omitempty"` // what satisfies it, as the outlet has it
}

// String says what satisfies the term.
func (r Reason) String() string {
	if r.Found == "" {
		return r.Term + " matches"
	}
	return fmt.Sprintf("%s matches %q", r.Term, r.Found)
}

// Surge is an unusually fast growth of the number of outlets.
type Surge struct {
	Voices  int `json:"voices"` // new outlets within the time
	Seconds int `json:"seconds"`
}

// Pin says that an editor pinned a story in a topic.
type Pin struct {
	Topic string    `json:"topic"`
	Until time.Time `json:"until,omitzero"` // absent: until it is undone
}

// Outlet is one entry of a story.
type Outlet struct {
	Entry    string                 `json:"entry"`
	Source   string                 `json:"source"`
	Title    string                 `json:"title"`
	Owner    string                 `json:"owner"`
	Headline string                 `json:"headline"`
	Link     string                 `json:"link,omitempty"`
	Language string                 `json:"language,omitempty"`
	At       time.Time              `json:"at"`
	Level    news.Level             `json:"level"`
	Score    int                    `json:"score,omitempty"` // thousandths
	Was      []news.EarlierHeadline `json:"was"`
	Killed   time.Time              `json:"killed,omitzero"`   // when its source withdrew it
	Held     []news.Hold            `json:"held,omitempty"`    // why it must not be published yet, and until when
	Righted  string                 `json:"righted,omitempty"` // id of the entry of this story in which its source corrected it
}

// Correction is a headline with which an outlet corrected an earlier one of its own.
type Correction struct {
	Title    string    `json:"title"`    // of the source
	Headline string    `json:"headline"` // without the tag that says so
	Dir      string    `json:"dir"`
	Language string    `json:"language,omitempty"`
	At       time.Time `json:"at"`
}

const (
	StoryLines    = 50  // stories in a list by default
	MaxStoryLines = 500 // stories in a list at most
)

// StoryQuery says which stories Stories returns.
type StoryQuery struct {
	Topic  string // empty: all stories
	Limit  int    // 0 means StoryLines; at most MaxStoryLines
	Before string // id of a story: only stories below it
}

// Stories returns stories, newest first: by their place in the topic or, without one, by
// their first entry. It returns an Error when there is no such story or topic.
func Stories(tx *store.Tx, a StoryQuery) ([]Story, error) {
	list, err := storiesOf(tx, a)
	if err != nil {
		return nil, err
	}
	snap := NewSnapshot(tx)
	muting, err := snap.muting()
	if err != nil {
		return nil, err
	}
	out := make([]Story, 0, len(list))
	for _, s := range list {
		st, err := snap.Story(s)
		if err != nil {
			return nil, err
		}
		if st.Muted, err = snap.isMuted(muting, s); err != nil {
			return nil, err
		}
		out = append(out, st)
	}
	return out, nil
}

// muting returns the rule of the mute words of all topics; nil without any.
func (snap *Snapshot) muting() (*topic.Rule, error) {
	rules, err := snap.Tx.Rules()
	if rules == nil || len(rules.Not) == 0 || err != nil {
		return nil, err
	}
	scope, err := SearchScope(snap.Tx, time.Now())
	if err != nil {
		return nil, err
	}
	return scope.Compile(news.Topic{}, rules.Not...)
}

// isMuted tells whether no topic shows a story because each of its takes has mute words.
func (snap *Snapshot) isMuted(rule *topic.Rule, s *news.Story) (bool, error) {
	if rule == nil || !s.IsShown() || len(s.InTopics()) > 0 {
		return false, nil
	}
	doc, err := snap.matching(rule, s, true)
	return doc == nil && err == nil, err
}

func storiesOf(tx *store.Tx, a StoryQuery) ([]*news.Story, error) {
	n := a.Limit
	if n <= 0 {
		n = StoryLines
	}
	n = min(n, MaxStoryLines)
	var before *news.Story
	if a.Before != "" {
		var err error
		if before, err = tx.Stories.Get(a.Before); err != nil {
			return nil, err
		}
		if before == nil {
			return nil, notFound("There is no story %q.", a.Before)
		}
	}
	if a.Topic == "" {
		return tx.Stories.Latest(n, before)
	}
	t, err := tx.Topics.Get(a.Topic)
	switch {
	case err != nil:
		return nil, err
	case t == nil:
		return nil, notFound("There is no topic %q.", a.Topic)
	case before == nil:
		return tx.Stories.InTopic(a.Topic, n, news.Place{})
	}
	return tx.Stories.InTopicBelow(a.Topic, n, before)
}
