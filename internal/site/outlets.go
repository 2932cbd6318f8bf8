package site

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/quota"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/topic"
	"github.com/slugline/slugline/internal/view"
	"github.com/slugline/slugline/internal/words"
)

// outletPage is how many stories a page of an outlet has.
const outletPage = 50

// outletPart is the content of an outlet's page.
type outletPart struct {
	Outlet   tab    // Href: its own site
	Language string // its name in itself; empty: not known, or several
	Removed  bool   // it is visited no more
	Days     []day
	Others   []tab // sources of the same owner
	Search   string
	All      string // address of the list of outlets
	pager
}

// outlet answers /outlets/NAME and its pages.
func (s *Site) outlet(set *settings, r *http.Request) handler {
	name := r.PathValue("name")
	n, ok := pageOf(r)
	if !ok {
		return nil
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := s.recent.update(s.Store, set); err != nil {
			return err
		}
		if err := s.addOlderStories(r.Context(), set, name); err != nil {
			return err
		}
		err := s.page(set, s.fillOutlet(name, n))(w, r)
		var moved *movedError
		if errors.As(err, &moved) {
			return redirect(w, r, set.base+moved.to)
		}
		return err
	}
}

// addOlderStories looks for older stories of an outlet of which few are among the newest,
// once. Without a search they are not found.
func (s *Site) addOlderStories(ctx context.Context, set *settings, name string) error {
	var src *news.Source
	err := s.Store.View(func(tx *store.Tx) (err error) {
		src, err = (&publicReader{Snapshot: view.NewSnapshot(tx), set: set}).sourceNamed(name)
		return err
	})
	if err != nil || s.Search == nil || src == nil || src.Keyed || !s.recent.lacks(src.ID, s.now()) {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, searchTimeout)
	defer cancel()
	_ = s.inTurn(ctx, func() error { return s.findOlderStories(ctx, set, src) }) // the newest are known without
	return nil
}

// findOlderStories searches the older stories of an outlet, unless another request has done
// so meanwhile. A search that fails is not repeated at once.
func (s *Site) findOlderStories(ctx context.Context, set *settings, src *news.Source) error {
	q, err := topic.Parse(`source:"` + src.Name + `"`)
	if err != nil || !s.recent.lacks(src.ID, s.now()) {
		return err
	}
	limited, done := quota.Limit(ctx, cmp.Or(s.QueryTime, queryTime))
	defer done()
	found, err := s.Search.FindPartly(limited, q, nil, outletStories, func(_ *store.Tx, s *news.Story) (bool, error) {
		return slices.ContainsFunc(s.Takes, func(t news.Take) bool { return t.Source == src.ID }), nil
	})
	if err != nil {
		s.recent.searchFailed(src.ID, s.now())
		return err
	}
	return s.Store.View(func(tx *store.Tx) error {
		d := &publicReader{Snapshot: view.NewSnapshot(tx), set: set}
		s.recent.complement(d, src.ID, found.Stories)
		return d.Err
	})
}

// fillOutlet fills the n-th page of an outlet: a source with stories in public topics. For
// an earlier name the error is a *movedError.
func (s *Site) fillOutlet(name string, n int) fillFunc {
	return func(d *publicReader, page *pageData) error {
		d.key = ""
		src, err := d.sourceNamed(name)
		switch {
		case err != nil:
			return err
		case src == nil || src.Keyed:
			return errNotFound
		}
		list, of, err := s.publicStories(d, src.ID)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return errNotFound
		}
		if src.Name != name {
			return &movedError{"/outlets/" + src.Name + pageSuffix(n)}
		}
		path := "/outlets/" + src.Name
		part := &outletPart{pager: d.newPager(path, n, len(list), outletPage)}
		if n > part.Pages {
			return errNotFound
		}
		part.Days = d.outletDays(src.ID, list[(n-1)*outletPage:min(n*outletPage, len(list))])
		if err := s.describeOutlet(d, part, d.Source(src.ID), of); err != nil {
			return err
		}
		page.Name, page.Path, page.Title, page.Part = "outlet", path+pageSuffix(n), part.Outlet.Title, part
		page.Previous, page.Next, page.Social.Description = part.Previous, part.Next, ""
		page.setDirection(page.Title)
		page.Schema = schema(page.Title, articles(allLines(part.Days)...))
		return nil
	}
}

// sourceNamed returns the source with a name, else the one that once had it, else nil.
func (d *publicReader) sourceNamed(name string) (*news.Source, error) {
	all, err := d.set.allSources(d)
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(all, func(s *news.Source) bool { return s.Name == name }); i >= 0 {
		return all[i], nil
	}
	if i := slices.IndexFunc(all, func(s *news.Source) bool { return s.ID == name }); i >= 0 {
		return all[i], nil
	}
	return nil, nil
}

