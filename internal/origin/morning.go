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

// Morning is a scripted morning of invented wires and outlets that never ends.
// What it serves is a function of Seed and of the time since Start alone: a
// backlog of two hours, then a new story each 0.8 seconds, and around them all that a
// newsroom meets: copies, word for word and edited, corrections, kills, bursts, a
// feed that breaks, one that goes quiet, a briefing that comes again and again.
//
// Only the briefing brings the same headline twice; any two stories differ in
// more than a name and a number. It is an http.Handler; the sources are those of
// Config and Feeds, and each item's page can be opened.
type Morning struct {
	Start time.Time
	Seed  uint64
	Speed float64          // how much faster than the clock it goes; 0 means 1
	Now   func() time.Time // the clock

	mu    sync.Mutex // guards the fields below
	told  *teller
	pages []*served // by outlet
}

// The script's times, in its own seconds.
const (
	pace       = 0.8 // between stories
	backStep   = 100 // between stories of the backlog
	backCount  = 72
	corrected  = 45  // after publication
	killed     = 35  // after publication
	withdrawn  = 240 // after a kill the item goes
	burstFirst = 75
	burstEvery = 480
	burstStep  = 3.5 // between outlets
	faultFirst = 240
	faultEvery = 1200
	faultNear  = 60 // before, and some time after it, no story depends on the feed
	faultTime  = 60 // of answers 500, then
	junkTime   = 30 // of garbage
	quietAfter = 150
	window     = 40  // items in a feed
	kept       = 400 // takes of an outlet that are remembered
)

// take is what one outlet published of one story.
type take struct {
	id       uint64
	at       float64
	drop     float64 // when it goes from the feed; +Inf: never
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
	if t.drop <= s {
		last = t.drop
	}
	return last
}

// served is a feed as it was last rendered.
type served struct {
	base    string
	changed float64
	page    page
}

// elapsed is the script's time.
func (m *Morning) elapsed() float64 { return m.Now().Sub(m.Start).Seconds() * m.speed() }

func (m *Morning) speed() float64 {
	if m.Speed == 0 {
		return 1
	}
	return m.Speed
}

// stamp is the clock's time of a script's time.
func (m *Morning) stamp(s float64) time.Time {
	return m.Start.Add(time.Duration(s / m.speed() * float64(time.Second))).UTC().Truncate(time.Millisecond)
}

func (m *Morning) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s := m.elapsed()
	name, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	i := slices.IndexFunc(outlets, func(o outlet) bool { return o.name == name })
	if i < 0 {
		http.NotFound(w, r)
		return
	}
	switch {
	case rest != "feed":
		m.article(w, i, rest, s)
	case outlets[i].name == faultName && fault(s) == faultStatus:
		Status(http.StatusInternalServerError).ServeHTTP(w, r)
	case outlets[i].name == faultName && fault(s) == faultJunk:
		Bytes("application/feed+json", []byte("\x00\x01<<<{{ cache miss ]]\xff\xfe")).ServeHTTP(w, r)
	default:
		m.feed(i, s, "http://"+r.Host).ServeHTTP(w, r)
	}
}

type trouble int

const (
	faultNone trouble = iota
	faultStatus
	faultJunk
	faultSoon // or lately: no story depends on this feed
)

// fault says how the feed that breaks is at s.
func fault(s float64) trouble {
	if s < faultFirst-faultNear {
		return faultNone
	}
	switch t := math.Mod(s-faultFirst+faultNear, faultEvery) - faultNear; {
	case t < 0:
		return faultSoon
	case t < faultTime:
		return faultStatus
	case t < faultTime+junkTime:
		return faultJunk
	case t < 6*faultNear:
		return faultSoon
	}
	return faultNone
}

// feed renders an outlet's feed as it stands at s.
func (m *Morning) feed(i int, s float64, base string) *page {
	m.mu.Lock()
	defer m.mu.Unlock()
	takes := m.takes(i, s)
	changed := math.Inf(-1)
	for _, t := range takes {
		changed = max(changed, t.changed(s))
	}
	if m.pages == nil {
		m.pages = make([]*served, len(outlets))
	}
	if p := m.pages[i]; p != nil && p.base == base && p.changed == changed {
		return &p.page
	}
	d := m.document(i, s, base, takes)
	d.Modified = m.stamp(changed)
	body := d.Bytes()
	m.pages[i] = &served{base, changed, page{doc: d, body: body, tag: tagOf(body)}}
	return &m.pages[i].page
}

// takes are an outlet's that have happened, oldest first.
func (m *Morning) takes(i int, s float64) []*take {
	if m.told == nil {
		m.told = newTeller(m.Seed)
	}
	m.told.tell(s)
	all := m.told.takes[i]
	n, _ := slices.BinarySearchFunc(all, s, func(t *take, s float64) int { return cmp.Or(cmp.Compare(t.at, s), -1) })
	return all[:n]
}

func (m *Morning) document(i int, s float64, base string, takes []*take) Doc {
	o := &outlets[i]
	d := Doc{
		Format: o.format, Title: o.title, Site: o.site(base), Description: o.title, Language: o.lang,
		Self: o.feed(base), Uncompressed: true,
	}
	for k := len(takes) - 1; k >= 0 && len(d.Items) < window; k-- {
		if t := takes[k]; t.drop > s {
			d.Items = append(d.Items, m.item(o, t, s, base))
		}
	}
	return d
}

func (m *Morning) item(o *outlet, t *take, s float64, base string) Item {
	link := fmt.Sprintf("%s%d", o.site(base), t.id)
	return Item{
		ID: fmt.Sprintf("tag:%s.example,2026:%d", o.name, t.id), Link: link,
		Title: t.headline(s), Summary: "<p>" + html.EscapeString(t.body) + "</p>",
		Author: o.title, Categories: []string{t.beat},
		Published: m.stamp(t.at), Updated: m.stamp(t.changed(s)),
	}
}

// article is an item's page, or with no id the outlet's front page.
func (m *Morning) article(w http.ResponseWriter, i int, id string, s float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	o := &outlets[i]
	var found []*take
	takes := m.takes(i, s)
	for k := len(takes) - 1; k >= 0 && len(found) < window; k-- {
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
