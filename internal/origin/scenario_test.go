package origin

import (
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
)

var start = time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC)

// headline is a headline of the script, with its time.
type headline struct {
	lang, text string
	at         float64
	beat       string
}

// storyHeadlines returns the first headlines of the first n stories.
func storyHeadlines(t *script, n uint64) (all []headline) {
	for k := range n {
		lang, m := storyLanguage(k)
		p, use := t.phraseFor(lang, m)
		all = append(all, headline{lang, p.fill(use, t.slotValues(k, lang, use)), storyTime(k), p.beat})
	}
	return all
}

// eventHeadlines returns the headlines of the first n events.
func eventHeadlines(t *script, n int) (all []headline) {
	for i := range n {
		for lang, book := range t.books {
			for _, p := range book.events[eventKinds[i%len(eventKinds)]] {
				text := p.fill(uint64(i/len(eventKinds)), t.slotValues(uint64(1<<20+i*31), lang, t.seed%76+uint64(i)))
				all = append(all, headline{lang, text, eventTime(i), "events"})
			}
		}
	}
	return all
}

// tokens returns the words of a headline; in scripts without spaces, pairs of characters.
func tokens(s string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if r := []rune(w); unicode.In(r[0], unicode.Han, unicode.Hiragana, unicode.Katakana) {
			for i := range len(r) - 1 {
				set[string(r[i:i+2])] = true
			}
			continue
		}
		set[w] = true
	}
	return set
}

// compare returns how many words of the shorter headline are not in the other, and the
// share of words that both have.
func compare(a, b map[string]bool) (words int, share float64) {
	common := 0
	for w := range a {
		if b[w] {
			common++
		}
	}
	union := len(a) + len(b) - common
	return min(len(a), len(b)) - common, float64(common) / float64(union)
}

// Different stories have headlines so different that no rule for edited headlines merges
// them.
func TestStoriesDiffer(t *testing.T) {
	for _, seed := range []uint64{0, 1, 2026} {
		sc := newScript(seed)
		byLang := map[string][]headline{}
		for _, l := range append(storyHeadlines(sc, 2400), eventHeadlines(sc, 12)...) {
			byLang[l.lang] = append(byLang[l.lang], l)
		}
		for lang, all := range byLang {
			similar, sets := 0, make([]map[string]bool, len(all))
			for i := range all {
				sets[i] = tokens(all[i].text)
			}
			for i := range all {
				for j := range i {
					if words, share := compare(sets[i], sets[j]); words < 3 || share > 0.75 {
						if similar++; similar < 4 {
							t.Errorf("seed %d, %s: %d words differ, %.2f in common:\n%s\n%s", seed, lang, words, share, all[j].text, all[i].text)
						}
					}
				}
			}
			if similar > 0 {
				t.Errorf("seed %d, %s: %d pairs among %d headlines are too similar", seed, lang, similar, len(all))
			}
		}
	}
}

// scriptUntil returns the script, advanced to s.
func scriptUntil(seed uint64, s float64) *script {
	t := newScript(seed)
	t.advance(s)
	return t
}

// After the backlog a story is published every 0.8 seconds, also during faults.
func TestRhythm(t *testing.T) {
	const end = 3600
	sc := newScript(3)
	var at []float64
	backlog := 0
	for k := uint64(0); storyTime(k) < end; k++ {
		lang, m := storyLanguage(k)
		p, _ := sc.phraseFor(lang, m)
		switch when := storyTime(k); {
		case sc.firstOutlet(lang, p.beat, k, when) < 0:
			t.Errorf("at %v: no outlet has the %s story about %s", when, lang, p.beat)
		case when < 0:
			backlog++
		default:
			at = append(at, when)
		}
	}
	if backlog < 40 {
		t.Errorf("the backlog has %d stories, want at least 40", backlog)
	}
	for i := range at[1:] {
		if gap := at[i+1] - at[i]; gap > 0.81 {
			t.Errorf("no story for %.1fs after %.1fs", gap, at[i])
		}
	}
}

// An outlet repeats no headline except that of a briefing.
func TestHeadlinesAreUnique(t *testing.T) {
	sc := scriptUntil(4, 500) // before takes are deleted
	brief := map[string]bool{"Morning briefing": true, "موجز الصباح": true}
	published := map[string]int{}
	for i, takes := range sc.takes {
		seen := map[string]bool{}
		for _, tk := range takes {
			text := tk.versions[0].headline
			if brief[text] {
				published[text]++
				continue
			}
			if seen[text] {
				t.Errorf("%s has %q twice", outlets[i].name, text)
			}
			seen[text] = true
		}
	}
	for text := range brief {
		if published[text] < 2 {
			t.Errorf("%q was published %d times, want several", text, published[text])
		}
	}
}

// Everything that the demo shows happens within five minutes.
func TestEverythingHappens(t *testing.T) {
	sc := scriptUntil(5, 300)
	got := map[string]int{}
	for i, takes := range sc.takes {
		for _, tk := range takes {
			if tk.at < 0 || tk.at > 300 {
				continue
			}
			first := tk.versions[0].headline
			count := func(what string, is bool) {
				if is {
					got[what]++
				}
			}
			count("burst", tk.beat == "events")
			count("suffix", strings.HasSuffix(first, outlets[i].title))
			count("capitals", outlets[i].lang == "en" && first == strings.ToUpper(first))
			count("prefix", strings.HasPrefix(first, "UPDATE") || strings.HasPrefix(first, "BREAKING") || strings.HasPrefix(first, "عاجل"))
			for _, v := range tk.versions[1:] {
				count("correction", strings.HasPrefix(v.headline, "CORRECTED: ") && v.at < 300)
				count("kill", strings.HasPrefix(v.headline, "KILL: ") && v.at < 300)
			}
		}
	}
	for what, least := range map[string]int{"burst": 12, "suffix": 3, "capitals": 1, "prefix": 3, "correction": 2, "kill": 1} {
		if got[what] < least {
			t.Errorf("%s: %d in five minutes, want at least %d", what, got[what], least)
		}
	}
	takesOfQuiet := sc.takes[slices.IndexFunc(outlets, func(o outlet) bool { return o.name == quietOutlet })]
	if last := takesOfQuiet[len(takesOfQuiet)-1].at; len(takesOfQuiet) < 3 || last > quietAfter+40 {
		t.Errorf("the quiet outlet has %d stories, the last at %.0fs", len(takesOfQuiet), last)
	}
}

