package newsroom

import (
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/reply"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
	"github.com/slugline/slugline/internal/words"
)

// scriptPolicy is the policy of the pages that have a script, which is ours.
const scriptPolicy = "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// colours is how many colours topics have; see monitor.css.
const colours = 8

// topicColour is how a page tells of a topic: by name and colour.
type topicColour struct {
	Name, Title string
	Shade       int
}

// wirePage is the wire as a page.
type wirePage struct {
	Site    string
	Zone    *time.Location
	Query   string
	Problem string      // of the query
	Status  view.Status // of the daemon; on the wire alone
	Wire    *view.Wire
	Seat    *view.ReadState
	Here    string // address to come back to
	Topics  []topicColour
	Now     time.Time
}

// watch answers / with the wire.
func (pg pages) wire(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	p := &wirePage{Query: q.Get("q"), Now: time.Now(), Zone: time.UTC, Here: r.URL.RequestURI()}
	p.Status = pg.problems()
	who := callerOf(r.Context())
	err := pg.Store.View(func(tx *store.Tx) error {
		return errors.Join(p.Status.Read(tx), p.read(tx, who, q.Get("before")))
	})
	if err != nil {
		return err
	}
	return pg.showScripted(w, "wire.html", p)
}

func (p *wirePage) read(tx *store.Tx, who caller, before string) error {
	if err := p.frame(tx, who); err != nil {
		return err
	}
	seat, err := tx.ReadStates.Get(who.name)
	if err != nil {
		return err
	}
	p.Wire, err = view.ReadWire(tx, seat, p.Query, before, view.WireLines)
	if wrong := (*view.Error)(nil); errors.As(err, &wrong) && wrong.Kind == view.Invalid {
		p.Problem = wrong.Text
		p.Wire, err = view.ReadWire(tx, seat, "", before, view.WireLines)
	}
	return err
}

// frame reads what lines of the wire need around them.
func (p *wirePage) frame(tx *store.Tx, who caller) error {
	rules, err := tx.Rules()
	if err != nil {
		return err
	}
	if rules != nil {
		p.Site = rules.Site.Title
		p.Zone = zoneOf(rules)
		for i, t := range rules.Topics {
			p.Topics = append(p.Topics, topicColour{t.Name, t.Title, i % colours})
		}
	}
	seat, err := tx.ReadStates.Get(who.name)
	if err != nil {
		return err
	}
	p.Seat = view.NewReadState(seat, who.name, who.readOnly, p.Now)
	return nil
}

// Unread tells whether a story is still to be read by who asks. Pages that no seat
// belongs to mark nothing.
func (p *wirePage) Unread(s view.Story) bool {
	if p.Seat == nil {
		return false
	}
	if s.Seq <= p.Seat.ReadUpTo {
		return slices.Contains(p.Seat.Unread, s.ID)
	}
	return !slices.Contains(p.Seat.Read, s.ID)
}

// breakingShown is how long a page says that an event breaks.
const breakingShown = 2 * time.Hour

// Hot tells whether what broke then still does.
func (p *wirePage) Hot(broke time.Time) bool {
	return !broke.IsZero() && p.Now.Sub(broke) < breakingShown
}

func zoneOf(rules *news.Rules) *time.Location {
	if z, err := time.LoadLocation(rules.Site.Zone); err == nil {
		return z
	}
	return time.UTC
}

// Clock is the minute of a time, with its day where that is not today.
func (p *wirePage) Clock(t time.Time) string {
	return strings.TrimPrefix(p.Day(t)+" "+p.Minute(t), " ")
}

// Minute is the minute of a time.
func (p *wirePage) Minute(t time.Time) string { return t.In(p.Zone).Format("15:04") }

// Day is the day of a time, "" for today.
func (p *wirePage) Day(t time.Time) string {
	at, now := t.In(p.Zone), p.Now.In(p.Zone)
	if at.YearDay() == now.YearDay() && at.Year() == now.Year() {
		return ""
	}
	return at.Format("2 Jan")
}

// Full is a time with its day and zone.
func (p *wirePage) Full(t time.Time) string { return t.In(p.Zone).Format("2 Jan 2006, 15:04:05 MST") }

// Shade is a topic by its name.
func (p *wirePage) Shade(name string) topicColour {
	for _, t := range p.Topics {
		if t.Name == name {
			return t
		}
	}
	return topicColour{Name: name, Title: name}
}

// Later is how many minutes after the first outlet another had a story.
func (p *wirePage) Later(s view.Story, i int) string {
	first := s.Outlets[0].At
	for _, o := range s.Outlets {
		if o.At.Before(first) {
			first = o.At
		}
	}
	if m := int(s.Outlets[i].At.Sub(first) / time.Minute); m > 0 && m < 600 {
		return fmt.Sprintf("+%d", m)
	}
	return p.Clock(s.Outlets[i].At)
}

// Older is the query of the page that follows.
func (p *wirePage) Older() string {
	return "?" + url.Values{"q": {p.Query}, "before": {p.Wire.Before}}.Encode()
}

