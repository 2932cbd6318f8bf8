package topic

import (
	"time"

	"github.com/slugline/slugline/internal/news"
)

// Scope is where a query is used. It decides which fields have a value there. The zero
// Scope is a rule of a topic or a source.
type Scope struct {
	Now    time.Time      // of a search: ages such as 24h are counted back from it; zero: the query is a rule, which knows no now
	Zone   *time.Location // of dates; nil: UTC
	Topics bool           // stories are in their topics already: of searches and alerts
	Desk   bool           // whoever asks may know who works on what: of searches at the desk
	Me     string         // the name of whoever asks, for assigned:me; empty: not known

	// Stars returns which stories whoever asks has starred, by their ids; nil: it is not
	// known who asks. It is called for each match, and its result is only read.
	Stars func() map[string]*news.Star
}

// Searching is the scope of a search at now.
func Searching(now time.Time, zone *time.Location) Scope {
	return Scope{Now: now, Zone: zone, Topics: true}
}

// Alerting is the scope of an alert's rule.
func Alerting(zone *time.Location) Scope { return Scope{Zone: zone, Topics: true} }
