package desk

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// alert makes an alert that rings at targets of these ids.
func alert(name, match string, to ...string) news.Alert {
	a := news.Alert{Name: name, When: news.WhenStory}
	if match != "" {
		a.Match = []string{match}
	}
	for _, id := range to {
		a.To = append(a.To, news.Target{ID: id, Kind: "webhook", Label: id})
	}
	return a
}

func (r *env) alerts(all ...news.Alert) {
	r.t.Helper()
	r.rules.Alerts = all
	r.enforce()
}

// rung returns what rang so far, sorted: target, alerts and headline of each notice.
func (r *env) rung() []string {
	r.t.Helper()
	out := []string{}
	for _, n := range r.notices() {
		out = append(out, n.Target+" "+strings.Join(n.Alerts, ",")+" "+n.Headline)
	}
	slices.Sort(out)
	return out
}

func (r *env) notices() (all []*news.Notice) {
	r.t.Helper()
	err := r.store.View(func(tx *store.Tx) (err error) {
		all, err = tx.Notices.After(0)
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return all
}

func (r *env) wantRung(want ...string) {
	r.t.Helper()
	if diff := cmp.Diff(append([]string{}, want...), r.rung()); diff != "" {
		r.t.Errorf("rung (-want +got):\n%s", diff)
	}
}

const ferry = "Ferry service resumes across the strait"

func TestAnAlertRingsOnceForEachStoryAndTarget(t *testing.T) {
	r := open(t, "one", "two")
	r.alerts(alert("boats", "ferry", "hook", "mail"), alert("all", "", "hook"))
	r.visit("one")
	r.visit("two")
	r.pass(10 * time.Minute)
	r.visit("one", fresh("1", ferry, time.Minute))
	want := []string{"hook boats,all " + ferry, "mail boats " + ferry}
	r.wantRung(want...)
	r.restart()
	r.visit("one", fresh("1", ferry, time.Minute)) // again
	r.visit("two", fresh("2", ferry, time.Minute)) // another outlet
	r.wantRung(want...)
}

func TestOutletsMakeAnAlertRing(t *testing.T) {
	r := open(t, "one", "two", "three")
	r.alerts(alert("wide", "outlets:>2", "hook"), alert("boats", "ferry", "mail"))
	for _, s := range []string{"one", "two", "three"} {
		r.visit(s)
	}
	for _, s := range []string{"one", "two", "three"} {
		r.pass(9 * time.Hour)
		r.visit(s, fresh(s, ferry, time.Minute))
	}
	r.wantRung("hook wide "+ferry, "mail boats "+ferry)
	n := r.notices()[1]
	if diff := cmp.Diff([]string{"one title", "two title", "three title"}, n.Outlets); diff != "" || n.Voices != 3 || n.Story == "" || !n.Due.IsZero() {
		t.Errorf("notice %+v", n)
	}
}

func TestNothingRingsFor(t *testing.T) {
	for _, tc := range []struct {
		name  string
		visit func(*env)
	}{
		{"a first visit", func(r *env) { r.visitAs("two", &news.Visit{}, fresh("1", ferry, time.Minute)) }},
		{"a catch-up", func(r *env) { r.visitAs("one", &news.Visit{Backlog: true}, fresh("1", ferry, time.Minute)) }},
		{"a headline of seven hours ago", func(r *env) {
			r.pass(10 * time.Hour)
			r.visit("one", fresh("1", ferry, 7*time.Hour))
		}},
		{"another headline", func(r *env) { r.visit("one", fresh("1", "Miners rescued from flooded shaft", time.Minute)) }},
		{"a story that an editor hid", func(r *env) {
			r.rules.Alerts = nil
			r.enforce()
			r.visit("one", fresh("1", ferry, time.Minute))
			r.file(news.Record{Order: &news.Order{Verb: "hide", Args: []string{r.top("all")[0].ID}}})
			r.alerts(alert("boats", "ferry outlets:>1", "hook"))
			r.visit("two", fresh("2", ferry, time.Minute))
		}},
		{"an alert that came after the story", func(r *env) {
			r.rules.Alerts = nil
			r.enforce()
			r.visit("one", fresh("1", ferry, time.Minute))
			r.alerts(alert("boats", "ferry", "hook"))
			r.visit("three", fresh("2", ferry, time.Minute))
		}},
		{"a story of backlog that another outlet joins", func(r *env) {
			r.visitAs("one", &news.Visit{Backlog: true}, fresh("1", ferry, time.Minute))
			r.visit("three", fresh("2", ferry, time.Minute))
		}},
		{"an entry split from a story that rang nothing", func(r *env) {
			r.visitAs("one", &news.Visit{Backlog: true}, fresh("1", ferry, time.Minute))
			r.visit("three", fresh("2", ferry, time.Minute))
			s := r.top("all")[0]
			r.file(news.Record{Order: &news.Order{Verb: "split", Args: []string{s.Takes[1].Entry}}})
			r.pass(time.Minute)
			r.visit("three", fresh("2", ferry+" today", time.Minute))
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := open(t, "one", "two", "three")
			r.alerts(alert("boats", "ferry", "hook"))
			r.visit("one")
			r.visit("three")
			r.pass(10 * time.Minute)
			tc.visit(r)
			r.wantRung()
		})
	}
}

// An alert knows the topics that the record put the story into.
func TestAnAlertAsksForATopic(t *testing.T) {
	r := open(t, "one")
	r.rules.Topics = append(r.rules.Topics, news.Topic{Name: "boats", Title: "Boats", Match: []string{"ferry"}, Fold: news.FoldStory, Stories: 50})
	r.alerts(alert("in it", "topic:boats after:2020", "hook"), alert("in none", "topic:cars", "mail"), alert("before", "topic:boats before:2020", "mail"))
	r.visit("one")
	r.pass(10 * time.Minute)
	r.visit("one", fresh("1", ferry, time.Minute))
	r.wantRung("hook in it " + ferry)
}

func TestAChangedHeadlineRings(t *testing.T) {
	r := open(t, "one")
	r.alerts(alert("boats", "ferry", "hook"))
	r.visit("one")
	r.pass(10 * time.Minute)
	r.visit("one", fresh("1", "Service resumes across the strait", time.Minute))
	r.wantRung()
	r.pass(10 * time.Minute)
	r.visit("one", fresh("1", ferry, 11*time.Minute))
	r.wantRung("hook boats " + ferry)
}

func TestQuietHoursEndInTheSitesZone(t *testing.T) {
	quiet := func(from, to int) (a news.Alert) {
		a.Quiet = [2]time.Duration{time.Duration(from) * time.Hour, time.Duration(to)*time.Hour + 30*time.Minute}
		return a
	}
	dubai, err := time.LoadLocation("Asia/Dubai") // UTC+4
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		alert news.Alert
		at    string
		want  string // empty: at once
	}{
		{quiet(22, 6), "17:59", ""},
		{quiet(22, 6), "18:00", "03T02:30"},
		{quiet(22, 6), "23:00", "03T02:30"},
		{quiet(22, 6), "02:29", "02T02:30"},
		{quiet(22, 6), "02:30", ""},
		{quiet(12, 14), "08:00", "02T10:30"},
		{quiet(12, 14), "10:30", ""},
		{news.Alert{}, "18:00", ""},
	} {
		at, err := time.Parse("2006-01-02T15:04", "2026-03-02T"+tc.at)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if due := tc.alert.Due(at, dubai); !due.IsZero() {
			got = due.Format("02T15:04")
		}
		if got != tc.want {
			t.Errorf("quiet %v, rung at %s UTC: due %q, want %q", tc.alert.Quiet, tc.at, got, tc.want)
		}
	}
}

func TestAnEventThatBreaksRingsOnce(t *testing.T) {
	r := open(t, "one", "two")
	loud := alert("breaking", "ferry", "hook")
	loud.When = news.WhenBreaking
	r.alerts(loud)
	r.visit("one")
	r.visit("two")
	r.pass(10 * time.Minute)
	r.visit("one", fresh("1", ferry, time.Minute))
	s := r.top("all")[0]
	r.breaks(s.Event)
	r.wantRung()
	for i := range 3 {
		r.pass(time.Minute)
		r.visit("two", fresh("1", fmt.Sprint(ferry, strings.Repeat("!", i)), time.Minute))
	}
	r.wantRung("hook breaking " + ferry)
	if n := r.notices()[0]; n.Event != s.Event || n.When != news.WhenBreaking {
		t.Errorf("notice %+v, want one of event %s", n, s.Event)
	}
}

// breaks stores an event as breaking, as if its voices had grown fast.
func (r *env) breaks(event string) {
	r.t.Helper()
	err := r.store.Update(func(tx *store.Tx) error {
		return tx.Events.Put(&news.Event{ID: event, Stories: []string{event}, Last: r.now, Breaking: r.now})
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

func TestSentNoticesAreStoredAndDeleted(t *testing.T) {
	r := open(t, "one")
	r.alerts(alert("boats", "ferry", "hook"))
	r.visit("one")
	r.pass(10 * time.Minute)
	r.visit("one", fresh("1", ferry, time.Minute))
	r.pass(time.Minute)
	r.file(news.Record{Sent: &news.Sent{Notices: []string{r.notices()[0].ID, "unknown"}}})
	if got, want := r.notices()[0].Sent, news.Instant(r.now); !got.Equal(want) {
		t.Errorf("sent %v, want %v", got, want)
	}
	for range 32 {
		r.pass(24 * time.Hour)
		r.sweep()
	}
	r.wantRung()
}

func TestChangesSayWhatRang(t *testing.T) {
	r := open(t, "one")
	night := alert("night", "ferry", "hook")
	night.Quiet = [2]time.Duration{0, 12 * time.Hour}
	r.alerts(alert("boats", "ferry", "mail"), night)
	r.visit("one")
	r.pass(10 * time.Minute)
	r.visit("one", fresh("1", ferry, time.Minute))
	err := r.store.View(func(tx *store.Tx) error {
		all, err := tx.Changes.After(0, 99)
		want := map[string][]string{r.top("all")[0].ID: {"boats"}}
		if diff := cmp.Diff(want, all[len(all)-1].Rang); diff != "" {
			t.Errorf("rang (-want +got):\n%s", diff)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
