package view

import (
	"fmt"
	"slices"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/pace"
	"github.com/slugline/slugline/internal/store"
)

// Source is a source as the newsroom sees it: what the rules say, what the records
// made of it, and this node's visits.
type Source struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Title    string   `json:"title"`
	Address  string   `json:"address"`
	Site     string   `json:"site,omitempty"`
	Owner    string   `json:"owner,omitempty"`
	Tags     []string `json:"tags"`
	Language string   `json:"language,omitempty"`
	Removed  bool     `json:"removed,omitempty"` // no longer in feeds.yaml
	Keyed    bool     `json:"keyed,omitempty"`

	Entries uint64    `json:"entries"`         // ever filed
	Days    []int     `json:"days"`            // entries a day by their own dates, UTC, of the last 30 days; today's last
	Newest  time.Time `json:"newest,omitzero"` // its newest entry's time

	Visits   uint64        `json:"visits"`
	Tried    time.Time     `json:"tried,omitzero"` // last visit
	Read     time.Time     `json:"read,omitzero"`  // last visit that read it
	Due      time.Time     `json:"due,omitzero"`   // next visit
	Why      string        `json:"why,omitempty"`  // why then
	Outcome  string        `json:"outcome,omitempty"`
	Status   int           `json:"status,omitempty"`  // HTTP
	Problem  string        `json:"problem,omitempty"` // of the last visit; empty when it read the source
	Failures int           `json:"failures,omitempty"`
	Gone     bool          `json:"gone,omitempty"`    // not visited any more
	Paused   bool          `json:"paused,omitempty"`  // by feeds.yaml
	Pause    *news.Pause   `json:"pause,omitempty"`   // by the desk
	Quiet    string        `json:"quiet,omitempty"`   // it keeps silent for longer than its rhythm explains: in plain words
	Gaps     uint64        `json:"gaps,omitempty"`    // documents that shared nothing with the one before
	Moved    string        `json:"moved,omitempty"`   // where it lives now, when that is sure
	Found    string        `json:"found,omitempty"`   // the address is a web page: the feed that it names, visited in its place
	Hub      string        `json:"hub,omitempty"`     // how we stand with its WebSub hub, in plain words
	LagP50   time.Duration `json:"lag_p50,omitempty"` // publish to seen, nanoseconds
	LagP95   time.Duration `json:"lag_p95,omitempty"`
}

// Sources returns all sources in the order of feeds.yaml, removed ones last.
func Sources(tx *store.Tx) ([]Source, error) {
	states, err := tx.Sources.All()
	if err != nil {
		return nil, err
	}
	spots, err := tx.Visits.All()
	if err != nil {
		return nil, err
	}
	visits := make(map[string]*news.VisitState, len(spots))
	for _, p := range spots {
		visits[p.Source] = p
	}
	out := make([]Source, 0, len(states))
	for _, s := range states {
		src := newSource(s, visits[s.ID])
		push, err := tx.Pushes.Get(s.ID)
		if err != nil {
			return nil, err
		}
		if push != nil {
			src.Hub = push.Describe(time.Now())
		}
		out = append(out, src)
	}
	return out, nil
}

func newSource(s *news.SourceState, p *news.VisitState) Source {
	out := Source{
		ID: s.ID, Name: s.Name, Title: s.Label(), Address: s.Address, Site: s.Feed.Site, Owner: s.Owner,
		Tags: append([]string{}, s.Tags...), Language: s.Language, Removed: s.Removed, Keyed: s.Keyed,
		Entries: s.Entries, Newest: s.Last, Days: s.PerDay(time.Now(), news.KeptDays), Pause: s.Pause,
	}
	if p == nil {
		return out
	}
	out.Visits, out.Tried, out.Read, out.Due, out.Why = p.Visits, p.LastAttempt, p.LastSuccess, p.Due, p.Reason
	out.Outcome, out.Status, out.Problem, out.Failures, out.Gone = p.Outcome, p.Status, p.Problem, p.Failures, p.Gone
	out.Gaps, out.Moved, out.Found, out.Paused = p.Gaps, p.MovedTo(time.Now()), p.Found, p.Paused
	if silence, quiet := pace.Quiet(p.Pace); quiet && p.Problem == "" {
		out.Quiet = silence.String()
	}
	out.LagP50, out.LagP95 = quantile(p.Lag, 50), quantile(p.Lag, 95)
	return out
}

// quantile is of lags in milliseconds; 0 when there are none.
func quantile(lags []int64, percent int) time.Duration {
	if len(lags) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(lags))
	return time.Duration(sorted[(len(sorted)-1)*percent/100]) * time.Millisecond
}

