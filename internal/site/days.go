package site

import (
	"net/http"
	"slices"
	"time"

	"github.com/slugline/slugline/internal/news"
)

const spanStories = 100 // on one page of a day or a month

// spanPart is the content of a page of a topic's archive.
type spanPart struct {
	Topic          tab
	Month          string        // of a month's page: its name
	Calendar       []calendarDay // of a month's first page: its days with stories, the first day first
	Days           []day         // of a day's page one, also if it has no stories
	Earlier, Later *tab          // the nearest days or months with stories
	Whole          *tab          // of a day's page: its month
	pager
}

// pager leads through the pages of a list.
type pager struct {
	Page, Pages    int
	Previous, Next string // addresses; empty: none
}

// days answers /topics/NAME/2026/11/27, /topics/NAME/2026/11 and their pages.
func (s *Site) days(set *settings, r *http.Request) handler {
	sp, n, ok := set.spanOf(r)
	if !ok {
		return nil
	}
	name := r.PathValue("name")
	return func(w http.ResponseWriter, r *http.Request) error {
		t, err := set.findTopic(name, keyFrom(r), s.Keys)
		if err != nil {
			return err
		}
		if t.Name != name {
			return redirect(w, r, set.base+"/topics/"+t.Name+sp.pagePath(n))
		}
		return s.page(set, s.fillSpan(t, sp, n))(w, r)
	}
}

// fillSpan fills the n-th page of a day or a month of a topic. There are pages from the
// topic's first story until today, also of days without stories.
func (s *Site) fillSpan(t *news.TopicState, sp span, n int) fillFunc {
	return func(d *publicReader, page *pageData) error {
		if !t.Keyed {
			d.key = "" // unknown parameters have no effect
		}
		oldest, err := d.Tx.Stories.PlaceFrom(t.Name, time.Time{})
		if err != nil {
			return err
		}
		if oldest.IsZero() || !sp.to.After(oldest) || sp.from.After(s.now()) {
			return errNotFound
		}
		page.cacheControl = cacheControlOf(t) // also of an old day: an editor may hide a story
		part := &spanPart{Topic: tab{Title: t.Title, Href: d.withKey("/topics/" + t.Name)}}
		counts, err := s.counts.ofDays(d, t.Name, sp)
		if err != nil {
			return err
		}
		if err := d.addStories(part, t, sp, n, counts); err != nil {
			return err
		}
		if sp.month && n == 1 {
			part.Calendar = d.calendar(t, counts)
		}
		if err := d.addNeighbours(part, t, sp); err != nil {
			return err
		}
		d.describeSpan(page, part, t, sp)
		return nil
	}
}

// addStories adds the stories of the n-th page of a span. It returns errNotFound if there
// is no such page.
func (d *publicReader) addStories(part *spanPart, t *news.TopicState, sp span, n int, counts []dayCount) error {
	part.pager = d.newPager("/topics/"+t.Name+sp.path(), n, total(counts), spanStories)
	if n > part.Pages {
		return errNotFound
	}
	to, skip := startOf(counts, sp.to, (n-1)*spanStories)
	list, err := d.Tx.Stories.InTopicBetween(t.Name, sp.from, to, skip, spanStories)
	if err != nil {
		return err
	}
	part.Days = d.days(d.visible(t, list))
	if !sp.month && len(part.Days) == 0 {
		part.Days = []day{{Date: d.set.stamp(sp.from)}}
	}
	for i := range part.Days {
		if sp.month {
			part.Days[i].Href = d.dayAddress(t, part.Days[i].at)
		}
		for k := range part.Days[i].Lines {
			l := &part.Days[i].Lines[k]
			l.removeTopic(t.Name)
			l.Anchor = l.ID
		}
	}
	return nil
}

// newPager returns the links of the n-th page of a list of count stories.
func (d *publicReader) newPager(path string, n, count, size int) pager {
	p := pager{Page: n, Pages: max((count+size-1)/size, 1)}
	if n > 1 {
		p.Previous = d.withKey(path + pageSuffix(n-1))
	}
	if n < p.Pages {
		p.Next = d.withKey(path + pageSuffix(n+1))
	}
	return p
}

// dayAddress returns the address of the day of a topic that a time is in.
func (d *publicReader) dayAddress(t *news.TopicState, at time.Time) string {
	return d.withKey("/topics/" + t.Name + d.set.daySpan(at).path())
}

