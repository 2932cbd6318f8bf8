package search_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
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

// vocabulary has the words of headlines and queries: several scripts, several forms of
// a word. A ~ is the half-space of Persian.
var vocabulary = strings.Fields(strings.ReplaceAll(`hospital hospitals attacked attack attacks ransomware Dubai budget budgets running run -sport crypto 1,000 U.S. AT&T café Wi-Fi wifi WHO who cyber F-35 F-35s C++ heise+ heise
	مستشفى المستشفيات هجوم الهجمات دبي برمجيات الفدية 北京大学 北京 大会 政府新闻 A股 A股市场 日対EU 対EU 京都 東京都 日本経済 のニュース 서울 대통령은 больницы больница атака министр
	الشرع للشرع شرع وزير وللوزراء زن زنان שר השרים посол Послы Pixel 11 Pixel11 Marks Marks&Spencer
	غزة بغزة وغزة والمستشفى عمله عملة آتش~بس آتش بس رئیس~جمهور رئیس جمهور می~خواهد می خواهد کتاب~های کتاب הממשלה ממשלת וממשלה Иран Ирана Киев Києва Київ Çin’e Çin Ankara’da Ankara
	eleição eleições Krankenhaus Krankenhäuser geht gehen l'hôpital hôpitaux ข่าว โรงพยาบาล विश्व समाचार`, "~", "\u200c"))

func phrase(t *rapid.T, most int) string {
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom(vocabulary), 1, most).Draw(t, "words"), " ")
}

func item(t *rapid.T, id string) feed.Item {
	return feed.Item{
		ID: id, Title: phrase(t, 5), Summary: phrase(t, 8), Link: "https://" + rapid.SampledFrom([]string{"www.ft.example.co.uk/Sport/", "microsoft.example/news/ft/", "ar.example/أخبار/"}).Draw(t, "link") + id,
		Author: rapid.SampledFrom([]string{"", "Jane Doe", "محمد علي", "北京"}).Draw(t, "author"), Language: rapid.SampledFrom([]string{"", "en-GB", "ar", "de", "fr", "ru", "zh-Hans", "no", "pt", "tr", "uk", "he", "fa", "bg"}).Draw(t, "lang"),
		Categories: rapid.SliceOfN(rapid.SampledFrom([]string{"Cyber Security", "Health", "صحة", "政府"}), 0, 2).Draw(t, "categories"),
		Media:      rapid.SampledFrom([][]news.Media{nil, {{URL: "https://media.example/1.mp4", Type: "video/mp4"}}, {{URL: "https://media.example/1.jpg", Picture: true}}}).Draw(t, "media"),
	}
}

// values are what queries ask for in fields that don't hold the vocabulary.
var values = map[string][]string{
	"source":   {"one", "gulf", "النيل", "北京", "title", "t*"},
	"has":      {"audio", "video", "picture", "star", "assigned"},
	"assigned": {"lena", `"Omar K."`, "l*"},
	"topic":    {"all", "cyber"},
	"tag":      {"world", `"middle east"`, "mid*", "tech"},
	"lang":     {"en", "ar", "zh", "zh-hans", "en*", "no"},
	"author":   {"doe", "محمد", "北", "j*"},
	"category": {"health", "cyber", `"cyber security"`, "صحة", "政"},
	"link":     {"ft", "ft.example.co.uk/sport", "microsoft", "example/new*", "https://ar.example/أخبار", "/"},
}

// query draws a query of any shape.
func query(t *rapid.T, depth int) string {
	if depth > 0 && rapid.IntRange(0, 2).Draw(t, "branch") > 0 {
		a, b := query(t, depth-1), query(t, depth-1)
		return rapid.SampledFrom([]string{a + " " + b, "(" + a + ") OR (" + b + ")", "(" + a + ") -(" + b + ")", "-(" + a + ")", "(" + a + ") AND (" + b + ")"}).Draw(t, "op")
	}
	if rapid.Bool().Draw(t, "anywhere") {
		return text(t)
	}
	return term(t, rapid.SampledFrom(topic.Fields).Draw(t, "field"))
}

// text draws a word, a character, a prefix or a phrase.
func text(t *rapid.T) string {
	w := strings.TrimPrefix(rapid.SampledFrom(vocabulary).Draw(t, "word"), "-")
	one := []rune(w)
	return rapid.SampledFrom([]string{w, w, "=" + w, `"=` + phrase(t, 2) + `"`, string(one[:1]), string(one[:min(len(one), 2)]) + "*", `"` + phrase(t, 3) + `"`, `"` + phrase(t, 2) + `"*`}).Draw(t, "text")
}

