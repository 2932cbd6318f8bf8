package poll

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/bubble"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
)

const rssA = "https://a.example/rss"

// problem answers with a problem as fetch reports it.
func problem(kind fetch.Kind, status int, retry time.Duration) answer {
	return func(r fetch.Request, now time.Time) (*fetch.Result, error) {
		p := &fetch.Problem{Kind: kind, Status: status, Text: fmt.Sprintf("it answered %d", status), URL: r.URL}
		if retry > 0 {
			p.RetryAfter = now.Add(retry)
		}
		return nil, p
	}
}

// gaps returns the times between the requests to an address, from the end of one to the
// start of the next.
func gaps(all []request, url string) (gaps []time.Duration) {
	var last *request
	for i := range all {
		if all[i].URL != url {
			continue
		}
		if last != nil {
			gaps = append(gaps, all[i].start.Sub(last.end))
		}
		last = &all[i]
	}
	return gaps
}

// E1 to E4 and E19: validators go back as they came, those of a 304 replace them, and no
// request after a restart is without them.
func TestValidators(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := newEnv(t, sourceNamed("a"))
		tag := `  unquoted W/"x" `
		page := rss{items: []string{"one"}, etag: tag}
		r.serve(rssA, page.answer)
		r.pass(false)
		r.requests()
		r.records()

		r.restart()
		r.serve(rssA, func(q fetch.Request, now time.Time) (*fetch.Result, error) {
			res, err := page.answer(q, now)
			res.Validators.ETag = `"newer"`
			return res, err
		})
		r.pass(true)
		r.restart()
		r.pass(true)
		var tags []string
		for _, q := range r.requests() {
			tags = append(tags, q.Validators.ETag)
		}
		if want := []string{tag, `"newer"`}; !slices.Equal(tags, want) {
			t.Errorf("If-None-Match: got %q, want %q", tags, want)
		}
	})
}

// E5: new validators and a new build date over the same items are no news.
func TestSameItems(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := newEnv(t, sourceNamed("a"))
		r.serve(rssA, rss{items: []string{"one"}}.answer)
		r.pass(false)
		if n := len(r.records()); n != 1 {
			t.Fatalf("first visit: %d records, want 1", n)
		}
		r.serve(rssA, rss{items: []string{"one"}, extra: "<lastBuildDate>Sat, 01 Jan 2000 00:00:07 GMT</lastBuildDate>"}.answer)
		got := r.pass(true)
		if n := len(r.records()); n != 0 || got[0].Outcome != Same {
			t.Errorf("a new build date: %d records, outcome %s; want none, same", n, got[0].Outcome)
		}
		r.pass(true)
		if asked := r.requests(); !strings.Contains(asked[2].Validators.ETag, "lastBuildDate") {
			t.Errorf("the new validators were not stored: %q", asked[2].Validators.ETag)
		}
	})
}

// E6 and E7: a failed visit changes no validators, and a document that is cut off is filed
// without them.
func TestUnvouched(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := newEnv(t, sourceNamed("a"))
		r.serve(rssA, func(q fetch.Request, now time.Time) (*fetch.Result, error) {
			res, err := rss{items: []string{"one", "two"}}.answer(q, now)
			if res.Body != nil {
				res.Body = res.Body[:len(res.Body)-40]
			}
			return res, err
		})
		r.pass(false)
		recs := r.records()
		if len(recs) != 1 || !recs[0].Visit.Partial || recs[0].Visit.Validators != (news.Validators{}) {
			t.Fatalf("a cut-off document: got %+v, want one partial batch without validators", recs)
		}
		if len(recs[0].Visit.Entries) == 0 {
			t.Error("the complete items of a cut-off document were not filed")
		}
		if v := r.state("a").Validators; v != (news.Validators{}) {
			t.Errorf("the validators of a cut-off document were stored: %+v", v)
		}
		r.serve(rssA, rss{items: []string{"one", "two"}}.answer)
		r.pass(true)
		kept := r.state("a").Validators
		r.serve(rssA, problem(fetch.Unsolicited, 304, 0))
		r.pass(true)
		if got := r.state("a"); got.Validators != kept || got.Outcome != Problem {
			t.Errorf("after a failed visit: validators %+v, outcome %s; want %+v, problem", got.Validators, got.Outcome, kept)
		}
	})
}

