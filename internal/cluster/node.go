package cluster

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// TTL is how long other nodes wait for a renewal of a session before they end it.
const TTL = 10 * time.Second

const (
	renewEvery = TTL / 8
	holdFor    = TTL * 8 / 10 // after the request of a renewal
	callFor    = TTL / 4      // what one request to a bucket may take
	lastCall   = TTL / 10     // the same while the node stops
)

// Node is this node as a member of the cluster. It owns nothing before Run, nor after.
type Node struct {
	Name     string // of letters, digits and -; no two nodes may have the same
	Visits   bool   // it takes partitions
	Roles    bool   // it takes roles
	Sessions KV     // its keys expire some TTL after their last change
	Claims   KV     // its keys do not expire

	// Announce returns what the node says of itself with each renewal; nil: nothing. It
	// must not block.
	Announce func() Announcement
	// Take is called when the bucket has the claim as this node's, before the node owns
	// it; nil: nothing is to do. For a partition it writes the fence: a message that the log
	// puts between the visits of the old owner and those of this one. After an error the
	// claim is given back.
	Take func(ctx context.Context, c Claim) error
	// Leave is called after the node has ceased to own a claim, and before another node can
	// take it; nil: nothing is to do. It returns when what was under way has landed. If ctx
	// is done, the claim was lost: what is under way must end at once. It is called after an
	// error of Take too. A claim is taken again only after Leave has returned.
	Leave func(ctx context.Context, c Claim)
	// Changed is called after the node has come to own claims, or has ceased to; nil:
	// nobody asks. It must not block.
	Changed func()

	Wall func() time.Time // the wall clock; nil: time.Now
	Log  *slog.Logger     // nil: silent

	once  sync.Once
	wake  chan struct{}  // has room for one wake-up
	tasks sync.WaitGroup // claims that are being taken or given back, and sessions of lost nodes that are being ended

	mu       sync.Mutex // guards the fields below
	session  session
	view     view
	holdings map[Claim]*holding
	skew     skewWatch
	stopping bool
	problem  string // why the node takes nothing, as last logged
}

// Announcement is what a node says of itself.
type Announcement struct {
	Version string `json:"version,omitempty"` // of the program
	Schema  int    `json:"schema,omitempty"`  // of the database
	Folds   []int  `json:"folds,omitempty"`   // versions of the fold that it knows
	Mark    string `json:"mark,omitempty"`    // of the rules that it has in force
	File    string `json:"file,omitempty"`    // mark of its own feeds.yaml
	Differs string `json:"differs,omitempty"` // in what that differs from the rules in force
	Seq     uint64 `json:"seq,omitempty"`     // the last message of the log that it has applied
	Chain   string `json:"chain,omitempty"`   // hash of all record IDs up to it
	Digest  string `json:"digest,omitempty"`  // of the shared half, with the Seq that it belongs to
	Deleted int    `json:"deleted,omitempty"` // messages that its replica of the log lacks
	Lag     uint64 `json:"lag,omitempty"`     // the newest messages that its replica does not have yet
	URL     string `json:"url,omitempty"`     // of its desk
	Behind  int64  `json:"behind,omitempty"`  // milliseconds between the log's newest message and Seq
	Problem string `json:"problem,omitempty"` // why it may not visit; empty: it may
}

// init makes the zero value usable. Every exported method calls it first.
func (n *Node) init() {
	n.once.Do(func() {
		n.wake = make(chan struct{}, 1)
		n.holdings = map[Claim]*holding{}
		n.view = newView()
		if n.Wall == nil {
			n.Wall = time.Now
		}
		if n.Log == nil {
			n.Log = slog.New(slog.DiscardHandler)
		}
		if n.Announce == nil {
			n.Announce = func() Announcement { return Announcement{} }
		}
		if n.Take == nil {
			n.Take = func(context.Context, Claim) error { return nil }
		}
		if n.Leave == nil {
			n.Leave = func(context.Context, Claim) {}
		}
		if n.Changed == nil {
			n.Changed = func() {}
		}
	})
}

// Run keeps the session and the claims of the node until ctx ends. Then it gives back what
// it owns, for at most TTL, and ends the session. Call it once.
func (n *Node) Run(ctx context.Context) error {
	n.init()
	last, stop := context.WithCancel(context.WithoutCancel(ctx))
	var loops sync.WaitGroup
	loops.Go(func() { n.watch(last, n.Sessions, n.view.setSession) })
	loops.Go(func() { n.watch(last, n.Claims, n.view.setClaim) })
	loops.Go(func() { n.renewLoop(last) })
	loops.Go(func() { n.decideLoop(last) })
	<-ctx.Done()
	n.giveAllBack()
	stop()
	loops.Wait()
	n.endSession(context.WithoutCancel(ctx))
	n.tasks.Wait()
	return nil
}

// Owns reports whether this node visits the source at the address now.
func (n *Node) Owns(address string) bool { return n.Holds(PartitionOf(address)) }

// Holds reports whether this node owns the claim now. It is false once the session could
// not be renewed in time.
func (n *Node) Holds(c Claim) bool {
	n.init()
	n.mu.Lock()
	defer n.mu.Unlock()
	h := n.holdings[c]
	return h != nil && h.state == held && n.session.holds(time.Now(), n.Wall())
}

// Lost tells that the log refused a message of this node because another one has taken the
// claim. The node gives it up, and may take it again later.
func (n *Node) Lost(c Claim) {
	n.init()
	n.mu.Lock()
	h := n.holdings[c]
	lost := h != nil && h.state == held
	if lost {
		h.cancel()
		n.leave(c, h)
	}
	n.mu.Unlock()
	if lost {
		n.Changed()
	}
}

// wakeUp makes decideLoop look again.
func (n *Node) wakeUp() {
	select {
	case n.wake <- struct{}{}:
	default:
	}
}

// decideLoop takes claims and gives them back until ctx ends.
func (n *Node) decideLoop(ctx context.Context) {
	timer := time.NewTimer(renewEvery)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-n.wake:
		case <-timer.C:
		}
		timer.Reset(n.decide(ctx))
	}
}

// watch follows a bucket until ctx ends.
func (n *Node) watch(ctx context.Context, kv KV, set func(told) bool) {
	for ctx.Err() == nil {
		var listed map[string]bool // keys of the list that a watch begins with; nil after it
		listed = map[string]bool{}
		err := kv.Watch(ctx, "", func(key string, value []byte, revision uint64) error {
			n.mu.Lock()
			defer n.mu.Unlock()
			t := told{key: key, value: value, revision: revision, at: time.Now(), wall: n.Wall(), listed: listed}
			if set(t) {
				n.wakeUp()
			}
			switch {
			case key == "":
				listed = nil
			case listed != nil:
				listed[key] = true
			}
			return nil
		})
		if ctx.Err() == nil && err != nil {
			n.Log.Warn("the cluster's bucket can't be watched", "err", err)
			pause(ctx, renewEvery)
		}
	}
}

// pause waits, or returns early when ctx ends.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
