package web

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/store"
)

// Trouble says in plain words what there is to know of a source beyond its visits:
// what is wrong, and what to do; empty when nothing is.
func (s *Source) Trouble() string {
	problem := s.Problem
	if s.Outcome == "blocked" {
		problem = "blocked: " + problem
	}
	switch {
	case problem != "" && s.Failures > 1:
		return fmt.Sprintf("%s (%d times)", problem, s.Failures)
	case problem != "":
		return problem
	case s.Moved != "":
		return "has moved: write " + s.Moved + " in feeds.yaml"
	case s.Found != "":
		return "is a web page: write its feed, " + s.Found + ", in feeds.yaml"
	}
	return ""
}

// Never says why there is no next visit, "" where there is one.
func (s *Source) Never() string {
	switch {
	case s.Gone:
		return "it is gone"
	case s.Paused:
		return "feeds.yaml pauses it"
	}
	return ""
}

// visiting is what /sources shows.
type visiting struct {
	Title, Site string
	Sources     []Source
	Ailing      int // of them have a problem
	zone        *time.Location
}

// Clock is a time in the site's zone.
func (p *visiting) Clock(t time.Time) string { return t.In(p.zone).Format("2 Jan, 15:04:05 MST") }

// Span is a lag, to the second where that matters.
func (p *visiting) Span(d time.Duration) string {
	if d >= time.Minute {
		return strings.TrimSuffix(d.Round(time.Minute).String(), "0s")
	}
	return d.Round(100 * time.Millisecond).String()
}

// visits answers /sources.
func (d *Desk) visits(w http.ResponseWriter, _ *http.Request) error {
	p := &visiting{Title: "Sources", zone: time.UTC}
	err := d.Store.View(func(tx *store.Tx) error {
		rules, err := tx.Rules()
		if err != nil {
			return err
		}
		if rules != nil {
			p.Site = rules.Site.Title
			if z, err := time.LoadLocation(rules.Site.Zone); err == nil {
				p.zone = z
			}
		}
		p.Sources, err = Sources(tx)
		return err
	})
	if err != nil {
		return err
	}
	p.sort()
	return d.show(w, "sources.html", p)
}

// sort leaves out sources that feeds.yaml no longer has and puts those with a
// problem first.
func (p *visiting) sort() {
	p.Sources = slices.DeleteFunc(p.Sources, func(s Source) bool { return s.Removed })
	rank := func(s Source) int {
		switch {
		case s.Problem != "":
			return 0
		case s.Trouble() != "":
			return 1
		}
		return 2
	}
	slices.SortStableFunc(p.Sources, func(a, b Source) int { return rank(a) - rank(b) })
	for i := range p.Sources {
		if p.Sources[i].Problem != "" {
			p.Ailing++
		}
	}
}
