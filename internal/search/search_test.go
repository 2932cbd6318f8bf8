package search_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/search"
	"github.com/slugline/slugline/internal/topic"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// vocabulary are the words that the test's sources tell their stories with, and queries ask
// for: several scripts, several forms of a word.
var vocabulary = strings.Fields(`hospital hospitals attacked attack attacks ransomware Dubai budget budgets running run -sport crypto 1,000 U.S. AT&T café
	مستشفى المستشفيات هجوم الهجمات دبي برمجيات الفدية 北京大学 北京 大会 政府新闻 日本経済 のニュース 서울 대통령은 больницы больница атака министр
	Krankenhaus Krankenhäuser geht gehen l'hôpital hôpitaux ข่าว โรงพยาบาล विश्व समाचार`)

func phrase(t *rapid.T, most int) string {
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom(vocabulary), 1, most).Draw(t, "words"), " ")
}

func item(t *rapid.T, id string) feed.Item {
	return feed.Item{
		ID: id, Title: phrase(t, 5), Summary: phrase(t, 8), Link: "https://" + rapid.SampledFrom([]string{"www.ft.example.co.uk/Sport/", "microsoft.example/news/ft/", "ar.example/أخبار/"}).Draw(t, "link") + id,
		Author: rapid.SampledFrom([]string{"", "Jane Doe", "محمد علي", "北京"}).Draw(t, "author"), Language: rapid.SampledFrom([]string{"", "en-GB", "ar", "de", "fr", "ru", "zh-Hans", "no"}).Draw(t, "lang"),
		Categories: rapid.SliceOfN(rapid.SampledFrom([]string{"Cyber Security", "Health", "صحة", "政府"}), 0, 2).Draw(t, "categories"),
	}
}

// query draws a query of any shape.
func query(t *rapid.T, depth int) string {
	if depth > 0 && rapid.IntRange(0, 2).Draw(t, "branch") > 0 {
		a, b := query(t, depth-1), query(t, depth-1)
		return rapid.SampledFrom([]string{a + " " + b, "(" + a + ") OR (" + b + ")", "(" + a + ") -(" + b + ")", "-(" + a + ")", "(" + a + ") AND (" + b + ")"}).Draw(t, "op")
	}
	w := strings.TrimPrefix(rapid.SampledFrom(vocabulary).Draw(t, "word"), "-")
	one := []rune(w)
	return rapid.SampledFrom([]string{
		w, w, string(one[:1]), string(one[:min(len(one), 2)]) + "*", `"` + phrase(t, 3) + `"`, `"` + phrase(t, 2) + `"*`, "title:" + w, "title:" + string(one[:1]) + "*",
		"source:" + rapid.SampledFrom([]string{"one", "gulf", "النيل", "北京", "title", "t*"}).Draw(t, "source"), "tag:" + rapid.SampledFrom([]string{"world", `"middle east"`, "mid*", "tech"}).Draw(t, "tag"),
		"lang:" + rapid.SampledFrom([]string{"en", "ar", "zh", "zh-hans", "en*", "no"}).Draw(t, "tongue"), "author:" + rapid.SampledFrom([]string{"doe", "محمد", "北", "j*"}).Draw(t, "who"),
		"category:" + rapid.SampledFrom([]string{"health", "cyber", `"cyber security"`, "صحة", "政"}).Draw(t, "section"),
		"link:" + rapid.SampledFrom([]string{"ft", "ft.example.co.uk/sport", "microsoft", "example/new*", "https://ar.example/أخبار", "/"}).Draw(t, "address"),
		"outlets:" + rapid.SampledFrom([]string{">1", "1", "<=2", ">=3", "<1"}).Draw(t, "voices"),
	}).Draw(t, "term")
}

// mustAgree holds a search against a scan.
func (r *env) mustAgree(t *rapid.T, text string) {
	q, err := topic.Parse(text)
	if err != nil {
		return
	}
	if diff := cmp.Diff(r.scan(q, false), r.find(q, rapid.SampledFrom([]int{1, 3, 50}).Draw(t, "page"))); diff != "" {
		t.Fatalf("%s (-scan +search):\n%s", text, diff)
	}
	got, err := r.index.Count(context.Background(), q, 1000)
	if err != nil {
		t.Fatalf("count %s: %v", text, err)
	}
	if want := (search.Tally{Examined: len(r.stories()), Carries: len(r.scan(q, true))}); got != want {
		t.Fatalf("count %s: got %+v, want %+v", text, got, want)
	}
}

