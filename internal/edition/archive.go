package edition

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// maxUnsealed is the number of stories in open pages: those below the feed that are
// in no sealed page yet.
const maxUnsealed = 100_000

// archive is what is below a topic's feed: its sealed pages, and above them the open
// pages with the stories that will be sealed.
type archive struct {
	topic    *news.TopicState
	unsealed []string // ids, the lowest place first
}

// readArchive reads the archive of a topic. inFeed are the stories in its feed.
func readArchive(tx *store.Tx, t *news.TopicState, inFeed []*news.Story) (*archive, error) {
	ids, err := tx.Stories.IDsInTopicAbove(t.Name, t.SealedUntil, maxUnsealed+t.Stories)
	if err != nil {
		return nil, err
	}
	skip := make(map[string]bool, len(inFeed))
	for _, s := range inFeed {
		skip[s.ID] = true
	}
	return &archive{t, slices.DeleteFunc(ids, func(id string) bool { return skip[id] })}, nil
}

// pageCount is the number of pages, open ones included.
func (a *archive) pageCount() int {
	size := a.topic.ArchivePageSize()
	return a.topic.Pages + (len(a.unsealed)+size-1)/size
}

// storyIDs returns the ids of a page, and the Seq that sealed it, 0 for an open page.
// Some of the stories may be deleted.
func (a *archive) storyIDs(tx *store.Tx, n int) (ids []string, sealed uint64, err error) {
	if n <= a.topic.Pages {
		p, err := tx.Archives.Get(a.topic.Name, n)
		if err != nil || p == nil {
			return nil, 0, err
		}
		return p.Stories, p.Seq, nil
	}
	size := a.topic.ArchivePageSize()
	from := (n - a.topic.Pages - 1) * size
	return a.unsealed[from:min(from+size, len(a.unsealed))], 0, nil
}

// stories returns the stories that a page still shows, the highest place first, and
// the Seq that sealed it.
func (a *archive) stories(tx *store.Tx, n int) (stories []*news.Story, sealed uint64, err error) {
	if n < 1 || n > a.pageCount() {
		return nil, 0, ErrUnknown
	}
	ids, sealed, err := a.storyIDs(tx, n)
	if err != nil {
		return nil, 0, err
	}
	for _, id := range slices.Backward(ids) {
		s, err := tx.Stories.Get(id)
		if err != nil {
			return nil, 0, err
		}
		if s != nil && a.shows(s) {
			stories = append(stories, s)
		}
	}
	return stories, sealed, nil
}

// shows tells whether a page shows a story that it lists: not a story that was
// hidden, withdrawn, or joined to another one.
func (a *archive) shows(s *news.Story) bool {
	p, _ := s.Standing(a.topic.Name)
	joined := p.Out && (s.MergedInto != "" || a.topic.Fold == news.FoldEvent)
	return !joined && s.MayStandIn(a.topic.Name)
}

// previousFile returns the file of the next lower page that has stories, empty when
// there is none.
func (a *archive) previousFile(tx *store.Tx, n int) (string, error) {
	n, err := a.neighbour(tx, n, -1)
	if n == 0 {
		return "", err
	}
	return a.fileName(n), err
}

// nextFile returns the file of the next higher page that has stories, empty when there
// is none. The file of an open page has no hash here, because a sealed page that links
// to it must not change.
func (a *archive) nextFile(tx *store.Tx, n int) (string, error) {
	n, err := a.neighbour(tx, n, 1)
	if n == 0 {
		return "", err
	}
	return pageFile(n), err
}

// fileName returns the file name of a page. Feed readers remember the pages that they
// have read and stop there (RFC 5005 section 4.2). The name of an open page therefore
// ends in a hash of its stories and of those below: it is new each time the page
// grows. A server ignores the hash.
func (a *archive) fileName(n int) string {
	if n <= a.topic.Pages {
		return pageFile(n)
	}
	size := a.topic.ArchivePageSize()
	listed := a.unsealed[:min((n-a.topic.Pages)*size, len(a.unsealed))]
	return fmt.Sprintf("%s?%016x", pageFile(n), news.Key('p', listed...))
}

