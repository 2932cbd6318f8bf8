package site

import (
	"cmp"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/canon"
	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
	"github.com/slugline/slugline/internal/words"
)

// mediaPolicy is pagePolicy for a page with a source's text. It allows pictures, audio
// and video of any site, because we link them and never copy them.
var mediaPolicy = strings.Replace(allowPictures(pagePolicy), anyPicture, anyPicture+"; media-src https: http:", 1)

// storyPart is the content of a story's page.
type storyPart struct {
	Headline, Dir, Lang, Href string
	By, ByPage                string // the lead's outlet, and the address of its page here, which may be empty
	Summary                   string
	About                     string        // summary for other sites, even where the page shows the body
	Picture                   string        // address of the outlet's picture; empty: none
	Rights, PictureBy         string        // notice of rights of the text; who made the picture
	License                   tab           // its Href is empty when no licence is named
	Origin                    string        // the feed that the lead's outlet took its report from
	singleOutlet              bool          // whether one outlet only has it
	Body                      template.HTML // safe HTML
	First, Revised            stamp         // Revised is empty if it never was
	Topics                    []tab
	Takes                     []outletLine
	Changes                   []change
	AlsoIn                    []languageTab
	SameEvent, MoreOfEvent    []line // other stories of its event
	Similar                   []line // stories of other events on its subject
	Media                     []player
	Script                    string   // address of the player's script; empty: nothing to play
	Feed                      string   // address of its feed; empty: none
	Shown                     *picture // above the text; nil where the text has pictures or a video does
	Share                     *share   // nil: it has a key
}

// outletLine is an outlet on a story's page.
type outletLine struct {
	Day                 string // empty: the same as on the line before
	At                  stamp
	at                  time.Time
	Outlet, Href        string
	Host                string // of Href, without www.
	Page                string // address of the outlet's page here; empty: none
	Headline, Dir, Lang string // empty: the story's own
	Paywall             bool   // its page is open to subscribers only
}

// story answers /stories/ID and ID.atom.
func (s *Site) story(set *settings, file string) handler {
	id, atom := strings.CutSuffix(file, ".atom")
	if atom {
		return s.storyFeed(set, id)
	}
	if !IsStoryID(id) {
		return nil
	}
	return s.storyPage(set, fillStory(id))
}

// mergedError is the error of a story that was merged into another.
type mergedError struct{ into string } // id

func (j *mergedError) Error() string { return "story is merged into " + j.into }

// storyPage returns a handler that answers with a page about a story, or redirects to the
// story that it was merged into. A cached page needs no access to the store.
func (s *Site) storyPage(set *settings, read fillFunc) handler {
	page := s.page(set, read)
	return func(w http.ResponseWriter, r *http.Request) error {
		err := page(w, r)
		var j *mergedError
		if errors.As(err, &j) {
			return redirectMerged(w, r, set.base+"/stories/"+j.into)
		}
		return err
	}
}

// IsStoryID tells whether a text has the form of a story's id.
func IsStoryID(id string) bool {
	return len(id) == 13 && strings.Trim(id, "0123456789abcdefghjkmnpqrstvwxyz") == ""
}

// currentID returns the id of the story or of the one that it was merged into.
func (s *Site) currentID(id string) (to string, err error) {
	err = s.Store.View(func(tx *store.Tx) error {
		st, err := view.CurrentStory(tx, id)
		if err == nil && st == nil {
			return errNotFound
		}
		if st != nil {
			to = st.ID
		}
		return err
	})
	return to, err
}

// fillStory fills the page of a story, or the note that it was withdrawn.
func fillStory(id string) fillFunc {
	return func(d *publicReader, page *pageData) error {
		s, err := view.CurrentStory(d.Tx, id)
		switch {
		case err != nil:
			return err
		case s == nil:
			return errNotFound
		case s.ID != id:
			return &mergedError{s.ID}
		}
		topic := d.readableTopic(s)
		switch {
		case topic == nil:
			return errNotFound
		case s.IsTakenDown():
			return errTakenDown
		case s.IsWithdrawn():
			page.Name, page.Path, page.Title, page.Part = "withdrawn", "/stories/"+id, page.Locale.Withdrawn, d.withdrawn(s)
			page.cacheControl, page.Index = cacheControlOf(topic), false
			return nil
		case !topic.Keyed:
			d.key = ""
		}
		return d.fillStory(page, s, topic)
	}
}

