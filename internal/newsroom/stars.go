package newsroom

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/reply"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/topic"
	"github.com/slugline/slugline/internal/view"
)

const (
	starLines    = 50  // stories on a page of starred stories
	maxStarLines = 200 // the most in one answer
)

// starSets are the stars of callers, kept for the queries that ask for them. The zero value
// is ready.
type starSets struct {
	mu     sync.Mutex // guards the field below
	byName map[string]starSet
}

// starSet is what a caller has starred. It is never changed.
type starSet struct {
	version uint64 // of the table
	stars   map[string]*news.Star
	latest  []string // ids of some of them; see view.LatestStars
}

// of returns what a caller had starred when that was last read.
func (s *starSets) of(name string) map[string]*news.Star {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.byName[name].stars
}

// latest returns the stories of a caller's stars that began last.
func (s *starSets) latest(name string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.byName[name].latest
}

// load reads what a caller has starred, unless it is known.
func (s *starSets) load(tx *store.Tx, name string) error {
	version := tx.Stars.Version()
	s.mu.Lock()
	known, ok := s.byName[name]
	s.mu.Unlock()
	if ok && known.version >= version {
		return nil
	}
	all, err := tx.Stars.Of(name)
	if err != nil {
		return err
	}
	fresh := starSet{version, make(map[string]*news.Star, len(all)), view.LatestStars(all)}
	for _, star := range all {
		fresh.stars[star.Story] = star
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byName == nil {
		s.byName = map[string]starSet{}
	}
	if now, ok := s.byName[name]; !ok || now.version <= version {
		s.byName[name] = fresh
	}
	return nil
}

// changed tells that a caller starred a story, or removed the star when star is nil. What is
// known of before was current then: only that change is made in it, so nobody's stars are
// read again.
func (s *starSets) changed(name, story string, star *news.Star, before, after uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for other, known := range s.byName {
		if known.version != before {
			continue
		}
		known.version = after
		if other == name {
			known = known.with(story, star)
		}
		s.byName[other] = known
	}
}

// with returns the set with a star, or without it when that is nil.
func (s starSet) with(story string, star *news.Star) starSet {
	s.stars, s.latest = maps.Clone(s.stars), slices.Clone(s.latest)
	s.latest = slices.DeleteFunc(s.latest, func(id string) bool { return id == story })
	delete(s.stars, story)
	if star != nil {
		s.stars[story] = star
		s.latest = append(s.latest, story) // it is on the wire if somebody has just starred it
	}
	return s
}

// reload reads again what is known of some callers, so that open streams have it too.
func (s *starSets) reload(ctx context.Context, st *store.Store, names ...string) error {
	return st.ViewContext(ctx, func(tx *store.Tx) error {
		for _, name := range names {
			if err := s.load(tx, name); err != nil {
				return err
			}
		}
		return nil
	})
}

// names returns the callers whose stars are known.
func (s *starSets) names() (all []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name := range s.byName {
		all = append(all, name)
	}
	return all
}

// deskScope returns the scope of a caller's queries.
func (d *Desk) deskScope(tx *store.Tx, who caller, now time.Time) (topic.Scope, error) {
	if err := d.stars.load(tx, who.name); err != nil {
		return topic.Scope{}, err
	}
	scope, err := view.DeskScope(tx, now, func() map[string]*news.Star { return d.stars.of(who.name) })
	scope.Me = who.name
	return scope, err
}

// starred answers GET /api/stars.
func (a api) starred(w http.ResponseWriter, r *http.Request) error {
	n, err := limitOf(r, starLines, maxStarLines)
	if err != nil {
		return err
	}
	return readJSON(a.Desk, w, r, func(tx *store.Tx) (*view.Starred, error) {
		return view.ReadStarred(tx, callerOf(r.Context()).name, r.URL.Query().Get("before"), n)
	})
}

// starFeed answers GET /api/stars/feed. The address is in no answer with headlines: those are
// compressed, and who can put headlines there could guess a key beside them by their size.
func (a api) starFeed(w http.ResponseWriter, r *http.Request) error {
	path, err := a.starFeedPath(r)
	if err != nil {
		return err
	}
	return reply.JSON(w, http.StatusOK, view.StarFeed{Feed: path})
}

// starFeedPath returns the path of the feed of what the caller starred.
func (d *Desk) starFeedPath(r *http.Request) (string, error) {
	if err := d.feedKeys.load(r.Context(), d.Store); err != nil {
		return "", err
	}
	path := "/starred.atom"
	err := d.Store.ViewContext(r.Context(), func(tx *store.Tx) error {
		key, err := d.starKeyOf(tx, callerOf(r.Context()).name)
		if key != "" {
			path += "?key=" + key
		}
		return cmp.Or(err, r.Context().Err())
	})
	return path, err
}

// star answers POST /api/stars. Scripts and programs send JSON, pages send a form.
func (a api) star(w http.ResponseWriter, r *http.Request) error {
	form := strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded")
	want, err := parseStarRequest(r, form)
	if err != nil {
		return err
	}
	out, err := a.changeStar(r.Context(), want)
	switch {
	case err != nil:
		return err
	case form:
		http.Redirect(w, r, localPath(r.PostFormValue("to")), http.StatusSeeOther)
		return nil
	}
	return reply.JSON(w, http.StatusOK, out)
}

func (d *Desk) changeStar(ctx context.Context, want *view.StarRequest) (out *view.StarResult, err error) {
	name := callerOf(ctx).name
	var star *news.Star
	var before, after uint64
	err = d.Store.Update(func(tx *store.Tx) (err error) {
		before = tx.Stars.Version()
		if want.Star != "" {
			out, err = view.Star(tx, name, want.Star, d.now())
		} else {
			out, err = view.Unstar(tx, name, want.Unstar)
		}
		if err != nil {
			return err
		}
		after = tx.Stars.Version()
		star, err = tx.Stars.Get(name, out.Story)
		return err
	})
	if err != nil {
		return nil, err
	}
	if out.Starred || out.Story == want.Unstar { // else the star of a story that was merged was removed, too
		d.stars.changed(name, out.Story, star, before, after)
	}
	return out, d.stars.reload(ctx, d.Store, name)
}

func parseStarRequest(r *http.Request, form bool) (*view.StarRequest, error) {
	want := &view.StarRequest{}
	if form {
		if err := r.ParseForm(); err != nil {
			return nil, reply.BodyFault(err, "The form can't be read.")
		}
		want.Star, want.Unstar = r.PostForm.Get("star"), r.PostForm.Get("unstar")
	} else {
		dec := json.NewDecoder(r.Body)
		dec.DisallowUnknownFields()
		if err := dec.Decode(want); err != nil {
			return nil, reply.BodyFault(err, `Send JSON such as {"star": "STORY"} or {"unstar": "STORY"}.`)
		}
	}
	if (want.Star == "") == (want.Unstar == "") {
		return nil, reply.Faultf(http.StatusBadRequest, "Send either star or unstar, with the id of a story.")
	}
	return want, nil
}

// starredPage is the data of starred.html.
type starredPage struct {
	wirePage
	Title   string
	Starred *view.Starred
}

// Base is the page as the template "when" needs it.
func (p *starredPage) Base() *wirePage { return &p.wirePage }

// More is the query of the next page.
func (p *starredPage) More() string { return "?" + url.Values{"before": {p.Starred.Before}}.Encode() }

// starred answers GET /starred.
func (pg pages) starred(w http.ResponseWriter, r *http.Request) error {
	p := &starredPage{wirePage: pg.newPage(), Title: pg.locale().T("Starred")}
	p.Address = r.URL.RequestURI()
	who := callerOf(r.Context())
	err := pg.Store.ViewContext(r.Context(), func(tx *store.Tx) (err error) {
		if err = pg.readPageData(tx, &p.wirePage, who); err != nil {
			return err
		}
		p.Starred, err = view.ReadStarred(tx, who.name, r.URL.Query().Get("before"), starLines)
		return err
	})
	if err != nil {
		return err
	}
	return pg.show(w, "starred.html", p)
}

// starFeedPage is the data of starfeed.html.
type starFeedPage struct {
	wirePage
	Title string
	Feed  string // address of the feed
	Open  bool   // it needs no key, on this machine only
}

// starFeed answers GET /starred/feed.
func (pg pages) starFeed(w http.ResponseWriter, r *http.Request) error {
	path, err := pg.starFeedPath(r)
	if err != nil {
		return err
	}
	p := &starFeedPage{wirePage: pg.newPage(), Title: pg.locale().T("Feed of starred stories"), Feed: pg.origin(r) + path, Open: !strings.Contains(path, "?")}
	if err := pg.Store.ViewContext(r.Context(), p.readSite); err != nil {
		return err
	}
	return pg.show(w, "starfeed.html", p)
}

// origin returns scheme and host of the desk, as the client reaches it.
func (d *Desk) origin(r *http.Request) string {
	scheme := "http"
	if d.access.cameByHTTPS(r) {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}

// keptAtOnce is how many copies of starred stories are compared in one transaction.
const keptAtOnce = 100

// KeepStars refreshes the copies of starred stories when the stories change, so that what
// was starred last is kept when a story is deleted. It runs until ctx ends.
func (d *Desk) KeepStars(ctx context.Context) error {
	signal := d.Live.Signal() // before Seq is read, so that no record is missed
	defer signal.Close()
	seq := d.Store.Seq()
	again := time.NewTimer(0)
	defer again.Stop()
	for all := true; ; {
		var err error
		select {
		case <-ctx.Done():
			return nil
		case <-again.C:
		case <-signal.C:
		}
		if all {
			err = d.refreshAllStars(ctx)
		}
		if err == nil {
			all = false
			seq, err = d.refreshChangedStars(ctx, seq)
		}
		if err != nil && ctx.Err() == nil && d.Log != nil {
			d.Log.Error("refresh starred stories", "err", err)
		}
		if err != nil {
			again.Reset(time.Minute)
		}
	}
}

// refreshAllStars compares all copies with their stories: what happened while nobody
// followed the changes.
func (d *Desk) refreshAllStars(ctx context.Context) error {
	for last := ""; ; {
		var ids []string
		err := d.Store.ViewContext(ctx, func(tx *store.Tx) (err error) {
			ids, err = tx.Stars.CopiesAfter(last, keptAtOnce)
			return err
		})
		if err != nil || len(ids) == 0 {
			return err
		}
		last = ids[len(ids)-1]
		if err := d.refreshStars(ctx, ids); err != nil {
			return err
		}
	}
}

// refreshChangedStars refreshes the copies of stories that records after seq changed. It
// returns the last of these records.
func (d *Desk) refreshChangedStars(ctx context.Context, seq uint64) (last uint64, err error) {
	for {
		var ids []string
		more := false
		err := d.Store.ViewContext(ctx, func(tx *store.Tx) error {
			changes, err := tx.Changes.After(seq, framesAtOnce)
			last = tx.Seq()
			if more = len(changes) == framesAtOnce; more {
				last = changes[len(changes)-1].Seq
			}
			for _, c := range changes {
				ids = append(append(ids, c.Stories...), c.TextChanged...)
			}
			return err
		})
		if err != nil {
			return seq, err
		}
		for len(ids) > 0 {
			n := min(keptAtOnce, len(ids))
			if err := d.refreshStars(ctx, ids[:n]); err != nil {
				return seq, err
			}
			ids = ids[n:]
		}
		if seq = last; !more {
			return seq, nil
		}
	}
}

// refreshStars writes the copies of those stories that have one which is out of date.
func (d *Desk) refreshStars(ctx context.Context, ids []string) error {
	var stale []string
	err := d.Store.ViewContext(ctx, func(tx *store.Tx) (err error) {
		stale, err = view.StaleStars(tx, ids)
		return err
	})
	if err != nil || len(stale) == 0 {
		return err
	}
	if err := d.Store.Update(func(tx *store.Tx) error { return view.RefreshStars(tx, stale) }); err != nil {
		return err
	}
	return d.stars.reload(ctx, d.Store, d.stars.names()...)
}
