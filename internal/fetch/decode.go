package fetch

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

// maxDecoders limits the decoders that need windows of many megabytes: br and zstd.
const maxDecoders = 2

// Reused between visits.
var (
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

// decoder decodes the body of one answer.
type decoder struct {
	*Client
	limit   int64 // of the body, as received, as decoded, and after each coding
	huge    *hugeSlot
	said    []coding // named by Content-Encoding and not yet taken off
	claimed bool     // there is a Content-Encoding
}

// buffer returns an empty buffer. rate is stopped while it waits for a slot; it may be nil.
func (d *decoder) buffer(p *bodyPool, rate *rateTimer) *buffer {
	b := smallBuffers.Get().(*[]byte)
	*b = (*b)[:0]
	return &buffer{b: b, pool: p, limit: d.limit, rate: rate, huge: d.huge}
}

// decode sets c.buf to the decoded body. It releases packed unless that is the decoded body
// itself. The first bytes of a body say more about its codings than its header: some servers
// name a coding and don't use it, others use one and don't name it.
func (d *decoder) decode(ctx context.Context, c *content, packed *buffer, encoding []string) error {
	b := withoutJunk(packed.bytes())
	d.said, d.claimed = hiddenCodings(encoding), len(encoding) > 0
	if d.candidates(b) == nil {
		c.buf = packed
		return nil
	}
	out := d.buffer(d.decoded, nil)
	cut, err := d.unpack(ctx, out, b)
	if ctx.Err() == nil && err != nil && !isCoded(b) && !(d.claimed && isBinary(b)) {
		out.release()
		c.buf = packed // it has no coding
		return nil
	}
	packed.release()
	if err != nil {
		out.release()
		return c.undecodable(err, encoding)
	}
	c.buf, c.cut = out, cmp.Or(c.cut, cut)
	return nil
}

// undecodable returns the error of a body that can't be decoded at all.
func (c *content) undecodable(err error, encoding []string) error {
	switch {
	case c.cut != nil:
		return c.cut
	case err == errNoCoding:
		return &encodingError{strings.Join(encoding, ", ")}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return err
	}
	return fmt.Errorf("%w: %w", errDecode, err)
}

// candidates returns the codings that b may have.
func (d *decoder) candidates(b []byte) []coding {
	said := coding("")
	if n := len(d.said); n > 0 {
		said = d.said[n-1]
	}
	return candidates(b, said, d.claimed)
}

// errNoCoding says that a body has none of the codings that it could have.
var errNoCoding = errors.New("none of its codings")

// unpack takes the codings off packed, the outermost first, and puts the result into out.
// cut says why the result is only the beginning. To need one buffer only, it decodes again
// from packed for each coding that it finds below another.
func (d *decoder) unpack(ctx context.Context, out *buffer, packed []byte) (cut, err error) {
	var found []coding
	for next := d.candidates(packed); next != nil && len(found) < maxCodings; next = d.candidates(out.bytes()) {
		c, why := d.try(ctx, out, packed, found, next)
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case c == "" && len(found) == 0:
			return nil, why
		case c == "":
			return d.run(ctx, out, packed, found), ctx.Err() // the attempt has overwritten out
		}
		found, cut = append(found, c), why
		d.forget(c)
	}
	return cut, nil
}

// forget removes a coding that was taken off from those that the header names.
func (d *decoder) forget(c coding) {
	n := len(d.said)
	if n > 0 && (d.said[n-1] == c || d.said[n-1] == zlibbed && c == deflated) {
		d.said = d.said[:n-1]
	}
}

// try decodes packed by the codings in found and then by each of next until one fits. cut
// is why the result is only the beginning. If none fits, it returns no coding, and why.
func (d *decoder) try(ctx context.Context, out *buffer, packed []byte, found, next []coding) (c coding, cut error) {
	coded := isBinary(packed)
	if len(found) > 0 {
		coded = isBinary(out.bytes())
	}
	for _, c := range next {
		cut := d.run(ctx, out, packed, append(found[:len(found):len(found)], c))
		switch {
		case ctx.Err() != nil:
			return "", cut
		case d.fits(c, coded, out.bytes(), cut):
			return c, cut
		case c == gzipped || c == zstdized:
			return "", cut
		}
	}
	return "", errNoCoding
}

// fits reports whether the result of decoding by c shows that the body had this coding.
// coded says that the body is no text.
func (d *decoder) fits(c coding, coded bool, result []byte, cut error) bool {
	switch {
	case c == gzipped || c == zstdized:
		return cut == nil || len(result) > 0 // their first bytes are no accident
	case len(result) == 0 || errors.Is(cut, errChunk):
		return false
	case cut == nil && coded && len(d.said) > 0:
		return true // as the header says
	}
	return isPlain(result) || isCoded(result)
}