// randomEvent lets something happen in the newsroom.
func (r *env) randomEvent(t *rapid.T) {
	r.now = r.now.Add(time.Duration(rapid.IntRange(1, 90).Draw(t, "minutes")) * time.Minute)
	all := r.stories()
	some := func() *news.Story { return all[rapid.IntRange(0, len(all)-1).Draw(t, "story")] }
	switch what := rapid.IntRange(0, 11).Draw(t, "act"); {
	case what < 5 || len(all) == 0:
		var items []feed.Item
		for range rapid.IntRange(0, 4).Draw(t, "items") {
			items = append(items, item(t, fmt.Sprint(rapid.IntRange(0, 9).Draw(t, "id"))))
		}
		r.visit(rapid.SampledFrom([]string{"one", "two", "three", "vault"}).Draw(t, "source"), items...)
	case what == 5:
		if s := some(); len(s.Takes) > 1 {
			r.order("split", s.Takes[rapid.IntRange(0, len(s.Takes)-1).Draw(t, "take")].Entry)
		}
	case what == 6:
		r.order("merge", some().ID, some().ID)
	case what == 7:
		r.order("hide", some().ID)
	case what == 8:
		r.order("unhide", some().ID)
	case what == 9: // an outlet takes its headline back
		r.visit("one", feed.Item{ID: fmt.Sprint(rapid.IntRange(0, 9).Draw(t, "id")), Title: "KILL: " + some().Headline})
	case what == 10:
		r.now = r.now.Add(time.Duration(rapid.IntRange(1, 60).Draw(t, "hours")) * time.Hour)
		r.file(news.Record{Sweep: &news.Sweep{}})
	default:
		src := &r.rules.Sources[rapid.IntRange(0, 3).Draw(t, "source")]
		src.Language = rapid.SampledFrom([]string{"", "en", "ar", "de"}).Draw(t, "language")
		src.Title = rapid.SampledFrom([]string{"", "Gulf Wire", "Northern Post"}).Draw(t, "title")
		r.enforce()
	}
}

// Whatever happens in the newsroom, a search finds what a scan of the stored stories
// finds, page by page, before the index has caught up and after, and across restarts.
func TestSearchAgreesWithAScan(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := open(t)
		defer func() { r.close(); r.close = func() {} }()
		r.limit = rapid.SampledFrom([]int{0, 1, 3}).Draw(rt, "narrow")
		r.restart(nil)
		r.waitUntilCaughtUp()
		for range rapid.IntRange(1, 4).Draw(rt, "rounds") {
			for range rapid.IntRange(1, 6).Draw(rt, "acts") {
				r.randomEvent(rt)
			}
			r.mustAgree(rt, query(rt, 2))
			if rapid.IntRange(0, 3).Draw(rt, "restart") == 0 {
				r.restart(nil)
			}
			r.waitUntilCaughtUp()
			for range 8 {
				r.mustAgree(rt, query(rt, 2))
			}
		}
	})
}

// envWithStories is a newsroom with some stories, drawn the same each time.
func envWithStories(t testing.TB) *env {
	r := open(t)
	for i := range 12 {
		items := rapid.Custom(func(rt *rapid.T) []feed.Item {
			var out []feed.Item
			for k := range 4 {
				out = append(out, item(rt, fmt.Sprint(i, "-", k)))
			}
			return out
		}).Example(i)
		r.now = r.now.Add(time.Hour)
		r.visit([]string{"one", "two", "three", "vault"}[i%4], items...)
		if i%4 == 1 {
			r.visit("three", items[0], items[1])
		}
	}
	return r
}

