package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/origin"
)

// confirmer is a subscriber that answers nothing while it is held, and then confirms.
type confirmer struct {
	mu        sync.Mutex // guards the fields below
	held      bool
	confirmed map[string]int      // by path
	got       map[string][]string // bodies by path
}

func (c *confirmer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	c.mu.Lock()
	held := c.held
	c.mu.Unlock()
	if held {
		<-r.Context().Done()
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if r.Method == http.MethodGet {
		c.confirmed[r.URL.Path]++
		_, _ = io.WriteString(w, r.FormValue("hub.challenge"))
		return
	}
	c.got[r.URL.Path] = append(c.got[r.URL.Path], string(body))
}

func (c *confirmer) hold(held bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held = held
}

// all reports whether n subscribers were sent something with a text.
func (c *confirmer) all(n int, text string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, bodies := range c.got {
		if strings.Contains(strings.Join(bodies, ""), text) {
			n--
		}
	}
	return n <= 0
}

// TestAcceptedSubscriptionsSurviveKills kills the daemon right after each 202, while the
// callback is being asked, and expects that every callback is asked again and then sent
// what is new.
func TestAcceptedSubscriptionsSurviveKills(t *testing.T) {
	const kills = 4
	c := &confirmer{confirmed: map[string]int{}, got: map[string][]string{}}
	s := httptest.NewServer(c)
	defer s.Close()
	td := newTestDaemon(t, 1)
	td.configure(t, fmt.Sprintf("websub: {allow: [%q]}\n", address(s)))
	for i := range kills {
		d := td.start(t)
		d.wait(t)
		c.hold(true)
		res, err := http.PostForm("http://"+td.public+"/websub", url.Values{
			"hub.mode": {"subscribe"}, "hub.topic": {"http://" + td.public + "/topics/all.atom"}, "hub.callback": {fmt.Sprintf("%s/%d", s.URL, i)},
		})
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusAccepted {
			t.Fatalf("subscribing: %s, want 202", res.Status)
		}
		d.kill(t)
		c.hold(false)
	}
	d := td.start(t)
	defer d.terminate(t)
	d.wait(t)
	td.until(t, "all callbacks were asked", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return len(c.confirmed) == kills
	})
	td.feeds[0].Set(origin.Doc{Format: origin.RSS, Title: "Wire", Items: []origin.Item{{ID: "1", Title: "Harbour opens again after the storm", Link: "https://wire.example/1", Published: time.Now()}}})
	td.until(t, "all got what is new", func() bool { return c.all(kills, "Harbour opens again") })
}
