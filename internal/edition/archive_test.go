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
	"github.com/slugline/slugline/internal/journal"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// archiveEnv is a topic with its archive, filled by records.
type archiveEnv struct {
	*testing.T
	*rand.Rand
	store       *store.Store
	journal     *journal.Journal
	press       *edition.Press
	rules       news.Rules
	now         time.Time
	items       int
	sealed      map[int][]string
	everInTopic []string // ids of stories, with repetitions
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
		T: t, Rand: rand.New(rand.NewPCG(seed, 1)), store: st, journal: &journal.Journal{Commit: d.File, Store: st}, press: &edition.Press{Store: st},
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
	_, err := l.journal.Rules(l.Context(), &r, l.now)
	l.must(err)
}

func (l *archiveEnv) file(r news.Record) {
	l.Helper()
	r.At = l.now
	l.must(l.journal.File(l.Context(), r))
}

// visit files a visit with n new stories of the last days.
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

// headline returns a headline that shares no word with another one but the first,
// which is one of three.
func headline(n int) string {
	s := []string{"ferry", "tunnel", "harbour"}[n%3]
	for i := range 4 {
		h := fnv.New64a()
		fmt.Fprint(h, n, "-", i)
		s += " x" + strconv.FormatUint(h.Sum64(), 36)
	}
	return s
}

// topicStories returns the ids of the stories in the topic.
func (l *archiveEnv) topicStories() (ids []string) {
	l.must(l.store.View(func(tx *store.Tx) error {
		all, err := tx.Stories.InTopic("all", 100_000, news.Place{})
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

// readAll reads the feed and follows the links to all pages of its archive.
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

// subscriber reads the feed now and then, and its archive back to the page that it
// read last (RFC 5005 section 4.2).
type subscriber struct {
	stories map[string]bool // ids
	pages   map[string]bool // file names
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

// A subscriber who reads rarely, and no page twice, misses no story.
func TestRareSubscriberMissesNothing(t *testing.T) {
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
				t.Errorf("seed %d: a subscriber who read %[3]d pages missed story %[2]s", seed, id, len(s.pages))
			}
		}
	}
}

// check compares the archive with what it promises.
func (l *archiveEnv) check() {
	l.Helper()
	got, want := l.readAll(), l.topicStories()
	slices.Sort(got)
	for i := range got[:max(len(got)-1, 0)] {
		if got[i] == got[i+1] {
			l.Fatalf("%s is in the feed and its archive twice", got[i])
		}
	}
	for _, id := range want {
		if _, ok := slices.BinarySearch(got, id); !ok {
			l.Fatalf("%s is in the topic, but neither in its feed nor in its archive", id)
		}
	}
	l.must(l.store.View(func(tx *store.Tx) error {
		for n := 1; ; n++ {
			p, err := tx.Archives.Get("all", n)
			if err != nil || p == nil {
				return err
			}
			if was, ok := l.sealed[n]; ok && !slices.Equal(was, p.Stories) {
				l.Fatalf("page %d changed its stories after it was sealed (-sealed +now): %s", n, cmp.Diff(was, p.Stories))
			}
			l.sealed[n] = p.Stories
		}
	}))
}

// The feed and the pages that it links to (RFC 5005) hold every story once, whatever
// happens meanwhile, and a sealed page always lists the same stories.
func TestArchiveHoldsAllStories(t *testing.T) {
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
				t.Errorf("%d pages were sealed, want at least 3", len(l.sealed))
			}
		})
	}
}

// anyStory returns the id of a story that is or was in the topic.
func (l *archiveEnv) anyStory() string {
	l.everInTopic = append(l.everInTopic, l.topicStories()...)
	if len(l.everInTopic) == 0 {
		return "0000000000000"
	}
	return l.everInTopic[l.IntN(len(l.everInTopic))]
}