// run replaces what is in out by packed, decoded by the codings in order. Its error says
// why this is only the beginning.
func (d *decoder) run(ctx context.Context, out *buffer, packed []byte, codings []coding) error {
	for {
		*out.b = (*out.b)[:0]
		err := d.runOnce(ctx, out, packed, codings)
		if err != errFull {
			return err
		}
		if err := out.grow(ctx); err != nil {
			return err
		}
	}
}

// runOnce is run as far as out has room. br and zstd need large windows, so only maxDecoders
// of them work at a time, and none of them while it waits for a slot: a body that turns out
// to be large is decoded again, from the beginning.
func (d *decoder) runOnce(ctx context.Context, out *buffer, packed []byte, codings []coding) error {
	weight := int64(0)
	for _, c := range codings {
		if c == brotlied || c == zstdized {
			weight++
		}
	}
	if weight > maxDecoders {
		return errDecode
	}
	if weight > 0 {
		if err := d.decoders.Acquire(ctx, weight); err != nil {
			return err
		}
		defer d.decoders.Release(weight)
	}
	s, err := open(packed, codings, d.limit)
	defer s.close()
	if err != nil {
		return err
	}
	if weight > 0 {
		return out.fill(s)
	}
	return out.fillAll(ctx, s)
}

// stage takes one coding off what it reads from the stage before.
type stage struct {
	r     io.Reader
	n     int64  // bytes returned
	limit int64  // of n, which also bounds the work for a result that a later stage makes small
	under *stage // the stage before; nil for the first
	give  func() // gives the decoder back; may be nil
}

// open returns the last stage of a chain that decodes packed. It is valid, and to be closed,
// also with an error.
func open(packed []byte, codings []coding, limit int64) (*stage, error) {
	var (
		s   *stage
		src source = bytes.NewReader(packed)
		err error
	)
	for _, c := range codings {
		if src == nil {
			src = bufio.NewReader(s)
		}
		s = &stage{limit: limit + 1, under: s}
		if err = s.open(c, src); err != nil {
			return s, broken(err)
		}
		src = nil
	}
	return s, nil
}

// source is what a decoder reads from. Decoders read no further than they must if they can
// read single bytes.
type source interface {
	io.Reader
	io.ByteReader
}

// open begins to decode src.
func (s *stage) open(c coding, src source) error {
	switch c {
	case gzipped:
		z := gzipReaders.Get().(*gzip.Reader)
		s.r, s.give = &members{z, src}, func() { gzipReaders.Put(z) }
		return z.Reset(src)
	case brotlied:
		b := brotliReaders.Get().(*brotli.Reader)
		s.r, s.give = b, func() { brotliReaders.Put(b) }
		return b.Reset(src)
	case zstdized:
		z := zstdDecoders.Get().(*zstd.Decoder)
		s.r, s.give = z, func() {
			_ = z.Reset(nil) // releases src
			zstdDecoders.Put(z)
		}
		return z.Reset(src)
	case zlibbed:
		z, err := zlib.NewReader(src)
		s.r = z
		return err
	case deflated:
		s.r = flate.NewReader(src)
	case chunked:
		s.r = newChunkReader(src)
	}
	return nil
}

// members reads the members of a gzip file (RFC 1952 section 2.2). Bytes behind the last
// one are padding.
type members struct {
	*gzip.Reader
	src source
}

func (m *members) Read(p []byte) (int, error) {
	m.Multistream(false)
	n, err := m.Reader.Read(p)
	for n == 0 && err == io.EOF && m.Reset(m.src) == nil {
		m.Multistream(false)
		n, err = m.Reader.Read(p)
	}
	if n > 0 && err == io.EOF {
		err = nil // another member may follow
	}
	return n, err
}

func (s *stage) close() {
	for ; s != nil; s = s.under {
		if s.give != nil {
			s.give()
		}
	}
}

// Read reads decoded bytes. Bytes behind the coded ones are padding, and not an error.
func (s *stage) Read(p []byte) (int, error) {
	if s.n >= s.limit {
		return 0, errLarge
	}
	n, err := s.r.Read(p[:min(int64(len(p)), s.limit-s.n)])
	s.n += int64(n)
	if err != nil && s.n > 0 && isPadding(err) {
		err = io.EOF
	}
	return n, err
}

// isPadding reports whether an error means that other bytes follow the last coded ones.
func isPadding(err error) bool {
	return errors.Is(err, zstd.ErrMagicMismatch) || err.Error() == "brotli: excessive input"
}
