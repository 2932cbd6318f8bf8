package origin

import (
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

var start = time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC)

// The files tell forty happenings, each under three to nine headlines in one language
// and most in another language too. All headlines differ.
func TestHappenings(t *testing.T) {
	all := readHappenings()
	seen, foreign := map[string]bool{}, 0
	for _, h := range all {
		if n := len(h.sections[0].texts); n < 3 || n > 9 {
			t.Errorf("%s has %d headlines in its main language", h.name, n)
		}
		if len(h.sections) > 1 {
			foreign++
		}
		if !h.isBurst() && (h.over < 120 || h.over > 2400) {
			t.Errorf("%s lasts %v s", h.name, h.over)
		}
		for _, s := range h.sections {
			for _, text := range s.texts {
				if seen[text.headline] || text.summary == "" {
					t.Errorf("%s: %q stands twice or has no summary", h.name, text.headline)
				}
				seen[text.headline] = true
			}
		}
	}
	if len(all) != 40 || foreign < 25 {
		t.Errorf("%d happenings, %d of them in two languages or more", len(all), foreign)
	}
}

// Each report has an outlet of its language, in the time of its happening.
func TestReportsComeInTime(t *testing.T) {
	m := &Scenario{Start: start, Seed: 3, Now: func() time.Time { return start }}
	byName := map[string][]Report{}
	for _, r := range m.Reports(2400) {
		byName[r.Happening] = append(byName[r.Happening], r)
	}
	for _, h := range readHappenings() {
		own := byName[h.name]
		first := start.Add(time.Duration((h.start - embargoedBefore - 1) * float64(time.Second)))
		last := start.Add(time.Duration((h.start + h.over + 240) * float64(time.Second)))
		if own[0].At.Before(first) || own[len(own)-1].At.After(last) {
			t.Errorf("%s: reports from %v to %v, want %v to %v", h.name, own[0].At, own[len(own)-1].At, first, last)
		}
		outlets := map[string]bool{}
		for _, r := range own {
			outlets[r.Source] = true
		}
		if h.isBurst() && len(outlets) < 15 {
			t.Errorf("%s: %d outlets", h.name, len(outlets))
		}
	}
	if got := len(byName); got != 41 {
		t.Errorf("reports of %d happenings, with singles", got)
	}
}

// A headline comes every few seconds, and pages are full from the beginning.
func TestRhythm(t *testing.T) {
	m := &Scenario{Start: start, Seed: 3, Now: func() time.Time { return start }}
	var backlog, minutes, later int
	last := start
	for _, r := range m.Reports(3600) {
		switch at := r.At.Sub(start); {
		case at < 0:
			backlog++
			continue
		case at < 10*time.Minute:
			minutes++
		default:
			later++
		}
		if gap := r.At.Sub(last); gap > 2*time.Minute || gap > 12*time.Second && r.At.Before(start.Add(20*time.Minute)) {
			t.Errorf("nothing for %v before %v", gap, r.At.Sub(start))
		}
		last = r.At
	}
	t.Logf("%d reports before the start, %d in ten minutes, %d in the fifty later", backlog, minutes, later)
	if backlog < 150 || minutes < 150 || minutes > 300 {
		t.Errorf("%d reports before the start, %d in ten minutes", backlog, minutes)
	}
}

// scriptUntil returns the script, advanced to s.
func scriptUntil(seed uint64, s float64) *script {
	t := newScript(seed)
	t.advance(s)
	return t
}

// An outlet repeats no headline except that of a briefing. Nor do those repeat a headline
// that are published after the script's end.
func TestHeadlinesAreUnique(t *testing.T) {
	m := &Scenario{Start: start, Seed: 4, Now: func() time.Time { return start }}
	seen := map[string]int{}
	for _, r := range m.Reports(2 * 86400) {
		seen[r.Source+" "+r.Headline]++
	}
	for text, n := range seen {
		isBriefing := strings.HasSuffix(text, " Daily briefing") || strings.HasSuffix(text, " الموجز اليومي")
		if n > 1 && !isBriefing || isBriefing && n < 3 {
			t.Errorf("%q was published %d times", text, n)
		}
	}
}

// Everything that the demo shows happens within ten minutes.
func TestEverythingHappens(t *testing.T) {
	sc := scriptUntil(5, 600)
	got := map[string]int{}
	for i, takes := range sc.takes {
		for _, tk := range takes {
			if tk.at < 0 || tk.at > 600 {
				continue
			}
			first := tk.versions[0].headline
			count := func(what string, is bool) {
				if is {
					got[what]++
				}
			}
			count("suffix", strings.HasSuffix(first, outlets[i].title))
			count("prefix", strings.HasPrefix(first, "UPDATE") || strings.HasPrefix(first, "BREAKING") || strings.HasPrefix(first, "عاجل"))
			count("embargo", tk.embargo > tk.at && tk.embargo < 600)
			count("picture", tk.media == "picture")
			count("briefing", tk.beat == "briefing")
			for _, v := range tk.versions[1:] {
				count("correction", strings.HasPrefix(v.headline, "CORRECTED: ") && v.at < 600 && outlets[i].rank == 0)
				count("kill", strings.HasPrefix(v.headline, "KILL: ") && v.at < 600)
			}
		}
	}
	for what, least := range map[string]int{"suffix": 3, "prefix": 3, "embargo": 1, "picture": 1, "briefing": 2, "correction": 1, "kill": 1} {
		if got[what] < least {
			t.Errorf("%s: %d in ten minutes, want at least %d", what, got[what], least)
		}
	}
}

// The quiet outlet publishes regularly, then nothing for so long that it is shown, and
// returns within ten minutes.
func TestQuietOutlet(t *testing.T) {
	var last time.Time
	var longest time.Duration
	n := 0
	m := &Scenario{Start: start, Seed: 5, Now: func() time.Time { return start }}
	for _, r := range m.Reports(600) {
		if r.Source != quietOutlet {
			continue
		}
		if n > 0 {
			longest = max(longest, r.At.Sub(last))
		}
		n++
		last = r.At
	}
	if n < 8 || longest < 92*time.Minute || last.Before(start.Add(8*time.Minute)) {
		t.Errorf("the quiet outlet has %d reports, was silent for %v, and published last at %v", n, longest, last)
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
		if f == Feeds("")[outletNamed(quietOutlet)] {
			continue // it is quiet, whatever the seed
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
	text := Config("/tmp/it's here", "http://127.0.0.1:8900")
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
