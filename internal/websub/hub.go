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

	"golang.org/x/time/rate"

	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/live"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/retry"
	"github.com/slugline/slugline/internal/store"
)

// Hub is the handler at Path. Run does what it promises.
type Hub struct {
	Store     *store.Store
	Press     *edition.Press
	Live      *live.Live
	Transport http.RoundTripper // guards what it dials: a fetch.Client's Guarded
	Now       func() time.Time
	Chance    func() float64 // in [0,1), for jitter; nil: rand
	Log       *slog.Logger   // nil: silent

	start   sync.Once
	loadErr error // what is stored could not be read
	client  *http.Client
	intents chan intent   // to be verified
	wake    chan struct{} // room for one: something may be due
	save    chan struct{} // room for one: something is to be written

	mu       sync.Mutex // guards the fields below
	subs     map[key]*subscription
	perTopic map[string]int    // subscriptions by topic
	hosts    map[string]*host  // by fetch.Domain of the callback
	topics   map[string]uint64 // Seq of those with subscribers; ended for those that may be sent no more
	stale    map[string]bool   // whose Seq is to be read again
	dirty    map[key]bool      // to be written
	inFlight int               // deliveries under way
}

// ended stands for the Seq of a topic that nobody can subscribe to.
const ended = 1<<64 - 1

// key tells a subscription from all others.
type key struct{ feed, callback string }

// subscription is a subscription and what is going on with it.
type subscription struct {
	news.Subscription
	host *host
	busy bool // a delivery is under way
}

func (r *subscription) key() key { return key{r.Feed, r.Callback} }

// topic is the name of the topic that a feed is of.
func topicOf(feed string) string { return feed[:strings.LastIndexByte(feed, '.')] }

// host is what is known of the place that callbacks are at.
type host struct {
	asks     *rate.Limiter
	subs     int
	inFlight int // deliveries under way
}

const (
	maxAll     = 10_000 // subscriptions
	maxTopic   = 5_000  // of one topic
	maxHost    = 1_000  // with callbacks at one host
	maxHosts   = 20_000 // that are remembered
	asksBurst  = 60     // requests about callbacks at one host, then one a second
	maxIntents = 512    // that wait to be verified
)

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

// ServeHTTP takes a request to subscribe or unsubscribe. It only promises to ask
// the callback.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.ready()
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "This is a WebSub hub: it takes POST.", http.StatusMethodNotAllowed)
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

// answer accepts, or says why not.
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

// enqueue queues what is asked for, if it can be had.
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

// feed finds the topic feed at an address, one that anybody may read.
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

// topicFile cuts the address of a topic feed down to its file name.
func topicFile(rules *news.Rules, address string) (string, error) {
	if rules != nil {
		file, ok := strings.CutPrefix(address, rules.Site.URL+"/topics/")
		name, format, dotted := strings.Cut(file, ".")
		if ok && dotted && name != "" && edition.Format(format).ContentType() != "" {
			return file, nil
		}
	}
	return "", refuse(http.StatusNotFound, "hub.topic is none of this hub's topics")
}

func checkOffered(t *news.TopicState) error {
	switch {
	case t == nil:
		return refuse(http.StatusNotFound, "there is no such topic")
	case t.RenamedTo != "":
		return refuse(http.StatusGone, "the topic has another name now")
	case t.Removed:
		return refuse(http.StatusGone, "the topic was ended")
	case t.Keyed:
		return refuse(http.StatusForbidden, "the topic is not open to everybody")
	}
	return nil
}

// checkAllowed says whether a callback may be asked. The caller holds mu.
func (h *Hub) checkAllowed(k key, leave bool) error {
	_, known := h.subs[k]
	switch {
	case leave && !known:
		return refuse(http.StatusNotFound, "there is no such subscription")
	case !known && !h.hasCapacity(k):
		return retryLater(http.StatusServiceUnavailable, time.Hour, "there are too many subscriptions")
	}
	at := h.hostOf(k.callback)
	if at == nil || !at.asks.AllowN(h.Now(), 1) {
		return retryLater(http.StatusTooManyRequests, time.Minute, "too many requests for callbacks at this host")
	}
	return nil
}

