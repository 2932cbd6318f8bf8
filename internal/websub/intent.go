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

const intentWorkers = 16

// intent is a request that its callback is to confirm, or a denial.
type intent struct {
	form
	key    key
	denied string // why the subscription ended; empty: this is a request
}

// verifyAll verifies requests until ctx ends.
func (h *Hub) verifyAll(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case in := <-h.intents:
			h.verify(ctx, in)
		}
	}
}

// verify asks a callback to confirm a request (section 5.3). A new subscriber gets the
// editions since the moment before it was asked.
func (h *Hub) verify(ctx context.Context, in intent) {
	seq, err := h.seq(topicOf(in.key.feed))
	if err != nil {
		h.Log.Error("subscribe", "err", err)
		return
	}
	challenge := randomToken()
	answered, err := h.askCallback(ctx, in, challenge)
	switch {
	case ctx.Err() != nil, in.denied != "":
	case err != nil || answered != challenge:
		h.Log.Info("a subscription was not confirmed", "feed", in.key.feed, "callback", in.callback, "err", err)
	case in.unsubscribe:
		h.unsubscribe(in.key)
	default:
		h.subscribe(in, seq)
	}
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

// askCallback sends an intent to its callback, and returns what it answered.
func (h *Hub) askCallback(ctx context.Context, in intent, challenge string) (string, error) {
	u, err := httpAddress(in.callback)
	if err != nil {
		return "", err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, withQuery(u, in.query(challenge)), nil)
	if err != nil {
		return "", err
	}
	req.Header.Set("User-Agent", userAgent(strings.TrimSuffix(in.topic, "/topics/"+in.key.feed)))
	res, body, err := doRequest(h.client, req, int64(len(challenge)+1))
	if err != nil {
		return "", err
	}
	if !isSuccess(res.StatusCode) {
		return "", errors.New(res.Status)
	}
	return string(body), nil
}

func (in *intent) query(challenge string) url.Values {
	q := url.Values{"hub.topic": {in.topic}}
	switch {
	case in.denied != "":
		q.Set("hub.mode", "denied")
		q.Set("hub.reason", in.denied)
		return q
	case in.unsubscribe:
		q.Set("hub.mode", "unsubscribe")
	default:
		q.Set("hub.mode", "subscribe")
		q.Set("hub.lease_seconds", strconv.Itoa(int(in.lease/time.Second)))
	}
	q.Set("hub.challenge", challenge)
	return q
}

// subscribe adds a confirmed subscription that has the topic up to seq. If there is one
// already, it renews the lease, and the subscriber still gets all editions it lacks.
func (h *Hub) subscribe(in intent, seq uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	sub := h.subs[in.key]
	if sub == nil {
		if !h.hasCapacity(in.key) {
			return
		}
		sub = h.addSubscription(&news.Subscription{Feed: in.key.feed, Callback: in.key.callback, Seq: seq})
	}
	sub.Secret, sub.Until = in.secret, news.Instant(h.Now().Add(in.lease))
	sub.Failing, sub.Tries, sub.Next = time.Time{}, 0, time.Time{}
	h.stale[topicOf(in.key.feed)] = true
	h.markDirty(in.key)
	retry.Wake(h.wake)
}

func (h *Hub) unsubscribe(k key) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if sub := h.subs[k]; sub != nil {
		h.removeSubscription(sub)
	}
}

// deny ends a subscription and tells the subscriber why (section 5.2), unless too many
// intents are waiting. The caller holds mu.
func (h *Hub) deny(sub *subscription, site, why string) {
	h.removeSubscription(sub)
	f := form{topic: site + "/topics/" + sub.Feed, callback: sub.Callback}
	select {
	case h.intents <- intent{form: f, key: sub.key(), denied: why}:
	default:
	}
}
