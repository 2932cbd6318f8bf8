package fetch

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/bubble"
)

// paced is a body that arrives in pieces, with the same time before each.
type paced struct {
	ctx           context.Context
	pieces, piece int // the pieces that are left, and the size of each
	every         time.Duration
	arrived       int // bytes that were not read yet
}

func (p *paced) Read(b []byte) (int, error) {
	if p.arrived == 0 {
		if p.pieces == 0 {
			return 0, io.EOF
		}
		select {
		case <-time.After(p.every):
		case <-p.ctx.Done():
			return 0, p.ctx.Err()
		}
		p.pieces--
		p.arrived = p.piece
	}
	n := copy(b, bytes.Repeat([]byte("x"), p.arrived))
	p.arrived -= n
	return n, nil
}

func (p *paced) Close() error { return nil }

// A body may take its time as long as enough arrives in each window.
func TestSlowBodies(t *testing.T) {
	for _, c := range []struct {
		name   string
		pieces int
		piece  int
		every  time.Duration
		whole  bool
	}{
		{"steady", 100, 1000, 9 * time.Second, true},
		{"just enough in each window", 100, 250, 2499 * time.Millisecond, true},
		{"a little at a time", 100, 250, 2501 * time.Millisecond, false},
		{"long breaks", 100, 4000, 10001 * time.Millisecond, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble.Test(t, func(t *testing.T) {
				client, err := New(Config{RateWindow: 10 * time.Second, MinBytes: 1000})
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				v := &visit{Client: client, maxBytes: 1 << 20, cancel: cancel}
				got, err := v.readBody(ctx, &http.Response{Body: &paced{ctx: ctx, pieces: c.pieces, piece: c.piece, every: c.every}, Header: http.Header{}})
				switch {
				case !c.whole && context.Cause(ctx) != errRate:
					t.Errorf("ended by %v, %v; want %v", context.Cause(ctx), err, errRate)
				case c.whole && (err != nil || got.cut != nil || len(got.buf.bytes()) != c.pieces*c.piece):
					t.Errorf("got %+v, %v; want the whole body", got, err)
				}
			})
		})
	}
}
