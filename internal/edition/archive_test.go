package edition_test

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/canon"
	"github.com/slugline/slugline/internal/desk"
	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// archiveEnv is a topic with its archive, filled by records.
type archiveEnv struct {
	*testing.T
	*rand.Rand
	store       *store.Store
	desk        *desk.Desk
	press       *edition.Press
	rules       news.Rules
	now         time.Time
	items       int
	sealed      map[int][]string
	everInTopic []string // stories, some of them often
}

func newArchiveEnv(t *testing.T, seed uint64, topic news.Topic) *archiveEnv {
	st, err := store.Open(filepath.Join(t.TempDir(), "slugline.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	d, err := desk.Open(st, nil, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-done, st.Close()); err != nil {
			t.Error(err)
		}
	})
	l := &archiveEnv{
		T: t, Rand: rand.New(rand.NewPCG(seed, 1)), store: st, desk: d, press: &edition.Press{Store: st},
		now: time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC), sealed: map[int][]string{},
	}
	l.rules = news.Rules{
		Site: news.Site{Title: "Arab Press", URL: "https://press.example", Language: "en", Zone: "UTC"}, Keep: 30 * 24 * time.Hour,
		Sources: []news.Source{{Name: "wire", Address: "https://wire.example/rss", Show: news.ShowSummary}}, Topics: []news.Topic{topic},
	}
	l.enforce()
	return l
}

func (l *archiveEnv) must(err error) {
	l.Helper()
	if err != nil {
		l.Fatal(err)
	}
}

func (l *archiveEnv) enforce() {
	l.Helper()
	r := l.rules
	r.Topics, r.Sources = slices.Clone(r.Topics), slices.Clone(r.Sources)
	_, err := l.desk.Enforce(l.Context(), &r, l.now)
	l.must(err)
}

func (l *archiveEnv) file(r news.Record) {
	l.Helper()
	r.At = news.Instant(l.now)
	r.SetID()
	l.must(l.desk.File(l.Context(), r))
}

// visit brings some stories, of the last days and of none that went before.
func (l *archiveEnv) visit(n int) {
	l.Helper()
	doc := &feed.Document{}
	for range n {
		l.items++
		doc.Items = append(doc.Items, feed.Item{
			ID: fmt.Sprint(l.items), Title: headline(l.items), Link: fmt.Sprintf("https://wire.example/2026/a-long-article-%d.html", l.items),
			Published: l.now.Add(-time.Duration(l.IntN(3000)) * time.Minute),
		})
	}
	v := &news.Visit{Source: "wire", Final: true, Backlog: l.IntN(3) == 0, Partial: true, Entries: canon.Entries(doc, news.Source{ID: "wire"})}
	l.file(news.Record{Visit: v})
}

// headline shares no word with any other, but for one of three kinds.
func headline(n int) string {
	s := []string{"ferry", "tunnel", "harbour"}[n%3]
	for i := range 4 {
		h := fnv.New64a()
		fmt.Fprint(h, n, "-", i)
		s += " x" + strconv.FormatUint(h.Sum64(), 36)
	}
	return s
}

// topicStories are the stories that stand in the topic.
func (l *archiveEnv) topicStories() (ids []string) {
	l.must(l.store.View(func(tx *store.Tx) error {
		all, err := tx.Placed("all", 100_000, news.Place{})
		for _, s := range all {
			ids = append(ids, s.ID)
		}
		return err
	}))
	return ids
}

var (
	entry = regexp.MustCompile(`<entry[ >][\s\S]*?<id>tag:[^<]*:([0-9a-z]{13})</id>`)
	prev  = regexp.MustCompile(`<link href="https://press.example/topics/all/archive/(([0-9]+)\.atom[^"]*)" rel="prev-archive"`)
)

// readAll reads the feed and, from link to link, all of its archive.
func (l *archiveEnv) readAll() (ids []string) {
	l.Helper()
	e, err := l.press.Topic("all", edition.Atom)
	l.must(err)
	for {
		for _, m := range entry.FindAllSubmatch(e.Body, -1) {
			ids = append(ids, string(m[1]))
		}
		m := prev.FindSubmatch(e.Body)
		if m == nil {
			return ids
		}
		n, err := strconv.Atoi(string(m[2]))
		l.must(err)
		e, _, err = l.press.Archive("all", n)
		l.must(err)
	}
}

