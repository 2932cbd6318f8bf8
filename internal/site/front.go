package site

import (
	"cmp"
	"errors"
	"slices"

	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/words"
)

const (
	frontStories      = 40   // with front: latest, how many stories the front page shows
	frontDepth        = 100  // stories of each topic among which the front page's events are searched, at most
	frontSearched     = 1000 // of all topics together, if each still has enough to list
	frontEvents       = 10   // events below the lead
	frontPictures     = 6    // of these, how many may have a picture
	leadHeadlines     = 5    // other headlines under the lead
	eventHeadlines    = 2    // other headlines under an event below it
	leadOutlets       = 8    // names of other outlets under the lead
	frontTopics       = 12   // topics with their latest stories
	frontTopicStories = 5    // of each of them
	oneTopicStories   = 15   // of the only one
)

// frontPart is the content of the front page with front: events.
type frontPart struct {
	Lead   *frontEvent // nil: there are no stories
	Events []frontEvent
	Topics []frontTopic // with stories that are not above
}

// frontEvent is an event on the front page. Its line is the story that leads it, and counts
// the outlets of all its stories.
type frontEvent struct {
	line
	Summary string
	Picture *picture
	Others  []line       // other headlines
	Rest    int          // number of headlines that are not listed
	Also    []outletLink // other outlets with the headline of the lead
}

// outletLink is an outlet with the address of its page here or, if it has none, of its own
// page about a story.
type outletLink struct{ Name, Href string }

// frontTopic is the latest stories of a topic.
type frontTopic struct {
	tab
	Lines []line
}

// fillFront fills the front page, as the rules say.
func (s *Site) fillFront(d *publicReader, page *pageData) error {
	page.Path, d.key, page.Feeds = "/", "", nil
	d.without = func(t *news.TopicState, err error) error { return s.leaveOut(page, t, err) }
	for i, t := range d.set.publicTopics() {
		page.Feeds = append(page.Feeds, d.set.feeds(t, i == 0)...)
	}
	if d.set.front == news.FrontLatest {
		return d.fillLatest(page)
	}
	return d.fillEvents(page)
}

// leaveOut notes that the front page lacks the stories of a topic, since damage hides them.
// Another error is returned, and for a static host that one too: a page of files would stay.
func (s *Site) leaveOut(page *pageData, t *news.TopicState, err error) error {
	if !errors.Is(err, store.ErrDamaged) || s.static {
		return err
	}
	if s.Log != nil {
		s.Log.Error("the front page lacks a topic", "topic", t.Name, "error", err)
	}
	if !slices.Contains(page.Unreadable, t.Title) {
		page.Unreadable = append(page.Unreadable, t.Title)
	}
	page.cacheControl = "no-store"
	return nil
}

// fillLatest fills the front page with the latest stories of all public topics.
func (d *publicReader) fillLatest(page *pageData) error {
	list, err := d.latestStories(frontStories)
	if err != nil {
		return err
	}
	days := d.days(list[:min(len(list), frontStories)])
	page.Name, page.Part, page.Schema = "latest", days, schema(page.Locale.Latest, articles(allLines(days)...))
	return nil
}

// fillEvents fills the front page with the events of most weight, then the latest stories of
// each public topic.
func (d *publicReader) fillEvents(page *pageData) error {
	depth := frontSearched / max(len(d.set.publicTopics()), 1)
	list, err := d.latestStories(max(4*frontTopicStories, min(depth, frontDepth)))
	if err != nil {
		return err
	}
	pinned, pins, err := d.publicPins()
	if err != nil {
		return err
	}
	list = newestOnce(append(list, pinned...))
	part, shown := &frontPart{}, map[string]bool{}
	for i, ev := range d.weigh(list, pins) {
		if i > frontEvents {
			break
		}
		out, err := d.frontEvent(ev, i, page.Today)
		if err != nil {
			return err
		}
		if i == 0 {
			part.Lead = &out
		} else {
			part.Events = append(part.Events, out)
		}
		for _, p := range ev.stories {
			shown[p.ID] = true
			isShown(d.leadIn(p), shown)
		}
	}
	part.Topics = d.frontTopics(list, shown, page.Today)
	page.Name, page.Part = "front", part
	page.addFrontMetadata(part)
	return nil
}

