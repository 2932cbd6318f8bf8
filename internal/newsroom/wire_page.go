package newsroom

import (
	"cmp"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/reply"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/topic"
	"github.com/slugline/slugline/internal/view"
	"github.com/slugline/slugline/internal/words"
)

// scriptPolicy is the Content-Security-Policy of pages: they load only our own files.
const scriptPolicy = "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// mediaPolicy is scriptPolicy for the pages that show what outlets wrote. It allows pictures,
// audio and video of any site, because we link them and never copy them.
var mediaPolicy = strings.Replace(scriptPolicy, "img-src 'self'", "img-src 'self' https: http:; media-src https: http:", 1)

// policyOf returns the Content-Security-Policy of a page.
func policyOf(template string) string {
	if slices.Contains([]string{"wire.html", "story.html", "storypane"}, template) {
		return mediaPolicy
	}
	return scriptPolicy
}

// topicColours is the number of colours for topics; see .t0 to .t7 in monitor.css.
const topicColours = 8

// topicColour is a topic as pages show it.
type topicColour struct {
	Name, Title string
	Colour      int
}

// wirePage is the data of the wire. Other pages embed it for what they share with it.
type wirePage struct {
	Marks     func(text, lang string) []topic.Mark // what matched in a text; nil: the page shows no marks
	Locale    *locale.Locale                       // set when the page is written; nil: English
	Clustered bool                                 // set when the page is written: this node is one of a cluster
	Site      string
	Zone      *time.Location
	Query     string
	Problem   string      // what is wrong with the query
	Status    view.Status // only on the wire
	Wire      *view.Wire
	ReadState *view.ReadState
	stars     map[string]*news.Star // of the caller, by story; nil: the page shows none
	unsent    []view.Unsent         // what was sent by hand and did not arrive
	Address   string                // of this page, for forms that lead back to it
	Shown     []string              // names of the views that are shown
	Columns   []column              // when several views are shown; else the page is a single column
	Prefix    string                // of the ids of lines: stories may stand in several columns
	Part      bool                  // for the script, which draws the lines from their data
	Known     bool                  // the script has the lines of this column already
	Topics    []topicColour
	Now       time.Time
}

// wire answers GET /.
func (pg pages) wire(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	if names := q["view"]; len(names) > 0 {
		return pg.columns(w, r, names)
	}
	p := &wirePage{Query: q.Get("q"), Now: time.Now(), Zone: time.UTC, Locale: pg.locale(), Address: addressOf(r), Part: q.Has("part")}
	p.Status = pg.problems()
	read := func(query string) (err error) {
		p.Wire, err = pg.readWire(r.Context(), query, q.Get("before"), pageLines, func(tx *store.Tx) error {
			return errors.Join(p.Status.Read(tx), pg.readPageData(tx, p, callerOf(r.Context())))
		})
		return err
	}
	err := read(p.Query)
	if wrong := (*view.Error)(nil); errors.As(err, &wrong) && wrong.Kind == view.Invalid {
		p.Problem, p.Topics, p.Status = wrong.Said.In(p.loc()), nil, pg.problems()
		err = read("")
	}
	if err != nil {
		return err
	}
	return pg.show(w, "wire.html", p)
}

// addressOf returns the address of a page of the wire, also if the script asked for a part
// of it: with ?part= the lists of the page have no lines but their data, and those of the
// views that has= names have neither.
func addressOf(r *http.Request) string {
	q := r.URL.Query()
	if !q.Has("part") {
		return r.URL.RequestURI()
	}
	q.Del("part")
	q.Del("has")
	return strings.TrimSuffix(r.URL.Path+"?"+q.Encode(), "?")
}

// newPage returns a page as of now, before what it shows was read.
func (pg pages) newPage() wirePage {
	return wirePage{Now: time.Now(), Zone: time.UTC, Locale: pg.locale()}
}

// readSite reads the title and the zone of the site.
func (p *wirePage) readSite(tx *store.Tx) error {
	rules, err := tx.Rules()
	if rules != nil {
		p.Site, p.Zone = rules.Site.Title, zoneOf(rules)
	}
	return err
}

