package websub

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/retry"
	"github.com/slugline/slugline/internal/store"
)

const (
	roundEvery    = 5 * time.Second // between two rounds over all sources
	wantLease     = 10 * 24 * time.Hour
	maxTries      = 20              // with so many, the wait is the longest
	maxStopTries  = 3               // requests to unsubscribe
	maxAsksPerHub = 5               // requests to one hub in a round, those in flight included
	maxAsking     = 32              // requests in flight
	grace         = 5 * time.Minute // how much later than a visit a hub may send an item
)

// hubBackoff is the wait between two requests to a hub.
var hubBackoff = retry.Backoff{First: 5 * time.Minute, Factor: 2, Max: 24 * time.Hour}

// Run subscribes to the hubs of sources, and renews leases, until ctx ends.
func (s *Subscriber) Run(ctx context.Context) error {
	s.ready()
	if s.loadErr != nil {
		return fmt.Errorf("load pushes: %w", s.loadErr)
	}
	var work sync.WaitGroup
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			work.Wait()
			s.flush()
			return nil
		case <-s.wake:
			s.flush()
		case <-s.again:
			timer.Reset(s.round(ctx, &work))
		case <-timer.C:
			timer.Reset(s.round(ctx, &work))
		}
	}
}

// round compares all sources with the pushes, starts what requests are due, and returns
// how long to wait for the next round. With many sources, that is longer.
func (s *Subscriber) round(ctx context.Context, work *sync.WaitGroup) time.Duration {
	began := s.Now()
	site, sources, err := s.read()
	if err != nil {
		s.Log.Error("read sources", "err", err)
		return roundEvery
	}
	wait := max(roundEvery, 100*s.Now().Sub(began))
	sources = s.take(ctx, sources)
	s.syncPushes(site, sources)
	for _, source := range s.relianceChanges() {
		s.RelianceChanged(source)
	}
	due := s.due(ctx)
	if s.flush() { // the token is stored first: a hub may answer at once, and we may be killed
		s.askAll(work, due, site)
	} else {
		s.endAll(due)
	}
	return wait
}

func (s *Subscriber) read() (site string, sources []*news.SourceState, err error) {
	err = s.Store.View(func(tx *store.Tx) error {
		rules, err := tx.Rules()
		if err != nil || rules == nil {
			return err
		}
		site = rules.Site.URL
		sources, err = tx.Sources.All()
		return err
	})
	return site, sources, err
}

// isPublic reports whether an address can be reached from the internet, by its form.
func isPublic(address string) bool {
	u, err := httpAddress(address)
	if err != nil {
		return false
	}
	if a, err := netip.ParseAddr(strings.TrimSuffix(u.Hostname(), ".")); err == nil {
		return a.IsGlobalUnicast() && !a.IsPrivate()
	}
	return !fetch.IsLocalName(u.Hostname())
}

// isRoutable reports whether an address names a host: 0.0.0.0 and :: do not.
func isRoutable(address string) bool {
	u, err := httpAddress(address)
	if err != nil {
		return false
	}
	a, err := netip.ParseAddr(u.Hostname())
	return err != nil || !a.IsUnspecified()
}

// dueRequest is a request to a hub that is to be made. It is under way from when it is scheduled,
// so that Leave does not miss it.
type dueRequest struct {
	push news.Push
	ctx  context.Context
	end  func() // see startTask
}

// due returns the requests to hubs that must be made now, as far as those in flight leave
// room, and schedules the next ones.
func (s *Subscriber) due(ctx context.Context) (due []dueRequest) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.Now()
	room := s.asking.room()
	for id, p := range s.pushes {
		if p.Next.After(now) || !s.worksFor(id) || !room.take(p) {
			continue
		}
		wait := hubBackoff.Wait(p.Tries+1, s.Chance())
		ctx, end := s.startTask(ctx, id, false)
		due = append(due, dueRequest{*p, ctx, end})
		p.Asked, p.Next = news.Instant(now), news.Instant(now.Add(wait))
		p.Tries++
		s.dirty[id] = true
	}
	return due
}

// hubRequests counts requests to hubs. Those to hubs that did not grant the one before have
// no more than half of the places, so that hubs that never answer delay no others.
type hubRequests struct {
	all, again int
	perHub     map[string]int // by domain
}

// room returns a copy to which further requests can be added.
func (r *hubRequests) room() *hubRequests {
	return &hubRequests{r.all, r.again, maps.Clone(r.perHub)}
}

// take adds a request if there is room for it.
func (r *hubRequests) take(p *news.Push) bool {
	hub := fetch.Domain(p.Hub)
	if r.all >= maxAsking || r.perHub[hub] >= maxAsksPerHub || p.Tries > 0 && r.again >= maxAsking/2 {
		return false
	}
	r.add(p, 1)
	return true
}

// add adds n requests.
func (r *hubRequests) add(p *news.Push, n int) {
	hub := fetch.Domain(p.Hub)
	r.all += n
	if p.Tries > 0 {
		r.again += n
	}
	if r.perHub[hub] += n; r.perHub[hub] == 0 {
		delete(r.perHub, hub)
	}
}

// askAll makes the requests that due returned. Nobody waits for a hub that does not answer.
func (s *Subscriber) askAll(work *sync.WaitGroup, due []dueRequest, site string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range due {
		s.asking.add(&r.push, 1)
		work.Go(func() {
			s.ask(r.ctx, r.push, site)
			s.mu.Lock()
			defer s.mu.Unlock()
			s.asking.add(&r.push, -1)
			r.end()
		})
	}
}

// endAll ends requests that are not made.
func (s *Subscriber) endAll(due []dueRequest) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range due {
		r.end()
	}
}

// ask sends a request to a hub (section 5.1), and records a failure.
func (s *Subscriber) ask(ctx context.Context, p news.Push, site string) {
	end, wait := s.turn(ctx, p)
	if end == nil {
		s.postpone(p, wait)
		return
	}
	defer end()
	err := s.request(ctx, p, site)
	if err == nil || ctx.Err() != nil {
		return
	}
	text := err.Error()
	var below *url.Error
	if errors.As(err, &below) {
		text = "it can't be reached: " + below.Err.Error()
	}
	s.updatePush(p, func(p *news.Push) { p.Problem = text })
	s.Log.Info("a hub did not accept our request", "source", p.Source, "hub", p.Hub, "problem", text)
}

func (s *Subscriber) request(ctx context.Context, p news.Push, site string) error {
	form := url.Values{"hub.mode": {"subscribe"}, "hub.topic": {p.Topic}, "hub.callback": {p.Callback}}
	if p.Unsubscribing {
		form.Set("hub.mode", "unsubscribe")
	} else {
		form.Set("hub.lease_seconds", strconv.Itoa(int(wantLease/time.Second)))
		form.Set("hub.secret", p.Secret)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.Hub, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("User-Agent", userAgent(site))
	res, reply, err := doRequest(s.client, req, maxReason)
	if err == nil && !isSuccess(res.StatusCode) {
		err = fmt.Errorf("it answered %d: %s", res.StatusCode, oneLine(string(reply)))
	}
	return err
}
