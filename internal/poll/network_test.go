package poll

import (
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/bubble"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
)

// An address that feeds.yaml does not allow is no fault of the source: there is no back-off,
// and the next start or reload tries it, so that a new fetch.allow has effect at once.
func TestForbidden(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		s := sourceNamed("a")
		s.Every = 10 * time.Minute
		r := newEnv(t, s)
		r.serve(rssA, problem(fetch.ForbiddenAddress, 0, 0))
		r.run(3 * time.Hour)
		if got := gaps(r.requests(), rssA); len(got) < 15 {
			t.Errorf("gaps %v, want the source's own interval", got)
		}
		r.restart()
		if got := r.pass(false); len(got) != 1 || got[0].Outcome != Problem {
			t.Errorf("the next poll: got %+v, want the source tried again", got)
		}
		r.serve(rssA, rss{items: []string{"one"}}.answer)
		if err := r.poller.Set(r.settings); err != nil {
			t.Fatal(err)
		}
		if got := r.pass(false); len(got) != 1 || got[0].Outcome != New {
			t.Errorf("after a reload: got %+v, want the source read", got)
		}
		if got := r.state("a"); got.Refused || got.Failures != 0 {
			t.Errorf("got %+v, want neither refused nor failures", got)
		}
		r.restart()
		if got := r.pass(false); len(got) != 0 {
			t.Errorf("a source that can be read was visited before it was due: %+v", got)
		}
	})
}

// unreachable answers as on a machine without a network.
func unreachable(err error) answer {
	return func(r fetch.Request, _ time.Time) (*fetch.Result, error) {
		return nil, &fetch.Problem{Kind: fetch.Unreachable, Text: "there is no way from here", URL: r.URL, Err: fmt.Errorf("get: %w", err)}
	}
}

// A daemon that starts before the network reads its sources a minute later, and also soon
// after a long outage.
func TestNetworkComesLate(t *testing.T) {
	lookup := &net.DNSError{Err: "server misbehaving", Name: "a.example", IsTemporary: true}
	for _, c := range []struct {
		name    string
		sources int
		err     error
		outage  time.Duration
		within  time.Duration
	}{
		{"one source", 1, lookup, 10 * time.Second, 70 * time.Second},
		{"two sources", 2, lookup, 10 * time.Second, 70 * time.Second},
		{"many sources", 40, lookup, 10 * time.Second, 70 * time.Second},
		{"no route", 5, syscall.ENETUNREACH, 10 * time.Second, 70 * time.Second},
		{"no descriptors", 1, syscall.EMFILE, 10 * time.Second, 70 * time.Second},
		{"a day", 40, lookup, 24 * time.Hour, 6 * time.Minute},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble.Test(t, func(t *testing.T) {
				var sources []news.SourceConfig
				for i := range c.sources {
					sources = append(sources, sourceNamed(fmt.Sprintf("s%d", i)))
				}
				r := newEnv(t, sources...)
				r.poller.Random = evenlySpread()
				for _, s := range sources {
					r.serve(s.Address, unreachable(c.err))
				}
				time.AfterFunc(c.outage, func() {
					for _, s := range sources {
						r.serve(s.Address, rss{items: []string{"x"}}.answer)
					}
				})
				r.run(c.outage + c.within)
				if n := len(r.records()); n != c.sources {
					t.Errorf("%v after the network came, %d of %d sources are read", c.within, n, c.sources)
				}
				most := 2 + int((c.outage+c.within)/(4*time.Minute))
				if asked := len(r.requests()); asked > c.sources*(most+2) {
					t.Errorf("%d visits of %d sources", asked, c.sources)
				}
			})
		})
	}
}

// A single host that does not answer does not count as a lost network.
func TestDeadHost(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := newEnv(t, sourceNamed("dead"), sourceNamed("fine"))
		r.serve("https://dead.example/rss", unreachable(&net.DNSError{Err: "server misbehaving", IsTemporary: true}))
		r.serve("https://fine.example/rss", rss{items: []string{"x"}}.answer)
		r.run(24 * time.Hour)
		if n := len(gaps(r.requests(), "https://dead.example/rss")); n > 10 {
			t.Errorf("tried %d times in a day, want a back-off", n)
		}
	})
}

// A source that waits because its host asked another source for it says so.
func TestWhyRetryAfter(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		one, two := sourceNamed("one"), sourceNamed("two")
		one.Address, two.Address = "https://www.host.example/1", "https://www.host.example/2"
		r := newEnv(t, one, two)
		for _, s := range []news.SourceConfig{one, two} {
			r.serve(s.Address, problem(fetch.RetryLater, 429, 3*time.Hour))
		}
		for range 2 { // in a pass, and in one after a restart
			r.pass(false)
			asker, other := r.state("one"), r.state("two")
			if asker.LastAttempt.IsZero() {
				asker, other = other, asker
			}
			want := fmt.Sprintf("host.example asked for no requests until %s (Retry-After, in a visit of %s)", asker.RetryAfter.UTC().Format("2006-01-02 15:04 UTC"), asker.Source)
			if !strings.HasPrefix(other.Reason, want) || other.Due.Before(asker.RetryAfter) {
				t.Errorf("%s is due %v, %q; want %q", other.Source, other.Due, other.Reason, want)
			}
			if asker.Reason != reasonRetryAfter {
				t.Errorf("%s, whose visit was refused: %q, want %q", asker.Source, asker.Reason, reasonRetryAfter)
			}
			r.restart()
		}
		if all := r.requests(); len(all) != 1 {
			t.Errorf("got %+v, want one request", all)
		}
	})
}

// The time that a visit took is given in milliseconds.
func TestTook(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := newEnv(t, sourceNamed("a"))
		r.serve(rssA, rss{items: []string{"one"}}.answer)
		b, err := json.Marshal(r.pass(false)[0])
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(b), `"took_ms":200`) {
			t.Errorf("got %s, want 200 ms", b)
		}
	})
}
