package newsroom

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/reply"
	"github.com/slugline/slugline/internal/search"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/topic"
	"github.com/slugline/slugline/internal/view"
)

const (
	foundLines = 50               // stories of a page, unless asked for more
	maxFound   = 200              // stories of one answer
	searchTime = 10 * time.Second // what takes longer is cut off
)

// searchRequest is what a search asks for.
type searchRequest struct {
	query, before, topic string
	limit                int
}

func readSearchRequest(r *http.Request) (searchRequest, error) {
	n, err := limitOf(r, foundLines, maxFound)
	q := r.URL.Query()
	return searchRequest{query: q.Get("q"), before: q.Get("before"), topic: q.Get("topic"), limit: n}, err
}

var errNoQuery = reply.Faultf(http.StatusBadRequest, "Say what to search for: ?q= and words, \"a phrase\", lang:ar or outlets:>3.")

// find finds stories, and says what a topic with the query would carry.
func (d *Desk) find(ctx context.Context, a searchRequest) (*view.SearchResults, error) {
	query, err := topic.Parse(a.query)
	if wrong := (*topic.Error)(nil); errors.As(err, &wrong) {
		return nil, reply.Faultf(http.StatusBadRequest, "%s", wrong.Error())
	}
	ctx, cancel := context.WithTimeout(ctx, searchTime)
	defer cancel()
	out := &view.SearchResults{Stories: []view.Story{}, Match: view.MatchLine(a.query), Incomplete: d.searchState(nil)}
	if d.Search == nil {
		return out, search.ErrClosed
	}
	var before *news.Story
	if a.before != "" {
		if before, err = d.storyByID(a.before); err != nil {
			return nil, err
		}
	}
	found, err := d.Search.Find(ctx, query, before, a.limit)
	if err != nil {
		return out, err
	}
	tally, err := d.Search.Count(ctx, query, view.PreviewStories)
	if err != nil {
		return out, err
	}
	out.Preview = view.QueryPreview{Looked: tally.Examined, Carries: tally.Carries, Rough: tally.Estimated}
	if found.More {
		out.Before = found.Stories[len(found.Stories)-1].ID
	}
	return out, d.Store.View(func(tx *store.Tx) error {
		rm := view.NewSnapshot(tx)
		for _, s := range found.Stories {
			line, err := rm.Story(s)
			if err != nil {
				return err
			}
			out.Stories = append(out.Stories, line)
		}
		return out.Preview.Compare(tx, a.topic, a.query)
	})
}

// storyByID is the story with an id.
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

// searchState says why a search does not find everything yet. clock writes a time for people.
func (d *Desk) searchState(clock func(time.Time) string) string {
	if d.Search == nil {
		return "This desk has no search."
	}
	switch st := d.Search.Status(); {
	case st.Problem != "":
		return "The search index can't be used (" + st.Problem + "); it is tried again in a while."
	case st.Opening:
		return "The search index is being opened; try again in a moment."
	case st.Building && (st.Reached.IsZero() || clock == nil):
		return "The search index is being made; older stories are not found yet."
	case st.Building:
		return "The search index is being made: stories before " + clock(st.Reached) + " are not found yet."
	}
	return ""
}

// searched answers /api/search.
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
		return a.searchFault(err)
	}
	return reply.JSON(w, http.StatusOK, out)
}

// searchFault says in plain words why a search gave nothing.
func (d *Desk) searchFault(err error) error {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return reply.Faultf(http.StatusServiceUnavailable, "The search took too long; ask for something rarer.")
	case errors.Is(err, search.ErrClosed):
		return reply.Faultf(http.StatusServiceUnavailable, "%s", d.searchState(nil))
	}
	return err
}

// searchPage is what /search shows.
type searchPage struct {
	wirePage
	Results view.SearchResults
	Topic   string // compared with
	Blank   bool   // nothing was asked for
	Right   string // of a wrong query: what stands before the mistake
	Rest    string // and from it on
}

// Frame is the page that lines of the wire stand on.
func (p *searchPage) Frame() *wirePage { return &p.wirePage }

// More is the query of the page that follows.
func (p *searchPage) More() string {
	return "?" + url.Values{"q": {p.Query}, "topic": {p.Topic}, "before": {p.Results.Before}}.Encode()
}

// searchPage answers /search.
func (pg pages) search(w http.ResponseWriter, r *http.Request) error {
	a, err := readSearchRequest(r)
	if err != nil {
		return err
	}
	p := &searchPage{wirePage: wirePage{Query: a.query, Now: time.Now(), Zone: time.UTC}, Topic: a.topic, Blank: strings.TrimSpace(a.query) == ""}
	if err := pg.Store.View(func(tx *store.Tx) error { return p.frame(tx, callerOf(r.Context())) }); err != nil {
		return err
	}
	if !p.Blank {
		found, err := pg.find(r.Context(), a)
		if err := p.fault(pg.searchFault(err)); err != nil {
			return err
		}
		if found != nil {
			p.Results = *found
		}
	}
	if p.Results.Incomplete = ""; p.Problem == "" {
		p.Results.Incomplete = pg.searchState(p.Clock)
	}
	return pg.showScripted(w, "search.html", p)
}

// fault shows what is wrong with a query where it stands. Other errors it returns.
func (p *searchPage) fault(err error) error {
	f, ok := reply.AsFault(err)
	if !ok {
		return err
	}
	p.Problem = f.Text
	if _, err := topic.Parse(p.Query); err != nil {
		var wrong *topic.Error
		if errors.As(err, &wrong) {
			all := []rune(p.Query)
			at := min(wrong.Column-1, len(all))
			p.Right, p.Rest = string(all[:at]), string(all[at:])
		}
	}
	return nil
}
