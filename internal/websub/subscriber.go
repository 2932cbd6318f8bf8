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

	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/retry"
	"github.com/slugline/slugline/internal/store"
)

// Subscriber is the handler below Inbox. Run does the asking, and keeps what is
// answered.
type Subscriber struct {
	Store           *store.Store
	Transport       http.RoundTripper                                                         // guards what it dials: a fetch.Client's Guarded
	Deliver         func(ctx context.Context, source string, body []byte, h feed.Hints) error // a poll.Poller's
	Allowed         func(rawURL string) bool                                                  // addresses that are private and ours: a fetch.Client's; nil: none
	RelianceChanged func(source string)                                                       // told within seconds when Relied has another answer; nil: nobody
	Now             func() time.Time
	Chance          func() float64 // in [0,1), for jitter; nil: rand
	Log             *slog.Logger   // nil: silent

	start     sync.Once
	loadErr   error // what is stored could not be read
	client    *http.Client
	wake      chan struct{} // room for one: something is to be written
	receiving chan struct{} // as many as may be delivering

	mu     sync.Mutex // guards the fields below
	pushes map[string]*news.Push
	tokens map[string]string // source by token
	dirty  map[string]bool   // sources to be written
	relied map[string]bool   // sources of which Relied was true in the last round
}

const (
	maxPush        = 8 << 20          // bytes of what a hub sends
	maxReceiving   = 16               // of those at the same time
	maxEcho        = 4 << 10          // bytes of a challenge
	maxReason      = 200              // bytes of a hub's own words
	receiveTimeout = 20 * time.Second // to read what a hub sends, and again to file it
)

