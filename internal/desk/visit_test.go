package desk

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/news"
)

func TestItemsOfANewSourceAreNotOnTop(t *testing.T) {
	r := open(t, "live")
	r.visit("live", fresh("a", "Ferry service resumes across the strait", time.Hour))
	r.pass(time.Hour)
	r.visit("live", fresh("b", "Harbour council approves the tunnel plan", 10*time.Minute), fresh("a", "Ferry service resumes across the strait", 2*time.Hour))
	seen := r.headlines("all")

	r.rules.Sources = append(r.rules.Sources, news.Source{Name: "old", Address: "https://old.example/rss", Show: news.ShowSummary, Fold: news.FoldStory})
	r.enforce()
	r.pass(time.Minute)
	var items []item
	for i := range 50 {
		items = append(items, fresh(fmt.Sprint("o", i), fmt.Sprintf("Archive piece %d about %s", i, word(i)), 72*time.Hour+time.Duration(i)*time.Hour))
	}
	r.visit("old", items...)
	got := r.headlines("all")
	if len(got) != 52 {
		t.Fatalf("%d stories, want 52", len(got))
	}
	if diff := cmp.Diff(seen, got[:2]); diff != "" {
		t.Errorf("the stories that subscribers saw are no longer on top (-want +got):\n%s", diff)
	}
}

func word(i int) string {
	return []string{"glaciers", "bakeries", "violins", "harvests", "lanterns", "quarries", "orchards"}[i%7] + " and " +
		[]string{"ministers", "sailors", "teachers", "farmers", "pilots", "nurses", "bankers", "poets"}[i/7%8]
}

func TestALateItemIsOnTop(t *testing.T) {
	r := open(t, "quick", "slow")
	r.visit("quick", fresh("a", "Ferry service resumes across the strait", time.Hour))
	r.visit("slow", fresh("s", "Old slow news about lighthouse repairs", time.Hour))
	r.pass(time.Hour)
	r.visit("quick", fresh("b", "Harbour council approves the tunnel plan", 90*time.Minute))
	r.visit("slow", fresh("s", "Old slow news about lighthouse repairs", 2*time.Hour))
	r.pass(time.Minute)
	r.visit("slow", fresh("t", "Miners rescued from flooded shaft", 3*time.Hour), fresh("s", "Old slow news about lighthouse repairs", 2*time.Hour))
	if got := r.headlines("all"); got[0] != "Miners rescued from flooded shaft" {
		t.Errorf("an item read late is not on top: %q", got)
	}
}

func TestALateOutletChangesNoItem(t *testing.T) {
	r := open(t, "one", "two")
	r.visit("two")
	r.visit("one", fresh("a", "Ferry service resumes across the strait", time.Minute))
	before := r.ids("all")
	r.pass(20 * time.Minute)
	r.visit("two", fresh("z", "Ferry Service Resumes Across the Strait", time.Minute))
	if diff := cmp.Diff(before, r.ids("all")); diff != "" {
		t.Errorf("a late outlet changed id, place or updated (-before +after):\n%s", diff)
	}
	if s := r.top("all")[0]; len(s.Takes) != 2 || s.Outlets() != 2 {
		t.Errorf("story has %d takes of %d outlets, want 2 of 2", len(s.Takes), s.Outlets())
	}
}

func TestEditMovesUpdatedOnly(t *testing.T) {
	r := open(t, "one")
	r.visit("one", fresh("a", "Ferry service resumes across the strait", time.Minute))
	was := r.top("all")[0]
	r.pass(10 * time.Minute)
	r.visit("one", fresh("a", "Ferry service to resume on Monday, not today", 11*time.Minute))
	now := r.top("all")
	if len(now) != 1 || now[0].ID != was.ID {
		t.Fatalf("an edited entry made another story: %v", r.headlines("all"))
	}
	p, q := was.Places["all"], now[0].Places["all"]
	if !q.At.Equal(p.At) || !q.Updated.Equal(news.Instant(r.now)) {
		t.Errorf("place %v updated %v, want place %v updated %v", q.At, q.Updated, p.At, r.now)
	}
	want := []news.EarlierHeadline{{Headline: "Ferry service resumes across the strait", Until: news.Instant(r.now)}}
	if diff := cmp.Diff(want, now[0].Takes[0].Earlier); diff != "" {
		t.Errorf("headline history (-want +got):\n%s", diff)
	}
}