// E8 and E9: the time that the server or the document asks for is the least one.
func TestFloors(t *testing.T) {
	for _, c := range []struct {
		name   string
		doc    rss
		source news.SourceConfig
		want   time.Duration // the shortest gap
		most   time.Duration
	}{
		{"max-age", rss{header: http.Header{"Cache-Control": {"max-age=7200"}}}, news.SourceConfig{}, 2 * time.Hour, 3 * time.Hour},
		{"max-age of a year", rss{header: http.Header{"Cache-Control": {"max-age=31536000"}}}, news.SourceConfig{}, 24 * time.Hour, 25 * time.Hour},
		{"ttl", rss{extra: "<ttl>90</ttl>"}, news.SourceConfig{}, 90 * time.Minute, 2 * time.Hour},
		{"ttl beside every", rss{extra: "<ttl>90</ttl>"}, news.SourceConfig{Every: 10 * time.Minute}, 90 * time.Minute, 2 * time.Hour},
		{"every", rss{}, news.SourceConfig{Every: 10 * time.Minute}, 10 * time.Minute, 11 * time.Minute},
		{"every under the floor", rss{}, news.SourceConfig{Every: time.Second}, 5 * time.Minute, 6 * time.Minute},
		{"wire", rss{}, news.SourceConfig{Every: time.Second, Wire: true}, time.Minute, 2 * time.Minute},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble.Test(t, func(t *testing.T) {
				s := sourceNamed("a")
				s.Every, s.Wire = c.source.Every, c.source.Wire
				r := newEnv(t, s)
				c.doc.items = []string{"one"}
				r.serve(rssA, c.doc.answer)
				r.run(3 * c.most)
				r.restart()
				r.run(3 * c.most)
				got := gaps(r.requests(), rssA)
				if len(got) < 4 || slices.Min(got) < c.want || slices.Max(got) > c.most {
					t.Errorf("gaps between visits: %v, want each from %v to %v", got, c.want, c.most)
				}
			})
		})
	}
}

func TestSkipHoursAndDays(t *testing.T) {
	bubble.Test(t, func(t *testing.T) { // it is Saturday, 1 January 2000
		s := sourceNamed("a")
		s.Every = 20 * time.Minute
		r := newEnv(t, s)
		skip := "<skipHours>"
		for h := range 8 {
			skip += fmt.Sprintf("<hour>%d</hour>", h)
		}
		skip += "</skipHours><skipDays><day>Sunday</day></skipDays>"
		r.serve(rssA, rss{items: []string{"one"}, extra: skip}.answer)
		r.run(5 * time.Hour)
		r.restart() // the hours and days are remembered, though only 304s follow
		r.run(5 * 24 * time.Hour)
		all := r.requests()
		for _, q := range all[1:] {
			if q.start.Hour() < 8 || q.start.Weekday() == time.Sunday {
				t.Errorf("visited at %v", q.start)
			}
		}
		if len(all) < 100 {
			t.Errorf("too few visits: %d in five days", len(all))
		}
	})
}

// E10: Retry-After holds for all sources of the host, and after a restart.
func TestRetryAfter(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		one, two, other := sourceNamed("one"), sourceNamed("two"), sourceNamed("other")
		one.Address, two.Address = "https://feeds.host.example/one", "https://www.host.example/two"
		r := newEnv(t, one, two, other)
		r.serve(one.Address, problem(fetch.RetryLater, 429, 3*time.Hour))
		r.serve(two.Address, rss{items: []string{"x"}}.answer)
		r.serve(other.Address, rss{items: []string{"y"}}.answer)
		r.run(30 * time.Minute)
		late := sourceNamed("late") // added with the restart
		late.Address = "https://late.host.example/three"
		r.serve(late.Address, rss{items: []string{"z"}}.answer)
		r.settings.Sources = append(r.settings.Sources, late)
		r.restart()
		start := time.Now()
		r.run(10 * time.Hour)
		var until time.Time
		others := 0
		for i, q := range r.requests() {
			switch {
			case q.URL == one.Address && until.IsZero():
				until = q.start.Add(3 * time.Hour)
			case q.URL == other.Address:
				others++
			case q.start.Before(until):
				t.Errorf("request %d: %s visited %v before the host allowed it", i, q.URL, until.Sub(q.start))
			}
		}
		if until.IsZero() || until.Before(start) {
			t.Fatal("the test's Retry-After ended before the restart")
		}
		if others < 10 {
			t.Errorf("the other host was visited only %d times", others)
		}
	})
}