// addFrontMetadata describes the front page for other sites, and allows its pictures.
func (page *pageData) addFrontMetadata(part *frontPart) {
	if part.Lead == nil {
		return
	}
	lines := []line{part.Lead.line}
	shows := part.Lead.Picture != nil
	if shows {
		page.Social.Picture = part.Lead.Picture.URL
	}
	for i := range part.Events {
		lines, shows = append(lines, part.Events[i].line), shows || part.Events[i].Picture != nil
	}
	if shows {
		page.policy = allowPictures(page.policy)
	}
	page.Schema = schema(page.Locale.TopStories, articles(lines...))
}

// frontEvent describes an event, of which n have more weight.
func (d *publicReader) frontEvent(ev *weighedEvent, n int, today stamp) (frontEvent, error) {
	lead := ev.stories[0]
	out := frontEvent{line: d.line(lead)}
	out.More, out.IsToday, out.Topics = max(ev.voices-1, 0), out.At.Day == today.Day, d.narrowest(lead.Story)
	headlines := eventHeadlines
	if n == 0 {
		headlines = leadHeadlines
		out.Also = d.otherOutlets(lead)
	}
	others := d.others(ev)
	for _, p := range others[:min(len(others), headlines)] {
		l := d.line(p)
		l.ByPage = cmp.Or(d.outletPage(p.Story, d.leadIn(p).Source), l.Page)
		out.Others = append(out.Others, l)
	}
	out.Rest = len(others) - len(out.Others)
	if n > frontPictures {
		return out, nil
	}
	return out, d.addFrontText(&out, ev, n == 0)
}

// others returns the other stories of an event, those whose headlines are shown left out:
// first one of each outlet, then the rest.
func (d *publicReader) others(ev *weighedEvent) []topicStory {
	lead := d.leadIn(ev.stories[0])
	shown, owners := map[string]bool{words.Key(lead.Headline): true}, map[string]bool{lead.Owner: true}
	var first, rest []topicStory
	for _, p := range ev.stories[1:] {
		t := d.leadIn(p)
		switch {
		case isShown(t, shown):
		case owners[t.Owner]:
			rest = append(rest, p)
		default:
			owners[t.Owner] = true
			first = append(first, p)
		}
	}
	return append(first, rest...)
}

// addFrontText adds what the source of an event's lead permits to show: its picture and, for
// the lead of the page, the summary, and a picture of another outlet if it has none.
func (d *publicReader) addFrontText(out *frontEvent, ev *weighedEvent, leads bool) error {
	take := d.leadIn(ev.stories[0])
	e, err := d.Tx.Entries.Get(take.Entry)
	if err != nil || e == nil {
		return err
	}
	permitted := edition.PermittedText(d.Source(take.Source).Show, e, "")
	out.Picture = bestPicture(permitted.Media, e.Language)
	if !leads {
		return nil
	}
	out.Summary = summaryBeyond(words.Cut(permitted.Summary, frontSummary), take.Headline)
	for i := 0; out.Picture == nil && i < len(ev.stories) && i < leadHeadlines; i++ {
		m, of, err := edition.OtherPicture(d.openTakes(ev.stories[i]), take.Entry, d.Source, d.Tx.Entries.Get)
		if err != nil {
			return err
		}
		if of != nil {
			out.Picture = bestPicture([]news.Media{m}, of.Language)
		}
	}
	return nil
}

// frontSummary is the length of the lead's summary.
const frontSummary = 300 // characters

// narrowest returns a link to that public topic of a story which has the fewest stories. It
// returns none if there is only one public topic.
func (d *publicReader) narrowest(s *news.Story) []tab {
	var best *news.TopicState
	topics := d.set.publicTopics()
	for _, t := range topics {
		if _, isIn := s.Standing(t.Name); isIn && (best == nil || t.Count < best.Count) {
			best = t
		}
	}
	if best == nil || len(topics) == 1 {
		return nil
	}
	return []tab{{Title: best.Title, Name: best.Name, Href: d.set.base + "/topics/" + best.Name}}
}

