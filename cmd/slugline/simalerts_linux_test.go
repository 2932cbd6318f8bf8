package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/webhook"
)

// simBells are the targets of alerts: webhooks that are down now and then. They remember what
// they accepted.
type simBells struct {
	s *simulation

	mu       sync.Mutex // guards the fields below
	accepted map[string]*simRing
	messages int
	waiting  map[string]*news.Notice // that the program has stored, and that are not known to be sent
	seen     uint64                  // notices of records up to this one have been in waiting
	rung     map[string]string       // by alert and fact: the notice
	bad      time.Time               // since then the program could not store what it sent, the last time
	mended   time.Time               // the end of that; zero: it still can't
	faults   []string
}

// simRing says when a target accepted a notice.
type simRing struct {
	last   time.Time
	unsure bool // the program may not know: it was stopped or killed before it could store that
}

// simBellAt is the address of a target.
const simBellAt = "https://hook.example/"

// alerts is the part of feeds.yaml about alerts: one of single messages, one with digests. Both
// match words of the theme.
func (c *simConfig) alerts() string {
	match := func(words []string) string { return strings.Join(words, " OR ") }
	theme := c.world.words[:simTheme]
	return fmt.Sprintf("alerts:\n  - {name: single, match: '%s', to: [{webhook: %ssingle}]}\n  - {name: bundle, match: '%s', digest: 20m, to: [{webhook: %sbundle}]}\n",
		match(theme[:simTheme/4]), simBellAt, match(theme[simTheme/4:simTheme/2]), simBellAt)
}

func newSimBells(s *simulation) *simBells {
	return &simBells{s: s, accepted: map[string]*simRing{}, mended: time.Now(), waiting: map[string]*news.Notice{}, rung: map[string]string{}}
}

// simBell is how one run of the program reaches the targets.
type simBell struct {
	*simBells
	node *simNode
}

// RoundTrip accepts a message, or answers as a target does that has a bad hour.
func (b simBell) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	ids, err := simNotices(r, body)
	if err != nil {
		return nil, err
	}
	began, where := time.Now(), r.URL.Path
	mood := simSpread(12, where, began.Truncate(2*time.Hour))
	wait := 20*time.Millisecond + simSpread(2*time.Second, where, ids, began.UnixNano())
	if mood == 0 {
		wait += time.Minute // longer than the program waits
	}
	select {
	case <-time.After(wait):
	case <-r.Context().Done():
		if mood > 2 && !b.node.dead.Load() && simSpread(2, ids, began.UnixNano()) == 0 {
			b.accept(ids, true) // it has arrived, although nobody waits for the answer
		}
		return nil, r.Context().Err()
	}
	if b.node.dead.Load() {
		return nil, context.Canceled
	}
	status := http.StatusNoContent
	switch mood {
	case 1:
		return nil, syscall.ECONNREFUSED
	case 2:
		status = []int{500, 429, 503}[simSpread(3, began.UnixNano())]
	default:
		b.accept(ids, false)
	}
	return &http.Response{StatusCode: status, Status: strconv.Itoa(status), Header: http.Header{}, Body: http.NoBody, Request: r}, nil
}

// simNotices returns the ids of the notices in a message.
func simNotices(r *http.Request, body []byte) (ids []string, err error) {
	var m webhook.Message
	if err := json.Unmarshal(body, &m); err != nil {
		return nil, err
	}
	for _, n := range m.Data.Notices {
		ids = append(ids, n.ID)
	}
	if ids == nil {
		ids = []string{r.Header.Get("webhook-id")}
	}
	return ids, nil
}

func (b *simBells) complain(format string, args ...any) {
	if len(b.faults) < simMaxFaults {
		b.faults = append(b.faults, time.Now().UTC().Format(time.DateTime)+": "+fmt.Sprintf(format, args...))
	}
}

// accept notes that notices have arrived.
func (b *simBells) accept(ids []string, unsure bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.messages++
	for _, id := range ids {
		ring, now := b.accepted[id], time.Now()
		if ring == nil {
			ring = &simRing{}
			b.accepted[id] = ring
		} else if !ring.unsure {
			b.complain("notice %s was sent again, %v after it had been accepted", id, now.Sub(ring.last))
		}
		ring.last, ring.unsure = now, unsure
	}
}