// fillStory fills the page of a story that the reader may see through a topic.
func (d *publicReader) fillStory(page *pageData, s *news.Story, topic *news.TopicState) error {
	part, err := d.storyPart(s)
	if err != nil {
		return err
	}
	switch {
	case part.Body != "" || len(part.Media) > 0:
		page.policy = mediaPolicy
	case part.Shown != nil:
		page.policy = allowPictures(page.policy)
	}
	if len(part.Media) > 0 {
		part.Script = d.set.base + "/player.js"
	}
	page.Name, page.Path, page.Title, page.Part = "story", "/stories/"+s.ID, part.Headline, part
	page.cacheControl, page.Index = cacheControlOf(topic), !topic.Keyed
	if !topic.Keyed {
		part.Feed = d.set.base + page.Path + feed.Atom.Ext()
		page.Feeds = []tab{{Title: part.Headline, Name: feed.Atom.Title, Href: part.Feed}}
		part.Share = shareOf(part.Headline, d.set.site.URL+page.Path)
	}
	part.fillMetadata(page)
	page.setDirection(part.Headline)
	return nil
}

// storyPart describes a story for its page.
func (d *publicReader) storyPart(s *news.Story) (*storyPart, error) {
	takes := d.visibleTakes(s)
	lead, ok := edition.LeadTake(s, takes)
	if !ok { // closed to the reader, or held
		return nil, errNotFound
	}
	out := &storyPart{
		Headline: cmp.Or(lead.Headline, lead.Link), Dir: words.Dir(lead.Headline), Lang: lead.Language, Href: lead.Link,
		singleOutlet: voices(takes) == 1, By: d.Source(lead.Source).Label(), First: d.set.stamp(earliest(takes)), Topics: d.topicTabs(s),
		Takes: d.outletLines(takes, lead.Headline), Changes: d.changes(s, takes),
	}
	d.addOutletPages(out.Takes, s, takes)
	if i := slices.IndexFunc(out.Takes, func(o outletLine) bool { return o.Outlet == out.By }); i >= 0 {
		out.ByPage = out.Takes[i].Page
	}
	if !s.Revised.IsZero() {
		out.Revised = d.set.stamp(s.Revised)
	}
	if err := d.addText(out, lead, takes); err != nil {
		return nil, err
	}
	var err error
	if out.Media, err = d.media(s.ID, takes); err != nil {
		return nil, err
	}
	if strings.Contains(string(out.Body), "<img") || slices.ContainsFunc(out.Media, func(p player) bool { return p.Video }) {
		out.Shown = nil
	}
	if out.AlsoIn, err = d.alsoIn(lead); err != nil {
		return nil, err
	}
	out.SameEvent, out.Similar, err = d.related(s, lead)
	n := min(len(out.SameEvent), eventShown)
	out.SameEvent, out.MoreOfEvent = out.SameEvent[:n], out.SameEvent[n:]
	return out, err
}

// fillMetadata describes the page for other sites. The canonical page of a story with one
// outlet is that outlet's.
func (p *storyPart) fillMetadata(page *pageData) {
	page.Social = social{Kind: "article", Description: cmp.Or(p.Summary, p.About), Picture: p.Picture, Published: p.First.ISO}
	if p.singleOutlet && p.Href != "" {
		page.Canonical = p.Href
	}
	list := make([]newsArticle, 0, len(p.Takes))
	for _, t := range p.Takes {
		list = append(list, newsArticle{
			Headline: cmp.Or(t.Headline, p.Headline), URL: t.Href, Published: t.At.ISO, Language: cmp.Or(t.Lang, p.Lang), Publisher: outlet{Name: t.Outlet},
		})
	}
	page.Schema = schema(p.Headline, list)
}

// withdrawn returns the outlets that withdrew a story, and when.
func (d *publicReader) withdrawn(s *news.Story) []outletLine {
	var out []outletLine
	for i := range s.Takes {
		t := &s.Takes[i]
		if !t.IsWithdrawn() || d.Source(t.Source).Keyed {
			continue
		}
		by := edition.Withdrawer(t, false, d.Source)
		line := outletLine{at: t.Killed, At: d.set.stamp(t.Killed), Outlet: d.Source(by).Label()}
		if !slices.ContainsFunc(out, func(o outletLine) bool { return o.Outlet == line.Outlet }) {
			out = append(out, line)
		}
	}
	return out
}

// earliest returns the time of the first take.
func earliest(takes []news.Take) time.Time {
	return slices.MinFunc(takes, func(a, b news.Take) int { return a.At.Compare(b.At) }).At
}