// The same seed and time give the same feeds, whatever was requested before.
func TestScriptIsDeterministic(t *testing.T) {
	at := func(s float64) func() time.Time {
		return func() time.Time { return start.Add(time.Duration(s * float64(time.Second))) }
	}
	var now float64
	steps := &Scenario{Start: start, Seed: 6, Now: func() time.Time { return at(now)() }}
	for now = 0; now < 200; now += 0.7 {
		read(t, steps, "/halden-wire/feed", 200)
	}
	now = 200
	leap := &Scenario{Start: start, Seed: 6, Now: at(200)}
	fast := &Scenario{Start: start, Seed: 6, Speed: 20, Now: at(10)}
	other := &Scenario{Start: start, Seed: 7, Now: at(200)}
	for _, f := range Feeds("") {
		want := read(t, leap, f, 200)
		if got := read(t, steps, f, 200); got != want {
			t.Errorf("%s differs when it is requested in steps", f)
		}
		if titles(read(t, fast, f, 200)) != titles(want) {
			t.Errorf("%s differs at twenty times the speed", f)
		}
		if read(t, other, f, 200) == want {
			t.Errorf("%s is the same with another seed", f)
		}
	}
}

func titles(doc string) string {
	var all []string
	for _, l := range strings.Split(doc, "\n") {
		if strings.Contains(l, "title") {
			all = append(all, l)
		}
	}
	return strings.Join(all, "\n")
}

func read(t *testing.T, h http.Handler, path string, status int, header ...string) string {
	t.Helper()
	r := httptest.NewRequest("GET", path, nil)
	addHeaders(r.Header, header)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != status {
		t.Fatalf("%s: status %d, want %d", path, w.Code, status)
	}
	return w.Body.String()
}

func TestScenarioFeeds(t *testing.T) {
	m := &Scenario{Start: start, Now: func() time.Time { return start.Add(time.Minute) }}
	for i, f := range Feeds("") {
		r := httptest.NewRequest("GET", f, nil)
		w := httptest.NewRecorder()
		m.ServeHTTP(w, r)
		wellFormed(t, outlets[i].format, w.Body.String())
		tag, date := w.Header().Get("ETag"), w.Header().Get("Last-Modified")
		if tag == "" || date == "" {
			t.Errorf("%s: validators %q and %q", f, tag, date)
		}
		read(t, m, f, 304, "If-None-Match", tag)
		read(t, m, f, 304, "If-Modified-Since", date)
	}
	read(t, m, "/nobody/feed", 404)
	read(t, m, "/halden-wire/1", 404)
	front := read(t, m, "/halden-wire/", 200)
	_, id, _ := strings.Cut(front, "<a href=")
	id, _, _ = strings.Cut(id, ">")
	if page := read(t, m, "/halden-wire/"+id, 200); !strings.Contains(page, "<h2>") {
		t.Errorf("the page of item %s has no article: %s", id, page)
	}
}

func wellFormed(t *testing.T, f Format, body string) {
	t.Helper()
	if f == JSON {
		if !json.Valid([]byte(body)) {
			t.Errorf("not JSON: %.200s", body)
		}
		return
	}
	d := xml.NewDecoder(strings.NewReader(body))
	for {
		switch _, err := d.Token(); err {
		case nil:
		case io.EOF:
			return
		default:
			t.Errorf("not XML: %v in %.200s", err, body)
			return
		}
	}
}

func TestFaults(t *testing.T) {
	var s float64
	m := &Scenario{Start: start, Now: func() time.Time { return start.Add(time.Duration(s * float64(time.Second))) }}
	for _, tt := range []struct {
		at     float64
		status int
		junk   bool
	}{
		{1, 200, false}, {239, 200, false}, {241, 500, false}, {299, 500, false}, {301, 200, true}, {331, 200, false}, {1441, 500, false}, {1600, 200, false},
	} {
		s = tt.at
		body := read(t, m, "/"+faultyOutlet+"/feed", tt.status)
		if tt.status == 200 && json.Valid([]byte(body)) == tt.junk {
			t.Errorf("at %v: %.60q", tt.at, body)
		}
	}
}

func TestConfig(t *testing.T) {
	text := Config("http://127.0.0.1:8900", "/tmp/it's here")
	for _, want := range []string{"allow: ['127.0.0.1:8900']", "database: '/tmp/it''s here/slugline.db'", "feed: 'http://127.0.0.1:8900/karaneh/feed'", "every: 1s", "name: cyber"} {
		if !strings.Contains(text, want) {
			t.Errorf("feeds.yaml of the demo lacks %q:\n%s", want, text)
		}
	}
}

// A scenario that runs for days deletes its old takes.
func TestMemoryIsBounded(t *testing.T) {
	for i, takes := range scriptUntil(8, 24*3600).takes {
		if len(takes) > maxTakes {
			t.Errorf("%s keeps %d takes", outlets[i].name, len(takes))
		}
	}
}
