package newsroom

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/quota"
	"github.com/slugline/slugline/internal/reply"
	"github.com/slugline/slugline/internal/search"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/topic"
	"github.com/slugline/slugline/internal/view"
)

const (
	searchLines    = 50               // the default number of stories on a page
	maxSearchLines = 200              // the most stories in one answer
	searchTimeout  = 10 * time.Second // the most that one search may take, with waiting
	queryTime      = 250 * time.Millisecond
)

// searchRequest is the query of a search.
type searchRequest struct {
	query, before, topic string
	limit                int
}

func readSearchRequest(r *http.Request) (searchRequest, error) {
	n, err := limitOf(r, searchLines, maxSearchLines)
	q := r.URL.Query()
	return searchRequest{query: q.Get("q"), before: q.Get("before"), topic: q.Get("topic"), limit: n}, err
}

var errNoQuery = reply.Faultf(http.StatusBadRequest, "There is no query. Add ?q= with words, \"a phrase\", lang:ar or outlets:>3.")

// limitQuery returns the context in which a query is answered. Its processor time is
// bounded until the caller calls done.
func (d *Desk) limitQuery(ctx context.Context) (limited context.Context, done func()) {
	return quota.Limit(ctx, cmp.Or(d.QueryTime, queryTime))
}

// find searches stories and counts those that a topic with the query would carry.
func (d *Desk) find(ctx context.Context, a searchRequest) (*view.SearchResults, error) {
	query, err := d.parse(ctx, a.query)
	if wrong := (*topic.Error)(nil); errors.As(err, &wrong) {
		return nil, reply.Faultf(http.StatusBadRequest, "column %d: %s", wrong.Column, wrong.Said)
	}
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, searchTimeout)
	defer cancel()
	limited, done := d.limitQuery(ctx)
	defer done()
	out := &view.SearchResults{Stories: []view.Story{}, Match: matchLine(a.query), Incomplete: d.searchState(d.localeOf(ctx), nil)}
	if d.Search == nil {
		return out, search.ErrClosed
	}
	var before *news.Story
	if a.before != "" {
		if before, err = d.storyByID(a.before); err != nil {
			return nil, err
		}
	}
	found, err := d.Search.Find(limited, query, before, a.limit)
	if err != nil {
		return out, err
	}
	tally, err := d.Search.Count(limited, query, view.PreviewStories)
	if err != nil {
		return out, err
	}
	out.Preview = view.QueryPreview{Looked: tally.Examined, Carries: tally.Carries, Rough: tally.Estimated}
	if found.More {
		out.Before = found.Stories[len(found.Stories)-1].ID
	}
	if out.Stories, err = d.foundLines(limited, query, found.Stories); err != nil || a.topic == "" {
		return out, err
	}
	return out, d.scan(ctx, func(tx *store.Tx) error { return out.Preview.Compare(limited, tx, a.topic, a.query) })
}

// foundLines returns stories as lists show them, with why they satisfy a query.
func (d *Desk) foundLines(ctx context.Context, query *topic.Query, found []*news.Story) ([]view.Story, error) {
	lines := []view.Story{}
	err := d.Store.ViewContext(ctx, func(tx *store.Tx) error {
		snap := view.NewSnapshot(tx)
		for _, s := range found {
			line, err := snap.Story(s)
			if err != nil {
				return err
			}
			if line.Why, err = snap.Why(query.Rule(), s); err != nil {
				return err
			}
			lines = append(lines, line)
		}
		return nil
	})
	return lines, err
}

// matchLine returns the query as a line of feeds.yaml, empty if it can't be a rule.
func matchLine(query string) string {
	if _, err := topic.Parse(query); err != nil {
		return "" // it asks for an age, a topic, or what only the desk knows
	}
	return view.MatchLine(query)
}

// parse reads the query of a search.
func (d *Desk) parse(ctx context.Context, query string) (q *topic.Query, err error) {
	err = d.Store.ViewContext(ctx, func(tx *store.Tx) error {
		scope, err := d.deskScope(tx, callerOf(ctx), time.Now())
		if err != nil {
			return err
		}
		q, err = scope.Parse(query)
		return err
	})
	return q, err
}

// storyByID returns the story with an id. It refuses the request if there is none.
func (d *Desk) storyByID(id string) (s *news.Story, err error) {
	err = d.Store.View(func(tx *store.Tx) (err error) {
		s, err = tx.Stories.Get(id)
		return err
	})
	if s == nil && err == nil {
		err = reply.Faultf(http.StatusNotFound, "There is no story %q.", id)
	}
	return s, err
}

// searchState says why a search does not find everything at the moment. clock formats a
// time for readers; nil: the text has no time.
func (d *Desk) searchState(loc *locale.Locale, clock func(time.Time) string) string {
	if d.Search == nil {
		return loc.T("This desk has no search.")
	}
	switch st := d.Search.Status(); {
	case st.Problem != "":
		return loc.T("The search index can't be used ({}). Slugline will try again.", st.Problem)
	case st.Opening:
		return loc.T("The search index is being opened. Try again in a moment.")
	case st.Building && (st.Reached.IsZero() || clock == nil):
		return loc.T("The search index is being built. Older stories are not found yet.")
	case st.Building:
		return loc.T("The search index is being built. Stories before {} are not found yet.", clock(st.Reached))
	}
	return ""
}

// search answers GET /api/search.
func (a api) search(w http.ResponseWriter, r *http.Request) error {
	want, err := readSearchRequest(r)
	if err != nil {
		return err
	}
	if strings.TrimSpace(want.query) == "" {
		return errNoQuery
	}
	out, err := a.find(r.Context(), want)
	if err != nil {
		return a.refuseSearch(err)
	}
	return reply.JSON(w, http.StatusOK, out)
}

