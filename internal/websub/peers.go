package websub

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/retry"
	"github.com/slugline/slugline/internal/store"
)

// Peers is what a Subscriber of one of several nodes needs of the others. A hub calls back any
// node. The one that visits a source asks its hub and files what the hub sends; the pushes are
// stored where all nodes see them, so that the next node goes on with the same subscription.
type Peers struct {
	// Owns reports whether this node visits the source at an address now. No two nodes do so
	// at the same time.
	Owns func(address string) bool
	// CatchUp waits until the store has what other nodes stored before the call.
	CatchUp func(context.Context) error
	// Settle waits until the other nodes can read what was stored here before the call.
	Settle func(context.Context) error
	// Ask has the node that visits the source at an address call Answer, and returns what that
	// returns.
	Ask func(ctx context.Context, address string, question []byte) (answer []byte, err error)
	// Turn waits for a turn at a hub's host, of which all nodes together have as many as one
	// node alone, and returns what ends it. end is nil if there is none before ctx ends, or if
	// the host asked for no requests: until wait is over.
	Turn func(ctx context.Context, hub, source string) (end func(), wait time.Duration)
}

const (
	catchUpTimeout = 10 * time.Second
	turnTimeout    = 30 * time.Second // to tell the others of a request to a hub, and to wait for its turn
)

// shared is what a node knows of its part of the work.
type shared struct {
	taken    map[string]string // addresses of the sources that this node works for, by id
	left     int               // how often it has ceased to work for some
	fresh    map[string]bool   // sources that it has begun to work for since the last round
	underWay map[*task]string  // sources by what is under way for them
}

// task is a request to a hub, or content of a hub that is being filed.
type task struct {
	cancel    context.CancelFunc
	isContent bool
	ended     chan struct{} // closed at its end
}

// startTask notes that something is under way for a source. The caller holds mu, and calls end
// with it held.
func (s *Subscriber) startTask(ctx context.Context, source string, isContent bool) (_ context.Context, end func()) {
	ctx, cancel := context.WithCancel(ctx)
	t := &task{cancel, isContent, make(chan struct{})}
	s.shared.underWay[t] = source
	return ctx, func() {
		cancel()
		delete(s.shared.underWay, t)
		close(t.ended)
	}
}

// worksFor reports whether this node may change the push of a source. The caller holds mu.
func (s *Subscriber) worksFor(source string) bool {
	if s.Peers == nil {
		return true
	}
	_, ok := s.shared.taken[source]
	return ok
}

// isOurs reports whether this node works for a source now.
func (s *Subscriber) isOurs(source string) bool {
	if s.Peers == nil {
		return true
	}
	s.mu.Lock()
	address, ok := s.shared.taken[source]
	s.mu.Unlock()
	return ok && s.Peers.Owns(address)
}

// OwnersChanged has Run apply new answers of Peers.Owns.
func (s *Subscriber) OwnersChanged() {
	s.ready()
	retry.Wake(s.again)
}

