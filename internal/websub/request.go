package websub

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/retry"
	"github.com/slugline/slugline/internal/store"
)

const (
	roundEvery    = 5 * time.Second // sources are looked through
	wantLease     = 10 * 24 * time.Hour
	maxTries      = 20              // so many that the wait is the longest
	maxStopTries  = 3               // times that a hub is asked to stop
	maxAsksPerHub = 5               // requests to one hub in a round
	maxAsking     = 8               // under way
	grace         = 5 * time.Minute // how much later than a visit a hub may be
)

var hubBackoff = retry.Backoff{First: 5 * time.Minute, Factor: 2, Max: 24 * time.Hour} // between two requests to a hub

// Run asks hubs, and asks again before a lease is over, until ctx ends.
func (s *Subscriber) Run(ctx context.Context) error {
	s.ready()
	if s.loadErr != nil {
		return fmt.Errorf("load pushes: %w", s.loadErr)
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			s.flush()
			return nil
		case <-s.wake:
			s.flush()
		case <-timer.C:
			timer.Reset(s.round(ctx))
		}
	}
}

func (s *Subscriber) load() error {
	var all []*news.Push
	err := s.Store.View(func(tx *store.Tx) (err error) {
		all, err = tx.Pushes.All()
		return err
	})
	for _, p := range all {
		s.pushes[p.Source], s.tokens[p.Token] = p, p.Source
	}
	return err
}

// round looks once through all sources and asks what is to be asked. It says how
// long to wait for the next: many sources take long to read.
func (s *Subscriber) round(ctx context.Context) time.Duration {
	began := s.Now()
	site, sources, err := s.read()
	if err != nil {
		s.Log.Error("sources can't be read", "err", err)
		return roundEvery
	}
	wait := max(roundEvery, 100*s.Now().Sub(began))
	s.syncPushes(site, sources)
	for _, source := range s.relianceChanges() {
		s.RelianceChanged(source)
	}
	due := s.due()
	if s.flush() { // a hub may answer at once, and we may be killed: the token is known before
		s.askAll(ctx, due, site)
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

// syncPushes makes the pushes agree with the sources.
func (s *Subscriber) syncPushes(site string, sources []*news.SourceState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	wanted := map[string]bool{}
	for _, src := range sources {
		if s.isWanted(site, src) {
			wanted[src.ID] = true
			s.ensurePush(site, src)
		}
	}
	for id := range s.pushes {
		if !wanted[id] {
			s.stopPush(id)
		}
	}
}

// relianceChanges returns the sources whose hub is counted on since the last time, or is no
// longer.
func (s *Subscriber) relianceChanges() (sources []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	relied := map[string]bool{}
	for id, p := range s.pushes {
		if p.Active(s.Now()) {
			relied[id] = true
			if !s.relied[id] {
				sources = append(sources, id)
			}
		}
	}
	for id := range s.relied {
		if !relied[id] {
			sources = append(sources, id)
		}
	}
	s.relied = relied
	return sources
}

// isWanted says whether a source's hub is to push it. What is read with credentials
// is no hub's business.
func (s *Subscriber) isWanted(site string, src *news.SourceState) bool {
	if src.Removed || src.Keyed {
		return false
	}
	_, err := httpAddress(src.Feed.Hub)
	_, err2 := httpAddress(src.Feed.Self)
	return err == nil && err2 == nil && (isPublic(site) || s.Allowed(src.Feed.Hub) && isRoutable(site))
}

// ensurePush asks a source's hub, unless it was asked, and looks whether it does what it
// said it would.
func (s *Subscriber) ensurePush(site string, src *news.SourceState) {
	p := s.pushes[src.ID]
	if p == nil || p.Hub != src.Feed.Hub || p.Topic != src.Feed.Self || p.Callback != site+Inbox+p.Token {
		s.removePush(p)
		token := randomToken()
		p = &news.Push{Source: src.ID, Hub: src.Feed.Hub, Topic: src.Feed.Self, Token: token, Callback: site + Inbox + token, Secret: randomToken()}
		s.pushes[src.ID], s.tokens[token] = p, src.ID
		s.dirty[src.ID] = true
	}
	if p.Unsubscribing {
		p.Unsubscribing, p.Tries, p.Next = false, 0, time.Time{}
		s.dirty[src.ID] = true
	}
	if checkReliability(p, src, s.Now()) {
		s.dirty[src.ID] = true
	}
}

// stopPush asks the hub of a source that is not wanted to stop, a few times.
func (s *Subscriber) stopPush(source string) {
	p := s.pushes[source]
	switch {
	case !p.Unsubscribing && p.Active(s.Now()):
		p.Unsubscribing, p.Tries, p.Next = true, 0, time.Time{}
	case !p.Unsubscribing, p.Tries >= maxStopTries && !p.Next.After(s.Now()):
		s.removePush(p)
	default:
		return
	}
	s.dirty[source] = true
}

func (s *Subscriber) removePush(p *news.Push) {
	if p != nil {
		delete(s.tokens, p.Token)
		delete(s.pushes, p.Source)
	}
}

// pushEnded lets a push go that ended as we wished.
func (s *Subscriber) pushEnded(p news.Push) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := s.pushes[p.Source]; now != nil && now.Token == p.Token {
		s.removePush(now)
		s.dirty[p.Source] = true
	}
}

// checkReliability holds against a hub what a visit found and it did not send, and says
// whether there was anything to note.
func checkReliability(p *news.Push, src *news.SourceState, now time.Time) bool {
	switch {
	case p.Verified.IsZero() || p.CheckedAt.After(p.Verified) && src.Entries == p.Entries:
		return false
	case !p.CheckedAt.After(p.Verified), p.Last.After(p.CheckedAt): // it has just begun, or does its work
	case now.Before(src.At.Add(grace)):
		return false
	default:
		p.MissedAt = src.At
	}
	p.CheckedAt, p.Entries = news.Instant(now), src.Entries
	return true
}

// isPublic says whether strangers can reach what is at an address.
func isPublic(address string) bool {
	u, err := httpAddress(address)
	if err != nil {
		return false
	}
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	if a, err := netip.ParseAddr(host); err == nil {
		return a.IsGlobalUnicast() && !a.IsPrivate()
	}
	for _, private := range []string{".localhost", ".local", ".internal", ".lan", ".home.arpa"} {
		if strings.HasSuffix(host, private) {
			return false
		}
	}
	return strings.Contains(host, ".")
}

// isRoutable says whether anybody at all can be sent to an address.
func isRoutable(address string) bool {
	u, err := httpAddress(address)
	if err != nil {
		return false
	}
	a, err := netip.ParseAddr(u.Hostname())
	return err != nil || !a.IsUnspecified()
}

// due takes the pushes whose hub is to be asked now, few of each hub.
func (s *Subscriber) due() (due []news.Push) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.Now()
	hubs := map[string]int{}
	for id, p := range s.pushes {
		domain := fetch.Domain(p.Hub)
		if p.Next.After(now) || hubs[domain] == maxAsksPerHub {
			continue
		}
		hubs[domain]++
		wait := hubBackoff.Wait(p.Tries+1, s.Chance())
		p.Asked, p.Next = news.Instant(now), news.Instant(now.Add(wait))
		p.Tries++
		s.dirty[id] = true
		due = append(due, *p)
	}
	return due
}

