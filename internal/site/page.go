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

// pageData is the data of a page's template: what all pages share, and Part.
type pageData struct {
	Site    news.Site
	Base    string // path of site.url, which starts every address
	Dir     string // direction of the page
	MainDir string // direction of its main element
	Icon    string
	Today   stamp
	Zone    string // name of the zone of all times
	Locale  *locale.Locale
	Tabs    []tab
	Feeds   []tab // feeds that the page announces to feed readers

	Unreadable  []string     // titles of topics whose stories the front page lacks
	Static      bool         // for a static host: nothing that needs a server
	Newsletters []signUpForm // newsletters that it offers
	OEmbed      string       // oEmbed address of the page; empty: none

	Canonical      string // absolute canonical address, if it is not ours
	Previous, Next string // addresses of the neighbours in a series of pages
	Search         bool   // readers can search
	Social         social
	Schema         template.JS // an ItemList; empty: none

	Name  string // name of the template
	Path  string // path of the page
	Title string // empty: the site's title
	Index bool   // whether search engines may list it
	Part  any

	cacheControl string // Cache-Control header
	policy       string // Content-Security-Policy header
}

// tab is a link to a topic or one of its feeds.
type tab struct {
	Title, Text string
	Name, Href  string
	Current     bool
}

// stamp is a time as pages show it: in the site's zone, with the zone's name.
type stamp struct{ ISO, ISODay, Day, Date, Clock, Zone, Full string }

// stamp formats a time in the zone and the language of the site.
func (st *settings) stamp(t time.Time) stamp {
	at := t.In(st.zone)
	zone := zoneName(at)
	return stamp{
		ISO: t.UTC().Format("2006-01-02T15:04:05Z"), Zone: zone,
		ISODay: at.Format("2006-01-02"), Day: st.locale().Day(at), Date: st.locale().Date(at), Clock: st.locale().Clock(at),
		Full: st.locale().Moment(at) + " " + zone,
	}
}

// locale returns the texts in the language of the site.
func (st *settings) locale() *locale.Locale { return locale.Of(st.site.Language) }

// zoneName returns the abbreviation of a time's zone, such as CET, or its offset, such as
// UTC+4.
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

// fillFunc reads the content of a page. It runs in one transaction.
type fillFunc func(*publicReader, *pageData) error

// page returns a handler that answers with a page. Until the next record, the page is
// rendered once a day, or for each request that has a key.
func (s *Site) page(set *settings, fill fillFunc) handler { return s.cachedPage(set, "", fill) }

// pagePolicy is StrictPolicy for pages with our own script.
var pagePolicy = allowScript(reply.StrictPolicy)

// cachedPage is page for an address with several variants, which variant names.
func (s *Site) cachedPage(set *settings, variant string, fill fillFunc) handler {
	return s.cached(set, variant, func(key string) (*reply.Page, error) { return s.render(set, key, fill) })
}

// cached returns a handler that answers with what render returns for a reader's key.
func (s *Site) cached(set *settings, variant string, render func(key string) (*reply.Page, error)) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		key := set.validKey(keyFrom(r), s.Keys)
		name := s.now().In(set.zone).Format("2006-01-02-0700") + r.URL.Path + " " + variant + s.newslettersHash()
		read := func() (*reply.Page, error) { return render(key) }
		p, err := (*reply.Page)(nil), error(nil)
		if key == "" {
			p, err = set.pages.Get(name, read)
		} else {
			p, err = read()
		}
		if err != nil {
			return err
		}
		w.Header().Set("Cache-Control", p.CacheControl)
		w.Header().Set("Content-Security-Policy", p.Policy)
		return reply.Send(w, r, p.Edition)
	}
}

// validKey returns the key if it is the key of a topic, otherwise an empty one.
func (st *settings) validKey(key string, keys func(string) string) string {
	if key != "" && slices.ContainsFunc(st.topics, func(t *news.TopicState) bool { return t.Keyed && keyMatches(t.Name, key, keys) }) {
		return key
	}
	return ""
}

// render reads and renders a page for a reader with a key.
func (s *Site) render(set *settings, key string, fill fillFunc) (*reply.Page, error) {
	page, err := s.read(set, key, fill)
	if err != nil {
		return nil, err
	}
	body, err := page.render()
	if err != nil {
		return nil, err
	}
	return &reply.Page{Edition: reply.NewEdition("text/html; charset=utf-8", body), CacheControl: page.cacheControl, Policy: page.policy}, nil
}

// read reads a page for a reader with a key.
func (s *Site) read(set *settings, key string, fill fillFunc) (*pageData, error) {
	page := s.newPage(set)
	err := s.Store.View(func(tx *store.Tx) error {
		d := &publicReader{Snapshot: view.NewSnapshot(tx), set: set, key: key, keys: s.Keys}
		if err := fill(d, page); err != nil {
			return err
		}
		if s.static {
			page.makeStatic()
		}
		if page.Newsletters = s.signUpForms(d, page); len(page.Newsletters) > 0 {
			page.policy = allowForm(page.policy)
		}
		return d.Err
	})
	return page, err
}

