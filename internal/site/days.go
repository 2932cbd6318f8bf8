package site

import (
	"net/http"
	"time"

	"github.com/slugline/slugline/internal/news"
)

const (
	spanStories    = 100    // on one page of a day or a month
	maxSpanStories = 20_000 // of a day or a month that have a page; of a larger month, the days have the rest
	settled        = 48 * time.Hour
)

// spanPart is the content of a page of a topic's archive.
type spanPart struct {
	Topic          tab
	Month          string // of a month's page: its name
	Days           []day  // of a day's page one, also if it has no stories
	Earlier, Later *tab   // the nearest days or months with stories
	Whole          *tab   // of a day's page: its month
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
		if now := s.now(); oldest.IsZero() || !sp.to.After(oldest) || sp.from.After(now) {
			return errNotFound
		} else if sp.to.Add(settled).Before(now) {
			page.cacheControl = cacheControlOfSettled(t)
		} else {
			page.cacheControl = cacheControlOf(t)
		}
		part := &spanPart{Topic: tab{Title: t.Title, Href: d.withKey("/topics/" + t.Name)}}
		if err := d.addStories(part, t, sp, n); err != nil {
			return err
		}
		if err := d.addNeighbours(part, t, sp); err != nil {
			return err
		}
		d.describeSpan(page, part, t, sp)
		return nil
	}
}

// cacheControlOfSettled is cacheControlOf for what hardly changes any more: an editor may
// still withdraw a story.
func cacheControlOfSettled(t *news.TopicState) string {
	if t != nil && t.Keyed {
		return "private, max-age=3600"
	}
	return "public, max-age=3600"
}

// addStories adds the stories of the n-th page of a span. It returns errNotFound if there
// is no such page.
func (d *publicReader) addStories(part *spanPart, t *news.TopicState, sp span, n int) error {
	count, err := d.Tx.Stories.CountBetween(t.Name, sp.from, sp.to, maxSpanStories)
	if err != nil {
		return err
	}
	part.pager = d.newPager("/topics/"+t.Name+sp.path(), n, count, spanStories)
	if n > part.Pages {
		return errNotFound
	}
	list, err := d.Tx.Stories.InTopicBetween(t.Name, sp.from, sp.to, (n-1)*spanStories, min(spanStories, count-(n-1)*spanStories))
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
			part.Days[i].Lines[k].removeTopic(t.Name)
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

// older returns the day and the month in which a topic goes on below the stories that its
// page shows, which are newest first; nil if there are no more.
func (d *publicReader) older(t *news.TopicState, shown []topicStory) (*olderPart, error) {
	below := &news.Story{Places: map[string]news.Place{t.Name: {At: time.Unix(1<<40, 0)}}} // above all
	if len(shown) > 0 {
		below = shown[len(shown)-1].Story
	}
	next, err := d.Tx.Stories.InTopicBelow(t.Name, 1, below)
	if err != nil || len(next) == 0 {
		return nil, err
	}
	at := next[0].Places[t.Name].At
	return &olderPart{d.spanTab(t, at, false), d.spanTab(t, at, true)}, nil
}
