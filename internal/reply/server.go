package reply

import (
	"context"
	"net"
	"net/http"
	"time"
)

// NewServer is an http.Server over h whose requests end with ctx, so that open
// streams don't hold up Shutdown. The size and the time of each request are
// bounded; what streams sets its own deadlines.
func NewServer(ctx context.Context, h http.Handler) *http.Server {
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