// Topic is a topic as the newsroom sees it.
type Topic struct {
	Name        string        `json:"name"`
	Title       string        `json:"title"`
	Description string        `json:"description,omitempty"`
	From        []string      `json:"from"`
	Not         []string      `json:"not"`
	Match       []string      `json:"match"`
	Fold        news.FoldMode `json:"fold,omitempty"` // none of what was renamed
	Keyed       bool          `json:"keyed,omitempty"`
	Removed     bool          `json:"removed,omitempty"`
	Moved       string        `json:"moved,omitempty"` // its name now
	Stories     int           `json:"stories"`         // that stand in it, older than its feed included
	Changed     time.Time     `json:"changed,omitzero"`
	Subscribers int           `json:"subscribers"` // as those who fetch it for many say
}

// Topics returns all topics in the order of feeds.yaml, those gone last.
func Topics(tx *store.Tx) ([]Topic, error) {
	states, err := tx.Topics.All()
	if err != nil {
		return nil, err
	}
	told, err := subscriberCounts(tx)
	if err != nil {
		return nil, err
	}
	out := make([]Topic, 0, len(states))
	for _, t := range states {
		out = append(out, Topic{
			Name: t.Name, Title: t.Title, Description: t.Description, From: append([]string{}, t.From...), Not: append([]string{}, t.Not...), Match: append([]string{}, t.Match...),
			Fold: t.Fold, Keyed: t.Keyed, Removed: t.Removed, Moved: t.RenamedTo, Stories: t.Count, Changed: t.Changed, Subscribers: told[t.Name],
		})
	}
	return out, nil
}

// Story is a story as lists and the live stream show it.
type Story struct {
	ID         string      `json:"id"`
	Seq        uint64      `json:"seq"` // of the record that bore it
	Event      string      `json:"event"`
	MergedInto string      `json:"into,omitempty"` // the story that took it in
	Headline   string      `json:"headline"`
	Link       string      `json:"link,omitempty"`
	Language   string      `json:"language,omitempty"`
	Dir        string      `json:"dir"` // of the headline: ltr, rtl or auto
	Source     string      `json:"source"`
	Title      string      `json:"title"` // of the lead's source
	First      time.Time   `json:"first"`
	Last       time.Time   `json:"last"`
	Revised    time.Time   `json:"revised,omitzero"`
	Killed     time.Time   `json:"killed,omitzero"`
	Hidden     []string    `json:"hidden,omitempty"`      // topics that it was taken out of by an order, "*" for all
	Claim      *news.Claim `json:"claim,omitempty"`       // who works on it
	EventClaim *news.Claim `json:"event_claim,omitempty"` // who works on its event
	Breaking   time.Time   `json:"breaking,omitzero"`     // since when its event's voices grow unusually fast
	Surge      *Surge      `json:"surge,omitempty"`       // how fast they grew then
	Voices     int         `json:"voices"`                // outlets, each owner counted once
	Outlets    []Outlet    `json:"outlets"`
	Topics     []string    `json:"topics"`            // in which it stands, sorted
	Backlog    bool        `json:"backlog,omitempty"` // in the live stream: of a first visit or a catch-up
	Alerts     []string    `json:"alerts,omitempty"`  // in the live stream: names of those that it rang
	Out        bool        `json:"out,omitempty"`     // in the live stream: it does not satisfy the query
}

// Surge is growth that is not usual.
type Surge struct {
	Voices  int `json:"voices"` // outlets within the time, that did not have it before
	Seconds int `json:"seconds"`
}

// Span is the time in words.
func (s *Surge) Span() string {
	switch n := s.Seconds / 60; {
	case n < 1:
		return fmt.Sprintf("%d seconds", s.Seconds)
	case n == 1:
		return "a minute"
	case n < 60:
		return fmt.Sprintf("%d minutes", n)
	}
	return "an hour"
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
	Killed   time.Time              `json:"killed,omitzero"`   // its source took it back
	Righted  string                 `json:"righted,omitempty"` // the entry of this story in which its source corrected it
}

// StoryQuery says which stories Stories returns.
type StoryQuery struct {
	Topic  string // empty: of all topics and none
	Limit  int    // 0 means 50; at most 500
	Before string // a story id: only those below it
}

// Stories returns stories, newest first: by place in a topic, else by first entry.
func Stories(tx *store.Tx, a StoryQuery) ([]Story, error) {
	list, err := storiesOf(tx, a)
	if err != nil {
		return nil, err
	}
	snap := NewSnapshot(tx)
	out := make([]Story, 0, len(list))
	for _, s := range list {
		st, err := snap.Story(s)
		if err != nil {
			return nil, err
		}
		out = append(out, st)
	}
	return out, nil
}

func storiesOf(tx *store.Tx, a StoryQuery) ([]*news.Story, error) {
	n := a.Limit
	if n <= 0 {
		n = 50
	}
	n = min(n, 500)
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
