package websub_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slugline/slugline/internal/bubble"
	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/loopback"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/side"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/websub"
	"github.com/slugline/slugline/internal/wire"
)

// pushNode is the inbox of one of several nodes, with rows of its own.
type pushNode struct {
	*inbox
	public *httptest.Server
	wire   *wire.Wire
	mirror *side.Mirror
	lose   func() // nothing more of it reaches the table
	end    func() // of listening
	owns   atomic.Bool
	visits atomic.Int32 // how often a visit was asked for
	busy   atomic.Bool  // no visit is made
}

// pushNodes are nodes whose source has a hub on this machine.
type pushNodes struct {
	*testing.T
	asked chan url.Values
	all   []*pushNode
}

func newPushNodes(t *testing.T) *pushNodes {
	address := loopback.Address(t)
	ctx, cancel := context.WithTimeout(t.Context(), awaits)
	defer cancel()
	w, err := wire.Open(ctx, wire.Settings{Name: "press", Node: "n1", Peers: []string{address}, Listen: address, Dir: filepath.Join(t.TempDir(), "wire")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	n := &pushNodes{T: t, asked: make(chan url.Values, 100)}
	hub := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		n.asked <- r.PostForm
		w.WriteHeader(http.StatusAccepted)
	}))
	t.Cleanup(hub.Close)
	for i := range 3 {
		n.all = append(n.all, newPushNode(t, w, fmt.Sprint("n", i+1), hub.URL))
	}
	return n
}

func newPushNode(t *testing.T, w *wire.Wire, name, hub string) *pushNode {
	n := &pushNode{inbox: &inbox{T: t}, wire: w}
	var err error
	if n.store, err = store.Open(filepath.Join(t.TempDir(), "slugline.db"), store.Options{}); err != nil {
		t.Fatal(err)
	}
	n.mirror = &side.Mirror{Store: n.store, Table: w.Side, Node: name}
	n.store.ShareLocal(n.mirror.Changed)
	n.rules(site)
	n.source(func(s *news.SourceState) { s.Feed.Hub = hub })
	n.sub = &websub.Subscriber{
		Store: n.store, Transport: http.DefaultTransport, Deliver: n.deliver, Now: time.Now,
		RelianceChanged: func(string) { n.turned.Add(1) },
		Visit:           func(string) bool { n.visits.Add(1); return !n.busy.Load() },
		Peers: &websub.Peers{
			Owns: func(string) bool { return n.owns.Load() }, CatchUp: n.mirror.CatchUp, Settle: n.mirror.Settle,
			Turn: func(context.Context, string, string) (func(), time.Duration) { return func() {}, 0 },
			Ask: func(ctx context.Context, _ string, question []byte) ([]byte, error) {
				return w.Ask(ctx, "wire.push.test", question)
			},
		},
	}
	n.lose = sync.OnceFunc(running(t, n.mirror.Run))
	stop := running(t, n.sub.Run)
	n.public = httptest.NewServer(n.sub)
	t.Cleanup(func() {
		n.public.Close()
		if n.end != nil {
			n.end()
		}
		stop()
		n.lose()
		if err := n.store.Close(); err != nil {
			t.Error(err)
		}
	})
	return n
}

// begin has a node visit the source.
func (n *pushNode) begin() {
	n.end = sync.OnceFunc(running(n.T, func(ctx context.Context) error {
		return n.wire.AnswerLater(ctx, "wire.push.test", func(_ string, question []byte, answer func([]byte)) {
			go func() { answer(n.sub.Answer(ctx, question)) }()
		})
	}))
	n.owns.Store(true)
	n.sub.OwnersChanged()
}

// kill has a node fall silent, as far as others can tell.
func (n *pushNode) kill() {
	n.owns.Store(false)
	n.end()
	n.lose()
	ctx, cancel := context.WithCancel(n.Context())
	cancel()
	n.sub.Leave(ctx, func(string) bool { return true })
}

