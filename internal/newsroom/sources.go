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

// sourceLines is the number of sources on a page.
const sourceLines = 200

// sourcesPage is the data of sources.html.
type sourcesPage struct {
	wirePage
	Title   string
	Message string // the result of a manual visit, or why it was not made
	Sources []view.Source
	Show    string         // the State of the sources to show; empty: all
	Counts  map[string]int // number of sources by State
	All     int
	More    string // the query of the next page; empty on the last one
	CanAdd  bool   // the caller may add sources to feeds.yaml
}

// States lists the values of a source's State, worst first.
func (p *sourcesPage) States() []string {
	return []string{"problem", "gone", "quiet", "paused", "new", "ok"}
}

// Span formats a delay.
func (p *sourcesPage) Span(d time.Duration) string { return formatDelay(d) }

// formatDelay formats a delay: to the minute, or to a tenth of a second below one.
func formatDelay(d time.Duration) string {
	if d >= time.Minute {
		return strings.TrimSuffix(d.Round(time.Minute).String(), "0s")
	}
	return d.Round(100 * time.Millisecond).String()
}

// sources answers GET /sources.
func (pg pages) sources(w http.ResponseWriter, r *http.Request) error {
	return pg.showSources(w, r, http.StatusOK, "")
}

func (pg pages) showSources(w http.ResponseWriter, r *http.Request, status int, message string) error {
	q := r.URL.Query()
	p := &sourcesPage{wirePage: wirePage{Now: time.Now(), Zone: time.UTC, Query: strings.TrimSpace(q.Get("q"))}, Title: pg.locale().T("Sources"), Message: message, Show: q.Get("show"), Counts: map[string]int{}, CanAdd: pg.mayChange(r.Context())}
	from, _ := strconv.Atoi(q.Get("from")) // anything but a number means the first page
	err := pg.Store.ViewContext(r.Context(), func(tx *store.Tx) error {
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
	p.describeVisit(q.Get("visited"))
	p.selectSources()
	p.paginate(max(from, 0))
	return pg.renderAs(w, status, "sources.html", p)
}

// describeVisit sets the message to the result of the last visit of a source.
func (p *sourcesPage) describeVisit(id string) {
	for i := range p.Sources {
		if s := &p.Sources[i]; s.ID == id && !s.Tried.IsZero() {
			result := s.DescribeEntries()
			if s.Problem != "" {
				result = s.Trouble()
			}
			p.Message = fmt.Sprintf("%s was visited at %s: %s.", s.Title, s.Tried.In(p.Zone).Format("15:04:05"), strings.TrimRight(result, "."))
		}
	}
}

// selectSources counts the sources of feeds.yaml by state, selects those that match the
// query and sorts those with a problem first.
func (p *sourcesPage) selectSources() {
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

// paginate reduces the sources to one page, from a position.
func (p *sourcesPage) paginate(from int) {
	p.Sources = p.Sources[min(from, len(p.Sources)):]
	if len(p.Sources) > sourceLines {
		p.Sources = p.Sources[:sourceLines]
		p.More = p.StateQuery(p.Show) + "&from=" + strconv.Itoa(from+sourceLines)
	}
}

// StateQuery is the query for the sources of a State.
func (p *sourcesPage) StateQuery(state string) string {
	return "?" + url.Values{"show": {state}, "q": {p.Query}}.Encode()
}

// manualVisitTimeout is how long a request waits for a manual visit. The visit itself may
// take longer.
const manualVisitTimeout = 20 * time.Second