// addNeighbours adds the links to the nearest days or months with stories, and from a day
// to its month.
func (d *publicReader) addNeighbours(part *spanPart, t *news.TopicState, sp span) error {
	before, err := d.Tx.Stories.PlaceBefore(t.Name, sp.from)
	if err != nil {
		return err
	}
	after, err := d.Tx.Stories.PlaceFrom(t.Name, sp.to)
	if err != nil {
		return err
	}
	part.Earlier, part.Later = d.spanTab(t, before, sp.month), d.spanTab(t, after, sp.month)
	if sp.month {
		part.Month = d.set.locale().Month(sp.from)
	} else {
		part.Whole = d.spanTab(t, sp.from, true)
	}
	return nil
}

// spanTab returns a link to the day or the month of a topic that a time is in, nil for the
// zero time.
func (d *publicReader) spanTab(t *news.TopicState, at time.Time, month bool) *tab {
	if at.IsZero() {
		return nil
	}
	sp := d.set.spanAt(at, month)
	return &tab{Title: d.set.spanName(sp), Name: sp.from.Format("2006-01-02")[:len(sp.path())-1], Href: d.withKey("/topics/" + t.Name + sp.path())}
}

// spanName returns the name of a day or a month.
func (st *settings) spanName(sp span) string {
	if sp.month {
		return st.locale().Month(sp.from)
	}
	return st.locale().Day(sp.from)
}

// describeSpan adds what else a page of an archive has. A reader who goes on to the next
// page comes to the day before after the last.
func (d *publicReader) describeSpan(page *pageData, part *spanPart, t *news.TopicState, sp span) {
	name := d.set.spanName(sp)
	page.Name, page.Path, page.Part = "days", "/topics/"+t.Name+sp.pagePath(part.Page), part
	page.Title = name + " · " + t.Title
	page.Feeds, page.Index = d.feeds(t), !t.Keyed
	page.setDirection(t.Title)
	for i := range page.Tabs {
		page.Tabs[i].Current = page.Tabs[i].Name == t.Name
	}
	page.Previous, page.Next = part.Previous, part.Next
	if part.Later != nil && page.Previous == "" {
		page.Previous = part.Later.Href
	}
	if part.Earlier != nil && page.Next == "" {
		page.Next = part.Earlier.Href
	}
	page.Social.Description = ""
	page.Schema = schema(page.Title, articles(allLines(part.Days)...))
}

// olderPart is where a topic's stories are found that its page does not show.
type olderPart struct{ Day, Month *tab }

// older returns the day and the month in which a topic goes on after the stories that its
// page shows, which are newest first; nil if there are no more. The address of the day
// leads to the first of them.
func (d *publicReader) older(t *news.TopicState, list, pins []topicStory) (*olderPart, error) {
	next, err := d.firstNotShown(t, list, pins)
	if err != nil || next == nil {
		return nil, err
	}
	at := next.Places[t.Name].At
	out := &olderPart{d.spanTab(t, at, false), d.spanTab(t, at, true)}
	above, err := d.Tx.Stories.CountAbove(t.Name, next, d.set.daySpan(at).to)
	if above > 0 {
		out.Day.Href = d.withKey("/topics/"+t.Name+d.set.daySpan(at).pagePath(1+above/spanStories)) + "#" + next.ID
	}
	return out, err
}

const (
	olderAtOnce = 50    // stories that firstNotShown reads at once
	maxOlder    = 2_000 // that it reads
)

// firstNotShown returns the newest story of a topic that a reader may see and that is not
// among those shown; nil if there is none. Below the last that is shown are all of them,
// unless the topic limits how many it shows of a source.
func (d *publicReader) firstNotShown(t *news.TopicState, list, pins []topicStory) (*news.Story, error) {
	below := &news.Story{Places: map[string]news.Place{t.Name: {At: endOfTime}}} // above all
	if len(list) > 0 && t.MaxPerSource == 0 {
		below = list[len(list)-1].Story
	}
	shown := map[string]bool{}
	for _, p := range slices.Concat(list, pins) {
		shown[p.ID] = true
	}
	for range maxOlder / olderAtOnce {
		some, err := d.Tx.Stories.InTopicBelow(t.Name, olderAtOnce, below)
		if err != nil || len(some) == 0 {
			return nil, err
		}
		for _, p := range d.visible(t, some) {
			if !shown[p.ID] {
				return p.Story, nil
			}
		}
		below = some[len(some)-1]
	}
	return below, nil
}
