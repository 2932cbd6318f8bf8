package fetch

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

var (
	errLarge  = errors.New("body too large")
	errDecode = errors.New("body can't be decoded")
)

type encodingError struct{ name string }

func (e *encodingError) Error() string { return "content encoding " + e.name }

// maxKept is the largest body buffer that is kept for another visit.
const maxKept = 1 << 20

var (
	bodies  = sync.Pool{New: func() any { b := make([]byte, 0, 64<<10); return &b }}
	buffers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, 8<<10) }}
	gunzips = sync.Pool{New: func() any { return new(gzip.Reader) }}
	brotlis = sync.Pool{New: func() any { return new(brotli.Reader) }}
	zstds   = sync.Pool{New: func() any { return newZstd() }}
)

func release(buf *[]byte) {
	if cap(*buf) <= maxKept {
		*buf = (*buf)[:0]
		bodies.Put(buf)
	}
}

func newZstd() *zstd.Decoder {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(8<<20), zstd.WithDecoderMaxMemory(64<<20))
	if err != nil {
		panic(fmt.Sprintf("zstd options: %v", err)) // they are constants
	}
	return d
}

// read takes the whole body, decoded. Bytes are limited on the wire and after
// decoding, and each window must bring some.
func (v *visit) read(res *http.Response) (buf *[]byte, wire int64, err error) {
	timer := time.AfterFunc(v.conf.Window, func() { v.cancel(errRate) })
	defer timer.Stop()
	m := &meter{r: res.Body, left: v.conf.MaxBytes, timer: timer, window: v.conf.Window, need: v.conf.MinBytes}
	in := buffers.Get().(*bufio.Reader)
	in.Reset(m)
	buf = bodies.Get().(*[]byte)
	*buf, err = decode((*buf)[:0], in, coding(res.Header), v.conf.MaxBytes)
	if err == nil {
		_, _ = io.Copy(io.Discard, in) // what follows an encoded body: read, so that the connection can be used again
	}
	in.Reset(nil)
	buffers.Put(in)
	if err != nil {
		release(buf)
		return nil, 0, m.blame(err)
	}
	return buf, v.conf.MaxBytes - m.left, nil
}

// coding is the name of the encoding, "" for none. Some servers name a charset
// there.
func coding(h http.Header) string {
	name := strings.ToLower(strings.TrimSpace(strings.Join(h["Content-Encoding"], ",")))
	switch name {
	case "identity", "none", "utf-8", "utf8", "binary":
		return ""
	case "x-gzip":
		return "gzip"
	}
	return name
}

// decode appends the decoded body to b. gzip is told by its first bytes: some
// servers say it and don't do it, others do it and don't say it.
func decode(b []byte, in *bufio.Reader, name string, limit int64) ([]byte, error) {
	magic, _ := in.Peek(2) // an error comes again with the first Read
	zipped := len(magic) == 2 && magic[0] == 0x1f && magic[1] == 0x8b
	switch {
	case zipped && (name == "" || name == "gzip"):
		return gunzip(b, in, limit)
	case name == "" || name == "gzip":
		return appendAll(b, in, limit)
	case name == "br":
		return unbrotli(b, in, limit)
	case name == "zstd":
		return unzstd(b, in, limit)
	}
	return b, &encodingError{name}
}

func gunzip(b []byte, in *bufio.Reader, limit int64) ([]byte, error) {
	z := gunzips.Get().(*gzip.Reader)
	defer gunzips.Put(z)
	if err := z.Reset(in); err != nil {
		return b, err
	}
	b, err := appendAll(b, z, limit)
	if errors.Is(err, gzip.ErrHeader) && len(b) > 0 {
		return b, nil // padding after a complete member
	}
	return b, err
}

func unbrotli(b []byte, in *bufio.Reader, limit int64) ([]byte, error) {
	r := brotlis.Get().(*brotli.Reader)
	defer brotlis.Put(r)
	_ = r.Reset(in) // always nil
	return appendAll(b, r, limit)
}

func unzstd(b []byte, in *bufio.Reader, limit int64) ([]byte, error) {
	d := zstds.Get().(*zstd.Decoder)
	defer zstds.Put(d)
	if err := d.Reset(in); err != nil {
		return b, err
	}
	b, err := appendAll(b, d, limit)
	_ = d.Reset(nil) // forgets in
	return b, err
}

// appendAll reads r to its end into b, at most limit bytes.
func appendAll(b []byte, r io.Reader, limit int64) ([]byte, error) {
	for {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		switch {
		case int64(len(b)) > limit:
			return b, errLarge
		case err == io.EOF:
			return b, nil
		case err != nil:
			return b, err
		}
	}
}

// meter counts the bytes on the wire and winds the clock of the minimum rate.
type meter struct {
	r      io.Reader
	left   int64
	timer  *time.Timer
	window time.Duration
	need   int64 // bytes that each window must bring
	got    int64
	err    error // the first; it stays
}

func (m *meter) Read(p []byte) (int, error) {
	if m.err != nil {
		return 0, m.err
	}
	n, err := m.r.Read(p)
	m.left -= int64(n)
	m.err = err
	if m.left < 0 {
		n, m.err = 0, errLarge
	}
	if m.got += int64(n); m.got >= m.need {
		m.got = 0
		m.timer.Reset(m.window)
	}
	return n, m.err
}

// blame tells the wire's errors from those of what it carried.
func (m *meter) blame(err error) error {
	var odd *encodingError
	switch {
	case m.err != nil && m.err != io.EOF:
		return m.err
	case errors.Is(err, errLarge), errors.As(err, &odd):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF), err == io.EOF:
		return io.ErrUnexpectedEOF
	}
	return fmt.Errorf("%w: %w", errDecode, err)
}

// drain reads a little of a body that nobody wants, so that its connection can
// be used again, and closes it.
func drain(body io.ReadCloser) {
	_, _ = io.CopyN(io.Discard, body, 4<<10)
	_ = body.Close()
}
