package site

import (
	"cmp"
	"encoding/json"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/reply"
)

// embedNames is how many outlets of an event an embed names.
const embedNames = 8

// embedLine is a story or an event in an embed. The frame and the element show the same.
type embedLine struct {
	Headline string   `json:"title"`
	Href     string   `json:"url"`
	Page     string   `json:"page"` // address of our page about the story
	Lang     string   `json:"lang,omitempty"`
	Dir      string   `json:"dir"`
	ISO      string   `json:"at"`
	Time     string   `json:"time"`  // in the zone that the embed names
	By       string   `json:"by"`    // text with a {} for each name
	Names    []string `json:"names"` // of outlets
}

// Outlets returns By with the names.
func (l embedLine) Outlets() template.HTML {
	parts := make([]template.HTML, len(l.Names))
	for i, n := range l.Names {
		parts[i] = name(n)
	}
	return put(l.By, parts...)
}

// embedJSON is what the element reads.
type embedJSON struct {
	Title string      `json:"title"`
	Dir   string      `json:"dir"`   // of the texts that are not headlines
	Times string      `json:"times"` // text that names the zone
	Items []embedLine `json:"items"`
}

// topLines returns the first n stories of a topic: pinned ones, then the latest.
func (d *publicReader) topLines(t *news.TopicState, n int, today stamp) ([]embedLine, error) {
	out := make([]embedLine, 0, n)
	err := d.eachStory(t, n, func(p topicStory) (bool, error) {
		l := d.embedLine(p, today)
		if others := voices(d.openTakes(p)) - 1; others > 0 {
			l.By = d.set.locale().Count(d.set.locale().AndOutlets, others)
		}
		out = append(out, l)
		return len(out) < n, nil
	})
	return out, err
}

// topEvents returns the first n events of a topic, each with the story that leads it and the
// outlets of all its stories in the topic.
func (d *publicReader) topEvents(t *news.TopicState, n int, today stamp) ([]embedLine, error) {
	out, seen := make([]embedLine, 0, n), map[string]bool{}
	err := d.eachStory(t, 2*n, func(p topicStory) (bool, error) {
		id := cmp.Or(p.Event, p.ID)
		if seen[id] {
			return true, nil
		}
		seen[id] = true
		ev, err := d.topicEvent(p)
		if err != nil {
			return false, err
		}
		l := d.embedLine(ev.stories[0], today)
		l.Names, l.By = d.eventNames(ev)
		out = append(out, l)
		return len(out) < n, nil
	})
	return out, err
}

// eachStory calls fn for the stories that a topic shows, pinned ones first, until it returns
// false. It reads first of them, and more only if fn wants more.
func (d *publicReader) eachStory(t *news.TopicState, first int, fn func(topicStory) (more bool, err error)) error {
	list, err := d.pinnedStories(t)
	done, read := map[string]bool{}, 0
	for ; err == nil; first *= 4 {
		for _, p := range list {
			if done[p.ID] {
				continue
			}
			done[p.ID] = true
			if more, err := fn(p); !more || err != nil {
				return err
			}
		}
		if read == t.Stories {
			break
		}
		read = min(first, t.Stories)
		list, err = d.topicStories(t, read)
	}
	return err
}

// topicEvent returns the event of a story, with those of its stories that are in the topic.
func (d *publicReader) topicEvent(p topicStory) (*weighedEvent, error) {
	out := &weighedEvent{id: p.Event, stories: []topicStory{p}}
	ev, err := d.Tx.Events.Get(p.Event)
	if err != nil || ev == nil {
		d.weighEvent(out, nil, d.Tx.At())
		return out, err
	}
	for _, id := range ev.Stories[max(0, len(ev.Stories)-eventStories):] {
		s, err := d.Tx.Stories.Get(id)
		if err != nil {
			return nil, err
		}
		if s == nil || s.ID == p.ID || s.MergedInto != "" {
			continue
		}
		if _, isIn := s.Standing(p.topic.Name); isIn {
			out.stories = append(out.stories, d.visible(p.topic, []*news.Story{s})...)
		}
	}
	d.weighEvent(out, nil, d.Tx.At())
	return out, nil
}