func TestPoorItems(t *testing.T) {
	home := "https://one.example/"
	for _, tc := range []struct {
		name  string
		items []item
		want  int
	}{
		{"no guid", []item{{title: "Ferry resumes", link: "https://one.example/a"}, {title: "Tunnel plan approved", link: "https://one.example/b"}}, 2},
		{"no link", []item{{id: "1", title: "Ferry resumes"}, {id: "2", title: "Tunnel plan approved"}}, 2},
		{"headline alone", []item{{title: "Ferry resumes"}, {title: "Tunnel plan approved"}}, 2},
		{"all link home", []item{{title: "Ferry resumes", link: home}, {title: "Tunnel plan approved", link: home}, {title: "Miners rescued", link: home}}, 3},
		{"one guid twice", []item{{id: "1", title: "Ferry resumes", link: "https://one.example/a"}, {id: "1", title: "Tunnel plan approved", link: "https://one.example/b"}}, 2},
		{"one guid and home twice", []item{{id: "1", title: "Ferry resumes", link: home}, {id: "1", title: "Tunnel plan approved", link: home}}, 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := open(t, "one")
			for range 3 {
				r.visit("one", tc.items...)
				r.pass(20 * time.Hour)
				r.restart()
			}
			if got := r.headlines("all"); len(got) != tc.want {
				t.Errorf("%d stories, want %d: %q", len(got), tc.want, got)
			}
		})
	}
}

func TestAbsurdDates(t *testing.T) {
	r := open(t, "one")
	r.visit("one")
	r.pass(time.Hour)
	r.visit("one", fresh("f", "Dispatch from the year to come", -400*24*time.Hour), fresh("p", "Letter from the year 1970", 56*365*24*time.Hour))
	for _, s := range r.top("all") {
		at := s.Places["all"].At
		if at.Before(news.Instant(r.now.Add(-time.Hour))) || at.After(news.Instant(r.now)) {
			t.Errorf("%q is placed at %v, outside the two visits", s.Headline, at)
		}
	}
}

func TestAReissueIsNotNews(t *testing.T) {
	items := func(host, scheme, guid string, shift time.Duration) []item {
		var out []item
		for i := range 10 {
			n := fmt.Sprint(i)
			out = append(out, item{id: guid + n, title: "Long-form report on " + word(i), link: scheme + "://" + host + "/2026/story-" + n, age: 60*24*time.Hour + shift + time.Duration(i)*time.Hour, dated: true})
		}
		return out
	}
	for name, next := range map[string][]item{
		"host":   items("new.example", "http", "g", 0),
		"scheme": items("one.example", "https", "g", 0),
		"guids":  items("one.example", "http", "urn:x:", 0),
		"all":    items("new.example", "https", "urn:x:", 0),
		"dates":  items("new.example", "https", "urn:x:", 20*time.Hour),
	} {
		t.Run(name, func(t *testing.T) {
			r := open(t, "one")
			r.rules.Keep = 90 * 24 * time.Hour
			r.enforce()
			r.visit("one", items("one.example", "http", "g", 0)...)
			before := r.ids("all")
			r.restart()
			for range 2 {
				r.visit("one", next...)
				if diff := cmp.Diff(before, r.ids("all")); diff != "" {
					t.Fatalf("a re-issued source is news (-before +after):\n%s", diff)
				}
			}
		})
	}
}

// An item that comes back under another guid and address, with its headline and date,
// is the item that is no longer listed.
func TestOneReissuedItemIsNotNews(t *testing.T) {
	r := open(t, "one")
	r.rules.Keep = 90 * 24 * time.Hour
	r.enforce()
	var items []item
	for i := range 5 {
		items = append(items, item{id: fmt.Sprint(i), title: "Long-form report on " + word(i), link: fmt.Sprint("https://one.example/2026/story-", i), age: 60*24*time.Hour + time.Duration(i)*time.Hour, dated: true})
	}
	r.visit("one", items...)
	before := r.ids("all")
	items[2].id, items[2].link = "new", "https://one.example/2026/elsewhere-2"
	r.visit("one", items...)
	if diff := cmp.Diff(before, r.ids("all")); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
	for _, s := range r.top("all") {
		if len(s.Takes) != 1 {
			t.Errorf("%q has more than one take: %+v", s.Headline, s.Takes)
		}
	}
}

func TestARecurrentHeadlineIsNotAReissue(t *testing.T) {
	r := open(t, "one")
	for day := range 3 {
		id := fmt.Sprint("brief", day)
		r.visit("one", fresh(id, "Morning briefing", time.Minute))
		r.pass(24 * time.Hour)
	}
	if got := r.headlines("all"); len(got) != 3 {
		t.Errorf("%d stories of three mornings, want 3", len(got))
	}
}

