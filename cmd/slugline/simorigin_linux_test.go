package main

import (
	"bytes"
	"context"
	"fmt"
	"hash/fnv"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
)

// get answers a visit as fetch.Client.Get would. dead reports that the program was killed:
// nobody sees what happens after that.
func (w *simWorld) get(dead func() bool) func(context.Context, fetch.Request, time.Time) (*fetch.Result, error) {
	return func(ctx context.Context, r fetch.Request, now time.Time) (*fetch.Result, error) {
		if dead() {
			return nil, context.Canceled
		}
		v := &simVisit{w: w, req: r, url: r.URL, began: time.Now(), machine: now}
		res, err := v.run(ctx)
		if dead() {
			return nil, context.Canceled
		}
		return res, err
	}
}

// simVisit is one visit at the world's end.
type simVisit struct {
	w       *simWorld
	req     fetch.Request
	url     string
	began   time.Time
	machine time.Time // when it began, by the clock of the program
	src     *simSource
	fault   string
	doc     *simDoc // what it is served, as of when it asked
	moved   string
	temp    bool // a redirect was temporary

	aborted bool // the program stopped meanwhile
	gone    bool // it was answered with 410
}

// run makes the hops of a visit.
func (v *simVisit) run(ctx context.Context) (*fetch.Result, error) {
	for hop := 0; ; hop++ {
		to, res, err := v.hop(ctx, hop > 0)
		if to == "" {
			return res, err
		}
		if v.req.BeforeRedirect != nil {
			if err := v.req.BeforeRedirect(ctx, to); err != nil {
				return nil, err
			}
		}
		v.url = to
	}
}

// hop makes one request. It returns where the answer redirects to, or the answer.
func (v *simVisit) hop(ctx context.Context, again bool) (to string, res *fetch.Result, err error) {
	w := v.w
	w.mu.Lock()
	w.advance(time.Now())
	if v.src == nil {
		v.src = w.sourceAt(v.url)
	}
	w.guests.begin(v, again, w.inVain())
	w.course.note("get", v.url)
	v.prepare(again)
	w.mu.Unlock()
	err = v.wait(ctx)
	v.aborted = err != nil
	w.mu.Lock()
	defer w.mu.Unlock()
	w.guests.end(v)
	if err == nil && v.req.Told != nil && v.fault != "timeout" && v.fault != "refused" {
		date := time.Now().Truncate(time.Second)
		v.req.Told(v.url, date, date)
	}
	switch {
	case err != nil:
		return "", nil, err
	case v.src == nil:
		return "", nil, v.problem(fetch.BadStatus, 404)
	case v.redirect() != "":
		return v.redirect(), nil, nil
	}
	res, err = v.answer()
	return "", res, err
}

// prepare decides what a request gets.
func (v *simVisit) prepare(again bool) {
	s := v.src
	if s == nil {
		return
	}
	if !again {
		v.fault = ""
		if time.Now().Before(s.fault.until) {
			v.fault = s.fault.kind
		}
	}
	switch v.fault {
	case "empty":
		v.doc = v.w.render(s, nil)
		v.doc.modified = ""
	case "stale":
		v.doc = v.w.render(s, s.older)
		v.doc.etag = strings.Replace(v.doc.etag, `"`, `"old-`, 1)
		v.doc.modified = ""
	default:
		v.doc = v.w.current(s)
	}
}