// order files an order and returns its number. An order that makes no sense is
// refused.
func (l *archiveEnv) order(verb string, args ...string) uint64 {
	l.Helper()
	n, err := l.journal.Order(l.Context(), news.Order{Verb: verb, Args: args}, l.now)
	if err != nil && !errors.Is(err, journal.ErrRefused) {
		l.Fatal(err)
	}
	return n
}

// A sealed page keeps its bytes and its ETag while its topic grows. Both change when
// one of its stories is hidden.
func TestSealedPageDoesNotChange(t *testing.T) {
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
		t.Errorf("the ETag is still %s after a story was hidden: %v", before.ETag, err)
	}
}

// A pinned story is in the feed and also on its sealed page, which never changes its
// stories. After the pin it is on its page only.
func TestPinnedStoryIsOnItsPageToo(t *testing.T) {
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
		t.Errorf("the story occurs %d times while pinned and %d times afterwards, want 2 and 1", pinned, unpinned)
	}
	l.check()
}

// A page that shows no story any more is gone, and no page links to it.
func TestEmptyPageIsGone(t *testing.T) {
	l := newArchiveEnv(t, 1, news.Topic{Name: "all", Stories: 2, Fold: news.FoldStory})
	l.visit(10)
	l.file(news.Record{Sweep: &news.Sweep{}})
	l.check()
	for _, id := range l.sealed[2] {
		_, err := l.journal.Order(t.Context(), news.Order{Verb: "hide", Args: []string{id, "all"}}, l.now)
		l.must(err)
	}
	if _, _, err := l.press.Archive("all", 2); !errors.Is(err, edition.ErrGone) {
		t.Errorf("page 2: %v, want gone", err)
	}
	e, sealed, err := l.press.Archive("all", 3)
	l.must(err)
	if m := prev.FindSubmatch(e.Body); m == nil || string(m[2]) != "1" || !sealed {
		t.Errorf("page 3 (sealed: %v) links to %s, want page 1", sealed, m)
	}
	if _, _, err := l.press.Archive("all", 99); !errors.Is(err, edition.ErrUnknown) {
		t.Errorf("page 99: %v, want unknown", err)
	}
	l.check()
}

// A link passes over some hundred pages that are empty, but nobody looks into all pages of
// many years, whose stories retention has deleted.
func TestLinksOverEmptyPages(t *testing.T) {
	for empty, want := range map[int]string{500: "1", 501: ""} {
		l := newArchiveEnv(t, 1, news.Topic{Name: "all", Stories: 2, Fold: news.FoldStory})
		l.visit(12)
		l.file(news.Record{Sweep: &news.Sweep{}})
		l.must(l.store.Update(func(tx *store.Tx) error { return addEmptyPages(tx, empty) }))
		last := 1
		l.must(l.store.View(func(tx *store.Tx) error {
			topic, err := tx.Topics.Get("all")
			last = topic.Pages
			return err
		}))
		e, _, err := l.press.Archive("all", last)
		l.must(err)
		got := ""
		if m := prev.FindSubmatch(e.Body); m != nil {
			got = string(m[2])
		}
		if got != want {
			t.Errorf("over %d empty pages: the link leads to %q, want %q", empty, got, want)
		}
		if _, _, err := l.press.Archive("all", 2); !errors.Is(err, edition.ErrGone) {
			t.Errorf("an empty page: %v, want gone", err)
		}
	}
}

// addEmptyPages puts empty pages between the first and the second sealed page of a topic.
func addEmptyPages(tx *store.Tx, empty int) error {
	topic, err := tx.Topics.Get("all")
	if err != nil {
		return err
	}
	second, err := tx.Archives.Get("all", 2)
	if err != nil {
		return err
	}
	for n := 2; n <= empty+1; n++ {
		if err := tx.Archives.Put("all", &news.ArchivePage{N: n, Stories: []string{"0000000000000"}, Seq: 1}); err != nil {
			return err
		}
	}
	second.N, topic.Pages = empty+2, empty+2
	return errors.Join(tx.Archives.Put("all", second), tx.Topics.Put(topic))
}
