package cluster

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// session is this node's own session. Without an id there is none.
type session struct {
	id        string
	revision  uint64
	unsure    bool      // nobody knows whether the last write was done
	began     time.Time // when its first renewal was acknowledged
	until     time.Time // on the monotonic clock; zero before the first renewal was answered
	wallUntil time.Time // the same on the wall clock
	ctx       context.Context
	cancel    context.CancelFunc
}

// value is what the bucket has of a session.
type value struct {
	Session string    `json:"session"`
	Beat    uint64    `json:"beat"`  // counts the renewals of a node
	Clock   time.Time `json:"clock"` // wall time of the request
	Visits  bool      `json:"visits,omitempty"`
	Roles   bool      `json:"roles,omitempty"`
	Over    bool      `json:"over,omitempty"` // another node has ended it, see Node.end
	Announcement
}

// holds reports whether the session can be relied on.
func (s *session) holds(now, wall time.Time) bool {
	return s.id != "" && now.Before(s.until) && wall.Round(0).Before(s.wallUntil)
}

// Unheard returns for how long the bucket has acknowledged renewals of this node and its watch
// has not told one of them. The node takes nothing meanwhile, because it does not know what the
// others do. It is 0 without a session.
func (n *Node) Unheard() time.Duration {
	n.init()
	n.mu.Lock()
	defer n.mu.Unlock()
	now := time.Now()
	if !n.session.holds(now, n.Wall()) {
		return 0
	}
	since := n.session.began
	if n.view.heard.After(since) {
		since = n.view.heard
	}
	return now.Sub(since)
}

// errGone says that a session was replaced by one of another process.
var errGone = errors.New("its session was replaced")

// errOver says that another node has ended this node's session, which was not renewed for a TTL.
var errOver = errors.New("another node has ended its session, which was not renewed in time")

// request is a renewal under way.
type request struct {
	session  session
	at, wall time.Time
	value    []byte
}

