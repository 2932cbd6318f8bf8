package websub

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/live"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/retry"
	"github.com/slugline/slugline/internal/store"
)

const (
	maxInFlight     = 64             // deliveries under way
	maxHostInFlight = 4              // to one host
	rereadEvery     = time.Minute    // topics are read then, whatever was announced
	giveUpAfter     = 24 * time.Hour // after the first failed delivery
	eventBuffer     = 256            // events that may wait for us
)

// deliver sends what is owed, as it falls due, until ctx ends.
func (h *Hub) deliver(ctx context.Context, work *sync.WaitGroup) {
	told := h.Live.Subscribe(eventBuffer)
	defer func() { told.Close() }()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.wake:
		case <-timer.C:
			h.markAllStale()
		case e, ok := <-told.C:
			if !ok {
				told = h.Live.Subscribe(eventBuffer)
				h.markAllStale()
				break
			}
			h.noteEvent(e)
		}
		timer.Reset(h.startDue(ctx, work))
	}
}

// noteEvent notes what a record touched.
func (h *Hub) noteEvent(e live.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, t := range e.Topics {
		if _, ok := h.topics[t]; ok {
			h.stale[t] = true
		}
	}
}

// markAllStale has all topics read again that somebody subscribes to.
func (h *Hub) markAllStale() {
	h.mu.Lock()
	defer h.mu.Unlock()
	clear(h.topics)
	for k := range h.subs {
		h.stale[topicOf(k.feed)] = true
	}
}

// startDue starts all deliveries that are due and for which there is room, and says
// how long to wait for the next. The end of one wakes us too.
func (h *Hub) startDue(ctx context.Context, work *sync.WaitGroup) time.Duration {
	site := h.readTopics()
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.Now()
	wait := rereadEvery
	for k, r := range h.subs {
		seq, known := h.topics[topicOf(k.feed)]
		switch {
		case r.busy:
		case !r.Until.After(now):
			h.removeSubscription(r)
		case known && seq == ended:
			h.deny(r, site, "the topic is not published any more")
		case seq <= r.Seq:
			wait = min(wait, r.Until.Sub(now))
		case r.Next.After(now):
			wait = min(wait, r.Next.Sub(now), r.Until.Sub(now))
		default:
			h.dispatch(ctx, work, r, delivery{Subscription: r.Subscription, seq: seq, site: site})
		}
	}
	return max(wait, 0)
}

// readTopics reads what became of the topics that changed.
func (h *Hub) readTopics() (site string) {
	h.mu.Lock()
	names := slices.Collect(maps.Keys(h.stale))
	clear(h.stale) // what is noted from here on is read next time
	h.mu.Unlock()
	seqs := make(map[string]uint64, len(names))
	err := h.Store.View(func(tx *store.Tx) error {
		rules, err := tx.Rules()
		if err != nil || rules == nil {
			return err
		}
		site = rules.Site.URL
		for _, name := range names {
			t, err := tx.Topics.Get(name)
			if err != nil {
				return err
			}
			seqs[name] = ended
			if checkOffered(t) == nil {
				seqs[name] = t.Seq
			}
		}
		return nil
	})
	if err != nil {
		h.Log.Error("topics can't be read", "err", err)
		return site // read again within lookAgain
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	maps.Copy(h.topics, seqs)
	return site
}

var backoff = retry.Backoff{First: 5 * time.Second, Factor: 2, Max: 2 * time.Hour} // after failed deliveries

// delivery is an edition on its way to a subscriber.
type delivery struct {
	news.Subscription
	seq  uint64 // of the topic, at least, in what is sent
	site string
}

// dispatch sends in a goroutine, if there is room for one. The caller holds mu.
func (h *Hub) dispatch(ctx context.Context, work *sync.WaitGroup, r *subscription, d delivery) {
	if h.inFlight >= maxInFlight || r.host.inFlight >= maxHostInFlight {
		return
	}
	r.busy = true
	h.inFlight++
	r.host.inFlight++
	work.Go(func() {
		tag, err := h.send(ctx, d)
		h.mu.Lock()
		defer h.mu.Unlock()
		h.inFlight--
		r.host.inFlight--
		r.busy = false
		if h.subs[r.key()] == r && (err == nil || ctx.Err() == nil) {
			h.recordOutcome(r, d.seq, tag, err)
			h.markDirty(r.key())
		}
		retry.Wake(h.wake)
	})
}

// errNoEdition is a delivery that failed before it left.
var errNoEdition = errors.New("nothing to send")

// statusError is an answer that is neither 2xx nor a connection's fault.
type statusError struct {
	status int
	wait   time.Duration // Retry-After
}

func (u *statusError) Error() string { return "answered " + strconv.Itoa(u.status) }

// send sends the edition as it is now and returns its ETag. What was sent before is
// not sent again.
func (h *Hub) send(ctx context.Context, d delivery) (tag string, err error) {
	topic := topicOf(d.Feed)
	e, err := h.Press.Topic(topic, edition.Format(d.Feed[len(topic)+1:]))
	if err != nil {
		return "", fmt.Errorf("%w: %w", errNoEdition, err)
	}
	if e.ETag == d.ETag {
		return e.ETag, nil
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.Callback, bytes.NewReader(e.Body))
	if err != nil {
		return "", err
	}
	req.Header.Set("User-Agent", userAgent(d.site))
	req.Header.Set("Content-Type", e.ContentType)
	req.Header.Set("ETag", e.ETag) // who gets it twice, after a kill of ours, can tell
	req.Header.Add("Link", "<"+d.site+Path+`>; rel="hub"`)
	req.Header.Add("Link", "<"+e.Self+`>; rel="self"`)
	if d.Secret != "" {
		req.Header.Set(signatureHeader, sign(d.Secret, e.Body))
	}
	res, _, err := doRequest(h.client, req, 1<<10)
	if err != nil {
		return "", err
	}
	if !isSuccess(res.StatusCode) {
		wait, _ := fetch.RetryAfter(res.Header.Get("Retry-After"), h.Now())
		return "", &statusError{res.StatusCode, wait}
	}
	return e.ETag, nil
}

// recordOutcome notes what came of a delivery. The caller holds mu.
func (h *Hub) recordOutcome(r *subscription, seq uint64, tag string, err error) {
	now := news.Instant(h.Now())
	var answer *statusError
	switch {
	case err == nil:
		r.Seq, r.ETag = seq, tag
		r.Failing, r.Tries, r.Next = time.Time{}, 0, time.Time{}
		return
	case errors.Is(err, errNoEdition): // an end of the topic shows when it is read again
		h.Log.Warn("an edition can't be sent", "feed", r.Feed, "err", err)
		h.stale[topicOf(r.Feed)] = true
		r.Next = now.Add(backoff.First)
		return
	case errors.As(err, &answer) && answer.status == http.StatusGone:
		h.Log.Info("a subscriber is gone", "feed", r.Feed, "callback", r.Callback)
		h.removeSubscription(r)
		return
	}
	if r.Failing.IsZero() {
		r.Failing = now
	}
	if now.Sub(r.Failing) >= giveUpAfter {
		h.Log.Info("a subscriber is given up", "feed", r.Feed, "callback", r.Callback, "err", err)
		h.removeSubscription(r)
		return
	}
	wait := backoff.Wait(r.Tries+1, h.Chance())
	if answer != nil {
		wait = max(wait, min(answer.wait, backoff.Max))
	}
	r.Tries++
	r.Next = now.Add(wait)
}