func (s *Subscriber) askAll(ctx context.Context, due []news.Push, site string) {
	var g errgroup.Group
	g.SetLimit(maxAsking)
	for _, p := range due {
		g.Go(func() error {
			s.ask(ctx, p, site)
			return nil
		})
	}
	_ = g.Wait() // none fails
}

// ask sends a hub our request (section 5.1).
func (s *Subscriber) ask(ctx context.Context, p news.Push, site string) {
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
	s.Log.Info("a hub did not take our request", "source", p.Source, "hub", p.Hub, "problem", text)
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
	res, said, err := doRequest(s.client, req, maxReason)
	if err == nil && !isSuccess(res.StatusCode) {
		err = fmt.Errorf("it answered %d: %s", res.StatusCode, oneLine(string(said)))
	}
	return err
}

// flush writes what changed and says whether it could.
func (s *Subscriber) flush() bool {
	put, drop := s.changed()
	if len(put)+len(drop) == 0 {
		return true
	}
	err := s.Store.Update(func(tx *store.Tx) error {
		for _, source := range drop {
			if err := tx.Pushes.Delete(source); err != nil {
				return err
			}
		}
		for i := range put {
			if err := tx.Pushes.Put(&put[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		return true
	}
	s.Log.Error("pushes can't be written", "err", err)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, source := range drop {
		s.dirty[source] = true
	}
	for i := range put {
		s.dirty[put[i].Source] = true
	}
	return false
}

func (s *Subscriber) changed() (put []news.Push, drop []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for source := range s.dirty {
		if p := s.pushes[source]; p != nil {
			put = append(put, *p)
		} else {
			drop = append(drop, source)
		}
	}
	clear(s.dirty)
	return put, drop
}
