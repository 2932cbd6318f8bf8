package main

import (
	"context"
	"errors"
	"log/slog"
	"sync"

	"github.com/slugline/slugline/internal/store"
)

// outage is a time in which the database can't be written. Everything that writes fails
// meanwhile, again and again, and one line of each kind is enough.
type outage struct {
	mu   sync.Mutex // guards the field below
	said map[string]bool
}

// first tells whether a message is logged for the first time in this outage.
func (o *outage) first(message string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.said[message] {
		return false
	}
	if o.said == nil {
		o.said = map[string]bool{}
	}
	o.said[message] = true
	return true
}

func (o *outage) end() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.said = nil
}

// outageHandler gives lines that repeat what was logged in the same outage the level debug.
type outageHandler struct {
	slog.Handler
	outage *outage
}

func (h outageHandler) Handle(ctx context.Context, r slog.Record) error {
	if isOutage(r) && !h.outage.first(r.Message) {
		r.Level = slog.LevelDebug
	}
	if !h.Enabled(ctx, r.Level) {
		return nil
	}
	return h.Handler.Handle(ctx, r)
}

// isOutage tells whether a line has an error of a database that can't be written.
func isOutage(r slog.Record) (found bool) {
	r.Attrs(func(a slog.Attr) bool {
		err, ok := a.Value.Any().(error)
		found = ok && (errors.Is(err, store.ErrNotWritten) || errors.Is(err, store.ErrGone))
		return !found
	})
	return found
}

func (h outageHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return outageHandler{h.Handler.WithAttrs(attrs), h.outage}
}

func (h outageHandler) WithGroup(name string) slog.Handler {
	return outageHandler{h.Handler.WithGroup(name), h.outage}
}
