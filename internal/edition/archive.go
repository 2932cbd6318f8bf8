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

// maxUnsealed is how many stories that stand below a feed and are in no sealed page
// the open pages hold.
const maxUnsealed = 100_000

// archive is what stands below a topic's feed: its sealed pages, and behind them
// what will be sealed.
type archive struct {
	topic    *news.TopicState
	unsealed []string // ids, the lowest first
}

// readArchive is given what the feed shows.
func readArchive(tx *store.Tx, t *news.TopicState, shown []*news.Story) (*archive, error) {
	ids, _, err := tx.Above(t.Name, t.SealedUntil, maxUnsealed+t.Stories)
	if err != nil {
		return nil, err
	}
	in := make(map[string]bool, len(shown))
	for _, s := range shown {
		in[s.ID] = true
	}
	return &archive{t, slices.DeleteFunc(ids, func(id string) bool { return in[id] })}, nil
}

// pageCount is how many there are, open ones included.
func (a *archive) pageCount() int {
	size := a.topic.ArchivePageSize()
	return a.topic.Pages + (len(a.unsealed)+size-1)/size
}

// storyIDs are the ids of the stories of a page, and the Seq that sealed it, 0 for an
// open one. The stories may be there no more.
func (a *archive) storyIDs(tx *store.Tx, n int) (ids []string, sealed uint64, err error) {
	if n <= a.topic.Pages {
		p, err := tx.ArchivePage(a.topic.Name, n)
		if err != nil || p == nil {
			return nil, 0, err
		}
		return p.Stories, p.Seq, nil
	}
	size := a.topic.ArchivePageSize()
	from := (n - a.topic.Pages - 1) * size
	return a.unsealed[from:min(from+size, len(a.unsealed))], 0, nil
}

// stories reads the stories that are left of a page, the highest first.
func (a *archive) stories(tx *store.Tx, n int) (stories []*news.Story, sealed uint64, err error) {
	if n < 1 || n > a.pageCount() {
		return nil, 0, ErrUnknown
	}
	ids, sealed, err := a.storyIDs(tx, n)
	if err != nil {
		return nil, 0, err
	}
	for _, id := range slices.Backward(ids) {
		s, err := tx.Story(id)
		if err != nil {
			return nil, 0, err
		}
		if s != nil && a.shows(s) {
			stories = append(stories, s)
		}
	}
	return stories, sealed, nil
}

// shows tells whether a story that was listed still stands there: not when it was
// taken down or back, or went into another.
func (a *archive) shows(s *news.Story) bool {
	p := s.Places[a.topic.Name]
	joined := p.Out && (s.MergedInto != "" || a.topic.Fold == news.FoldEvent)
	return !joined && s.Killed.IsZero() && !s.IsHidden(a.topic.Name)
}

// previousFile is the file of the next lower page on which something is left, empty when
// there is none.
func (a *archive) previousFile(tx *store.Tx, n int) (string, error) {
	n, err := a.neighbour(tx, n, -1)
	if n == 0 {
		return "", err
	}
	return a.fileName(n), err
}

// nextFile is that of the next higher one. It leads to an open page under its number
// alone: a sealed page is to stay as it is.
func (a *archive) nextFile(tx *store.Tx, n int) (string, error) {
	n, err := a.neighbour(tx, n, 1)
	if n == 0 {
		return "", err
	}
	return pageFile(n), err
}

// fileName is where a page is, beside the others. Readers remember where they have been
// and go no further (RFC 5005 section 4.2), so the address of an open page, and of
// those above it, is another whenever what stands there is: what follows the
// number is of no account to who answers.
func (a *archive) fileName(n int) string {
	if n <= a.topic.Pages {
		return pageFile(n)
	}
	size := a.topic.ArchivePageSize()
	known := a.unsealed[:min((n-a.topic.Pages)*size, len(a.unsealed))]
	return fmt.Sprintf("%s?%016x", pageFile(n), news.Key('p', known...))
}

func (a *archive) neighbour(tx *store.Tx, n, step int) (int, error) {
	for n += step; n > 0 && n <= a.pageCount(); n += step {
		stories, _, err := a.stories(tx, n)
		if err != nil || len(stories) > 0 {
			return n, err
		}
	}
	return 0, nil
}

// Archive returns a page of a topic's archive (RFC 5005 section 4) as Atom, and
// whether it is sealed: then only corrections change it. ErrGone says that nothing
// is left of it, ErrUnknown that there is no such page yet.
func (p *Press) Archive(name string, n int) (e *Edition, sealed bool, err error) {
	m := newSnapshot(nil)
	var at, prev, next string
	var seq uint64
	err = p.Store.View(func(tx *store.Tx) error {
		tx.Through(&p.decoded)
		var err error
		if m.topic, err = publishedTopic(tx, name); err != nil {
			return err
		}
		shown, err := FeedStories(tx, m.topic)
		if err != nil {
			return err
		}
		a, err := readArchive(tx, m.topic, shown)
		if err != nil {
			return err
		}
		if m.stories, seq, err = a.stories(tx, n); err != nil {
			return err
		}
		at = a.fileName(n)
		if prev, err = a.previousFile(tx, n); err != nil {
			return err
		}
		if next, err = a.nextFile(tx, n); err != nil {
			return err
		}
		return m.readRelated(tx)
	})
	sealed = seq > 0
	if err != nil {
		return nil, sealed, err
	}
	if m.channel = m.composePage(at, prev, next, sealed); len(m.channel.Posts) == 0 {
		return nil, sealed, ErrGone
	}
	if e, err = m.edition(Atom); err != nil {
		return nil, sealed, fmt.Errorf("render page %d of topic %s: %w", n, name, err)
	}
	e.Self, e.Hubs = m.pageAddress(at), nil
	if sealed { // it stays the same while its topic goes on; nobody notes when a correction changed it
		e.ETag, e.Modified = etag(seq, e.Body), time.Time{}
	}
	return e, sealed, nil
}

// composePage makes a page of what is in the material. The only page of an archive
// is not called one: validators ask for a neighbour.
func (m *snapshot) composePage(at, prev, next string, sealed bool) *feed.Channel {
	topic := *m.topic
	topic.Tombstones = nil
	m.topic = &topic
	c := m.compose()
	c.Atom, c.RSS, c.JSON, c.Hubs = m.pageAddress(at), "", "", nil
	c.Archive = sealed && prev+next != ""
	c.More = append(m.pageLink("prev-archive", prev), m.pageLink("next-archive", next)...)
	c.More = append(c.More, feed.Relation{Rel: "current", URL: m.address(Atom), Type: feed.TypeAtom})
	c.Updated = time.Time{}
	for i := range c.Posts {
		c.Updated = later(c.Updated, c.Posts[i].Updated)
	}
	return c
}

func pageFile(n int) string { return strconv.Itoa(n) + ".atom" }

func (m *snapshot) pageAddress(file string) string {
	return m.site.URL + "/topics/" + m.topic.Name + "/archive/" + file
}

// pageLink is empty for no file.
func (m *snapshot) pageLink(rel, file string) []feed.Relation {
	if file == "" {
		return nil
	}
	return []feed.Relation{{Rel: rel, URL: m.pageAddress(file), Type: feed.TypeAtom}}
}