// take begins the work for sources that this node visits now, and ends it for those that have
// another address. It returns the sources that this node works for.
func (s *Subscriber) take(ctx context.Context, sources []*news.SourceState) (ours []*news.SourceState) {
	if s.Peers == nil {
		return sources
	}
	left, addresses := s.addresses(sources)
	fresh := s.releaseMoved(addresses)
	maps.DeleteFunc(fresh, func(_, address string) bool { return !s.Peers.Owns(address) })
	if len(fresh) > 0 {
		s.begin(ctx, fresh, left)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, src := range sources {
		if s.worksFor(src.ID) {
			ours = append(ours, src)
		}
	}
	return ours
}

// addresses returns the addresses of sources by their ids. A source that is no more, but has a
// push, counts as one without an address. left is as of before.
func (s *Subscriber) addresses(sources []*news.SourceState) (left int, addresses map[string]string) {
	addresses = make(map[string]string, len(sources))
	s.mu.Lock()
	defer s.mu.Unlock()
	for id := range s.pushes {
		addresses[id] = ""
	}
	for _, src := range sources {
		addresses[src.ID] = src.Address
	}
	return s.shared.left, addresses
}

// releaseMoved ends the work for sources that have another address now. Leave ends it for those
// that another node is to visit. It returns the sources that this node does not work for.
func (s *Subscriber) releaseMoved(addresses map[string]string) (others map[string]string) {
	s.flush()
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, taken := range s.shared.taken {
		if address, ok := addresses[id]; !ok || address != taken {
			s.release(id)
		}
	}
	maps.DeleteFunc(addresses, func(id, _ string) bool { return s.worksFor(id) })
	return addresses
}

// release ends the work for a source. The caller holds mu.
func (s *Subscriber) release(source string) {
	delete(s.shared.taken, source)
	delete(s.shared.fresh, source)
	delete(s.relied, source)
	delete(s.dirty, source)
}

// begin reads what other nodes stored of sources, and begins the work for them. If that does not
// succeed, or if this node has ceased meanwhile to visit some sources, the next round tries again.
func (s *Subscriber) begin(ctx context.Context, fresh map[string]string, left int) {
	limited, cancel := context.WithTimeout(ctx, catchUpTimeout)
	defer cancel()
	err := s.readAgain(limited, func() {
		if s.shared.left != left {
			retry.Wake(s.again)
			return
		}
		for id, address := range fresh {
			s.shared.taken[id], s.shared.fresh[id] = address, true
		}
	})
	if err != nil && ctx.Err() == nil {
		s.Log.Info("the hubs of some sources are not used yet: what other nodes asked them is not known", "sources", len(fresh), "err", err)
	}
}

// readAgain takes over what other nodes stored before the call, of sources that this node does
// not work for. Then it calls then with mu held, before another call can bring what is older.
func (s *Subscriber) readAgain(ctx context.Context, then func()) error {
	if err := s.Peers.CatchUp(ctx); err != nil {
		return err
	}
	var all []*news.Push
	err := s.Store.View(func(tx *store.Tx) (err error) {
		all, err = tx.Pushes.All()
		return err
	})
	if err != nil {
		return fmt.Errorf("read pushes: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	stored := map[string]bool{}
	for _, p := range all {
		if stored[p.Source] = true; !s.worksFor(p.Source) {
			s.removePush(s.pushes[p.Source])
			s.pushes[p.Source], s.tokens[p.Token] = p, p.Source
		}
	}
	for id, p := range s.pushes {
		if !stored[id] && !s.worksFor(id) {
			s.removePush(p)
		}
	}
	then()
	return nil
}

// Leave ends the work for sources with matching addresses, before another node begins it. It
// cancels requests to their hubs; the row says when the next node asks again. It waits for content
// that is being filed, and stores what this node knows. Once ctx is done it does neither: another
// node may have changed the row.
func (s *Subscriber) Leave(ctx context.Context, matches func(address string) bool) {
	s.ready()
	for _, t := range s.tasks(matches) {
		if !t.isContent {
			t.cancel()
		}
		select {
		case <-t.ended:
			continue
		case <-ctx.Done():
		}
		t.cancel()
		<-t.ended
	}
	if ctx.Err() == nil {
		s.flush()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shared.left++
	for id, address := range s.shared.taken {
		if matches(address) {
			s.release(id)
		}
	}
}

// tasks returns what is under way for sources with matching addresses.
func (s *Subscriber) tasks(matches func(address string) bool) (all []*task) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for t, source := range s.shared.underWay {
		if address, ok := s.shared.taken[source]; ok && matches(address) {
			all = append(all, t)
		}
	}
	return all
}

// turn waits until a hub may be asked: the other nodes know of the request, so that each can
// answer the hub, and the hub's host has time for it. If end is nil the hub is not asked now, nor
// before wait is over.
func (s *Subscriber) turn(ctx context.Context, p news.Push) (end func(), wait time.Duration) {
	if s.Peers == nil {
		return func() {}, 0
	}
	ctx, cancel := context.WithTimeout(ctx, turnTimeout)
	defer cancel()
	if s.Peers.Settle(ctx) != nil {
		return nil, 0
	}
	end, wait = s.Peers.Turn(ctx, p.Hub, p.Source)
	if end != nil && (ctx.Err() != nil || !s.isOurs(p.Source)) {
		end()
		end = nil
	}
	return end, wait
}

// postpone schedules a request again that was not made. p is the push before it.
func (s *Subscriber) postpone(p news.Push, wait time.Duration) {
	s.updatePush(p, func(current *news.Push) {
		current.Asked, current.Tries, current.Next = p.Asked, p.Tries, news.Instant(s.Now().Add(max(wait, roundEvery)))
	})
	retry.Wake(s.wake)
}

// A look reads the pushes again because a hub names one that this node does not know. Those who
// wait share a look that begins after they came.
type look struct {
	callers chan struct{} // one for each who waits
	turn    chan struct{} // held by the look

	// The fields below belong to whoever has the turn, but begun and done: Subscriber.mu.
	begun, done int
	last        time.Time // when the last one began
}

const (
	maxLooking  = 64              // requests that wait for a look
	lookEvery   = time.Second     // so that addresses nobody has ever heard of cost little
	lookTimeout = 5 * time.Second // for what a hub waits at most
)

var errUnsure = retryLater(http.StatusServiceUnavailable, ownerWait, "it is not known at the moment whether there is a subscription with this address")

// find returns the push with a token, nil if there is none on any node.
func (s *Subscriber) find(ctx context.Context, token string) (*news.Push, error) {
	if s.loadErr != nil {
		return nil, s.loadErr
	}
	if p := s.pushFor(token); p != nil || s.Peers == nil || !isToken(token) {
		return p, nil
	}
	select {
	case s.look.callers <- struct{}{}:
		defer func() { <-s.look.callers }()
	default:
		return nil, errBusy
	}
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	if err := s.lookAgain(ctx); err != nil {
		s.Log.Info("a request of a hub can't be answered: what the other nodes know is not reached", "err", err)
		return nil, errUnsure
	}
	return s.pushFor(token), nil
}

func (s *Subscriber) lookAgain(ctx context.Context) error {
	s.mu.Lock()
	wanted := s.look.begun + 1
	s.mu.Unlock()
	select {
	case s.look.turn <- struct{}{}:
		defer func() { <-s.look.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	s.mu.Lock()
	done := s.look.done
	s.mu.Unlock()
	if done >= wanted {
		return nil
	}
	select {
	case <-time.After(time.Until(s.look.last.Add(lookEvery))):
	case <-ctx.Done():
		return ctx.Err()
	}
	s.mu.Lock()
	s.look.begun++
	begun := s.look.begun
	s.mu.Unlock()
	s.look.last = time.Now()
	return s.readAgain(ctx, func() { s.look.done = begun })
}

// isToken reports whether a token has the form of ours.
func isToken(token string) bool {
	for _, c := range []byte(token) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return len(token) == 32
}

// address returns the address of a source, empty if it is no more.
func (s *Subscriber) address(source string) (address string, err error) {
	err = s.Store.View(func(tx *store.Tx) error {
		st, err := tx.Sources.Get(source)
		if st != nil {
			address = st.Address
		}
		return err
	})
	return address, err
}
