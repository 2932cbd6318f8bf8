package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/webhook"
)

// webhookRecorder is a webhook that counts the notices it receives.
type webhookRecorder struct {
	mu   sync.Mutex                // guards the fields below
	down bool                      // it answers 503
	ids  map[string]map[string]int // by headline and id: number of notices
}

func (b *webhookRecorder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	b.mu.Lock()
	defer b.mu.Unlock()
	_, text, _ := strings.Cut(string(body), `"headline":"`)
	text, _, _ = strings.Cut(text, `"`)
	if b.ids[text] == nil {
		b.ids[text] = map[string]int{}
	}
	if b.down {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	b.ids[text][r.Header.Get("webhook-id")]++
}

// delivered counts the headlines of which it received a notice.
func (b *webhookRecorder) delivered() (n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, ids := range b.ids {
		if len(ids) > 0 {
			n++
		}
	}
	return n
}

func (b *webhookRecorder) set(down bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.down = down
}

// TestAlertsSurviveKills expects a notice of every story, however often the daemon is killed,
// under one id, and repeated after a kill only if it was being sent.
func TestAlertsSurviveKills(t *testing.T) {
	const kills = 8
	b := &webhookRecorder{ids: map[string]map[string]int{}}
	hook := httptest.NewServer(b)
	defer hook.Close()
	td := newTestDaemon(t, 1)
	td.configure(t, fmt.Sprintf("alerts: [{name: all, to: {webhook: '%s/x'}}]\n", hook.URL))
	d := td.start(t)
	d.wait(t)
	td.until(t, "the source was read", func() bool { return strings.Contains(td.run(t, "sources"), "ago") })
	rnd := rand.New(rand.NewPCG(3, 4))
	for i := range kills {
		b.set(i == 3)
		for range 4 { // few enough that no visit misses items: a catch-up rings no alert
			td.publish()
		}
		<-time.After(time.Duration(rnd.IntN(1500)) * time.Millisecond)
		d.kill(t)
		d = td.start(t)
		d.wait(t)
	}
	b.set(false)
	defer d.terminate(t)
	td.until(t, "all stories are there", func() bool { return len(td.items(t)) == len(td.published) })
	td.until(t, "all rang", func() bool { return b.delivered() == len(td.published) })
	b.mu.Lock()
	defer b.mu.Unlock()
	again := 0
	for title := range td.published {
		if ids := b.ids[title]; len(ids) != 1 {
			t.Errorf("%q rang under %d ids: %v", title, len(ids), ids)
		}
		for _, times := range b.ids[title] {
			again += times - 1
		}
	}
	if again > kills {
		t.Errorf("%d notices were repeated by %d kills, but only one is sent at a time", again, kills)
	}
	t.Logf("%d stories, %d kills, %d notices repeated", len(td.published), kills, again)
}

// digestRecorder is a webhook that stores which notices came in which message.
type digestRecorder struct {
	mu       sync.Mutex        // guards the fields below
	bodies   map[string]string // by the id of the message
	in       map[string]string // the message of each notice
	titles   map[string]bool   // the headlines that came
	problems []string
}

func (b *digestRecorder) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var m webhook.Message
	err := json.Unmarshal(body, &m)
	b.mu.Lock()
	defer b.mu.Unlock()
	id := r.Header.Get("webhook-id")
	if had, ok := b.bodies[id]; err != nil || ok && had != string(body) {
		b.problems = append(b.problems, fmt.Sprintf("message %s: %v, or another content than before", id, err))
	}
	b.bodies[id] = string(body)
	notices := m.Data.Notices
	if len(notices) == 0 {
		notices = []webhook.DigestItem{{ID: id, Data: m.Data}}
	}
	for _, n := range notices {
		if in, ok := b.in[n.ID]; ok && in != id {
			b.problems = append(b.problems, fmt.Sprintf("notice %s is in the messages %s and %s", n.ID, in, id))
		}
		b.in[n.ID], b.titles[n.Headline] = id, true
	}
}

func (b *digestRecorder) delivered() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.titles)
}

// TestDigestsSurviveKills expects each story in exactly one message, which has the same id
// and content whenever it is sent, however often the daemon is killed.
func TestDigestsSurviveKills(t *testing.T) {
	const kills = 6
	b := &digestRecorder{bodies: map[string]string{}, in: map[string]string{}, titles: map[string]bool{}}
	hook := httptest.NewServer(b)
	defer hook.Close()
	td := newTestDaemon(t, 1)
	td.configure(t, fmt.Sprintf("alerts: [{name: all, digest: 1s, limit: 2/5s, to: {webhook: '%s/x'}}]\n", hook.URL))
	d := td.start(t)
	d.wait(t)
	td.until(t, "the source was read", func() bool { return strings.Contains(td.run(t, "sources"), "ago") })
	rnd := rand.New(rand.NewPCG(5, 6))
	for range kills {
		for range 4 {
			td.publish()
		}
		<-time.After(time.Duration(rnd.IntN(2000)) * time.Millisecond)
		d.kill(t)
		d = td.start(t)
		d.wait(t)
	}
	defer d.terminate(t)
	td.until(t, "all stories are there", func() bool { return len(td.items(t)) == len(td.published) })
	td.until(t, "all rang", func() bool { return b.delivered() == len(td.published) })
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range b.problems {
		t.Error(p)
	}
	if len(b.in) != len(td.published) {
		t.Errorf("%d notices for %d stories", len(b.in), len(td.published))
	}
	t.Logf("%d stories in %d messages, %d kills", len(td.published), len(b.bodies), kills)
}