// eventNames returns the outlets of an event, that of the lead first, and the text in which
// they stand: "9 outlets: A, B and 7 more".
func (d *publicReader) eventNames(ev *weighedEvent) (names []string, text string) {
	owners := map[string]bool{}
	for _, p := range ev.stories {
		takes := d.openTakes(p)
		lead := d.leadIn(p)
		slices.SortStableFunc(takes, func(a, b news.Take) int { return trueFirst(a.Entry == lead.Entry, b.Entry == lead.Entry) })
		for _, t := range takes {
			if !owners[t.Owner] {
				owners[t.Owner] = true
				names = append(names, d.Source(t.Source).Label())
			}
		}
	}
	if len(names) == 1 {
		return names, "{}"
	}
	loc := d.set.locale()
	shown := min(len(names), embedNames)
	list := strings.Repeat("{}"+loc.NameSeparator, shown-1) + "{}"
	if more := len(names) - shown; more > 0 {
		list += " " + loc.Count(loc.AndMore, more)
	}
	return names[:shown], strings.Replace(loc.Count(loc.OutletList, len(names)), "{}", list, 1)
}

// embedLine describes a story. Its time has the date unless it is of today.
func (d *publicReader) embedLine(p topicStory, today stamp) embedLine {
	l := d.line(p)
	out := embedLine{
		Headline: l.Headline, Href: l.Href, Page: l.Page, Lang: l.Lang, Dir: l.Dir,
		ISO: l.At.ISO, Time: d.set.locale().Moment(p.at.In(d.set.zone)), By: "{}", Names: []string{l.By},
	}
	if l.At.ISODay == today.ISODay {
		out.Time = l.At.Clock
	}
	return out
}

// embedJSON answers /embed/NAME.json, and with events NAME.events.json: what the element
// shows. A static host has all lines there, because it can't read the limit.
func (s embeds) embedJSON(set *settings, topic, suffix string) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Access-Control-Expose-Headers", "ETag")
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
		t, err := set.findTopic(topic, keyFrom(r), s.Keys)
		if err != nil {
			return err
		}
		if t.Name != topic {
			return redirectWithQuery(w, r, set.base+"/embed/"+t.Name+suffix)
		}
		options, err := parseEmbedOptions(r.URL.Query())
		if err != nil {
			return err
		}
		if s.static {
			options.limit = maxEmbedStories
		}
		options.events = suffix == eventsJSON
		return s.cached(set, "json "+options.String(), func(key string) (*reply.Page, error) {
			page, err := s.read(set, key, s.fillEmbed(t, options))
			if err != nil {
				return nil, err
			}
			return page.embedJSON(set.origin())
		})(w, r)
	}
}

// The ends of the addresses that the element reads.
const (
	storiesJSON = ".json"
	eventsJSON  = ".events.json"
)

// embedJSON renders the lines of an embed for pages of other sites: with absolute addresses.
func (page *pageData) embedJSON(origin string) (*reply.Page, error) {
	part := page.Part.(embedPart)
	for i := range part.Lines {
		l := &part.Lines[i]
		for _, address := range []*string{&l.Href, &l.Page} {
			if strings.HasPrefix(*address, "/") {
				*address = origin + *address
			}
		}
	}
	body, err := json.Marshal(embedJSON{Title: page.Title, Dir: page.Locale.Dir, Times: part.Times, Items: part.Lines})
	if err != nil {
		return nil, err
	}
	return &reply.Page{Edition: reply.NewEdition("application/json; charset=utf-8", body), CacheControl: page.cacheControl, Policy: reply.StrictPolicy}, nil
}