// An index that is missing, damaged, or another's is made anew, and says so.
func TestIndexIsMadeAnew(t *testing.T) {
	r := envWithStories(t)
	dir := r.path + ".search"
	file := func(pattern string) string {
		all, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil || len(all) == 0 {
			t.Fatalf("no %s: %v", pattern, err)
		}
		return all[0]
	}
	spoil := func(pattern string, change func([]byte) []byte) func() {
		return func() {
			name := file(pattern)
			b, err := os.ReadFile(name)
			r.must(err)
			r.must(os.WriteFile(name, change(b), 0o600))
		}
	}
	flip := func(b []byte) []byte { b[len(b)/2] ^= 0x40; return b }
	for _, tt := range []struct {
		name string
		do   func()
		anew bool
	}{
		{"missing", func() { r.must(os.RemoveAll(dir)) }, true},
		{"nothing happened", nil, false},
		{"a segment with a bit turned", spoil("*.zap", flip), true},
		{"a segment cut off", spoil("*.zap", func(b []byte) []byte { return b[:len(b)/2] }), true},
		{"an empty segment", spoil("*.zap", func([]byte) []byte { return nil }), true},
		{"a segment missing", func() { r.must(os.Remove(file("*.zap"))) }, true},
		{"its table of contents overwritten", spoil("root.bolt", func(b []byte) []byte { return []byte(strings.Repeat("x", len(b))) }), true},
		{"its table of contents cut off", spoil("root.bolt", func(b []byte) []byte { return b[:len(b)/4] }), true},
		{"a folder of something else", func() {
			r.must(errors.Join(os.RemoveAll(dir), os.WriteFile(dir, []byte("not a folder"), 0o600)))
		}, true},
	} {
		var log bytes.Buffer
		r.log = slog.New(slog.NewTextHandler(&log, nil))
		r.restart(tt.do)
		r.waitUntilCaughtUp()
		q, err := topic.Parse("hospital OR 北京 OR مستشفى")
		r.must(err)
		if diff := cmp.Diff(r.scan(q, false), r.find(q, 50)); diff != "" || len(r.scan(q, false)) == 0 {
			t.Errorf("%s (-scan +search):\n%s", tt.name, diff)
		}
		r.close()
		r.close = func() {}
		if anew := strings.Contains(log.String(), "search index is being made"); anew != tt.anew {
			t.Errorf("%s: made anew %v, want %v; log:\n%s", tt.name, anew, tt.anew, log.String())
		}
	}
}

// While the index is made, a search finds what is in and what is not; when the making is
// cut off, it goes on where it was.
func TestSearchWhileTheIndexIsMade(t *testing.T) {
	r := envWithStories(t)
	steps, hold := 0, make(chan struct{})
	reached := make(chan struct{}, 100)
	r.limit = 2
	r.afterStep = func() {
		steps++
		reached <- struct{}{}
		select {
		case <-hold:
		case <-t.Context().Done():
		}
	}
	r.restart(func() { r.must(os.RemoveAll(r.path + ".search")) })
	for range 3 {
		<-reached
		if st := r.index.Status(); !st.Building || st.Reached.IsZero() {
			t.Errorf("status while it is made: %+v", st)
		}
		r.visit("one", feed.Item{ID: fmt.Sprint("meanwhile", steps), Title: "Hospital news meanwhile " + fmt.Sprint(steps)})
		for _, text := range []string{"hospital", "-hospital", "北京 OR مستشفى", "outlets:>1", "lang:en* -title:attack*"} {
			q, err := topic.Parse(text)
			r.must(err)
			if diff := cmp.Diff(r.scan(q, false), r.find(q, 3)); diff != "" {
				t.Errorf("%s after step %d (-scan +search):\n%s", text, steps, diff)
			}
			n, err := r.index.Count(context.Background(), q, 1000)
			if want := len(r.scan(q, true)); err != nil || n.Carries != want {
				t.Errorf("%s after step %d: count %+v (%v), want %d", text, steps, n, err, want)
			}
		}
		hold <- struct{}{}
	}
	<-reached
	before := steps
	r.afterStep = func() { steps++ }
	close(hold)
	r.restart(nil)
	r.waitUntilCaughtUp()
	if all := len(r.stories()) / 2; steps <= before || steps > all+2 {
		t.Errorf("%d steps, %d of them before the restart, for %d stories, two a step", steps, before, 2*all)
	}
	q, err := topic.Parse("hospital")
	r.must(err)
	if diff := cmp.Diff(r.scan(q, false), r.find(q, 3)); diff != "" {
		t.Errorf("when it is made (-scan +search):\n%s", diff)
	}
}