// subscriber reads the feed now and then, and its archive back to where it has been
// (RFC 5005 section 4.2).
type subscriber struct {
	stories map[string]bool // stories
	pages   map[string]bool // pages
}

func (l *archiveEnv) readNew(s *subscriber) {
	l.Helper()
	e, err := l.press.Topic("all", edition.Atom)
	l.must(err)
	for {
		for _, m := range entry.FindAllSubmatch(e.Body, -1) {
			s.stories[string(m[1])] = true
		}
		m := prev.FindSubmatch(e.Body)
		if m == nil || s.pages[string(m[1])] {
			return
		}
		s.pages[string(m[1])] = true
		n, err := strconv.Atoi(string(m[2]))
		l.must(err)
		e, _, err = l.press.Archive("all", n)
		l.must(err)
	}
}

// Who comes rarely, and reads no page twice, misses nothing.
func TestWhoWasAwayMissesNothing(t *testing.T) {
	for seed := range uint64(6) {
		l := newArchiveEnv(t, seed, news.Topic{Name: "all", Stories: 4, Fold: news.FoldStory})
		s := &subscriber{map[string]bool{}, map[string]bool{}}
		for range 60 {
			l.now = l.now.Add(time.Duration(l.IntN(200)) * time.Minute)
			switch l.IntN(10) {
			case 0, 1:
				l.file(news.Record{Sweep: &news.Sweep{}})
			case 2:
				l.order("hide", l.anyStory(), "all")
			case 3:
				l.readNew(s)
			default:
				l.visit(1 + l.IntN(3))
			}
		}
		l.readNew(s)
		for _, id := range l.topicStories() {
			if !s.stories[id] {
				t.Errorf("seed %d: %s was missed, by who read %d pages", seed, id, len(s.pages))
			}
		}
	}
}

// check holds the archive to what is promised of it.
func (l *archiveEnv) check() {
	l.Helper()
	got, want := l.readAll(), l.topicStories()
	slices.Sort(got)
	for i := range got[:max(len(got)-1, 0)] {
		if got[i] == got[i+1] {
			l.Fatalf("%s stands twice in the feed and its archive", got[i])
		}
	}
	for _, id := range want {
		if _, ok := slices.BinarySearch(got, id); !ok {
			l.Fatalf("%s stands in the topic, and neither in its feed nor in its archive", id)
		}
	}
	l.must(l.store.View(func(tx *store.Tx) error {
		for n := 1; ; n++ {
			p, err := tx.ArchivePage("all", n)
			if err != nil || p == nil {
				return err
			}
			if was, ok := l.sealed[n]; ok && !slices.Equal(was, p.Stories) {
				l.Fatalf("page %d was sealed with other stories: %s", n, cmp.Diff(was, p.Stories))
			}
			l.sealed[n] = p.Stories
		}
	}))
}

// Who follows the links of RFC 5005 has every story once, whatever happened
// meanwhile, and a sealed page lists for ever what it lists.
func TestArchiveHoldsAll(t *testing.T) {
	for seed, topic := range []news.Topic{
		{Name: "all", Stories: 5, Fold: news.FoldStory},
		{Name: "all", Stories: 12, Fold: news.FoldStory, Window: 24 * time.Hour},
		{Name: "all", Stories: 3, Fold: news.FoldNone},
		{Name: "all", Stories: 4, Fold: news.FoldEvent},
		{Name: "all", Stories: 6, Fold: news.FoldLink, Window: 48 * time.Hour},
	} {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			l := newArchiveEnv(t, uint64(seed), topic)
			for range 45 {
				l.now = l.now.Add(time.Duration(l.IntN(200)) * time.Minute)
				switch l.IntN(12) {
				case 0, 1, 2:
					l.file(news.Record{Sweep: &news.Sweep{}})
				case 3:
					l.rules.Topics[0].Match = [][]string{nil, {"-ferry"}, {"harbour OR tunnel"}}[l.IntN(3)]
					l.enforce()
				case 4:
					l.order("hide", l.anyStory(), "all")
				case 5:
					l.order("merge", l.anyStory(), l.anyStory())
				case 6:
					l.order("unhide", l.anyStory())
				case 7:
					l.rules.Archive = []time.Duration{0, 0, 36 * time.Hour, 400 * time.Hour}[l.IntN(4)]
					l.enforce()
				default:
					l.visit(1 + l.IntN(12))
				}
				l.check()
			}
			if len(l.sealed) < 3 {
				t.Errorf("%d pages were sealed: too few to show anything", len(l.sealed))
			}
		})
	}
}