// giveBack has a node cease to visit the source, in order.
func (n *pushNode) giveBack() {
	n.owns.Store(false)
	n.end()
	n.sub.Leave(n.Context(), func(string) bool { return true })
	if err := n.mirror.Settle(n.Context()); err != nil {
		n.Error(err)
	}
}

// call sends a request of a hub to a node.
func (n *pushNode) call(method, callback string, q url.Values, body string, header ...string) (res *http.Response, text string) {
	n.Helper()
	res = &http.Response{}
	req, err := http.NewRequestWithContext(n.Context(), method, n.public.URL+strings.TrimPrefix(callback, site)+"?"+q.Encode(), strings.NewReader(body))
	if err != nil {
		n.Error(err)
		return res, ""
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	if res, err = http.DefaultClient.Do(req); err != nil {
		n.Error(err)
		return &http.Response{}, ""
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		n.Error(err)
	}
	return res, string(b)
}

func (n *pushNode) sends(form url.Values, body string) int {
	n.Helper()
	res, _ := n.call(http.MethodPost, form.Get("hub.callback"), nil, body, "X-Hub-Signature", hmacOf(form.Get("hub.secret"), body), "Content-Type", "application/rss+xml")
	if res.StatusCode == http.StatusServiceUnavailable && res.Header.Get("Retry-After") == "" {
		n.Error("503 without Retry-After")
	}
	return res.StatusCode
}

// again does what a hub is told to come again for until it is not: on a slow machine nodes may not
// wait long enough for each other.
func again(t *testing.T, request func() int) (status int) {
	t.Helper()
	eventually(t, "a hub is not told to come again", func() bool {
		status = request()
		return status != http.StatusServiceUnavailable
	})
	return status
}

func (n *pushNode) sendsAgain(form url.Values, body string) int {
	n.Helper()
	return again(n.T, func() int { return n.sends(form, body) })
}

func (n *pushNode) verifiesAgain(callback string, q url.Values) (status int, text string) {
	n.Helper()
	status = again(n.T, func() (status int) {
		status, text = n.verifies(callback, q)
		return status
	})
	return status, text
}

func (n *pushNode) verifies(callback string, q url.Values) (status int, text string) {
	n.Helper()
	res, text := n.call(http.MethodGet, callback, q, "")
	return res.StatusCode, text
}

// A hub calls back any node. The one that visits the source answers; when it is lost, the next
// one goes on with the same subscription, and nothing is accepted meanwhile.
func TestPushesOfSeveralNodes(t *testing.T) {
	n := newPushNodes(t)
	n1, n2, n3 := n.all[0], n.all[1], n.all[2]
	n1.begin()
	form := <-n.asked
	callback := form.Get("hub.callback")
	if status, _ := n3.verifiesAgain(callback, question("subscribe", "hub.topic", "https://bbc.example/other")); status != http.StatusNotFound {
		t.Errorf("another topic: %d, want 404", status)
	}
	if status, _ := n3.verifiesAgain(callback, question("unsubscribe")); status != http.StatusNotFound {
		t.Errorf("what nobody asked for: %d, want 404", status)
	}
	if status, text := n2.verifiesAgain(callback, question("subscribe")); status != http.StatusOK || text != "are you sure?" {
		t.Errorf("the verification at another node: %d %q", status, text)
	}
	if !n1.sub.Relied("bbc") {
		t.Error("the node that asked does not rely on the hub")
	}
	unknown := site + "/websub/in/0123456789abcdef0123456789abcdef"
	if status, _ := n2.verifiesAgain(unknown, question("subscribe")); status != http.StatusNotFound {
		t.Errorf("an unknown token: %d, want 404", status)
	}
	if status := n3.sendsAgain(url.Values{"hub.callback": {unknown}}, "x"); status != http.StatusGone {
		t.Errorf("content for an unknown token: %d, want 410", status)
	}
	if status := n3.sendsAgain(form, "<rss>1</rss>"); status != http.StatusAccepted {
		t.Errorf("content at another node: %d, want 202", status)
	}
	if status := n3.sendsAgain(url.Values{"hub.callback": {callback}, "hub.secret": {"x"}}, "<rss>2</rss>"); status != http.StatusAccepted {
		t.Errorf("content with a wrong signature: %d, want 202", status)
	}
	if got := strings.Join(n1.delivered(), " "); got != "bbc: <rss>1</rss>" {
		t.Errorf("filed %q", got)
	}
	if n1.hints.ContentType != "application/rss+xml" || n1.hints.URL != self {
		t.Errorf("hints %+v", n1.hints)
	}
	eventually(t, "the others know the lease", func() bool { p := n3.push(); return p != nil && !p.Until.IsZero() })

	n1.kill()
	if status := n2.sends(form, "<rss>3</rss>"); status != http.StatusServiceUnavailable {
		t.Errorf("content while nobody visits the source: %d, want 503", status)
	}
	if status, _ := n2.verifies(callback, question("subscribe")); status != http.StatusServiceUnavailable {
		t.Errorf("a verification while nobody visits the source: %d, want 503", status)
	}
	n3.begin()
	eventually(t, "the next node files", func() bool { return n2.sends(form, "<rss>3</rss>") == http.StatusAccepted })
	if got := strings.Join(n3.delivered(), " "); got != "bbc: <rss>3</rss>" {
		t.Errorf("filed %q by the next node", got)
	}
	eventually(t, "the next node relies on the hub", func() bool { return n3.sub.Relied("bbc") && n3.turned.Load() > 0 })
	n3.giveBack()
	n2.begin()
	eventually(t, "the third node files", func() bool { return n3.sends(form, "<rss>4</rss>") == http.StatusAccepted })
	n2.giveBack()
	if p := n2.push(); p.Count < 2 || p.Callback != callback {
		t.Errorf("the last push: %+v, want the same one, with what two nodes got", p)
	}
	if len(n.asked) > 0 || len(n1.delivered())+len(n2.delivered())+len(n3.delivered()) != 3 {
		t.Errorf("the hub was asked again %d times; filed %q, %q, %q", len(n.asked), n1.delivered(), n2.delivered(), n3.delivered())
	}
}

// Content that no message takes is not passed on: the node that visits the source visits it now.
func TestPushTooLargeToPass(t *testing.T) {
	n := newPushNodes(t)
	n1, n2 := n.all[0], n.all[1]
	n1.begin()
	form := <-n.asked
	large := strings.Repeat("x", 7<<20+1)
	if status := n1.sendsAgain(form, large); status != http.StatusAccepted || len(n1.delivered()) != 1 {
		t.Errorf("at the node that visits the source: %d, %d filed; want 202 and one", status, len(n1.delivered()))
	}
	if status := n2.sendsAgain(form, large); status != http.StatusAccepted || n1.visits.Load() != 1 {
		t.Errorf("at another node: %d, %d visits; want 202 and one", status, n1.visits.Load())
	}
	n1.busy.Store(true)
	if status := n2.sends(form, large); status != http.StatusServiceUnavailable {
		t.Errorf("while no visit is made: %d, want 503", status)
	}
	if status := n2.sendsAgain(form, large[:7<<20]); status != http.StatusAccepted || len(n1.delivered()) != 2 {
		t.Errorf("the largest that is passed on: %d, %d filed", status, len(n1.delivered()))
	}
	status := make(chan int, 3)
	for range cap(status) {
		go func() {
			got := n2.sends(form, large[:7<<20])
			for got == http.StatusServiceUnavailable && t.Context().Err() == nil { // as in again
				got = n2.sends(form, large[:7<<20])
			}
			status <- got
		}()
	}
	for range cap(status) {
		if got := <-status; got != http.StatusAccepted {
			t.Errorf("several at once: %d, want 202", got)
		}
	}
	n1.fails(errors.New("no space on the disk"))
	if status := n2.sends(form, "x"); status != http.StatusServiceUnavailable {
		t.Errorf("a full disk: %d, want 503", status)
	}
}

// A node that can't know what the others asked refuses nothing for good.
func TestPushWhileTableIsNotReached(t *testing.T) {
	n := newPushNodes(t)
	n1, n2 := n.all[0], n.all[1]
	n2.lose()
	n1.begin()
	form := <-n.asked
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		w := httptest.NewRecorder()
		n2.sub.ServeHTTP(w, httptest.NewRequestWithContext(ctx, method, form.Get("hub.callback"), nil))
		if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
			t.Errorf("%s: %d %v, want 503 with Retry-After", method, w.Code, w.Header())
		}
	}
}