// storyPane is one story with all that an editor wants to know.
type storyPane struct {
	wirePage
	Title  string // of the page
	Story  view.Story
	Why    []*view.Explanation // of each outlet's entry, in their order; nil where there is none
	Others []view.Story        // of the event
	Pinned []string            // topics
}

// NotIn is why a story of the event is another than this one, where they are alike.
func (p *storyPane) NotIn(id string) string {
	if len(p.Why) == 0 || p.Why[0] == nil {
		return ""
	}
	for _, n := range p.Why[0].Similar {
		if n.Story == id {
			return n.Compared.Text
		}
	}
	return ""
}

// maxReasons is how many outlets a page explains: each costs a comparison.
const maxReasons = 30

// pick answers /stories/ID of the desk.
func (pg pages) story(w http.ResponseWriter, r *http.Request) error {
	id := strings.TrimPrefix(r.URL.Path, "/stories/")
	p := &storyPane{wirePage: wirePage{Now: time.Now(), Zone: time.UTC, Here: r.URL.Path}}
	who := callerOf(r.Context())
	err := pg.Store.View(func(tx *store.Tx) error {
		seat, err := tx.ReadStates.Get(who.name)
		if err != nil {
			return err
		}
		p.Seat = view.NewReadState(seat, who.name, who.readOnly, p.Now)
		return p.readStory(tx, id)
	})
	if err != nil {
		return err
	}
	if p.Story.ID != id {
		http.Redirect(w, r, "/stories/"+p.Story.ID, http.StatusMovedPermanently)
		return nil
	}
	if r.URL.Query().Has("part") {
		return pg.showScripted(w, "picked", p)
	}
	return pg.showScripted(w, "story.html", p)
}

func (p *storyPane) readStory(tx *store.Tx, id string) error {
	s, err := view.CurrentStory(tx, id)
	if err != nil {
		return err
	}
	if s == nil {
		return reply.Faultf(http.StatusNotFound, "There is no story %q.", id)
	}
	rules, err := tx.Rules()
	if err != nil {
		return err
	}
	if rules != nil {
		p.Site, p.Zone = rules.Site.Title, zoneOf(rules)
		for i, t := range rules.Topics {
			p.Topics = append(p.Topics, topicColour{t.Name, t.Title, i % colours})
		}
	}
	if p.Story, err = view.NewSnapshot(tx).Story(s); err != nil {
		return err
	}
	p.Title = p.Story.Headline
	if err := p.explain(tx); err != nil {
		return err
	}
	if err := p.pins(tx); err != nil {
		return err
	}
	return p.others(tx)
}

func (p *storyPane) explain(tx *store.Tx) error {
	for i := range p.Story.Outlets {
		if i >= maxReasons {
			p.Why = append(p.Why, nil)
			continue
		}
		explain := view.Why
		if i == 0 {
			explain = func(tx *store.Tx, id string) (*view.Explanation, error) { return view.WhyNot(tx, id, "") }
		}
		why, err := explain(tx, p.Story.Outlets[i].Entry)
		if wrong := (*view.Error)(nil); err != nil && !errors.As(err, &wrong) {
			return err
		}
		p.Why = append(p.Why, why)
	}
	return nil
}

func (p *storyPane) pins(tx *store.Tx) error {
	for _, t := range p.Topics {
		st, err := tx.Topics.Get(t.Name)
		if err != nil {
			return err
		}
		if st != nil && slices.ContainsFunc(st.Pins, func(pin news.Pin) bool { return pin.Story == p.Story.ID }) {
			p.Pinned = append(p.Pinned, t.Name)
		}
	}
	return nil
}

func (p *storyPane) others(tx *store.Tx) error {
	ev, err := view.EventByID(tx, p.Story.Event)
	if wrong := (*view.Error)(nil); errors.As(err, &wrong) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, s := range ev.Stories {
		if s.ID != p.Story.ID && len(p.Others) < 50 {
			p.Others = append(p.Others, s)
		}
	}
	return nil
}

var monitorPages = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("").Funcs(template.FuncMap{
		"dir":  words.Dir,
		"iso":  func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"more": func(n int) int { return n - 1 },
		"page": func(p *wirePage, s view.Story) lineOf { return lineOf{p, s} },
		"at":   func(p *wirePage, t time.Time) momentOf { return momentOf{p, t} },
	}).ParseFS(deskFiles, "pages/wire.html", "pages/story.html", "pages/login.html", "pages/handover.html", "pages/sources.html", "pages/alerts.html", "pages/fault.html", "pages/decisions.html", "pages/search.html"))
})

// momentOf is a time with the page that it stands on.
type momentOf struct {
	Page *wirePage
	At   time.Time
}

// lineOf is a story with the page that it stands on.
type lineOf struct {
	Page  *wirePage
	Story view.Story
}

func (pg pages) showScripted(w http.ResponseWriter, name string, v any) error {
	return pg.render(w, monitorPages(), name, scriptPolicy, v)
}

// asset answers with one of our own files.
func (pg pages) asset(name, kind string) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		b, err := deskFiles.ReadFile("assets/" + name)
		if err != nil {
			return err
		}
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(http.StatusOK)
		_, _ = w.Write(b)
		return nil
	}
}