// term draws a query about one field.
func term(t *rapid.T, f *topic.Field) string {
	known := values[f.Name]
	switch {
	case f.Kind == topic.Moment:
		return f.Name + ":" + rapid.SampledFrom([]string{"1h", "9h", "2d", "3w", "2026"}).Draw(t, "age")
	case f.Kind == topic.Number:
		return f.Name + ":" + rapid.SampledFrom([]string{">1", "1", "<=2", ">=3", "<1"}).Draw(t, "number")
	case len(known) > 0:
		return f.Name + ":" + rapid.SampledFrom(known).Draw(t, "value")
	case f.Kind == topic.Exact:
		return f.Example
	}
	return f.Name + ":" + text(t)
}

// mustAgree compares a search with a scan, and a count too.
func (r *env) mustAgree(t *rapid.T, text string) {
	scope := topic.Searching(r.now, nil)
	scope.Desk, scope.Stars = true, func() map[string]*news.Star { return r.stars }
	q, err := scope.Parse(text)
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

// randomEvent files a random record: a visit, an order, a sweep or new rules.
func (r *env) randomEvent(t *rapid.T) {
	r.now = r.now.Add(time.Duration(rapid.IntRange(1, 90).Draw(t, "minutes")) * time.Minute)
	all := r.stories()
	some := func() *news.Story { return all[rapid.IntRange(0, len(all)-1).Draw(t, "story")] }
	switch what := rapid.IntRange(0, 13).Draw(t, "event"); {
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
	case what == 9: // an outlet withdraws a headline
		r.visit("one", feed.Item{ID: fmt.Sprint(rapid.IntRange(0, 9).Draw(t, "id")), Title: "KILL: " + some().Headline})
	case what == 10:
		r.now = r.now.Add(time.Duration(rapid.IntRange(1, 60).Draw(t, "hours")) * time.Hour)
		r.file(news.Record{Sweep: &news.Sweep{}})
	case what == 11:
		r.order("assign", some().ID, rapid.SampledFrom([]string{"Lena", "Omar K."}).Draw(t, "colleague"))
	case what == 12:
		s := some()
		r.stars = maps.Clone(r.stars)
		if r.stars == nil {
			r.stars = map[string]*news.Star{}
		}
		r.stars[s.ID] = &news.Star{Story: s.ID, First: s.First, Seq: s.Seq}
	default:
		src := &r.rules.Sources[rapid.IntRange(0, 3).Draw(t, "source")]
		src.Language = rapid.SampledFrom([]string{"", "en", "ar", "de"}).Draw(t, "language")
		src.Title = rapid.SampledFrom([]string{"", "Gulf Wire", "Northern Post"}).Draw(t, "title")
		r.enforce()
	}
}

// Whatever is filed, a search finds what a scan of the stored stories finds, page by
// page, before the index has caught up and after, and across restarts. This includes
// an index that does not know some query fields.
func TestSearchAgreesWithAScan(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := open(t)
		if rapid.IntRange(0, 3).Draw(rt, "unmap") == 0 {
			r.unmapped = rapid.SliceOfN(rapid.SampledFrom(search.Mapped()), 1, 3).Draw(rt, "unmapped")
		}
		defer func() { r.close(); r.close = func() {} }()
		r.limit = rapid.SampledFrom([]int{0, 1, 3}).Draw(rt, "limit")
		r.restart(nil)
		r.waitUntilCaughtUp()
		for range rapid.IntRange(1, 4).Draw(rt, "rounds") {
			for range rapid.IntRange(1, 6).Draw(rt, "events") {
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

// envWithStories opens an env with some stories, the same each time.
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

// An index that is missing or damaged is rebuilt, and the log says so.
func TestIndexIsRebuilt(t *testing.T) {
	r := envWithStories(t)
	dir := r.path + ".search"
	file := func(pattern string) string {
		all, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil || len(all) == 0 {
			t.Fatalf("no file %s: %v", pattern, err)
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
		name    string
		do      func()
		rebuilt bool
	}{
		{"missing", func() { r.must(os.RemoveAll(dir)) }, true},
		{"nothing happened", nil, false},
		{"a flipped bit in a segment", spoil("*.seg", flip), true},
		{"a truncated segment", spoil("*.seg", func(b []byte) []byte { return b[:len(b)/2] }), true},
		{"an empty segment", spoil("*.seg", func([]byte) []byte { return nil }), true},
		{"a missing segment", func() { r.must(os.Remove(file("*.seg"))) }, true},
		{"an overwritten table of contents", spoil("manifest", func(b []byte) []byte { return []byte(strings.Repeat("x", len(b))) }), true},
		{"a truncated table of contents", spoil("manifest", func(b []byte) []byte { return b[:len(b)/4] }), true},
		{"a file instead of the folder", func() {
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
		if rebuilt := strings.Contains(log.String(), "search index is being built"); rebuilt != tt.rebuilt {
			t.Errorf("%s: rebuilt %v, want %v; log:\n%s", tt.name, rebuilt, tt.rebuilt, log.String())
		}
	}
}

// While the index is built, a search finds stories that are indexed and stories that are
// not. A build that was interrupted resumes where it stopped.
func TestSearchWhileTheIndexIsBuilt(t *testing.T) {
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
			t.Errorf("status while the index is built: %+v", st)
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
		t.Errorf("the build took %d steps, %d of them before the restart, for %d stories; want two stories a step", steps, before, 2*all)
	}
	q, err := topic.Parse("hospital")
	r.must(err)
	if diff := cmp.Diff(r.scan(q, false), r.find(q, 3)); diff != "" {
		t.Errorf("after the build (-scan +search):\n%s", diff)
	}
}

// A build ends after the step in which its context does.
func TestBuildEndsWithItsContext(t *testing.T) {
	r := envWithStories(t)
	ctx, stop := context.WithCancel(t.Context())
	x := &search.Index{Store: r.store, Dir: filepath.Join(t.TempDir(), "search"), Every: time.Millisecond}
	steps := 0
	x.SetLimit(2)
	x.AfterStep(func() { steps++; stop() })
	r.must(x.Run(ctx))
	if steps != 1 {
		t.Errorf("the build went on for %d steps, want 1", steps)
	}
}

// A language that feeds.yaml gives to a source applies at once, before its stories are
// indexed again.
func TestSearchAppliesANewLanguageAtOnce(t *testing.T) {
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

// A database restored from a copy has other stories than the index.
func TestIndexOfARestoredDatabaseIsRebuilt(t *testing.T) {
	r := envWithStories(t)
	r.waitUntilCaughtUp()
	var copied []byte
	r.restart(func() {
		b, err := os.ReadFile(r.path)
		r.must(err)
		copied = b
	})
	r.visit("one", feed.Item{ID: "later", Title: "Filed after the copy was made"})
	r.waitUntilCaughtUp()
	r.restart(func() { r.must(os.WriteFile(r.path, copied, 0o600)) })
	r.visit("two", feed.Item{ID: "other", Title: "Filed after the copy came back"})
	r.waitUntilCaughtUp()
	for text, want := range map[string]int{"filed made": 0, "filed back": 1} {
		q, err := topic.Parse(text)
		r.must(err)
		if got := r.find(q, 10); len(got) != want {
			t.Errorf("%s: found %v, want %d", text, got, want)
		}
	}
}

// A search ends with its context, and one before Run says that the index is not open.
func TestSearchEndsWithItsContext(t *testing.T) {
	r := envWithStories(t)
	r.waitUntilCaughtUp()
	q, err := topic.Parse("hospital")
	r.must(err)
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := r.index.Find(ctx, q, nil, 10); !errors.Is(err, context.Canceled) {
		t.Errorf("find with a canceled context: %v, want context.Canceled", err)
	}
	early := &search.Index{Store: r.store, Dir: t.TempDir()}
	if _, err := early.Find(context.Background(), q, nil, 10); !errors.Is(err, search.ErrClosed) || !early.Status().Opening {
		t.Errorf("find before Run: %v, want ErrClosed", err)
	}
}

// FuzzFind compares searches for anything that people may type with a scan.
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

// A query field that the index does not know makes it unsure, not wrong.
func TestSearchByAFieldThatTheIndexDoesNotKnow(t *testing.T) {
	for _, name := range search.Mapped() {
		r := open(t)
		r.unmapped = []string{name}
		r.restart(func() { r.must(os.RemoveAll(r.path + ".search")) })
		r.visit("one", feed.Item{ID: "a", Title: "Hospital attacked", Link: "https://ft.example/a", Author: "Jane Doe", Language: "en", Categories: []string{"Health"}})
		r.visit("two", feed.Item{ID: "b", Title: "Budget news", Link: "https://other.example/b", Author: "Somebody", Language: "ar", Categories: []string{"Budget"}})
		r.waitUntilCaughtUp()
		for _, text := range []string{"hospital", "title:hospital", "author:doe", "category:health", "lang:en", "link:ft.example", "outlets:>1", "outlets:1"} {
			for _, text := range []string{text, "-" + text, "budget OR " + text, "hospital " + text, "tag:world -" + text} {
				q, err := topic.Parse(text)
				r.must(err)
				want := r.scan(q, false)
				if diff := cmp.Diff(want, r.find(q, 1)); diff != "" {
					t.Errorf("%s without %q in the index (-scan +search):\n%s", text, name, diff)
				}
				if n, err := r.index.Count(t.Context(), q, 1000); err != nil || n.Carries != len(r.scan(q, true)) {
					t.Errorf("%s without %q in the index: count %+v (%v), want %d", text, name, n, err, len(r.scan(q, true)))
				}
			}
		}
		r.close()
		r.close = func() {}
	}
}

// Each mapping is for a field of the query language, so that none is misspelt.
func TestMappingsAreQueryFields(t *testing.T) {
	for _, name := range search.Mapped() {
		isField := func(f *topic.Field) bool { return f.Name == name }
		if name != topic.Anywhere.Name && !slices.ContainsFunc(topic.Fields, isField) {
			t.Errorf("the index maps %q, which is not a query field", name)
		}
	}
}
