package main

import (
	"context"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/poll"
	"github.com/slugline/slugline/internal/store"
)

// visitor is a poller whose client follows feeds.yaml.
type visitor struct {
	*poll.Poller
	client      atomic.Pointer[fetch.Client]
	subscribers subscriberCounts
	listeners   []string // addresses of our own listeners, which are never fetched
}

func newVisitor(sink poll.Sink, st *store.Store, log *slog.Logger, m *poll.Meters, own ...string) *visitor {
	v := &visitor{listeners: own, subscribers: subscriberCounts{store: st}}
	v.Poller = &poll.Poller{
		Sink: sink, Store: st, Log: log, Meters: m,
		Get: func(ctx context.Context, r fetch.Request, now time.Time) (*fetch.Result, error) {
			return v.client.Load().Get(ctx, r, now)
		},
		NoPause: v.Allowed, Subscribers: v.subscribers.of,
	}
	return v
}

// RoundTrip makes a request unless the feeds.yaml in force forbids its address.
func (v *visitor) RoundTrip(r *http.Request) (*http.Response, error) {
	return v.client.Load().GuardedTransport().RoundTrip(r)
}

// Allowed reports whether the feeds.yaml in force allows a private address.
func (v *visitor) Allowed(url string) bool { return v.client.Load().IsAllowListed(url) }

// configure applies the settings of visits. Visits in progress keep their old settings.
func (v *visitor) configure(c *config.Config) error {
	client, err := newClient(c, v.listeners...)
	if err != nil {
		return err
	}
	if old := v.client.Swap(client); old != nil {
		old.Close()
	}
	v.subscribers.configure(c)
	return v.Set(pollSettings(c))
}

func pollSettings(c *config.Config) poll.Settings {
	return poll.Settings{Sources: c.Sources, Budget: float64(c.Fetch.Budget), Floor: c.Fetch.Floor, PerHost: c.Fetch.PerHost}
}

func newClient(c *config.Config, own ...string) (*fetch.Client, error) {
	return fetch.New(fetch.Config{Version: version(), URL: c.Site.URL, Contact: c.Fetch.Contact, Allow: c.Fetch.Allow, OwnListeners: own})
}
