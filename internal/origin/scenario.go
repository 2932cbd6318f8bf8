package origin

import (
	"cmp"
	"fmt"
	"html"
	"math"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Scenario is an http.Handler that serves the feeds and pages of the demo's invented
// outlets. What it serves depends only on Seed and on the time since Start.
//
// It begins with a backlog of two hours, and then publishes a new story every 0.8
// seconds without end. Outlets copy each other, word for word and edited; there are
// corrections, kills, events that many outlets report at once, a feed that breaks, an
// outlet that goes quiet, and a briefing that appears again and again under the same
// headline. Any two other stories differ in more than a name and a number.
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
	storyEvery     = 0.8 // between stories
	backlogEvery   = 100 // between stories of the backlog
	backlogStories = 72
	correctedAfter = 45  // from publication to correction
	killedAfter    = 35  // from publication to kill
	droppedAfter   = 240 // from the kill until the item leaves the feed
	eventFirst     = 75
	eventEvery     = 480
	eventStep      = 3.5 // between the outlets' reports
	faultFirst     = 240
	faultEvery     = 1200
	faultMargin    = 60 // no story depends on the faulty feed from so long before a fault
	errorTime      = 60 // the faulty feed answers 500 for so long,
	garbageTime    = 30 // then garbage for so long
	quietAfter     = 150
	feedItems      = 40  // items in a feed
	maxTakes       = 400 // takes that are kept of an outlet
)

// take is one outlet's report of a story. Times are script times.
type take struct {
	id       uint64
	at       float64
	dropAt   float64   // when the item leaves the feed; +Inf: never
	versions []version // by time; at least one
	beat     string
	body     string
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
	for k := len(takes) - 1; k >= 0 && len(d.Items) < feedItems; k-- {
		if t := takes[k]; t.dropAt > s {
			d.Items = append(d.Items, m.item(o, t, s, base))
		}
	}
	return d
}

func (m *Scenario) item(o *outlet, t *take, s float64, base string) Item {
	link := fmt.Sprintf("%s%d", o.site(base), t.id)
	return Item{
		ID: fmt.Sprintf("tag:%s.example,2026:%d", o.name, t.id), Link: link,
		Title: t.headline(s), Summary: "<p>" + html.EscapeString(t.body) + "</p>",
		Author: o.title, Categories: []string{t.beat},
		Published: m.wallTime(t.at), Updated: m.wallTime(t.changed(s)),
	}
}

// article writes the page of an item, or the outlet's front page if id is empty.
func (m *Scenario) article(w http.ResponseWriter, i int, id string, s float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	o := &outlets[i]
	var found []*take
	takes := m.takes(i, s)
	for k := len(takes) - 1; k >= 0 && len(found) < feedItems; k-- {
		if t := takes[k]; id == "" || id == fmt.Sprint(t.id) {
			found = append(found, t)
		}
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if found == nil {
		w.WriteHeader(http.StatusNotFound)
	}
	fmt.Fprintf(w, "<!doctype html><html lang=%q dir=auto><meta charset=utf-8><title>%s</title><link rel=alternate href=feed><h1>%s</h1>\n",
		o.lang, html.EscapeString(o.title), html.EscapeString(o.title))
	for _, t := range found {
		fmt.Fprintf(w, "<h2><a href=%d>%s</a></h2><p>%s</p>\n", t.id, html.EscapeString(t.headline(s)), html.EscapeString(t.body))
	}
}
