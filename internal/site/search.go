package site

import (
	"cmp"
	"context"
	"errors"
	"html/template"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/quota"
	"github.com/slugline/slugline/internal/reply"
	"github.com/slugline/slugline/internal/search"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/topic"
	"github.com/slugline/slugline/internal/view"
	"github.com/slugline/slugline/internal/words"
)

const (
	foundOnPage   = 20                     // stories on a page of results
	maxQuery      = 500                    // characters of each field
	queryTime     = 250 * time.Millisecond // of the processor, for one search
	searchTimeout = 5 * time.Second        // for one search, with waiting for its turn
)

// searchLimits limits the searches of each client network: one a second, with bursts of 30.
type searchLimits struct{ reply.Limits[netip.Prefix] }

func newSearchLimits() *searchLimits {
	return &searchLimits{reply.Limits[netip.Prefix]{Every: time.Second, Burst: 30}}
}

// searchRequest is what a reader asks for, as the fields of the form have it.
type searchRequest struct {
	Query, Topic, Outlet, Lang, From, To string
	before                               string // the position below which results begin, or the id of a story; empty: the first page
}

// readSearchRequest reads the form. ok is false if a field is too long.
func readSearchRequest(r *http.Request) (a searchRequest, ok bool) {
	v := r.URL.Query()
	a = searchRequest{Query: v.Get("q"), Topic: v.Get("topic"), Outlet: v.Get("outlet"), Lang: v.Get("lang"), From: v.Get("from"), To: v.Get("to"), before: v.Get("before")}
	for _, s := range []*string{&a.Query, &a.Topic, &a.Outlet, &a.Lang, &a.From, &a.To, &a.before} {
		*s = strings.TrimSpace(strings.ToValidUTF8(*s, "\ufffd"))
		if utf8.RuneCountInString(*s) > maxQuery {
			return a, false
		}
	}
	return a, true
}

// isEmpty tells whether nothing is asked for.
func (a searchRequest) isEmpty() bool {
	return a.Query == "" && a.Topic == "" && a.Outlet == "" && a.Lang == "" && a.From == "" && a.To == ""
}

// address returns the address of the results below a position; empty: of the first page.
func (a searchRequest) address(base, before string) string {
	v := url.Values{}
	for _, f := range []struct{ name, value string }{{"q", a.Query}, {"topic", a.Topic}, {"outlet", a.Outlet}, {"lang", a.Lang}, {"from", a.From}, {"to", a.To}, {"before", before}} {
		if f.value != "" {
			v.Set(f.name, f.value)
		}
	}
	return base + "/search?" + v.Encode()
}

// searchPart is the content of the search page.
type searchPart struct {
	Asked     searchRequest
	Topics    []tab
	Languages []languageTab
	Days      []foundDay
	Older     string // address of the next page; empty: there is none
	Done      bool   // the search was made
	Cut       bool   // not all older stories were searched
	Building  bool   // older stories are not indexed yet

	Problem string // why there are no results; empty: none
	Wrong   *wrongQuery
	BadDay  bool
}

// wrongQuery is a query with a mistake.
type wrongQuery struct {
	Before, From string // the query before the mistake, and from there on
	Text         string // what is wrong
}

// foundDay is the results of one day.
type foundDay struct {
	Date  stamp
	Lines []foundLine
}

// foundLine is a result: a story under the headline that was found.
type foundLine struct {
	line
	Marked  template.HTML // the headline with what was found
	Summary template.HTML // with what was found; empty if the headline has all of it
}