// errTooCostly refuses a query that uses up its processor time.
var errTooCostly = &reply.Fault{
	Status: http.StatusServiceUnavailable, Code: "query-too-costly",
	Text: "This query takes too much work, so the search was ended. Ask for less: use longer beginnings before *, fewer words with OR, or add a field such as source:, lang: or tag:.",
}

// refuseSearch turns the error of a search into one for readers.
func (d *Desk) refuseSearch(err error) error {
	switch {
	case errors.Is(err, quota.ErrUsedUp):
		return errTooCostly
	case errors.Is(err, context.DeadlineExceeded):
		return reply.Faultf(http.StatusServiceUnavailable, "The search took too long. Use a more specific query.")
	case errors.Is(err, search.ErrClosed):
		return reply.Faultf(http.StatusServiceUnavailable, "%s", d.searchState(d.locale(), nil))
	}
	return err
}

// searchPage is the data of search.html.
type searchPage struct {
	wirePage
	Results     view.SearchResults
	Topic       string                 // the topic to compare with
	NoQuery     bool                   // there is no query
	Summaries   map[string]*news.Entry // by story: the entry whose summary has a match
	BeforeError string                 // the part of a wrong query before its error
	AfterError  string                 // and the part from there on
}

// Syntax explains the query language.
func (p *searchPage) Syntax() []topic.Example { return topic.Syntax }

// Fields are the fields that a query can name.
func (p *searchPage) Fields() []*topic.Field { return topic.Fields }

// More is the query of the next page.
func (p *searchPage) More() string {
	return "?" + url.Values{"q": {p.Query}, "topic": {p.Topic}, "before": {p.Results.Before}}.Encode()
}

// searchDays returns the terms for the days from and to, both inclusive. A day that is none
// is left out.
func searchDays(from, to string) string {
	var terms []string
	if t, err := time.Parse(time.DateOnly, from); err == nil {
		terms = append(terms, "after:"+t.Format(time.DateOnly))
	}
	if t, err := time.Parse(time.DateOnly, to); err == nil {
		terms = append(terms, "before:"+t.AddDate(0, 0, 1).Format(time.DateOnly))
	}
	return strings.Join(terms, " ")
}

// AsTopic is the topic of feeds.yaml with the query, empty if it can't be one.
func (p *searchPage) AsTopic() string {
	if p.Results.Match == "" {
		return ""
	}
	return "- name: " + topicName(p.Query) + "\n  " + p.Results.Match
}

// topicName makes a name for a topic of the letters a to z and the digits of a query.
func topicName(query string) string {
	var words []string
	for _, w := range strings.FieldsFunc(strings.ToLower(query), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }) {
		if len(strings.Join(words, "-"))+len(w) < 40 && w != "or" && w != "and" && w != "not" {
			words = append(words, w)
		}
	}
	return cmp.Or(strings.Join(words, "-"), "new-topic")
}

// search answers GET /search.
func (pg pages) search(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	a, err := readSearchRequest(r)
	if err != nil {
		return err
	}
	if days := q.Get("from") + q.Get("to"); days != "" {
		to := "/search?" + url.Values{"q": {narrow(a.query, searchDays(q.Get("from"), q.Get("to")))}}.Encode()
		http.Redirect(w, r, to, http.StatusSeeOther)
		return nil
	}
	p := &searchPage{wirePage: wirePage{Query: a.query, Now: time.Now(), Zone: time.UTC, Locale: pg.locale()}, Topic: a.topic, NoQuery: strings.TrimSpace(a.query) == ""}
	if err := pg.Store.ViewContext(r.Context(), func(tx *store.Tx) error { return pg.readPageData(tx, &p.wirePage, callerOf(r.Context())) }); err != nil {
		return err
	}
	if !p.NoQuery {
		found, err := pg.find(r.Context(), a)
		if err := p.showQueryError(pg.refuseSearch(err)); err != nil {
			return err
		}
		if found != nil {
			p.Results = *found
			if query, err := pg.parse(r.Context(), a.query); err == nil {
				p.Marks = query.Marks
			}
			if err := pg.Store.ViewContext(r.Context(), p.readSummaries); err != nil {
				return err
			}
		}
	}
	if p.Results.Incomplete = ""; p.Problem == "" {
		p.Results.Incomplete = pg.searchState(p.loc(), p.Clock)
	}
	return pg.show(w, "search.html", p)
}

// readSummaries reads the summaries of the leads in which something matches.
func (p *searchPage) readSummaries(tx *store.Tx) error {
	p.Summaries = map[string]*news.Entry{}
	for _, found := range p.Results.Stories {
		s, err := tx.Stories.Get(found.ID)
		if err != nil {
			return err
		}
		if s == nil {
			continue
		}
		e, err := tx.Entries.Get(s.Lead)
		if err != nil {
			return err
		}
		if e != nil && p.Marks != nil && len(p.Marks(e.Summary, e.Language)) > 0 {
			p.Summaries[s.ID] = e
		}
	}
	return nil
}

// showQueryError shows an error of the query on the page. It returns other errors.
func (p *searchPage) showQueryError(err error) error {
	f, ok := reply.AsFault(err)
	if !ok {
		return err
	}
	_, p.Problem = f.In(p.loc())
	scope := view.CheckingScope(p.Now)
	scope.Me = p.ReadState.Who
	if _, err := scope.Parse(p.Query); err != nil {
		var wrong *topic.Error
		if errors.As(err, &wrong) {
			all := []rune(p.Query)
			at := min(wrong.Column-1, len(all))
			p.BeforeError, p.AfterError = string(all[:at]), string(all[at:])
		}
	}
	return nil
}
