package websub_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/slugline/slugline/internal/bubble"
)

// unread is a body that nobody may read.
type unread struct{ t *testing.T }

func (b unread) Read([]byte) (int, error) {
	b.t.Error("a body that says that it is too long was read")
	return 0, io.EOF
}

// A body that says that it is too long is refused unread, one that turns out to be when that
// much was read, and one that never arrives is no body that is too long.
func TestBodies(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		hub, in := open(t), openInbox(t)
		callback := in.subscribed().Get("hub.callback")
		for _, door := range []struct {
			name, address, kind string
			most                int64
			h                   http.Handler
		}{
			{"the hub", site + "/websub", "application/x-www-form-urlencoded", 16 << 10, hub.hub},
			{"a callback", callback, "application/rss+xml", 8 << 20, in.sub},
		} {
			for _, c := range []struct {
				name   string
				body   io.Reader
				says   int64 // -1: nothing, it comes in chunks
				status int
			}{
				{"said to be too long", unread{t}, door.most + 1, 413},
				{"too long in chunks", strings.NewReader(strings.Repeat("x", int(door.most)+1)), -1, 413},
				{"cut off", io.MultiReader(strings.NewReader("hub."), iotest.ErrReader(io.ErrUnexpectedEOF)), 100, 408},
				{"too slow", iotest.ErrReader(errors.New("i/o timeout")), -1, 408},
			} {
				r := httptest.NewRequest(http.MethodPost, door.address, c.body)
				r.ContentLength = c.says
				r.Header.Set("Content-Type", door.kind)
				w := httptest.NewRecorder()
				door.h.ServeHTTP(w, r)
				if w.Code != c.status || len(w.Body.String()) < 20 {
					t.Errorf("%s, a body %s: %d %q, want %d and a sentence", door.name, c.name, w.Code, w.Body, c.status)
				}
			}
		}
	})
}
