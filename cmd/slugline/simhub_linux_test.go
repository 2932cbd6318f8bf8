package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/slugline/slugline/internal/websub"
)

// simHub is the hub that some sources name. It confirms subscriptions, pushes what is new
// within a minute, and sometimes does not. Requests reach it, and the program, without a
// network.
type simHub struct {
	s    *simulation
	ctx  context.Context
	work sync.WaitGroup

	mu   sync.Mutex // guards the fields below
	node *simNode   // the running program; nil: none
	subs map[*simSource]*simSub
}

// simSub is a subscription of the program.
type simSub struct {
	topic, callback, secret string
	until, pushed           time.Time
}

// hasHub tells whether a source names the hub.
func (s *simSource) hasHub() bool { return s.n%8 == 3 }

const simHubAddress = "https://hub.example/"

// RoundTrip answers a request to the hub.
func (h *simHub) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, err
	}
	h.work.Go(func() { h.confirm(form) })
	return &http.Response{StatusCode: http.StatusAccepted, Status: "202 Accepted", Body: http.NoBody, Request: r}, nil
}

// startHub starts the hub, and returns what ends it.
func (s *simulation) startHub() (end func()) {
	ctx, cancel := context.WithCancel(context.Background())
	h := &simHub{s: s, ctx: ctx, subs: map[*simSource]*simSub{}}
	s.hub = h
	h.work.Go(h.run)
	return func() {
		cancel()
		h.work.Wait()
	}
}

// confirm verifies the intent of a subscriber.
func (h *simHub) confirm(form url.Values) {
	topic, callback, mode := form.Get("hub.topic"), form.Get("hub.callback"), form.Get("hub.mode")
	if !h.pause(time.Second+simSpread(5*time.Second, callback)) || simSpread(10, callback, time.Now().String()) == 0 {
		return
	}
	q := url.Values{"hub.mode": {mode}, "hub.topic": {topic}, "hub.challenge": {"really"}, "hub.lease_seconds": {"172800"}}
	if answer := h.send(http.MethodGet, callback+"?"+q.Encode(), "", nil); answer == nil || answer.Body.String() != "really" {
		return
	}
	h.s.world.mu.Lock()
	src := h.s.world.sourceAt(topic)
	h.s.world.mu.Unlock()
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.subs, src)
	if mode == "subscribe" && src != nil {
		now := time.Now()
		h.subs[src] = &simSub{topic, callback, form.Get("hub.secret"), now.Add(48 * time.Hour), now}
	}
}

// pause waits, and reports whether the run goes on.
func (h *simHub) pause(d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-h.ctx.Done():
		return false
	}
}

// simSpread is a part of d that follows from what is given.
func simSpread(d time.Duration, of ...any) time.Duration {
	f := fnv.New64a()
	fmt.Fprint(f, of...)
	return time.Duration(f.Sum64() % uint64(d))
}

// send has the running program answer a request; nil: it does not run. A program that stops
// waits for it.
func (h *simHub) send(method, to, secret string, body []byte) *httptest.ResponseRecorder {
	h.mu.Lock()
	n := h.node
	if n == nil {
		h.mu.Unlock()
		return nil
	}
	n.pushes.Add(1)
	h.mu.Unlock()
	defer n.pushes.Done()
	r := httptest.NewRequestWithContext(h.ctx, method, to, bytes.NewReader(body))
	if secret != "" {
		mac := hmac.New(sha256.New, []byte(secret))
		_, _ = mac.Write(body) // never fails
		r.Header.Set("X-Hub-Signature", "sha256="+hex.EncodeToString(mac.Sum(nil)))
		r.Header.Set("Content-Type", "application/xml")
	}
	w := httptest.NewRecorder()
	n.sourceHubs.ServeHTTP(w, r)
	if n.dead.Load() {
		return nil
	}
	return w
}

// attach says which program runs now; nil: none. It waits for requests to the one before.
func (h *simHub) attach(n *simNode) {
	h.mu.Lock()
	before := h.node
	h.node = n
	h.mu.Unlock()
	if before != nil {
		before.pushes.Wait()
	}
}

