package trial

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/slugline/slugline/internal/canon"
	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/fetch"
)

// Report says what is worth knowing about a feed before it becomes a source.
type Report struct {
	URL       string    `json:"url"` // to visit: the new address if the feed has moved for good
	Title     string    `json:"title,omitempty"`
	Format    string    `json:"format"`
	Site      string    `json:"site,omitempty"`
	Language  string    `json:"language,omitempty"`
	Entries   int       `json:"entries"`
	Newest    time.Time `json:"newest,omitzero"`
	PerDay    float64   `json:"per_day,omitempty"` // entries a day between the oldest and the newest; 0: not known
	Headlines []string  `json:"headlines"`         // the newest, at most three
	Problems  []string  `json:"problems"`          // in plain words
	Hub       bool      `json:"hub,omitempty"`     // it announces changes

	Unreadable bool `json:"unreadable,omitempty"` // it can't be read now; Problems says why
}

// maxHeadlines is how many headlines a report has.
const maxHeadlines = 3

// staleAfter is how old the newest entry is of a feed that seems to be forgotten.
const staleAfter = 90 * 24 * time.Hour

// Report describes the feed that was read from an address.
func (t *Trial) Report(now time.Time) *Report {
	doc := t.Document
	about := canon.Feed(doc)
	r := &Report{URL: t.Request.URL, Title: about.Title, Format: doc.Format, Site: about.Site, Language: about.Language, Entries: len(doc.Items), Headlines: []string{}, Problems: []string{}}
	if a := t.Answer; a != nil {
		r.Hub = a.Hub != "" || doc.Hub != ""
		if a.MovedTo != "" {
			r.URL = a.MovedTo
			r.Problems = append(r.Problems, "it has moved to this address for good")
		}
		if a.OldTLS {
			r.Problems = append(r.Problems, "its server encrypts in an outdated way")
		}
	}
	dates := r.describeItems(doc)
	r.describeDates(dates, now)
	if doc.Cut != "" {
		r.Problems = append(r.Problems, "not all of it is read: "+doc.Cut)
	}
	return r
}

// describeItems adds what the items say, and returns their dates, newest first.
func (r *Report) describeItems(doc *feed.Document) (dates []time.Time) {
	items := slices.Clone(doc.Items)
	slices.SortStableFunc(items, func(a, b feed.Item) int { return DateOf(&b).Compare(DateOf(&a)) })
	links := 0
	for i := range items {
		it := &items[i]
		if at := DateOf(it); !at.IsZero() {
			dates = append(dates, at)
		}
		if it.Link != "" {
			links++
		}
		if title := canon.Title(it); title != "" && len(r.Headlines) < maxHeadlines {
			r.Headlines = append(r.Headlines, title)
		}
	}
	switch {
	case len(items) == 0:
		r.Problems = append(r.Problems, "it has no entries now")
	case doc.HasComments():
		r.Problems = append(r.Problems, "its entries seem to be comments of readers")
	case links == 0:
		r.Problems = append(r.Problems, "its entries have no links")
	}
	if len(items) > 0 && len(dates) == 0 {
		r.Problems = append(r.Problems, "its entries have no dates: each gets the time at which we first see it")
	}
	return dates
}

// describeDates adds how new the entries are and how often they come.
func (r *Report) describeDates(dates []time.Time, now time.Time) {
	if len(dates) == 0 {
		return
	}
	r.Newest = dates[0]
	switch {
	case r.Newest.After(now.Add(24 * time.Hour)):
		r.Problems = append(r.Problems, "its newest entry has a date ahead of today")
	case now.Sub(r.Newest) > staleAfter:
		r.Problems = append(r.Problems, fmt.Sprintf("its newest entry is of %s: it may no longer be written", r.Newest.Format("2 January 2006")))
	}
	if over := r.Newest.Sub(dates[len(dates)-1]); len(dates) > 2 && over > 0 {
		r.PerDay = float64(len(dates)-1) / over.Hours() * 24
	}
}

// DateOf returns when an item was published or, if it does not say that, updated, in UTC.
func DateOf(it *feed.Item) time.Time {
	if it.Published.IsZero() {
		return it.Updated.UTC()
	}
	return it.Published.UTC()
}

// Pace says how often entries come; empty if it is not known.
func (r *Report) Pace() string {
	for _, p := range []struct {
		days float64
		name string
	}{{1, "a day"}, {7, "a week"}, {30, "a month"}} {
		if n := r.PerDay * p.days; n >= 1 {
			return fmt.Sprintf("about %.0f %s", n, p.name)
		}
	}
	if r.PerDay > 0 {
		return "less than one a month"
	}
	return ""
}

// Name returns the title, or the address if there is none.
func (r *Report) Name() string { return cmp.Or(r.Title, r.URL) }

// MaxOffers is how many feeds of a web page are listed. Some pages name hundreds.
const MaxOffers = 20

// maxRead is how many of the offered feeds are read: each costs a request and a pause.
const maxRead = 5

// Found is what is at an address.
type Found struct {
	Feeds []*Report `json:"feeds"`          // the feed at the address, or the first that a web page offers
	Said  string    `json:"said,omitempty"` // of a web page: where the feeds are from
	Other []Offer   `json:"other"`          // further feeds of a web page, which were not read
	More  bool      `json:"more,omitempty"` // it offers more than are listed
}

// Find reads the feed at an address, or the first of those that a web page there offers. A
// feed that can't be read is reported with the problem. Errors are those of Visit.
func Find(ctx context.Context, client *fetch.Client, first fetch.Request, now time.Time) (*Found, error) {
	t := &Trial{Name: first.URL, Client: client, Request: first}
	defer t.Close()
	if err := t.Visit(ctx); err != nil {
		return nil, err
	}
	found := &Found{Said: t.Said, More: len(t.Offers) > MaxOffers, Feeds: []*Report{}, Other: []Offer{}}
	if t.Document != nil {
		found.Feeds = append(found.Feeds, t.Report(now))
	}
	for i, o := range t.Offers[:min(len(t.Offers), MaxOffers)] {
		if i >= maxRead || ctx.Err() != nil || t.busy != nil {
			found.Other = append(found.Other, o)
			continue
		}
		found.Feeds = append(found.Feeds, t.reportOf(ctx, o, now))
	}
	return found, nil
}

// reportOf reads an offered feed.
func (t *Trial) reportOf(ctx context.Context, o Offer, now time.Time) *Report {
	next, err := t.Follow(ctx, o)
	if next != nil {
		defer next.Close()
	}
	switch {
	case err == nil && next.Document != nil:
		r := next.Report(now)
		r.Title = cmp.Or(r.Title, o.Title)
		return r
	case err == nil:
		return &Report{URL: o.URL, Title: o.Title, Headlines: []string{}, Problems: []string{"it is a web page, not a feed"}, Unreadable: true}
	}
	return &Report{URL: o.URL, Title: o.Title, Headlines: []string{}, Problems: []string{err.Error()}, Unreadable: true}
}
