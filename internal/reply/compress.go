package reply

import (
	"bytes"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// compressedTypes are the media types of answers that Compressed compresses. Streams have
// others.
var compressedTypes = []string{"text/html", "text/css", "text/javascript", "text/plain", "application/json", "image/svg+xml"}

// Compressed returns a writer that compresses an answer if the client accepts that, and a
// function that sends it, to be called when the handler has ended. Answers of other media
// types, encoded ones and flushed ones pass through as they are.
//
// The size of a compressed answer can tell what else is in it if an attacker can have it
// requested again and again with texts of their own (BREACH). An answer must not hold a
// key or another secret beside such a text.
func Compressed(w http.ResponseWriter, r *http.Request) (http.ResponseWriter, func()) {
	c := &compressor{ResponseWriter: w, coding: selectCoding(strings.Join(r.Header.Values("Accept-Encoding"), ","))}
	return c, c.finish
}

// compressor keeps an answer until it is complete.
type compressor struct {
	http.ResponseWriter
	coding string
	status int // 0: no header was written
	keeps  bool
	body   bytes.Buffer
}

// Unwrap is for http.ResponseController.
func (c *compressor) Unwrap() http.ResponseWriter { return c.ResponseWriter }

func (c *compressor) WriteHeader(status int) {
	if c.status != 0 {
		return
	}
	if status < http.StatusOK {
		c.ResponseWriter.WriteHeader(status)
		return
	}
	c.status = status
	kind, _, _ := strings.Cut(c.Header().Get("Content-Type"), ";")
	hasBody := status != http.StatusNoContent && status != http.StatusNotModified
	if c.keeps = hasBody && c.Header().Get("Content-Encoding") == "" && slices.Contains(compressedTypes, kind); !c.keeps {
		c.ResponseWriter.WriteHeader(status)
	}
}

func (c *compressor) Write(b []byte) (int, error) {
	c.WriteHeader(http.StatusOK)
	if c.keeps {
		return c.body.Write(b)
	}
	return c.ResponseWriter.Write(b)
}

// FlushError sends what was written so far, uncompressed, and what follows.
func (c *compressor) FlushError() error {
	c.coding = "identity"
	c.finish()
	return http.NewResponseController(c.ResponseWriter).Flush()
}

// finish sends the answer that was kept.
func (c *compressor) finish() {
	if !c.keeps {
		return
	}
	c.keeps = false
	h, body := c.Header(), c.body.Bytes()
	if len(body) >= minCompressed {
		h.Add("Vary", "Accept-Encoding")
		if c.coding != "identity" {
			body = compressFast(body, c.coding)
			h.Set("Content-Encoding", c.coding)
			h.Set("Content-Length", strconv.Itoa(len(body)))
		}
	}
	c.ResponseWriter.WriteHeader(c.status)
	_, _ = c.ResponseWriter.Write(body) // the client closed the connection
}

// compressFast compresses an answer that is sent once, so that it is not sent later for
// that: 2 MB take some milliseconds.
func compressFast(body []byte, coding string) []byte {
	if coding == "zstd" {
		return fastZstd.EncodeAll(body, nil)
	}
	var b bytes.Buffer
	z := fastGzip.Get().(*gzip.Writer)
	z.Reset(&b)
	_, _ = z.Write(body) // a bytes.Buffer returns no error
	_ = z.Close()
	z.Reset(nil)
	fastGzip.Put(z)
	return b.Bytes()
}

var (
	fastGzip = sync.Pool{New: func() any {
		z, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level is valid
		return z
	}}
	// fastZstd is shared: EncodeAll stores nothing in it. Its options are valid.
	fastZstd, _ = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(2), zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(1<<20))
)
