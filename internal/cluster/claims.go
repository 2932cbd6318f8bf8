package cluster

import (
	"context"
	"encoding/json"
	"time"
)

// holding is a claim that this node owns, is taking or is giving back.
type holding struct {
	state    state
	session  string
	revision uint64
	ctx      context.Context // ends when the claim is lost, but not when it is given back
	cancel   context.CancelFunc
}

type state int

const (
	taking state = iota
	held
	leaving
)

// decide takes claims and gives them back, and returns the time until it must look again.
func (n *Node) decide(ctx context.Context) time.Duration {
	n.mu.Lock()
	now := time.Now()
	changed := n.expire(now, n.Wall())
	wait := renewEvery
	if n.session.holds(now, n.Wall()) && !n.stopping {
		wait = min(n.endLost(now), n.session.until.Sub(now))
		if !n.view.confirmed.IsZero() {
			changed = n.decideClaims(ctx, now) || changed
		}
	}
	n.view.forget(now)
	n.mu.Unlock()
	if changed {
		n.Changed()
	}
	return wait
}

// decideClaims starts what is to do about all claims. It reports whether the node no longer owns
// one of them.
func (n *Node) decideClaims(ctx context.Context, now time.Time) (changed bool) {
	visitors, holders := n.eligible(now)
	for c := range claims {
		nodes := visitors
		if c.IsRole() {
			nodes = holders
		}
		changed = n.decideClaim(ctx, c, wanted(c, nodes) == n.Name) || changed
	}
	return changed
}

// Visitors returns how many nodes may own partitions now, as far as this one knows: at least 1.
func (n *Node) Visitors() int {
	n.init()
	n.mu.Lock()
	defer n.mu.Unlock()
	visitors, _ := n.eligible(time.Now())
	return max(1, len(visitors))
}

// eligible returns the nodes that may own partitions, and those that may have roles.
func (n *Node) eligible(now time.Time) (visitors, holders []string) {
	add := func(name string, visits, roles bool) {
		if visits {
			visitors = append(visitors, name)
		}
		if roles {
			holders = append(holders, name)
		}
	}
	for name, p := range n.view.live(n.Name, now) {
		if p.Problem == "" {
			add(name, p.Visits, p.Roles)
		}
	}
	if n.problem == "" {
		add(n.Name, n.Visits, n.Roles)
	}
	return visitors, holders
}

// decideClaim starts what is to do about one claim. It reports whether the node no longer
// owns it.
func (n *Node) decideClaim(ctx context.Context, c Claim, wanted bool) bool {
	h, o := n.holdings[c], n.view.owners[c]
	switch {
	case h != nil && h.state == held && o.revision > h.revision:
		h.cancel() // somebody has deleted the claim, or made it again
		n.leave(c, h)
		return true
	case h != nil && h.state == held && !wanted:
		n.leave(c, h)
		return true
	case h != nil && h.state == taking && !wanted:
		h.cancel() // it may wait for what this node can't do: apply records to a full disk
	case h != nil:
	case wanted && n.skew.sure && (o.Session == "" || o.Session == n.session.id || n.view.isOver(o.Session)):
		n.take(ctx, c, o)
	case !wanted && (o.Session == n.session.id || n.view.mine[o.Session]):
		n.release(ctx, c, o.revision) // the answer to a write was lost
	}
	return false
}

// hold makes a holding. It is called with mu locked.
func (n *Node) hold(c Claim, s state) *holding {
	h := &holding{state: s, session: n.session.id}
	h.ctx, h.cancel = context.WithCancel(n.session.ctx)
	n.holdings[c] = h
	return h
}

// take takes a claim of the owner o, who is no more.
func (n *Node) take(ctx context.Context, c Claim, o owner) {
	h := n.hold(c, taking)
	n.tasks.Go(func() {
		revision, ok := n.writeClaim(h.ctx, c, h, o)
		if !ok {
			n.drop(c, h)
			return
		}
		h.revision = revision // nobody else reads it while the state is taking
		err := n.Take(h.ctx, c)
		if err != nil && h.ctx.Err() == nil {
			n.Log.Warn("a claim can't be taken", "claim", c, "err", err)
			pause(h.ctx, renewEvery)
		}
		n.mu.Lock()
		if err == nil && h.ctx.Err() == nil && !n.stopping {
			h.state = held
			n.mu.Unlock()
			n.Changed()
			n.wakeUp()
			return
		}
		n.mu.Unlock()
		n.finish(ctx, c, h)
	})
}

// writeClaim writes the claim for this node. After an error the watch tells whether it was
// written.
func (n *Node) writeClaim(ctx context.Context, c Claim, h *holding, o owner) (revision uint64, ok bool) {
	b, err := json.Marshal(owner{Node: n.Name, Session: h.session})
	if err != nil {
		return 0, false
	}
	ctx, cancel := context.WithTimeout(ctx, callFor)
	defer cancel()
	if o.Session == "" {
		revision, ok, err = n.Claims.Create(ctx, c.String(), b)
	} else {
		revision, ok, err = n.Claims.Update(ctx, c.String(), b, o.revision)
	}
	if err != nil || !ok {
		pause(ctx, renewEvery) // time for the watch to tell
	}
	return revision, ok && err == nil
}

// leave gives a claim back that the node owns. It is called with mu locked.
func (n *Node) leave(c Claim, h *holding) {
	h.state = leaving
	ctx := context.WithoutCancel(h.ctx)
	n.tasks.Go(func() { n.finish(ctx, c, h) })
}

// finish waits until nothing is under way for the claim, and deletes it.
func (n *Node) finish(ctx context.Context, c Claim, h *holding) {
	n.Leave(h.ctx, c)
	n.deleteClaim(ctx, c, h.revision)
	n.drop(c, h)
}

// release deletes a claim that is this node's in the bucket alone.
func (n *Node) release(ctx context.Context, c Claim, revision uint64) {
	h := n.hold(c, leaving)
	n.tasks.Go(func() {
		n.deleteClaim(ctx, c, revision)
		pause(ctx, renewEvery) // time for the watch to tell
		n.drop(c, h)
	})
}

func (n *Node) deleteClaim(ctx context.Context, c Claim, revision uint64) {
	n.mu.Lock()
	limit := callFor
	if n.stopping {
		limit = lastCall
	}
	n.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if _, err := n.Claims.Delete(ctx, c.String(), revision); err != nil {
		n.Log.Debug("a claim can't be given back yet", "claim", c, "err", err)
	}
}

// drop ends a holding.
func (n *Node) drop(c Claim, h *holding) {
	h.cancel()
	n.mu.Lock()
	delete(n.holdings, c)
	n.mu.Unlock()
	n.wakeUp()
}

// giveAllBack gives all claims back, for at most TTL, before the node stops.
func (n *Node) giveAllBack() {
	n.mu.Lock()
	n.stopping = true
	for c, h := range n.holdings {
		switch h.state {
		case held:
			n.leave(c, h)
		case taking:
			h.cancel()
		}
	}
	n.mu.Unlock()
	n.Changed()
	done := make(chan struct{})
	go func() {
		n.tasks.Wait()
		close(done)
	}()
	timer := time.NewTimer(TTL)
	defer timer.Stop()
	select {
	case <-done:
		return
	case <-timer.C:
	}
	n.mu.Lock()
	for _, h := range n.holdings {
		h.cancel()
	}
	n.mu.Unlock()
	<-done
}