// makeStatic removes from a page what a static host can't do, and the date, which would
// soon be wrong on a page that is not written again.
func (page *pageData) makeStatic() {
	page.Static = true
	if page.Path != "/" {
		page.Today = stamp{}
	}
	if page.OEmbed != "" {
		page.OEmbed = page.Site.URL + page.Path + "/oembed.json"
	}
}

// newPage returns a page with what all pages share.
func (s *Site) newPage(set *settings) *pageData {
	now := s.now()
	page := &pageData{
		Site: set.site, Base: set.base, Dir: locale.Dir(set.site.Language), Locale: set.locale(), Icon: set.icon(),
		Social: social{Kind: "website", Description: set.site.Motto},
		Today:  set.stamp(now), Zone: locale.Zone(set.zone, now), Index: true, Search: s.Search != nil, cacheControl: cacheControlOf(nil), policy: pagePolicy,
	}
	page.MainDir = page.Dir
	for i, t := range set.publicTopics() {
		if i == 0 {
			page.Feeds = set.feeds(t, false) // pages without feeds of their own announce this one
		}
		page.Tabs = append(page.Tabs, tab{Name: t.Name, Title: t.Title, Text: t.Description, Href: set.base + "/topics/" + t.Name})
	}
	return page
}

// setDirection gives the main element the direction of a title or a headline, so that all
// of it is aligned with that.
func (page *pageData) setDirection(title string) {
	if dir := words.Dir(title); dir != "auto" {
		page.MainDir = dir
	}
}

// publicReader reads what one reader may see, in one transaction.
type publicReader struct {
	*view.Snapshot
	set  *settings
	key  string              // of the reader; empty: none
	keys func(string) string // see Site.Keys

	without func(*news.TopicState, error) error // of the front page, for a topic that can't be read
}

// mayRead tells whether the reader has the key of a topic, if it needs one.
func (d *publicReader) mayRead(t *news.TopicState) bool {
	return !t.Keyed || keyMatches(t.Name, d.key, d.keys)
}

// readableTopic returns the first topic through which the reader may see a story, now or
// formerly. It returns nil when there is none: a story that no topic carries is not
// published.
func (d *publicReader) readableTopic(s *news.Story) *news.TopicState {
	for _, t := range d.set.topics {
		if _, ok := s.Places[t.Name]; ok && t.RenamedTo == "" && d.mayRead(t) {
			return t
		}
	}
	return nil
}

// feeds returns links to the feeds of a topic: in all formats, or in Atom only.
func (st *settings) feeds(t *news.TopicState, all bool) []tab {
	var tabs []tab
	for _, f := range reply.AtomFirst() {
		tabs = append(tabs, tab{Title: t.Title, Name: f.Title, Href: st.base + "/topics/" + t.Name + f.Ext()})
	}
	if !all {
		return tabs[:1]
	}
	return tabs
}

// feeds returns links to the feeds of a topic, with the reader's key.
func (d *publicReader) feeds(t *news.TopicState) []tab {
	all := d.set.feeds(t, true)
	for i := range all {
		if d.key != "" {
			all[i].Href += "?key=" + template.URLQueryEscaper(d.key)
		}
	}
	return all
}

// topicStory is a story with its place in a topic.
type topicStory struct {
	*news.Story
	at    time.Time
	topic *news.TopicState
}

// topicStories returns those of the latest n stories in a topic's feed that may be shown.
func (d *publicReader) topicStories(t *news.TopicState, n int) ([]topicStory, error) {
	unpinned := *t
	unpinned.Stories, unpinned.Pins = n, nil
	list, err := edition.FeedStories(d.Tx, &unpinned)
	if err != nil {
		return nil, err
	}
	return d.visible(t, list), nil
}

// visible removes stories that are withdrawn, hidden, or have no take that the reader may see.
func (d *publicReader) visible(t *news.TopicState, list []*news.Story) []topicStory {
	out := make([]topicStory, 0, len(list))
	for _, s := range list {
		p, _ := s.Standing(t.Name)
		if s.IsWithdrawn() {
			continue
		}
		if here := (topicStory{s, p.At, t}); !s.IsHidden(t.Name) && len(d.openTakes(here)) > 0 {
			out = append(out, here)
		}
	}
	return out
}

// pinnedStories returns the stories that editors pinned to the top of a topic.
func (d *publicReader) pinnedStories(t *news.TopicState) ([]topicStory, error) {
	onlyPins := *t
	onlyPins.Stories = 0
	list, err := edition.FeedStories(d.Tx, &onlyPins)
	return d.visible(t, list), err
}

// day is the lines of one day in the site's zone.
type day struct {
	Date  stamp
	Href  string // address of the day's page; empty: none, or it is that page
	Lines []line

	at time.Time // of the first line
}