func TestAShortKeepDeletesNoIdentity(t *testing.T) {
	r := open(t, "one")
	r.rules.Keep = time.Hour
	r.enforce()
	var year []item
	for i := range 60 {
		year = append(year, item{id: fmt.Sprint("y", i), title: fmt.Sprintf("Report %d on %s", i, word(i)), link: fmt.Sprintf("https://one.example/y/%d", i)})
	}
	r.visit("one", year...)
	before := r.ids("all")
	for range 10 {
		r.pass(3 * time.Hour)
		r.sweep()
		r.restart()
		r.visit("one", year...)
	}
	if diff := cmp.Diff(before, r.ids("all")); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
}

func TestEntriesListedAgainAreNotNews(t *testing.T) {
	r := open(t, "one")
	r.rules.Keep, r.rules.Topics[0].Stories = time.Hour, 1
	r.enforce()
	old := fresh("a", "Ferry service resumes across the strait", time.Hour)
	r.visit("one", old, fresh("b", "Miners rescued from flooded shaft", time.Minute))
	before := r.ids("all")
	r.pass(time.Hour)
	r.visit("one", fresh("b", "Miners rescued from flooded shaft", time.Hour))
	r.pass(80 * 24 * time.Hour)
	for range 90 {
		r.sweep()
	}
	r.visit("one", old)
	if diff := cmp.Diff(before, r.ids("all")); diff != "" {
		t.Errorf("an entry listed again after 80 days is news (-before +after):\n%s", diff)
	}
}

func TestChangedRule(t *testing.T) {
	r := open(t, "one")
	r.visit("one", fresh("a", "Ferry service resumes across the strait", time.Hour), fresh("b", "Ransomware stops three hospitals", 2*time.Hour))
	before := r.ids("all")
	r.pass(time.Hour)
	r.rules.Topics = append(r.rules.Topics, news.Topic{Name: "cyber", Title: "Cyber", Match: []string{"ransomware"}, Fold: news.FoldStory, Stories: 50})
	if got, want := r.enforce(), []string{"topic cyber: +1 -0 stories"}; !slices.Equal(got, want) {
		t.Errorf("said %q, want %q", got, want)
	}
	if diff := cmp.Diff(before, r.ids("all")); diff != "" {
		t.Errorf("a new topic changed another (-before +after):\n%s", diff)
	}
	if s := r.top("cyber"); len(s) != 1 || !s[0].Places["cyber"].At.Equal(s[0].First) {
		t.Errorf("the story is not placed at the time of its first entry: %v", s)
	}
	cyber := r.ids("cyber")
	r.rules.Topics[1].Match = []string{"ferry"}
	r.enforce()
	r.rules.Topics[1].Match = []string{"ransomware"}
	r.enforce()
	if diff := cmp.Diff(cyber, r.ids("cyber")); diff != "" {
		t.Errorf("the old rule gives other places than before (-before +after):\n%s", diff)
	}
}

// An old name of a topic redirects to the new one even if the topic never had the old
// name in this database.
func TestOldNamesRedirect(t *testing.T) {
	r := open(t, "one")
	r.rules.Topics[0].Was = []string{"everything"}
	r.enforce()
	if st := r.topic("everything"); st == nil || st.RenamedTo != "all" {
		t.Errorf("the old name everything redirects to %+v, want all", st)
	}
	r.visit("one", fresh("a", "Ferry service resumes across the strait", time.Hour))
	before := r.ids("all")
	r.rules.Topics[0].Name, r.rules.Topics[0].Was = "everything", []string{"all"}
	r.enforce()
	if st := r.topic("everything"); st == nil || st.RenamedTo != "" || st.Removed {
		t.Errorf("the topic that has its old name again is %+v", st)
	}
	if diff := cmp.Diff(before, r.ids("everything")); diff != "" || len(before) != 1 {
		t.Errorf("the topic under its old name carries (-before +after):\n%s", diff)
	}
	if st := r.topic("all"); st == nil || st.RenamedTo != "everything" {
		t.Errorf("the name all redirects to %+v, want everything", st)
	}
}

