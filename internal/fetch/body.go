package fetch

import (
	"bufio"
	"bytes"
	"context"
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

const (
	// maxSmall is how large a body may be that needs no leave. Larger ones take
	// one of the client's few places, so that many bad sources at the same time
	// can't fill the memory.
	maxSmall = 512 << 10
	// Bodies on the wire and decoded ones have places of their own: who sends
	// slowly holds up others like it, and nobody else.
	wireSlots, decodedSlots = 2, 3
	// maxDecoders bounds those that need a window of many megabytes: br and zstd.
	maxDecoders = 2
)

var (
	smalls  = sync.Pool{New: func() any { b := make([]byte, 0, 64<<10); return &b }}
	buffers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, 8<<10) }}
	gunzips = sync.Pool{New: func() any { return new(gzip.Reader) }}
	brotlis = sync.Pool{New: func() any { return new(brotli.Reader) }}
	zstds   = sync.Pool{New: func() any { return newZstd() }}
)

func newZstd() *zstd.Decoder {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(8<<20), zstd.WithDecoderMaxMemory(64<<20))
	if err != nil {
		panic(fmt.Sprintf("zstd options: %v", err)) // they are constants
	}
	return d
}

// bodyPool is what bodies of one sort may take.
type bodyPool struct {
	limit int64         // of one body
	slots chan struct{} // of large bodies
	large sync.Pool     // of *[]byte with room for limit and one
}

func newBodyPool(limit int64, places int) *bodyPool {
	m := &bodyPool{limit: limit, slots: make(chan struct{}, places)}
	m.large.New = func() any { b := make([]byte, 0, limit+1); return &b }
	return m
}

// buffer holds a body, small at first.
type buffer struct {
	b     *[]byte
	pool  *bodyPool
	rate  *rateTimer
	large bool
}

// rateTimer ends a visit whose body comes too slowly. It stands still while the
// visit waits for us.
type rateTimer struct {
	timer  *time.Timer
	window time.Duration
}

func (w *rateTimer) stop()    { w.timer.Stop() }
func (w *rateTimer) restart() { w.timer.Reset(w.window) }

func (m *bodyPool) buffer(rate *rateTimer) *buffer {
	b := smalls.Get().(*[]byte)
	*b = (*b)[:0]
	return &buffer{b: b, pool: m, rate: rate}
}

func (b *buffer) release() {
	if b.large {
		b.pool.large.Put(b.b)
		<-b.pool.slots
	} else {
		smalls.Put(b.b)
	}
	b.b = nil
}