// allSources returns all sources as queries need them. They are read once for each record.
func (st *settings) allSources(d *publicReader) ([]*news.Source, error) {
	st.recentMu.Lock()
	defer st.recentMu.Unlock()
	if st.sources != nil {
		return st.sources, nil
	}
	all, err := d.Tx.Sources.AllForQueries()
	if err == nil {
		st.sources = all
	}
	return all, err
}

// publicStories returns the newest stories of a source that anybody may see, newest first.
func (s *Site) publicStories(d *publicReader, source string) ([]*news.Story, sourceStories, error) {
	of := s.recent.of(source)
	list, err := d.publicStoriesOf(source, of.stories, outletStories)
	return list, of, err
}

// publicStoriesOf returns the first n of a source's stories that anybody may see.
func (d *publicReader) publicStoriesOf(source string, all []sourceStory, n int) (list []*news.Story, _ error) {
	for _, known := range all {
		if !known.isPublic {
			continue
		}
		story, err := d.Tx.Stories.Get(known.id)
		if err != nil {
			return nil, err
		}
		if story != nil && slices.ContainsFunc(d.publicTakes(story), func(t news.Take) bool { return t.Source == source }) {
			list = append(list, story)
		}
		if len(list) == n {
			break
		}
	}
	return list, nil
}

// hasPublicStory tells whether one of a source's stories may be seen by anybody.
func (s *Site) hasPublicStory(d *publicReader, source string) (bool, error) {
	list, err := d.publicStoriesOf(source, s.recent.of(source).stories, 1)
	return len(list) > 0, err
}

// publicTakes returns the takes of a story that anybody may see in a topic that has the
// story now.
func (d *publicReader) publicTakes(s *news.Story) []news.Take {
	if s.IsWithdrawn() || s.MergedInto != "" || s.IsTakenDown() {
		return nil
	}
	var topics []string
	for _, t := range d.set.publicTopics() {
		if _, in := s.Standing(t.Name); in && !s.IsHidden(t.Name) {
			topics = append(topics, t.Name)
		}
	}
	if len(topics) == 0 {
		return nil
	}
	return edition.OpenIn(edition.ShownTakes(s, false, d.Source), topics...)
}

// outletDays groups stories by the day on which a source had them, with its own headlines.
func (d *publicReader) outletDays(source string, list []*news.Story) []day {
	var out []day
	for _, s := range list {
		takes := d.publicTakes(s)
		own := takes[slices.IndexFunc(takes, func(t news.Take) bool { return t.Source == source })]
		at := d.set.stamp(own.At)
		if n := len(out); n == 0 || out[n-1].Date.Day != at.Day {
			out = append(out, day{Date: at, at: own.At})
		}
		last := &out[len(out)-1]
		last.Lines = append(last.Lines, d.outletLine(s, own, takes))
	}
	return out
}

// outletLine describes a story as one of its outlets has it.
func (d *publicReader) outletLine(s *news.Story, own news.Take, takes []news.Take) line {
	page := d.set.base + "/stories/" + s.ID
	return line{
		Headline: cmp.Or(own.Headline, own.Link), Dir: words.Dir(own.Headline), Lang: own.Language, Href: cmp.Or(own.Link, page), Outlet: own.Link,
		Page: page, At: d.set.stamp(own.At), By: d.Source(own.Source).Label(), More: max(voices(takes)-1, 0), Topics: d.topicTabs(s),
	}
}

// describeOutlet adds what is known of an outlet, and the other sources of its owner.
func (s *Site) describeOutlet(d *publicReader, part *outletPart, src *news.SourceState, of sourceStories) error {
	part.Outlet, part.All = tab{Title: src.Label(), Href: feed.Address(src.Feed.Site)}, d.set.base+"/outlets"
	part.Removed = src.Removed
	if s.Search != nil {
		part.Search = searchRequest{Outlet: src.Name}.address(d.set.base, "")
	}
	if lang := cmp.Or(src.Language, src.Feed.Language); lang != "" {
		part.Language = locale.LanguageName(lang)
	} else if len(of.languages) == 1 {
		part.Language = locale.LanguageName(of.languages[0])
	}
	for _, id := range s.recent.ofOwner(of.owner) {
		if id == src.ID || d.Source(id).Keyed {
			continue
		}
		if public, err := s.hasPublicStory(d, id); err != nil {
			return err
		} else if public {
			part.Others = append(part.Others, d.outletTab(id))
		}
		if len(part.Others) == maxSameOwner {
			break
		}
	}
	slices.SortStableFunc(part.Others, func(a, b tab) int { return strings.Compare(a.Title, b.Title) })
	return nil
}

// maxSameOwner is how many other sources of its owner an outlet's page lists.
const maxSameOwner = 30

// outletTab returns a link to the page of a source.
func (d *publicReader) outletTab(id string) tab {
	src := d.Source(id)
	return tab{Title: src.Label(), Name: src.Name, Href: d.set.base + "/outlets/" + src.Name}
}

// movedError is the error of a page with another address.
type movedError struct{ to string } // path

func (m *movedError) Error() string { return "page has moved to " + m.to }
