package site

import (
	"bytes"
	"cmp"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/reply"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
	"github.com/slugline/slugline/internal/words"
)

// frontStories is how many of the latest stories the front page shows.
const frontStories = 40

// pageData is what a page is made of: what all share, and its own part.
type pageData struct {
	Site    news.Site
	Base    string // path before every address of ours
	Dir     string // of the page
	MainDir string // of its main part
	Icon    string
	Today   stamp
	Zone    string // where the times are told
	Locale  *locale.Locale
	Tabs    []tab
	Feeds   []tab // that the page tells readers of

	Newsletters []signUpForm // newsletters to be had on it
	OEmbed      string       // address for those who find it by the page; empty: none

	Canonical string // where else the page stands, absolute; empty: at site.url
	Social    social
	Schema    template.JS // an ItemList; empty: none

	Name  string // of the template
	Path  string // of the page
	Title string // empty: the site's
	Index bool   // search engines may list it
	Part  any

	cacheControl string   // Cache-Control
	policy       string   // Content-Security-Policy
	linked       []string // ids of the stories that it links to
}

// tab is a link within the site.
type tab struct {
	Title, Text string
	Name, Href  string
	Current     bool
}

// stamp is a moment as pages show it: in the site's zone, with the zone's name.
type stamp struct{ ISO, ISODay, Day, Clock, Zone, Full string }

func (st *settings) stamp(t time.Time) stamp {
	at := t.In(st.zone)
	zone := zoneName(at)
	return stamp{
		ISO: t.UTC().Format("2006-01-02T15:04:05Z"), Zone: zone,
		ISODay: at.Format("2006-01-02"), Day: st.locale().Day(at), Clock: st.locale().Clock(at),
		Full: st.locale().Moment(at) + " " + zone,
	}
}

func (st *settings) locale() *locale.Locale { return locale.Of(st.site.Language) }

// zoneName is CET or GMT where the zone has such a name, else UTC+4.
func zoneName(t time.Time) string {
	name, _ := t.Zone()
	if name != "" && strings.Trim(name, "+-0123456789") != "" {
		return name
	}
	return locale.UTCOffset(t)
}

func (page *pageData) render() ([]byte, error) {
	var b bytes.Buffer
	if err := templates(page.Locale)[page.Name].ExecuteTemplate(&b, "page", page); err != nil {
		return nil, fmt.Errorf("render %s: %w", page.Path, err)
	}
	return b.Bytes(), nil
}

// fillFunc reads what a page shows, in one transaction.
type fillFunc func(*publicReader, *pageData) error

// page answers with a page. Between two records it is made once a day, but for
// who comes with a key.
func (s *Site) page(set *settings, read fillFunc) handler { return s.cachedPage(set, "", read) }

// cachedPage is page where the address has several, which as tells apart.
func (s *Site) cachedPage(set *settings, as string, read fillFunc) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		key := set.validKey(keyFrom(r), s.Keys)
		name := s.now().In(set.zone).Format("2006-01-02-0700") + r.URL.Path + " " + as + s.newslettersHash()
		print := func() (*reply.Page, error) { return s.render(set, key, read) }
		if key == "" {
			print = func() (*reply.Page, error) {
				return set.pages.Get(name, func() (*reply.Page, error) { return s.render(set, "", read) })
			}
		}
		p, err := print()
		if err != nil {
			return err
		}
		w.Header().Set("Cache-Control", p.CacheControl)
		w.Header().Set("Content-Security-Policy", p.Policy)
		return reply.Send(w, r, p.Edition)
	}
}

// validKey is the key if it opens a topic, else none.
func (st *settings) validKey(key string, keys func(string) string) string {
	if key != "" && slices.ContainsFunc(st.topics, func(t *news.TopicState) bool { return t.Keyed && keyMatches(t.Name, key, keys) }) {
		return key
	}
	return ""
}

func (s *Site) render(set *settings, key string, read fillFunc) (*reply.Page, error) {
	page, err := s.read(set, key, read)
	if err != nil {
		return nil, err
	}
	body, err := page.render()
	if err != nil {
		return nil, err
	}
	return &reply.Page{Edition: reply.NewEdition("text/html; charset=utf-8", body), CacheControl: page.cacheControl, Policy: page.policy}, nil
}

func (s *Site) read(set *settings, key string, read fillFunc) (*pageData, error) {
	page := s.newPage(set)
	err := s.Store.View(func(tx *store.Tx) error {
		d := &publicReader{Snapshot: view.NewSnapshot(tx), set: set, key: key, keys: s.Keys}
		if err := read(d, page); err != nil {
			return err
		}
		page.linked = d.linked
		if page.Newsletters = s.signUpForms(d, page); len(page.Newsletters) > 0 {
			page.policy = allowForm(page.policy)
		}
		return d.Err
	})
	return page, err
}