// addText adds what the source of the lead permits to show: summary, body, picture.
func (d *publicReader) addText(out *storyPart, lead news.Take, takes []news.Take) error {
	e, err := d.Tx.Entries.Get(lead.Entry)
	if err != nil || e == nil {
		return err
	}
	show, body := d.Source(lead.Source).Show, ""
	if show == news.ShowFull {
		if body, err = d.Tx.Entries.Body(e.ID); err != nil {
			return err
		}
	}
	permitted := edition.PermittedText(show, e, body)
	out.Body = template.HTML(canon.NestHeadings(permitted.Body)) // safe: PermittedText sanitised it
	if out.Body == "" {
		out.Summary = summaryBeyond(permitted.Summary, lead.Headline)
	}
	out.About = permitted.Summary
	d.addRights(out, e, lead.Source)
	return d.addPicture(out, permitted.Media, e, takes)
}

// addRights adds what holds for the text, and where its outlet took it from.
func (d *publicReader) addRights(out *storyPart, e *news.Entry, source string) {
	of := d.Source(source).Feed
	out.Origin = e.Origin
	if out.Body == "" && out.Summary == "" {
		return
	}
	out.Rights = cmp.Or(e.Rights, of.Rights)
	if address := feed.Address(cmp.Or(e.License, of.License)); address != "" {
		out.License = tab{Title: edition.LicenseName(address), Href: address}
	}
}

// addPicture adds the picture of the lead, or of another outlet.
func (d *publicReader) addPicture(out *storyPart, media []news.Media, lead *news.Entry, takes []news.Take) error {
	if !edition.HasPicture(media) {
		m, of, err := edition.OtherPicture(takes, lead.ID, d.Source, d.Tx.Entries.Get)
		if of == nil || err != nil {
			return err
		}
		media, lead = []news.Media{m}, of
	}
	k := slices.IndexFunc(media, func(m news.Media) bool { return m.Picture })
	out.Picture, out.Shown = media[k].URL, bestPicture(media, lead.Language)
	if strings.Contains(string(out.Body), "<img") { // the other pages show it with its credit
		out.PictureBy = media[k].Credit
	}
	return nil
}

// summaryBeyond returns the summary if it says more than the headline.
func summaryBeyond(summary, headline string) string {
	if words.Key(summary) == words.Key(headline) {
		return ""
	}
	return summary
}

// topicTabs returns links to the public topics that have the story in their feed.
func (d *publicReader) topicTabs(s *news.Story) []tab {
	var out []tab
	for _, t := range d.set.publicTopics() {
		if _, isIn := s.Standing(t.Name); isIn {
			out = append(out, tab{Title: t.Title, Name: t.Name, Href: d.set.base + "/topics/" + t.Name})
		}
	}
	return out
}

// outletLines returns the takes by time, each with its headline if that differs from the
// story's.
func (d *publicReader) outletLines(takes []news.Take, headline string) []outletLine {
	out, today := make([]outletLine, 0, len(takes)), ""
	for _, t := range byTime(takes) {
		at := d.set.stamp(t.At)
		src := d.Source(t.Source)
		line := outletLine{Day: newDay(&today, at.Day), At: at, Outlet: src.Label(), Href: t.Link, Host: hostOf(t.Link), Paywall: src.Paywall}
		if words.Key(t.Headline) != words.Key(headline) {
			line.Headline, line.Dir, line.Lang = t.Headline, words.Dir(t.Headline), t.Language
		}
		out = append(out, line)
	}
	return out
}

// hostOf returns the host of an address without www., empty if it has none.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(u.Hostname(), "www.")
}

// addOutletPages adds the addresses of the outlets that anybody may see to the lines of
// outletLines for the same takes.
func (d *publicReader) addOutletPages(lines []outletLine, s *news.Story, takes []news.Take) {
	public := d.publicTakes(s)
	for i, t := range byTime(takes) {
		if slices.ContainsFunc(public, func(o news.Take) bool { return o.Source == t.Source }) {
			lines[i].Page = d.outletTab(t.Source).Href
		}
	}
}

func byTime(takes []news.Take) []news.Take {
	return slices.SortedStableFunc(slices.Values(takes), func(a, b news.Take) int { return a.At.Compare(b.At) })
}

// newDay returns day if it differs from the last one, otherwise an empty text.
func newDay(last *string, day string) string {
	if *last == day {
		return ""
	}
	*last = day
	return day
}
