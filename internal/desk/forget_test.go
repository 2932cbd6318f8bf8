package desk

import (
	"slices"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/canon"
	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// openForgetful opens a desk that deletes texts and stories soon.
func openForgetful(t *testing.T) *env {
	r := open(t, "one")
	r.rules.Keep, r.rules.Archive, r.rules.Topics[0].Stories = 24*time.Hour, 7*24*time.Hour, 1
	r.enforce()
	return r
}

// visitItems visits source one, whose document has these items.
func (r *env) visitItems(items ...feed.Item) {
	r.t.Helper()
	r.pass(time.Minute)
	doc := &feed.Document{Items: items}
	v := &news.Visit{Source: "one", Prev: r.prev["one"], Final: true, Entries: canon.Entries(doc, news.Source{ID: "one"}), Listed: []uint64{}}
	for i := range v.Entries {
		v.Listed = append(v.Listed, v.Entries[i].Keys.First())
	}
	r.file(news.Record{Visit: v})
	r.prev["one"] = news.Instant(r.now)
}

// forgotten visits items and returns their entries after retention deleted their texts and
// stories.
func (r *env) forgotten(items ...feed.Item) (all []*news.Entry) {
	r.t.Helper()
	r.visitItems(items...)
	for range 9 {
		r.pass(20 * time.Hour)
		r.visitItems(feed.Item{ID: "tag:one.example,2026:last", Link: "https://one.example/2026/ferry", Title: "Ferry service resumes across the strait", Published: r.now})
		r.sweep()
	}
	for _, en := range r.entries() {
		if en.Published.After(dawn) {
			continue
		}
		if !en.TextDeleted || r.story(en.Story) != nil {
			r.t.Fatalf("entry %+v of story %+v, want it without text and without story", en, r.story(en.Story))
		}
		all = append(all, en)
	}
	if len(all) != len(items) {
		r.t.Fatalf("%d entries are forgotten, want %d", len(all), len(items))
	}
	return all
}

func (r *env) entries() (all []*news.Entry) {
	r.t.Helper()
	err := r.store.View(func(tx *store.Tx) error {
		return tx.Entries.Each(func(en *news.Entry) error { all = append(all, en); return nil })
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return all
}

func tunnelItems() []feed.Item {
	return []feed.Item{
		{ID: "tag:one.example,2026:tunnel", Link: "https://one.example/2026/tunnel", Title: "Harbour council approves the tunnel plan", Published: dawn.Add(-time.Hour)},
		{ID: "tag:one.example,2026:shaft", Link: "https://one.example/2026/shaft", Title: "Miners rescued from flooded shaft", Published: dawn.Add(-2 * time.Hour)},
	}
}

// Once its story is deleted, an entry has no link and no headline. Its item is recognized when
// it comes back, by its guid, its link, its headline and date, or its headline and path.
func TestForgottenItemsAreRecognized(t *testing.T) {
	for name, change := range map[string]func(*feed.Item){
		"as it was":       func(*feed.Item) {},
		"edited":          func(it *feed.Item) { it.Title = "Updated: " + it.Title },
		"with a new link": func(it *feed.Item) { it.Link += "-moved" },
		"with a new guid": func(it *feed.Item) { it.ID += "-new" },
		"under a new guid and link, with its date": func(it *feed.Item) { it.ID, it.Link = it.ID+"-new", it.Link+"-moved" },
		"from another host, with another date": func(it *feed.Item) {
			it.ID, it.Link, it.Published = it.ID+"-new", "https://moved.example"+it.Link[len("https://one.example"):], dawn.Add(48*time.Hour)
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := openForgetful(t)
			items := tunnelItems()
			for _, en := range r.forgotten(items...) {
				if en.Headline != "" || en.Link != "" || en.GUID != "" || en.Keys.Page != "" || en.Path == 0 {
					t.Errorf("%+v, want no headline and no link", en)
				}
			}
			had := len(r.entries())
			for i := range items {
				change(&items[i])
			}
			r.visitItems(items...)
			all := r.entries()
			for _, it := range items {
				if !slices.ContainsFunc(all, func(en *news.Entry) bool { return en.Headline == it.Title && en.Link == it.Link && en.Path == 0 }) {
					t.Errorf("no entry has the headline %q and the link %s", it.Title, it.Link)
				}
			}
			if len(all) != had {
				t.Errorf("%d entries, want %d: none is new", len(all), had)
			}
		})
	}
}

// An entry with which items are compared by its link or headline keeps both, and all do under
// the rules of an older fold.
func TestLinksThatIdentifyStay(t *testing.T) {
	for name, change := range map[string]func(*env, *feed.Item){
		"no guid":     func(_ *env, it *feed.Item) { it.ID = "" },
		"a weak guid": func(_ *env, it *feed.Item) { it.ID = "1" },
		"a place":     func(_ *env, it *feed.Item) { it.Link += "#part" },
		"an older fold": func(r *env, _ *feed.Item) {
			r.setRules(func(rules *news.Rules) { rules.Fold = deletesLinks - 1 })
			r.restart()
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := openForgetful(t)
			it := tunnelItems()[0]
			change(r, &it)
			if en := r.forgotten(it)[0]; en.Headline != it.Title || en.Link == "" || en.Path != 0 {
				t.Errorf("%+v, want headline and link", en)
			}
		})
	}
}