// readPageData reads what the lines of stories need: title, zone, topics and read state.
func (pg pages) readPageData(tx *store.Tx, p *wirePage, who caller) error {
	rules, err := tx.Rules()
	if err != nil {
		return err
	}
	if rules != nil {
		p.Site = rules.Site.Title
		p.Zone = zoneOf(rules)
		for i, t := range rules.Topics {
			p.Topics = append(p.Topics, topicColour{t.Name, t.Title, i % topicColours})
		}
	}
	state, err := tx.ReadStates.Get(who.name)
	if err != nil {
		return err
	}
	p.ReadState = view.NewReadState(state, who.name, who.readOnly, p.Now)
	if err := pg.stars.load(tx, who.name); err != nil {
		return err
	}
	p.stars, p.ReadState.Stars = pg.stars.of(who.name), pg.stars.latest(who.name)
	p.unsent, err = view.ReadUnsent(tx)
	return err
}

// UnsentOf returns to which targets a story was sent by hand where it did not arrive.
func (p *wirePage) UnsentOf(id string) (all []view.Unsent) {
	for _, u := range p.unsent {
		if u.Story == id {
			all = append(all, u)
		}
	}
	return all
}

// AllUnsent returns what was sent by hand and did not arrive, as the script needs it.
func (p *wirePage) AllUnsent() []view.Unsent { return view.UnsentIn(p.loc(), p.unsent) }

// Unread reports whether the caller has not read a story. It is false on pages without a
// read state.
func (p *wirePage) Unread(s view.Story) bool {
	if p.ReadState == nil {
		return false
	}
	if s.Seq <= p.ReadState.ReadUpTo {
		return slices.Contains(p.ReadState.Unread, s.ID)
	}
	return !slices.Contains(p.ReadState.Read, s.ID)
}

// ShownStories is how many stories of an event the script shows at first: the constant
// shownStories of wire/model.js.
func (p *wirePage) ShownStories() int { return 4 }

// breakingFor is how long pages call an event breaking.
const breakingFor = 2 * time.Hour

// IsBreaking reports whether an event that became breaking news at a time still is.
func (p *wirePage) IsBreaking(since time.Time) bool {
	return !since.IsZero() && p.Now.Sub(since) < breakingFor
}

func zoneOf(rules *news.Rules) *time.Location {
	if z, err := time.LoadLocation(rules.Site.Zone); err == nil {
		return z
	}
	return time.UTC
}

// prepare sets what pages have in common.
func (p *wirePage) prepare(loc *locale.Locale, clustered bool) {
	p.Locale, p.Clustered = loc, clustered
}

func (p *wirePage) loc() *locale.Locale {
	if p.Locale == nil {
		return locale.Of("en")
	}
	return p.Locale
}

// Clock formats a time to the minute, with the day if that is not today.
func (p *wirePage) Clock(t time.Time) string {
	return strings.TrimPrefix(p.Day(t)+" "+p.Minute(t), " ")
}

// Minute formats a time without its day.
func (p *wirePage) Minute(t time.Time) string { return p.loc().Clock(t.In(p.Zone)) }

// Day formats the day of a time. It is empty for today.
func (p *wirePage) Day(t time.Time) string {
	at, now := t.In(p.Zone), p.Now.In(p.Zone)
	if at.YearDay() == now.YearDay() && at.Year() == now.Year() {
		return ""
	}
	return p.loc().ShortDay(at)
}

// Full formats a time with day, seconds and zone.
func (p *wirePage) Full(t time.Time) string {
	return p.loc().Instant(t.In(p.Zone)) + " " + locale.UTCOffset(t.In(p.Zone))
}

// Moment formats a time with its date.
func (p *wirePage) Moment(t time.Time) string { return p.loc().Moment(t.In(p.Zone)) }

// Base is the page as templates of lines and times need it.
func (p *wirePage) Base() *wirePage { return p }

// AllTimes says in which zone the times of the page are.
func (p *wirePage) AllTimes() string {
	return locale.Put(p.loc().AllTimes, locale.Zone(p.Zone, p.Now))
}

// TopicByName returns the label and colour of a topic.
func (p *wirePage) TopicByName(name string) topicColour {
	for _, t := range p.Topics {
		if t.Name == name {
			return t
		}
	}
	return topicColour{Name: name, Title: name}
}