// A pass over all sources obeys Retry-After, but waits for no back-off.
func TestPassAllIsPolite(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		busy, broken, fine := sourceNamed("busy"), sourceNamed("broken"), sourceNamed("fine")
		r := newEnv(t, busy, broken, fine)
		r.serve(busy.Address, problem(fetch.RetryLater, 503, time.Hour))
		r.serve(fine.Address, rss{items: []string{"x"}, header: http.Header{"Cache-Control": {"max-age=9000"}}}.answer)
		if n := len(r.pass(false)); n != 3 {
			t.Fatalf("first pass: %d visits, want 3", n)
		}
		r.restart()
		if got := r.pass(false); len(got) != 0 {
			t.Errorf("second pass visited sources that are not due: %+v", got)
		}
		got := r.pass(true)
		slices.SortFunc(got, func(a, b Visited) int { return strings.Compare(a.Name, b.Name) })
		if len(got) != 2 || got[0].Name != "broken" || got[1].Name != "fine" {
			t.Errorf("pass over all: got %+v, want broken and fine", got)
		}
	})
}

// E11: after a 410 there is one more visit a day later, then none, also after a restart.
func TestGone(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := newEnv(t, sourceNamed("a"))
		r.serve(rssA, rss{items: []string{"one"}}.answer)
		r.run(time.Minute)
		r.serve(rssA, problem(fetch.Gone, 410, 0))
		r.requests()
		r.run(5 * 24 * time.Hour)
		r.restart()
		r.run(5 * 24 * time.Hour)
		got := gaps(r.requests(), rssA)
		if len(got) != 1 || got[0] < 24*time.Hour {
			t.Errorf("after 410: gaps %v, want one of a day", got)
		}
		if s := r.state("a"); !s.Gone || s.Outcome != Gone || s.Problem == "" {
			t.Errorf("got %+v, want gone, with a problem", s)
		}
		r.restart()
		if got := r.pass(true); len(got) != 0 {
			t.Errorf("a pass over all visited a source that is gone: %+v", got)
		}
	})
}

// E12: the time to the next visit of a failing source doubles each time, up to a day.
func TestBackOff(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		s := sourceNamed("a")
		s.Every = 10 * time.Minute
		r := newEnv(t, s)
		r.run(2 * 24 * time.Hour)
		r.restart()
		r.run(4 * 24 * time.Hour)
		got := gaps(r.requests(), rssA)
		for i := range got {
			got[i] = got[i].Round(time.Minute)
		}
		m := time.Minute
		want := []time.Duration{10 * m, 20 * m, 40 * m, 80 * m, 160 * m, 320 * m, 640 * m, 1280 * m, 1440 * m, 1440 * m, 1440 * m, 1440 * m}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("gaps after failures (-want +got):\n%s", d)
		}
		r.serve(rssA, rss{items: []string{"one"}}.answer)
		r.run(24*time.Hour + time.Hour)
		if s := r.state("a"); s.Failures != 0 || s.Problem != "" || s.Due.Sub(s.LastAttempt) > 10*time.Minute {
			t.Errorf("after a good visit: %d failures, %q, next in %v", s.Failures, s.Problem, s.Due.Sub(s.LastAttempt))
		}
	})
}

// E23: a server that refuses us is not visited for hours, and the state of the source says so.
func TestBlocked(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := newEnv(t, sourceNamed("a"))
		r.serve(rssA, problem(fetch.Blocked, 403, 0))
		r.run(12 * time.Hour)
		if got := gaps(r.requests(), rssA); len(got) < 1 || slices.Min(got) < 3*time.Hour {
			t.Errorf("gaps after 403: %v", got)
		}
		if s := r.state("a"); s.Outcome != Blocked {
			t.Errorf("outcome %s, want blocked", s.Outcome)
		}
	})
}

// E13: a permanent redirect is confirmed by three visits, remembered over a restart, and
// dropped when the new address fails.
func TestMoved(t *testing.T) {
	const now = "https://new.example/feed"
	bubble.Test(t, func(t *testing.T) {
		s := sourceNamed("a")
		s.Every = time.Hour
		r := newEnv(t, s)
		doc := rss{items: []string{"one"}}
		r.serve(now, doc.answer)
		r.serve(rssA, func(q fetch.Request, at time.Time) (*fetch.Result, error) {
			res, err := doc.answer(q, at)
			res.MovedTo = now
			return res, err
		})
		r.run(90 * time.Minute)
		r.restart()
		r.run(3 * time.Hour)
		r.restart()
		r.run(2 * time.Hour)
		var urls []string
		for _, q := range r.requests() {
			urls = append(urls, q.URL)
		}
		if want := []string{rssA, rssA, rssA, now, now}; !slices.Equal(urls[:5], want) {
			t.Errorf("visited %q, want %q ...", urls, want)
		}
		if got := r.state("a").Moved; got != now {
			t.Errorf("moved to %q, want %q", got, now)
		}
		r.serve(now, problem(fetch.BadStatus, 404, 0))
		r.run(10 * time.Hour)
		if all := r.requests(); !slices.ContainsFunc(all, func(q request) bool { return q.URL == rssA }) {
			t.Error("a new address that failed was never dropped")
		}
	})
}