// wait is the time that the answer takes. No two take the same, so that the order of what
// happens does not depend on the scheduler.
func (v *simVisit) wait(ctx context.Context) error {
	h := fnv.New64a()
	fmt.Fprint(h, v.w.seed, v.url, v.began.UnixNano())
	n := h.Sum64()
	d := 20*time.Millisecond + time.Duration(n%uint64(900*time.Millisecond))
	switch v.fault {
	case "timeout":
		d += 20 * time.Second
	case "slow":
		d += time.Duration(n % uint64(40*time.Second))
	}
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// redirect returns where the address that was asked for leads, empty: nowhere.
func (v *simVisit) redirect() string {
	at := v.src.address()
	if v.fault == "302" && !strings.HasSuffix(v.url, "/elsewhere") {
		v.temp = true
		return "https://cdn." + v.src.host + "/" + v.src.id + "/elsewhere"
	}
	if v.fault == "302" || v.url == at {
		return ""
	}
	if !v.temp {
		v.moved = at
	}
	return at
}

func (v *simVisit) problem(k fetch.Kind, status int) *fetch.Problem {
	return &fetch.Problem{Kind: k, Status: status, Text: fmt.Sprintf("%s: %s %d", v.url, k, status), URL: v.url, MovedTo: v.moved}
}

// answer returns the answer of the last hop, and notes what was served.
func (v *simVisit) answer() (*fetch.Result, error) {
	s, now := v.src, time.Now()
	switch v.fault {
	case "500":
		return nil, v.problem(fetch.BadStatus, 500)
	case "404":
		return nil, v.problem(fetch.BadStatus, 404)
	case "403":
		return nil, v.problem(fetch.Blocked, 403)
	case "429", "503":
		p := v.problem(fetch.RetryLater, 429)
		wait := min(time.Until(s.fault.until)+time.Minute, 2*time.Hour)
		p.RetryAfter = news.Instant(v.machine.Add(now.Sub(v.began) + wait))
		if !v.w.inVain() {
			v.w.guests.retryAfter(v.url, news.Instant(now.Add(wait)))
		}
		return nil, p
	case "timeout":
		return nil, v.problem(fetch.TimedOut, 0)
	case "refused":
		p := v.problem(fetch.Unreachable, 0)
		p.Err = syscall.ECONNREFUSED
		return nil, p
	}
	if s.gone {
		v.gone = true
		if !v.w.inVain() && !v.began.Before(v.w.set) {
			v.w.guests.gone(s)
		}
		return nil, v.problem(fetch.Gone, 410)
	}
	return v.document()
}

// document answers with the document, or with 304.
func (v *simVisit) document() (*fetch.Result, error) {
	s := v.src
	h := http.Header{"Content-Type": {"application/xml"}}
	if s.maxAge > 0 {
		h.Set("Cache-Control", fmt.Sprintf("max-age=%d", s.maxAge))
	}
	res := &fetch.Result{Status: 200, URL: v.url, MovedTo: v.moved, Header: h, FreshFor: fetch.Freshness(h, time.Now())}
	if s.etag {
		res.Validators.ETag = v.doc.etag
	}
	if s.lm {
		res.Validators.LastModified = v.doc.modified
	}
	sent := v.req.Validators
	if s.etag && sent.ETag == v.doc.etag || !s.etag && s.lm && sent.LastModified != "" && sent.LastModified == v.doc.modified {
		res.Status, res.NotModified = 304, true
		v.served()
		return res, nil
	}
	res.Body = slices.Clone(v.doc.body)
	switch v.fault {
	case "garbage":
		res.Body, res.Validators = []byte("<rss version=\"2.0\"><chan\x00nel>&;<item><title>no"), news.Validators{}
	case "cut":
		res.Body, res.Validators, res.Cut = res.Body[:len(res.Body)*2/3], news.Validators{}, true
		res.Broken = v.problem(fetch.Truncated, 200)
		v.doc.mayBeFiled(res.Body)
	case "huge":
		res.Body, res.Validators, res.Cut, res.CutText = res.Body[:len(res.Body)*2/3], news.Validators{}, true, "too large"
		v.doc.mayBeFiled(res.Body)
	default:
		v.served()
	}
	return res, nil
}

// served notes that a visit got a whole document, or was told that it has it.
func (v *simVisit) served() {
	if v.w.inVain() || v.began.Before(v.w.set) {
		v.doc.mayBeFiled(v.doc.body)
		return
	}
	s, now := v.src, time.Now()
	keys, shared := map[*simItem]bool{}, false
	for _, t := range v.doc.items {
		keys[t.simItem] = true
		shared = shared || s.lastKeys[t.simItem]
	}
	sv := simServed{at: now, items: v.doc.items, prev: s.lastRead}
	if !shared && len(s.lastKeys) > 0 {
		sv.prev = time.Time{} // a gap: what it lists is backlog
	}
	for _, t := range v.doc.items {
		if t.read.IsZero() {
			t.read, t.prev = now, sv.prev
			t.fact.firstRead(t, now)
		}
		if t.cited != "" && t.cited != t.title && t.readScheme != s.scheme {
			t.fact.tainted, t.unknown = "re-issued with another headline", true
		}
		t.readScheme, t.shown = s.scheme, t.title
	}
	s.pending = append(s.pending, sv)
	s.lastRead, s.lastKeys = now, keys
}

// simLate is how late a report may be read that is the story of another outlet.
const simLate = 60 * time.Hour

// firstRead notes that an item is read for the first time. What it says then decides which
// story it joins: a word may have been changed, or in a backlog the date may be wrong.
func (f *simFact) firstRead(t simTitle, now time.Time) {
	f.odd = f.odd || t.title != f.first || t.src.dates == simOldDates && t.prev.IsZero()
	if len(f.items) > 1 && (f.odd || now.Sub(f.at) > simLate) {
		f.tainted = "read late or edited"
	}
}

// mayBeFiled notes that the items in a part of a document may be filed, without counting on it.
func (d *simDoc) mayBeFiled(part []byte) {
	for _, t := range d.items {
		if bytes.Contains(part, []byte(t.title)) {
			t.fact.firstRead(t, time.Now())
		}
	}
}

// filed confirms what was served long enough ago that it must have been filed.
func (w *simWorld) filed(now time.Time) {
	for _, s := range w.sources {
		n := 0
		for n < len(s.pending) && now.Sub(s.pending[n].at) > simFileTime {
			for _, t := range s.pending[n].items {
				t.cited, t.fact.served = t.title, true
			}
			n++
		}
		s.pending = s.pending[n:]
	}
}

// simFileTime is the time from an answer until it must have been filed. Nothing takes that
// long but what fails.
const simFileTime = 3 * time.Minute

// lost forgets what was served and may not be filed: the program was stopped, or could not
// write.
func (w *simWorld) lost(s *simSource) {
	if len(s.pending) > 0 {
		s.lastRead = time.Time{}
	}
	for _, p := range s.pending {
		for _, t := range p.items {
			if t.read.Equal(p.at) {
				t.read = time.Time{}
			}
		}
	}
	s.pending = nil
}

// simGuests is what hosts see of how polite their guest is.
type simGuests struct {
	hosts   map[string]*simHost
	sources map[*simSource]*simGuest
	faults  []string // what was impolite
	total   int
	full    bool // their guest's disk is full
}

type simHost struct {
	inFlight int
	free     time.Time // the end of the last request
	after    time.Time // Retry-After
	said     time.Time // when it said so
}

type simGuest struct {
	ended    time.Time
	inSince  time.Time // since then it is in feeds.yaml
	answered bool
	reset    bool        // its settings changed
	unfiled  bool        // what it answered last could not be stored: it may be asked again when it can
	gone     []time.Time // its last 410 answers that the program can't have forgotten
}

func (g *simGuests) init() {
	g.hosts, g.sources = map[string]*simHost{}, map[*simSource]*simGuest{}
}

func (g *simGuests) host(url string) *simHost {
	name := simDomain(url)
	if g.hosts[name] == nil {
		g.hosts[name] = &simHost{}
	}
	return g.hosts[name]
}

func (g *simGuests) source(s *simSource) *simGuest {
	if g.sources[s] == nil {
		g.sources[s] = &simGuest{}
	}
	return g.sources[s]
}

func (g *simGuests) complain(format string, args ...any) {
	if len(g.faults) < 20 {
		g.faults = append(g.faults, time.Now().UTC().Format(time.DateTime)+": "+fmt.Sprintf(format, args...))
	}
}

// simFloor is fetch.floor of the simulation.
const simFloor = 5 * time.Minute

// begin checks a request when it begins. lost says that the program may not know what time
// it is.
func (g *simGuests) begin(v *simVisit, again, lost bool) {
	h, now := g.host(v.url), time.Now()
	if h.inFlight > 0 {
		g.complain("%s: %d requests are in flight there already", v.url, h.inFlight)
	}
	if pause := now.Sub(h.free); !again && pause < time.Second {
		g.complain("%s: a pause of %v after the last request there", v.url, pause)
	}
	if now.Before(h.after) && !lost {
		g.complain("%s: it asked for no request before %v", v.url, h.after)
	}
	h.inFlight++
	if v.src == nil || again {
		return
	}
	g.total++
	s := g.source(v.src)
	s.reset = s.reset || lost
	least := simFloor
	if !s.answered {
		least = 50 * time.Second // the network may have been down
	}
	if since := now.Sub(s.ended); !s.ended.IsZero() && !s.reset && !(s.unfiled && !g.full) && since < least-10*time.Millisecond && v.fault != "garbage" {
		g.complain("%s: visited %v after the last visit, which ended %v", v.url, since, s.ended.UTC().Format(time.DateTime))
	}
	if len(s.gone) > 1 && !s.reset {
		g.complain("%s: visited again though it was gone twice", v.url)
	}
	s.reset, s.unfiled = false, false
}

func (g *simGuests) end(v *simVisit) {
	h := g.host(v.url)
	h.inFlight--
	h.free = time.Now()
	if v.src != nil {
		s := g.source(v.src)
		s.ended, s.answered = time.Now(), v.fault != "timeout" && v.fault != "refused"
		s.reset = s.reset || v.aborted
		if !v.gone {
			s.gone = nil // only two in a row count
		}
	}
}

func (g *simGuests) retryAfter(url string, until time.Time) {
	h := g.host(url)
	if until.After(h.after) {
		h.after, h.said = until, time.Now()
	}
}

func (g *simGuests) gone(s *simSource) { g.source(s).gone = append(g.source(s).gone, time.Now()) }

// restarted forgets what a program that was stopped need not remember, the pause after each
// request, and what one that was killed could not write: all since unsaved.
func (g *simGuests) restarted(unsaved time.Time) {
	for _, h := range g.hosts {
		h.inFlight, h.free = 0, time.Time{}
		if h.said.After(unsaved) {
			h.after = time.Time{}
		}
	}
	for _, s := range g.sources {
		if s.ended.After(unsaved) {
			s.reset = true
		}
		s.gone = slices.DeleteFunc(s.gone, unsaved.Before)
	}
}
