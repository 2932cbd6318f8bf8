package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// TestAlertsOutliveAKill wants each story that a killed daemon had taken in to ring,
// and nothing to ring under two ids.
func TestAlertsOutliveAKill(t *testing.T) {
	var mu sync.Mutex
	rung := map[string]string{} // id to headline
	times := map[string]int{}
	down := true
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		if down {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		_, text, _ := strings.Cut(string(body), `"headline":"`)
		text, _, _ = strings.Cut(text, `"`)
		rung[r.Header.Get("webhook-id")] = text
		times[text]++
	}))
	defer hook.Close()
	p := newPress(t, 1)
	p.configure(t, fmt.Sprintf("alerts: [{name: all, to: {webhook: '%s/x'}}]\n", hook.URL))
	p.rewrite(t, fmt.Sprintf("allow: [%q]", p.source), fmt.Sprintf("allow: [%q, %q]", p.source, strings.TrimPrefix(hook.URL, "http://")))
	d := p.start(t)
	d.wait(t)
	p.until(t, "the source was read", func() bool {
		return strings.Contains(p.says(t, "sources"), "not modified") || strings.Contains(p.says(t, "sources"), "ago")
	})
	for range 5 {
		p.publish()
	}
	p.until(t, "the stories are there", func() bool { return len(p.items(t)) == 5 })
	d.kill(t)
	mu.Lock()
	down = false
	mu.Unlock()
	d = p.start(t)
	d.wait(t)
	defer d.terminate(t)
	p.until(t, "all rang", func() bool { mu.Lock(); defer mu.Unlock(); return len(rung) == 5 })
	mu.Lock()
	defer mu.Unlock()
	for title := range p.published {
		if times[title] == 0 {
			t.Errorf("%q never rang", title)
		}
	}
}
