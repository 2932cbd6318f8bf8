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
	rereadEvery = time.Minute    // topics are read this often, even if nothing is announced
	giveUpAfter = 24 * time.Hour // since the first failed delivery in a row
	eventBuffer = 256            // events that may wait for Run
)

// backoff is the wait after failed deliveries.
var backoff = retry.Backoff{First: 5 * time.Second, Factor: 2, Max: 2 * time.Hour}

// ended is the Seq in Hub.topics of a topic that is not public any more.
const ended = 1<<64 - 1

// deliver queues deliveries as they are due, and starts all jobs, until ctx ends.
func (h *Hub) deliver(ctx context.Context, work *sync.WaitGroup) {
	events := h.Live.Subscribe(eventBuffer)
	defer func() { events.Close() }()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.freed:
			h.startJobs(ctx, work)
			continue
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
		timer.Reset(h.enqueueDue())
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

// enqueueDue queues all deliveries that are due, and returns how long to wait for the next.
// The end of a failed delivery wakes us too.
func (h *Hub) enqueueDue() time.Duration {
	h.readTopics()
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.Now()
	wait := rereadEvery
	for k, sub := range h.subs {
		seq, known := h.topics[topicOf(k.feed)]
		switch {
		case sub.busy || !sub.isConfirmed():
		case !sub.Until.After(now):
			h.end(sub)
		case known && seq == ended:
			h.deny(sub, "the topic is not published any more")
		case seq <= sub.Seq:
			wait = min(wait, sub.Until.Sub(now))
		case sub.Next.After(now):
			wait = min(wait, sub.Next.Sub(now), sub.Until.Sub(now))
		default:
			sub.busy = true
			h.enqueue(sub.host, h.delivery(sub))
		}
	}
	return max(wait, 0)
}

// readTopics reads the topics that are stale, and the site's address.
func (h *Hub) readTopics() {
	var site string
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
		return // they are read again within rereadEvery
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.site = site
	maps.Copy(h.topics, seqs)
}

// dispatch is an edition on its way to a subscriber.
type dispatch struct {
	news.Subscription
	seq  uint64 // of the topic; the edition has this record or a later one
	site string
}

// delivery makes the job that sends a subscriber the edition that is current then. The
// caller holds mu.
func (h *Hub) delivery(sub *subscription) *job {
	var d *dispatch
	var tag string
	return &job{
		send: func(ctx context.Context) (sent bool, err error) {
			if d = h.beginDelivery(sub); d != nil {
				tag, sent, err = h.send(ctx, d)
			}
			return sent, err
		},
		done: func(err error) {
			sub.busy = false
			if sub.isConfirmed() && (d != nil || err != nil) {
				h.recordOutcome(sub, d, tag, err)
				h.markDirty(sub.key())
			}
			if err != nil || h.topics[topicOf(sub.Feed)] > sub.Seq {
				retry.Wake(h.wake)
			}
		},
	}
}

// beginDelivery returns what to send to a subscriber, nil when that is nothing any more.
func (h *Hub) beginDelivery(sub *subscription) *dispatch {
	h.mu.Lock()
	defer h.mu.Unlock()
	seq := h.topics[topicOf(sub.Feed)]
	if seq == ended || seq <= sub.Seq || !sub.Until.After(h.Now()) {
		return nil
	}
	return &dispatch{Subscription: sub.Subscription, seq: seq, site: h.site}
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
func (h *Hub) send(ctx context.Context, d *dispatch) (tag string, sent bool, err error) {
	topic := topicOf(d.Feed)
	e, err := h.Press.Topic(topic, edition.Format(d.Feed[len(topic)+1:]))
	if err != nil {
		return "", false, fmt.Errorf("%w: %w", errNoEdition, err)
	}
	if e.ETag == d.ETag {
		return e.ETag, false, nil
	}
	return e.ETag, true, h.post(ctx, d, e)
}

// post sends an edition to a callback.
func (h *Hub) post(ctx context.Context, d *dispatch, e *edition.Edition) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.Callback, bytes.NewReader(e.Body))
	if err != nil {
		return err
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
		return err
	}
	if !isSuccess(res.StatusCode) {
		wait, _ := fetch.RetryAfter(res.Header.Get("Retry-After"), h.Now())
		return &statusError{res.StatusCode, wait}
	}
	return nil
}

// recordOutcome updates a subscription after a delivery, or ends it. d is nil when its host
// has no address. The caller holds mu.
func (h *Hub) recordOutcome(sub *subscription, d *dispatch, tag string, err error) {
	now := news.Instant(h.Now())
	var answer *statusError
	switch {
	case err == nil:
		sub.Seq, sub.ETag = d.seq, tag
		sub.Failing, sub.Tries, sub.Next = time.Time{}, 0, time.Time{}
		return
	case errors.Is(err, errNoEdition): // reading the topic again shows whether it ended
		h.Log.Warn("an edition can't be sent", "feed", sub.Feed, "err", err)
		h.stale[topicOf(sub.Feed)] = true
		sub.Next = now.Add(backoff.First)
		return
	case errors.As(err, &answer) && answer.status == http.StatusGone:
		h.Log.Info("a subscriber is gone", "feed", sub.Feed, "callback", sub.Callback)
		h.end(sub)
		return
	}
	if sub.Failing.IsZero() {
		sub.Failing = now
	}
	switch {
	case fetch.IsForbidden(err):
		h.Log.Warn("nothing more is sent to a callback with a forbidden address", "feed", sub.Feed, "callback", sub.Callback, "until", sub.Until, "err", err)
		sub.Next = sub.Until
		return
	case now.Sub(sub.Failing) >= giveUpAfter:
		h.Log.Info("a subscriber is given up", "feed", sub.Feed, "callback", sub.Callback, "err", err)
		h.end(sub)
		return
	}
	sub.Tries++
	wait := backoff.Wait(sub.Tries, h.Chance())
	if answer != nil {
		wait = max(wait, min(answer.wait, backoff.Max))
	}
	sub.Next = now.Add(wait)
}