// A language that feeds.yaml gives to a source counts at once, before its stories are
// stemmed by it in the index.
func TestSearchKnowsLanguagesAtOnce(t *testing.T) {
	r := open(t)
	r.visit("one", feed.Item{ID: "a", Title: "The hospitals of Dubai"}, feed.Item{ID: "b", Title: "Nothing of the kind"})
	r.waitUntilCaughtUp()
	r.every = time.Hour
	r.restart(nil)
	r.waitUntilCaughtUp()
	r.rules.Sources[0].Language = "en"
	r.enforce()
	for _, text := range []string{"hospital", "-hospital", "outlets:1 -hospital"} {
		q, err := topic.Parse(text)
		r.must(err)
		if diff := cmp.Diff(r.scan(q, false), r.find(q, 5)); diff != "" {
			t.Errorf("%s (-scan +search):\n%s", text, diff)
		}
	}
}

// A database that was restored from a copy knows other stories than the index does.
func TestIndexOfARestoredDatabaseIsMadeAnew(t *testing.T) {
	r := envWithStories(t)
	r.waitUntilCaughtUp()
	var copied []byte
	r.restart(func() {
		b, err := os.ReadFile(r.path)
		r.must(err)
		copied = b
	})
	r.visit("one", feed.Item{ID: "later", Title: "Told after the copy was made"})
	r.waitUntilCaughtUp()
	r.restart(func() { r.must(os.WriteFile(r.path, copied, 0o600)) })
	r.visit("two", feed.Item{ID: "other", Title: "Told after the copy came back"})
	r.waitUntilCaughtUp()
	for text, want := range map[string]int{"told made": 0, "told back": 1} {
		q, err := topic.Parse(text)
		r.must(err)
		if got := r.find(q, 10); len(got) != want {
			t.Errorf("%s: found %v, want %d", text, got, want)
		}
	}
}

// A search that nobody waits for ends, one that comes too early says so.
func TestSearchEndsWithItsContext(t *testing.T) {
	r := envWithStories(t)
	r.waitUntilCaughtUp()
	q, err := topic.Parse("hospital")
	r.must(err)
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := r.index.Find(ctx, q, nil, 10); !errors.Is(err, context.Canceled) {
		t.Errorf("find with a context that ended: %v", err)
	}
	early := &search.Index{Store: r.store, Dir: t.TempDir()}
	if _, err := early.Find(context.Background(), q, nil, 10); !errors.Is(err, search.ErrClosed) || !early.Status().Opening {
		t.Errorf("find before Run: %v", err)
	}
}

// FuzzFind holds what anybody may write into the search box against a scan.
func FuzzFind(f *testing.F) {
	for _, q := range []string{
		`(hospital* OR ransomware OR "北京 大会") -budget lang:en`, `title:(a OR -"b c"*) outlets:>=1`, "tag:w* NOT NOT y", "-x", "学", "ن*", "link:/", "source:one -source:two",
		"category:政 author:北", `"attacks 1,000"*`, "lang:en*", "outlets:<9 -lang:ar", "AT&T", "U.S.", "\u200fالمستشفيات",
	} {
		f.Add(q)
	}
	all := envWithStories(f)
	all.waitUntilCaughtUp()
	f.Fuzz(func(t *testing.T, text string) {
		r := *all
		r.TB = t
		q, err := topic.Parse(text)
		if err != nil || len(text) > 2000 {
			return
		}
		if diff := cmp.Diff(r.scan(q, false), r.find(q, 7)); diff != "" {
			t.Errorf("%q (-scan +search):\n%s", text, diff)
		}
		got, err := r.index.Count(t.Context(), q, 1000)
		if err != nil || got.Carries != len(r.scan(q, true)) {
			t.Errorf("%q: count %+v (%v), want %d", text, got, err, len(r.scan(q, true)))
		}
	})
}
