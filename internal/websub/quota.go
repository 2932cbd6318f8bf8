package websub

import (
	"net/http"
	"net/netip"
	"time"

	"golang.org/x/time/rate"

	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/reply"
)

const (
	maxAll        = 10_000 // subscriptions
	maxTopic      = 5_000  // subscriptions to one topic
	maxPerAddress = 100    // subscriptions with callbacks in one domain, or at one address
	maxPerBlock   = 400    // subscriptions with callbacks in one address block
	maxRequests   = 1_000  // requests that wait for their callback's answer
	maxHosts      = 20_000 // in memory
	maxQuotas     = 4 * maxHosts

	hostIdle = 10 * time.Minute // after which a host without subscriptions may be forgotten
)

// quota counts what one domain, address, address block or client has. Hub.mu guards it.
type quota struct {
	most     int           // subscriptions; 0 means any number
	subs     int           // subscriptions, and requests for new ones
	requests *rate.Limiter // nil: they are not limited
}

// quotaOf returns the quota with a name, which it makes with make if there is none. It
// returns nil when there are too many. The caller holds mu.
func (h *Hub) quotaOf(name string, most int, requests *rate.Limiter) *quota {
	if q := h.quotas[name]; q != nil {
		return q
	}
	if len(h.quotas) >= maxQuotas {
		h.prune()
	}
	if len(h.quotas) >= maxQuotas {
		return nil
	}
	h.quotas[name] = &quota{most: most, requests: requests}
	return h.quotas[name]
}

// quotasAt returns the quotas of an address and of its block. Both are missing when there
// are too many quotas. The caller holds mu.
func (h *Hub) quotasAt(ip netip.Addr) (all []*quota) {
	for name, most := range map[string]int{
		"address " + reply.ClientNetwork(ip.WithZone("")).String(): maxPerAddress,
		"block " + block(ip).String():                              maxPerBlock,
	} {
		if q := h.quotaOf(name, most, nil); q != nil {
			all = append(all, q)
		}
	}
	return all
}

// hostOf returns the queue of a callback's host, nil when there are too many. The caller
// holds mu.
func (h *Hub) hostOf(callback string) *host {
	name := hostPort(callback)
	if at := h.hosts[name]; at != nil {
		return at
	}
	if len(h.hosts) >= maxHosts {
		h.prune()
	}
	owner := h.quotaOf("domain "+fetch.Domain(callback), maxPerAddress, rate.NewLimiter(1, 2*maxPerAddress))
	if len(h.hosts) >= maxHosts || owner == nil {
		return nil
	}
	at := &host{name: name, owner: owner, used: h.Now()}
	h.hosts[name] = at
	if ap, err := netip.ParseAddrPort(name); err == nil {
		at.isLiteral = true
		h.locate(at, []netip.Addr{ap.Addr()})
	}
	return at
}

// prune forgets the hosts and quotas of which nothing has to be remembered. The caller
// holds mu.
func (h *Hub) prune() {
	for name, at := range h.hosts {
		if at.subs == 0 && at.inFlight == 0 && len(at.jobs) == 0 && h.Now().Sub(at.used) > hostIdle {
			delete(h.hosts, name)
		}
	}
	used := map[*quota]bool{}
	for _, at := range h.hosts {
		used[at.owner] = true
		for _, q := range at.located {
			used[q] = true
		}
	}
	for name, q := range h.quotas {
		if !used[q] && (q.requests == nil || q.requests.TokensAt(h.Now()) >= float64(q.requests.Burst())) {
			delete(h.quotas, name)
		}
	}
}

// count adds n subscriptions to what a host and its quotas have.
func (at *host) count(n int) {
	at.subs += n
	at.owner.subs += n
	for _, q := range at.located {
		q.subs += n
	}
}

// isOver reports whether a host's quotas have more subscriptions than they may have, with
// further ones.
func (at *host) isOver(further int) bool {
	over := at.owner.subs+further > at.owner.most
	for _, q := range at.located {
		over = over || q.subs+further > q.most
	}
	return over
}

// checkRates refuses a request when its client or the host of its callback sends too many.
// Clients on this machine send as many as they like. The caller holds mu.
func (h *Hub) checkRates(at *host, client netip.Addr) error {
	now := h.Now()
	if !client.IsLoopback() {
		q := h.quotaOf("client "+reply.ClientNetwork(client).String(), 0, rate.NewLimiter(1, 3*maxPerAddress))
		if q == nil || !q.requests.AllowN(now, 1) {
			return retryLater(http.StatusTooManyRequests, time.Minute, "too many requests come from this address")
		}
	}
	if at == nil || !at.owner.requests.AllowN(now, 1) {
		return retryLater(http.StatusTooManyRequests, time.Minute, "too many requests are about callbacks at this host")
	}
	return nil
}

// checkCapacity refuses a request that would exceed a bound. sub is the subscription that
// it is about, nil for a new one. The caller holds mu.
func (h *Hub) checkCapacity(k key, at *host, sub *subscription) error {
	switch {
	case sub != nil:
	case at.isOver(1):
		return retryLater(http.StatusTooManyRequests, time.Hour, "there are already %d subscriptions with callbacks at this address or near it", maxPerAddress)
	case !h.hasRoom(topicOf(k.feed)) && h.longestFailing(topicOf(k.feed)) == nil:
		return retryLater(http.StatusServiceUnavailable, time.Hour, "there are too many subscriptions")
	}
	if h.requested >= maxRequests && (sub == nil || sub.Request == nil) && !h.dropSilentRequest() {
		return retryLater(http.StatusServiceUnavailable, time.Minute, "too many requests are waiting for their callback's answer")
	}
	return nil
}

// dropSilentRequest drops the request whose callback has been asked for the longest time and
// did not answer in a while, so that such callbacks keep out no others. It reports whether
// there was one. The caller holds mu.
func (h *Hub) dropSilentRequest() bool {
	var longest *subscription
	for _, sub := range h.subs {
		if sub.asking && sub.Request != nil && sub.host.pace == slow && (longest == nil || sub.asked.Before(longest.asked)) {
			longest = sub
		}
	}
	if longest == nil {
		return false
	}
	h.Log.Info("a subscription was not confirmed in time: others wait", "feed", longest.Feed, "callback", longest.Callback)
	h.setRequest(longest, nil)
	return true
}

// hasRoom reports whether one more confirmed subscription is within the bounds. The caller
// holds mu.
func (h *Hub) hasRoom(topic string) bool {
	return h.confirmed < maxAll && h.perTopic[topic] < maxTopic
}

// makeRoom ends a subscription whose deliveries fail if there are too many: the one that
// has failed for the longest time. It reports whether there is room. The caller holds mu.
func (h *Hub) makeRoom(topic string) bool {
	if h.hasRoom(topic) {
		return true
	}
	sub := h.longestFailing(topic)
	if sub == nil {
		return false
	}
	h.Log.Info("a subscriber that fails makes room for a new one", "feed", sub.Feed, "callback", sub.Callback, "failing", sub.Failing)
	h.end(sub)
	return true
}

// longestFailing returns the subscription that makeRoom would end: of the topic, or of any
// if the topic is not full. It is nil when no deliveries fail. The caller holds mu.
func (h *Hub) longestFailing(topic string) (longest *subscription) {
	full := h.perTopic[topic] >= maxTopic
	for _, sub := range h.subs {
		if sub.Failing.IsZero() || !sub.isConfirmed() || full && topicOf(sub.Feed) != topic {
			continue
		}
		if longest == nil || sub.Failing.Before(longest.Failing) {
			longest = sub
		}
	}
	return longest
}
