// Package web is what people see: the public pages and topic feeds, the newsroom's
// live stream and API, and the same public pages as static files.
//
// Pages are rendered from the store and work without script; feeds are editions,
// byte for byte. A page never holds markup that a source sent unless it went
// through canon.Safe. Every answer forbids scripts and framing. Reading the
// newsroom's side is open to this machine alone, changing it to this machine and
// no other site, everything else to who holds the token. The package decides
// nothing about the news: what it shows is what is stored.
package web

import (
	"context"
	"embed"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"
)

//go:embed pages assets
var files embed.FS

// Server is an http.Server over h whose requests end with ctx, so that open
// streams don't hold up Shutdown. The size and the time of each request are
// bounded; what streams sets its own deadlines.
func Server(ctx context.Context, h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
	}
}

// fault is an answer other than the one asked for. Text is for the reader.
type fault struct {
	status int
	text   string
}

func (f *fault) Error() string { return f.text }

var (
	errNowhere   = &fault{http.StatusNotFound, english.NotFoundWhy}
	errTakenDown = &fault{http.StatusGone, english.TakenDown}
)

// faultOf says what the reader is told about an error, and logs what is ours.
func faultOf(log *slog.Logger, r *http.Request, err error) *fault {
	var f *fault
	if errors.As(err, &f) {
		return f
	}
	if r.Context().Err() == nil && log != nil {
		log.Error("answer request", "path", r.URL.Path, "error", err)
	}
	return &fault{http.StatusInternalServerError, english.ServerErrorWhy}
}

// strict is the policy of every answer: nothing is loaded but our own style and
// pictures, nobody may frame it.
const strict = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// secured is on every answer. It is not changed.
var secured = fields(http.Header{
	"Content-Security-Policy": {strict},
	"X-Content-Type-Options":  {"nosniff"},
	"Referrer-Policy":         {"strict-origin-when-cross-origin"},
})

func secure(h http.Header) { enter(h, secured) }

// only lets the methods through. HEAD is GET.
func only(w http.ResponseWriter, r *http.Request, method string) error {
	allow := method
	if method == http.MethodGet {
		allow = "GET, HEAD"
	}
	if r.Method == method || method == http.MethodGet && r.Method == http.MethodHead {
		return nil
	}
	w.Header().Set("Allow", allow)
	return &fault{http.StatusMethodNotAllowed, english.BadMethodWhy}
}
