package origin

import (
	"cmp"
	"fmt"
	"html"
	"math"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// Scenario is an http.Handler that serves the feeds and pages of the demo's invented
// outlets. What it serves depends only on Seed and on the time since Start.
//
// It begins with a backlog of five hours. In the forty minutes after it, outlets report
// happenings, which are written by hand in phrases/, and other news between them:
// forty happenings in all, each under several headlines and most in two languages or
// more. Outlets copy agencies, word for word and edited; there are look-alikes in other
// places, a correction, a kill, an embargo, two events that many outlets report within a
// minute, a feed that breaks, an outlet that goes quiet and returns, and a briefing with
// the same headline each day. After that only results of matches come in, one each two
// minutes, and briefings: nothing is told twice as news.
//
// Feeds lists the addresses of the feeds, and Config returns a feeds.yaml for them.
type Scenario struct {
	Start time.Time
	Seed  uint64
	Speed float64          // script seconds per second of Now; 0 means 1
	Now   func() time.Time // the clock

	mu       sync.Mutex // guards the fields below
	script   *script
	rendered []*renderedFeed // by outlet
}

// Script times are in seconds since Scenario.Start, at the script's speed.
const (
	backlogStart    = -290 * 60
	backlogSingles  = 125
	embargoedBefore = 300 // an embargoed report comes so long before its happening
	correctedAfter  = 75  // from publication to correction
	killedAfter     = 50  // from publication to kill
	droppedAfter    = 240 // from the kill until the item leaves the feed
	faultFirst      = 240
	faultEvery      = 1200
	faultMargin     = 60       // no story depends on the faulty feed from so long before a fault
	errorTime       = 60       // the faulty feed answers 500 for so long,
	garbageTime     = 30       // then garbage for so long
	quietFrom       = -88 * 60 // a silence is unusual after 90 minutes
	quietUntil      = 8.4 * 60
	resultsFirst    = 2240
	resultsEvery    = 120
	feedItems       = 60  // items in a feed
	maxTakes        = 500 // takes that are kept of an outlet
)

// take is one outlet's report of a story. Times are script times.
type take struct {
	id       uint64
	at       float64
	dropAt   float64   // when the item leaves the feed; +Inf: never
	versions []version // by time; at least one
	beat     string
	body     string

	happening string  // name; empty for a single
	embargo   float64 // when the report may be used; 0: at once
	media     string  // picture or audio
}

type version struct {
	at       float64
	headline string
}

// headline returns the headline at s.
func (t *take) headline(s float64) string {
	text := t.versions[0].headline
	for _, v := range t.versions[1:] {
		if v.at <= s {
			text = v.headline
		}
	}
	return text
}

// changed returns when the take last changed its feed before s, -Inf if it never did.
func (t *take) changed(s float64) float64 {
	last := math.Inf(-1)
	for _, v := range t.versions {
		if v.at <= s {
			last = v.at
		}
	}
	if t.dropAt <= s {
		last = t.dropAt
	}
	return last
}

// renderedFeed is the last rendering of a feed.
type renderedFeed struct {
	base    string
	changed float64
	page    page
}

// scriptTime returns the current script time.
func (m *Scenario) scriptTime() float64 { return m.Now().Sub(m.Start).Seconds() * m.speed() }

func (m *Scenario) speed() float64 {
	if m.Speed == 0 {
		return 1
	}
	return m.Speed
}

// wallTime converts a script time to the time of the clock.
func (m *Scenario) wallTime(s float64) time.Time {
	return m.Start.Add(time.Duration(s / m.speed() * float64(time.Second))).UTC().Truncate(time.Millisecond)
}

func (m *Scenario) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == inbox {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	s := m.scriptTime()
	name, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	i := slices.IndexFunc(outlets, func(o outlet) bool { return o.name == name })
	if i < 0 {
		http.NotFound(w, r)
		return
	}
	switch {
	case rest != "feed":
		m.article(w, i, rest, s)
	case outlets[i].name == faultyOutlet && faultAt(s) == faultServerError:
		Status(http.StatusInternalServerError).ServeHTTP(w, r)
	case outlets[i].name == faultyOutlet && faultAt(s) == faultGarbage:
		Bytes("application/feed+json", []byte("\x00\x01<<<{{ cache miss ]]\xff\xfe")).ServeHTTP(w, r)
	default:
		m.feed(i, s, "http://"+r.Host).ServeHTTP(w, r)
	}
}

type faultState int

const (
	faultNone faultState = iota
	faultServerError
	faultGarbage
	faultNearby // a fault is near: no story depends on this feed
)

// faultAt returns the state of the faulty feed at s.
func faultAt(s float64) faultState {
	if s < faultFirst-faultMargin {
		return faultNone
	}
	switch t := math.Mod(s-faultFirst+faultMargin, faultEvery) - faultMargin; {
	case t < 0:
		return faultNearby
	case t < errorTime:
		return faultServerError
	case t < errorTime+garbageTime:
		return faultGarbage
	case t < 6*faultMargin:
		return faultNearby
	}
	return faultNone
}

// feed returns outlet i's feed at s, rendered again only after a change.
func (m *Scenario) feed(i int, s float64, base string) *page {
	m.mu.Lock()
	defer m.mu.Unlock()
	takes := m.takes(i, s)
	changed := math.Inf(-1)
	for _, t := range takes {
		changed = max(changed, t.changed(s))
	}
	if m.rendered == nil {
		m.rendered = make([]*renderedFeed, len(outlets))
	}
	if p := m.rendered[i]; p != nil && p.base == base && p.changed == changed {
		return &p.page
	}
	d := m.document(i, s, base, takes)
	d.Modified = m.wallTime(changed)
	body := d.Bytes()
	m.rendered[i] = &renderedFeed{base, changed, page{doc: d, body: body, tag: etagOf(body)}}
	return &m.rendered[i].page
}

// takes returns the takes of outlet i until s, oldest first.
func (m *Scenario) takes(i int, s float64) []*take {
	if m.script == nil {
		m.script = newScript(m.Seed)
	}
	m.script.advance(s)
	all := m.script.takes[i]
	n, _ := slices.BinarySearchFunc(all, s, func(t *take, s float64) int { return cmp.Or(cmp.Compare(t.at, s), -1) })
	return all[:n]
}

func (m *Scenario) document(i int, s float64, base string, takes []*take) Doc {
	o := &outlets[i]
	d := Doc{
		Format: o.format, Title: o.title, Site: o.site(base), Description: o.title, Language: o.lang,
		Self: o.feed(base), Uncompressed: true,
	}
	for k := len(takes) - 1; k >= 0 && len(d.Items) < o.items(); k-- {
		if t := takes[k]; t.dropAt > s {
			d.Items = append(d.Items, m.item(o, t, s, base))
		}
	}
	return d
}

func (m *Scenario) item(o *outlet, t *take, s float64, base string) Item {
	link := fmt.Sprintf("%s%d", o.site(base), t.id)
	it := Item{
		ID: fmt.Sprintf("tag:%s.example,2026:%d", o.name, t.id), Link: link, Title: m.headline(t, s),
		Author: o.title, Categories: []string{t.beat},
		Published: m.wallTime(t.at), Updated: m.wallTime(t.changed(s)),
	}
	if t.body != "" {
		it.Summary = "<p>" + html.EscapeString(t.body) + "</p>"
	}
	if f, ok := mediaFiles[t.media]; ok {
		it.Media, it.MediaType = link+f[0], f[1]
	}
	return it
}

// headline returns the headline of a take at s. An embargo names a time of the clock.
func (m *Scenario) headline(t *take, s float64) string {
	if t.embargo == 0 {
		return t.headline(s)
	}
	return m.wallTime(t.embargo).Add(time.Minute-1).Format("EMBARGO until 15:04 GMT: ") + t.headline(s)
}

// article writes the page of an item or its picture or sound, or the outlet's front page
// if name is empty.
func (m *Scenario) article(w http.ResponseWriter, i int, name string, s float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	o := &outlets[i]
	id := strings.TrimSuffix(name, path.Ext(name))
	var found []*take
	takes := m.takes(i, s)
	for k := len(takes) - 1; k >= 0 && len(found) < o.items(); k-- {
		if t := takes[k]; id == "" || id == fmt.Sprint(t.id) {
			found = append(found, t)
		}
	}
	if len(found) == 1 && id != name {
		sendMedia(w, found[0], path.Ext(name))
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if found == nil {
		w.WriteHeader(http.StatusNotFound)
	}
	fmt.Fprintf(w, "<!doctype html><html lang=%q dir=auto><meta charset=utf-8><title>%s</title><link rel=alternate href=feed><h1>%s</h1>\n",
		o.lang, html.EscapeString(o.title), html.EscapeString(o.title))
	for _, t := range found {
		fmt.Fprintf(w, "<h2><a href=%d>%s</a></h2><p>%s</p>\n", t.id, html.EscapeString(m.headline(t, s)), html.EscapeString(t.body))
	}
}

// sendMedia writes the picture or the sound of a take.
func sendMedia(w http.ResponseWriter, t *take, extension string) {
	f := mediaFiles[t.media]
	if f[0] != extension {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", f[1])
	body := horn()
	if t.media == "picture" {
		body = picture(t.id)
	}
	_, _ = w.Write(body) // fails when the client disconnects
}

// Report is a headline as an outlet first published it.
type Report struct {
	Source, Owner, Title string // name of the source, its owner, title of its feed
	Language             string
	ID                   string
	Headline, Summary    string
	At                   time.Time
	Happening            string // name of what it reports; empty: nobody else reports it
}

// Reports returns what was published until script time s, in the order of time, and which
// happening each reports. What feeds.yaml drops is left out. Tests compare it with what groups reports.
func (m *Scenario) Reports(s float64) []Report {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []Report
	for i := range outlets {
		o := &outlets[i]
		for _, t := range m.takes(i, s) {
			if t.beat == trafficBeat {
				continue
			}
			all = append(all, Report{
				Source: o.name, Owner: o.name, Title: o.title, Language: o.lang, ID: fmt.Sprint(t.id),
				Headline: t.versions[0].headline, Summary: t.body, At: m.wallTime(t.at), Happening: t.happening,
			})
		}
	}
	slices.SortStableFunc(all, func(a, b Report) int { return a.At.Compare(b.At) })
	return all
}
