package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestReaders measures a daemon that is read while news comes in. With SLUGLINE_READERS set
// there are 200 readers, 300 open live streams and 55 new entries a second for ten minutes.
// SLUGLINE_HEAP names a file for the heap profile of the moment that used most.
func TestReaders(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	s := &stressTest{healthy: 20, every: 2 * time.Second, duration: 10 * time.Second, publishes: 1}
	r := &readers{readers: 20, streams: 30}
	if os.Getenv("SLUGLINE_READERS") != "" {
		s.healthy, s.every, s.duration = 220, 4*time.Second, 10*time.Minute
		r.readers, r.streams = 200, 300
	}
	s.meanwhile = r.run
	s.check(t, 4, 256<<20)
	slices.Sort(r.health)
	t.Logf("%d requests of readers, %d lines of streams; %d answers of /healthz: half within %v, 99 %% within %v", r.read.Load(), r.lines.Load(), len(r.health), at(r.health, .5), at(r.health, .99))
	if f := r.failure.Load(); f != nil {
		t.Error(*f)
	}
	if r.read.Load() == 0 || r.lines.Load() == 0 || len(r.health) == 0 {
		t.Error("nothing was read")
	}
}

// readers read feeds, pages and live streams.
type readers struct {
	readers, streams int

	read, lines atomic.Int64 // requests that were answered; lines of streams that hold stories
	failure     atomic.Pointer[string]
	health      []time.Duration // of each request for /healthz
}

// run reads until ctx ends.
func (r *readers) run(ctx context.Context, public, desk string) {
	public, desk = "http://"+public, "http://"+desk
	var wg sync.WaitGroup
	for i := range r.readers {
		wg.Go(func() { r.readPages(ctx, public, i) })
	}
	for i := range r.streams {
		wg.Go(func() { r.follow(ctx, desk, i) })
	}
	wg.Go(func() { r.checkHealth(ctx, public) })
	if name := os.Getenv("SLUGLINE_HEAP"); name != "" {
		wg.Go(func() { r.profile(ctx, desk, name) })
	}
	wg.Wait()
}

// readPages asks for a feed or a page a second, as a reader of its own.
func (r *readers) readPages(ctx context.Context, public string, i int) {
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}}
	defer client.CloseIdleConnections()
	paths := []string{"/topics/all.atom", "/topics/all.rss", "/topics/all.json", "/", "/topics/all", "/embed/all", "/topics.opml", "/topics/all/embed"}
	codings := []string{"gzip", "zstd, gzip", "br, gzip", ""}
	tags := map[string]string{}
	pause(ctx, rand.N(time.Second))
	for n := i; ctx.Err() == nil; n++ {
		path := paths[n%len(paths)]
		req, _ := http.NewRequestWithContext(ctx, http.MethodGet, public+path, nil)
		req.Header.Set("Accept-Encoding", codings[i%len(codings)])
		req.Header.Set("User-Agent", fmt.Sprintf("Reader %d (%d subscribers; feed-id=%d)", i%40, i, i))
		if tag := tags[path]; tag != "" && i%2 == 0 {
			req.Header.Set("If-None-Match", tag)
		}
		resp, err := client.Do(req)
		if err == nil {
			tags[path] = resp.Header.Get("ETag")
			_, err = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
		}
		r.note(ctx, path, resp, err)
		pause(ctx, time.Second)
	}
}

// note counts an answer, and keeps the first that is no success.
func (r *readers) note(ctx context.Context, path string, resp *http.Response, err error) {
	if ctx.Err() != nil {
		return
	}
	r.read.Add(1)
	switch {
	case err != nil:
		text := fmt.Sprintf("%s: %v", path, err)
		r.failure.CompareAndSwap(nil, &text)
	case resp.StatusCode >= 400 && resp.StatusCode != http.StatusTooManyRequests:
		text := fmt.Sprintf("%s: %s", path, resp.Status)
		r.failure.CompareAndSwap(nil, &text)
	}
}

// follow keeps a live stream open. Every third stream has a filter, and every tenth leaves
// and comes back as a page does that was in the background.
func (r *readers) follow(ctx context.Context, desk string, i int) {
	client := &http.Client{}
	defer client.CloseIdleConnections()
	after := ""
	for ctx.Err() == nil {
		query := url.Values{}
		if i%3 == 0 {
			query.Set("q", "about OR a*")
		}
		if after != "" {
			query.Set("after", after)
		}
		stay := ctx
		if i%10 == 0 {
			var cancel context.CancelFunc
			stay, cancel = context.WithTimeout(ctx, 20*time.Second)
			defer cancel()
		}
		after = r.stream(stay, client, desk+"/live?"+query.Encode(), after)
		pause(ctx, time.Second)
	}
}

// stream reads a stream until it ends, and returns the id of its last event.
func (r *readers) stream(ctx context.Context, client *http.Client, address, last string) string {
	req, _ := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	resp, err := client.Do(req)
	if err != nil {
		r.note(ctx, "/live", nil, err)
		return last
	}
	defer resp.Body.Close()
	r.note(ctx, "/live", resp, nil)
	for lines := bufio.NewReader(resp.Body); ; {
		line, err := lines.ReadString('\n')
		if err != nil {
			return last
		}
		if id, ok := strings.CutPrefix(line, "id: "); ok {
			last = strings.TrimSpace(id)
		}
		if strings.HasPrefix(line, "data: ") {
			r.lines.Add(1)
		}
	}
}

// checkHealth asks for /healthz ten times a second.
func (r *readers) checkHealth(ctx context.Context, public string) {
	for ctx.Err() == nil {
		begun := time.Now()
		req, _ := http.NewRequestWithContext(ctx, http.MethodGet, public+"/healthz", nil)
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			_ = resp.Body.Close()
			r.health = append(r.health, time.Since(begun))
		}
		r.note(ctx, "/healthz", resp, err)
		pause(ctx, 100*time.Millisecond)
	}
}

// profile keeps the heap profile of the moment with the most memory in a file.
func (r *readers) profile(ctx context.Context, desk, name string) {
	most := 0.
	for ctx.Err() == nil {
		pause(ctx, 2*time.Second)
		now := metric(ctx, desk, "process_resident_memory_bytes")
		if now <= most {
			continue
		}
		most = now
		if b := get(ctx, desk+"/debug/pprof/heap"); len(b) > 0 {
			_ = os.WriteFile(name, b, 0o666)
		}
	}
}

// metric returns the value of a metric of the daemon.
func metric(ctx context.Context, desk, name string) (value float64) {
	for line := range strings.Lines(string(get(ctx, desk+"/metrics"))) {
		if rest, ok := strings.CutPrefix(line, name+" "); ok {
			_, _ = fmt.Sscan(rest, &value)
		}
	}
	return value
}

// get returns the body at an address, nothing if there is none.
func get(ctx context.Context, address string) []byte {
	req, _ := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil
	}
	defer resp.Body.Close()
	b, _ := io.ReadAll(resp.Body)
	return b
}

// pause waits for d, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
