package poll

import (
	"net/http"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/bubble"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
)

// What could be read of a body that is too large or damaged is filed, and nothing vouches
// for the rest.
func TestCutBody(t *testing.T) {
	for _, tt := range []struct {
		name    string
		missing int  // bytes at the end of the document
		broken  bool // the connection broke off
		outcome string
	}{
		{"too large", 40, false, New},
		{"too large, but the document is whole", 0, false, New},
		{"broken off", 40, true, Problem},
		{"broken off behind the document", 0, true, New},
	} {
		bubble.Test(t, func(t *testing.T) {
			r := newEnv(t, sourceNamed("a"))
			r.serve(rssA, func(q fetch.Request, now time.Time) (*fetch.Result, error) {
				res, err := rss{items: []string{"one", "two"}}.answer(q, now)
				res.Body = res.Body[:len(res.Body)-tt.missing]
				res.Cut, res.CutText, res.Validators = true, "the feed is larger than 8 MB", news.Validators{}
				if tt.broken {
					res.Broken = &fetch.Problem{Kind: fetch.Truncated, Text: "a.example broke off"}
				}
				return res, err
			})
			got := r.pass(false)
			if len(got) != 1 || got[0].Outcome != tt.outcome || tt.broken && tt.outcome == Problem && got[0].Problem != "a.example broke off" {
				t.Errorf("%s: got %+v, want %s", tt.name, got, tt.outcome)
			}
			if st := r.state("a"); tt.outcome == New && (st.Cut != "") != (tt.missing > 0) {
				t.Errorf("%s: the state says that %q is not read", tt.name, st.Cut)
			}
			for _, rec := range r.records() {
				if !rec.Visit.Partial || rec.Visit.Validators != (news.Validators{}) || len(rec.Visit.Entries) == 0 {
					t.Errorf("%s: filed %+v, want entries of a partial document", tt.name, rec.Visit)
				}
			}
			if st := r.state("a"); st.BodyHash != 0 || st.Validators != (news.Validators{}) {
				t.Errorf("%s: the state vouches for what was not read: %+v", tt.name, st)
			}
		})
	}
}

// The settings of a source are those of each of its requests.
func TestVisitSettings(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		s := sourceNamed("a")
		s.Timeout, s.MaxBytes, s.Authority = time.Minute, 1<<20, "PEM"
		r := newEnv(t, s)
		r.serve(rssA, rss{items: []string{"one"}}.answer)
		r.pass(false)
		for _, q := range r.seen {
			if q.Timeout != s.Timeout || q.MaxBytes != s.MaxBytes || q.Authority != s.Authority {
				t.Errorf("requested %+v, want the source's timeout, limit and authority", q.Request)
			}
		}
		if len(r.seen) != 1 {
			t.Errorf("%d requests, want 1", len(r.seen))
		}
	})
}

// A source that fails is visited at once when feeds.yaml changes what its requests are made
// with, unless its server asked for no requests.
func TestChangedSettings(t *testing.T) {
	for _, tt := range []struct {
		name    string
		change  func(*news.SourceConfig)
		problem fetch.Problem
		visits  int
	}{
		{"ca", func(s *news.SourceConfig) { s.Authority = "PEM" }, fetch.Problem{Kind: fetch.Insecure}, 2},
		{"timeout", func(s *news.SourceConfig) { s.Timeout = time.Minute }, fetch.Problem{Kind: fetch.TimedOut}, 2},
		{"headers", func(s *news.SourceConfig) { s.Header = http.Header{"Authorization": {"Bearer a"}} }, fetch.Problem{Kind: fetch.Blocked, Status: 401}, 2},
		{"nothing", func(*news.SourceConfig) {}, fetch.Problem{Kind: fetch.TimedOut}, 1},
		{"another key", func(s *news.SourceConfig) { s.Rank = 3 }, fetch.Problem{Kind: fetch.TimedOut}, 1},
		{"asked to wait", func(s *news.SourceConfig) { s.Timeout = time.Minute }, fetch.Problem{Kind: fetch.RetryLater, Status: 429}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble.Test(t, func(t *testing.T) {
				r := newEnv(t, sourceNamed("a"))
				r.serve(rssA, func(q fetch.Request, _ time.Time) (*fetch.Result, error) {
					p := tt.problem
					p.Text, p.URL = "it can't be read", q.URL
					return nil, &p
				})
				r.pass(false)
				tt.change(&r.settings.Sources[0])
				if err := r.poller.Set(r.settings); err != nil {
					t.Fatal(err)
				}
				r.run(10 * time.Second)
				if got := len(r.requests()); got != tt.visits {
					t.Errorf("%d visits, want %d", got, tt.visits)
				}
			})
		})
	}
}
