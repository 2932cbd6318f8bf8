package site

import (
	"cmp"
	"errors"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/reply"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
	"github.com/slugline/slugline/internal/words"
)

// picturePolicy is strict, for a page that shows a source's own text: pictures,
// sound and film are linked, never copied.
var picturePolicy = strings.Replace(reply.StrictPolicy, "img-src 'self'", "img-src 'self' https: http:; media-src https: http:", 1)

// storyPart is a story's page.
type storyPart struct {
	Headline, Dir, Lang, Href string
	By                        string // the lead's outlet
	Summary                   string
	About                     string        // what it is about, where the page shows all of it
	Picture                   string        // the outlet's; empty: none
	singleOutlet              bool          // one outlet has it
	Body                      template.HTML // safe
	First, Revised            stamp         // Revised is empty when it never was
	Topics                    []tab
	Takes                     []outletLine
	Withdrawn                 []outletLine // outlets that took it back, where others have it still
	History                   []earlierHeadline
	Related, More             []line
	Media                     []player
	Script                    string // address of the player's; empty: nothing to play
	Feed                      string // that follows it; empty: none
}

// outletLine is one outlet's line on a story's page.
type outletLine struct {
	Day                 string // where another day than the line before's begins
	At                  stamp
	Outlet, Href        string
	Headline, Dir, Lang string // empty where it is the story's own
}

// earlierHeadline is a headline that an outlet had before.
type earlierHeadline struct {
	Day                 string // as in take
	At                  stamp  // until when it stood
	Outlet              string
	Headline, Dir, Lang string
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

// mergedError is what there is to say of a story that another took in.
type mergedError struct{ into string }

func (j *mergedError) Error() string { return "the story is part of " + j.into }

// storyPage answers with a page about a story, or leads to the one that took it in. A page
// that is kept needs no look into the store.
func (s *Site) storyPage(set *settings, read fillFunc) handler {
	page := s.page(set, read)
	return func(w http.ResponseWriter, r *http.Request) error {
		err := page(w, r)
		var j *mergedError
		if errors.As(err, &j) {
			return redirect(w, r, set.base+"/stories/"+j.into)
		}
		return err
	}
}

func IsStoryID(id string) bool {
	return len(id) == 13 && strings.Trim(id, "0123456789abcdefghjkmnpqrstvwxyz") == ""
}

// currentID is the id that the story goes by now.
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

// fillStory shows a story.
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
		carrier := d.readableTopic(s)
		switch {
		case carrier == nil:
			return errNotFound
		case s.Hidden[news.Everywhere] != 0:
			return errTakenDown
		case !s.Killed.IsZero():
			page.Name, page.Path, page.Title, page.Part = "withdrawn", "/stories/"+id, page.Locale.Withdrawn, d.withdrawn(s)
			page.cacheControl, page.Index = cacheControlOf(carrier), false
			return nil
		case !carrier.Keyed:
			d.key = ""
		}
		part, err := d.storyPart(s)
		if err != nil {
			return err
		}
		if part.Body != "" || len(part.Media) > 0 {
			page.policy = picturePolicy
		}
		if len(part.Media) > 0 {
			part.Script, page.policy = d.set.base+"/player.js", allowScript(page.policy)
		}
		page.Name, page.Path, page.Title, page.Part = "story", "/stories/"+id, part.Headline, part
		page.cacheControl, page.Index = cacheControlOf(carrier), !carrier.Keyed
		if !carrier.Keyed {
			part.Feed = d.set.base + page.Path + ".atom"
			page.Feeds = []tab{{Title: part.Headline, Name: "Atom", Href: part.Feed}}
		}
		part.fillMetadata(page)
		page.setDirection(part.Headline)
		return nil
	}
}

func (d *publicReader) storyPart(s *news.Story) (*storyPart, error) {
	takes := d.visibleTakes(s)
	face, ok := edition.LeadTake(s, takes)
	if !ok {
		return nil, errNotFound
	}
	out := &storyPart{
		Headline: cmp.Or(face.Headline, face.Link), Dir: words.Dir(face.Headline), Lang: face.Language, Href: face.Link,
		singleOutlet: voices(takes) == 1, By: d.Source(face.Source).Label(), First: d.set.stamp(earliest(takes)), Topics: d.topicTabs(s),
		Takes: d.outletLines(takes, face.Headline), History: d.history(takes), Withdrawn: d.withdrawn(s),
	}
	if !s.Revised.IsZero() {
		out.Revised = d.set.stamp(s.Revised)
	}
	if err := d.addText(out, face); err != nil {
		return nil, err
	}
	var err error
	if out.Media, err = d.media(s.ID, takes); err != nil {
		return nil, err
	}
	out.Related, err = d.related(s, face)
	n := min(len(out.Related), relatedShown)
	out.Related, out.More = out.Related[:n], out.Related[n:]
	return out, err
}

