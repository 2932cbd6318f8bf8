package websub

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/retry"
	"github.com/slugline/slugline/internal/store"
)

// intentTimeout is how long a callback may take to confirm.
const intentTimeout = 10 * time.Second

var (
	errNotConfirmed = errors.New("it did not answer with the challenge")
	errTooMany      = errors.New("there are too many subscriptions with callbacks at its address or near it")
)

// verification makes the job that asks a callback to confirm the request of its
// subscription (section 5.3). A new subscriber gets the editions since the moment before it
// was asked. The caller holds mu.
func (h *Hub) verification(sub *subscription) *job {
	var asked *news.SubscriptionRequest
	var seq uint64
	return &job{
		send: func(ctx context.Context) (sent bool, err error) {
			r, over := h.beginAsking(sub, asked)
			if r == nil {
				return false, nil
			}
			asked = r
			if over {
				_ = h.tellDenied(ctx, sub.key(), asked.Topic, errTooMany.Error()) // an answer changes nothing
				return true, errTooMany
			}
			if seq, err = h.seq(topicOf(sub.Feed)); err != nil {
				return false, err
			}
			return true, h.ask(ctx, sub.key(), asked)
		},
		done: func(err error) {
			if asked == nil && err != nil && !sub.asking { // its host has no address
				asked = sub.Request
			}
			if asked != nil {
				h.recordAnswer(sub, asked, seq, err)
			}
		},
	}
}

// beginAsking returns the request that a callback is to confirm, nil when there is none any
// more or another one is being asked. asked is the one that was being asked when the job was
// cancelled, nil if it was not. over says that there are too many subscriptions at its
// address for a new one, which is known only after the look-up.
func (h *Hub) beginAsking(sub *subscription, asked *news.SubscriptionRequest) (r *news.SubscriptionRequest, over bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if sub.Request == nil || sub.asking && asked == nil {
		return nil, false
	}
	if asked != nil {
		return asked, false
	}
	sub.asking, sub.asked = true, h.Now()
	return sub.Request, !sub.isConfirmed() && sub.host.isOver(0)
}

// recordAnswer changes a subscription as its callback answered. The caller holds mu.
func (h *Hub) recordAnswer(sub *subscription, asked *news.SubscriptionRequest, seq uint64, err error) {
	sub.asking = false
	switch {
	case sub.Request == nil: // it was dropped: see dropSilentRequest
		return
	case err != nil:
		h.Log.Info("a subscription was not confirmed", "feed", sub.Feed, "callback", sub.Callback, "err", err)
	case asked.Unsubscribe:
		h.end(sub)
	default:
		h.confirm(sub, asked, seq)
	}
	if sub.Request == asked {
		h.setRequest(sub, nil)
	} else if sub.Request != nil { // a newer one came meanwhile
		h.enqueue(sub.host, h.verification(sub))
	}
}

// confirm makes a subscription of a confirmed request; it has the topic up to seq. If it is
// one already, its lease is renewed, and the subscriber still gets all editions it lacks.
// The caller holds mu.
func (h *Hub) confirm(sub *subscription, asked *news.SubscriptionRequest, seq uint64) {
	topic := topicOf(sub.Feed)
	if !sub.isConfirmed() {
		if !h.makeRoom(topic) {
			h.Log.Info("a subscription was dropped: there are too many", "feed", sub.Feed, "callback", sub.Callback)
			return
		}
		h.confirmed++
		h.perTopic[topic]++
		sub.Seq = seq
	}
	sub.Secret, sub.Until = asked.Secret, news.Instant(h.Now().Add(asked.Lease))
	sub.Failing, sub.Tries, sub.Next = time.Time{}, 0, time.Time{}
	h.stale[topic] = true
	h.markDirty(sub.key())
	retry.Wake(h.wake)
}

func (h *Hub) seq(topic string) (seq uint64, err error) {
	err = h.Store.View(func(tx *store.Tx) error {
		t, err := tx.Topics.Get(topic)
		if t != nil {
			seq = t.Seq
		}
		return err
	})
	return seq, err
}

// ask asks a callback to confirm a request. Its error says why that is not confirmed.
func (h *Hub) ask(ctx context.Context, k key, r *news.SubscriptionRequest) error {
	challenge := randomToken()
	answered, err := h.askCallback(ctx, k, r.Topic, intentQuery(r, challenge))
	if err == nil && answered != challenge {
		return errNotConfirmed
	}
	return err
}

// tellDenied tells a subscriber why its subscription ended (section 5.2).
func (h *Hub) tellDenied(ctx context.Context, k key, topic, why string) error {
	_, err := h.askCallback(ctx, k, topic, url.Values{"hub.topic": {topic}, "hub.mode": {"denied"}, "hub.reason": {why}})
	return err
}

// askCallback sends an intent to a callback, and returns what it answered.
func (h *Hub) askCallback(ctx context.Context, k key, topic string, q url.Values) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, intentTimeout)
	defer cancel()
	u, err := httpAddress(k.callback)
	if err != nil {
		return "", err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, withQuery(u, q), nil)
	if err != nil {
		return "", err
	}
	req.Header.Set("User-Agent", userAgent(strings.TrimSuffix(topic, "/topics/"+k.feed)))
	res, body, err := doRequest(h.client, req, int64(len(randomToken())+1))
	if err != nil {
		return "", err
	}
	if !isSuccess(res.StatusCode) {
		return "", errors.New(res.Status)
	}
	return string(body), nil
}

// intentQuery returns what a callback is asked.
func intentQuery(r *news.SubscriptionRequest, challenge string) url.Values {
	q := url.Values{"hub.topic": {r.Topic}, "hub.challenge": {challenge}, "hub.mode": {"unsubscribe"}}
	if !r.Unsubscribe {
		q.Set("hub.mode", "subscribe")
		q.Set("hub.lease_seconds", strconv.Itoa(int(r.Lease/time.Second)))
	}
	return q
}

// deny ends a subscription and tells the subscriber why (section 5.2). The caller holds mu.
func (h *Hub) deny(sub *subscription, why string) {
	h.end(sub)
	k, topic := sub.key(), h.site+"/topics/"+sub.Feed
	h.enqueue(sub.host, &job{
		send: func(ctx context.Context) (bool, error) { return true, h.tellDenied(ctx, k, topic, why) },
		done: func(error) {}, // it is told once
	})
}
