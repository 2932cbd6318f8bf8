package websub

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/retry"
	"github.com/slugline/slugline/internal/store"
)

// Subscriber is the HTTP handler below Inbox, which hubs call. Run asks the hubs, and
// stores their answers. Its fields must not change after the first request.
type Subscriber struct {
	Store           *store.Store
	Transport       http.RoundTripper                                                         // refuses forbidden addresses: a fetch.Transport
	Deliver         func(ctx context.Context, source string, body []byte, h feed.Hints) error // files what a hub sent: a poll.Poller's
	Allowed         func(rawURL string) bool                                                  // reports whether a hub's private address is allowed; nil: none is
	RelianceChanged func(source string)                                                       // called within seconds after the result of Relied changed, or may have; nil: not called
	Visit           func(source string) bool                                                  // has a source visited soon, and reports whether it will be: a poll.Poller's; used with Peers
	Peers           *Peers                                                                    // the other nodes; nil: this one is alone
	Now             func() time.Time
	Chance          func() float64 // in [0,1), for jitter; nil: rand
	Log             *slog.Logger   // nil: silent

	start     sync.Once
	loadErr   error // the stored pushes could not be read
	client    *http.Client
	wake      chan struct{}       // capacity 1: dirty is not empty
	again     chan struct{}       // capacity 1: the answers of Peers.Owns changed
	receiving chan struct{}       // one for each request that delivers content or is passed on
	writing   sync.Mutex          // held while dirty is written, so that no push follows a newer one
	passing   *semaphore.Weighted // bytes that are passed on
	look      look

	mu     sync.Mutex            // guards the fields below
	pushes map[string]*news.Push // by source
	tokens map[string]string     // source by token
	dirty  map[string]bool       // sources whose push must be written
	relied map[string]bool       // sources for which Relied was true in the last round
	asking hubRequests           // in flight
	shared shared                // used with Peers
}

const (
	maxPush        = 8 << 20          // bytes of content
	maxReceiving   = 16               // requests with content at the same time
	maxEcho        = 4 << 10          // bytes of a challenge
	maxReason      = 200              // bytes of a hub's answer that a problem quotes
	receiveTimeout = 20 * time.Second // to read content, and again to file it
)

func (s *Subscriber) ready() {
	s.start.Do(func() {
		s.client = &http.Client{Transport: s.Transport, CheckRedirect: followMoved, Timeout: requestTimeout}
		s.wake, s.again, s.receiving = make(chan struct{}, 1), make(chan struct{}, 1), make(chan struct{}, maxReceiving)
		s.passing = semaphore.NewWeighted(maxPassing)
		s.look.turn, s.look.callers = make(chan struct{}, 1), make(chan struct{}, maxLooking)
		s.pushes, s.tokens = map[string]*news.Push{}, map[string]string{}
		s.dirty, s.relied = map[string]bool{}, map[string]bool{}
		s.shared = shared{taken: map[string]string{}, fresh: map[string]bool{}, underWay: map[*task]string{}}
		s.asking.perHub = map[string]int{}
		if s.Log == nil {
			s.Log = slog.New(slog.DiscardHandler)
		}
		if s.Chance == nil {
			s.Chance = rand.Float64
		}
		if s.Allowed == nil {
			s.Allowed = func(string) bool { return false }
		}
		if s.RelianceChanged == nil {
			s.RelianceChanged = func(string) {}
		}
		s.loadErr = s.load()
	})
}

// followMoved follows only the redirects 307 and 308 (section 5.1).
func followMoved(req *http.Request, via []*http.Request) error {
	status := req.Response.StatusCode
	if len(via) > 5 || status != http.StatusTemporaryRedirect && status != http.StatusPermanentRedirect {
		return http.ErrUseLastResponse
	}
	return nil
}

// Relied reports whether we rely on a source's hub now. Then visits every 12 hours are
// enough, to find items that the hub did not send.
func (s *Subscriber) Relied(source string) bool {
	s.ready()
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.pushes[source]
	return p != nil && p.Active(s.Now())
}

// ServeHTTP answers the hubs that we asked: their intent verification (GET) and their
// content (POST). It refuses everything else.
func (s *Subscriber) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.ready()
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		w.Header().Set("Allow", "GET, POST")
		answer(w, r, s.Log, refuse(http.StatusMethodNotAllowed, "this address accepts GET and POST only"))
		return
	}
	p, err := s.find(r.Context(), path.Base(r.URL.Path))
	switch {
	case err != nil:
		answer(w, r, s.Log, err)
	case r.Method == http.MethodGet && p != nil:
		echo, err := s.verify(r, *p)
		s.echo(w, r, echo, err)
	case p != nil:
		answer(w, r, s.Log, s.receive(w, r, *p))
	case r.Method == http.MethodPost:
		answer(w, r, s.Log, errGone)
	default:
		answer(w, r, s.Log, errUnknown)
	}
}

var (
	errGone    = refuse(http.StatusGone, "there is no subscription with this address")
	errUnknown = refuse(http.StatusNotFound, "there is no subscription with this address")
	errNotOurs = refuse(http.StatusNotFound, "we did not ask for this")
	errBusy    = retryLater(http.StatusServiceUnavailable, time.Minute, "too many requests at the same time")
)

// pushFor returns a copy of the push with a token, nil when there is none.
func (s *Subscriber) pushFor(token string) *news.Push {
	s.mu.Lock()
	defer s.mu.Unlock()
	source, ok := s.tokens[token]
	if !ok {
		return nil
	}
	p := *s.pushes[source]
	return &p
}

