package websub

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/retry"
	"github.com/slugline/slugline/internal/store"
)

// settleFor is how long a request waits until the other nodes know of it.
const settleFor = 5 * time.Second

// rereadAfter is the wait before subscriptions are read again that other nodes have changed: they
// often change many at once.
const rereadAfter = 500 * time.Millisecond

// saveRetry is the wait after subscriptions could not be written.
const saveRetry = time.Second

// key identifies a subscription.
type key struct{ feed, callback string }

// subscription is a stored subscription and the state of its requests and deliveries. Until
// its callback has confirmed it, it is only a request for one. Hub.mu guards it.
type subscription struct {
	news.Subscription
	host   *host
	busy   bool // a delivery is in a queue or in flight
	asking bool // the callback is being asked to confirm a request
	asked  time.Time
}

func (s *subscription) key() key { return key{s.Feed, s.Callback} }

func (s *subscription) isConfirmed() bool { return !s.Until.IsZero() }

func (h *Hub) load() error {
	var all []*news.Subscription
	err := h.Store.View(func(tx *store.Tx) (err error) {
		all, err = tx.Subscriptions.All()
		return err
	})
	for _, s := range all {
		sub := h.addSubscription(s)
		if sub == nil {
			continue // a callback that no version accepts
		}
		if sub.isConfirmed() {
			h.confirmed++
			h.perTopic[topicOf(s.Feed)]++
		}
		if s.Request != nil {
			h.requested++
		}
		if !s.Failing.IsZero() {
			sub.host.pace = slow
		}
		h.stale[topicOf(s.Feed)] = true
	}
	return err
}

// addSubscription adds a subscription, which is within the bounds. The caller holds mu.
func (h *Hub) addSubscription(s *news.Subscription) *subscription {
	at := h.hostOf(s.Callback)
	if at == nil {
		return nil
	}
	sub := &subscription{Subscription: *s, host: at}
	h.subs[sub.key()] = sub
	at.count(1)
	return sub
}

// setRequest replaces the request of a subscription; nil: there is none any more. What is
// neither a subscription nor a request is removed. The caller holds mu.
func (h *Hub) setRequest(sub *subscription, r *news.SubscriptionRequest) {
	if sub.Request != nil {
		h.requested--
	}
	if r != nil {
		h.requested++
	}
	sub.Request = r
	h.keepOrRemove(sub)
}

// keepOrRemove removes what is neither a subscription nor a request for one, and has the
// change written. The caller holds mu.
func (h *Hub) keepOrRemove(sub *subscription) {
	if k := sub.key(); !sub.isConfirmed() && sub.Request == nil && h.subs[k] == sub {
		delete(h.subs, k)
		sub.host.count(-1)
	}
	h.markDirty(sub.key())
}

// end ends a confirmed subscription. A request that came since is kept. The caller holds
// mu.
func (h *Hub) end(sub *subscription) {
	if !sub.isConfirmed() {
		return
	}
	h.confirmed--
	h.perTopic[topicOf(sub.Feed)]--
	sub.Subscription = news.Subscription{Feed: sub.Feed, Callback: sub.Callback, Request: sub.Request}
	h.keepOrRemove(sub)
}

// change is a request that is to be stored.
type change struct {
	sub             *subscription
	request, before *news.SubscriptionRequest
	stored          chan error // receives the result; it has room for it
}

// accept stores a request and queues it, unless it is refused. A kill after it has returned
// does not lose the request.
func (h *Hub) accept(ctx context.Context, k key, f form, client netip.Addr) error {
	c, err := h.admit(k, f, client)
	if err != nil {
		return err
	}
	select {
	case err = <-c.stored:
	case <-ctx.Done(): // nobody waits for the answer
		return nil
	case <-h.stopped:
		err = errors.New("the hub stops")
	}
	if err == nil {
		limited, cancel := context.WithTimeout(ctx, settleFor)
		defer cancel()
		err = h.Settle(limited)
	}
	if err != nil { // flush has logged it
		return retryLater(http.StatusServiceUnavailable, time.Minute, "the request can't be stored now")
	}
	return nil
}

// admit makes a request part of its subscription, and has it written.
func (h *Hub) admit(k key, f form, client netip.Addr) (*change, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	sub := h.subs[k]
	if f.unsubscribe && sub == nil {
		return nil, refuse(http.StatusNotFound, "there is no such subscription")
	}
	at := h.hostOf(k.callback)
	if err := h.checkRates(at, client); err != nil {
		return nil, err
	}
	if err := h.checkCapacity(k, at, sub); err != nil {
		return nil, err
	}
	if sub == nil {
		sub = h.addSubscription(&news.Subscription{Feed: k.feed, Callback: k.callback})
	}
	c := &change{sub: sub, request: f.request(), before: sub.Request, stored: make(chan error, 1)}
	h.setRequest(sub, c.request)
	h.changes = append(h.changes, c)
	return c, nil
}

// changesStored queues the requests that were stored, and takes back those that could not
// be.
func (h *Hub) changesStored(all []*change, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range all {
		switch {
		case err == nil && h.sending:
			h.enqueue(c.sub.host, h.verification(c.sub))
		case err == nil: // whoever sends hears of it
		case c.sub.Request == c.request:
			h.setRequest(c.sub, c.before)
		}
		c.stored <- err
	}
}

// saveLoop writes the subscriptions that changed, all in one transaction, until stop is
// closed.
func (h *Hub) saveLoop(stop <-chan struct{}) {
	again, reread := time.NewTimer(saveRetry), time.NewTimer(rereadAfter)
	again.Stop()
	reread.Stop()
	for {
		select {
		case <-h.save:
		case <-again.C:
		case <-h.reread:
			reread.Reset(rereadAfter)
			continue
		case <-reread.C:
			if err := h.readAgain(); err != nil {
				h.Log.Error("read subscriptions", "err", err)
				retry.Wake(h.reread)
			}
			continue
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
	h.saving.Lock()
	defer h.saving.Unlock()
	changed, removed, requests := h.takeDirty()
	if len(changed)+len(removed)+len(requests) == 0 {
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
	h.changesStored(requests, err)
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

// takeDirty returns the subscriptions to be written and to be deleted, and the requests
// among them, and clears both.
func (h *Hub) takeDirty() (changed []news.Subscription, removed []key, requests []*change) {
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
	requests, h.changes = h.changes, nil
	return changed, removed, requests
}

// markDirty makes saveLoop write a subscription. The caller holds mu.
func (h *Hub) markDirty(k key) {
	h.dirty[k] = true
	retry.Wake(h.save)
}
