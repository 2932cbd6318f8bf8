package reply

import (
	"context"
	"net"
	"net/http"
	"time"
)

// NewServer returns a server for h whose requests end with ctx, so that open streams do
// not delay Shutdown. The size and the duration of each request are bounded; handlers that
// stream set their own deadlines.
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
