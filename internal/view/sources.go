package view

import (
	"slices"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/pace"
	"github.com/slugline/slugline/internal/store"
)

// Source is a source with its settings, its statistics and the state of this node's
// visits.
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

	Entries uint64    `json:"entries"`         // number of entries ever
	Days    []int     `json:"days"`            // number of entries on each of the last 30 days by their dates in UTC, today's last
	Newest  time.Time `json:"newest,omitzero"` // time of its newest entry

	Visits   uint64        `json:"visits"`
	Tried    time.Time     `json:"tried,omitzero"` // last visit
	Read     time.Time     `json:"read,omitzero"`  // last successful visit
	Due      time.Time     `json:"due,omitzero"`   // next visit
	Why      string        `json:"why,omitempty"`  // reason for the time of the next visit
	Outcome  string        `json:"outcome,omitempty"`
	Status   int           `json:"status,omitempty"`  // HTTP status
	Problem  string        `json:"problem,omitempty"` // problem of the last visit; empty: it succeeded
	Cut      string        `json:"cut,omitempty"`     // what of the last document was not read; empty: all was
	Failures int           `json:"failures,omitempty"`
	Gone     bool          `json:"gone,omitempty"`    // permanently gone (410): no longer visited
	Paused   bool          `json:"paused,omitempty"`  // by feeds.yaml
	Pause    *news.Pause   `json:"pause,omitempty"`   // by the desk
	Quiet    string        `json:"quiet,omitempty"`   // how long it has been silent, if that is unusual for it
	Gaps     uint64        `json:"gaps,omitempty"`    // documents that shared no item with the one before, so that items may be missing
	Moved    string        `json:"moved,omitempty"`   // its new address, if it moved permanently
	Found    string        `json:"found,omitempty"`   // the feed that is visited because the address is a web page that links to it
	Hub      string        `json:"hub,omitempty"`     // state of the subscription at its WebSub hub
	LagP50   time.Duration `json:"lag_p50,omitempty"` // from publication to our visit, median, in nanoseconds
	LagP95   time.Duration `json:"lag_p95,omitempty"`
}

// Sources returns all sources in the order of feeds.yaml, removed ones last.
func Sources(tx *store.Tx) ([]Source, error) {
	sources, err := tx.Sources.All()
	if err != nil {
		return nil, err
	}
	states, err := tx.Visits.All()
	if err != nil {
		return nil, err
	}
	visits := make(map[string]*news.VisitState, len(states))
	for _, v := range states {
		visits[v.Source] = v
	}
	out := make([]Source, 0, len(sources))
	for _, s := range sources {
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

// newSource describes a source; p is nil before its first visit.
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
	out.Gaps, out.Moved, out.Found, out.Paused, out.Cut = p.Gaps, p.MovedTo(time.Now()), p.Found, p.Paused, p.Cut
	if silence, quiet := pace.Quiet(p.Pace); quiet && p.Problem == "" {
		out.Quiet = silence.String()
	}
	out.LagP50, out.LagP95 = quantile(p.Lag, 50), quantile(p.Lag, 95)
	return out
}

// quantile returns the percent quantile of lags in milliseconds, 0 when there are none.
func quantile(lags []int64, percent int) time.Duration {
	if len(lags) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(lags))
	return time.Duration(sorted[(len(sorted)-1)*percent/100]) * time.Millisecond
}

// Topic is a topic with its settings and counts.
type Topic struct {
	Name        string        `json:"name"`
	Title       string        `json:"title"`
	Description string        `json:"description,omitempty"`
	From        []string      `json:"from"`
	Not         []string      `json:"not"`
	Match       []string      `json:"match"`
	Fold        news.FoldMode `json:"fold,omitempty"` // empty for an old name
	Keyed       bool          `json:"keyed,omitempty"`
	Removed     bool          `json:"removed,omitempty"`
	Moved       string        `json:"moved,omitempty"` // new name of a renamed topic
	Stories     int           `json:"stories"`         // number of stories in it, including those too old for its feed
	Changed     time.Time     `json:"changed,omitzero"`
	Subscribers int           `json:"subscribers"` // number of subscribers that aggregators report
}

// Topics returns all topics in the order of feeds.yaml, removed ones last.
func Topics(tx *store.Tx) ([]Topic, error) {
	states, err := tx.Topics.All()
	if err != nil {
		return nil, err
	}
	subscribers, err := subscriberCounts(tx)
	if err != nil {
		return nil, err
	}
	out := make([]Topic, 0, len(states))
	for _, t := range states {
		out = append(out, Topic{
			Name: t.Name, Title: t.Title, Description: t.Description, From: append([]string{}, t.From...), Not: append([]string{}, t.Not...), Match: append([]string{}, t.Match...),
			Fold: t.Fold, Keyed: t.Keyed, Removed: t.Removed, Moved: t.RenamedTo, Stories: t.Count, Changed: t.Changed, Subscribers: subscribers[t.Name],
		})
	}
	return out, nil
}
