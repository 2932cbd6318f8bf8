package desk

import (
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// A changed rule reviews all stories, some at once: copies of those before them are dropped,
// changed or not, so that memory doesn't grow with the database.
func TestReviewReleasesStories(t *testing.T) {
	st, err := store.Open(filepath.Join(t.TempDir(), "slugline.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	}()
	d, err := Open(st, nil, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	rules := news.Rules{
		Site: news.Site{URL: "https://press.example"}, Keep: 30 * 24 * time.Hour,
		Sources: []news.Source{{Name: "one", Address: "https://one.example/rss"}},
		Topics:  []news.Topic{{Name: "all", Stories: 50, Fold: news.FoldStory}},
	}
	at := dawn
	commit := func(r news.Record) {
		t.Helper()
		at = at.Add(time.Minute)
		r.At = at
		r.SetID()
		if _, err := d.commit([]filing{{record: r}}); err != nil {
			t.Fatal(err)
		}
	}
	commit(news.Record{Rules: &rules})
	stories, perVisit := 2*reviewAtOnce+reviewAtOnce/2, 250
	for told := 0; told < stories; told += perVisit {
		var all []string
		for i := range perVisit {
			all = append(all, distinctHeadline(told+i))
		}
		commit(visitRecord("one", at, all))
	}
	inTopic := func() (n int) {
		if err := st.View(func(tx *store.Tx) error {
			ids, err := tx.Stories.IDsInTopic("all")
			n = len(ids)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return n
	}
	had := inTopic()
	if had < 2*reviewAtOnce {
		t.Fatalf("%d stories, want more than two groups of %d", had, reviewAtOnce)
	}
	changed := rules
	changed.Topics = []news.Topic{rules.Topics[0]}
	changed.Topics[0].From = []string{"another"}
	commit(news.Record{Rules: &changed})
	if n := inTopic(); n != 0 {
		t.Errorf("%d of %d stories are left in a topic of another source", n, had)
	}
	if n := reflect.ValueOf(d.cache).FieldByName("stories").Len(); n > reviewAtOnce {
		t.Errorf("the review has left copies of %d stories, want at most %d", n, reviewAtOnce)
	}
	commit(news.Record{Rules: &rules})
	if n := inTopic(); n != had {
		t.Errorf("%d stories came back, want %d", n, had)
	}
}

// distinctHeadline returns a headline whose words no other has.
func distinctHeadline(n int) string {
	var words []string
	for i := range 6 {
		words = append(words, "w"+strconv.FormatInt(int64((n*6+i+1)*7919), 36))
	}
	return strings.Join(words, " ")
}

// reviewing is a desk that reviews n stories at once, with stories that one source told, the
// oldest first, and a topic that has none of them yet.
func reviewing(t *testing.T, n int) *env {
	before := reviewAtOnce
	reviewAtOnce = n
	t.Cleanup(func() { reviewAtOnce = before })
	r := open(t, "one", "two")
	for i := range 10 {
		r.pass(time.Hour)
		r.visitAs("one", &news.Visit{Partial: true}, fresh(strconv.Itoa(i), walkHeadline(i), time.Minute))
	}
	r.pass(time.Hour)
	r.rules.Topics = append(r.rules.Topics, news.Topic{Name: "more", Fold: news.FoldStory, Stories: 50})
	return r
}

// walkHeadline returns one of the headlines that have no word in common, or one of other words.
func walkHeadline(i int) string {
	if i < len(walkHeadlines) {
		return walkHeadlines[i]
	}
	return distinctHeadline(i)
}

// fileRules puts the rules in force and leaves the review where their record ended it.
func (r *env) fileRules() {
	r.t.Helper()
	if filed, err := r.journal.FileRules(r.t.Context(), &r.rules, r.now); err != nil || !filed {
		r.t.Fatalf("filed %v, %v", filed, err)
	}
}

// review goes on with the review to its end, and returns how many records it took and what
// changed.
func (r *env) review() (steps int, said []string) {
	r.t.Helper()
	steps, err := r.journal.Review(r.t.Context(), r.now)
	if err != nil {
		r.t.Fatal(err)
	}
	if said, err = r.journal.Differences(); err != nil {
		r.t.Fatal(err)
	}
	return steps, said
}

// Rules are in force with their record. Those that follow review the stories, and what comes
// between them, a restart too, leads to the same places as if all had been reviewed at once.
func TestReviewInSteps(t *testing.T) {
	run := func(t *testing.T, atOnce int) (r *env, steps int, said []string) {
		r = reviewing(t, atOnce)
		r.fileRules()
		r.pass(time.Minute)
		r.visitAs("two", &news.Visit{Partial: true}, fresh("x", walkHeadline(6), time.Second), fresh("y", "Lighthouse keeper retires at ninety", time.Second))
		r.restart()
		steps, said = r.review()
		return r, steps, said
	}
	once, steps, said := run(t, 1000)
	if want := []string{"topic more: +10 -0 stories"}; steps != 0 || !slices.Equal(said, want) {
		t.Errorf("all at once: %d more records, %q, want none and %q", steps, said, want)
	}
	r, steps, said := run(t, 3)
	if want := []string{"topic more: +10 -0 stories"}; steps != 3 || !slices.Equal(said, want) {
		t.Errorf("three at once: %d more records, %q, want 3 and %q", steps, said, want)
	}
	if d := cmp.Diff(once.ids("more"), r.ids("more")); d != "" {
		t.Errorf("places and updated times differ (-all at once +three at once):\n%s", d)
	}
	if again, _ := r.review(); again != 0 {
		t.Errorf("%d records when all is reviewed, want none", again)
	}
}

// While stories are under review, the rules are in force for what comes, the first stories are
// where these want them, and a record that was filed for another moment changes nothing.
func TestReviewStale(t *testing.T) {
	r := reviewing(t, 3)
	r.fileRules()
	if n := len(r.top("more")); n != 3 {
		t.Errorf("%d stories were reviewed by the rules' own record, want 3", n)
	}
	if said, err := r.journal.Differences(); err != nil || said != nil {
		t.Errorf("differences of a review that is not done: %q, %v, want none", said, err)
	}
	r.pass(time.Minute)
	r.visitAs("two", &news.Visit{Partial: true}, fresh("y", "Lighthouse keeper retires at ninety", time.Second))
	if got := r.headlines("more"); len(got) != 4 || got[0] != "Lighthouse keeper retires at ninety" {
		t.Errorf("news during the review: %q, want it on top of 3 others", got)
	}
	before, err := r.journal.Reviewed()
	if err != nil {
		t.Fatal(err)
	}
	stale := before.Next()
	r.file(news.Record{Review: stale})
	if n := len(r.top("more")); n != 7 {
		t.Errorf("after another record: %d stories, want 7", n)
	}
	r.pass(time.Minute)
	r.file(news.Record{Review: stale})
	r.file(news.Record{Review: &news.Review{Since: 1, Last: stale.Last}})
	if n := len(r.top("more")); n != 7 {
		t.Errorf("after records of another moment and of earlier rules: %d stories, want 7", n)
	}
}

// Rules that change while stories are under review: those of both changes are reviewed, under
// the names that the topics have then. Without a new change the review goes on where it is.
func TestReviewOfTwoChanges(t *testing.T) {
	r := reviewing(t, 3)
	r.fileRules()
	r.pass(time.Minute)
	r.rules.Topics = slices.Clone(r.rules.Topics) // the desk has the ones before
	r.rules.Topics[0].Match = []string{"ferry OR volcano"}
	r.rules.Topics[1].Name, r.rules.Topics[1].Was = "renamed", []string{"more"}
	r.fileRules()
	if now, err := r.journal.Reviewed(); err != nil || now.Count != 3 || !slices.Equal(now.Topics, []string{"all", "renamed"}) {
		t.Errorf("after a second change: %+v, %v, want a review that begins anew, of both topics", now, err)
	}
	r.pass(time.Minute)
	r.rules.Keep += time.Hour
	r.fileRules()
	if now, err := r.journal.Reviewed(); err != nil || now.Count != 6 || !slices.Equal(now.Topics, []string{"all", "renamed"}) {
		t.Errorf("after rules with the same topics: %+v, %v, want the review to go on", now, err)
	}
	if _, said := r.review(); !slices.Equal(said, []string{"topic all: +0 -8 stories", "topic renamed: +7 -0 stories"}) {
		t.Errorf("said %q", said)
	}
	if all, renamed := r.headlines("all"), r.headlines("renamed"); len(all) != 2 || len(renamed) != 10 {
		t.Errorf("all has %q, renamed %q, want 2 and 10 stories", all, renamed)
	}
}

// A sweep deletes no text and no story, and seals nothing, while stories are under review: what
// feeds show is not decided yet. A hold that ends is not kept waiting.
func TestSweepDuringReview(t *testing.T) {
	r := reviewing(t, 3)
	r.rules.Archive = 60 * 24 * time.Hour
	r.rules.Topics[0].Stories = 1
	r.visitAs("one", &news.Visit{}) // lists nothing any more
	r.fileRules()
	r.pass(time.Minute)
	ahead := fresh("z", "Chip maker opens a plant", -time.Hour)
	r.visitAs("two", &news.Visit{Partial: true}, ahead)
	r.pass(200 * 24 * time.Hour)
	for range 210 {
		r.pass(time.Hour)
		r.sweep()
	}
	if got := r.headlines("more"); len(got) != 4 || got[0] != "Chip maker opens a plant" {
		t.Errorf("under review: %q, want the story whose hold has ended and 3 others", got)
	}
	count := func() (texts, stories int) {
		if err := r.store.View(func(tx *store.Tx) error {
			return tx.Stories.Each(func(s *news.Story) error {
				en, err := tx.Entries.Get(s.Lead)
				if stories++; err == nil && en != nil && !en.TextDeleted {
					texts++
				}
				return err
			})
		}); err != nil {
			t.Fatal(err)
		}
		return texts, stories
	}
	if texts, stories := count(); texts != 11 || stories != 11 {
		t.Errorf("under review: %d texts of %d stories, want 11 of 11", texts, stories)
	}
	r.rules.Topics = r.rules.Topics[:1]
	r.enforce()
	r.pass(time.Hour)
	r.sweep()
	if _, stories := count(); stories != 1 {
		t.Errorf("after the review: %d stories, want the one that the feed shows", stories)
	}
}

// A group ends with a record that reviews stories: several of them would need the memory of all.
func TestReviewEndsGroup(t *testing.T) {
	for _, r := range []news.Record{{Review: &news.Review{}}, {Rules: &news.Rules{}}} {
		d := &Desk{queue: make(chan filing, 2)}
		d.queue <- filing{record: r}
		d.queue <- filing{record: news.Record{Sweep: &news.Sweep{}}}
		if group := d.gather(filing{record: news.Record{Sweep: &news.Sweep{}}}); len(group) != 2 {
			t.Errorf("a group of %d records, want it to end with the second one, %+v", len(group), r)
		}
	}
}

// Sources that come and go change nothing about the stories that are there, so these are not
// reviewed. What rules match of a known source does, also of one that comes back.
func TestReviewForSources(t *testing.T) {
	r := reviewing(t, 1000)
	r.fileRules()
	since := func() uint64 {
		now, err := r.journal.Reviewed()
		if err != nil || now == nil {
			return 0
		}
		return now.Since
	}
	three := news.Source{Name: "three", Address: "https://three.example/rss", Show: news.ShowSummary, Fold: news.FoldStory}
	one := r.rules.Sources[0]
	for _, c := range []struct {
		what     string
		sources  []news.Source
		reviewed bool
	}{
		{"another source", []news.Source{one, r.rules.Sources[1], three}, false},
		{"no source one", []news.Source{r.rules.Sources[1], three}, false},
		{"source one again", []news.Source{one, r.rules.Sources[1], three}, false},
		{"no source one", []news.Source{r.rules.Sources[1], three}, false},
		{"source one with a tag", []news.Source{{Name: one.Name, Address: one.Address, Show: one.Show, Fold: one.Fold, Tags: []string{"wires"}}, r.rules.Sources[1], three}, true},
	} {
		r.pass(time.Minute)
		r.rules.Sources = c.sources
		r.fileRules()
		if got := since() == r.seq(); got != c.reviewed {
			t.Errorf("%s: reviewed %v, want %v", c.what, got, c.reviewed)
		}
	}
}