// ClockAfter formats a time that follows another one on the page: without the day if that
// is the same.
func (p *wirePage) ClockAfter(first, t time.Time) string {
	if p.Day(first) == p.Day(t) {
		return p.Minute(t)
	}
	return p.Clock(t)
}

// SameMinute reports whether two times look the same on the page.
func (p *wirePage) SameMinute(a, b time.Time) bool { return p.Clock(a) == p.Clock(b) }

// outletOfStory is what the template "outlet" shows.
type outletOfStory struct {
	*view.Outlet
	Page *wirePage
	When string // minutes after the first outlet as in +12; the time itself for the first, and after ten hours
	Own  bool   // its headline is not the story's
}

// OutletOf returns an outlet of a story as the page shows it.
func (p *wirePage) OutletOf(s view.Story, o view.Outlet) outletOfStory {
	out := outletOfStory{Outlet: &o, Page: p, When: p.Clock(o.At), Own: o.Headline != s.Headline}
	if m := int(o.At.Sub(s.Outlets[0].At) / time.Minute); m > 0 && m < 600 {
		out.When = "+" + p.loc().Number(m)
	}
	return out
}

// Older is the query of the next page.
func (p *wirePage) Older() string {
	return "?" + url.Values{"q": {p.Query}, "before": {p.Wire.Before}}.Encode()
}

// storyPage is the data of a story's page and of its pane beside the wire.
type storyPage struct {
	wirePage
	Title    string // the title of the page
	Story    view.Story
	Why      []*view.Explanation // for each outlet's entry, in the order of outlets; nil: no explanation
	Founding *view.Explanation   // of the entry that began the story; nil: no explanation
	Reading  reading             // the text of one outlet
	Readable map[string]bool     // entries that have a text
	Others   []view.Story        // other stories of the event
	AlsoIn   []view.LanguageLink

	Starred    bool
	Colleagues []string          // names of tokens
	Targets    []view.SendTarget // to which it can be sent
	Copies     view.Copies
}

// WhyNotMerged explains why a similar story of the event was not merged with this one. It
// is empty for stories that are not similar.
func (p *storyPage) WhyNotMerged(id string) string {
	if p.Founding == nil {
		return ""
	}
	for _, n := range p.Founding.Similar {
		if n.Story == id {
			return n.Compared.Text
		}
	}
	return ""
}

// maxExplained is how many outlets a page explains. Each one costs a comparison.
const maxExplained = 30

// story answers GET /stories/ID; with ?part it writes only the pane.
func (pg pages) story(w http.ResponseWriter, r *http.Request) error {
	id := strings.TrimPrefix(r.URL.Path, "/stories/")
	p := &storyPage{wirePage: wirePage{Now: time.Now(), Zone: time.UTC, Locale: pg.locale(), Address: r.URL.Path}}
	who := callerOf(r.Context())
	err := pg.Store.ViewContext(r.Context(), func(tx *store.Tx) error {
		state, err := tx.ReadStates.Get(who.name)
		if err != nil {
			return err
		}
		p.ReadState = view.NewReadState(state, who.name, who.readOnly, p.Now)
		if err := p.readStory(tx, id, r.URL.Query().Get("take"), &pg.languages); err != nil {
			return err
		}
		p.Copies = view.NewCopies(&p.Story, pg.origin(r)+"/stories/"+p.Story.ID)
		return p.readPassing(tx, who)
	})
	if err != nil {
		return err
	}
	if p.Story.ID != id {
		http.Redirect(w, r, "/stories/"+p.Story.ID, http.StatusMovedPermanently)
		return nil
	}
	if r.URL.Query().Has("part") {
		return pg.show(w, "storypane", p)
	}
	return pg.show(w, "story.html", p)
}

func (p *storyPage) readStory(tx *store.Tx, id, take string, languages *view.Languages) error {
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
			p.Topics = append(p.Topics, topicColour{t.Name, t.Title, i % topicColours})
		}
	}
	snap := view.NewSnapshot(tx)
	if p.Story, err = snap.Story(s); err != nil {
		return err
	}
	p.Title = p.Story.Headline
	if err := p.readText(tx, cmp.Or(take, s.Lead)); err != nil {
		return err
	}
	if err := p.explain(tx, s.Takes[0].Entry); err != nil {
		return err
	}
	if p.AlsoIn, err = languages.AlsoIn(tx, s); err != nil {
		return err
	}
	return p.others(tx)
}