func TestRenamesKeepIds(t *testing.T) {
	r := open(t, "one")
	items := []item{fresh("a", "Ferry service resumes across the strait", time.Hour), fresh("b", "Ransomware stops three hospitals", 2*time.Hour)}
	r.visit("one", items...)
	before := r.ids("all")

	r.rules.Sources[0].Name = "uno"
	r.rules.Topics[0].Name, r.rules.Topics[0].Was = "everything", []string{"all"}
	r.rules.Site.URL = "https://elsewhere.example"
	r.enforce()
	r.restart()
	r.visit("one", items...)
	if diff := cmp.Diff(before, r.ids("everything")); diff != "" {
		t.Errorf("renames made news (-before +after):\n%s", diff)
	}
	for _, s := range r.top("everything") {
		if len(s.Takes) != 1 {
			t.Errorf("a renamed source added a take to %q: %+v", s.Headline, s.Takes)
		}
	}
	r.rules.Sources[0].Address = "https://moved.example/rss"
	r.enforce()
	r.visit("one", append(items, fresh("c", "Miners rescued from flooded shaft", 0))...)
	var uri string
	for _, s := range r.top("everything") {
		if _, old := before[s.ID]; !old {
			uri = s.URI
		}
	}
	if want := "tag:press.example,2026-03-02:"; len(uri) != len(want)+13 || uri[:len(want)] != want {
		t.Errorf("a story that began after the site moved has the URI %q, want %s...", uri, want)
	}
}

func TestUpdatedIsUnique(t *testing.T) {
	r := open(t, "one")
	var items []item
	for i := range 20 {
		items = append(items, item{id: fmt.Sprint(i), title: fmt.Sprintf("Report %d on %s", i, word(i)), age: time.Hour, dated: true})
	}
	r.visit("one", items...)
	r.wantUniqueUpdates()
	for i := range items {
		items[i].title += ", corrected"
	}
	r.pass(time.Minute)
	r.visit("one", items...)
	r.wantUniqueUpdates()
}

func (r *env) wantUniqueUpdates() {
	t := r.t
	t.Helper()
	seen := map[int64]string{}
	for _, s := range r.top("all") {
		u := s.Places["all"].Updated
		if other := seen[u.UnixMilli()]; other != "" {
			t.Errorf("%s and %s were updated at the same time", other, s.ID)
		}
		seen[u.UnixMilli()] = s.ID
		if u.Before(s.Places["all"].At) {
			t.Errorf("%s updated %v before published %v", s.ID, u, s.Places["all"].At)
		}
	}
}

func TestOutletsMakeAStorySatisfyARule(t *testing.T) {
	r := open(t, "one", "two", "three")
	r.rules.Topics = append(r.rules.Topics, news.Topic{Name: "wide", Title: "Wide", Match: []string{"outlets:>2"}, Fold: news.FoldStory, Stories: 50})
	r.enforce()
	for _, s := range []string{"one", "two", "three"} {
		r.visit(s)
	}
	for i, s := range []string{"one", "two", "three"} {
		r.pass(10 * time.Minute)
		r.visit(s, fresh(s, "Ferry service resumes across the strait", time.Minute))
		if got := len(r.top("wide")); got != i/2 {
			t.Errorf("%d stories with %d outlets", got, i+1)
		}
	}
	if got, want := r.top("wide")[0].Places["wide"].At, news.Instant(r.now.Add(-time.Minute)); !got.Equal(want) {
		t.Errorf("it is placed at %v, want the third outlet's %v", got, want)
	}
}

func TestAPublishedLinkStays(t *testing.T) {
	r := open(t, "one")
	r.visit("one", item{id: "a", title: "Ferry service resumes across the strait", link: "https://one.example/2026/ferry-service-resumes"})
	r.pass(time.Minute)
	r.visit("one", item{id: "a", title: "Ferry service resumes across the strait", link: "https://one.example/2026/moved/ferry-service-resumes"})
	if got, want := r.top("all")[0].Link, "https://one.example/2026/ferry-service-resumes"; got != want {
		t.Errorf("the link of a published item became %s", got)
	}
}

func TestACatchUpIsInItsPlace(t *testing.T) {
	r := open(t, "one")
	r.visit("one", fresh("a", "Ferry service resumes across the strait", time.Minute))
	r.pass(time.Hour)
	old := fresh("b", "Harbour council approves the tunnel plan", 30*time.Hour)
	r.visitAs("one", &news.Visit{Backlog: true, Partial: true}, old)
	if got := r.headlines("all"); len(got) != 2 || got[1] != old.title {
		t.Errorf("the catch-up is placed as in %q, want it last", got)
	}
}