// simSentTime is the time within which the program stores that a notice was sent, when it can.
const simSentTime = 30 * time.Second

// stopped notes that the program ends: it may not have stored what it sent just before, or since
// the disk was full.
func (b *simBells) stopped() {
	b.mu.Lock()
	defer b.mu.Unlock()
	since := time.Now().Add(-simSentTime)
	if b.bad.Before(since) && (b.mended.IsZero() || b.mended.After(since)) {
		since = b.bad
	}
	for _, ring := range b.accepted {
		ring.unsure = ring.unsure || !ring.last.Before(since)
	}
}

// cannotStore notes that from now on the program can't store what it sends, or that it can again.
func (b *simBells) cannotStore(not bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if not {
		b.bad, b.mended = time.Now(), time.Time{}
	} else {
		b.mended = time.Now()
	}
}

// check checks that no notice is lost, that what is noted as sent was, and that no fact rings
// twice. The caller holds the world.
func (b *simBells) check() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.s.must(b.s.node.store.View(func(tx *store.Tx) error {
		fresh, err := tx.Notices.After(min(b.seen, tx.Seq()))
		if err != nil {
			return err
		}
		for _, n := range fresh {
			b.waiting[n.ID] = n
			b.checkRing(n)
		}
		b.seen = tx.Seq()
		for id := range b.waiting {
			if err := b.checkWaiting(tx, id); err != nil {
				return err
			}
		}
		return nil
	}))
	for _, fault := range b.faults {
		b.s.fault("alerts: %s", fault)
	}
	b.faults = nil
}

// checkRing checks a notice that is new.
func (b *simBells) checkRing(n *news.Notice) {
	f := b.s.world.titled[n.Headline]
	if f == nil {
		b.complain("notice %s is about %q, which nobody published", n.ID, n.Headline)
		return
	}
	key := fmt.Sprint(n.Alerts, f.n)
	if other := b.rung[key]; other != "" && other != n.ID && f.tainted == "" {
		b.complain("fact %d (%s) rings twice: %s and %s; %s", f.n, f.first, other, n.ID, b.s.describe(f, b.s.storiesOf(f)...))
	}
	b.rung[key] = n.ID
}

// simNoticeTime is the time within which each notice must arrive. The program gives one up
// after a day, and no target is down for so long.
const simNoticeTime = 26 * time.Hour

// checkWaiting checks what became of a notice.
func (b *simBells) checkWaiting(tx *store.Tx, id string) error {
	n, err := tx.Notices.Get(id)
	if err != nil {
		return err
	}
	d, err := tx.Dispatches.Get(id)
	if err != nil {
		return err
	}
	switch {
	case n == nil: // with the records that a kill took
	case !n.Sent.IsZero() && b.accepted[id] == nil && (d == nil || !d.Dropped) && b.isShown(n):
		b.complain("notice %s (%s) is noted as sent at %v, and never arrived", id, n.Headline, n.Sent)
	case !n.Sent.IsZero() || d != nil && d.Dropped:
	case d != nil && d.Dead:
		b.complain("notice %s (%s) was given up after %d tries: %s", id, n.Headline, d.Tries, d.Problem)
	case time.Since(n.At) > simNoticeTime:
		b.complain("notice %s (%s) of %v is not sent yet", id, n.Headline, n.At)
	default:
		return nil
	}
	delete(b.waiting, id)
	return nil
}

// isShown tells whether the story of a notice has not been withdrawn, hidden or merged: then
// nothing is sent.
func (b *simBells) isShown(n *news.Notice) bool {
	f := b.s.world.titled[n.Headline]
	return f != nil && f.tainted == ""
}

// attachBells has a run of the program send its alerts.
func (s *simulation) attachBells(n *simNode) {
	n.notices = n.newNotifier()
	n.notices.Transport, n.notices.Chance = simBell{s.bells, n}, s.chance.float64
}
