package origin

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Status answers with a status and no body. header alternates names and values.
func Status(code int, header ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		addHeaders(w.Header(), header)
		w.WriteHeader(code)
	})
}

// Redirect answers with a redirect; to becomes the Location header unchanged.
func Redirect(code int, to string) http.Handler { return Status(code, "Location", to) }

// Bytes answers 200 with the body unchanged. header alternates names and values.
func Bytes(contentType string, body []byte, header ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		addHeaders(w.Header(), header)
		_, _ = w.Write(body)
	})
}

// Truncated announces the whole body, with an ETag, and closes the connection after n
// bytes.
func Truncated(contentType string, body []byte, n int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h.Set("Content-Type", contentType)
		h.Set("Content-Length", fmt.Sprint(len(body)))
		h.Set("ETag", etagOf(body))
		_, _ = w.Write(body[:n])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler) // net/http closes the connection
	})
}

// Hang accepts the request and never answers.
func Hang() http.Handler {
	return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
}

// Drip sends the body in pieces of n bytes and waits after each.
func Drip(contentType string, body []byte, n int, wait time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", contentType)
		for rest := body; len(rest) > 0; {
			k := min(n, len(rest))
			if _, err := w.Write(rest[:k]); err != nil {
				return
			}
			rest = rest[k:]
			_ = http.NewResponseController(w).Flush()
			if !sleep(r, wait) {
				return
			}
		}
	})
}

// sleep reports whether the time passed before the client disconnected.
func sleep(r *http.Request, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

// Delayed answers as h does, after d.
func Delayed(d time.Duration, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if sleep(r, d) {
			h.ServeHTTP(w, r)
		}
	})
}

// Endless repeats chunk until the client disconnects.
func Endless(contentType, chunk string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		big := []byte(strings.Repeat(chunk, 1+32<<10/len(chunk)))
		for {
			if _, err := w.Write(big); err != nil {
				return
			}
		}
	})
}

// Bomb sends a small body that decodes to size bytes. encoding is gzip, br or zstd.
func Bomb(encoding string, size int64) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/rss+xml")
		w.Header().Set("Content-Encoding", encoding)
		enc := encoder(encoding, w)
		_, _ = io.CopyN(enc, spaces{}, size) // fails when the client disconnects
		_ = enc.Close()
	})
}

// spaces is an endless reader of spaces.
type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// Encoded answers with the body encoded as gzip, br or zstd.
func Encoded(encoding, contentType string, body []byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Content-Encoding", encoding)
		enc := encoder(encoding, w)
		_, _ = enc.Write(body)
		_ = enc.Close()
	})
}

func encoder(encoding string, w io.Writer) io.WriteCloser {
	switch encoding {
	case "br":
		return brotli.NewWriter(w)
	case "zstd":
		z, err := zstd.NewWriter(w)
		if err != nil {
			panic(fmt.Sprintf("zstd writer without options: %v", err))
		}
		return z
	}
	return gzip.NewWriter(w)
}

// LargeHeader answers with a header of about n bytes.
func LargeHeader(n int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		line := strings.Repeat("x", 1000)
		for i := range n / 1000 {
			w.Header().Set(fmt.Sprintf("X-Wide-%d", i), line)
		}
		w.WriteHeader(http.StatusOK)
	})
}

func addHeaders(h http.Header, pairs []string) {
	for i := 0; i+1 < len(pairs); i += 2 {
		h.Add(pairs[i], pairs[i+1])
	}
}
