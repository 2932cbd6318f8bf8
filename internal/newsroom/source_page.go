package newsroom

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/reply"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
)

const (
	sourceHeadlines = 50   // headlines on the page of a source
	rhythmStories   = 1000 // newest stories of a source that its hours are counted in
)

// sourcePage is the data of source.html.
type sourcePage struct {
	wirePage
	Title   string
	Source  *view.Source
	Stories []view.Story
	Before  string // continues the headlines; empty: no more
	Older   bool   // this is not the first page of them
	Hours   [24]int
	Visits  []news.PastVisit // newest first
	Added   bool             // it has just been added
	Saved   bool             // its settings have just been changed
	Wrong   template.HTML
	Form    *sourceForm // nil: the caller may change nothing here

	SomeHours bool // Hours counts the newest stories alone
}

// sourceForm is what can be changed of a source in feeds.yaml.
type sourceForm struct {
	Version string
	Paused  bool
	Tags    string // separated by commas
	Rank    string
	Line    int    // of feeds.yaml
	Others  int    // sources that share its settings
	ByHand  string // why it can't be changed here; empty: it can
	YAML    string // to copy, after a change that must be made by hand
}

// source answers GET /sources/{name}.
func (pg pages) source(w http.ResponseWriter, r *http.Request) error {
	p, err := pg.newSourcePage(r)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	p.Added, p.Saved = q.Has("added"), q.Has("saved")
	return pg.showSource(w, r, http.StatusOK, p)
}

// newSourcePage reads the source that the address names, and its form.
func (pg pages) newSourcePage(r *http.Request) (*sourcePage, error) {
	p, name := &sourcePage{wirePage: pg.newPage()}, r.PathValue("name")
	err := pg.Store.ViewContext(r.Context(), func(tx *store.Tx) error {
		src, err := view.SourceByName(tx, name)
		if err == nil && src != nil {
			p.Source = src
			p.Visits, err = view.PastVisits(tx, src.ID)
		}
		return errors.Join(err, pg.readPageData(tx, &p.wirePage, callerOf(r.Context())))
	})
	switch {
	case err != nil:
		return nil, err
	case p.Source == nil:
		return nil, reply.Faultf(http.StatusNotFound, "There is no source %q.", name)
	}
	p.Title, p.Address = p.Source.Title, r.URL.RequestURI()
	if pg.mayChange(r.Context()) && !p.Source.Removed {
		p.Form = pg.newSourceForm(name)
	}
	if p.Form != nil {
		p.Source.Paused = p.Form.Paused // the poller stores it some seconds after a change
	}
	return p, nil
}

// newSourceForm returns what feeds.yaml says about a source; nil if that can't be read.
func (pg pages) newSourceForm(name string) *sourceForm {
	f, err := pg.openSettings()
	if err != nil {
		return nil
	}
	it := f.Source(name)
	if it == nil {
		return nil
	}
	form := &sourceForm{Version: f.version(), Tags: strings.Join(it.Values("tags"), ", "), Rank: "0", Line: it.Line, Others: it.Feeds - 1, ByHand: f.byHand}
	if rank := it.Values("rank"); len(rank) == 1 {
		form.Rank = rank[0]
	}
	for i := range f.Config.Sources {
		if s := &f.Config.Sources[i]; s.Name == name {
			form.Paused = s.Paused
		}
	}
	return form
}

