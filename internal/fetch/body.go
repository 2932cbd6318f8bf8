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

// encodingError says that a body has an encoding that we did not ask for.
type encodingError struct{ name string }

func (e *encodingError) Error() string { return "content encoding " + e.name }

const (
	// maxSmall is the size of the largest body that needs no slot. A larger one waits for
	// one of the client's few slots, so that many bad sources at the same time can't use
	// up the memory.
	maxSmall = 512 << 10
	// Bodies that are being received and decoded ones have separate slots: a source that
	// sends slowly can only delay others that are being received.
	receivedSlots, decodedSlots = 2, 3
	// maxDecoders limits the decoders that need windows of many megabytes: br and zstd.
	maxDecoders = 2
)

// Reused between visits.
var (
	smallBuffers  = sync.Pool{New: func() any { b := make([]byte, 0, 64<<10); return &b }}
	bufReaders    = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, 8<<10) }}
	gzipReaders   = sync.Pool{New: func() any { return new(gzip.Reader) }}
	brotliReaders = sync.Pool{New: func() any { return new(brotli.Reader) }}
	zstdDecoders  = sync.Pool{New: func() any { return newZstd() }}
)

func newZstd() *zstd.Decoder {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(8<<20), zstd.WithDecoderMaxMemory(64<<20))
	if err != nil {
		panic(fmt.Sprintf("zstd options: %v", err)) // impossible: the options are constants
	}
	return d
}

// bodyPool limits the memory of bodies, either as received or as decoded.
type bodyPool struct {
	limit int64         // of one body, in bytes
	slots chan struct{} // has an element for each large body
	large sync.Pool     // of *[]byte with a capacity of limit+1
}

func newBodyPool(limit int64, slots int) *bodyPool {
	p := &bodyPool{limit: limit, slots: make(chan struct{}, slots)}
	p.large.New = func() any { b := make([]byte, 0, limit+1); return &b }
	return p
}

// buffer holds a body. It is small at first.
type buffer struct {
	b     *[]byte
	pool  *bodyPool
	rate  *rateTimer
	large bool // it has a slot
}

// rateTimer ends a visit whose body arrives too slowly. It is stopped while the visit
// waits for a slot.
type rateTimer struct {
	timer  *time.Timer
	window time.Duration
}

func (t *rateTimer) stop()    { t.timer.Stop() }
func (t *rateTimer) restart() { t.timer.Reset(t.window) }

func (p *bodyPool) buffer(rate *rateTimer) *buffer {
	b := smallBuffers.Get().(*[]byte)
	*b = (*b)[:0]
	return &buffer{b: b, pool: p, rate: rate}
}

func (b *buffer) release() {
	if b.large {
		b.pool.large.Put(b.b)
		<-b.pool.slots
	} else {
		smallBuffers.Put(b.b)
	}
	b.b = nil
}

// grow waits for a slot and makes the buffer large.
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
	smallBuffers.Put(b.b)
	b.b, b.large = large, true
	return nil
}

// errNotSmall says that a body does not fit into a small buffer.
var errNotSmall = errors.New("body is not small")

// fill reads r to its end, or until a small buffer is full (errNotSmall).
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

// fillAll reads r to its end. It makes the buffer large if needed.
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

// readBody reads and decodes the body of an answer. Its size is limited both as received
// and as decoded, and at least MinBytes must arrive in each RateWindow. received is its
// size before decoding.
func (v *visit) readBody(ctx context.Context, res *http.Response) (b *buffer, received int64, err error) {
	if res.ContentLength > v.conf.MaxBytes {
		return nil, 0, errLarge
	}
	rate := &rateTimer{time.AfterFunc(v.conf.RateWindow, func() { v.cancel(errRate) }), v.conf.RateWindow}
	defer rate.stop()
	m := &meteredReader{r: res.Body, left: v.conf.MaxBytes, rate: rate, need: v.conf.MinBytes}
	in := bufReaders.Get().(*bufio.Reader)
	in.Reset(m)
	b, err = v.readEncoded(ctx, in, contentEncoding(res.Header), rate)
	in.Reset(nil)
	bufReaders.Put(in)
	if err != nil {
		return nil, 0, m.cause(err)
	}
	return b, v.conf.MaxBytes - m.left, nil
}

// contentEncoding returns the name of the encoding, empty for none. Some servers name a
// charset there.
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

// readEncoded reads a body and decodes it. It recognizes gzip by its first bytes: some
// servers name it and don't use it, others use it and don't name it.
func (c *Client) readEncoded(ctx context.Context, in *bufio.Reader, name string, rate *rateTimer) (*buffer, error) {
	magic, _ := in.Peek(2) // the first Read returns the same error
	zipped := len(magic) == 2 && magic[0] == 0x1f && magic[1] == 0x8b
	switch {
	case zipped && name == "":
		name = "gzip"
	case !zipped && name == "gzip":
		name = ""
	case name != "" && name != "gzip" && name != "br" && name != "zstd":
		return nil, &encodingError{name}
	}
	b := c.received.buffer(rate)
	err := b.fillAll(ctx, in)
	if err == nil && name == "" {
		return b, nil
	}
	defer b.release()
	if err != nil {
		return nil, err
	}
	rate.stop() // the whole body has arrived
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
	z := gzipReaders.Get().(*gzip.Reader)
	defer gzipReaders.Put(z)
	if err := z.Reset(bytes.NewReader(packed)); err != nil {
		return err
	}
	err := b.fillAll(ctx, z)
	if errors.Is(err, gzip.ErrHeader) && len(*b.b) > 0 {
		return nil // bytes behind a complete member are padding
	}
	return err
}

// decodeLarge decodes br and zstd. Their windows are large, so only maxDecoders work at
// a time, and none of them while it waits for a slot. A body that turns out to be large
// is decoded a second time, from the beginning.
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

// decodeWhenFree waits for a decoder and fills b, as far as fill does.
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
	r := brotliReaders.Get().(*brotli.Reader)
	defer brotliReaders.Put(r)
	_ = r.Reset(bytes.NewReader(packed)) // always nil
	return b.fill(r)
}

func unzstd(b *buffer, packed []byte) error {
	d := zstdDecoders.Get().(*zstd.Decoder)
	defer zstdDecoders.Put(d)
	if err := d.Reset(bytes.NewReader(packed)); err != nil {
		return err
	}
	err := b.fill(d)
	_ = d.Reset(nil) // releases packed
	return err
}

// meteredReader counts the bytes received and restarts the rate timer when enough have
// arrived.
type meteredReader struct {
	r    io.Reader
	left int64
	rate *rateTimer
	need int64 // bytes that must arrive in each window
	got  int64 // bytes that arrived in the current window
	err  error // the first one, which every later Read returns
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

// cause returns the reason of an error: an error of the connection, a limit, or else an
// error of the encoding.
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

// drain reads the beginning of a body that is not used, so that the connection can be
// reused, and closes it.
func drain(body io.ReadCloser) {
	_, _ = io.CopyN(io.Discard, body, 4<<10)
	_ = body.Close()
}