// search answers /search.
func (s *Site) search(set *settings, _ *http.Request) handler {
	if s.Search == nil {
		return nil
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		a, ok := readSearchRequest(r)
		switch {
		case !ok:
			return reply.FaultWithCode(reply.BodyTooLong)
		case isPartOfPage(r):
			return reply.FaultWithCode(reply.BadRequest)
		}
		part := &searchPart{Asked: a}
		if !a.isEmpty() {
			if wait := s.searches.Take(reply.ClientNetwork(reply.ClientAddr(r, s.Proxies)), 1, s.now()); wait > 0 {
				reply.SetRetryAfter(w.Header(), wait)
				return reply.FaultWithCode(reply.TooManySearches)
			}
			if err := s.answer(r.Context(), set, part); err != nil {
				return err
			}
		}
		p, err := s.render(set, "", s.fillSearch(part))
		if err != nil {
			return err
		}
		w.Header().Set("Cache-Control", p.CacheControl)
		w.Header().Set("Content-Security-Policy", p.Policy)
		return reply.Send(w, r, p.Edition)
	}
}

// isPartOfPage tells whether a browser asks for a part of a page, such as a picture, and not
// for a page to show, which it says by Fetch metadata. A text of an outlet, or any web site,
// could make all its readers search.
func isPartOfPage(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Dest") {
	case "", "document":
		return false
	case "empty": // a script
		return r.Header.Get("Sec-Fetch-Site") != "same-origin"
	}
	return true
}

// answer makes the search that the form asks for.
func (s *Site) answer(ctx context.Context, set *settings, part *searchPart) error {
	q := s.parseSearch(set, part)
	if q == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, searchTimeout)
	defer cancel()
	err := s.inTurn(ctx, func() error { return s.find(ctx, set, q, part) })
	t := set.locale()
	switch {
	case errors.Is(err, quota.ErrUsedUp):
		part.Problem = t.SearchTooCostly
	case errors.Is(err, search.ErrClosed), errors.Is(err, context.DeadlineExceeded):
		part.Problem = t.SearchUnready
	case err != nil:
		return err
	default:
		part.Done, part.Building = true, s.Search.Status().Building
	}
	return nil
}

// parseSearch makes the query of a form, nil if it has a mistake, which is then in part.
func (s *Site) parseSearch(set *settings, part *searchPart) *topic.Query {
	scope := topic.Searching(s.now(), set.zone)
	a := part.Asked
	var terms []string
	if a.Query != "" {
		if _, err := scope.Parse(a.Query); err != nil {
			part.Wrong = newWrongQuery(a.Query, err, set.locale())
			return nil
		}
		terms = append(terms, "("+a.Query+")")
	}
	for _, f := range []struct{ field, value string }{{"topic", a.Topic}, {"source", a.Outlet}, {"lang", a.Lang}} {
		if value := strings.Join(strings.FieldsFunc(f.value, isQuote), " "); value != "" {
			terms = append(terms, f.field+`:"`+value+`"`)
		}
	}
	from, to, ok := days(a, set.zone)
	if part.BadDay = !ok; !ok {
		return nil
	}
	terms = append(append(terms, from...), to...)
	q, err := scope.Parse(strings.Join(terms, " "))
	if err != nil { // of a value that the form does not offer
		part.Wrong = newWrongQuery(strings.Join(terms, " "), err, set.locale())
	}
	return q
}

func isQuote(r rune) bool { return words.Fold(string(r)) == `"` }

// days returns the terms for the first and the last day of a form.
func days(a searchRequest, zone *time.Location) (from, to []string, ok bool) {
	if a.From != "" {
		day, err := time.Parse(time.DateOnly, a.From)
		if err != nil {
			return nil, nil, false
		}
		from = []string{"after:" + day.Format(time.DateOnly)}
	}
	if a.To != "" {
		day, err := time.Parse(time.DateOnly, a.To)
		if err != nil {
			return nil, nil, false
		}
		to = []string{"before:" + day.AddDate(0, 0, 1).Format(time.DateOnly)}
	}
	return from, to, true
}

