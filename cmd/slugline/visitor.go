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

// visitor is a poller whose client follows feeds.yaml, and the transports of all other
// requests. Each has its own list of private addresses: what an address is allowed for is
// what it is reached for.
type visitor struct {
	*poll.Poller
	client      atomic.Pointer[fetch.Client] // for sources
	hubs        transport                    // for callbacks of our hub, and for the hubs of sources
	targets     transport                    // for the targets of alerts
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
		NoPause: v.isAllowListed, Subscribers: v.subscribers.of,
	}
	return v
}

// isAllowListed reports whether fetch.allow of the feeds.yaml in force lists an address.
func (v *visitor) isAllowListed(url string) bool { return v.client.Load().IsAllowListed(url) }

// configure applies the settings of visits and of the transports. Visits and requests in
// progress keep their old settings.
func (v *visitor) configure(c *config.Config) error {
	if err := v.reach(c); err != nil {
		return err
	}
	return v.Set(pollSettings(c))
}

// reach applies the settings of the transports.
func (v *visitor) reach(c *config.Config) error {
	client, err := newClient(c, v.listeners...)
	if err != nil {
		return err
	}
	if old := v.client.Swap(client); old != nil {
		old.Close()
	}
	if err := v.hubs.configure(fetch.Reach{Key: "websub.allow", Allow: c.WebSub.Allow, OwnListeners: v.listeners}); err != nil {
		return err
	}
	if err := v.targets.configure(fetch.Reach{Written: targetAddresses(c), OwnListeners: v.listeners}); err != nil {
		return err
	}
	v.subscribers.configure(c)
	return nil
}

// targetAddresses returns the addresses of all targets. Those of mailboxes
// are among them, and mean nothing to a transport.
func targetAddresses(c *config.Config) (all []string) {
	for _, t := range c.Targets {
		all = append(all, t.Address)
	}
	for _, a := range c.Alerts {
		for _, t := range a.To {
			all = append(all, t.Address)
		}
	}
	return all
}

func pollSettings(c *config.Config) poll.Settings {
	return poll.Settings{Sources: c.Sources, Budget: float64(c.Fetch.Budget), Floor: c.Fetch.Floor, PerHost: c.Fetch.PerHost}
}

func newClient(c *config.Config, own ...string) (*fetch.Client, error) {
	return fetch.New(fetch.Config{Version: version(), URL: c.Site.URL, Contact: c.Fetch.Contact, Allow: c.Fetch.Allow, OwnListeners: own})
}

// transport is a transport that follows feeds.yaml. It must be configured before its first
// request.
type transport struct {
	inForce atomic.Pointer[fetch.Transport]
}

func (t *transport) configure(r fetch.Reach) error {
	next, err := fetch.NewTransport(r)
	if err != nil {
		return err
	}
	if old := t.inForce.Swap(next); old != nil {
		old.Close()
	}
	return nil
}

// RoundTrip makes a request unless the feeds.yaml in force forbids its address.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	return t.inForce.Load().RoundTrip(r)
}

// refuses reports whether the feeds.yaml in force is known, without a look-up, to forbid an
// address.
func (t *transport) refuses(url string) bool { return t.inForce.Load().Refuses(url) }

// lists reports whether the feeds.yaml in force lists an address as allowed.
func (t *transport) lists(url string) bool { return t.inForce.Load().Lists(url) }
