package desk

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// feed returns the headlines that a topic's feed shows by its own rules, newest first.
func (r *env) feed(name string) (out []string) {
	r.t.Helper()
	err := r.store.View(func(tx *store.Tx) error {
		t, err := tx.Topics.Get(name)
		if err != nil {
			return err
		}
		list, _, err := tx.Stories.InFeed(t, t.Stories)
		for _, s := range list {
			out = append(out, s.Headline)
		}
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return out
}

// titled returns n items with unlike headlines, the newest first, a minute apart.
func titled(prefix string, from, n int) (items []item, titles []string) {
	for i := from; i < from+n; i++ {
		title := prefix
		for n := range 5 {
			title += " x" + strconv.FormatUint(news.Key('t', prefix, fmt.Sprint(i, n)), 36)
		}
		it := fresh(fmt.Sprintf("%s%d", prefix, i), title, time.Duration(i-from)*time.Minute)
		items, titles = append(items, it), append(titles, it.title)
	}
	return items, titles
}

// Of one source a feed shows the newest few. The others are in the topic with the ids and
// places that they always had, and come into the feed when there is room.
func TestAFeedShowsAFewStoriesOfEachSource(t *testing.T) {
	r := open(t, "flood", "calm")
	r.rules.Topics[0].MaxPerSource, r.rules.Topics[0].Stories = 3, 6
	r.enforce()
	flood, floods := titled("flood", 0, 8)
	calm, calms := titled("calm", 20, 2)
	r.visit("flood", flood...)
	r.pass(time.Second)
	r.visit("calm", calm...)

	want := []string{floods[0], floods[1], floods[2], calms[0], calms[1]}
	got := r.feed("all")
	slices.Sort(want)
	slices.Sort(got)
	if d := cmp.Diff(want, got); d != "" {
		t.Fatalf("the feed (-want +got):\n%s", d)
	}
	if got := len(r.top("all")); got != 10 {
		t.Fatalf("%d stories are in the topic, want all 10", got)
	}
	before := r.ids("all")
	for _, s := range r.top("all") {
		if s.Headline == floods[1] {
			r.order("hide", s.ID)
			delete(before, s.ID)
		}
	}
	r.restart()
	if got := r.feed("all"); !slices.Contains(got, floods[3]) || slices.Contains(got, floods[4]) {
		t.Errorf("after one was hidden the feed has %q, want the next one in its place", got)
	}
	if d := cmp.Diff(before, r.ids("all")); d != "" {
		t.Errorf("ids, places or times changed (-want +got):\n%s", d)
	}
}

// What waits is not sealed away while it may still come into the feed, and text that a
// feed shows is kept; both reach no further down than the feed does.
func TestTheArchiveBeginsBelowABalancedFeed(t *testing.T) {
	r := open(t, "flood", "calm")
	r.rules.Topics[0].MaxPerSource, r.rules.Topics[0].Stories = 1, 2
	r.enforce()
	calm, calms := titled("calm", 30, 3)
	r.visit("calm", calm...)
	r.pass(time.Hour)
	flood, floods := titled("flood", 0, 9)
	r.visit("flood", flood...)
	want := []string{floods[0], calms[0]}
	for range 3 {
		r.pass(time.Hour)
		r.sweep()
		if d := cmp.Diff(want, r.feed("all")); d != "" {
			t.Fatalf("the feed (-want +got):\n%s", d)
		}
	}
	var sealed int
	if err := r.store.View(func(tx *store.Tx) error {
		s, err := tx.Topics.Get("all")
		sealed = s.Pages
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if sealed != 1 {
		t.Errorf("%d pages are sealed, want one: of the two stories below the feed", sealed)
	}
}

// In a topic that prefers free copies, one leads over a copy behind a paywall that has a
// higher rank. Elsewhere the rank decides, and what was published first stays.
func TestAFreeCopyLeads(t *testing.T) {
	r := open(t, "times", "agency", "blog")
	r.rules.Sources[0].Paywall, r.rules.Sources[0].Rank = true, 9
	r.rules.Sources[1].Rank = 5
	r.rules.Topics = append(r.rules.Topics,
		news.Topic{Name: "free", Title: "Free", Fold: news.FoldStory, Stories: 50, PreferFree: true, Match: []string{"outlets:>1"}},
		news.Topic{Name: "early", Title: "Early", Fold: news.FoldStory, Stories: 50, PreferFree: true})
	r.enforce()
	const headline = "Parliament of Lorelista passes water budget after long night"
	r.visit("times", fresh("t1", headline, time.Minute))
	r.pass(time.Hour)
	for _, source := range []string{"agency", "blog"} {
		r.visit(source, fresh(source[:1]+"1", headline, time.Minute))
		r.pass(time.Minute)
	}
	r.restart()
	s := r.top("free")[0]
	for topic, want := range map[string]string{"all": "times", "early": "times", "free": "agency"} {
		if got := s.LeadSource(topic); got != want {
			t.Errorf("in %s %s leads, want %s", topic, got, want)
		}
	}
	const second = "Harbour of Varanda closes for repairs until spring"
	r.visit("times", fresh("t2", second, time.Minute), fresh("t1", headline, time.Hour))
	r.pass(time.Minute)
	r.visit("blog", fresh("b2", second, time.Minute), fresh("b1", headline, time.Hour))
	for topic, want := range map[string]string{"all": "times", "early": "blog"} {
		if got := r.storyCalled(second).LeadSource(topic); got != want {
			t.Errorf("read in one round, %s leads in %s, want %s", got, topic, want)
		}
	}
	const third = "Lighthouse of Port Ellery to be sold at auction"
	for _, source := range []string{"blog", "times", "agency"} {
		r.visit(source, fresh(source[:1]+"3", third, time.Minute), fresh(source[:1]+"1", headline, time.Hour))
		r.pass(time.Minute)
	}
	for topic, want := range map[string]string{"all": "times", "early": "agency"} {
		if got := r.storyCalled(third).LeadSource(topic); got != want {
			t.Errorf("read in one round, the free one first, %s leads in %s, want %s", got, topic, want)
		}
	}
	if len(s.Takes) != 3 {
		t.Errorf("%d outlets, want all 3", len(s.Takes))
	}
}

// Mute words hold for every topic. Stories come back to the places that they had.
func TestMutedInAllTopics(t *testing.T) {
	r := open(t, "one")
	r.visit("one", fresh("a", "Ferry resumes after storm", time.Minute), fresh("b", "Sponsored: a kitchen for everybody", time.Minute))
	before := r.ids("all")
	r.rules.Not = []string{`sponsored OR "paid content"`}
	if got := r.enforce(); len(got) != 1 || got[0] != "topic all: +0 -1 stories" {
		t.Errorf("reload said %q", got)
	}
	r.restart()
	r.pass(time.Minute)
	r.visit("one", fresh("c", "Paid content about shoes", 0), fresh("d", "Copper rises", 0), fresh("a", "Ferry resumes after storm", time.Minute))
	if d := cmp.Diff([]string{"Copper rises", "Ferry resumes after storm"}, r.headlines("all")); d != "" {
		t.Errorf("the topic (-want +got):\n%s", d)
	}
	r.rules.Not = nil
	r.enforce()
	for id, was := range before {
		if now := r.ids("all")[id]; now != was {
			t.Errorf("story %s was %s and is %s", id, was, now)
		}
	}
}
