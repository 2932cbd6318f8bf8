package desk

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// withText returns the headlines of the stories whose lead still has its text, sorted.
func (r *env) withText() (out []string) {
	r.t.Helper()
	err := r.store.View(func(tx *store.Tx) error {
		for _, s := range r.top("all") {
			en, err := tx.Entries.Get(s.Lead)
			if err != nil {
				return err
			}
			if en != nil && !en.TextDeleted {
				out = append(out, s.Headline)
			}
		}
		return nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
	slices.Sort(out)
	return out
}

// What was pushed, or came from an archive, and is in no later document loses its text in time
// like what a document no longer lists.
func TestRetentionOfParts(t *testing.T) {
	r := open(t, "one")
	r.rules.Keep, r.rules.Archive = 24*time.Hour, 7*24*time.Hour
	r.rules.Topics[0].Stories = 1
	r.enforce()
	last := fresh("d", "Story that its source lists for ever", time.Minute)
	r.visit("one", fresh("a", "Harbour council approves the tunnel plan", time.Hour))
	r.pass(time.Hour)
	r.visitAs("one", &news.Visit{Partial: true}, fresh("b", "Ferry service resumes across the strait", 30*time.Minute))
	r.visitAs("one", &news.Visit{Partial: true, Backlog: true}, fresh("c", "Miners rescued from flooded shaft", 40*time.Hour))
	r.pass(time.Hour)
	r.visit("one", last)
	for range 3 {
		r.pass(20 * time.Hour)
		r.sweep()
	}
	if d := cmp.Diff([]string{last.title}, r.withText()); d != "" {
		t.Errorf("stories with text after keep (-want +got):\n%s", d)
	}
}

// Retention deletes the text of stories that no feed shows, then the stories. What a
// feed shows, in its place or pinned, stays whatever its age.
func TestRetentionDeletesNothingThatAFeedShows(t *testing.T) {
	r := open(t, "one")
	r.rules.Keep, r.rules.Archive = 24*time.Hour, 7*24*time.Hour
	r.rules.Topics[0].Stories = 2
	r.enforce()
	var items []item
	for i := range 5 {
		items = append(items, fresh(fmt.Sprint(i), fmt.Sprintf("Story %d of a %s", i, word(i)), time.Duration(i)*time.Minute))
	}
	r.visit("one", items...)
	r.pass(time.Minute)
	pinned := r.top("all")[4]
	r.order("pin", pinned.ID, "all")
	r.visit("one")
	want := []string{items[0].title, items[1].title, items[4].title}
	for range 3 {
		r.pass(20 * time.Hour)
		r.sweep()
	}
	if d := cmp.Diff(want, r.withText()); d != "" {
		t.Errorf("stories with text after keep (-want +got):\n%s", d)
	}
	if n := len(r.top("all")); n != 5 {
		t.Fatalf("%d stories before archive ended, want 5", n)
	}
	for range 7 {
		r.pass(20 * time.Hour)
		r.sweep()
	}
	left := r.headlines("all")
	slices.Sort(left)
	if d := cmp.Diff(want, left); d != "" {
		t.Errorf("stories after archive ended (-want +got):\n%s", d)
	}
	r.rules.Topics[0].Stories = 1
	r.enforce()
	r.pass(time.Hour)
	r.sweep()
	if d := cmp.Diff([]string{items[0].title, items[4].title}, r.withText()); d != "" {
		t.Errorf("after the feed became shorter (-want +got):\n%s", d)
	}
}

// In a topic with one item for each event, all stories of an event that the feed shows
// stay.
func TestRetentionDeletesNoStoryOfAnEventThatAFeedShows(t *testing.T) {
	r := open(t, "one")
	r.rules.Archive = 6 * 24 * time.Hour
	r.rules.Topics[0].Stories, r.rules.Topics[0].Fold = 1, news.FoldEvent
	r.enforce()
	r.visit("one", fresh("a", "Ferry service resumes across the strait", 2*time.Minute), fresh("b", "Miners rescued from flooded shaft", time.Minute))
	r.pass(time.Minute)
	shown, below := r.top("all")[0], r.top("all")[1]
	for range 9 {
		r.pass(20 * time.Hour)
		r.sweep()
	}
	if r.story(shown.ID) == nil || r.story(below.ID) != nil {
		t.Errorf("the story that is shown is stored: %t; the other one: %t", r.story(shown.ID) != nil, r.story(below.ID) != nil)
	}
}

// However short `archive` is, a story is stored as long as the fold may put entries into
// it, so that a new item never gets its id.
func TestAShortArchiveUsesNoIDTwice(t *testing.T) {
	r := open(t, "one", "two", "three")
	r.rules.Archive, r.rules.Topics[0].Stories = time.Hour, 1
	r.enforce()
	old := "Mayor of Harbourtown opens the stone bridge over the river"
	r.visit("one", fresh("a", old, time.Minute))
	was := r.top("all")[0]
	r.pass(time.Hour)
	r.visit("one", fresh("b", "Ferry service resumes across the strait", 30*time.Minute))
	for day := range 7 {
		r.pass(24 * time.Hour)
		r.sweep()
		r.visit([]string{"two", "three"}[day%2], fresh(fmt.Sprint("again", day), old, time.Minute))
		for _, s := range r.top("all") {
			if s.ID == was.ID && (s.URI != was.URI || !s.Places["all"].At.Equal(was.Places["all"].At)) {
				t.Fatalf("day %d: id %s was given to another item: %+v", day, s.ID, s)
			}
		}
	}
	if r.story(was.ID) != nil {
		t.Error("the story is still stored after the fold dropped it")
	}
}

// Orders hold after the text of their stories is deleted and the fold has dropped them.
func TestOrdersSurviveRetention(t *testing.T) {
	r := open(t, "one", "two", "three")
	r.rules.Keep, r.rules.Topics[0].Stories = time.Hour, 1
	r.enforce()
	both, other := two(r)
	r.order("split", both.Takes[1].Entry)
	r.order("hide", other.ID)
	r.visit("three", fresh("n", "Harbour council approves the tunnel plan", 0))
	listed := r.prev["one"]
	r.visit("one")
	r.visit("two")
	for range 30 {
		r.pass(24 * time.Hour)
		r.sweep()
	}
	r.restart()
	was := r.now.Sub(listed)
	r.visit("one", fresh("a", "Ferry service resumes across the strait", was+2*time.Minute), fresh("b", "Miners rescued from flooded shaft", was+time.Minute))
	r.visit("two", fresh("z", "Ferry Service Resumes Across the Strait", was+time.Minute))
	want := []string{"Ferry Service Resumes Across the Strait", "Ferry service resumes across the strait", "Harbour council approves the tunnel plan"}
	got := r.headlines("all")
	slices.Sort(got)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("after a month (-want +got):\n%s", d)
	}
	for _, s := range r.top("all") {
		if len(s.Takes) != 1 {
			t.Errorf("%q has %d takes, want 1", s.Headline, len(s.Takes))
		}
	}
	if s := r.story(other.ID); !s.IsHidden(news.Everywhere) {
		t.Error("the hidden story is no longer hidden")
	}
}

// Pages of an archive whose stories are all deleted list none, and keep their numbers. The page
// of a story that stays is as it was.
func TestRetentionEmptiesPagesOfTheArchive(t *testing.T) {
	r := open(t, "one")
	r.rules.Keep, r.rules.Archive = 24*time.Hour, 7*24*time.Hour
	r.rules.Topics[0].Stories = 1
	r.enforce()
	var items []item
	for i := range 12 {
		items = append(items, fresh(fmt.Sprint(i), fmt.Sprintf("Story %d of a %s", i, word(i)), time.Duration(i)*time.Minute))
	}
	r.visit("one", items...)
	r.pass(time.Minute)
	r.order("pin", r.top("all")[10].ID, "all") // on the second page
	pages := func() (all [][]string) {
		t.Helper()
		err := r.store.View(func(tx *store.Tx) error {
			for n := 1; ; n++ {
				p, err := tx.Archives.Get("all", n)
				if err != nil || p == nil {
					return err
				}
				all = append(all, p.Stories)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	r.pass(time.Hour)
	r.sweep()
	before := pages()
	if len(before) < 9 || len(before[0]) != 1 {
		t.Fatalf("pages of the archive: %q, want at least 9 with a story each", before)
	}
	for range 10 {
		r.pass(20 * time.Hour)
		r.sweep()
	}
	for i, ids := range pages()[:len(before)] {
		if i == 1 && !slices.Equal(ids, before[i]) || i != 1 && len(ids) > 0 {
			t.Errorf("page %d lists %q; it listed %q", i+1, ids, before[i])
		}
	}
}
