package fetch_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"runtime"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/origin"
)

// Promise 6: bytes and time of each visit are limited.
func TestLimits(t *testing.T) {
	o, s := serve(t)
	short := fetch.Config{
		MaxBytes: 1 << 20, HeaderTimeout: time.Second, TotalTimeout: 2 * time.Second,
		RateWindow: 150 * time.Millisecond, MinBytes: 1 << 10,
	}
	empty := encoded(t, "gzip", nil)
	body := bytes.Repeat([]byte("x"), 100_000)
	tests := []struct {
		name   string
		answer http.Handler
		kind   fetch.Kind
	}{
		{"endless", origin.Endless("text/xml", "<item/>"), fetch.TooLarge},
		{"endless empty members", endless(empty, "gzip"), fetch.TooLarge},
		{"endless error page", endlessStatus(500), fetch.BadStatus},
		{"wide header", origin.LargeHeader(16 << 20), fetch.TooLarge},
		{"silent", origin.Hang(), fetch.TimedOut},
		{"drip", origin.Drip("text/xml", body, 10, 10*time.Millisecond), fetch.TimedOut},
		{"stops", origin.Drip("text/xml", body, 50_000, time.Hour), fetch.TimedOut},
		{"slow for ever", origin.Drip("text/xml", bytes.Repeat(body, 10), 2000, 30*time.Millisecond), fetch.TimedOut},
	}
	c := client(t, short, s)
	for _, tt := range tests {
		o.Feed("/rss").AnswerNext(tt.answer)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		p := problem(t, c, fetch.Request{URL: s.URL + "/rss"})
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		if p.Kind != tt.kind {
			t.Errorf("%s: got %q (%s), want %q", tt.name, p.Kind, p.Text, tt.kind)
		}
		if took > 4*time.Second {
			t.Errorf("%s: took %v", tt.name, took)
		}
		if mb := (after.TotalAlloc - before.TotalAlloc) >> 20; mb > 200 {
			t.Errorf("%s: allocated %d MB", tt.name, mb)
		}
	}
	o.Feed("/rss").AnswerNext(origin.Delayed(20*time.Millisecond, origin.Drip("text/xml", body, 20_000, 20*time.Millisecond)))
	if r := get(t, c, fetch.Request{URL: s.URL + "/rss"}); len(r.Body) != len(body) {
		t.Errorf("a slow but steady body: %d bytes of %d", len(r.Body), len(body))
	}
}

// The limit applies to the decoded body too.
func TestBombs(t *testing.T) {
	o, s := serve(t)
	c := client(t, fetch.Config{MaxBytes: 1 << 20}, s)
	for _, encoding := range []string{"gzip", "br", "zstd"} {
		o.Feed("/rss").AnswerNext(origin.Bomb(encoding, 1<<25))
		if p := problem(t, c, fetch.Request{URL: s.URL + "/rss"}); p.Kind != fetch.TooLarge {
			t.Errorf("%s: got %q (%s), want %q", encoding, p.Kind, p.Text, fetch.TooLarge)
		}
	}
}

func endless(chunk []byte, encoding string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", encoding)
		big := bytes.Repeat(chunk, 1000)
		for {
			if _, err := w.Write(big); err != nil {
				return
			}
		}
	})
}

func endlessStatus(code int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(code)
		for {
			if _, err := io.WriteString(w, "sorry, sorry, sorry\n"); err != nil {
				return
			}
		}
	})
}

// Large bodies wait for each other, and small ones do not wait for them.
func TestLargeBodiesWaitForSlots(t *testing.T) {
	o, s := serve(t)
	big := bytes.Repeat([]byte("<item>Ferry runs again</item>"), 100_000)
	o.Feed("/plain").AnswerAlways(origin.Bytes("text/xml", big))
	o.Feed("/gzip").AnswerAlways(origin.Encoded("gzip", "text/xml", big))
	o.Feed("/br").AnswerAlways(origin.Encoded("br", "text/xml", big))
	o.Feed("/zstd").AnswerAlways(origin.Encoded("zstd", "text/xml", big))
	o.Feed("/small").Set(doc("Ferry runs again"))
	c := client(t, fetch.Config{}, s)
	paths := []string{"/plain", "/gzip", "/plain", "/br", "/plain", "/zstd"}
	held := make(chan *fetch.Result)
	for i := range 18 {
		go func() {
			r, err := c.Get(context.Background(), fetch.Request{URL: s.URL + paths[i%len(paths)]}, now)
			if err != nil {
				t.Error(err)
			}
			held <- r
		}()
	}
	var first []*fetch.Result
	for range 5 { // two as received, three decoded
		first = append(first, <-held)
	}
	get(t, c, fetch.Request{URL: s.URL + "/small"}).Release()
	select {
	case <-held:
		t.Error("a sixth large body is in memory")
	case <-time.After(100 * time.Millisecond):
	}
	for i := range 18 {
		if i >= 5 {
			first = append(first, <-held)
		}
		if !bytes.Equal(first[i].Body, big) {
			t.Errorf("body %d: %d bytes, want %d", i, len(first[i].Body), len(big))
		}
		first[i].Release()
	}
}