// The headers of a source go to no other host, even after it moved.
func TestMovedWithHeaders(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		s := sourceNamed("a")
		s.Header = http.Header{"Authorization": {"secret"}}
		r := newEnv(t, s)
		r.serve(rssA, func(q fetch.Request, at time.Time) (*fetch.Result, error) {
			res, err := rss{items: []string{"one"}}.answer(q, at)
			res.MovedTo = "https://new.example/feed"
			return res, err
		})
		r.run(3 * 24 * time.Hour)
		for _, q := range r.requests() {
			if q.URL != rssA {
				t.Fatalf("the header was sent to %s", q.URL)
			}
		}
	})
}

// E18: one request in flight to a host and a second's pause after each; other hosts do not
// wait.
func TestHosts(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		var sources []news.SourceConfig
		for i := range 20 {
			s := sourceNamed(fmt.Sprintf("s%d", i))
			s.Address = fmt.Sprintf("https://n%d.host.example/rss", i)
			sources = append(sources, s)
		}
		for i := range 20 {
			sources = append(sources, sourceNamed(fmt.Sprintf("other%d", i)))
		}
		r := newEnv(t, sources...)
		for _, s := range sources {
			r.serve(s.Address, rss{items: []string{"x"}}.answer)
		}
		r.run(2 * time.Minute)
		var last time.Time
		crowd, single := 0, 0
		for _, q := range r.requests() {
			if !strings.Contains(q.URL, "host.example") {
				single++
				continue
			}
			crowd++
			if gap := q.start.Sub(last); !last.IsZero() && gap < time.Second {
				t.Errorf("%v after the last request to the host", gap)
			}
			last = q.end
		}
		if crowd != 20 || single != 20 {
			t.Errorf("visited %d and %d, want 20 and 20", crowd, single)
		}
	})
}

func TestPerHostAndFree(t *testing.T) {
	for _, c := range []struct {
		name    string
		perHost int
		free    bool
		most    time.Duration // for 10 requests of 200 ms
		flying  int
	}{
		{"one, paused", 1, false, 12 * time.Second, 1},
		{"three, paused", 3, false, 5 * time.Second, 3},
		{"one, free", 1, true, 2100 * time.Millisecond, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble.Test(t, func(t *testing.T) {
				var sources []news.SourceConfig
				for i := range 10 {
					s := sourceNamed(fmt.Sprintf("s%d", i))
					s.Address = fmt.Sprintf("https://n%d.host.example/rss", i)
					sources = append(sources, s)
				}
				r := newEnv(t, sources...)
				for _, s := range sources {
					r.serve(s.Address, rss{items: []string{"x"}}.answer)
				}
				r.settings.PerHost = c.perHost
				r.poller.NoPause = func(string) bool { return c.free }
				if err := r.poller.Set(r.settings); err != nil {
					t.Fatal(err)
				}
				start := time.Now()
				if n := len(r.pass(false)); n != 10 {
					t.Errorf("%d visits, want 10", n)
				}
				if took := time.Since(start); took > c.most {
					t.Errorf("took %v, want at most %v", took, c.most)
				}
				all := r.requests()
				for i := range all {
					flying := 0
					for _, q := range all {
						if !q.start.After(all[i].start) && q.end.After(all[i].start) {
							flying++
						}
					}
					if flying > c.flying {
						t.Fatalf("%d in flight, want at most %d", flying, c.flying)
					}
				}
			})
		})
	}
}

