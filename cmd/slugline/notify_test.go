package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
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
	td.rewrite(t, fmt.Sprintf("allow: [%q]", td.source), fmt.Sprintf("allow: [%q, %q]", td.source, strings.TrimPrefix(hook.URL, "http://")))
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