// shift is two subscribers of nodes that have the same rows at once, in a test's own time. One at
// a time visits the source.
type shift struct {
	*inbox
	subs  [2]*websub.Subscriber
	owner atomic.Int32
	turns atomic.Int32 // that were refused
	deny  atomic.Int64 // turns, for this time.Duration

	settle func(context.Context) error // of both
}

// openShift starts the subscribers after prepare was called.
func openShift(t *testing.T, prepare func(*shift)) *shift {
	h := &shift{inbox: &inbox{T: t, hub: &theirHub{}, web: &hosts{}}}
	h.web.Store("hub.example", h.hub)
	var err error
	if h.store, err = store.Open(filepath.Join(t.TempDir(), "slugline.db"), store.Options{}); err != nil {
		t.Fatal(err)
	}
	h.rules(site)
	h.source(func(*news.SourceState) {})
	fine := func(context.Context) error { return nil }
	h.settle = fine
	prepare(h)
	var ends []func()
	for i := range h.subs {
		h.subs[i] = &websub.Subscriber{
			Store: h.store, Transport: h.web, Deliver: h.deliver, Now: time.Now, Chance: func() float64 { return .5 },
			RelianceChanged: func(source string) {
				h.mu.Lock()
				defer h.mu.Unlock()
				h.bodies = append(h.bodies, source+" "+strconv.Itoa(i))
			},
			Peers: &websub.Peers{
				Owns: func(string) bool { return int(h.owner.Load()) == i }, CatchUp: fine, Settle: h.settle,
				Turn: func(context.Context, string, string) (func(), time.Duration) {
					if wait := time.Duration(h.deny.Load()); wait > 0 {
						h.turns.Add(1)
						return nil, wait
					}
					return func() {}, 0
				},
				Ask: func(ctx context.Context, _ string, question []byte) ([]byte, error) {
					return h.subs[h.owner.Load()].Answer(ctx, question), nil
				},
			},
		}
		ends = append(ends, running(t, h.subs[i].Run))
	}
	h.sub = h.subs[0]
	t.Cleanup(func() {
		for _, end := range ends {
			end()
		}
		if err := h.store.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// change has the other node visit the source.
func (h *shift) change(from, to int, lost bool) {
	h.owner.Store(-1)
	ctx, cancel := context.WithCancel(h.Context())
	if lost {
		cancel()
	}
	h.subs[from].Leave(ctx, func(string) bool { return true })
	cancel()
	h.owner.Store(int32(to))
	h.subs[to].OwnersChanged()
	synctest.Wait()
}

// The hub is asked again only when the lease is due, by the node that visits the source then.
func TestLeaseGoesOnWithNextNode(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		h := openShift(t, func(*shift) {})
		form := h.subscribed() // for a day
		h.hub.asked()
		for i := range 20 {
			h.change(i%2, 1-i%2, i%3 == 0)
			time.Sleep(time.Minute)
		}
		if asked := h.hub.asked(); len(asked) != 0 {
			t.Fatalf("the hub was asked again: %v", asked)
		}
		if !h.subs[0].Relied("bbc") {
			t.Error("the hub is not relied on")
		}
		h.change(0, 1, false)
		time.Sleep(17 * time.Hour)
		if asked := h.hub.asked(); len(asked) != 0 {
			t.Fatalf("the hub was asked again: %v", asked)
		}
		time.Sleep(42 * time.Minute)
		asked := h.hub.asked()
		if len(asked) != 1 || asked[0].Get("hub.callback") != form.Get("hub.callback") || asked[0].Get("hub.secret") != form.Get("hub.secret") {
			t.Errorf("asked %v, want once for the same subscription", asked)
		}
		if got := strings.Count(strings.Join(h.delivered(), ","), "bbc"); got < 21 {
			t.Errorf("the pace was looked at %d times, want at each change", got)
		}
	})
}

// A request that is under way when its node ceases to visit the source ends at once, and the
// next node waits until its time comes. What was not asked is asked by the next node.
func TestLeaveEndsRequests(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		block := make(chan struct{})
		h := openShift(t, func(h *shift) {
			h.web.Store("hub.example", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				h.hub.ServeHTTP(httptest.NewRecorder(), r)
				select {
				case <-block:
				case <-r.Context().Done():
				}
			}))
		})
		h.request()
		began := time.Now()
		h.change(0, 1, false)
		if took := time.Since(began); took != 0 {
			t.Errorf("leaving took %v", took)
		}
		close(block)
		time.Sleep(4 * time.Minute)
		if asked := h.hub.asked(); len(asked) != 0 {
			t.Errorf("asked again after %v", time.Since(began))
		}
		time.Sleep(4 * time.Minute)
		if asked := h.hub.asked(); len(asked) != 1 {
			t.Errorf("asked %d times by the next node, want once", len(asked))
		}
	})
}

