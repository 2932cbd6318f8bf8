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
	"strings"
	"time"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/reply"
	"github.com/slugline/slugline/internal/trial"
	"github.com/slugline/slugline/internal/weburl"
)

// addSourcePage is the data of addsource.html.
type addSourcePage struct {
	wirePage
	Title   string
	Address string        // as it was entered
	Wrong   template.HTML // why it is no source, or was not written
	ByHand  string        // why feeds.yaml can't be written here; empty: it can
	File    string        // the name of feeds.yaml
	Version string        // of feeds.yaml, for the forms
	Said    string        // of a web page: where the feeds are from
	Reads   bool          // the caller may only read
	Feeds   []feedChoice
	Other   []trial.Offer // further feeds, which were not read
	More    bool          // there are still more
	Tags    []string      // that sources have
}

// feedChoice is a feed on the page, with what its form has in it.
type feedChoice struct {
	*trial.Report
	Known   string // the source that it is already
	Name    string
	NewTags string // separated by commas
	YAML    string // to copy
}

// addSource answers GET /add-source.
func (pg pages) addSource(w http.ResponseWriter, r *http.Request) error {
	p, _, err := pg.newAddPage(r)
	if err != nil {
		return err
	}
	p.Address = r.URL.Query().Get("url")
	return pg.show(w, "addsource.html", p)
}

// newAddPage returns the page without a feed, and feeds.yaml.
func (pg pages) newAddPage(r *http.Request) (*addSourcePage, *settingsFile, error) {
	f, err := pg.openSettings()
	if err != nil {
		return nil, nil, err
	}
	p := &addSourcePage{wirePage: pg.newPage(), Title: pg.locale().T("Add a source"), Reads: !pg.mayChange(r.Context()), ByHand: f.byHand, File: f.Path, Version: f.version(), Tags: f.Tags()}
	return p, f, pg.Store.ViewContext(r.Context(), p.readSite)
}

// changeSources answers POST /add-source: it tries an address or, if the form has a feed,
// writes that into feeds.yaml.
func (pg pages) changeSources(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return reply.BodyFault(err, "The form can't be read.")
	}
	p, f, err := pg.newAddPage(r)
	if err != nil {
		return err
	}
	if feed := r.PostForm.Get("feed"); feed != "" {
		return pg.writeSource(w, r, p, f, feed)
	}
	p.Address = strings.TrimSpace(r.PostForm.Get("url"))
	status, err := pg.tryAddress(w, r, p, f)
	if err != nil {
		return err
	}
	return pg.renderAs(w, status, "addsource.html", p)
}

// tryAddress puts the feeds at the address of the form on the page, or why there are none.
func (pg pages) tryAddress(w http.ResponseWriter, r *http.Request, p *addSourcePage, f *settingsFile) (status int, err error) {
	address := completeAddress(p.Address)
	switch {
	case address == "":
		p.Wrong = escaped(pg.locale().T("Enter a complete address, such as https://press.example/feed.xml."))
		return http.StatusBadRequest, nil
	case trial.WithoutUser(address) != address:
		p.Address, p.Wrong = trial.WithoutUser(address), escaped(pg.locale().T("An address with a password is written into feeds.yaml by hand, with the password in an environment variable."))
		return http.StatusBadRequest, nil
	}
	if src := f.Known(address); src != nil {
		p.Feeds = []feedChoice{{Report: &trial.Report{URL: src.Address, Title: src.Title}, Known: src.Name}}
		return http.StatusOK, nil
	}
	found, err := pg.tryOnce(w, r, address)
	if fault := (*reply.Fault)(nil); errors.As(err, &fault) {
		return 0, err
	}
	if err != nil {
		p.Wrong = said(pg.locale(), err.Error())
		return http.StatusUnprocessableEntity, nil
	}
	p.Said, p.Other, p.More = found.Said, found.Other, found.More
	for _, report := range found.Feeds {
		p.Feeds = append(p.Feeds, newChoice(f, report))
	}
	return http.StatusOK, nil
}

// completeAddress returns an absolute web address; empty if the text is none.
func completeAddress(s string) string {
	if s != "" && !strings.Contains(s, ":") {
		s = "https://" + s
	}
	return weburl.Absolute(weburl.WithoutFeedScheme(s))
}

