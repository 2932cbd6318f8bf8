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

// intent is what a callback is to be asked, or told.
type intent struct {
	form
	key    key
	denied string // why there will be nothing any more; empty: it is asked
}

// verifyAll asks callbacks until ctx ends.
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

// verify asks a callback whether it meant what was asked for in its name
// (section 5.3). What changes once it was asked is owed to it.
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

// subscribe takes a subscription in, or renews it: then what is owed to it stays owed.
func (h *Hub) subscribe(in intent, seq uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	r := h.subs[in.key]
	if r == nil {
		if !h.hasCapacity(in.key) {
			return
		}
		r = h.addSubscription(&news.Subscription{Feed: in.key.feed, Callback: in.key.callback, Seq: seq})
	}
	r.Secret, r.Until = in.secret, news.Instant(h.Now().Add(in.lease))
	r.Failing, r.Tries, r.Next = time.Time{}, 0, time.Time{}
	h.stale[topicOf(in.key.feed)] = true
	h.markDirty(in.key)
	retry.Wake(h.wake)
}

func (h *Hub) unsubscribe(k key) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if r := h.subs[k]; r != nil {
		h.removeSubscription(r)
	}
}

// deny ends a subscription from our side and tells the subscriber, if there is
// room for that. The caller holds mu.
func (h *Hub) deny(r *subscription, site, why string) {
	h.removeSubscription(r)
	f := form{topic: site + "/topics/" + r.Feed, callback: r.Callback}
	select {
	case h.intents <- intent{form: f, key: r.key(), denied: why}:
	default:
	}
}