// grow waits for a place among the large bodies.
func (b *buffer) grow(ctx context.Context) error {
	b.rate.stop()
	defer b.rate.restart()
	select {
	case b.pool.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	large := b.pool.large.Get().(*[]byte)
	*large = append((*large)[:0], *b.b...)
	smalls.Put(b.b)
	b.b, b.large = large, true
	return nil
}

// errNotSmall says that a body is too large to be small.
var errNotSmall = errors.New("body is not small")

// fill reads r to its end, as far as the buffer goes without growing.
func (b *buffer) fill(r io.Reader) error {
	for {
		if len(*b.b) == cap(*b.b) {
			switch {
			case b.large:
				return errLarge
			case cap(*b.b) >= maxSmall:
				return errNotSmall
			}
			*b.b = append(*b.b, 0)[:len(*b.b)]
		}
		n, err := r.Read((*b.b)[len(*b.b):cap(*b.b)])
		*b.b = (*b.b)[:len(*b.b)+n]
		switch {
		case int64(len(*b.b)) > b.pool.limit:
			return errLarge
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
	}
}

// fillAll reads r to its end and grows as needed.
func (b *buffer) fillAll(ctx context.Context, r io.Reader) error {
	err := b.fill(r)
	if err != errNotSmall {
		return err
	}
	if err := b.grow(ctx); err != nil {
		return err
	}
	return b.fill(r)
}

// readBody takes the whole body, decoded. Bytes are limited on the wire and after
// decoding, and each window must bring some.
func (v *visit) readBody(ctx context.Context, res *http.Response) (b *buffer, wire int64, err error) {
	if res.ContentLength > v.conf.MaxBytes {
		return nil, 0, errLarge
	}
	rate := &rateTimer{time.AfterFunc(v.conf.RateWindow, func() { v.cancel(errRate) }), v.conf.RateWindow}
	defer rate.stop()
	m := &meteredReader{r: res.Body, left: v.conf.MaxBytes, rate: rate, need: v.conf.MinBytes}
	in := buffers.Get().(*bufio.Reader)
	in.Reset(m)
	b, err = v.readEncoded(ctx, in, contentEncoding(res.Header), rate)
	in.Reset(nil)
	buffers.Put(in)
	if err != nil {
		return nil, 0, m.cause(err)
	}
	return b, v.conf.MaxBytes - m.left, nil
}

// contentEncoding is the name of the encoding, "" for none. Some servers name a charset
// there.
func contentEncoding(h http.Header) string {
	name := strings.ToLower(strings.TrimSpace(strings.Join(h["Content-Encoding"], ",")))
	switch name {
	case "identity", "none", "utf-8", "utf8", "binary":
		return ""
	case "x-gzip":
		return "gzip"
	}
	return name
}

// readEncoded reads a body and decodes it. gzip is told by its first bytes: some
// servers say it and don't do it, others do it and don't say it.
func (c *Client) readEncoded(ctx context.Context, in *bufio.Reader, name string, rate *rateTimer) (*buffer, error) {
	magic, _ := in.Peek(2) // an error comes again with the first Read
	zipped := len(magic) == 2 && magic[0] == 0x1f && magic[1] == 0x8b
	switch {
	case zipped && name == "":
		name = "gzip"
	case !zipped && name == "gzip":
		name = ""
	case name != "" && name != "gzip" && name != "br" && name != "zstd":
		return nil, &encodingError{name}
	}
	b := c.wire.buffer(rate)
	err := b.fillAll(ctx, in)
	if err == nil && name == "" {
		return b, nil
	}
	defer b.release()
	if err != nil {
		return nil, err
	}
	rate.stop() // all is here
	return c.decode(ctx, *b.b, name, rate)
}

func (c *Client) decode(ctx context.Context, packed []byte, name string, rate *rateTimer) (*buffer, error) {
	b := c.decoded.buffer(rate)
	var err error
	if name == "gzip" {
		err = gunzip(ctx, b, packed)
	} else {
		err = c.decodeLarge(ctx, b, packed, name)
	}
	if err != nil {
		b.release()
		return nil, err
	}
	return b, nil
}

func gunzip(ctx context.Context, b *buffer, packed []byte) error {
	z := gunzips.Get().(*gzip.Reader)
	defer gunzips.Put(z)
	if err := z.Reset(bytes.NewReader(packed)); err != nil {
		return err
	}
	err := b.fillAll(ctx, z)
	if errors.Is(err, gzip.ErrHeader) && len(*b.b) > 0 {
		return nil // padding after a complete member
	}
	return err
}

// decodeLarge decodes br and zstd. Their windows are large: only few may be at
// work, and none while it waits for a body's place.
func (c *Client) decodeLarge(ctx context.Context, b *buffer, packed []byte, name string) error {
	err := c.decodeWhenFree(ctx, b, packed, name)
	if err != errNotSmall {
		return err
	}
	if err := b.grow(ctx); err != nil {
		return err
	}
	*b.b = (*b.b)[:0]
	return c.decodeWhenFree(ctx, b, packed, name)
}

func (c *Client) decodeWhenFree(ctx context.Context, b *buffer, packed []byte, name string) error {
	select {
	case c.decoders <- struct{}{}:
		defer func() { <-c.decoders }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if name == "br" {
		return unbrotli(b, packed)
	}
	return unzstd(b, packed)
}

func unbrotli(b *buffer, packed []byte) error {
	r := brotlis.Get().(*brotli.Reader)
	defer brotlis.Put(r)
	_ = r.Reset(bytes.NewReader(packed)) // always nil
	return b.fill(r)
}

func unzstd(b *buffer, packed []byte) error {
	d := zstds.Get().(*zstd.Decoder)
	defer zstds.Put(d)
	if err := d.Reset(bytes.NewReader(packed)); err != nil {
		return err
	}
	err := b.fill(d)
	_ = d.Reset(nil) // forgets packed
	return err
}

// meteredReader counts the bytes on the wire and winds the watch of the minimum rate.
type meteredReader struct {
	r    io.Reader
	left int64
	rate *rateTimer
	need int64 // bytes that each window must bring
	got  int64
	err  error // the first; it stays
}

func (m *meteredReader) Read(p []byte) (int, error) {
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
		m.rate.restart()
	}
	return n, m.err
}

// cause tells the wire's errors from those of what it carried.
func (m *meteredReader) cause(err error) error {
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
