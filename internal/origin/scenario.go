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

// Scenario is a scripted morning of invented wires and outlets that never ends.
// What it serves is a function of Seed and of the time since Start alone: a
// backlog of two hours, then a new story each 0.8 seconds, and around them all that a
// newsroom meets: copies, word for word and edited, corrections, kills, bursts, a
// feed that breaks, one that goes quiet, a briefing that comes again and again.
//
// Only the briefing brings the same headline twice; any two stories differ in
// more than a name and a number. It is an http.Handler; the sources are those of
// Config and Feeds, and each item's page can be opened.
type Scenario struct {
	Start time.Time
	Seed  uint64
	Speed float64          // how much faster than the clock it goes; 0 means 1
	Now   func() time.Time // the clock

	mu       sync.Mutex // guards the fields below
	script   *script
	rendered []*renderedFeed // by outlet
}

// The script's times, in its own seconds.
const (
	storyEvery     = 0.8 // between stories
	backlogEvery   = 100 // between stories of the backlog
	backlogStories = 72
	correctedAfter = 45  // after publication
	killedAfter    = 35  // after publication
	droppedAfter   = 240 // after a kill the item goes
	eventFirst     = 75
	eventEvery     = 480
	eventStep      = 3.5 // between outlets
	faultFirst     = 240
	faultEvery     = 1200
	faultMargin    = 60 // before, and some time after it, no story depends on the feed
	errorTime      = 60 // of answers 500, then
	garbageTime    = 30 // of garbage
	quietAfter     = 150
	feedItems      = 40  // items in a feed
	maxTakes       = 400 // takes of an outlet that are remembered
)

// take is what one outlet published of one story.
type take struct {
	id       uint64
	at       float64
	dropAt   float64 // when it goes from the feed; +Inf: never
	versions []version
	beat     string
	body     string
}

type version struct {
	at       float64
	headline string
}

func (t *take) headline(s float64) string {
	text := t.versions[0].headline
	for _, v := range t.versions[1:] {
		if v.at <= s {
			text = v.headline
		}
	}
	return text
}

// changed is when the take last changed what its feed shows, at s.
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

// renderedFeed is a feed as it was last rendered.
type renderedFeed struct {
	base    string
	changed float64
	page    page
}

// scriptTime is the script's time.
func (m *Scenario) scriptTime() float64 { return m.Now().Sub(m.Start).Seconds() * m.speed() }

func (m *Scenario) speed() float64 {
	if m.Speed == 0 {
		return 1
	}
	return m.Speed
}

// wallTime is the clock's time of a script's time.
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
	faultNearby // or lately: no story depends on this feed
)

// faultAt says how the feed that breaks is at s.
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

// feed renders an outlet's feed as it stands at s.
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

// takes are an outlet's that have happened, oldest first.
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

// article is an item's page, or with no id the outlet's front page.
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
