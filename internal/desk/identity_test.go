package desk

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/canon"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// playCase is what one source lists, visit after visit.
type playCase struct {
	name string
	docs [][]item
	want []string // headlines of the stories, the newest first; sorted
}

// play visits a source once for each document, ten minutes apart, with a restart in
// between.
func play(t *testing.T, docs [][]item) *env {
	r := open(t, "one")
	for i, doc := range docs {
		if i > 0 {
			r.pass(10 * time.Minute)
			r.restart()
		}
		for k := range doc { // ages are counted from the last visit
			doc[k].age -= time.Duration(len(docs)-1-i) * 10 * time.Minute
		}
		r.visit("one", doc...)
	}
	return r
}

func playAll(t *testing.T, cases []playCase) {
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			got := play(t, tc.docs).headlines("all")
			slices.Sort(got)
			slices.Sort(tc.want)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func dated(id, title, link string, age time.Duration) item {
	return item{id: id, title: title, link: link, age: age, dated: true}
}

func (it item) with(text, audio string) item {
	it.text, it.audio = text, audio
	return it
}

func TestWhatIsOneItem(t *testing.T) { playAll(t, oneItemCases) }

// Pages to which items of oneItemCases lead.
const (
	ratesPage   = "https://one.example/exchange-rates-of-the-day"
	toolPage    = "https://one.example/changes"
	articlePage = "https://one.example/2026/the-ferry-talks"
)

var oneItemCases = []playCase{
	{"new guids and dates at one page", [][]item{
		{dated("fx1", "1 taler buys 0.91 groats", ratesPage, 48*time.Hour)},
		{dated("fx2", "1 taler buys 0.93 groats", ratesPage, 24*time.Hour)},
		{dated("fx3", "1 taler buys 0.90 groats", ratesPage, time.Hour)},
	}, []string{"1 taler buys 0.91 groats", "1 taler buys 0.93 groats", "1 taler buys 0.90 groats"}},
	{"نرخ ارز under one link", [][]item{
		{dated("a", "قیمت دلار به ۶۱ هزار تومان رسید", ratesPage, 24*time.Hour)},
		{dated("b", "قیمت دلار به ۶۲ هزار تومان رسید", ratesPage, time.Hour)},
	}, []string{"قیمت دلار به ۶۱ هزار تومان رسید", "قیمت دلار به ۶۲ هزار تومان رسید"}},
	{"places of one page without guids", [][]item{
		{dated("", "Release 2.1 opens files faster", toolPage+"#r2.1", 40*time.Hour)},
		{dated("", "Release 2.2 has a sidebar", toolPage+"#r2.2", time.Hour)},
		{dated("", "Release 2.2 has a dark mode", toolPage+"#r2.2", time.Hour)},
	}, []string{"Release 2.1 opens files faster", "Release 2.2 has a dark mode"}},
	{"guids that are places of one page", [][]item{
		{dated(toolPage+"#r2.1", "Release 2.1 opens files faster", toolPage, 40*time.Hour)},
		{dated(toolPage+"#r2.2", "Release 2.2 has a sidebar", toolPage, time.Hour)},
	}, []string{"Release 2.1 opens files faster", "Release 2.2 has a sidebar"}},
	{"a guid that counts edits", [][]item{
		{dated(articlePage+"#0", "Tram talks to resume on Monday", articlePage, 2*time.Hour)},
		{dated(articlePage+"#1", "Tram talks to resume on Monday, union says", articlePage, time.Hour)},
		{dated(articlePage+"#2", "Union: no ferry talks", articlePage, time.Minute)},
	}, []string{"Union: no ferry talks"}},
	{"guids made at each visit", [][]item{
		{dated("8f31", "Station clock stops in the night", articlePage, 2*time.Hour)},
		{dated("c07a", "Station clock stops in the night", articlePage, 2*time.Hour)},
		{dated("11de", "Harbour Crane Topples in the Night", articlePage, 2*time.Hour)},
	}, []string{"Harbour Crane Topples in the Night"}},
	{"guids made at each visit, without dates", [][]item{
		{{id: "8f31", title: "Hafenkran stürzt um", link: "https://one.example/kran"}},
		{{id: "c07a", title: "Hafenkran stürzt um", link: "https://one.example/kran"}},
	}, []string{"Hafenkran stürzt um"}},
	{"guids made at each visit, without dates, with an edit", [][]item{
		{{id: "8f31", title: "Hafenkran stürzt in der Nacht um", link: "https://one.example/2026/der-kran-im-hafen"}},
		{{id: "c07a", title: "Hafenkran stürzt in der Nacht um: niemand verletzt", link: "https://one.example/2026/der-kran-im-hafen"}},
	}, []string{"Hafenkran stürzt in der Nacht um: niemand verletzt"}},
	{"episodes of one page", [][]item{
		{dated("e1", "The morning hour", "https://one.example/morning", 3*time.Hour).with("", "https://one.example/a/1.mp3")},
		{dated("e2", "The morning hour", "https://one.example/morning", time.Hour).with("", "https://one.example/a/2.mp3")},
	}, []string{"The morning hour", "The morning hour"}},
	{"a page that changed again the same day", [][]item{
		{dated("c1", "one.example/firmware has changed", "https://one.example/firmware", 3*time.Hour).with("Firmware 16.0.2 is offered.", "")},
		{dated("c2", "one.example/firmware has changed", "https://one.example/firmware", time.Hour).with("Firmware 16.0.3 is offered.", "")},
	}, []string{"one.example/firmware has changed", "one.example/firmware has changed"}},
	{"a section page without guids", [][]item{
		{dated("", "Курс евро вырос до 93 рублей", "https://one.example/rates", 24*time.Hour)},
		{dated("", "Курс евро упал до 91 рубля", "https://one.example/rates", time.Hour)},
	}, []string{"Курс евро вырос до 93 рублей", "Курс евро упал до 91 рубля"}},
	{"an edit at a short address without guids", [][]item{
		{dated("", "Hello from the pier", "https://one.example/hello", time.Hour)},
		{dated("", "Hello from the old pier", "https://one.example/hello", time.Hour)},
	}, []string{"Hello from the old pier"}},
	{"a later date at a short address without guids", [][]item{
		{dated("", "A guide to bus passes", "https://one.example/tides", 50*time.Hour)},
		{dated("", "A guide to bus passes", "https://one.example/tides", time.Hour)},
	}, []string{"A guide to bus passes"}},
	{"a programme that moved to another host", [][]item{
		{dated("o2", "The crane", "https://one.example/2", 30*time.Hour).with("", "https://one.example/2.mp3"), dated("o1", "The ferry", "https://one.example/1", 50*time.Hour).with("", "https://one.example/1.mp3")},
		{dated("n3", "The owl", "https://two.example/s3", time.Hour).with("", "https://two.example/m3.mp3"), dated("n2", "The crane", "https://two.example/s2", 30*time.Hour).with("", "https://two.example/m2.mp3"), dated("n1", "The ferry", "https://two.example/s1", 50*time.Hour).with("", "https://two.example/m1.mp3")},
	}, []string{"The owl", "The crane", "The ferry"}},
	{"daily headlines of a document that is all new", [][]item{
		{dated("m1", "Morning briefing", "https://one.example/b/monday-morning", 25*time.Hour), dated("e1", "Evening briefing", "https://one.example/b/monday-evening", 26*time.Hour)},
		{dated("m2", "Morning briefing", "https://one.example/b/tuesday-morning", time.Hour), dated("e2", "Evening briefing", "https://one.example/b/tuesday-evening", 2*time.Hour)},
	}, []string{"Morning briefing", "Evening briefing", "Morning briefing", "Evening briefing"}},
	{"guids that are places in the list", [][]item{
		{dated("1", "Old mill burns", "https://one.example/mill", 3*time.Hour), dated("2", "Crane topples", "https://one.example/crane", 4*time.Hour)},
		{dated("1", "Owl seen", "https://one.example/owl", 2*time.Hour), dated("2", "Old mill burns", "https://one.example/mill", 3*time.Hour), dated("3", "Crane topples", "https://one.example/crane", 4*time.Hour)},
		{dated("1", "Baker opens shop", "https://one.example/baker", time.Hour), dated("2", "Owl seen", "https://one.example/owl", 2*time.Hour), dated("3", "Old mill burns", "https://one.example/mill", 3*time.Hour)},
	}, []string{"Baker opens shop", "Owl seen", "Old mill burns", "Crane topples"}},
	{"the front page as every guid", [][]item{
		{dated("https://one.example/", "Old mill burns", "https://one.example/mill", 3*time.Hour)},
		{dated("https://one.example/", "Owl seen", "https://one.example/owl", 2*time.Hour)},
		{dated("https://one.example/", "Owl seen", "https://one.example/owl", 2*time.Hour)},
	}, []string{"Owl seen", "Old mill burns"}},
	{"a small guid of an edited article", [][]item{
		{dated("41", "Old mill burns", "https://one.example/mill-burns", 3*time.Hour)},
		{dated("41", "Old mill is saved", "https://one.example/mill-saved", 3*time.Hour)},
	}, []string{"Old mill is saved"}},
	{"hourly programmes that fill a document", [][]item{
		{dated("n8", "News", "https://one.example/8/news", 2*time.Hour).with("The council meets today.", ""), dated("w8", "Weather", "https://one.example/8/weather", 2*time.Hour).with("Rain in the north.", "")},
		{dated("n9", "News", "https://one.example/9/news", time.Hour).with("Dockers begin a strike.", ""), dated("w9", "Weather", "https://one.example/9/weather", time.Hour).with("Sun over Salis.", "")},
	}, []string{"News", "Weather", "News", "Weather"}},
	{"hourly programmes at their pages", [][]item{
		{dated("n8", "News", "https://one.example/news", 2*time.Hour).with("The council meets today.", ""), dated("w8", "Weather", "https://one.example/weather", 2*time.Hour).with("Rain in the north.", "")},
		{dated("n9", "News", "https://one.example/news", time.Hour).with("Dockers begin a strike.", ""), dated("w9", "Weather", "https://one.example/weather", time.Hour).with("Sun over Salis.", "")},
	}, []string{"News", "Weather", "News", "Weather"}},
	{"a document with new guids and dates alone", [][]item{
		{dated("g1", "Paper on corals", "https://one.example/doi/corals", 300*time.Hour), dated("g2", "Paper on moss", "https://one.example/doi/moss", 400*time.Hour)},
		{dated("h1", "Paper on corals", "https://one.example/doi/corals", time.Minute), dated("h2", "Paper on moss", "https://one.example/doi/moss", time.Minute)},
	}, []string{"Paper on corals", "Paper on moss"}},
}

// An entry whose key was made when fragments were no part of links is found again.
func TestEntriesWithOldLinkKeysAreKnown(t *testing.T) {
	r := open(t, "one")
	it := dated("", "Release 2.1 opens files faster", "https://one.example/changes#r2.1", time.Hour)
	r.visitWithOldKeys("one", it)
	before := r.ids("all")
	r.restart()
	r.pass(time.Minute)
	it.age += time.Minute
	r.visit("one", it)
	if diff := cmp.Diff(before, r.ids("all")); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
}

// visitWithOldKeys visits a source that lists one item without guid. Its entry gets the
// link key that earlier versions made.
func (r *env) visitWithOldKeys(source string, it item) {
	en := news.Entry{Source: source, Link: it.link, Headline: it.title, Published: news.Instant(r.now.Add(-it.age)), Hash: 1}
	en.Keys = news.Keys{Link: canon.LinkKey(it.link), Text: canon.TextKey(it.title)}
	v := &news.Visit{Source: source, Final: true, Entries: []news.Entry{en}, Listed: []uint64{en.Keys.Link}, Feed: &news.Feed{Title: source + " title", Site: "https://" + source + ".example/"}}
	r.file(news.Record{Visit: v})
	r.prev[source] = news.Instant(r.now)
}

// A document that is cut off does not say what its source no longer lists. When all in it has
// new guids and links, and a poller knew some of it, what it repeats is not new.
func TestReissueCutOff(t *testing.T) {
	for _, dated := range []bool{true, false} {
		r := open(t, "bbc")
		all := []item{
			fresh("a1", "Parliament adopts budget after night of debate", 30*time.Hour),
			fresh("a2", "Storm closes ports along the northern coast", 20*time.Hour),
			fresh("a3", "Museum returns stolen manuscripts to Timbuktu", 10*time.Hour),
		}
		for i := range all {
			all[i].dated, all[i].text = dated, "What happened to "+all[i].title
		}
		r.visit("bbc", all...)
		want := r.ids("all")
		r.pass(24 * time.Hour)
		for i := range all {
			all[i].age += 24 * time.Hour
			all[i].id, all[i].link = "new-"+all[i].id, "https://example.com/archive/"+all[i].id
		}
		r.visitAs("bbc", &news.Visit{Partial: true, Reissued: true}, all[:2]...)
		if diff := cmp.Diff(want, r.ids("all")); diff != "" {
			t.Errorf("dated %v: after the first part (-want +got):\n%s", dated, diff)
		}
		r.pass(time.Hour)
		for i := range all {
			all[i].age += time.Hour
		}
		r.visit("bbc", all...)
		if diff := cmp.Diff(want, r.ids("all")); diff != "" {
			t.Errorf("dated %v: after the whole (-want +got):\n%s", dated, diff)
		}
	}
}

// What a push brought is what its source has, as if its last document had listed it: the next
// document may have it under other keys.
func TestPushedThenChanged(t *testing.T) {
	const untilPush, later = time.Hour, 20 * time.Minute
	first := []item{
		fresh("a1", "Parliament adopts budget after night of debate", 30*time.Hour),
		fresh("a2", "Storm closes ports along the northern coast", 20*time.Hour),
		fresh("a3", "Museum returns stolen manuscripts to Timbuktu", 10*time.Hour),
	}
	pushed := fresh("a4", "Ferry to Marisun runs aground in fog", 10*time.Minute)
	next := func(change func(it *item), n int) (all []item) {
		for _, it := range append([]item{pushed}, first...) {
			it.age += later
			if it.id != pushed.id {
				it.age += untilPush
			}
			if len(all) < n {
				it.id, it.link = "new-"+it.id, "https://elsewhere.example/archive/"+it.id
				change(&it)
			}
			all = append(all, it)
		}
		return all
	}
	for name, items := range map[string][]item{
		"all under new keys":        next(func(*item) {}, 4),
		"the pushed one under them": next(func(*item) {}, 1),
		"undated":                   next(func(it *item) { it.dated = false }, 4),
		"rewritten":                 next(func(it *item) { it.title = "Ferry to Marisun runs aground in thick fog, 40 rescued" }, 1),
	} {
		for _, restarts := range []bool{false, true} {
			r := open(t, "bbc")
			r.visit("bbc", first...)
			r.pass(untilPush)
			r.visitAs("bbc", &news.Visit{Partial: true}, pushed)
			want := slices.Sorted(maps.Keys(r.ids("all")))
			if restarts {
				r.restart()
			}
			r.pass(later)
			r.visit("bbc", items...)
			if diff := cmp.Diff(want, slices.Sorted(maps.Keys(r.ids("all")))); diff != "" {
				t.Errorf("%s, restarts %v (-want +got):\n%s", name, restarts, diff)
			}
			for _, s := range r.top("all") {
				if len(s.Takes) != 1 {
					t.Errorf("%s, restarts %v: %q has %d takes", name, restarts, s.Headline, len(s.Takes))
				}
			}
		}
	}
}

// A source that only pushes has a bounded list of what it pushed.
func TestPartsAreBounded(t *testing.T) {
	r := open(t, "bbc")
	const n = news.MaxParts + 7
	for i := range n {
		r.visitAs("bbc", &news.Visit{Partial: true}, fresh(fmt.Sprint(i), fmt.Sprintf("Report %d of a %s", i, word(i)), time.Minute))
		r.pass(time.Minute)
	}
	err := r.store.View(func(tx *store.Tx) error {
		src, err := tx.Sources.Get("bbc")
		if err != nil {
			return err
		}
		if len(src.Parts) != news.MaxParts {
			t.Errorf("%d parts, want %d", len(src.Parts), news.MaxParts)
		}
		listed := 0
		err = tx.Entries.Each(func(en *news.Entry) error {
			if en.Unlisted.IsZero() {
				listed++
			}
			return nil
		})
		if listed != news.MaxParts {
			t.Errorf("%d of %d entries count as listed, want %d", listed, n, news.MaxParts)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