// verify returns what a hub's intent verification or denial is answered with.
func (s *Subscriber) verify(r *http.Request, p news.Push) (echo string, err error) {
	if s.isOurs(p.Source) {
		return s.confirm(r.URL.Query(), p)
	}
	return s.passVerification(r, p)
}

// echo answers an intent verification.
func (s *Subscriber) echo(w http.ResponseWriter, r *http.Request, challenge string, err error) {
	if err != nil {
		answer(w, r, s.Log, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	_, _ = io.WriteString(w, challenge) // if this fails, the hub asks again
}

// confirm decides about a hub's intent verification (section 5.3) or denial (section 5.2).
func (s *Subscriber) confirm(q url.Values, p news.Push) (echo string, err error) {
	mode, challenge := q.Get("hub.mode"), q.Get("hub.challenge")
	lease, err := strconv.ParseInt(q.Get("hub.lease_seconds"), 10, 32)
	asked := q.Get("hub.topic") == p.Topic && !p.Asked.IsZero()
	switch {
	case asked && mode == "denied":
		s.updatePush(p, func(p *news.Push) { applyDenied(p, s.Now(), q.Get("hub.reason")) })
	case challenge == "" || len(challenge) > maxEcho || !asked:
		return "", errNotOurs
	case mode == "subscribe" && !p.Unsubscribing && err == nil && lease > 0:
		s.updatePush(p, func(p *news.Push) { applyVerified(p, s.Now(), time.Duration(lease)*time.Second) })
	case mode == "unsubscribe" && p.Unsubscribing:
		s.pushEnded(p)
	default:
		return "", errNotOurs
	}
	retry.Wake(s.wake)
	return challenge, nil
}

// applyVerified changes a push whose hub confirmed the subscription.
func applyVerified(p *news.Push, now time.Time, lease time.Duration) {
	if !now.Before(p.Until) {
		p.Verified = news.Instant(now)
	}
	p.Lease, p.Until = lease, news.Instant(now.Add(lease))
	p.Tries, p.Problem, p.Next = 0, "", news.Instant(now.Add(lease/4*3))
}

// applyDenied changes a push whose hub denied the subscription.
func applyDenied(p *news.Push, now time.Time, reason string) {
	p.Verified, p.Until = time.Time{}, time.Time{}
	p.Tries, p.Problem, p.Next = maxTries, "it denied the subscription", news.Instant(now.Add(hubBackoff.Max))
	if line := oneLine(reason); line != "" {
		p.Problem += ": " + line
	}
}

// oneLine makes one short line of a text from outside.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "")), " ")
	if len(s) > maxReason {
		s = strings.ToValidUTF8(s[:maxReason], "")
	}
	return s
}

// receive files the content that a hub sends. It answers 202 only after filing, because
// the hub then does not send it again. Content without a valid signature is answered the
// same way and ignored (section 8).
func (s *Subscriber) receive(w http.ResponseWriter, r *http.Request, p news.Push) error {
	ours := s.isOurs(p.Source)
	if ours && p.Unsubscribing {
		return errEnded
	}
	select {
	case s.receiving <- struct{}{}:
		defer func() { <-s.receiving }()
	default:
		return errBusy
	}
	_ = http.NewResponseController(w).SetReadDeadline(s.Now().Add(receiveTimeout)) // on failure the server's own deadline holds
	body, err := readBody(w, r, "content", maxPush)
	switch {
	case err != nil:
		return err
	case !verifySignature(r.Header.Get(signatureHeader), p.Secret, body):
		s.Log.Info("content of a hub was ignored: its signature is missing or wrong", "source", p.Source)
		return nil
	case len(bytes.TrimSpace(body)) == 0:
		return nil
	}
	c := content{Type: r.Header.Get("Content-Type"), Language: r.Header.Get("Content-Language"), body: body}
	ctx := context.WithoutCancel(r.Context()) // the hub may close the connection meanwhile
	if ours {
		return s.file(ctx, c, p)
	}
	return s.passContent(ctx, c, p)
}

var errEnded = refuse(http.StatusGone, "this subscription has ended")

// content is what a hub sent.
type content struct {
	Type     string `json:"type,omitempty"`
	Language string `json:"language,omitempty"`
	body     []byte
}

// file delivers content.
func (s *Subscriber) file(ctx context.Context, c content, p news.Push) error {
	ctx, cancel := context.WithTimeout(ctx, receiveTimeout)
	defer cancel()
	s.mu.Lock()
	ctx, end := s.startTask(ctx, p.Source, true)
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		end()
	}()
	err := s.Deliver(ctx, p.Source, c.body, feed.Hints{URL: p.Topic, ContentType: c.Type, ContentLanguage: c.Language})
	var fault *fetch.Problem
	switch {
	case errors.As(err, &fault):
		s.updatePush(p, func(p *news.Push) { p.Problem = "it sent a document that can't be read: " + fault.Text })
		return nil
	case err != nil:
		s.Log.Warn("content of a hub could not be filed", "source", p.Source, "err", err)
		return retryLater(http.StatusServiceUnavailable, time.Minute, "the content can't be accepted now")
	}
	s.noteContent(p)
	return nil
}

// noteContent notes that a hub sent something.
func (s *Subscriber) noteContent(p news.Push) {
	s.updatePush(p, func(p *news.Push) {
		p.Last, p.MissedAt, p.Problem = news.Instant(s.Now()), time.Time{}, ""
		p.Count++
	})
}
