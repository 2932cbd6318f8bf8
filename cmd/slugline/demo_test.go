package main

import (
	"fmt"
	"maps"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/origin"
	"github.com/slugline/slugline/internal/pace"
	"github.com/slugline/slugline/internal/story"
)

// demoStart is when the demo begins in tests.
var demoStart = time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC)

// foldedReport is a report of the demo with its story and event.
type foldedReport struct {
	origin.Report
	story, event string
}

// foldDemo folds the reports of the demo until a script time as the daemon does: the
// backlog one source after the other, then report by report, with a sweep each hour.
func foldDemo(t *testing.T, seed uint64, until float64) []foldedReport {
	t.Helper()
	m := &origin.Scenario{Start: demoStart, Seed: seed, Now: func() time.Time { return demoStart }}
	reports := m.Reports(until)
	live := slices.IndexFunc(reports, func(r origin.Report) bool { return r.At.After(demoStart) })
	slices.SortStableFunc(reports[:live], func(a, b origin.Report) int { return strings.Compare(a.Source, b.Source) })
	f, swept := story.New(), demoStart
	events := map[string]string{} // of stories
	var all []foldedReport
	for i, r := range reports {
		for ; r.At.Sub(swept) >= time.Hour; swept = swept.Add(time.Hour) {
			_, splits := f.Sweep(swept.Add(time.Hour))
			for _, s := range splits {
				for _, id := range s.Stories {
					events[id] = s.Event
				}
			}
		}
		v := f.Judge(story.Headline{
			Entry: fmt.Sprintf("%s/%s", r.Source, r.ID), Seq: uint64(i + 1), Source: r.Source, Owner: r.Owner, Language: r.Language,
			Text: r.Headline, Summary: r.Summary, Page: "http://demo.example/" + r.Source + "/" + r.ID, Publishers: []string{r.Title, r.Source}, At: r.At,
		})
		if v.Level == news.LevelNew {
			events[v.Story] = v.Event
		}
		for id, e := range events {
			if slices.Contains(v.Joined, e) {
				events[id] = v.Event
			}
		}
		all = append(all, foldedReport{r, v.Story, ""})
	}
	for i := range all {
		all[i].event = events[all[i].story]
	}
	return all
}

// about names what a report is about: its happening, or itself.
func (r *foldedReport) about() string {
	if r.Happening == "" {
		return r.Headline
	}
	return r.Happening
}

// tally counts pairs of reports.
type tally struct {
	told, found int             // pairs of one happening and language, and those of them in one event
	wrong       map[string]bool // pairs of what is told in one event, but is not one happening
	hidden      int             // pairs in one story that are not one happening
}

func tallyDemo(all []foldedReport) tally {
	c := tally{wrong: map[string]bool{}}
	for i := range all {
		for j := range i {
			a, b := &all[j], &all[i]
			switch same := a.about() == b.about(); {
			case same && a.Happening != "" && a.Language == b.Language:
				c.told++
				if a.event == b.event {
					c.found++
				}
			case !same && a.event == b.event:
				c.wrong[fmt.Sprintf("%q and %q", min(a.about(), b.about()), max(a.about(), b.about()))] = true
				if a.story == b.story {
					c.hidden++
				}
			}
		}
	}
	return c
}

// The demo's events are true: none has reports of two happenings, and most reports of a
// happening in one language are one event. What comes after the happenings, for hours,
// is in events of its own.
func TestDemosEventsAreTrue(t *testing.T) {
	for seed := range uint64(8) {
		c := tallyDemo(foldDemo(t, seed, 6*3600))
		recall := float64(c.found) / float64(c.told)
		t.Logf("seed %d: %d pairs of %d found, %.3f", seed, c.found, c.told, recall)
		if len(c.wrong) > maxWrong || c.hidden > 0 || recall < minFound {
			t.Errorf("seed %d: %d pairs in wrong stories, %.3f found, in wrong events:\n%s", seed, c.hidden, recall, strings.Join(slices.Sorted(maps.Keys(c.wrong)), "\n"))
		}
	}
}

// Bounds of the fold on the demo: pairs of happenings in one event, and the share of the
// pairs of reports that it must find.
const (
	maxWrong = 0
	minFound = .73
)

