package poll

import (
	"bytes"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/bubble"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
)

// logged collects what the poller logs, a line for each event: its message, and its source
// if it is about one.
type logged struct {
	mu  sync.Mutex // guards buf
	buf bytes.Buffer
}

func (l *logged) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

// lines returns what was logged since the last call, sorted.
func (l *logged) lines() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := strings.Split(strings.TrimSpace(l.buf.String()), "\n")
	l.buf.Reset()
	slices.Sort(all)
	return slices.DeleteFunc(all, func(s string) bool { return s == "" })
}

func (r *testEnv) log() *logged {
	l := &logged{}
	r.poller.Log = slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == "msg" || a.Key == "source" || a.Key == "sources" {
			return a
		}
		return slog.Attr{}
	}}))
	return l
}

var (
	lookupFails       = unreachable(&net.DNSError{Err: "server misbehaving", IsTemporary: true})
	connectionRefused = unreachable(syscall.ECONNREFUSED)
	connectsSlow      = func(r fetch.Request, _ time.Time) (*fetch.Result, error) {
		return nil, &fetch.Problem{Kind: fetch.TimedOut, Text: "it could not be reached", URL: r.URL, Err: &net.OpError{Op: "dial", Err: syscall.ETIMEDOUT}}
	}
	fine = rss{items: []string{"x"}}.answer
)

// While the network is lost, one line stands for all sources, and one says that it is back.
func TestLogOfLostNetwork(t *testing.T) {
	const lost, back = `msg="sources can't be reached: this machine may have no network" sources=%d`, `msg="sources can be reached again"`
	for _, c := range []struct {
		name    string
		sources int
		fails   answer
	}{
		{"lookups fail", 45, lookupFails},
		{"no such names", 45, unreachable(&net.DNSError{IsNotFound: true})},
		{"no route", 45, unreachable(syscall.ENETUNREACH)},
		{"no route to the hosts", 45, unreachable(syscall.EHOSTUNREACH)},
		{"refused", 45, connectionRefused},
		{"timeouts", 45, connectsSlow},
		{"two sources", 2, lookupFails},
		{"one source", 1, lookupFails},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble.Test(t, func(t *testing.T) {
				var sources []news.SourceConfig
				for i := range c.sources {
					sources = append(sources, sourceNamed(fmt.Sprintf("s%d", i)))
				}
				r := newEnv(t, sources...)
				serve := func(a answer) {
					for _, s := range sources {
						r.serve(s.Address, a)
					}
				}
				log := r.log()
				expect := func(when string, d time.Duration, want ...string) {
					t.Helper()
					r.run(d)
					if got := log.lines(); !slices.Equal(got, want) {
						t.Errorf("%s: got %d lines, want %d:\n%s", when, len(got), len(want), strings.Join(got, "\n"))
					}
				}
				lostLine := fmt.Sprintf(lost, c.sources)
				serve(c.fails)
				expect("at the first start", 3*time.Hour, lostLine)
				r.restart()
				log = r.log()
				expect("after a restart", time.Hour, lostLine)
				serve(fine)
				expect("when the network comes", 25*time.Hour, back)
				expect("later", time.Hour)
				serve(c.fails)
				expect("when the network is lost", 2*time.Hour, lostLine)
				serve(fine)
				expect("when it is back", 25*time.Hour, back)
			})
		})
	}
}

// What fails by itself is named, also while the network is lost and after that.
func TestLogNamesOwnProblems(t *testing.T) {
	problemOf := func(names ...string) (all []string) {
		for _, name := range names {
			all = append(all, `msg="a source has a problem" source=`+name)
		}
		return all
	}
	const lost, back = `msg="sources can't be reached: this machine may have no network" sources=5`, `msg="sources can be reached again"`
	bubble.Test(t, func(t *testing.T) {
		var sources []news.SourceConfig
		for _, name := range []string{"a", "b", "c", "dead", "refuses", "private", "broken"} {
			sources = append(sources, sourceNamed(name))
		}
		r := newEnv(t, sources...)
		r.poller.NoPause = func(rawURL string) bool {
			return strings.Contains(rawURL, "private") || strings.Contains(rawURL, "broken")
		}
		log := r.log()
		serve := func(a answer, names ...string) {
			for _, name := range names {
				r.serve("https://"+name+".example/rss", a)
			}
		}
		expect := func(when string, d time.Duration, want ...string) {
			t.Helper()
			r.run(d)
			slices.Sort(want)
			if got := log.lines(); !slices.Equal(got, want) {
				t.Errorf("%s: got:\n%s\nwant:\n%s", when, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		}
		serve(fine, "private")
		serve(problem(fetch.BadStatus, 404, 0), "broken")
		serve(lookupFails, "a", "b", "c", "dead")
		serve(connectionRefused, "refuses")
		expect("without a network", time.Hour, append(problemOf("broken", "refuses"), lost)...)
		serve(fine, "a", "b", "c", "broken")
		expect("with a network", 4*time.Hour, append(problemOf("dead"), back, `msg="a source can be read again" source=broken`)...)
		serve(fine, "dead", "refuses")
		expect("at last", 25*time.Hour, `msg="a source can be read again" source=dead`, `msg="a source can be read again" source=refuses`)
	})
}
