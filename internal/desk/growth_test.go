package desk

import (
	"encoding/csv"
	"fmt"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/canon"
	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/origin"
	"github.com/slugline/slugline/internal/store"
)

// broke is an event that broke, for messages.
type broke struct {
	at       time.Time
	surge    news.Surge
	headline string // of its first story
}

func (b broke) String() string {
	return fmt.Sprintf("%s: %d voices in %v: %s", b.at.Format("02 15:04:05"), b.surge.Voices, b.surge.Span, b.headline)
}

// broke returns the events that broke so far, in the order in which they did.
func (r *env) broke() (all []broke) {
	r.t.Helper()
	err := r.store.View(func(tx *store.Tx) error {
		stories, err := tx.Stories.Latest(1<<20, nil)
		for _, s := range stories {
			if ev, _ := tx.Events.Get(s.Event); ev != nil && !ev.Breaking.IsZero() && ev.ID == s.ID {
				all = append(all, broke{ev.Breaking, ev.Surge, s.Headline})
			}
		}
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	slices.SortFunc(all, func(a, b broke) int { return a.at.Compare(b.at) })
	return all
}

// morning visits each source of the demo again and again, until so long after dawn. each
// is called after each round.
func morning(t *testing.T, until, every time.Duration, each func(*env)) *env {
	t.Helper()
	now := dawn
	m := &origin.Scenario{Start: dawn, Seed: 1, Now: func() time.Time { return now }}
	var names []string
	for _, address := range origin.Feeds("http://demo.example") {
		names = append(names, strings.Split(address, "/")[3])
	}
	r, tags := open(t, names...), map[string]string{}
	for i := range r.rules.Sources {
		r.rules.Sources[i].Owner = names[i]
	}
	a := alert("waves", "", "hook")
	a.When = news.WhenBreaking
	r.alerts(a)
	for ; now.Before(dawn.Add(until)); now = now.Add(every) {
		r.now = now
		for _, name := range names {
			w, request := httptest.NewRecorder(), httptest.NewRequest("GET", "http://demo.example/"+name+"/feed", nil)
			request.Header.Set("If-None-Match", tags[name])
			m.ServeHTTP(w, request)
			if w.Code != 200 { // it did not change, or breaks for a time
				continue
			}
			tags[name] = w.Header().Get("ETag")
			doc, err := feed.Read(w.Body.Bytes(), feed.Hints{})
			if err != nil {
				t.Fatal(err)
			}
			v := &news.Visit{Source: name, Prev: r.prev[name], Feed: &doc.Feed, Final: true, Entries: canon.Entries(doc, news.Source{ID: name})}
			r.file(news.Record{Visit: v})
			r.prev[name] = news.Instant(now)
		}
		each(r)
	}
	return r
}

// In the demo, outlets copy stories all the time. In its first two minutes only the
// event that all outlets of a language write about at once breaks, and it rings once.
func TestTheDemosBurstBreaks(t *testing.T) {
	r := morning(t, 130*time.Second, 5*time.Second, func(*env) {})
	var got []string
	for _, b := range r.broke() {
		t.Log(b)
		got = append(got, b.headline)
	}
	want := []string{"Blackout in Lisbon", "انقطاع واسع للكهرباء في لشبونة"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what broke (-want +got):\n%s", diff)
	}
	if got := len(r.rung()); got != len(want) {
		t.Errorf("%d notices of events that broke, want %d: %v", got, len(want), r.rung())
	}
}

// Within ten minutes, the demo shows a withdrawn story, a correction by an outlet that
// does not lead, a held story, and what many outlets copied.
func TestTheDemoShowsWhatBecomesOfNews(t *testing.T) {
	r := morning(t, 500*time.Second, 56*time.Second, func(*env) {})
	got := map[string]int{}
	err := r.store.View(func(tx *store.Tx) error {
		stories, err := tx.Stories.Latest(1<<20, nil)
		for _, s := range stories {
			count := func(what string, is bool) {
				if is {
					got[what]++
				}
			}
			count("withdrawn", s.IsWithdrawn())
			count("corrected", len(s.Corrections()) > 0)
			count("held", s.HasHolds())
			count("copied", len(s.Takes) > 2)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for what, least := range map[string]int{"withdrawn": 1, "corrected": 1, "held": 1, "copied": 10} {
		if got[what] < least {
			t.Errorf("%d stories are %s, want at least %d", got[what], what, least)
		}
	}
}

// What is unusual depends on the records alone: a desk that restarts after every round
// finds the same.
func TestRestartsDoNotChangeWhatBreaks(t *testing.T) {
	r := morning(t, 105*time.Second, 5*time.Second, func(*env) {})
	again := morning(t, 105*time.Second, 5*time.Second, func(r *env) { r.restart() })
	if diff := cmp.Diff(digest(t, r), digest(t, again)); diff != "" || len(again.broke()) == 0 {
		t.Errorf("%v broke with restarts; digest (-without +with):\n%s", again.broke(), diff)
	}
}

func digest(t *testing.T, r *env) string {
	t.Helper()
	sum, err := r.store.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

// quietly files every n-th of the shared headlines, ten minutes at a time. Each
// publisher is a voice of its own, and so is each headline without a publisher.
func quietly(t *testing.T, set string, n int) *env {
	t.Helper()
	f, err := os.Open("../../../shared/headlines/" + set + ".tsv")
	if err != nil {
		if os.Getenv("SLUGLINE_SHARED") == "must" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	defer func() { _ = f.Close() }()
	c := csv.NewReader(f)
	c.Comma, c.LazyQuotes = '\t', true
	rows, err := c.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	r := open(t, "world")
	r.now = stamped(t, rows[1]).Add(-time.Minute)
	r.visit("world")
	var doc feed.Document
	var by []string
	for i, row := range rows[1:] {
		if at := stamped(t, row); i%n == 0 {
			if at.After(r.now) {
				r.fileAll(&doc, by)
				doc, by, r.now = feed.Document{}, nil, at.Add(10*time.Minute)
			}
			doc.Items = append(doc.Items, feed.Item{ID: row[0], Title: row[4], Published: at})
			by = append(by, row[2])
			if row[2] == "" {
				by[len(by)-1] = "unknown " + row[0]
			}
		}
	}
	r.fileAll(&doc, by)
	return r
}

func (r *env) fileAll(doc *feed.Document, by []string) {
	r.t.Helper()
	v := &news.Visit{Source: "world", Prev: r.prev["world"], Final: true, Entries: canon.Entries(doc, news.Source{ID: "world"})}
	for i := range v.Entries {
		v.Entries[i].Agency = by[i]
	}
	r.file(news.Record{Visit: v})
	r.prev["world"] = news.Instant(r.now)
}

func stamped(t *testing.T, row []string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, row[1])
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// Three days of headlines, and of every tenth of them, break no event: even events with
// hundreds of voices grow slowly. The second midnight is not counted: there the
// collection goes from 230 headlines an hour to 290, and its largest event begins. The
// mix puts headlines of several years on the same days, so a few events of different
// years become one, and in its first hour no rhythm is known yet.
func TestOrdinaryDaysBreakNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("three days take a while")
	}
	for _, c := range []struct {
		set  string
		n    int
		most int // events that may break
	}{{"uci", 1, 0}, {"mix", 1, 2}, {"mix", 10, 0}} {
		r := quietly(t, c.set, c.n)
		broke := 0
		for _, b := range r.broke() {
			t.Logf("every %d. of %s: %v", c.n, c.set, b)
			if c.n > 1 || b.at.Format("02 15") < "11 00" || b.at.Format("02 15") > "11 01" {
				broke++
			}
		}
		if broke > c.most {
			t.Errorf("every %d. of %s: %d events broke, want at most %d", c.n, c.set, broke, c.most)
		}
	}
}