// hasCapacity says whether one more subscription may be kept. The caller holds mu.
func (h *Hub) hasCapacity(k key) bool {
	at := h.hostOf(k.callback)
	return len(h.subs) < maxAll && h.perTopic[topicOf(k.feed)] < maxTopic && at != nil && at.subs < maxHost
}

// addSubscription takes a subscription in. The caller holds mu.
func (h *Hub) addSubscription(s *news.Subscription) *subscription {
	r := &subscription{Subscription: *s, host: h.hostOf(s.Callback)}
	h.subs[r.key()] = r
	r.host.subs++
	h.perTopic[topicOf(s.Feed)]++
	return r
}

// removeSubscription lets one go. The caller holds mu.
func (h *Hub) removeSubscription(r *subscription) {
	delete(h.subs, r.key())
	r.host.subs--
	h.perTopic[topicOf(r.Feed)]--
	h.markDirty(r.key())
}

// hostOf is the host that a callback is at, nil when there are too many. The
// caller holds mu.
func (h *Hub) hostOf(callback string) *host {
	domain := fetch.Domain(callback)
	if at := h.hosts[domain]; at != nil {
		return at
	}
	if len(h.hosts) >= maxHosts {
		h.pruneHosts()
	}
	if len(h.hosts) >= maxHosts {
		return nil
	}
	h.hosts[domain] = &host{asks: rate.NewLimiter(1, asksBurst)}
	return h.hosts[domain]
}

// pruneHosts forgets those of which there is nothing to know.
func (h *Hub) pruneHosts() {
	for domain, at := range h.hosts {
		if at.subs == 0 && at.inFlight == 0 && at.asks.TokensAt(h.Now()) >= asksBurst {
			delete(h.hosts, domain)
		}
	}
}

// Run asks callbacks and sends what changed, until ctx ends. It owns all writing
// of subscriptions.
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

func (h *Hub) load() error {
	var all []*news.Subscription
	err := h.Store.View(func(tx *store.Tx) (err error) {
		all, err = tx.Subscriptions.All()
		return err
	})
	for _, s := range all {
		h.addSubscription(s)
		h.stale[topicOf(s.Feed)] = true
	}
	return err
}

// saveRetry is how long to wait after what is to be written could not be.
const saveRetry = time.Second

// saveLoop writes what changed, all that has by then at once, until stop is closed.
func (h *Hub) saveLoop(stop <-chan struct{}) {
	again := time.NewTimer(saveRetry)
	again.Stop()
	for {
		select {
		case <-h.save:
		case <-again.C:
		case <-stop:
			h.flush()
			return
		}
		if !h.flush() {
			again.Reset(saveRetry)
		}
	}
}

// flush writes what changed and says whether it could.
func (h *Hub) flush() bool {
	put, drop := h.changed()
	if len(put)+len(drop) == 0 {
		return true
	}
	err := h.Store.Update(func(tx *store.Tx) error {
		for _, k := range drop {
			if err := tx.Subscriptions.Delete(k.feed, k.callback); err != nil {
				return err
			}
		}
		for i := range put {
			if err := tx.Subscriptions.Put(&put[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		return true
	}
	h.Log.Error("subscriptions can't be written", "err", err)
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, k := range drop {
		h.dirty[k] = true
	}
	for i := range put {
		h.dirty[key{put[i].Feed, put[i].Callback}] = true
	}
	return false
}

func (h *Hub) changed() (put []news.Subscription, drop []key) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for k := range h.dirty {
		if r := h.subs[k]; r != nil {
			put = append(put, r.Subscription)
		} else {
			drop = append(drop, k)
		}
	}
	clear(h.dirty)
	return put, drop
}

// markDirty has a subscription written soon. The caller holds mu.
func (h *Hub) markDirty(k key) {
	h.dirty[k] = true
	retry.Wake(h.save)
}