// explain explains why the outlets' entries are in the story. founder is the entry that
// began it.
func (p *storyPage) explain(tx *store.Tx, founder string) error {
	for i, o := range p.Story.Outlets {
		var why *view.Explanation
		var err error
		switch {
		case o.Entry == founder:
			why, err = view.WhyNot(tx, p.loc(), founder, "")
			p.Founding = why
		case i < maxExplained:
			why, err = view.Why(tx, p.loc(), o.Entry)
		}
		if wrong := (*view.Error)(nil); err != nil && !errors.As(err, &wrong) {
			return err
		}
		p.Why = append(p.Why, why)
	}
	return nil
}

func (p *storyPage) others(tx *store.Tx) error {
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

// pageFuncs are the functions of templates that are the same in all languages; textFuncs
// has the others.
var pageFuncs = template.FuncMap{
	"bar": func(p interface{ navigation(here string) navigation }, here string) navigation {
		return p.navigation(here)
	},
	"code":   codeMarkup,
	"dir":    words.Dir,
	"iso":    func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
	"more":   func(n int) int { return n - 1 },
	"beyond": func(n, shown int) int { return n - shown },
	"page":   func(p *wirePage, s view.Story) storyLine { return storyLine{p, s} },
	"at":     func(p *wirePage, t time.Time) timeOnPage { return timeOnPage{p, t} },
}

// navigation is what the template "bar" shows.
type navigation struct {
	Site, Here string
	Clustered  bool // there is a page of the cluster to go to
}

// navigation returns the navigation of the page, which is the one that is shown here.
func (p *wirePage) navigation(here string) navigation {
	return navigation{Site: p.Site, Here: here, Clustered: p.Clustered}
}

// Current marks the link to the page that is shown.
func (n navigation) Current(page string) template.HTMLAttr {
	if page != n.Here {
		return ""
	}
	return ` aria-current="page"`
}

// timeOnPage is what the template "when" shows.
type timeOnPage struct {
	Page *wirePage
	At   time.Time
}

// storyLine is what the template "storyline" shows.
type storyLine struct {
	Page  *wirePage
	Story view.Story
}

// OnItsOwn reports whether the story's event has nothing to say above its stories: it has no
// other story, is not breaking, and nobody claims it.
func (l storyLine) OnItsOwn() bool {
	c := l.Story.Coverage
	return (c == nil || c.Stories < 2) && l.Story.EventClaim == nil && !l.Page.IsBreaking(l.Story.Breaking)
}

// CoveredFrom formats the time when the first outlet had the event. It has no day where the
// story's own time says it.
func (l storyLine) CoveredFrom() string {
	if l.OnItsOwn() {
		return l.Page.ClockAfter(l.Story.First, l.Story.Coverage.First)
	}
	return l.Page.Clock(l.Story.Coverage.First)
}

// CurrentPins returns the pins that have not ended.
func (l storyLine) CurrentPins() (all []view.Pin) {
	for _, pin := range l.Story.Pins {
		if pin.Until.IsZero() || pin.Until.After(l.Page.Now) {
			all = append(all, pin)
		}
	}
	return all
}

// IsStarred reports whether the caller starred a story. It is false on pages without a read
// state.
func (p *wirePage) IsStarred(id string) bool {
	return p.stars[id] != nil
}

// IsOverdue reports whether a time has passed. The zero time never passes.
func (p *wirePage) IsOverdue(t time.Time) bool { return !t.IsZero() && p.Now.After(t) }

// HasMarks reports whether the template "storymarks" has anything to show.
func (l storyLine) HasMarks() bool {
	s := &l.Story
	return len(s.Held)+len(s.Notes)+len(l.CurrentPins()) > 0 || s.Claim != nil || s.Assigned != nil || l.Page.IsStarred(s.ID) || len(l.Page.UnsentOf(s.ID)) > 0
}

func (pg pages) show(w http.ResponseWriter, name string, v any) error {
	return pg.renderAs(w, http.StatusOK, name, v)
}