func (s *Site) newPage(set *settings) *pageData {
	now := s.now()
	page := &pageData{
		Site: set.site, Base: set.base, Dir: locale.Dir(set.site.Language), Locale: set.locale(), Icon: set.icon(),
		Social: social{Kind: "website", Description: set.site.Motto},
		Today:  set.stamp(now), Zone: locale.Zone(set.zone, now), Index: true, cacheControl: cacheControlOf(nil), policy: reply.StrictPolicy,
	}
	page.MainDir = page.Dir
	for i, t := range set.publicTopics() {
		if i == 0 {
			page.Feeds = set.feeds(t, false) // of a page that has none of its own
		}
		page.Tabs = append(page.Tabs, tab{Name: t.Name, Title: t.Title, Text: t.Description, Href: set.base + "/topics/" + t.Name})
	}
	return page
}

// setDirection lets the main part run as what it is about is written, so that all of it
// stands at one edge.
func (page *pageData) setDirection(about string) {
	if dir := words.Dir(about); dir != "auto" {
		page.MainDir = dir
	}
}

// publicReader is what one reader may see of a room.
type publicReader struct {
	*view.Snapshot
	set  *settings
	key  string
	keys func(string) string

	linked []string // ids of the stories in its lines, and of those that only feeds name
}

func (d *publicReader) mayRead(t *news.TopicState) bool {
	return !t.Keyed || keyMatches(t.Name, d.key, d.keys)
}

// readableTopic is the topic through which the reader may see a story, nil when there is
// none: what no topic carries is not published.
func (d *publicReader) readableTopic(s *news.Story) *news.TopicState {
	for _, t := range d.set.topics {
		if _, ok := s.Places[t.Name]; ok && t.RenamedTo == "" && d.mayRead(t) {
			return t
		}
	}
	return nil
}

// fillFront shows the latest stories of all topics that anyone may read.
func (s *Site) fillFront(d *publicReader, page *pageData) error {
	page.Name, page.Path, d.key = "front", "/", ""
	page.Feeds = nil
	for i, t := range d.set.publicTopics() {
		page.Feeds = append(page.Feeds, d.set.feeds(t, i == 0)...)
	}
	list, err := d.latestStories()
	if err != nil {
		return err
	}
	days := d.days(list)
	page.Part, page.Schema = days, schema(page.Locale.Latest, articles(allLines(days)...))
	return nil
}

// feeds are a topic's feeds: all formats, or Atom alone.
func (st *settings) feeds(t *news.TopicState, all bool) []tab {
	base := st.base + "/topics/" + t.Name
	tabs := []tab{
		{Title: t.Title, Name: "Atom", Href: base + ".atom"},
		{Title: t.Title, Name: "RSS", Href: base + ".rss"},
		{Title: t.Title, Name: "JSON", Href: base + ".json"},
	}
	if !all {
		return tabs[:1]
	}
	return tabs
}

// feeds are a topic's, with the key that opened it.
func (d *publicReader) feeds(t *news.TopicState) []tab {
	all := d.set.feeds(t, true)
	for i := range all {
		if d.key != "" {
			all[i].Href += "?key=" + template.URLQueryEscaper(d.key)
		}
	}
	return all
}

// topicStory is a story where a topic put it.
type topicStory struct {
	*news.Story
	at    time.Time
	topic *news.TopicState
}

