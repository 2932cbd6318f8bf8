package websub

import (
	"time"

	"golang.org/x/time/rate"

	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/retry"
	"github.com/slugline/slugline/internal/store"
)

const (
	maxAll        = 10_000 // subscriptions
	maxTopic      = 5_000  // subscriptions to one topic
	maxHost       = 1_000  // subscriptions with callbacks at one host
	maxHosts      = 20_000 // in memory
	requestsBurst = 60     // about callbacks at one host; then one a second

	saveRetry = time.Second // after subscriptions could not be written
)

// key identifies a subscription.
type key struct{ feed, callback string }

// subscription is a stored subscription and the state of its deliveries.
type subscription struct {
	news.Subscription
	host *host
	busy bool // a delivery is in flight
}

func (s *subscription) key() key { return key{s.Feed, s.Callback} }

// host is the state of a host that has callbacks.
type host struct {
	requests *rate.Limiter
	subs     int
	inFlight int // deliveries
}

func (h *Hub) load() error {
	var all []*news.Subscription
	err := h.Store.View(func(tx *store.Tx) (err error) {
		all, err = tx.Subscriptions.All()
		return err
	})
	for _, s := range all {
		h.addSubscription(s)
		h.stale[topicOf(s.Feed)] = true
	}
	return err
}

// hasCapacity reports whether one more subscription is within the bounds. The caller
// holds mu.
func (h *Hub) hasCapacity(k key) bool {
	at := h.hostOf(k.callback)
	return len(h.subs) < maxAll && h.perTopic[topicOf(k.feed)] < maxTopic && at != nil && at.subs < maxHost
}

// addSubscription adds a subscription, which is within the bounds. The caller holds mu.
func (h *Hub) addSubscription(s *news.Subscription) *subscription {
	sub := &subscription{Subscription: *s, host: h.hostOf(s.Callback)}
	h.subs[sub.key()] = sub
	sub.host.subs++
	h.perTopic[topicOf(s.Feed)]++
	return sub
}

// removeSubscription removes a subscription. The caller holds mu.
func (h *Hub) removeSubscription(sub *subscription) {
	delete(h.subs, sub.key())
	sub.host.subs--
	h.perTopic[topicOf(sub.Feed)]--
	h.markDirty(sub.key())
}

// hostOf returns the state of a callback's host, nil when there are too many hosts. The
// caller holds mu.
func (h *Hub) hostOf(callback string) *host {
	domain := fetch.Domain(callback)
	if at := h.hosts[domain]; at != nil {
		return at
	}
	if len(h.hosts) >= maxHosts {
		h.pruneHosts()
	}
	if len(h.hosts) >= maxHosts {
		return nil
	}
	h.hosts[domain] = &host{requests: rate.NewLimiter(1, requestsBurst)}
	return h.hosts[domain]
}

// pruneHosts drops the hosts that have no subscriptions, deliveries or recent requests.
func (h *Hub) pruneHosts() {
	for domain, at := range h.hosts {
		if at.subs == 0 && at.inFlight == 0 && at.requests.TokensAt(h.Now()) >= requestsBurst {
			delete(h.hosts, domain)
		}
	}
}

// saveLoop writes the subscriptions that changed, all in one transaction, until stop is
// closed.
func (h *Hub) saveLoop(stop <-chan struct{}) {
	again := time.NewTimer(saveRetry)
	again.Stop()
	for {
		select {
		case <-h.save:
		case <-again.C:
		case <-stop:
			h.flush()
			return
		}
		if !h.flush() {
			again.Reset(saveRetry)
		}
	}
}

// flush writes what changed, and reports whether it could.
func (h *Hub) flush() bool {
	changed, removed := h.takeDirty()
	if len(changed)+len(removed) == 0 {
		return true
	}
	err := h.Store.Update(func(tx *store.Tx) error {
		for _, k := range removed {
			if err := tx.Subscriptions.Delete(k.feed, k.callback); err != nil {
				return err
			}
		}
		for i := range changed {
			if err := tx.Subscriptions.Put(&changed[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		return true
	}
	h.Log.Error("write subscriptions", "err", err)
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, k := range removed {
		h.dirty[k] = true
	}
	for i := range changed {
		h.dirty[key{changed[i].Feed, changed[i].Callback}] = true
	}
	return false
}

// takeDirty returns the subscriptions to be written and to be deleted, and clears dirty.
func (h *Hub) takeDirty() (changed []news.Subscription, removed []key) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for k := range h.dirty {
		if sub := h.subs[k]; sub != nil {
			changed = append(changed, sub.Subscription)
		} else {
			removed = append(removed, k)
		}
	}
	clear(h.dirty)
	return changed, removed
}

// markDirty makes saveLoop write a subscription. The caller holds mu.
func (h *Hub) markDirty(k key) {
	h.dirty[k] = true
	retry.Wake(h.save)
}