// anyStory is a story that stood in the topic once, if there was one.
func (l *archiveEnv) anyStory() string {
	l.everInTopic = append(l.everInTopic, l.topicStories()...)
	if len(l.everInTopic) == 0 {
		return "0000000000000"
	}
	return l.everInTopic[l.IntN(len(l.everInTopic))]
}

// order is refused where it makes no sense. It returns its number.
func (l *archiveEnv) order(verb string, args ...string) uint64 {
	l.Helper()
	n, err := l.desk.Order(l.Context(), news.Order{Verb: verb, Args: args}, l.now)
	if err != nil && !errors.Is(err, desk.ErrRefused) {
		l.Fatal(err)
	}
	return n
}

// A sealed page is the same bytes under the same ETag while its topic goes on, and
// others when one of its stories is taken down.
func TestASealedPageStays(t *testing.T) {
	l := newArchiveEnv(t, 1, news.Topic{Name: "all", Stories: 2, Fold: news.FoldStory})
	l.visit(12)
	l.file(news.Record{Sweep: &news.Sweep{}})
	before, sealed, err := l.press.Archive("all", 2)
	l.must(err)
	l.now = l.now.Add(4 * time.Hour)
	l.visit(3)
	after, _, err := l.press.Archive("all", 2)
	l.must(err)
	if !sealed || before.ETag != after.ETag || !after.Modified.IsZero() {
		t.Errorf("sealed: %t; ETag %s, then %s; modified %v", sealed, before.ETag, after.ETag, after.Modified)
	}
	l.check()
	l.order("hide", l.sealed[2][0], "all")
	if after, _, err = l.press.Archive("all", 2); err != nil || after.ETag == before.ETag {
		t.Errorf("the ETag stays %s when a story was taken down: %v", before.ETag, err)
	}
}

// What is pinned stands in the feed and, as sealed pages never change their
// members, on its page too; who unpins it loses nothing.
func TestAPinnedStoryKeepsItsPage(t *testing.T) {
	l := newArchiveEnv(t, 1, news.Topic{Name: "all", Stories: 2, Fold: news.FoldStory})
	l.visit(9)
	l.file(news.Record{Sweep: &news.Sweep{}})
	l.check()
	id := l.sealed[1][0]
	count := func() (n int) {
		for _, one := range l.readAll() {
			if one == id {
				n++
			}
		}
		return n
	}
	decision := l.order("pin", id, "all")
	pinned := count()
	l.now = l.now.Add(time.Hour)
	l.file(news.Record{Sweep: &news.Sweep{}})
	l.order("undo", fmt.Sprint(decision))
	if unpinned := count(); pinned != 2 || unpinned != 1 {
		t.Errorf("stands %d times while pinned, then %d; want 2, 1", pinned, unpinned)
	}
	l.check()
}

// A page of which nothing is left is gone, and nobody is sent there.
func TestNothingLeftOfAPage(t *testing.T) {
	l := newArchiveEnv(t, 1, news.Topic{Name: "all", Stories: 2, Fold: news.FoldStory})
	l.visit(10)
	l.file(news.Record{Sweep: &news.Sweep{}})
	l.check()
	for _, id := range l.sealed[2] {
		_, err := l.desk.Order(t.Context(), news.Order{Verb: "hide", Args: []string{id, "all"}}, l.now)
		l.must(err)
	}
	if _, _, err := l.press.Archive("all", 2); !errors.Is(err, edition.ErrGone) {
		t.Errorf("page 2: %v, want gone", err)
	}
	e, sealed, err := l.press.Archive("all", 3)
	l.must(err)
	if m := prev.FindSubmatch(e.Body); m == nil || string(m[2]) != "1" || !sealed {
		t.Errorf("page 3 (sealed: %v) leads to %s, want 1", sealed, m)
	}
	if _, _, err := l.press.Archive("all", 99); !errors.Is(err, edition.ErrUnknown) {
		t.Errorf("page 99: %v, want unknown", err)
	}
	l.check()
}
