package newsroom

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
)

// sourceLines is how many sources a page shows.
const sourceLines = 200

// sourcesPage is what /sources shows.
type sourcesPage struct {
	wirePage
	Title   string
	Said    string // what came of a visit by hand, or why it was not made
	Sources []view.Source
	Show    string         // a State that they have, or none
	Counts  map[string]int // by State
	All     int
	More    string // query of the page that follows; empty at the end
}

// States are what a source's State may be, worst first.
func (p *sourcesPage) States() []string {
	return []string{"problem", "gone", "quiet", "paused", "new", "ok"}
}

// Span is a lag, to the second where that matters.
func (p *sourcesPage) Span(d time.Duration) string {
	if d >= time.Minute {
		return strings.TrimSuffix(d.Round(time.Minute).String(), "0s")
	}
	return d.Round(100 * time.Millisecond).String()
}

// visits answers /sources.
func (pg pages) sources(w http.ResponseWriter, r *http.Request) error {
	return pg.showSources(w, r, http.StatusOK, "")
}

func (pg pages) showSources(w http.ResponseWriter, r *http.Request, status int, said string) error {
	q := r.URL.Query()
	p := &sourcesPage{wirePage: wirePage{Now: time.Now(), Zone: time.UTC, Query: strings.TrimSpace(q.Get("q"))}, Title: "Sources", Said: said, Show: q.Get("show"), Counts: map[string]int{}}
	from, _ := strconv.Atoi(q.Get("from")) // what is no number is the beginning
	err := pg.Store.View(func(tx *store.Tx) error {
		rules, err := tx.Rules()
		if err != nil {
			return err
		}
		if rules != nil {
			p.Site, p.Zone = rules.Site.Title, zoneOf(rules)
		}
		p.Sources, err = view.Sources(tx)
		return err
	})
	if err != nil {
		return err
	}
	p.showVisited(q.Get("visited"))
	p.sort()
	p.cut(max(from, 0))
	return pg.renderAs(w, status, monitorPages(), "sources.html", scriptPolicy, p)
}

// showVisited says what came of the last visit of a source.
func (p *sourcesPage) showVisited(id string) {
	for i := range p.Sources {
		if s := &p.Sources[i]; s.ID == id && !s.Tried.IsZero() {
			came := s.DescribeEntries()
			if s.Problem != "" {
				came = s.Trouble()
			}
			p.Said = fmt.Sprintf("%s was visited at %s: %s.", s.Title, s.Tried.In(p.Zone).Format("15:04:05"), strings.TrimRight(came, "."))
		}
	}
}

// sort leaves out sources that feeds.yaml no longer has and those not asked for, and
// puts those with a problem first.
func (p *sourcesPage) sort() {
	p.Sources = slices.DeleteFunc(p.Sources, func(s view.Source) bool { return s.Removed })
	p.All = len(p.Sources)
	for i := range p.Sources {
		p.Counts[p.Sources[i].State()]++
	}
	p.Sources = slices.DeleteFunc(p.Sources, func(s view.Source) bool {
		return p.Show != "" && s.State() != p.Show || !s.Mentions(p.Query)
	})
	rank := func(s view.Source) int {
		switch {
		case s.Problem != "":
			return 0
		case s.Trouble() != "":
			return 1
		}
		return 2
	}
	slices.SortStableFunc(p.Sources, func(a, b view.Source) int { return rank(a) - rank(b) })
}

func (p *sourcesPage) cut(from int) {
	p.Sources = p.Sources[min(from, len(p.Sources)):]
	if len(p.Sources) > sourceLines {
		p.Sources = p.Sources[:sourceLines]
		p.More = p.Which(p.Show) + "&from=" + strconv.Itoa(from+sourceLines)
	}
}

// Which is the query for sources of a State.
func (p *sourcesPage) Which(state string) string {
	return "?" + url.Values{"show": {state}, "q": {p.Query}}.Encode()
}

// visitAfter is how long a page waits for a visit that was asked for by hand.
const visitAfter = 20 * time.Second