// run pushes what is new until the run ends.
func (h *simHub) run() {
	for h.pause(40*time.Second + simSpread(10*time.Second, time.Now().UnixNano())) {
		for _, p := range h.due() {
			h.push(p)
		}
	}
}

// simPush is a document that is pushed.
type simPush struct {
	src *simSource
	sub simSub
	doc *simDoc

	reissued bool
}

// due returns what is to be pushed now.
func (h *simHub) due() (all []simPush) {
	w := h.s.world
	w.mu.Lock()
	defer w.mu.Unlock()
	w.advance(time.Now())
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, src := range w.sources {
		sub, now := h.subs[src], time.Now()
		if sub == nil || src.gone || !src.changedAt.After(sub.pushed) || now.After(sub.until) || sub.topic != src.address() {
			continue
		}
		reissued := src.isReissued()
		if reissued && !src.showsReissue() {
			continue
		}
		sub.pushed = now
		if simSpread(12, src.id, now.UnixNano()) > 0 { // else the hub forgets it
			all = append(all, simPush{src, *sub, w.current(src), reissued})
		}
	}
	return all
}

// isReissued tells whether a source has new guids and links for what was read already.
func (s *simSource) isReissued() bool {
	return slices.ContainsFunc(s.items, func(it *simItem) bool { return !it.read.IsZero() && it.readScheme != s.scheme })
}

// showsReissue tells whether a document of new guids and links shows that it is no news: all in
// it that was read is re-issued, and two items of it are as they were filed. Then the program
// leaves it to a visit, which tells what is replaced. The hub leaves another one to a visit itself.
func (s *simSource) showsReissue() bool {
	same := 0
	for _, it := range s.items {
		switch {
		case it.read.IsZero():
		case it.readScheme == s.scheme:
			return false
		case it.cited == it.title:
			same++
		}
	}
	return same > 1 && !s.noLink && s.dates != simNoDates
}

// push sends a document, and notes that it was read if the program says so.
func (h *simHub) push(p simPush) {
	w, began := h.s.world, time.Now()
	answer := h.send(http.MethodPost, p.sub.callback, p.sub.secret, p.doc.body)
	w.mu.Lock()
	defer w.mu.Unlock()
	if answer == nil || answer.Code/100 != 2 {
		p.doc.mayBeFiled(p.doc.body) // the program may have been killed after it filed it
		return
	}
	w.course.note("pushed", p.src.id)
	if p.reissued {
		w.reissues++
		return
	}
	if !w.inVain() && !h.s.config.out[p.src.id] && !began.Before(p.src.inOrOut) {
		w.pushed++
		p.src.pushed(p.doc, began)
	} else {
		p.doc.mayBeFiled(p.doc.body)
	}
}

// pushed notes that a document was pushed: what it does not list is not gone.
func (s *simSource) pushed(doc *simDoc, at time.Time) {
	for _, t := range doc.items {
		if t.read.IsZero() {
			t.read, t.prev = at, s.lastRead
			t.fact.firstRead(t, at)
		}
		if t.cited != "" && t.cited != t.title && t.readScheme != s.scheme {
			t.fact.tainted, t.unknown = "re-issued with another headline", true
		}
		t.readScheme, t.shown = s.scheme, t.title
	}
	s.pending = append(s.pending, simServed{at: at, items: doc.items, prev: s.lastRead})
}

// newSubscriber is the program's end.
func (s *simulation) newSubscriber(n *simNode) *websub.Subscriber {
	return &websub.Subscriber{
		Store: n.store, Transport: s.hub, Now: n.clock.Now, Log: n.log, Deliver: n.visits.Deliver, RelianceChanged: n.visits.PushChanged,
		Chance: func() float64 { return float64(simSpread(1000, time.Now().UnixNano())) / 1000 },
	}
}

// follow runs the subscriber for some rounds each ten minutes. It looks at all sources in
// each, every five seconds, which would cost more than all else.
func (n *simNode) follow(ctx context.Context) error {
	for ctx.Err() == nil {
		some, cancel := context.WithTimeout(ctx, 12*time.Second)
		err := n.sourceHubs.Run(some)
		cancel()
		if err != nil {
			return err
		}
		select {
		case <-time.After(10 * time.Minute):
		case <-ctx.Done():
		}
	}
	return nil
}
