package fetch

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"
)

var (
	errLarge  = errors.New("body too large")
	errDecode = errors.New("body can't be decoded")
	errHTTP2  = errors.New("body broke off over HTTP/2")
)

// encodingError says that a body has a content coding that is not known.
type encodingError struct{ name string }

func (e *encodingError) Error() string { return "content coding " + e.name }

// content is the body of an answer, as far as it could be read.
type content struct {
	buf      *buffer // decoded
	received int64   // bytes before decoding
	cut      error   // why buf has only the beginning: errLarge, or what broke off; nil when it has all
	broken   bool    // the connection broke off, as cut says
}

// readBody reads and decodes the body of an answer. Its size is limited both as received
// and as decoded, and at least MinBytes must arrive in each RateWindow. An error means
// that nothing of the body could be read, errHTTP2 that HTTP/1.1 may be better.
func (v *visit) readBody(ctx context.Context, res *http.Response) (*content, error) {
	rate := &rateTimer{time.AfterFunc(v.conf.RateWindow, func() { v.cancel(errRate) }), v.conf.RateWindow}
	defer rate.stop()
	m := &meteredReader{r: res.Body, left: v.maxBytes, rate: rate, need: v.conf.MinBytes}
	d := &decoder{Client: v.Client, limit: v.maxBytes, huge: &hugeSlot{client: v.Client}}
	packed := d.buffer(v.received, rate)
	err := packed.fillAll(ctx, m)
	brokeOff := err != nil && err != errLarge
	switch {
	case brokeOff && ctx.Err() == nil && v.mayRetry(res):
		packed.release()
		return nil, errHTTP2
	case brokeOff && (ctx.Err() != nil || len(*packed.b) == 0):
		packed.release()
		return nil, broken(err)
	}
	rate.stop() // all that arrives has arrived
	c := &content{received: v.maxBytes - m.left, cut: err, broken: brokeOff}
	return c, d.decode(ctx, c, packed, res.Header["Content-Encoding"])
}

// broken returns io.ErrUnexpectedEOF for an error that means the same.
func broken(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// meteredReader counts the bytes received and restarts the rate timer when enough have
// arrived. It reads no more than left.
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
	m.err = err
	if int64(n) > m.left {
		n, m.err = int(m.left), errLarge
	}
	m.left -= int64(n)
	if m.got += int64(n); m.got >= m.need {
		m.got = 0
		m.rate.restart()
	}
	return n, m.err
}

// rateTimer ends a visit whose body arrives too slowly. It is stopped while the visit
// waits for a slot. nil does nothing.
type rateTimer struct {
	timer  *time.Timer
	window time.Duration
}

func (t *rateTimer) stop() {
	if t != nil {
		t.timer.Stop()
	}
}

func (t *rateTimer) restart() {
	if t != nil {
		t.timer.Reset(t.window)
	}
}

// drain reads the beginning of a body that is not used, so that the connection can be
// reused, and closes it.
func drain(body io.ReadCloser) {
	_, _ = io.CopyN(io.Discard, body, 4<<10)
	_ = body.Close()
}