// otherOutlets returns the other outlets of a story, each owner once.
func (d *publicReader) otherOutlets(p topicStory) []outletLink {
	var out []outletLink
	seen := map[string]bool{d.leadIn(p).Owner: true}
	for _, t := range d.openTakes(p) {
		if len(out) == leadOutlets {
			break
		}
		if !seen[t.Owner] {
			seen[t.Owner] = true
			out = append(out, outletLink{d.Source(t.Source).Label(), cmp.Or(d.outletPage(p.Story, t.Source), t.Link)})
		}
	}
	return out
}

// outletPage returns the address of the page of a source, empty if nobody may see its take
// of a story.
func (d *publicReader) outletPage(s *news.Story, source string) string {
	if slices.ContainsFunc(d.publicTakes(s), func(t news.Take) bool { return t.Source == source }) {
		return d.outletTab(source).Href
	}
	return ""
}

// frontTopics returns the latest stories of each public topic of which neither the id nor the
// key of the headline is shown above. list is newest first.
func (d *publicReader) frontTopics(list []topicStory, shown map[string]bool, today stamp) []frontTopic {
	topics := d.set.publicTopics()
	most := frontTopicStories
	if len(topics) == 1 {
		most = oneTopicStories
	}
	var out []frontTopic
	for _, t := range topics[:min(len(topics), frontTopics)] {
		of := frontTopic{tab: tab{Title: t.Title, Name: t.Name, Href: d.set.base + "/topics/" + t.Name}}
		for _, p := range list {
			at, isIn := p.Standing(t.Name)
			if !isIn || shown[p.ID] || len(of.Lines) == most {
				continue
			}
			if here := (topicStory{p.Story, at.At, t}); !p.IsHidden(t.Name) && len(d.openTakes(here)) > 0 && !isShown(d.leadIn(here), shown) {
				shown[p.ID] = true
				l := d.line(here)
				l.IsToday = l.At.Day == today.Day
				of.Lines = append(of.Lines, l)
			}
		}
		if len(of.Lines) > 0 {
			out = append(out, of)
		}
	}
	return out
}

// publicPins returns the pinned stories of the public topics, and for each the Seq of the
// order that pinned it.
func (d *publicReader) publicPins() (all []topicStory, pins map[string]uint64, err error) {
	pins = map[string]uint64{}
	for _, t := range d.set.publicTopics() {
		list, err := d.pinnedStories(t)
		if err != nil {
			if err := d.without(t, err); err != nil {
				return nil, nil, err
			}
			continue
		}
		all = append(all, list...)
		for _, p := range t.Pins {
			pins[p.Story] = max(pins[p.Story], p.Order)
		}
	}
	return all, pins, nil
}

// latestStories returns the latest stories of the public topics, at most n of each, the
// newest first. A story of several topics has the latest of its places.
func (d *publicReader) latestStories(n int) ([]topicStory, error) {
	var all []topicStory
	for _, t := range d.set.publicTopics() {
		list, err := d.topicStories(t, n)
		if err != nil {
			if err := d.without(t, err); err != nil {
				return nil, err
			}
			continue
		}
		all = append(all, list...)
	}
	return newestOnce(all), nil
}

// newestOnce sorts stories, the newest first, and leaves each in its latest place only.
func newestOnce(all []topicStory) []topicStory {
	slices.SortStableFunc(all, func(a, b topicStory) int {
		return cmp.Or(b.at.Compare(a.at), cmp.Compare(b.Seq, a.Seq), cmp.Compare(a.ID, b.ID))
	})
	seen := map[string]bool{}
	return slices.DeleteFunc(all, func(p topicStory) bool {
		before := seen[p.ID]
		seen[p.ID] = true
		return before
	})
}