// showSource reads the headlines and writes the page.
func (pg pages) showSource(w http.ResponseWriter, r *http.Request, status int, p *sourcePage) error {
	before := r.URL.Query().Get("before")
	p.Older = before != ""
	list, err := pg.storiesOfSource(r.Context(), p.Source, before)
	if err != nil {
		return pg.refuseSearch(err)
	}
	p.countHours(list)
	p.SomeHours = len(list) >= rhythmStories
	if len(list) > sourceHeadlines {
		list = list[:sourceHeadlines]
		p.Before = list[sourceHeadlines-1].ID
	}
	err = pg.Store.ViewContext(r.Context(), func(tx *store.Tx) error {
		snap := view.NewSnapshot(tx)
		for _, s := range list {
			line, err := snap.Story(s)
			if err != nil {
				return err
			}
			p.Stories = append(p.Stories, line)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return pg.renderAs(w, status, "source.html", p)
}

// storiesOfSource returns the newest stories that a source reports, below one of them.
// Without a complete search index it examines the newest stories of all sources.
func (pg pages) storiesOfSource(ctx context.Context, src *view.Source, before string) (list []*news.Story, err error) {
	var below *news.Story
	if before != "" {
		if below, err = pg.storyByID(before); err != nil {
			return nil, err
		}
	}
	isOf := func(s *news.Story) bool {
		return slices.ContainsFunc(s.Takes, func(t news.Take) bool { return t.Source == src.ID })
	}
	if pg.searchState(pg.locale(), nil) == "" {
		query, err := pg.parse(ctx, "source:"+src.Name)
		if err != nil {
			return nil, err
		}
		ctx, cancel := context.WithTimeout(ctx, searchTimeout)
		defer cancel()
		limited, done := pg.limitQuery(ctx)
		defer done()
		found, err := pg.Search.Find(limited, query, below, rhythmStories)
		if err != nil {
			return nil, err
		}
		return slices.DeleteFunc(found.Stories, func(s *news.Story) bool { return !isOf(s) }), nil
	}
	err = pg.scan(ctx, func(tx *store.Tx) error {
		all, err := tx.Stories.Latest(view.PreviewStories, below)
		list = slices.DeleteFunc(all, func(s *news.Story) bool { return !isOf(s) })
		return err
	})
	return list, err
}

// countHours counts the source's entries of the last 30 days by hour of day.
func (p *sourcePage) countHours(list []*news.Story) {
	since := p.Now.AddDate(0, 0, -news.KeptDays)
	for _, s := range list {
		for i := range s.Takes {
			if t := &s.Takes[i]; t.Source == p.Source.ID && t.At.After(since) {
				p.Hours[t.At.In(p.Zone).Hour()]++
			}
		}
	}
}

// bar is a bar of a chart: a name and how many entries.
type bar struct {
	Name  string
	Count int
}

// HourBars are the entries by hour of day in the site's zone.
func (p *sourcePage) HourBars() (all []bar) {
	for h, n := range p.Hours {
		all = append(all, bar{p.loc().Clock(time.Date(2000, 1, 1, h, 0, 0, 0, time.UTC)), n})
	}
	return all
}

// DayBars are the entries of the last days, today's last, by their dates in UTC.
func (p *sourcePage) DayBars() (all []bar) {
	for i, n := range p.Source.Days {
		day := p.Now.UTC().AddDate(0, 0, i+1-len(p.Source.Days))
		all = append(all, bar{p.loc().ShortDay(day), n})
	}
	return all
}

// OtherDays reports whether the days of DayBars begin at another time than in the site's
// zone.
func (p *sourcePage) OtherDays() bool {
	_, offset := p.Now.In(p.Zone).Zone()
	return offset != 0
}

// chart is a bar chart.
type chart struct {
	Bars []bar
	Most int
}

// Chart makes a chart of bars.
func (p *sourcePage) Chart(bars []bar) chart {
	c := chart{Bars: bars}
	for _, b := range bars {
		c.Most = max(c.Most, b.Count)
	}
	return c
}

// The size of a chart in its own units.
const (
	chartHeight = 60
	chartStep   = 10
)

// Wide is the width of the chart.
func (c chart) Wide() int { return len(c.Bars) * chartStep }

// Path draws the bars; those that are not empty are at least 1 high.
func (c chart) Path() string {
	var b strings.Builder
	for i, bar := range c.Bars {
		if bar.Count > 0 {
			high := max(bar.Count*chartHeight/c.Most, 1)
			fmt.Fprintf(&b, "M%d %dv-%dh%dv%dz", i*chartStep+1, chartHeight, high, chartStep-2, high)
		}
	}
	return b.String()
}

// Span formats a delay.
func (p *sourcePage) Span(d time.Duration) string { return formatDelay(d) }

// Took formats how long a visit took.
func (p *sourcePage) Took(v news.PastVisit) string {
	if v.Took < time.Second {
		return v.Took.Round(time.Millisecond).String()
	}
	return p.Span(v.Took)
}

// changeSource answers POST /sources/{name}: it writes what was changed in the form.
func (pg pages) changeSource(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return reply.BodyFault(err, "The form can't be read.")
	}
	p, err := pg.newSourcePage(r)
	if err != nil {
		return err
	}
	f, err := pg.openSettings()
	if err != nil {
		return err
	}
	want := wantedSettings(p.Source.Name, f.File, r.PostForm)
	after, err := want.apply(f.File)
	if err == nil {
		err = errNotWritable(f)
	}
	if err == nil {
		err = pg.writeSettings(r.Context(), f, r.PostForm.Get("version"), after)
	}
	if err == nil {
		http.Redirect(w, r, "/sources/"+url.PathEscape(p.Source.Name)+"?saved=1", http.StatusSeeOther)
		return nil
	}
	p.Wrong = saidError(pg.locale(), err)
	if p.Form != nil {
		p.Form.Paused, p.Form.Tags, p.Form.Rank = r.PostForm.Has("paused"), r.PostForm.Get("tags"), r.PostForm.Get("rank")
		if errors.Is(err, config.ErrKeep) {
			p.Form.YAML = want.yaml()
		}
	}
	return pg.showSource(w, r, statusOf(err), p)
}

// statusOf returns the status of the answer to a change that was not made.
func statusOf(err error) int {
	if errors.Is(err, errConflict) {
		return http.StatusConflict
	}
	return http.StatusUnprocessableEntity
}

// sourceChange is the keys of a source that change, with their values.
type sourceChange struct {
	name   string
	keys   []string
	values [][]string
}

func (c *sourceChange) add(key string, values ...string) {
	c.keys, c.values = append(c.keys, key), append(c.values, values)
}

// wantedSettings returns what a form changes of a source.
func wantedSettings(name string, f *config.File, form url.Values) *sourceChange {
	c := &sourceChange{name: name}
	i := slices.IndexFunc(f.Config.Sources, func(s news.SourceConfig) bool { return s.Name == name })
	it := f.Source(name)
	if i < 0 || it == nil {
		c.add("paused", strconv.FormatBool(form.Has("paused"))) // apply says that it is not in the file
		return c
	}
	src := &f.Config.Sources[i]
	if paused := form.Has("paused"); paused != src.Paused {
		c.add("paused", strconv.FormatBool(paused))
	}
	if rank := cmp.Or(strings.TrimSpace(form.Get("rank")), "0"); rank != strconv.Itoa(src.Rank) && !slices.Equal(it.Values("rank"), []string{rank}) {
		c.add("rank", rank)
	}
	if tags := splitList(form.Get("tags")); !slices.Equal(tags, it.Values("tags")) {
		c.add("tags", tags...)
	}
	return c
}

// apply returns the file with the changes.
func (c *sourceChange) apply(f *config.File) (after []byte, err error) {
	after = f.Bytes
	for i, key := range c.keys {
		if after, err = f.SetSource(c.name, key, c.values[i]); err != nil {
			return nil, err
		}
		if f, err = f.With(after); err != nil {
			return nil, err
		}
	}
	return after, nil
}

// yaml returns the lines to write by hand.
func (c *sourceChange) yaml() string {
	text := ""
	for i, key := range c.keys {
		text += config.Snippet(key, c.values[i])
	}
	return text
}

// Gaps is how many documents may have missed items before them.
func (p *sourcePage) Gaps() int { return int(p.Source.Gaps) }