// latestStories merges the tops of the public topics. A story stands where the first
// topic that brings it has it.
func (d *publicReader) latestStories() ([]topicStory, error) {
	var all []topicStory
	for _, t := range d.set.publicTopics() {
		list, err := d.topicStories(t, frontStories)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	slices.SortStableFunc(all, func(a, b topicStory) int {
		return cmp.Or(b.at.Compare(a.at), cmp.Compare(b.Seq, a.Seq), cmp.Compare(a.ID, b.ID))
	})
	seen := map[string]bool{}
	all = slices.DeleteFunc(all, func(p topicStory) bool {
		had := seen[p.ID]
		seen[p.ID] = true
		return had
	})
	return all[:min(len(all), frontStories)], nil
}

// topicStories returns the highest stories of a topic that still stand in its feed.
func (d *publicReader) topicStories(t *news.TopicState, n int) ([]topicStory, error) {
	few := *t
	few.Stories, few.Pins = n, nil
	list, err := edition.FeedStories(d.Tx, &few)
	if err != nil {
		return nil, err
	}
	return d.visible(t, list), nil
}

// visible leaves out what may not be read or was taken back.
func (d *publicReader) visible(t *news.TopicState, list []*news.Story) []topicStory {
	out := make([]topicStory, 0, len(list))
	for _, s := range list {
		p := s.Places[t.Name]
		if !s.Killed.IsZero() {
			d.linked = append(d.linked, s.ID) // by the feeds
			continue
		}
		if len(d.visibleTakes(s)) > 0 {
			out = append(out, topicStory{s, p.At, t})
		}
	}
	return out
}

// pinnedStories are the stories that an editor put on top of a topic.
func (d *publicReader) pinnedStories(t *news.TopicState) ([]topicStory, error) {
	few := *t
	few.Stories = 0
	list, err := edition.FeedStories(d.Tx, &few)
	return d.visible(t, list), err
}

// day is the stories of one day in the site's zone.
type day struct {
	Date  stamp
	Lines []line
}

// line is a story in a list.
type line struct {
	Headline, Dir, Lang string
	Href                string // of the headline
	Outlet              string // of the lead at its outlet; may be empty
	Page                string // of the story
	At                  stamp
	By                  string // the lead's outlet
	More                int    // other outlets
	Topics              []tab
}

func (d *publicReader) days(list []topicStory) []day {
	var out []day
	for _, p := range list {
		at := d.set.stamp(p.at)
		if n := len(out); n == 0 || out[n-1].Date.Day != at.Day {
			out = append(out, day{Date: at})
		}
		last := &out[len(out)-1]
		last.Lines = append(last.Lines, d.line(p))
	}
	return out
}

func (d *publicReader) line(p topicStory) line {
	d.linked = append(d.linked, p.ID)
	takes := d.visibleTakes(p.Story)
	face, _ := edition.LeadTake(p.Story, takes)
	out := line{
		Headline: cmp.Or(face.Headline, face.Link), Dir: words.Dir(face.Headline), Lang: face.Language, Href: face.Link, Outlet: face.Link,
		Page: d.storyAddress(p.ID), At: d.set.stamp(p.at), By: d.Source(face.Source).Label(), More: max(voices(takes)-1, 0), Topics: d.topicTabs(p.Story),
	}
	if p.topic.ToStory || out.Href == "" {
		out.Href = out.Page
	}
	return out
}

// removeTopic takes the topic out of the line: on its own page it goes without saying.
func (l *line) removeTopic(topic string) {
	l.Topics = slices.DeleteFunc(l.Topics, func(t tab) bool { return t.Name == topic })
}

// storyAddress is the address of a story, with the key that opened it.
func (d *publicReader) storyAddress(id string) string {
	to := d.set.base + "/stories/" + id
	if d.key != "" {
		to += "?key=" + template.URLQueryEscaper(d.key)
	}
	return to
}

// visibleTakes are those that the reader may see.
func (d *publicReader) visibleTakes(s *news.Story) []news.Take {
	keyed := slices.ContainsFunc(d.set.topics, func(t *news.TopicState) bool {
		_, ok := s.Places[t.Name]
		return ok && t.Keyed && d.mayRead(t)
	})
	return edition.ShownTakes(s, keyed, d.Source)
}

func voices(takes []news.Take) int {
	s := news.Story{Takes: takes}
	return s.Outlets()
}

// topicPart is a topic's page.
type topicPart struct {
	Text   string
	Embed  string // page that tells how
	Pinned []line
	Days   []day
}

// fillTopic shows what stands in a topic's feed.
func (s *Site) fillTopic(t *news.TopicState) fillFunc {
	return func(d *publicReader, page *pageData) error {
		if !t.Keyed {
			d.key = "" // unknown parameters have no effect
		}
		page.Name, page.Path, page.Title = "topic", "/topics/"+t.Name, t.Title
		page.Feeds, page.cacheControl, page.Index = d.feeds(t), cacheControlOf(t), !t.Keyed
		page.setDirection(t.Title)
		for i := range page.Tabs {
			page.Tabs[i].Current = page.Tabs[i].Name == t.Name
		}
		page.OEmbed = d.oembedAddress(page.Path)
		list, err := d.topicStories(t, t.Stories)
		if err != nil {
			return err
		}
		pins, err := d.pinnedStories(t)
		if err != nil {
			return err
		}
		list = slices.DeleteFunc(list, func(p topicStory) bool {
			return slices.ContainsFunc(pins, func(pin topicStory) bool { return pin.ID == p.ID })
		})
		part := topicPart{Text: t.Description, Days: d.days(list), Embed: d.withKey(page.Path + "/embed")}
		for _, p := range pins {
			part.Pinned = append(part.Pinned, d.line(p))
			part.Pinned[len(part.Pinned)-1].removeTopic(t.Name)
		}
		for _, day := range part.Days {
			for i := range day.Lines {
				day.Lines[i].removeTopic(t.Name)
			}
		}
		page.Part, page.Social.Description = part, t.Description
		page.Schema = schema(t.Title, append(articles(part.Pinned...), articles(allLines(part.Days)...)...))
		return nil
	}
}

// faultPage says in a page why there is none.
func (s *Site) faultPage(w http.ResponseWriter, r *http.Request, f *reply.Fault) error {
	s.mu.Lock()
	set := s.set
	s.mu.Unlock()
	if set == nil {
		set = &settings{zone: time.UTC}
	}
	page := s.faultData(set, f)
	if strings.HasPrefix(set.belowBase(r.URL.Path), "/embed/") {
		s.embedFault(page)
	}
	body, err := page.render()
	if err != nil {
		return err
	}
	w.Header().Set("Content-Security-Policy", page.policy)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Length", fmt.Sprint(len(body)))
	w.WriteHeader(f.Status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
	return nil
}

func (s *Site) faultData(set *settings, f *reply.Fault) *pageData {
	page := s.newPage(set)
	page.Name, page.Index, page.Today = "fault", false, stamp{}
	page.Title, page.Part = f.In(page.Locale)
	return page
}
