package websub

import (
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/live"
	"github.com/slugline/slugline/internal/store"
)

// Hub is the handler at Path. Its Run must be running for it to take anybody in.
type Hub struct {
	Store     *store.Store
	Press     *edition.Press
	Live      *live.Live
	Transport http.RoundTripper // guards what it dials: a fetch.Client's Guarded
	Now       func() time.Time
	Chance    func() float64 // in [0,1), for jitter; nil: rand
	Log       *slog.Logger   // nil: silent

	start sync.Once
}