// newWrongQuery says where a query has a mistake.
func newWrongQuery(query string, err error, t *locale.Locale) *wrongQuery {
	out := &wrongQuery{Before: query}
	var wrong *topic.Error
	if errors.As(err, &wrong) {
		all := []rune(query)
		at := min(max(wrong.Column-1, 0), len(all))
		out.Before, out.From = string(all[:at]), string(all[at:])
		out.Text = wrong.Said.In(t)
	}
	return out
}

// inTurn calls search when it is its turn. The search of one reader at a time is made, so
// that the newsroom's need not wait.
func (s *Site) inTurn(ctx context.Context, search func() error) error {
	select {
	case s.searching <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-s.searching }()
	return search()
}

// find searches, and describes what is found.
func (s *Site) find(ctx context.Context, set *settings, q *topic.Query, part *searchPart) error {
	limited, done := quota.Limit(ctx, cmp.Or(s.QueryTime, queryTime))
	defer done()
	before, err := s.storyBefore(part.Asked.before)
	if err != nil {
		return err
	}
	m := &publicMatcher{set: set, query: q, found: map[string]match{}}
	found, err := s.Search.FindPartly(limited, q, before, foundOnPage, m.matches)
	if err != nil {
		return err
	}
	if part.Cut = found.Cut; found.Cut {
		part.Older = part.Asked.address(set.base, searchPosition(found.Last))
	} else if found.More {
		part.Older = part.Asked.address(set.base, searchPosition(found.Stories[len(found.Stories)-1]))
	}
	return s.Store.ViewContext(ctx, func(tx *store.Tx) error {
		for _, story := range found.Stories {
			if err := m.describe(tx, story, part); err != nil {
				return err
			}
		}
		return nil
	})
}

// publicMatcher matches stories by what anybody may see of them.
type publicMatcher struct {
	set    *settings
	query  *topic.Query
	tx     *store.Tx // of reader
	reader *publicReader
	found  map[string]match // by story
}

// match is a story that satisfies a query, as anybody may see it.
type match struct {
	own   news.Take   // the take that does
	entry *news.Entry // of own
	takes []news.Take
}

// in returns the reader of a transaction.
func (m *publicMatcher) in(tx *store.Tx) *publicReader {
	if m.tx != tx {
		m.tx, m.reader = tx, &publicReader{Snapshot: view.NewSnapshot(tx), set: m.set}
	}
	return m.reader
}

// matches tells whether one of the takes of a story that anybody may see satisfies the
// query. The lead's is tried first.
func (m *publicMatcher) matches(tx *store.Tx, s *news.Story) (bool, error) {
	d := m.in(tx)
	takes := d.publicTakes(s)
	if len(takes) == 0 {
		return false, d.Err
	}
	lead, _ := edition.LeadTake(s, takes)
	var topics []string
	for _, t := range d.topicTabs(s) {
		topics = append(topics, t.Name)
	}
	outlets := voices(takes)
	for i, t := range append([]news.Take{lead}, takes...) {
		if i > 0 && t.Entry == lead.Entry {
			continue
		}
		e, err := d.publicEntry(t)
		if err != nil {
			return false, err
		}
		doc := topic.NewDoc(e, d.publicSource(t.Source))
		doc.SetTopics(topics)
		if m.query.Match(doc, outlets) {
			m.found[s.ID] = match{t, e, takes}
			return true, d.Err
		}
	}
	return false, d.Err
}

// publicEntry returns what anybody may see of a take's entry, as far as queries ask for it.
func (d *publicReader) publicEntry(t news.Take) (*news.Entry, error) {
	out := t.EntryWithoutText()
	e, err := d.Tx.Entries.Get(t.Entry)
	if e == nil || err != nil {
		return out, err
	}
	text := edition.PermittedText(d.Source(t.Source).Show, e, "")
	out.Summary, out.Media, out.Author, out.Categories = text.Summary, text.Media, e.Author, e.Categories
	return out, nil
}

