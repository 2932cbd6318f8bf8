package websub

import (
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/retry"
	"github.com/slugline/slugline/internal/store"
)

// readAgain takes over what other nodes have stored, but for subscriptions that have changed here
// and are still to be written.
func (h *Hub) readAgain() error {
	h.saving.Lock()
	defer h.saving.Unlock()
	var all []*news.Subscription
	err := h.Store.View(func(tx *store.Tx) (err error) {
		all, err = tx.Subscriptions.All()
		return err
	})
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	stored := map[key]bool{}
	for _, s := range all {
		k := key{s.Feed, s.Callback}
		stored[k] = true
		if !h.dirty[k] {
			h.takeOver(k, s)
		}
	}
	for k, sub := range h.subs {
		if !stored[k] && !h.dirty[k] {
			h.setStored(sub, &news.Subscription{Feed: k.feed, Callback: k.callback})
			delete(h.subs, k)
			sub.host.count(-1)
		}
	}
	retry.Wake(h.wake)
	return nil
}

// takeOver makes a stored subscription that of this node. The caller holds mu.
func (h *Hub) takeOver(k key, s *news.Subscription) {
	sub := h.subs[k]
	if sub == nil {
		if sub = h.addSubscription(&news.Subscription{Feed: k.feed, Callback: k.callback}); sub == nil {
			return // a callback that no version accepts
		}
	}
	asks := s.Request != nil && (sub.Request == nil || *sub.Request != *s.Request)
	h.setStored(sub, s)
	if asks && h.sending {
		h.enqueue(sub.host, h.verification(sub))
	}
}

// setStored changes a subscription to what is stored, and counts it. A request that is the same
// stays the same one. What is known of deliveries in progress stays. The caller holds mu.
func (h *Hub) setStored(sub *subscription, s *news.Subscription) {
	before, was, now := sub.Request, sub.isConfirmed(), *s
	if sub.busy && was && !now.Until.IsZero() {
		now = sub.Subscription
		now.Request = s.Request
	}
	if before != nil && now.Request != nil && *before == *now.Request {
		now.Request = before
	}
	sub.Subscription = now
	if before != nil {
		h.requested--
	}
	if now.Request != nil {
		h.requested++
	}
	topic := topicOf(sub.Feed)
	switch is := sub.isConfirmed(); {
	case is && !was:
		h.confirmed++
		h.perTopic[topic]++
		h.stale[topic] = true
	case was && !is:
		h.confirmed--
		h.perTopic[topic]--
	}
}
