package websub

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/live"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/reply"
	"github.com/slugline/slugline/internal/retry"
	"github.com/slugline/slugline/internal/store"
)

// Hub is the HTTP handler at Path. It only stores requests; Run verifies them and delivers
// editions. Its fields must not change after the first request.
type Hub struct {
	Store     *store.Store
	Press     *edition.Press
	Live      *live.Live
	Transport http.RoundTripper          // refuses forbidden addresses: a fetch.Transport
	Refuses   func(callback string) bool // known to be forbidden, without a look-up; nil: none is
	Proxies   []netip.Prefix             // whose X-Forwarded-For names the client
	Now       func() time.Time
	Chance    func() float64                                                       // in [0,1), for jitter; nil: rand
	Resolve   func(ctx context.Context, host string) (ips []netip.Addr, err error) // nil: the machine's resolver
	Log       *slog.Logger                                                         // nil: silent

	// Where several nodes share the work, each takes requests, and one at a time asks callbacks
	// and delivers: While calls run whenever this is the one. Settle waits until the others
	// know what was stored here. Both are nil on a node that is alone.
	While  func(ctx context.Context, run func(context.Context) error) error
	Settle func(context.Context) error

	start   sync.Once
	loadErr error // the stored subscriptions could not be read
	client  *http.Client
	wake    chan struct{} // capacity 1: something may be due
	freed   chan struct{} // capacity 1: jobs may be started
	save    chan struct{} // capacity 1: dirty or changes is not empty
	stopped chan struct{} // closed when nothing is written any more
	reread  chan struct{} // capacity 1: other nodes have changed subscriptions
	saving  sync.Mutex    // held while subscriptions are written or read again

	mu        sync.Mutex // guards the fields below
	sending   bool       // this node asks callbacks and delivers
	subs      map[key]*subscription
	perTopic  map[string]int // confirmed subscriptions by topic
	confirmed int            // subscriptions
	requested int            // requests that wait for their callback's answer
	hosts     map[string]*host
	quotas    map[string]*quota
	lanes     map[laneKey]*lane
	ready     [paces][]*lane    // lanes that may start a job, in turn
	inFlight  [paces]int        // jobs
	site      string            // its address, when topics were read last
	topics    map[string]uint64 // Seq of the topics with subscribers; ended when the topic is not public any more
	stale     map[string]bool   // topics whose Seq must be read again
	dirty     map[key]bool      // subscriptions to be written
	changes   []*change         // requests to be written with them
}

func (h *Hub) init() {
	h.start.Do(func() {
		h.client = &http.Client{
			Transport:     h.Transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			Timeout:       requestTimeout,
		}
		h.wake, h.freed, h.save = make(chan struct{}, 1), make(chan struct{}, 1), make(chan struct{}, 1)
		h.stopped, h.reread = make(chan struct{}), make(chan struct{}, 1)
		if h.While == nil {
			h.While = func(ctx context.Context, run func(context.Context) error) error { return run(ctx) }
		}
		if h.Settle == nil {
			h.Settle = func(context.Context) error { return nil }
		}
		h.subs, h.perTopic = map[key]*subscription{}, map[string]int{}
		h.hosts, h.quotas, h.lanes = map[string]*host{}, map[string]*quota{}, map[laneKey]*lane{}
		h.topics, h.stale, h.dirty = map[string]uint64{}, map[string]bool{}, map[key]bool{}
		if h.Log == nil {
			h.Log = slog.New(slog.DiscardHandler)
		}
		if h.Chance == nil {
			h.Chance = rand.Float64
		}
		if h.Resolve == nil {
			h.Resolve = func(ctx context.Context, host string) ([]netip.Addr, error) {
				return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
			}
		}
		h.loadErr = h.load()
	})
}

// ServeHTTP accepts a request to subscribe or unsubscribe (section 5.1). With 202 it
// promises to ask the callback, even if the daemon is killed at once.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.init()
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
		err = h.request(r, f)
	}
	answer(w, r, h.Log, err)
}

// answer writes 202, or the reason for a refusal.
func answer(w http.ResponseWriter, r *http.Request, log *slog.Logger, err error) {
	var no *refusal
	switch {
	case err == nil:
		w.WriteHeader(http.StatusAccepted)
	case errors.As(err, &no):
		if no.wait > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(no.wait/time.Second)))
		}
		http.Error(w, no.Error(), no.status)
	default:
		f := reply.FaultOf(log, r, err)
		f.SetRetry(w.Header())
		http.Error(w, "This did not work; try again.", f.Status)
	}
}

// request accepts a request, unless it is refused.
func (h *Hub) request(r *http.Request, f form) error {
	feed, err := h.feed(f.topic)
	if err != nil {
		return err
	}
	if h.Refuses != nil && h.Refuses(f.callback) {
		return refuse(http.StatusForbidden, "hub.callback is not a public address; this hub asks others only if websub.allow in its feeds.yaml lists them")
	}
	return h.accept(r.Context(), key{feed, f.callback}, f, reply.ClientAddr(r, h.Proxies))
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

// Reread has Run read subscriptions again within a second: other nodes have changed them.
func (h *Hub) Reread() {
	h.init()
	retry.Wake(h.reread)
}

// Run verifies requests and delivers editions until ctx ends. Only Run writes
// subscriptions to the store.
func (h *Hub) Run(ctx context.Context) error {
	h.init()
	if h.loadErr != nil {
		return fmt.Errorf("load subscriptions: %w", h.loadErr)
	}
	stop := make(chan struct{})
	go func() {
		defer close(h.stopped)
		h.saveLoop(stop)
	}()
	err := h.While(ctx, h.runDeliveries)
	close(stop)
	<-h.stopped
	return err
}

// runDeliveries verifies requests and delivers editions until ctx ends. It may be called again
// after that.
func (h *Hub) runDeliveries(ctx context.Context) error {
	if err := h.readAgain(); err != nil {
		return err
	}
	h.enqueueStored()
	var work sync.WaitGroup
	h.deliver(ctx, &work)
	work.Wait()
	h.emptyQueues()
	return nil
}

// emptyQueues forgets what is in queues: this node does not send any more, and what is to be
// sent is stored.
func (h *Hub) emptyQueues() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sending = false
	for _, at := range h.hosts {
		at.jobs, at.lane = nil, nil
	}
	clear(h.lanes)
	h.ready = [paces][]*lane{}
	for _, sub := range h.subs {
		sub.busy, sub.asking = false, false
	}
}

// enqueueStored queues the requests that were accepted before this node began to send.
func (h *Hub) enqueueStored() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sending = true
	for _, sub := range h.subs {
		if sub.Request != nil {
			h.enqueue(sub.host, h.verification(sub))
		}
	}
}