func (s *Subscriber) ready() {
	s.start.Do(func() {
		s.client = &http.Client{Transport: s.Transport, CheckRedirect: keepAsking, Timeout: requestTimeout}
		s.wake, s.receiving = make(chan struct{}, 1), make(chan struct{}, maxReceiving)
		s.pushes, s.tokens = map[string]*news.Push{}, map[string]string{}
		s.dirty, s.relied = map[string]bool{}, map[string]bool{}
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

// keepAsking follows a hub that moved (section 5.1: 307 and 308 alone).
func keepAsking(req *http.Request, via []*http.Request) error {
	status := req.Response.StatusCode
	if len(via) > 5 || status != http.StatusTemporaryRedirect && status != http.StatusPermanentRedirect {
		return http.ErrUseLastResponse
	}
	return nil
}

// Relied says whether a source's hub is counted on now: then visits every 12 hours
// will do, to find out what it keeps to itself.
func (s *Subscriber) Relied(source string) bool {
	s.ready()
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.pushes[source]
	return p != nil && p.Active(s.Now())
}

// ServeHTTP answers hubs that we asked, and nobody else.
func (s *Subscriber) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.ready()
	p := s.pushFor(path.Base(r.URL.Path))
	switch {
	case s.loadErr != nil:
		answer(w, s.Log, s.loadErr)
	case r.Method == http.MethodGet && p != nil:
		s.confirm(w, r.URL.Query(), *p)
	case r.Method == http.MethodPost && p != nil:
		answer(w, s.Log, s.receive(w, r, *p))
	case r.Method == http.MethodPost:
		answer(w, s.Log, refuse(http.StatusGone, "nothing is wanted here"))
	case r.Method == http.MethodGet:
		answer(w, s.Log, refuse(http.StatusNotFound, "there is nothing here"))
	default:
		w.Header().Set("Allow", "GET, POST")
		answer(w, s.Log, refuse(http.StatusMethodNotAllowed, "only GET and POST"))
	}
}

// pushFor returns a copy of what was asked under a token, nil when nothing was.
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

// updatePush changes what is known of a push, if it is still the one with this token.
// It is written in the next round, or after a nudge.
func (s *Subscriber) updatePush(p news.Push, fn func(*news.Push)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := s.pushes[p.Source]; now != nil && now.Token == p.Token {
		fn(now)
		s.dirty[p.Source] = true
	}
}

// confirm answers a hub that asks whether we meant it (section 5.3), or that says
// it will not serve us (section 5.2).
func (s *Subscriber) confirm(w http.ResponseWriter, q url.Values, p news.Push) {
	mode, challenge := q.Get("hub.mode"), q.Get("hub.challenge")
	lease, err := strconv.ParseInt(q.Get("hub.lease_seconds"), 10, 32)
	asked := q.Get("hub.topic") == p.Topic && !p.Asked.IsZero()
	switch {
	case asked && mode == "denied":
		s.updatePush(p, func(p *news.Push) { applyDenied(p, s.Now(), q.Get("hub.reason")) })
	case challenge == "" || len(challenge) > maxEcho || !asked:
		asked = false
	case mode == "subscribe" && !p.Unsubscribing && err == nil && lease > 0:
		s.updatePush(p, func(p *news.Push) { applyVerified(p, s.Now(), time.Duration(lease)*time.Second) })
	case mode == "unsubscribe" && p.Unsubscribing:
		s.pushEnded(p)
	default:
		asked = false
	}
	if !asked {
		answer(w, s.Log, refuse(http.StatusNotFound, "this was not asked for"))
		return
	}
	retry.Wake(s.wake)
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	_, _ = io.WriteString(w, challenge) // a hub that went away asks again
}

func applyVerified(p *news.Push, now time.Time, lease time.Duration) {
	if !now.Before(p.Until) {
		p.Verified = news.Instant(now)
	}
	p.Lease, p.Until = lease, news.Instant(now.Add(lease))
	p.Tries, p.Problem, p.Next = 0, "", news.Instant(now.Add(lease/4*3))
}

func applyDenied(p *news.Push, now time.Time, reason string) {
	p.Verified, p.Until = time.Time{}, time.Time{}
	p.Tries, p.Problem, p.Next = maxTries, "it refuses to serve us", news.Instant(now.Add(hubBackoff.Max))
	if said := oneLine(reason); said != "" {
		p.Problem += ": " + said
	}
}

// oneLine makes one line of what a stranger says.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "")), " ")
	if len(s) > maxReason {
		s = strings.ToValidUTF8(s[:maxReason], "")
	}
	return s
}

// receive files what a hub sent before it says so: what it is told that we have, it
// does not send again. What is not signed as it should be is passed over without a
// word (section 8).
func (s *Subscriber) receive(w http.ResponseWriter, r *http.Request, p news.Push) error {
	if p.Unsubscribing {
		return refuse(http.StatusGone, "nothing is wanted here any more")
	}
	select {
	case s.receiving <- struct{}{}:
		defer func() { <-s.receiving }()
	default:
		return retryLater(http.StatusServiceUnavailable, time.Minute, "too much at a time")
	}
	_ = http.NewResponseController(w).SetReadDeadline(s.Now().Add(receiveTimeout)) // where it can't be set, the server's own holds
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxPush))
	switch {
	case err != nil:
		return refuse(http.StatusRequestEntityTooLarge, "it broke off, took too long or has more than %d MB", maxPush>>20)
	case !verifySignature(r.Header.Get(signatureHeader), p.Secret, body):
		s.Log.Info("a push was passed over: its signature is missing or wrong", "source", p.Source)
		return nil
	case len(bytes.TrimSpace(body)) == 0:
		return nil
	}
	return s.file(r, body, p)
}

// file hands a push on. A hub that hangs up meanwhile changes nothing.
func (s *Subscriber) file(r *http.Request, body []byte, p news.Push) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), receiveTimeout)
	defer cancel()
	err := s.Deliver(ctx, p.Source, body, feed.Hints{
		URL:             p.Topic,
		ContentType:     r.Header.Get("Content-Type"),
		ContentLanguage: r.Header.Get("Content-Language"),
	})
	var fault *fetch.Problem
	switch {
	case errors.As(err, &fault):
		s.updatePush(p, func(p *news.Push) { p.Problem = "it sent what can't be read: " + fault.Text })
		return nil
	case err != nil:
		s.Log.Warn("a push could not be filed", "source", p.Source, "err", err)
		return retryLater(http.StatusServiceUnavailable, time.Minute, "this can't be taken now")
	}
	s.updatePush(p, func(p *news.Push) {
		p.Last, p.MissedAt, p.Problem = news.Instant(s.Now()), time.Time{}, ""
		p.Count++
	})
	return nil
}