func newChoice(f *settingsFile, report *trial.Report) feedChoice {
	c := feedChoice{Report: report, Name: f.FreeName(report.URL)}
	if src := f.Known(report.URL); src != nil {
		c.Known = src.Name
	}
	c.YAML = config.NewSource{Address: report.URL, Name: c.Name}.Snippet()
	return c
}

const (
	tryTimeout = 25 * time.Second // for an address with all feeds that it offers
	tryEvery   = 6 * time.Second  // ten tries a minute for each caller
	tryBurst   = 10
)

// tryOnce tries an address for a caller, who may try one at a time and some a minute.
func (pg pages) tryOnce(w http.ResponseWriter, r *http.Request, address string) (*trial.Found, error) {
	who := budgetName(callerOf(r.Context()), pg.access.client(r))
	if wait := pg.tries.Take(who, 1, time.Now()); wait > 0 {
		reply.SetRetryAfter(w.Header(), wait)
		return nil, reply.Faultf(http.StatusTooManyRequests, "That were many addresses within a minute. Wait some seconds, then try again.")
	}
	if _, busy := pg.trying.LoadOrStore(who, true); busy {
		return nil, reply.Faultf(http.StatusTooManyRequests, "Another address is still being tried. Wait until it has answered.")
	}
	defer pg.trying.Delete(who)
	ctx, cancel := context.WithTimeout(r.Context(), tryTimeout)
	defer cancel()
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(tryTimeout + 10*time.Second)) // a server without deadlines needs none
	found, err := pg.Settings.Try(ctx, address)
	if err != nil && ctx.Err() != nil && r.Context().Err() == nil {
		err = fmt.Errorf("the address did not answer within %s", tryTimeout)
	}
	return found, err
}

// writeSource writes a feed with the name and the tags of the form. If that fails, the
// form comes back with what was entered.
func (pg pages) writeSource(w http.ResponseWriter, r *http.Request, p *addSourcePage, f *settingsFile, feed string) error {
	form := r.PostForm
	src := config.NewSource{Address: feed, Name: strings.TrimSpace(form.Get("name")), Tags: splitList(form.Get("tags"))}
	known := f.Known(feed)
	err := errNotWritable(f)
	var after []byte
	if err == nil {
		after, err = f.Add(src)
	}
	if err == nil {
		err = pg.writeSettings(r.Context(), f, form.Get("version"), after)
	}
	if err == nil {
		now, err := pg.Settings.Load()
		name := src.Name
		if err == nil && now.Known(feed) != nil {
			name = now.Known(feed).Name
		}
		http.Redirect(w, r, "/sources/"+url.PathEscape(name)+"?added=1", http.StatusSeeOther)
		return nil
	}
	if fault := (*reply.Fault)(nil); errors.As(err, &fault) {
		return err
	}
	c := feedChoice{Report: &trial.Report{URL: feed, Title: form.Get("title")}, Name: src.Name, NewTags: form.Get("tags"), YAML: src.Snippet()}
	if known != nil {
		c.Known = known.Name
	}
	p.Feeds, p.Wrong, p.Address = []feedChoice{c}, saidError(pg.locale(), err), form.Get("url")
	status := http.StatusUnprocessableEntity
	if errors.Is(err, errConflict) {
		status = http.StatusConflict
	}
	if errors.Is(err, config.ErrKeep) {
		p.ByHand = cmp.Or(p.ByHand, pg.locale().T("the change can't be made without changing other lines"))
	}
	return pg.renderAs(w, status, "addsource.html", p)
}

func errNotWritable(f *settingsFile) error {
	if f.byHand != "" {
		return fmt.Errorf("%w: %s", config.ErrKeep, f.byHand)
	}
	return nil
}

// sentenceOf returns an error as a sentence.
func sentenceOf(err error) string {
	s := strings.TrimPrefix(err.Error(), config.ErrKeep.Error()+": ")
	if strings.HasSuffix(s, ".") || strings.HasSuffix(s, "?") {
		return s
	}
	return s + "."
}

// splitList splits a list with commas.
func splitList(s string) (out []string) {
	for _, w := range strings.FieldsFunc(s, func(c rune) bool { return c == ',' || c == '،' || c == '、' || c == ';' }) {
		if w = strings.TrimSpace(w); w != "" && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}

// mayChange reports whether a caller may change settings at this desk.
func (d *Desk) mayChange(ctx context.Context) bool {
	return d.Settings != nil && !callerOf(ctx).readOnly
}
