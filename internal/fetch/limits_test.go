package fetch_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/origin"
)

// Promise 6: bytes and time of each visit are limited. The limits of time are short only where
// they must end the visit.
func TestLimits(t *testing.T) {
	o, s := serve(t)
	bytesOnly := fetch.Config{MaxBytes: 1 << 20, HeaderTimeout: time.Hour, TotalTimeout: time.Hour, RateWindow: time.Hour}
	header, rate, total := bytesOnly, bytesOnly, bytesOnly
	header.HeaderTimeout, total.TotalTimeout = 100*time.Millisecond, time.Second
	rate.RateWindow, rate.MinBytes = 150*time.Millisecond, 1<<10
	empty := encoded(t, "gzip", nil)
	body := bytes.Repeat([]byte("x"), 100_000)
	tests := []struct {
		name   string
		limits fetch.Config
		answer http.Handler
		kind   fetch.Kind
		text   string
	}{
		{"endless empty members", bytesOnly, endless(empty, "gzip"), fetch.TooLarge, "limit"},
		{"endless error page", bytesOnly, endlessStatus(500), fetch.BadStatus, "500"},
		{"wide header", bytesOnly, origin.LargeHeader(16 << 20), fetch.TooLarge, "header"},
		{"silent", header, origin.Hang(), fetch.TimedOut, "did not answer within 100ms"},
		{"drip", rate, origin.Drip("text/xml", body, 10, 10*time.Millisecond), fetch.TimedOut, "less than 1024 bytes in 150ms"},
		{"stops", rate, origin.Drip("text/xml", body, 50_000, time.Hour), fetch.TimedOut, "less than 1024 bytes in 150ms"},
		{"slow for ever", total, origin.Drip("text/xml", bytes.Repeat(body, 10), 2000, 30*time.Millisecond), fetch.TimedOut, "within 1s"},
	}
	for _, tt := range tests {
		c := client(t, tt.limits, s)
		o.Feed("/rss").AnswerNext(tt.answer)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		p := problem(t, c, fetch.Request{URL: s.URL + "/rss"})
		runtime.ReadMemStats(&after)
		if p.Kind != tt.kind || !strings.Contains(p.Text, tt.text) {
			t.Errorf("%s: got %q (%s), want %q (%s)", tt.name, p.Kind, p.Text, tt.kind, tt.text)
		}
		if mb := (after.TotalAlloc - before.TotalAlloc) >> 20; mb > 200 {
			t.Errorf("%s: allocated %d MB", tt.name, mb)
		}
	}
}

// A body beyond the limit, also one that is so only when decoded, gives its beginning and no
// validators.
func TestTooLarge(t *testing.T) {
	o, s := serve(t)
	c := client(t, fetch.Config{MaxBytes: 1 << 20}, s)
	long := bytes.Repeat([]byte("<item>Ferry runs again</item>"), 50_000)
	for name, answer := range map[string]http.Handler{
		"endless":   origin.Endless("text/xml", "<item/>"),
		"plain":     origin.Bytes("text/xml", long, "ETag", `"1"`, "Last-Modified", "Sun, 22 Nov 2026 06:00:00 GMT"),
		"in gzip":   origin.Encoded("gzip", "text/xml", long),
		"gzip bomb": origin.Bomb("gzip", 1<<25),
		"br bomb":   origin.Bomb("br", 1<<25),
		"zstd bomb": origin.Bomb("zstd", 1<<25),
	} {
		o.Feed("/rss").AnswerNext(answer)
		r := get(t, c, fetch.Request{URL: s.URL + "/rss"})
		if len(r.Body) != 1<<20 || !r.Cut || r.Broken != nil || !strings.Contains(r.CutText, "limit") || r.Validators != (news.Validators{}) {
			t.Errorf("%s: %d bytes, cut %t: %q, broken %v, validators %+v", name, len(r.Body), r.Cut, r.CutText, r.Broken, r.Validators)
		}
		r.Release()
	}
}

// A source may have a limit of its own, below or above that of the client.
func TestLimitOfSource(t *testing.T) {
	o, s := serve(t)
	long := bytes.Repeat([]byte("<item>Ferry runs again</item>"), 200_000) // 5.8 MB
	o.Feed("/plain").AnswerAlways(origin.Bytes("text/xml", long))
	o.Feed("/gzip").AnswerAlways(origin.Encoded("gzip", "text/xml", long))
	o.Feed("/zstd").AnswerAlways(origin.Encoded("zstd", "text/xml", long))
	c := client(t, fetch.Config{MaxBytes: 1 << 20}, s)
	for _, path := range []string{"/plain", "/gzip", "/zstd"} {
		for _, tt := range []struct {
			limit int64
			size  int
		}{{100 << 10, 100 << 10}, {1<<20 + 1, 1<<20 + 1}, {int64(len(long)), len(long)}, {8 << 20, len(long)}, {1 << 40, len(long)}} {
			r := get(t, c, fetch.Request{URL: s.URL + path, MaxBytes: tt.limit})
			if len(r.Body) != tt.size || !bytes.HasPrefix(long, r.Body) || r.Cut != (tt.size < len(long)) {
				t.Errorf("%s with a limit of %d: %d bytes, cut %t (%s), want %d", path, tt.limit, len(r.Body), r.Cut, r.CutText, tt.size)
			}
			r.Release()
		}
	}
}

// At most one visit at a time has bodies beyond the limit of the client, and small bodies do
// not wait for it.
func TestHugeBodiesWaitForEachOther(t *testing.T) {
	o, s := serve(t)
	long := bytes.Repeat([]byte("<item>Ferry runs again</item>"), 100_000)
	o.Feed("/plain").AnswerAlways(origin.Bytes("text/xml", long))
	o.Feed("/gzip").AnswerAlways(origin.Encoded("gzip", "text/xml", long))
	o.Feed("/br").AnswerAlways(origin.Encoded("br", "text/xml", long))
	o.Feed("/small").Set(doc("Ferry runs again"))
	c := client(t, fetch.Config{MaxBytes: 1 << 20}, s)
	held := make(chan *fetch.Result)
	paths := []string{"/plain", "/gzip", "/br"}
	const visits = 12
	for i := range visits {
		go func() {
			r, err := c.Get(context.Background(), fetch.Request{URL: s.URL + paths[i%len(paths)], MaxBytes: 8 << 20}, now)
			if err != nil {
				t.Error(err)
			}
			held <- r
		}()
	}
	for i := range visits {
		r := <-held
		if i == 0 {
			get(t, c, fetch.Request{URL: s.URL + "/small"}).Release()
			select {
			case <-held:
				t.Fatal("a second huge body is in memory")
			case <-time.After(100 * time.Millisecond):
			}
		}
		if !bytes.Equal(r.Body, long) {
			t.Errorf("body %d: %d bytes, want %d", i, len(r.Body), len(long))
		}
		r.Release()
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
