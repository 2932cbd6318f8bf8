package cluster

import (
	"encoding/json"
	"maps"
	"slices"
	"time"
)

// told is one call of a watch. Times are of the call.
type told struct {
	key      string
	value    []byte
	revision uint64
	at, wall time.Time
	listed   map[string]bool // the keys told so far of the list that a watch begins with; nil after it
}

// view is what the buckets told this node. Node.mu guards it.
type view struct {
	peers  map[string]*peer // by node, itself included
	gone   map[string]*peer // by node: the last session of those that have none, see rememberFor
	owners map[Claim]owner
	last   map[string]time.Time // when a renewal of a session was last told, or the session first seen
	mine   map[string]bool      // ended sessions of this process
	over   map[string]time.Time // sessions that a node has ended, see Node.end, and when this was known

	beat      uint64
	requests  map[uint64]beat // renewals of this process that were not told yet
	confirmed time.Time       // all that was written before was told; zero: not known yet
	heard     time.Time       // when a renewal of this process was told last
	whole     time.Time       // such tellings came without a long gap since then
	cut       time.Time       // when a session was told to be gone before its time
	delays    []delay         // of the newest renewals of this process
}

// peer is a node with a session.
type peer struct {
	value
	revision uint64
	at       time.Time // when it was told
	samples  []sample  // the newest last
	ending   bool      // Node.end is under way
}

// sample is a peer's wall clock at a renewal, and when that was told.
type sample struct {
	told  time.Time
	clock time.Time
}

// owner is who owns a claim. Without a session nobody does.
type owner struct {
	Node     string `json:"node"`
	Session  string `json:"session"`
	revision uint64 // of the claim or of its deletion; 0: it was never made
}

type beat struct {
	session string
	at      time.Time
}

// delay is the time between the request of a renewal and its telling.
type delay struct {
	told time.Time
	took time.Duration
}

// maxSamples is how many renewals of a node tell how late they come.
const maxSamples = 4

func newView() view {
	return view{
		peers: map[string]*peer{}, gone: map[string]*peer{}, owners: map[Claim]owner{}, last: map[string]time.Time{},
		mine: map[string]bool{}, over: map[string]time.Time{}, requests: map[uint64]beat{},
	}
}

// setSession applies what the bucket of sessions told. It reports whether claims must be
// decided anew.
func (v *view) setSession(t told) bool {
	old := v.peers[t.key]
	switch {
	case t.key == "":
		for name := range v.peers {
			if !t.listed[name] {
				v.remove(name, t.at)
			}
		}
		return true
	case old != nil && t.revision == old.revision: // told again, and not renewed since
		return false
	case t.listed == nil && old != nil && t.revision < old.revision:
		return false
	case t.value == nil:
		v.remove(t.key, t.at)
		return old != nil
	}
	p := &peer{revision: t.revision, at: t.at}
	if json.Unmarshal(t.value, &p.value) != nil {
		return false
	}
	if p.Over {
		v.setOver(t.key, p, t.at)
		return true
	}
	v.last[p.Session] = t.at
	if old != nil && old.Session == p.Session {
		p.samples = old.samples
	}
	if t.listed == nil { // what is in the list may have been written long ago
		p.samples = append(slices.Clone(p.samples), sample{t.at, p.Clock})
		p.samples = p.samples[max(0, len(p.samples)-maxSamples):]
		v.confirm(p, t.at)
	}
	v.peers[t.key] = p
	delete(v.gone, t.key)
	return true
}

// rememberFor is how long a node without a session is remembered.
const rememberFor = 24 * time.Hour

// early is less than the time after which a session without renewals is deleted. One that is
// deleted sooner may have been renewed meanwhile: the server's clock may have jumped, and the
// deletion hides renewals.
const early = TTL - TTL/8

// remove notes that a node has no session any more. People ask where it is.
func (v *view) remove(name string, now time.Time) {
	p := v.peers[name]
	if p == nil {
		return
	}
	if now.Sub(v.last[p.Session]) < early {
		v.cut = now
	}
	v.gone[name] = p
	delete(v.peers, name)
}

