package desk

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/slugline/slugline/internal/canon"
	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// TestSameRecordsSameState applies one sequence of records to two stores: one by one to
// the first; in groups of any size, with restarts and repeated records to the second.
func TestSameRecordsSameState(t *testing.T) {
	dir := t.TempDir()
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		first := filepath.Join(dir, fmt.Sprint(n, "a.db"))
		records, one := unfold(t, first)
		if err := store.Verify(first); err != nil {
			t.Fatal(err)
		}
		two := digestOf(t, filepath.Join(dir, fmt.Sprint(n, "b.db")), records, func() (int, bool) {
			return rapid.IntRange(1, 5).Draw(t, "group"), rapid.Bool().Draw(t, "restart")
		})
		if one != two {
			t.Fatalf("digests differ after %d records", len(records))
		}
	})
}

// TestHoldsAndVersionsReplay applies the records of a morning again, in which stories were
// held, released, withdrawn and hidden, and articles came back under other keys.
func TestHoldsAndVersionsReplay(t *testing.T) {
	r := open(t, "one", "two")
	r.rules.Topics = append(r.rules.Topics, news.Topic{Name: "events", Fold: news.FoldEvent, Stories: 5, Hold: []string{"nurses"}}, news.Topic{Name: "entries", Fold: news.FoldNone, Stories: 5})
	r.enforce()
	number := func(slug string) string { return "https://one.example/n/" + slug + "-81723" }
	walkout := dated("a", "Dockers walk out at Valdora", number("walk-out"), time.Minute)
	embargo, nurses := fresh("b", "EMBARGOED UNTIL 07:00 GMT: Central bank cuts rates", time.Minute), fresh("c", "Hospitals short of nurses", time.Minute)
	speech := fresh("d", "EMBARGO: Speech of the minister", time.Minute)
	r.visit("one", walkout, embargo, nurses, speech)
	r.visit("two", fresh("z", "Central bank cuts rates", -2*time.Hour), fresh("y", "Dockers walk out at Valdora", time.Minute))
	r.pass(10 * time.Minute)
	r.order("release", r.storyCalled(speech.title).ID)
	walkout.age += 10 * time.Minute
	walkout.id, walkout.title, walkout.link = "a2", "Dockers return to work at Valdora", number("return")
	r.visit("one", walkout, embargo, nurses, speech)
	r.pass(51 * time.Minute)
	r.sweep()
	r.order("hide", r.storyCalled("Central bank cuts rates").ID)
	r.order("release", r.storyCalled(nurses.title).ID)
	r.visit("two", fresh("k", "BULLETIN KILL", 0), fresh("l", "KILL: Dockers walk out at Valdora", 0))
	r.order("undo", fmt.Sprint(r.seq()-2))
	want := r.digest()
	for _, size := range []int{1, 3, len(r.filed)} {
		if got := r.replay(size); got != want {
			t.Errorf("the digest differs after the records were applied again in groups of %d, with restarts", size)
		}
	}
}

func (r *env) digest() string {
	r.t.Helper()
	r.restart()
	digest, err := r.store.Digest()
	if err != nil {
		r.t.Fatal(err)
	}
	return digest
}

// replay applies the records that were filed to a new store, which is reopened after each
// group, and returns its digest.
func (r *env) replay(size int) (digest string) {
	r.t.Helper()
	path := filepath.Join(r.t.TempDir(), "again.db")
	for group := range slices.Chunk(r.filed, size) {
		st, err := store.Open(path, store.Options{})
		if err != nil {
			r.t.Fatal(err)
		}
		d, err := Open(st, nil, nil, nil)
		if err != nil {
			r.t.Fatal(err)
		}
		var filings []filing
		for _, rec := range group {
			filings = append(filings, filing{record: clone(rec)})
		}
		_, err = d.commit(filings)
		if err == nil {
			digest, err = st.Digest()
		}
		if err := errors.Join(err, st.Close()); err != nil {
			r.t.Fatal(err)
		}
	}
	return digest
}

// digestOf applies the records in groups and returns the store's digest. next returns
// the size of the next group, and whether the store is reopened after it.
func digestOf(t *rapid.T, path string, records []news.Record, next func() (int, bool)) string {
	st, d := reopen(t, nil, path)
	for rest := records; len(rest) > 0; {
		size, restart := next()
		size = min(size, len(rest))
		var group []filing
		for _, r := range rest[:size] {
			group = append(group, filing{record: clone(r)})
		}
		if rapid.Bool().Draw(t, "again") {
			group = append(group, filing{record: clone(records[0])})
		}
		if _, err := d.commit(group); err != nil {
			t.Fatal(err)
		}
		rest = rest[size:]
		if restart {
			st, d = reopen(t, st, path)
		}
	}
	digest, err := st.Digest()
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	return digest
}

