package websub

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/live"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// Hub is the HTTP handler at Path. It only queues requests; Run verifies them and
// delivers editions. Its fields must not change after the first request.
type Hub struct {
	Store     *store.Store
	Press     *edition.Press
	Live      *live.Live
	Transport http.RoundTripper // refuses forbidden addresses: a fetch.Transport
	Now       func() time.Time
	Chance    func() float64 // in [0,1), for jitter; nil: rand
	Log       *slog.Logger   // nil: silent

	start   sync.Once
	loadErr error // the stored subscriptions could not be read
	client  *http.Client
	intents chan intent   // to be verified
	wake    chan struct{} // capacity 1: something may be due
	save    chan struct{} // capacity 1: dirty is not empty

	mu       sync.Mutex // guards the fields below
	subs     map[key]*subscription
	perTopic map[string]int    // subscriptions by topic
	hosts    map[string]*host  // by fetch.Domain of the callback
	topics   map[string]uint64 // Seq of the topics with subscribers; ended when the topic is not public any more
	stale    map[string]bool   // topics whose Seq must be read again
	dirty    map[key]bool      // subscriptions to be written
	inFlight int               // deliveries
}

const maxIntents = 512 // that wait for verification

func (h *Hub) ready() {
	h.start.Do(func() {
		h.client = &http.Client{
			Transport:     h.Transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			Timeout:       requestTimeout,
		}
		h.intents = make(chan intent, maxIntents)
		h.wake, h.save = make(chan struct{}, 1), make(chan struct{}, 1)
		h.subs, h.hosts, h.perTopic = map[key]*subscription{}, map[string]*host{}, map[string]int{}
		h.topics, h.stale, h.dirty = map[string]uint64{}, map[string]bool{}, map[key]bool{}
		if h.Log == nil {
			h.Log = slog.New(slog.DiscardHandler)
		}
		if h.Chance == nil {
			h.Chance = rand.Float64
		}
		h.loadErr = h.load()
	})
}

// ServeHTTP accepts a request to subscribe or unsubscribe (section 5.1). With 202 it
// promises only to ask the callback.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.ready()
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "This is a WebSub hub. It accepts POST only.", http.StatusMethodNotAllowed)
		return
	}
	f, err := readForm(w, r)
	if err == nil {
		err = h.loadErr
	}
	if err == nil {
		err = h.enqueue(f)
	}
	answer(w, h.Log, err)
}

// answer writes 202, or the reason for a refusal.
func answer(w http.ResponseWriter, log *slog.Logger, err error) {
	var no *refusal
	switch {
	case err == nil:
		w.WriteHeader(http.StatusAccepted)
	case errors.As(err, &no):
		if no.wait > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(no.wait/time.Second)))
		}
		http.Error(w, no.text, no.status)
	default:
		log.Error("websub request", "err", err)
		http.Error(w, "This did not work; try again.", http.StatusInternalServerError)
	}
}

// enqueue queues a request for verification, unless it is refused.
func (h *Hub) enqueue(f form) error {
	feed, err := h.feed(f.topic)
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	k := key{feed, f.callback}
	if err := h.checkAllowed(k, f.unsubscribe); err != nil {
		return err
	}
	select {
	case h.intents <- intent{form: f, key: k}:
		return nil
	default:
		return retryLater(http.StatusServiceUnavailable, time.Minute, "too many requests are waiting")
	}
}

// feed returns the file name of the topic feed at an address, as world.atom. It refuses
// addresses of anything but a feed that is public.
func (h *Hub) feed(address string) (feed string, err error) {
	err = h.Store.View(func(tx *store.Tx) error {
		rules, err := tx.Rules()
		if err != nil {
			return err
		}
		feed, err = topicFile(rules, address)
		if err != nil {
			return err
		}
		t, err := tx.Topics.Get(topicOf(feed))
		if err != nil {
			return err
		}
		return checkOffered(t)
	})
	return feed, err
}

// topicFile returns the file name in the address of a topic feed.
func topicFile(rules *news.Rules, address string) (string, error) {
	if rules != nil {
		file, ok := strings.CutPrefix(address, rules.Site.URL+"/topics/")
		name, format, dotted := strings.Cut(file, ".")
		if ok && dotted && name != "" && edition.Format(format).ContentType() != "" {
			return file, nil
		}
	}
	return "", refuse(http.StatusNotFound, "hub.topic is not a topic of this hub")
}

// topicOf returns the name of a feed's topic.
func topicOf(feed string) string { return feed[:strings.LastIndexByte(feed, '.')] }

// checkOffered refuses topics that are not public.
func checkOffered(t *news.TopicState) error {
	switch {
	case t == nil:
		return refuse(http.StatusNotFound, "there is no such topic")
	case t.RenamedTo != "":
		return refuse(http.StatusGone, "the topic was renamed")
	case t.Removed:
		return refuse(http.StatusGone, "the topic was removed")
	case t.Keyed:
		return refuse(http.StatusForbidden, "the topic is not public")
	}
	return nil
}

// checkAllowed refuses a request when a bound is reached. The caller holds mu.
func (h *Hub) checkAllowed(k key, unsubscribe bool) error {
	_, known := h.subs[k]
	switch {
	case unsubscribe && !known:
		return refuse(http.StatusNotFound, "there is no such subscription")
	case !known && !h.hasCapacity(k):
		return retryLater(http.StatusServiceUnavailable, time.Hour, "there are too many subscriptions")
	}
	at := h.hostOf(k.callback)
	if at == nil || !at.requests.AllowN(h.Now(), 1) {
		return retryLater(http.StatusTooManyRequests, time.Minute, "too many requests for callbacks at this host")
	}
	return nil
}

// Run verifies requests and delivers editions until ctx ends. Only Run writes
// subscriptions to the store.
func (h *Hub) Run(ctx context.Context) error {
	h.ready()
	if h.loadErr != nil {
		return fmt.Errorf("load subscriptions: %w", h.loadErr)
	}
	var work sync.WaitGroup
	for range intentWorkers {
		work.Go(func() { h.verifyAll(ctx) })
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		h.saveLoop(stop)
	}()
	h.deliver(ctx, &work)
	work.Wait()
	close(stop)
	<-stopped
	return nil
}