// fillMetadata tells others what the page is. A story that one outlet has is that
// outlet's: search engines are sent there.
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

// withdrawn are the outlets that took a story back, and when.
func (d *publicReader) withdrawn(s *news.Story) []outletLine {
	var out []outletLine
	for i := range s.Takes {
		t := &s.Takes[i]
		if t.Killed.IsZero() || d.Source(t.Source).Keyed {
			continue
		}
		line := outletLine{At: d.set.stamp(t.Killed), Outlet: d.Source(t.Source).Label()}
		line.Day = line.At.Day
		if !slices.ContainsFunc(out, func(o outletLine) bool { return o.Outlet == line.Outlet }) {
			out = append(out, line)
		}
	}
	return out
}

func earliest(takes []news.Take) time.Time {
	return slices.MinFunc(takes, func(a, b news.Take) int { return a.At.Compare(b.At) }).At
}

// addText adds what the gate lets us tell of the face's entry.
func (d *publicReader) addText(out *storyPart, face news.Take) error {
	e, err := d.Tx.Entries.Get(face.Entry)
	if err != nil || e == nil {
		return err
	}
	show, body := d.Source(face.Source).Show, ""
	if show == news.ShowFull {
		if body, err = d.Tx.Entries.Body(e.ID); err != nil {
			return err
		}
	}
	told := edition.PermittedText(show, e, body)
	out.Body = template.HTML(nestHeadings(told.Body)) // safe: the gate made it so
	if out.Body == "" {
		out.Summary = summaryBeyond(told.Summary, face.Headline)
	}
	out.About = told.Summary
	for _, m := range told.Media {
		if m.Picture && out.Picture == "" {
			out.Picture = m.URL
		}
	}
	return nil
}

// summaryBeyond is a summary where it says more than the headline.
func summaryBeyond(summary, headline string) string {
	if words.Key(summary) == words.Key(headline) {
		return ""
	}
	return summary
}

// topicTabs are the public topics in which a story stands.
func (d *publicReader) topicTabs(s *news.Story) []tab {
	var out []tab
	for _, t := range d.set.publicTopics() {
		if p, ok := s.Places[t.Name]; ok && !p.Out {
			out = append(out, tab{Title: t.Title, Name: t.Name, Href: d.set.base + "/topics/" + t.Name})
		}
	}
	return out
}

// outletLines are all takes by time, each with its own headline where that is another.
func (d *publicReader) outletLines(takes []news.Take, headline string) []outletLine {
	takes = slices.Clone(takes)
	slices.SortStableFunc(takes, func(a, b news.Take) int { return a.At.Compare(b.At) })
	out, today := make([]outletLine, 0, len(takes)), ""
	for _, t := range takes {
		at := d.set.stamp(t.At)
		line := outletLine{Day: newDay(&today, at.Day), At: at, Outlet: d.Source(t.Source).Label(), Href: t.Link}
		if t.Headline != headline {
			line.Headline, line.Dir, line.Lang = t.Headline, words.Dir(t.Headline), t.Language
		}
		out = append(out, line)
	}
	return out
}

// newDay returns day where it is another than the last one, else nothing.
func newDay(last *string, day string) string {
	if *last == day {
		return ""
	}
	*last = day
	return day
}

// history is every headline that was changed later, the latest change first.
func (d *publicReader) history(takes []news.Take) []earlierHeadline {
	type change struct {
		news.EarlierHeadline
		take *news.Take
	}
	var all []change
	for i := range takes {
		for _, p := range takes[i].Earlier {
			all = append(all, change{p, &takes[i]})
		}
	}
	slices.SortStableFunc(all, func(a, b change) int { return b.Until.Compare(a.Until) })
	out, today := make([]earlierHeadline, 0, len(all)), ""
	for _, c := range all {
		at := d.set.stamp(c.Until)
		out = append(out, earlierHeadline{
			Day: newDay(&today, at.Day), At: at, Outlet: d.Source(c.take.Source).Label(),
			Headline: c.Headline, Dir: words.Dir(c.Headline), Lang: c.take.Language,
		})
	}
	return out
}