// A request that is scheduled while its node ceases to visit the source is made by the next node,
// and at once.
func TestLeaveBeforeRequest(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		left := make(chan struct{})
		h := openShift(t, func(h *shift) {
			leave := sync.OnceFunc(func() {
				h.owner.Store(-1)
				go func() {
					defer close(left)
					h.subs[0].Leave(h.Context(), func(string) bool { return true })
				}()
				for range 1000 {
					runtime.Gosched() // until it waits for what is under way
				}
			})
			h.store.ShareLocal(leave) // when the request is stored
			h.settle = func(ctx context.Context) error {
				select {
				case <-left:
				case <-ctx.Done():
				}
				return ctx.Err()
			}
		})
		<-left
		if asked := h.hub.asked(); len(asked) != 0 {
			t.Errorf("asked %d times while nobody visits the source", len(asked))
		}
		h.owner.Store(1)
		h.subs[1].OwnersChanged()
		h.request()
	})
}

// Without a turn at its host a hub is not asked, and the attempt does not count.
func TestHubIsAskedInTurn(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		h := openShift(t, func(h *shift) { h.deny.Store(int64(time.Second)) }) // which is no shorter than a round
		time.Sleep(time.Minute)
		if asked := h.hub.asked(); len(asked) != 0 || h.turns.Load() < 3 {
			t.Errorf("asked %d times without a turn, %d turns were wanted", len(asked), h.turns.Load())
		}
		synctest.Wait()
		if p := h.push(); p.Tries != 0 || !p.Asked.IsZero() {
			t.Errorf("what was not asked counts: %+v", p)
		}
		h.deny.Store(int64(time.Hour))
		time.Sleep(time.Minute)
		h.turns.Store(0)
		time.Sleep(59 * time.Minute)
		if n := h.turns.Load(); n > 1 {
			t.Errorf("%d turns wanted within the hour that the host asked for", n)
		}
		h.deny.Store(0)
		h.change(0, 1, false)
		time.Sleep(time.Hour)
		if asked := h.hub.asked(); len(asked) == 0 {
			t.Error("the hub was never asked")
		}
	})
}

// Leave waits for content that is being filed, so that it counts for the next node.
func TestLeaveWaitsForContent(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		h := openShift(t, func(*shift) {})
		form := h.subscribed()
		h.subs[0].Deliver = func(context.Context, string, []byte, feed.Hints) error {
			time.Sleep(3 * time.Second)
			return nil
		}
		status := make(chan int, 1)
		go func() { status <- h.send(form.Get("hub.callback"), "x", hmacOf(form.Get("hub.secret"), "x")) }()
		synctest.Wait()
		h.change(0, 1, false)
		if got := <-status; got != http.StatusAccepted || h.push().Count != 1 {
			t.Errorf("answered %d, %d counted; want 202 and one", got, h.push().Count)
		}
	})
}