func reopen(t *rapid.T, st *store.Store, path string) (*store.Store, *Desk) {
	if st != nil {
		if err := st.Close(); err != nil {
			t.Fatal(err)
		}
	}
	st, err := store.Open(path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	d, err := Open(st, nil, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return st, d
}

// clone returns a record with entries and sources of its own.
func clone(r news.Record) news.Record {
	if r.Visit != nil {
		v := *r.Visit
		v.Entries = append([]news.Entry(nil), v.Entries...)
		r.Visit = &v
	}
	if r.Rules != nil {
		c := *r.Rules
		c.Sources = append([]news.Source(nil), c.Sources...)
		r.Rules = &c
	}
	return r
}

// unfold draws records while it applies them one by one, so that orders can name the
// stories that are stored. It returns the records and the store's digest.
func unfold(t *rapid.T, path string) ([]news.Record, string) {
	st, d := reopen(t, nil, path)
	at := dawn
	var records []news.Record
	add := func(r news.Record) {
		r.At = at
		r.SetID()
		records = append(records, clone(r))
		if _, err := d.commit([]filing{{record: r}}); err != nil {
			t.Fatal(err)
		}
	}
	add(news.Record{Rules: drawRules(t)})
	prev := map[string]time.Time{}
	for range rapid.IntRange(5, 30).Draw(t, "records") {
		at = at.Add(time.Duration(rapid.IntRange(-60, 400).Draw(t, "minutes")) * time.Minute)
		switch rapid.IntRange(0, 12).Draw(t, "kind") {
		case 12:
			add(news.Record{}) // refused
		case 0:
			add(news.Record{Sweep: &news.Sweep{}})
		case 1:
			add(news.Record{Rules: drawRules(t)})
		case 2, 3, 4:
			add(news.Record{Order: drawOrder(t, st, at)})
		case 5:
			add(news.Record{Sent: &news.Sent{Notices: notices(t, st)}})
		default:
			v := drawVisit(t, at)
			v.Prev = prev[v.Source]
			prev[v.Source] = at
			add(news.Record{Visit: v})
		}
	}
	digest, err := st.Digest()
	if err := errors.Join(err, st.Close()); err != nil {
		t.Fatal(err)
	}
	return records, digest
}

func notices(t *rapid.T, st *store.Store) (ids []string) {
	err := st.View(func(tx *store.Tx) error {
		all, err := tx.Notices.Latest(0, 3)
		for _, n := range all {
			ids = append(ids, n.ID)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

func drawOrder(t *rapid.T, st *store.Store, at time.Time) *news.Order {
	stories, entries, decisions := []string{"0000000000000"}, []string{"0000000000000"}, []string{"1"}
	err := st.View(func(tx *store.Tx) error {
		all, err := tx.Orders.All()
		for _, r := range all {
			decisions = append(decisions, fmt.Sprint(r.Seq))
		}
		return errors.Join(err, tx.Stories.Each(func(s *news.Story) error {
			stories = append(stories, s.ID)
			for _, take := range s.Takes {
				entries = append(entries, take.Entry)
			}
			return nil
		}))
	})
	if err != nil {
		t.Fatal(err)
	}
	story := func() string { return rapid.SampledFrom(stories).Draw(t, "story") }
	topic := rapid.SampledFrom([]string{"all", "some", "none"}).Draw(t, "topic")
	return rapid.SampledFrom([]*news.Order{
		{Verb: "split", Args: []string{rapid.SampledFrom(entries).Draw(t, "entry")}},
		{Verb: "merge", Args: []string{story(), story()}},
		{Verb: "merge", Args: []string{story(), story(), "event"}},
		{Verb: "split", Args: []string{story(), "event"}},
		{Verb: "hide", Args: []string{story()}},
		{Verb: "hide", Args: []string{story(), topic}},
		{Verb: "unhide", Args: []string{story()}},
		{Verb: "pin", Args: []string{story(), topic}, Until: at.Add(6 * time.Hour)},
		{Verb: "unhide", Args: []string{story(), topic}},
		{Verb: "claim", Args: []string{story()}, Who: "anna"},
		{Verb: "claim", Args: []string{story(), "event"}, Who: "anna"},
		{Verb: "note", Args: []string{story()}, Who: "anna", Why: "calling the port"},
		{Verb: "pause", Args: []string{"one"}, Who: "anna"},
		{Verb: "resume", Args: []string{"one"}, Who: "anna"},
		{Verb: "praise", Args: []string{story()}},
		{Verb: "release", Args: []string{story()}},
		{Verb: "undo", Args: []string{rapid.SampledFrom(decisions).Draw(t, "decision")}},
	}).Draw(t, "order")
}

func drawRules(t *rapid.T) *news.Rules {
	r := &news.Rules{Site: news.Site{URL: "https://press.example"}, Keep: time.Duration(rapid.IntRange(1, 48).Draw(t, "keep")) * time.Hour}
	for _, name := range []string{"one", "two", "three"} {
		r.Sources = append(r.Sources, news.Source{Name: name, Address: "https://" + name + ".example/rss", Rank: rapid.IntRange(0, 2).Draw(t, "rank"), Keyed: name == "three" && rapid.Bool().Draw(t, "keyed"),
			Fold: rapid.SampledFrom([]news.FoldMode{news.FoldStory, news.FoldStory, news.FoldNone}).Draw(t, "source fold")})
	}
	r.Archive = time.Duration(rapid.IntRange(0, 48).Draw(t, "archive")) * time.Hour
	r.Topics = []news.Topic{{Name: "all", Stories: 5}, {Name: "some", Stories: 3, Window: 24 * time.Hour}}
	for i := range r.Topics {
		r.Topics[i].Fold = rapid.SampledFrom([]news.FoldMode{news.FoldStory, news.FoldEvent, news.FoldNone, news.FoldLink}).Draw(t, "fold")
	}
	r.Topics[0].PreferFree = rapid.Bool().Draw(t, "prefer free")
	if rapid.Bool().Draw(t, "hold") {
		r.Topics[1].Hold = []string{"ferry"}
	}
	r.Topics[1].Match = []string{rapid.SampledFrom([]string{"ferry", "outlets:>1", "tunnel OR miners"}).Draw(t, "match")}
	for _, name := range []string{"a", "b"} {
		r.Alerts = append(r.Alerts, news.Alert{
			Name: name, When: rapid.SampledFrom([]news.When{news.WhenStory, news.WhenBreaking}).Draw(t, "when"), To: []news.Target{{ID: "here"}, {ID: name}},
			Match: []string{rapid.SampledFrom([]string{"ferry", "outlets:>1", "miners OR tunnel"}).Draw(t, "alert")},
			Quiet: [2]time.Duration{0, time.Duration(rapid.IntRange(0, 9).Draw(t, "quiet")) * time.Hour},
		})
	}
	return r
}

func drawVisit(t *rapid.T, at time.Time) *news.Visit {
	heads := []string{"Ferry service resumes across the strait", "Harbour council approves the tunnel plan", "Miners rescued from flooded shaft", "Morning briefing", "Ransomware stops three hospitals", "KILL: Miners rescued from flooded shaft", "Ferry service resumes over the strait today",
		"CORRECTED-Ferry service resumes across the sound", "KILL: Ferry service resumes across the strait", "BULLETIN KILL",
		"EMBARGO: Ferry service resumes across the strait", "EMBARGOED UNTIL 18:00 GMT: Harbour council approves the tunnel plan", "Ferry service across the strait resumes, company says"}
	doc := &feed.Document{Feed: news.Feed{Title: rapid.SampledFrom([]string{"A", "B"}).Draw(t, "title")}}
	for range rapid.IntRange(0, 6).Draw(t, "items") {
		id := rapid.SampledFrom([]string{"", "1", "2", "3", "4"}).Draw(t, "guid")
		it := feed.Item{ID: id, Title: rapid.SampledFrom(heads).Draw(t, "headline")}
		if rapid.Bool().Draw(t, "linked") {
			it.Link = "https://one.example/2026/" + rapid.SampledFrom([]string{"a-long-article-name", "b-long-article-name", "c-long-article-name", "a-name-81723", "b-name-81723"}).Draw(t, "link") + ".html"
		}
		if rapid.Bool().Draw(t, "dated") {
			it.Published = at.Add(-time.Duration(rapid.IntRange(-60, 3000).Draw(t, "age")) * time.Minute)
		}
		doc.Items = append(doc.Items, it)
	}
	v := &news.Visit{Source: rapid.SampledFrom([]string{"one", "two", "three"}).Draw(t, "source"), Feed: &doc.Feed, Final: rapid.IntRange(0, 3).Draw(t, "final") > 0}
	v.Entries = canon.Entries(doc, news.Source{ID: v.Source})
	if rapid.IntRange(0, 3).Draw(t, "later batch") == 0 {
		return v
	}
	v.Listed = []uint64{}
	for _, en := range v.Entries {
		v.Listed = append(v.Listed, en.Keys.First())
	}
	return v
}
