package view_test

import (
	"testing"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
	"github.com/slugline/slugline/internal/webtest"
)

func TestSourceTexts(t *testing.T) {
	visited := time.Date(2026, 11, 20, 6, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name                       string
		source                     view.Source
		state, trouble, notVisited string
	}{
		{"never visited", view.Source{}, "new", "", ""},
		{"fine", view.Source{Tried: visited}, "ok", "", ""},
		{"one failure", view.Source{Tried: visited, Problem: "403 Forbidden", Failures: 1}, "problem", "403 Forbidden", ""},
		{"several failures", view.Source{Tried: visited, Problem: "403 Forbidden", Failures: 3}, "problem", "403 Forbidden (3 times)", ""},
		{"blocked", view.Source{Tried: visited, Outcome: "blocked", Problem: "private address"}, "problem", "blocked: private address", ""},
		{"quiet", view.Source{Tried: visited, Quiet: "silence of 3h"}, "quiet", "silence of 3h", ""},
		{"moved", view.Source{Tried: visited, Moved: "http://new.example/rss"}, "ok", "has moved: write http://new.example/rss in feeds.yaml", ""},
		{"web page", view.Source{Tried: visited, Found: "http://a.example/rss"}, "ok", "is a web page: write its feed, http://a.example/rss, in feeds.yaml", ""},
		{"web page, not read as a whole", view.Source{Tried: visited, Found: "http://a.example/rss", Cut: "the document breaks off"}, "ok", "is a web page: write its feed, http://a.example/rss, in feeds.yaml; the document breaks off", ""},
		{"not read as a whole", view.Source{Tried: visited, Cut: "the document breaks off"}, "ok", "the document breaks off", ""},
		{"gone", view.Source{Tried: visited, Gone: true, Paused: true}, "gone", "", "it is gone"},
		{"paused in feeds.yaml", view.Source{Paused: true}, "paused", "", "feeds.yaml pauses it"},
		{"paused twice", view.Source{Paused: true, Pause: &news.Pause{}}, "paused", "", "feeds.yaml and the desk pause it"},
		{"paused by an editor", view.Source{Pause: &news.Pause{Who: "anna", Why: "floods the wire"}}, "paused", "", "paused by anna: floods the wire"},
		{"paused by a local user", view.Source{Pause: &news.Pause{}}, "paused", "", "paused by the desk"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.source.State(); got != tt.state {
				t.Errorf("State is %q, want %q", got, tt.state)
			}
			if got := tt.source.Trouble(); got != tt.trouble {
				t.Errorf("Trouble is %q, want %q", got, tt.trouble)
			}
			if got := tt.source.NotVisited(); got != tt.notVisited {
				t.Errorf("NotVisited is %q, want %q", got, tt.notVisited)
			}
		})
	}
}

func TestDescribeEntries(t *testing.T) {
	for outcome, want := range map[string]string{
		"new": "new entries", "same": "no new entries", "not-modified": "not modified", "failed": "failed", "": "",
	} {
		if got := (&view.Source{Outcome: outcome}).DescribeEntries(); got != want {
			t.Errorf("outcome %q is described as %q, want %q", outcome, got, want)
		}
	}
}

func TestMentions(t *testing.T) {
	s := view.Source{Name: "gulf", Title: "Gulf Wire", Address: "http://gulf.example/feed", Tags: []string{"wires", "world"}}
	for words, want := range map[string]bool{
		"": true, "gulf": true, "GULF wires": true, "wire world": true, "feed": true, "gulf sport": false,
	} {
		if got := s.Mentions(words); got != want {
			t.Errorf("Mentions(%q) is %t, want %t", words, got, want)
		}
	}
}

// A bar is as high as its share of the busiest day, at least 1 unless it is empty.
func TestBars(t *testing.T) {
	s := view.Source{Days: []int{0, 1, 48}}
	if got, want := s.Bars(), "M4 24v-1h3v1zM8 24v-24h3v24z"; got != want {
		t.Errorf("Bars is %q, want %q", got, want)
	}
	if s.Wide() != 12 || s.Today() != 48 || s.Busiest() != 48 {
		t.Errorf("Wide %d, Today %d, Busiest %d; want 12, 48, 48", s.Wide(), s.Today(), s.Busiest())
	}
	var none view.Source
	if none.Bars() != "" || none.Wide() != 4 || none.Today() != 0 || none.Busiest() != 0 {
		t.Errorf("without days: Bars %q, Wide %d, Today %d, Busiest %d", none.Bars(), none.Wide(), none.Today(), none.Busiest())
	}
}

// The quantiles of the lag are lags that occurred.
func TestSourceLag(t *testing.T) {
	for _, tt := range []struct {
		lags     []int64 // milliseconds
		p50, p95 time.Duration
	}{
		{nil, 0, 0},
		{[]int64{700}, 700 * time.Millisecond, 700 * time.Millisecond},
		{[]int64{3000, 1000, 2000}, 2 * time.Second, 2 * time.Second},
		{[]int64{100, 200, 300, 400, 500, 600, 700, 800, 900, 1000, 60000}, 600 * time.Millisecond, time.Second},
	} {
		n := webtest.Open(t)
		n.Must(n.Store.Update(func(tx *store.Tx) error {
			return tx.Visits.Put(news.VisitState{Source: "gulf", Lag: tt.lags})
		}))
		var all []view.Source
		n.Must(n.Store.View(func(tx *store.Tx) (err error) {
			all, err = view.Sources(tx)
			return err
		}))
		if got := all[0]; got.ID != "gulf" || got.LagP50 != tt.p50 || got.LagP95 != tt.p95 {
			t.Errorf("lags %d: source %s has %v and %v, want gulf with %v and %v", tt.lags, got.ID, got.LagP50, got.LagP95, tt.p50, tt.p95)
		}
	}
}
