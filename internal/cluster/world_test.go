package cluster_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/bubble"
	"github.com/slugline/slugline/internal/cluster"
)

const allClaims = cluster.Partitions + 3

// world is a simulated cluster: its buckets, its log and who visits what.
type world struct {
	t                *testing.T
	sessions, claims *bucket
	faulty           bool // new members have faults
	visitFor         time.Duration

	mu       sync.Mutex // guards the fields below
	members  map[string]*member
	random   *rand.Rand
	visiting map[cluster.Claim]*member
	lanes    map[cluster.Claim]*member // whose fence is the last in the log
	visits   int
	refused  int
	overlaps []string

	frozen    int // requests that were in flight when their node froze
	disturbed [8]int
}

// member is one process of the world.
type member struct {
	*cluster.Node
	w      *world
	faults *faults
	stop   context.CancelFunc // of Run
	die    context.CancelFunc // of what it visits
	done   sync.WaitGroup

	mu      sync.Mutex // guards the fields below
	ahead   time.Duration
	problem string
	full    bool                                 // it applies no records, so that no take ends
	thawed  chan struct{}                        // nil: it is not frozen
	claims  map[cluster.Claim]context.CancelFunc // of what is visited
	landed  map[cluster.Claim]chan struct{}      // closed when the visit has landed
}

// simulate runs a test over a world in which time costs nothing.
func simulate(t *testing.T, seed uint64, test func(w *world)) {
	t.Helper()
	bubble.Test(t, func(t *testing.T) {
		w := &world{
			t: t, sessions: newBucket(3 * cluster.TTL), claims: newBucket(0), visitFor: 30 * time.Millisecond,
			members: map[string]*member{}, random: rand.New(rand.NewPCG(seed, 1)),
			visiting: map[cluster.Claim]*member{}, lanes: map[cluster.Claim]*member{},
		}
		ctx, stop := context.WithCancel(t.Context())
		go func() {
			for ctx.Err() == nil {
				w.sessions.expire(0)
				sleep(ctx, time.Second)
			}
		}()
		test(w)
		for _, m := range w.members {
			m.thaw()
			m.kill()
		}
		stop()
		if len(w.overlaps) > 0 {
			t.Errorf("%d overlaps, the first: %s", len(w.overlaps), w.overlaps[0])
		}
	})
}

// draw returns a random time below d.
func (w *world) draw(d time.Duration) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Duration(w.random.Int64N(int64(d)))
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// start starts a process of a node.
func (w *world) start(name string) *member {
	m := &member{w: w, faults: &faults{random: rand.New(rand.NewPCG(1, 1)), latency: 5 * time.Millisecond},
		claims: map[cluster.Claim]context.CancelFunc{}, landed: map[cluster.Claim]chan struct{}{}}
	if w.faulty {
		m.faults = newFaults(uint64(w.draw(time.Hour)))
	}
	m.Node = &cluster.Node{
		Name: name, Visits: true, Roles: true, Wall: m.wall, Take: m.take, Leave: m.leave,
		Sessions: client{w.sessions, m.faults}, Claims: client{w.claims, m.faults},
		Announce: func() cluster.Announcement {
			m.mu.Lock()
			defer m.mu.Unlock()
			return cluster.Announcement{Problem: m.problem}
		},
	}
	ctx, stop := context.WithCancel(w.t.Context())
	alive, die := context.WithCancel(w.t.Context())
	m.stop, m.die = stop, die
	m.done.Go(func() { _ = m.Run(ctx) })
	for c := range cluster.Claim(allClaims) {
		m.done.Go(func() { m.visitLoop(alive, c) })
	}
	w.mu.Lock()
	w.members[name] = m
	w.mu.Unlock()
	return m
}

func (m *member) wall() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return time.Now().Add(m.ahead)
}

// set sets the member's wall clock.
func (m *member) set(ahead time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ahead = ahead
}

// has sets the problem that the member announces.
func (m *member) has(problem string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.problem = problem
}

// kill ends the process without giving anything back.
func (m *member) kill() {
	m.faults.cut()
	m.die()
	m.stop()
	m.done.Wait()
}

// quit ends it in order.
func (m *member) quit() {
	m.stop()
	time.Sleep(cluster.TTL + time.Second)
	m.die()
	m.done.Wait()
}

// freeze stops what the member visits and all its messages until thaw is called.
func (m *member) freeze() {
	m.mu.Lock()
	m.thawed = make(chan struct{})
	m.mu.Unlock()
	mend := m.faults.cut()
	thawed := m.thawed
	m.done.Go(func() {
		<-thawed
		mend()
	})
	m.w.mu.Lock() // a request that was in flight may overlap: nobody can prevent it
	defer m.w.mu.Unlock()
	for c, v := range m.w.visiting {
		if v == m {
			m.w.frozen++
			delete(m.w.visiting, c)
		}
	}
}