// setOver notes that a node has ended the session of another one.
func (v *view) setOver(name string, p *peer, now time.Time) {
	v.over[p.Session] = now
	switch old := v.peers[name]; {
	case old == nil:
		v.gone[name] = p
	case old.Session == p.Session:
		delete(v.peers, name)
		v.gone[name] = old
	}
}

// request counts a renewal that is about to be requested.
func (v *view) request(session string, now time.Time) uint64 {
	v.beat++
	v.requests[v.beat] = beat{session, now}
	return v.beat
}

// confirm notes that a renewal of this node was told.
func (v *view) confirm(p *peer, now time.Time) {
	b, ok := v.requests[p.Beat]
	if !ok || b.session != p.Session {
		return
	}
	if b.at.After(v.confirmed) {
		v.confirmed = b.at
	}
	if now.Sub(v.heard) > longGap {
		v.whole = now
	}
	v.heard = now
	v.delays = append(v.delays, delay{now, now.Sub(b.at)})
	v.delays = v.delays[max(0, len(v.delays)-maxSamples):]
	maps.DeleteFunc(v.requests, func(n uint64, _ beat) bool { return n <= p.Beat })
}

// setClaim applies what the bucket of claims told.
func (v *view) setClaim(t told) bool {
	if t.key == "" {
		for c, o := range v.owners {
			if !t.listed[c.String()] && o.Session != "" {
				v.owners[c] = owner{}
			}
		}
		return true
	}
	c, ok := claimOf[t.key]
	if !ok || t.listed == nil && t.revision <= v.owners[c].revision {
		return false
	}
	o := owner{}
	if t.value != nil && (json.Unmarshal(t.value, &o) != nil || o.Session == "") {
		o.Session = "damaged" // nobody renews it, so it is over after a TTL
	}
	o.revision = t.revision
	v.owners[c] = o
	if _, known := v.last[o.Session]; o.Session != "" && !known {
		v.last[o.Session] = t.at
	}
	return true
}

// ended notes that a session of this process is over.
func (v *view) ended(session string) { v.mine[session] = true }

// longGap is the time without tellings after which this node may have missed renewals: a
// bucket keeps only the last change of a key. A renewal can be hidden by the next one, which is
// told later than what was written between them, or by a deletion, which need not mean that the
// session has ended: the server's clock may have jumped. After a shorter gap the next renewal is
// told before TTL has passed.
const longGap = TTL - renewEvery - callFor - TTL/40

// isOver reports whether a session has surely ended on its own node.
func (v *view) isOver(session string) bool {
	if v.mine[session] || !v.over[session].IsZero() {
		return true
	}
	last := v.last[session]
	for _, at := range []time.Time{v.whole, v.cut} {
		if at.After(last) {
			last = at
		}
	}
	return v.confirmed.Sub(last) >= TTL
}

// forget removes what is known of sessions that nothing names any more.
func (v *view) forget(now time.Time) {
	named := map[string]bool{}
	for _, o := range v.owners {
		named[o.Session] = true
	}
	for _, p := range v.peers {
		named[p.Session] = true
	}
	maps.DeleteFunc(v.last, func(s string, at time.Time) bool { return !named[s] && now.Sub(at) > 10*TTL })
	maps.DeleteFunc(v.gone, func(_ string, p *peer) bool { return now.Sub(p.at) > rememberFor })
	maps.DeleteFunc(v.mine, func(s string, _ bool) bool { return !named[s] && v.last[s].IsZero() })
	maps.DeleteFunc(v.over, func(s string, at time.Time) bool { return !named[s] && now.Sub(at) > 10*TTL })
}

// live returns the nodes other than self whose session was renewed lately.
func (v *view) live(self string, now time.Time) map[string]*peer {
	live := map[string]*peer{}
	for name, p := range v.peers {
		if name != self && now.Sub(p.at) < TTL {
			live[name] = p
		}
	}
	return live
}