// sortDays sorts the stories of each day as a topic's order says. list is newest first.
func (d *publicReader) sortDays(order news.PageOrder, list []topicStory) {
	var value func(p topicStory) int
	switch order {
	case news.ByRank:
		value = func(p topicStory) int { return d.Source(p.LeadSource(p.topic.Name)).Rank }
	case news.ByOutlets:
		value = func(p topicStory) int { return voices(d.visibleTakes(p.Story)) }
	default:
		return
	}
	slices.SortStableFunc(list, func(a, b topicStory) int {
		if dayA, dayB := d.set.stamp(a.at).Day, d.set.stamp(b.at).Day; dayA != dayB {
			return b.at.Compare(a.at)
		}
		return cmp.Compare(value(b), value(a))
	})
}

// line is a story in a list.
type line struct {
	Headline, Dir, Lang string
	Href                string // address that the headline links to
	Outlet              string // address of the lead at its outlet; may be empty
	Page                string // address of our page of the story
	ID                  string
	Anchor              string // id of the element, where addresses lead to it
	At                  stamp
	IsToday             bool   // At is today; set on the front page only
	By                  string // the lead's outlet
	ByPage              string // address of its page here; set on the front page only
	More                int    // number of other outlets
	Topics              []tab
}

// days groups stories by day.
func (d *publicReader) days(list []topicStory) []day {
	var out []day
	for _, p := range list {
		at := d.set.stamp(p.at)
		if n := len(out); n == 0 || out[n-1].Date.Day != at.Day {
			out = append(out, day{Date: at, at: p.at})
		}
		last := &out[len(out)-1]
		last.Lines = append(last.Lines, d.line(p))
	}
	return out
}

// line describes a story in a list.
func (d *publicReader) line(p topicStory) line {
	takes := d.openTakes(p)
	lead, _ := edition.TopicLeadTake(p.Story, p.topic.Name, takes)
	out := line{
		Headline: cmp.Or(lead.Headline, lead.Link), Dir: words.Dir(lead.Headline), Lang: lead.Language, Href: lead.Link, Outlet: lead.Link,
		Page: d.storyAddress(p.ID), ID: p.ID, At: d.set.stamp(p.at), By: d.Source(lead.Source).Label(), More: max(voices(takes)-1, 0), Topics: d.topicTabs(p.Story),
	}
	if p.topic.ToStory || out.Href == "" {
		out.Href = out.Page
	}
	return out
}

// removeTopic removes a topic from the line, for the topic's own page.
func (l *line) removeTopic(topic string) {
	l.Topics = slices.DeleteFunc(l.Topics, func(t tab) bool { return t.Name == topic })
}

// storyAddress returns the address of a story's page, with the reader's key.
func (d *publicReader) storyAddress(id string) string {
	to := d.set.base + "/stories/" + id
	if d.key != "" {
		to += "?key=" + template.URLQueryEscaper(d.key)
	}
	return to
}

// visibleTakes returns the takes of a story that the reader may see in a topic at least.
func (d *publicReader) visibleTakes(s *news.Story) []news.Take {
	var topics []string
	keyed := false
	for _, t := range d.set.topics {
		if _, ok := s.Places[t.Name]; ok && d.mayRead(t) {
			topics, keyed = append(topics, t.Name), keyed || t.Keyed
		}
	}
	return edition.OpenIn(edition.ShownTakes(s, keyed, d.Source), topics...)
}

// openTakes returns the takes of a story that the reader may see in its topic.
func (d *publicReader) openTakes(p topicStory) []news.Take {
	return edition.OpenIn(d.visibleTakes(p.Story), p.topic.Name)
}

// voices returns the number of outlets, each owner counted once.
func voices(takes []news.Take) int {
	s := news.Story{Takes: takes}
	return s.Outlets()
}

// topicPart is the content of a topic's page.
type topicPart struct {
	Text   string // description of the topic
	Embed  string // address of the page that explains how to embed it
	Pinned []line
	Days   []day
	Older  *olderPart // nil: there are no more stories
}

// fillTopic fills the page of a topic: pinned stories, then those of its feed by day.
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
		older, err := d.older(t, list, pins)
		if err != nil {
			return err
		}
		d.sortDays(t.PageOrder, list)
		part := topicPart{Older: older, Text: t.Description, Days: d.days(list), Embed: d.withKey(page.Path + "/embed")}
		for _, p := range pins {
			part.Pinned = append(part.Pinned, d.line(p))
			part.Pinned[len(part.Pinned)-1].removeTopic(t.Name)
		}
		for k, day := range part.Days {
			part.Days[k].Href = d.dayAddress(t, day.at)
			for i := range day.Lines {
				day.Lines[i].removeTopic(t.Name)
			}
		}
		page.Part, page.Social.Description = part, t.Description
		page.Schema = schema(t.Title, append(articles(part.Pinned...), articles(allLines(part.Days)...)...))
		return nil
	}
}

// faultPage answers with an error page, in an embed's address with an embed.
func (s *Site) faultPage(w http.ResponseWriter, r *http.Request, f *reply.Fault) error {
	s.mu.Lock()
	set := s.set
	s.mu.Unlock()
	if set == nil {
		set = &settings{zone: time.UTC, site: news.Site{Title: "Slugline", Language: "en"}} // nothing could be read since the start
	}
	page := s.faultData(set, f)
	if strings.HasPrefix(set.belowBase(r.URL.Path), "/embed/") {
		embeds{s}.embedFault(page)
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