func (m *member) thaw() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.thawed != nil {
		close(m.thawed)
		m.thawed = nil
	}
}

// pass waits while the member is frozen.
func (m *member) pass(ctx context.Context) {
	m.mu.Lock()
	thawed := m.thawed
	m.mu.Unlock()
	if thawed != nil {
		select {
		case <-thawed:
		case <-ctx.Done():
		}
	}
}

// take writes the fence.
func (m *member) take(ctx context.Context, c cluster.Claim) error {
	if err := m.faults.travel(ctx); err != nil {
		return err
	}
	if m.faults.happens(m.faults.lost) {
		return errLost
	}
	m.mu.Lock()
	full := m.full
	m.mu.Unlock()
	if full {
		<-ctx.Done()
		return ctx.Err()
	}
	m.w.mu.Lock()
	defer m.w.mu.Unlock()
	m.w.lanes[c] = m
	return nil
}

// leave waits for the visit of a claim, or ends it if the claim was lost.
func (m *member) leave(ctx context.Context, c cluster.Claim) {
	m.pass(context.Background())
	time.Sleep(time.Millisecond) // when a process goes on, what is under way may be quicker
	m.mu.Lock()
	cancel, landed := m.claims[c], m.landed[c]
	m.mu.Unlock()
	if landed == nil {
		return
	}
	select {
	case <-landed:
	case <-ctx.Done():
		cancel()
	}
}

// visitLoop visits the sources of one partition, one after the other, while the member
// owns it.
func (m *member) visitLoop(ctx context.Context, c cluster.Claim) {
	for ctx.Err() == nil {
		sleep(ctx, m.w.draw(600*time.Millisecond))
		m.pass(ctx)
		if ctx.Err() == nil && m.Holds(c) {
			m.visit(ctx, c)
		}
	}
}

func (m *member) visit(ctx context.Context, c cluster.Claim) {
	ctx, cancel := context.WithCancel(ctx)
	landed := make(chan struct{})
	m.mu.Lock()
	m.claims[c], m.landed[c] = cancel, landed
	m.mu.Unlock()
	defer close(landed)
	defer cancel()
	sleep(ctx, m.w.begin(c, m))
	m.w.end(c, m)
	m.pass(ctx)
	if ctx.Err() == nil {
		m.w.file(c, m)
	}
}

// begin notes the begin of a visit, and returns how long it takes.
func (w *world) begin(c cluster.Claim, m *member) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.visits++
	if v := w.visiting[c]; v != nil {
		w.overlaps = append(w.overlaps, fmt.Sprintf("%v by %s while %s visits it", c, m.Name, v.Name))
	}
	w.visiting[c] = m
	return w.visitFor
}

func (w *world) end(c cluster.Claim, m *member) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.visiting[c] == m {
		delete(w.visiting, c)
	}
}

// file appends the visit to the log, which refuses it if another node's fence is the last.
func (w *world) file(c cluster.Claim, m *member) {
	w.mu.Lock()
	mine := w.lanes[c] == m
	if !mine {
		w.refused++
	}
	w.mu.Unlock()
	if !mine {
		m.Lost(c)
	}
}

// owners returns the claims of each node. The claims that nobody owns are under "".
func (w *world) owners() map[string][]cluster.Claim {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	all := map[string][]cluster.Claim{}
	for c := range cluster.Claim(allClaims) {
		var names []string
		for name, m := range w.members {
			if m.Holds(c) {
				names = append(names, name)
			}
		}
		if len(names) > 1 {
			w.t.Errorf("%v is owned by %v", c, names)
		}
		if len(names) == 0 {
			names = []string{""}
		}
		all[names[0]] = append(all[names[0]], c)
	}
	return all
}

// settles waits until every claim has an owner and the nodes have a share each, at most
// for within.
func (w *world) settles(within time.Duration, nodes ...string) map[string][]cluster.Claim {
	w.t.Helper()
	began := time.Now()
	for {
		owners := w.owners()
		var have []string
		for name := range owners {
			have = append(have, name)
		}
		slices.Sort(have)
		if slices.Equal(have, nodes) && w.isWanted(owners, nodes) {
			return owners
		}
		if time.Since(began) > within {
			w.t.Fatalf("after %v the claims are with %v (%d with nobody), want them with %v", within, have, len(owners[""]), nodes)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// isWanted reports whether the owners are those that a cluster of these nodes wants, whatever
// it was before.
func (w *world) isWanted(owners map[string][]cluster.Claim, nodes []string) bool {
	for name, list := range owners {
		for _, c := range list {
			if cluster.Wanted(c, nodes) != name {
				return false
			}
		}
	}
	return true
}