// renewLoop renews the session until ctx ends.
func (n *Node) renewLoop(ctx context.Context) {
	failing := false
	for ctx.Err() == nil {
		began := time.Now()
		err := n.renew(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil && !failing { // one line for each time that it begins
			n.Log.Warn("the node's session can't be renewed; tried again all the time", "node", n.Name, "err", err)
		}
		if failing = err != nil; errors.Is(err, errGone) {
			pause(ctx, TTL) // or two processes of one name would take turns
		}
		pause(ctx, renewEvery-time.Since(began))
	}
}

// renew writes the session once, or begins one. It returns errGone if another process has
// written a session under this node's name.
func (n *Node) renew(ctx context.Context) error {
	r, err := n.request(ctx, n.Announce())
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, callFor)
	defer cancel()
	revision, ok, err := n.write(ctx, r)
	if err == nil && !ok { // it has expired, or the last answer was lost
		r.session.unsure = true
		revision, ok, err = n.write(ctx, r)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	s := &n.session
	switch {
	case s.id != r.session.id: // it ended meanwhile
	case errors.Is(err, errGone):
		n.endNow()
		return fmt.Errorf("another process runs as node %s: %w", n.Name, err)
	case errors.Is(err, errOver):
		n.endNow()
	case err != nil || !ok:
		s.unsure = true
	case s.until.IsZero() || s.holds(time.Now(), n.Wall()):
		if s.began.IsZero() {
			s.began = time.Now()
		}
		s.revision, s.unsure = revision, false
		s.until, s.wallUntil = r.at.Add(holdFor), r.wall.Add(holdFor)
	}
	return err
}

// request prepares a renewal.
func (n *Node) request(ctx context.Context, a Announcement) (*request, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	now, wall := time.Now(), n.Wall().Round(0)
	n.expire(now, wall)
	if s := &n.session; s.id != "" && s.until.IsZero() && s.unsure {
		n.endNow() // it may be in the bucket, and another node may have ended it
	}
	if n.session.id == "" {
		n.session.id = rand.Text()
		n.session.ctx, n.session.cancel = context.WithCancel(context.WithoutCancel(ctx))
	}
	if a.Problem == "" {
		a.Problem = n.skew.check(n.Name, &n.view, now, wall)
	}
	n.say(a.Problem)
	beat := n.view.request(n.session.id, now)
	b, err := json.Marshal(value{Session: n.session.id, Beat: beat, Clock: wall, Visits: n.Visits, Roles: n.Roles, Announcement: a})
	if err != nil {
		return nil, fmt.Errorf("write session: %w", err)
	}
	return &request{n.session, now, wall, b}, nil
}

// say logs why the node takes nothing, once.
func (n *Node) say(problem string) {
	switch {
	case problem == n.problem:
	case problem == "":
		n.Log.Info("the node takes partitions again", "node", n.Name)
	case n.problem == "":
		n.Log.Error("the node takes no partitions", "node", n.Name, "problem", problem)
	}
	n.problem = problem
}

// write writes a renewal to the bucket.
func (n *Node) write(ctx context.Context, r *request) (uint64, bool, error) {
	s := &r.session
	if s.revision > 0 && !s.unsure {
		return n.Sessions.Update(ctx, n.Name, r.value, s.revision)
	}
	b, revision, err := n.Sessions.Get(ctx, n.Name)
	if err != nil {
		return 0, false, err
	}
	if revision == 0 {
		return n.Sessions.Create(ctx, n.Name, r.value)
	}
	var there value
	known := json.Unmarshal(b, &there) == nil
	switch {
	case !known:
	case there.Session == s.id && there.Over:
		return 0, false, errOver
	case there.Session != s.id && s.revision > 0 && revision > s.revision:
		return 0, false, errGone
	}
	return n.Sessions.Update(ctx, n.Name, r.value, revision)
}

// endLost ends the sessions of nodes that were told of no renewal for a TTL, and returns the time
// until it must look again. It is called with mu locked.
func (n *Node) endLost(now time.Time) (wait time.Duration) {
	wait = renewEvery
	for name, p := range n.view.peers {
		switch left := p.at.Add(TTL).Sub(now); {
		case name == n.Name || p.ending:
		case left > 0:
			wait = min(wait, left)
		default:
			p.ending = true
			ctx := n.session.ctx
			n.tasks.Go(func() { n.end(ctx, name, p) })
		}
	}
	return wait
}

// end writes into the bucket that the session of a node is over, if nothing was written since
// the renewal that this node was told last. Then no other renewal can have kept the session, and
// none can revive it: each names the revision that it replaces.
func (n *Node) end(ctx context.Context, name string, p *peer) {
	over := p.value
	over.Over = true
	b, err := json.Marshal(over)
	if err != nil {
		n.Log.Error("the session of a lost node can't be ended", "lost", name, "err", err)
		return
	}
	ctx, cancel := context.WithTimeout(ctx, callFor)
	defer cancel()
	_, ok, err := n.Sessions.Update(ctx, name, b, p.revision)
	if err != nil || !ok {
		pause(ctx, renewEvery) // time for the watch to tell why
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	p.ending = false
	if err == nil && ok {
		n.view.setOver(name, p, time.Now())
	}
	n.wakeUp()
}

// expire ends the session if it no longer holds, and reports whether it did. It is called
// with mu locked.
func (n *Node) expire(now, wall time.Time) bool {
	s := &n.session
	if s.id == "" || s.until.IsZero() || s.holds(now, wall) {
		return false
	}
	n.Log.Warn("the node's session has ended: it owns nothing", "node", n.Name)
	n.endNow()
	return true
}

// endNow ends the session and all that is owned under it. It is called with mu locked.
func (n *Node) endNow() {
	n.view.ended(n.session.id)
	n.session.cancel()
	n.session = session{}
	n.skew.sure = false
	for c, h := range n.holdings {
		if h.state == held {
			n.leave(c, h)
		}
	}
	n.wakeUp()
}

// endSession removes the session from the bucket when the node stops.
func (n *Node) endSession(ctx context.Context) {
	n.mu.Lock()
	s := n.session
	if s.id != "" {
		n.endNow()
	}
	n.mu.Unlock()
	if s.revision == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, lastCall)
	defer cancel()
	if _, err := n.Sessions.Delete(ctx, n.Name, s.revision); err != nil {
		n.Log.Info("the node's session stays until it expires", "node", n.Name, "err", err)
	}
}