// publicSource returns what anybody may see of a source: not its tags.
func (d *publicReader) publicSource(id string) *news.Source {
	src := d.Source(id)
	return &news.Source{ID: src.ID, Name: src.Name, Title: src.Label(), Language: src.Language}
}

// describe adds a story that was found to the results.
func (m *publicMatcher) describe(tx *store.Tx, s *news.Story, part *searchPart) error {
	d, f := m.in(tx), m.found[s.ID]
	at := d.set.stamp(s.First)
	out := foundLine{line: d.outletLine(s, f.own, f.takes)}
	out.At = at
	out.Marked = highlight(out.Headline, m.query.Marks(f.entry.Headline, f.entry.Language))
	if marked := m.query.Marks(f.entry.Summary, f.entry.Language); len(marked) > 0 {
		out.Summary = highlight(f.entry.Summary, marked)
	}
	if n := len(part.Days); n == 0 || part.Days[n-1].Date.Day != at.Day {
		part.Days = append(part.Days, foundDay{Date: at})
	}
	last := &part.Days[len(part.Days)-1]
	last.Lines = append(last.Lines, out)
	return d.Err
}

// highlight returns a text with marks as HTML.
func highlight(s string, marks []topic.Mark) template.HTML {
	var b strings.Builder
	from := 0
	for _, m := range marks {
		if m.To > len(s) {
			break
		}
		b.WriteString(template.HTMLEscapeString(s[from:m.From]) + "<mark>" + template.HTMLEscapeString(s[m.From:m.To]) + "</mark>")
		from = m.To
	}
	b.WriteString(template.HTMLEscapeString(s[from:]))
	return template.HTML(b.String()) // safe: escaped
}

// fillSearch fills the search page.
func (s *Site) fillSearch(part *searchPart) fillFunc {
	return func(d *publicReader, page *pageData) error {
		t := d.set.locale()
		page.Name, page.Path, page.Title, page.Part, page.Index = "search", "/search", t.Search, part, false
		if part.Asked.Query != "" {
			page.Title = part.Asked.Query + " · " + t.Search
		}
		page.policy = allowForm(page.policy)
		if part.Problem != "" {
			page.cacheControl = "no-store"
		}
		for _, to := range d.set.publicTopics() {
			part.Topics = append(part.Topics, tab{Title: to.Title, Name: to.Name, Current: to.Name == part.Asked.Topic})
		}
		languages, err := s.languages(d)
		if err != nil {
			return err
		}
		for _, tag := range languages {
			part.addLanguage(tag)
		}
		part.addLanguage(part.Asked.Lang)
		slices.SortFunc(part.Languages, func(a, b languageTab) int { return strings.Compare(a.Name, b.Name) })
		return nil
	}
}

// languagesAge is how old the list of languages may be.
const languagesAge = 5 * time.Minute

// languages returns the languages of recent events in public topics.
func (s *Site) languages(d *publicReader) ([]string, error) {
	s.languagesMu.Lock()
	defer s.languagesMu.Unlock()
	if age := s.now().Sub(s.languagesAt); s.languageTags != nil && age >= 0 && age < languagesAge {
		return s.languageTags, nil
	}
	recent, err := d.set.recentEvents(d)
	if err != nil {
		return nil, err
	}
	s.languageTags, s.languagesAt = []string{}, s.now()
	for _, r := range recent.stories {
		if !slices.Contains(s.languageTags, r.lead.Language) {
			s.languageTags = append(s.languageTags, r.lead.Language)
		}
	}
	return s.languageTags, nil
}

// addLanguage adds a language to those that the form offers.
func (p *searchPart) addLanguage(tag string) {
	base, _, _ := strings.Cut(tag, "-")
	if base == "" || slices.ContainsFunc(p.Languages, func(l languageTab) bool { return l.Lang == base }) {
		return
	}
	p.Languages = append(p.Languages, languageTab{Name: locale.LanguageName(base), Lang: base, Dir: locale.Dir(base)})
}