// The silence of the demo's quiet source is shown within five minutes, whenever the demo
// begins.
func TestDemosQuietSourceIsShown(t *testing.T) {
	for hour := 0; hour < 7*24; hour += 5 {
		began := demoStart.Add(time.Duration(hour) * time.Hour)
		now := began
		m := &origin.Scenario{Start: began, Seed: 1, Now: func() time.Time { return now }}
		w := httptest.NewRecorder()
		m.ServeHTTP(w, httptest.NewRequest("GET", "http://demo.example/radio-marisun/feed", nil))
		doc, err := feed.Read(w.Body.Bytes(), feed.Hints{})
		if err != nil {
			t.Fatal(err)
		}
		var published []time.Time
		for i := range doc.Items {
			published = append(published, doc.Items[i].Published)
		}
		plan := pace.New(0)
		plan.Add("radio", nil, pace.Bounds{})
		plan.Observe("radio", now, published, len(published))
		plan.Observe("radio", now.Add(5*time.Minute), nil, len(published))
		if s, quiet := pace.Quiet(plan.State("radio")); !quiet {
			t.Errorf("from %s on: not quiet after five minutes: %v", began.Format("Mon 15:04"), s)
		}
	}
}

// Links from events of the demo to other languages lead to the same happening.
func TestDemosLinksAreTrue(t *testing.T) {
	all := foldDemo(t, 1, 2240)
	newest := map[[2]string]*foldedReport{} // by event and language
	for i := range all {
		newest[[2]string{all[i].event, all[i].Language}] = &all[i]
	}
	reports := slices.SortedFunc(maps.Values(newest), func(a, b *foldedReport) int { return strings.Compare(a.ID, b.ID) })
	var gists []*story.Gist
	for _, r := range reports {
		gists = append(gists, story.NewGist(r.Headline, r.Language, r.At))
	}
	links, right := story.NewLinks(gists), 0
	var wrong []string
	for i, r := range reports {
		for _, k := range links.Of(gists[i]) {
			if other := reports[k]; other.Happening == r.Happening && r.Happening != "" {
				right++
			} else {
				wrong = append(wrong, r.Headline+"\n\t"+other.Headline)
			}
		}
	}
	t.Logf("%d links are right, %d wrong", right, len(wrong))
	if len(wrong)*10 > right+len(wrong) || right < 50 {
		t.Errorf("%d links are right, and these are wrong:\n%s", right, strings.Join(wrong, "\n"))
	}
}

// Only the source whose silence is part of the script is ever reported as quiet, also hours
// after the last happening.
func TestDemosOtherSourcesAreNotQuiet(t *testing.T) {
	const last = 4 * time.Hour
	now := demoStart
	m := &origin.Scenario{Start: demoStart, Seed: 1, Now: func() time.Time { return now }}
	plan, seen := pace.New(0), map[string]bool{}
	var quiet []string
	for ; now.Sub(demoStart) <= last; now = now.Add(10 * time.Minute) {
		for _, address := range origin.Feeds("http://demo.example") {
			w := httptest.NewRecorder()
			m.ServeHTTP(w, httptest.NewRequest("GET", address, nil))
			doc, err := feed.Read(w.Body.Bytes(), feed.Hints{})
			if err != nil {
				continue // the feed that breaks
			}
			if now.Equal(demoStart) {
				plan.Add(address, nil, pace.Bounds{})
			}
			var published []time.Time
			for i := range doc.Items {
				if key := address + doc.Items[i].ID; !seen[key] {
					seen[key] = true
					published = append(published, doc.Items[i].Published)
				}
			}
			plan.Observe(address, now, published, len(doc.Items))
			s, is := pace.Quiet(plan.State(address))
			if is && !strings.Contains(address, "/radio-marisun/") {
				quiet = append(quiet, fmt.Sprint(address, " at ", now.Sub(demoStart), ": ", s))
			}
			if is && strings.Contains(address, "/radio-marisun/") && now.Sub(demoStart) > 10*time.Minute {
				t.Errorf("radio-marisun is still quiet after %v", now.Sub(demoStart))
			}
		}
	}
	if len(quiet) > 0 {
		t.Errorf("reported as quiet:\n%s", strings.Join(quiet, "\n"))
	}
}
