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
	maxInFlight     = 64             // deliveries
	maxHostInFlight = 4              // deliveries to one host
	rereadEvery     = time.Minute    // topics are read this often, even if nothing is announced
	giveUpAfter     = 24 * time.Hour // since the first failed delivery in a row
	eventBuffer     = 256            // events that may wait for Run
)

// backoff is the wait after failed deliveries.
var backoff = retry.Backoff{First: 5 * time.Second, Factor: 2, Max: 2 * time.Hour}

// ended is the Seq in Hub.topics of a topic that is not public any more.
const ended = 1<<64 - 1

// deliver sends editions as they are due, until ctx ends.
func (h *Hub) deliver(ctx context.Context, work *sync.WaitGroup) {
	events := h.Live.Subscribe(eventBuffer)
	defer func() { events.Close() }()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.wake:
		case <-timer.C:
			h.markAllStale()
		case e, ok := <-events.C:
			if !ok { // we were too slow, and missed some
				events = h.Live.Subscribe(eventBuffer)
				h.markAllStale()
				break
			}
			h.markStale(e)
		}
		timer.Reset(h.startDue(ctx, work))
	}
}

// markStale makes readTopics read the topics that a record changed.
func (h *Hub) markStale(e live.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, t := range e.Topics {
		if _, ok := h.topics[t]; ok {
			h.stale[t] = true
		}
	}
}

// markAllStale makes readTopics read all topics that have subscribers.
func (h *Hub) markAllStale() {
	h.mu.Lock()
	defer h.mu.Unlock()
	clear(h.topics)
	for k := range h.subs {
		h.stale[topicOf(k.feed)] = true
	}
}

// startDue starts all deliveries that are due, within the bounds on deliveries in
// flight, and returns how long to wait for the next. The end of a delivery wakes us too.
func (h *Hub) startDue(ctx context.Context, work *sync.WaitGroup) time.Duration {
	site := h.readTopics()
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.Now()
	wait := rereadEvery
	for k, sub := range h.subs {
		seq, known := h.topics[topicOf(k.feed)]
		switch {
		case sub.busy:
		case !sub.Until.After(now):
			h.removeSubscription(sub)
		case known && seq == ended:
			h.deny(sub, site, "the topic is not published any more")
		case seq <= sub.Seq:
			wait = min(wait, sub.Until.Sub(now))
		case sub.Next.After(now):
			wait = min(wait, sub.Next.Sub(now), sub.Until.Sub(now))
		default:
			h.dispatch(ctx, work, sub, delivery{Subscription: sub.Subscription, seq: seq, site: site})
		}
	}
	return max(wait, 0)
}

// readTopics reads the topics that are stale, and returns the site's address.
func (h *Hub) readTopics() (site string) {
	h.mu.Lock()
	names := slices.Collect(maps.Keys(h.stale))
	clear(h.stale) // a topic that changes from here on is read next time
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
		h.Log.Error("read topics", "err", err)
		return site // they are read again within rereadEvery
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	maps.Copy(h.topics, seqs)
	return site
}

// delivery is an edition on its way to a subscriber.
type delivery struct {
	news.Subscription
	seq  uint64 // of the topic; the edition has this record or a later one
	site string
}

// dispatch delivers in a goroutine, unless too many deliveries are in flight. The caller
// holds mu.
func (h *Hub) dispatch(ctx context.Context, work *sync.WaitGroup, sub *subscription, d delivery) {
	if h.inFlight >= maxInFlight || sub.host.inFlight >= maxHostInFlight {
		return
	}
	sub.busy = true
	h.inFlight++
	sub.host.inFlight++
	work.Go(func() {
		tag, err := h.send(ctx, d)
		h.mu.Lock()
		defer h.mu.Unlock()
		h.inFlight--
		sub.host.inFlight--
		sub.busy = false
		if h.subs[sub.key()] == sub && (err == nil || ctx.Err() == nil) {
			h.recordOutcome(sub, d.seq, tag, err)
			h.markDirty(sub.key())
		}
		retry.Wake(h.wake)
	})
}

// errNoEdition means that the edition could not be read. The subscriber is not at fault.
var errNoEdition = errors.New("no edition to send")

// statusError is an answer other than 2xx.
type statusError struct {
	status int
	wait   time.Duration // Retry-After
}

func (e *statusError) Error() string { return "answered " + strconv.Itoa(e.status) }

// send sends the current edition and returns its ETag. It sends nothing when the
// subscriber has that edition.
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
	req.Header.Set("ETag", e.ETag) // after a kill, the same edition may be sent twice
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

// recordOutcome updates a subscription after a delivery, or ends it. The caller holds
// mu.
func (h *Hub) recordOutcome(sub *subscription, seq uint64, tag string, err error) {
	now := news.Instant(h.Now())
	var answer *statusError
	switch {
	case err == nil:
		sub.Seq, sub.ETag = seq, tag
		sub.Failing, sub.Tries, sub.Next = time.Time{}, 0, time.Time{}
		return
	case errors.Is(err, errNoEdition): // reading the topic again shows whether it ended
		h.Log.Warn("an edition can't be sent", "feed", sub.Feed, "err", err)
		h.stale[topicOf(sub.Feed)] = true
		sub.Next = now.Add(backoff.First)
		return
	case errors.As(err, &answer) && answer.status == http.StatusGone:
		h.Log.Info("a subscriber is gone", "feed", sub.Feed, "callback", sub.Callback)
		h.removeSubscription(sub)
		return
	}
	if sub.Failing.IsZero() {
		sub.Failing = now
	}
	if now.Sub(sub.Failing) >= giveUpAfter {
		h.Log.Info("a subscriber is given up", "feed", sub.Feed, "callback", sub.Callback, "err", err)
		h.removeSubscription(sub)
		return
	}
	sub.Tries++
	wait := backoff.Wait(sub.Tries, h.Chance())
	if answer != nil {
		wait = max(wait, min(answer.wait, backoff.Max))
	}
	sub.Next = now.Add(wait)
}