// maxEmpty is how many pages without stories in a row a link passes over. After years,
// nearly all pages are empty: retention has deleted their stories. To look into all of them
// took seconds, for a request of anybody.
const maxEmpty = 500

// neighbour returns the nearest page with stories in the direction of step, 0 when
// there is none, or none near enough.
func (a *archive) neighbour(tx *store.Tx, n, step int) (int, error) {
	farthest := n + step*(maxEmpty+1)
	for n += step; n > 0 && n <= a.pageCount() && n != farthest+step; n += step {
		stories, _, err := a.stories(tx, n)
		if err != nil || len(stories) > 0 {
			return n, err
		}
	}
	return 0, nil
}

// archivePage is a page of an archive as it is read: its file name and those of its
// neighbours, and the Seq that sealed it, 0 for an open page.
type archivePage struct {
	file, previous, next string
	seq                  uint64
}

// Archive returns a page of a topic's archive (RFC 5005 section 4) as Atom, and
// whether it is sealed: only corrections change a sealed page. The error is ErrGone
// when none of its stories is shown any more, ErrUnknown when there is no such page
// yet.
func (p *Press) Archive(name string, n int) (e *Edition, sealed bool, err error) {
	s, page, err := p.readArchivePage(name, n)
	sealed = page.seq > 0
	if err != nil {
		return nil, sealed, err
	}
	c := newComposer(s, nil)
	if c.channel = c.composePage(page); len(c.channel.Posts) == 0 {
		return nil, sealed, ErrGone
	}
	if e, err = c.edition(Atom); err != nil {
		return nil, sealed, fmt.Errorf("render page %d of topic %s: %w", n, name, err)
	}
	e.Self, e.Hubs = c.pageAddress(page.file), nil
	if sealed { // unlike its topic it does not change; the time of a correction is not stored
		e.ETag, e.Modified = etag(page.seq, e.Body), time.Time{}
	}
	return e, sealed, nil
}

func (p *Press) readArchivePage(name string, n int) (s *snapshot, page archivePage, err error) {
	s = newSnapshot()
	err = p.Store.View(func(tx *store.Tx) (err error) {
		tx.WithCache(&p.decoded)
		if s.topic, err = publishedTopic(tx, name); err != nil {
			return err
		}
		inFeed, err := FeedStories(tx, s.topic)
		if err != nil {
			return err
		}
		a, err := readArchive(tx, s.topic, inFeed)
		if err != nil {
			return err
		}
		if s.stories, page.seq, err = a.stories(tx, n); err != nil {
			return err
		}
		if len(s.stories) == 0 {
			return ErrGone
		}
		page.file = a.fileName(n)
		if page.previous, err = a.previousFile(tx, n); err != nil {
			return err
		}
		if page.next, err = a.nextFile(tx, n); err != nil {
			return err
		}
		return s.readRelated(tx)
	})
	return s, page, err
}

// composePage makes the channel of a page. A sealed page without neighbours is not
// marked as an archive, because feed validators expect a link to another page.
func (c *composer) composePage(p archivePage) *feed.Channel {
	ch := c.compose()
	ch.Atom, ch.RSS, ch.JSON, ch.Hubs = c.pageAddress(p.file), "", "", nil
	ch.Archive = p.seq > 0 && p.previous+p.next != ""
	ch.Relations = append(c.pageLink("prev-archive", p.previous), c.pageLink("next-archive", p.next)...)
	ch.Relations = append(ch.Relations, feed.Relation{Rel: "current", URL: c.address(Atom), Type: feed.TypeAtom})
	ch.Updated = time.Time{}
	for i := range ch.Posts {
		ch.Updated = news.Later(ch.Updated, ch.Posts[i].Updated)
	}
	return ch
}

func pageFile(n int) string { return strconv.Itoa(n) + ".atom" }

func (c *composer) pageAddress(file string) string {
	return c.site.URL + "/topics/" + c.topic.Name + "/archive/" + file
}

// pageLink returns no link when file is empty.
func (c *composer) pageLink(rel, file string) []feed.Relation {
	if file == "" {
		return nil
	}
	return []feed.Relation{{Rel: rel, URL: c.pageAddress(file), Type: feed.TypeAtom}}
}