// E19: a restart makes no burst: sources that are not due are not visited, and those that
// became due are spread.
func TestRestart(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		var sources []news.SourceConfig
		for i := range 200 {
			s := sourceNamed(fmt.Sprintf("s%d", i))
			s.Every = 30 * time.Minute
			sources = append(sources, s)
		}
		r := newEnv(t, sources...)
		for _, s := range sources {
			r.serve(s.Address, rss{items: []string{"x"}}.answer)
		}
		r.poller.Random = evenlySpread()
		r.run(time.Minute)
		if n := len(r.requests()); n != 200 {
			t.Fatalf("first start: %d visits, want 200", n)
		}
		for range 5 {
			r.restart()
			r.run(10 * time.Second)
		}
		if all := r.requests(); len(all) != 0 {
			t.Errorf("five restarts made %d visits that were not due", len(all))
		}
		r.restart()
		r.poller.Random = evenlySpread()
		time.Sleep(3 * time.Hour) // all become due while nothing runs
		start := time.Now()
		r.run(time.Minute)
		all := r.requests()
		bySecond := map[int]int{}
		for _, q := range all {
			bySecond[int(q.start.Sub(start)/time.Second)]++
			if q.Validators == (news.Validators{}) {
				t.Fatalf("%s was visited without validators", q.URL)
			}
		}
		if len(all) != 200 {
			t.Errorf("%d visits after the rest, want 200", len(all))
		}
		for s, n := range bySecond {
			if n > 60 {
				t.Errorf("%d visits in second %d", n, s)
			}
		}
	})
}

// evenlySpread returns numbers that are evenly spread and the same in each run.
func evenlySpread() func() float64 {
	x := 0.
	return func() float64 {
		x += .6180339887
		x -= float64(int(x))
		return x
	}
}

// E20: a silent source is visited less and less, a busy one never more often than the floor.
func TestQuiet(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := newEnv(t, sourceNamed("quiet"), sourceNamed("busy"))
		r.serve("https://quiet.example/rss", rss{items: []string{"x"}}.answer)
		r.serve("https://busy.example/rss", func(q fetch.Request, now time.Time) (*fetch.Result, error) {
			var items []string
			for i := range 20 {
				items = append(items, fmt.Sprint(now.Truncate(7*time.Minute).Add(time.Duration(-i)*7*time.Minute).Unix()))
			}
			return rss{items: items}.answer(q, now)
		})
		r.run(6 * 24 * time.Hour)
		all := r.requests()
		quiet, busy := gaps(all, "https://quiet.example/rss"), gaps(all, "https://busy.example/rss")
		if last := quiet[len(quiet)-1]; last < time.Hour {
			t.Errorf("after six silent days visited after %v", last)
		}
		if slices.Min(busy) < 5*time.Minute {
			t.Errorf("visited after %v, less than the floor", slices.Min(busy))
		}
		if per := float64(len(all)) / 6 / 2; per < 70 || per > 120 {
			t.Errorf("%.0f visits a day and source, want about 96", per)
		}
	})
}

// E21: a difference is merged: items that it lacks are not gone, and its items are not news
// again in the next whole document.
func TestDelta(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := newEnv(t, sourceNamed("a"))
		r.serve(rssA, rss{items: []string{"one"}, etag: "1"}.answer)
		r.pass(false)
		r.records()
		r.serve(rssA, func(q fetch.Request, now time.Time) (*fetch.Result, error) {
			res, err := rss{items: []string{"two"}, etag: "2"}.answer(q, now)
			res.Status, res.Delta = 226, true
			return res, err
		})
		r.pass(true)
		recs := r.records()
		if len(recs) != 1 || !recs[0].Visit.Partial || len(headlines(recs)) != 1 {
			t.Fatalf("a difference: got %+v, want one partial batch of one entry", recs)
		}
		if got := r.state("a").Validators.ETag; got != "2" {
			t.Errorf("validators %q, want those of the difference", got)
		}
		r.serve(rssA, rss{items: []string{"two", "one"}, etag: "3"}.answer)
		r.pass(true)
		if got := headlines(r.records()); len(got) != 0 {
			t.Errorf("filed again: %q", got)
		}
	})
}

// If no host can be reached, the fault is ours: sources are not delayed for a day.
func TestOffline(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		var sources []news.SourceConfig
		for i := range 5 {
			s := sourceNamed(fmt.Sprintf("s%d", i))
			s.Every = 10 * time.Minute
			sources = append(sources, s)
		}
		r := newEnv(t, sources...)
		for _, s := range sources {
			r.serve(s.Address, problem(fetch.Unreachable, 0, 0))
		}
		r.run(3 * 24 * time.Hour)
		for _, s := range sources {
			if wait := r.state(s.Name).Due.Sub(r.state(s.Name).LastAttempt); wait > 70*time.Minute {
				t.Errorf("%s is delayed for %v", s.Name, wait)
			}
		}
	})
}
