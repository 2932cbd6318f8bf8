package edition

import (
	"bytes"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// compressed is a compressed body, made on first use.
type compressed struct {
	once sync.Once
	body []byte
}

// Encoded returns the body in a content coding, "gzip" or "zstd", with the ETag of
// these bytes. For any other coding it returns Body and ETag.
func (e *Edition) Encoded(coding string) (body []byte, etag string) {
	switch coding {
	case "gzip":
		e.gzip.once.Do(func() { e.gzip.body = gzipped(e.Body) })
		return e.gzip.body, etagWith(e.ETag, coding)
	case "zstd":
		e.zstd.once.Do(func() { e.zstd.body = zstdEncoder.EncodeAll(e.Body, nil) })
		return e.zstd.body, etagWith(e.ETag, coding)
	}
	return e.Body, e.ETag
}

// etagWith returns the strong ETag of a compressed body: other bytes need another one.
func etagWith(etag, coding string) string {
	return strings.TrimSuffix(etag, `"`) + "-" + coding + `"`
}

// gzipLevel makes feeds about 5 % smaller than the default level, in a tenth more
// time.
const gzipLevel = 8

func gzipped(body []byte) []byte {
	var b bytes.Buffer
	z := gzipWriters.Get().(*gzip.Writer)
	z.Reset(&b)
	_, _ = z.Write(body) // a bytes.Buffer returns no error
	_ = z.Close()
	z.Reset(nil)
	gzipWriters.Put(z)
	return b.Bytes()
}

// gzipWriters are free writers. Each has tables of almost a megabyte.
var gzipWriters = sync.Pool{New: func() any {
	z, _ := gzip.NewWriterLevel(nil, gzipLevel) // the level is valid
	return z
}}

// zstdEncoder is shared by all editions: EncodeAll stores nothing in it. Its options
// are valid, so there is no error.
var zstdEncoder, _ = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20))
