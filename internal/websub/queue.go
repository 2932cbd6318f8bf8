package websub

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/retry"
)

// job is a request to a callback.
type job struct {
	send func(context.Context) error
	done func(error) // called with Hub.mu locked
}

// pace is how quickly a host answered last.
type pace int

const (
	unknown pace = iota // it was not asked yet
	prompt
	slow // or not at all
	paces
)

// slowAnswer is how long an answer takes at least that makes its host slow.
const slowAnswer = 3 * time.Second

// bounds are how many jobs may be in flight: of all hosts of a pace, of those of a pace in
// one address block, and of one host. Hosts of one pace take nothing from those of
// another, so whoever answers promptly waits for nobody who does not.
var bounds = [paces]struct{ all, block, host int }{
	unknown: {all: 64, block: 4, host: 2},
	prompt:  {all: 256, block: 8, host: 4},
	slow:    {all: 32, block: 2, host: 1},
}

// host is the queue of the callbacks at one host and port. Hub.mu guards it.
type host struct {
	name     string // host:port
	jobs     []*job // in the order in which they came
	inFlight int
	pace     pace
	used     time.Time // when a request or a job came or ended last
	subs     int       // subscriptions, and requests for new ones

	isLiteral bool         // its name is an address
	addrs     []netip.Addr // nil: not looked up yet, or too long ago
	looked    time.Time    // when they were looked up
	lane      *lane        // in which it waits for its turn; nil: it does not wait

	owner   *quota   // of its domain
	located []*quota // of its address and address block; nil without addrs
}

// laneKey identifies the hosts of one pace in one address block, or, of hosts that were not
// looked up yet, in one domain: it has the same name servers.
type laneKey struct {
	pace  pace
	block string
}

// lane is the hosts that share bounds. Hub.mu guards it.
type lane struct {
	laneKey
	hosts    []*host // that have jobs and may start one, in turn
	inFlight int
	offered  bool // it is in Hub.ready
}

const (
	lookupTimeout = 5 * time.Second
	lookupKept    = 10 * time.Minute
	maxAddrs      = 4 // of a host that are dialled
)

// hostPort returns the host and port of an address that httpAddress accepts.
func hostPort(address string) string {
	u, err := httpAddress(address)
	if err != nil {
		return ""
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(strings.ToLower(strings.TrimSuffix(u.Hostname(), ".")), port)
}

// block returns the network that one owner usually has all of: the /24 of an IPv4 address,
// the /48 of an IPv6 address.
func block(ip netip.Addr) netip.Prefix {
	bits := 48
	if ip.Is4() {
		bits = 24
	}
	p, _ := ip.WithZone("").Prefix(bits) // such a prefix is always valid
	return p
}

// laneKey returns the key of the lane in which a host waits now.
func (at *host) laneKey() laneKey {
	if at.addrs == nil {
		return laneKey{at.pace, fetch.Domain("http://" + at.name)}
	}
	return laneKey{at.pace, block(at.addrs[0]).String()}
}

// mayStart reports whether a host's own bound allows one more job.
func (at *host) mayStart() bool {
	if at.addrs == nil {
		return at.inFlight == 0 // the look-up
	}
	return at.inFlight < bounds[at.pace].host
}

// enqueue adds a job to a host's queue. The caller holds mu.
func (h *Hub) enqueue(at *host, j *job) {
	at.jobs = append(at.jobs, j)
	at.used = h.Now()
	h.await(at)
	retry.Wake(h.freed)
}

// await makes a host wait for its turn if it has jobs and may start one. The caller holds
// mu.
func (h *Hub) await(at *host) {
	if at.lane != nil || len(at.jobs) == 0 {
		return
	}
	if at.addrs != nil && !at.isLiteral && h.Now().Sub(at.looked) > lookupKept {
		at.addrs = nil
	}
	if !at.mayStart() {
		return
	}
	k := at.laneKey()
	l := h.lanes[k]
	if l == nil {
		l = &lane{laneKey: k}
		h.lanes[k] = l
	}
	at.lane = l
	l.hosts = append(l.hosts, at)
	h.offer(l)
}

// offer makes a lane wait for its turn if it has hosts and may start a job, and drops it if
// it is of no more use. The caller holds mu.
func (h *Hub) offer(l *lane) {
	switch {
	case l.offered:
	case len(l.hosts) > 0 && l.inFlight < bounds[l.pace].block:
		l.offered = true
		h.ready[l.pace] = append(h.ready[l.pace], l)
	case len(l.hosts) == 0 && l.inFlight == 0:
		delete(h.lanes, l.laneKey)
	}
}

// startJobs starts as many jobs as the bounds allow: one of each lane in turn, and in a
// lane one of each host in turn.
func (h *Hub) startJobs(ctx context.Context, work *sync.WaitGroup) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for p := range paces {
		for h.inFlight[p] < bounds[p].all && len(h.ready[p]) > 0 && ctx.Err() == nil {
			l := h.ready[p][0]
			h.ready[p] = h.ready[p][1:]
			l.offered = false
			at := l.hosts[0]
			l.hosts = l.hosts[1:]
			at.lane = nil
			j := at.jobs[0]
			at.jobs = at.jobs[1:]
			h.startJob(ctx, work, l, at, j)
			h.await(at)
			h.offer(l)
		}
	}
}

// startJob starts a job in a goroutine. The caller holds mu.
func (h *Hub) startJob(ctx context.Context, work *sync.WaitGroup, l *lane, at *host, j *job) {
	h.inFlight[l.pace]++
	l.inFlight++
	at.inFlight++
	began, addrs := time.Now(), at.addrs // Now may jump
	work.Go(func() {
		var record func()
		if addrs == nil {
			record = h.lookUp(ctx, at, j)
		} else {
			err := j.send(fetch.Pin(ctx, addrs))
			record = func() {
				at.pace = prompt
				j.end(ctx, err)
			}
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		h.inFlight[l.pace]--
		l.inFlight--
		at.inFlight--
		at.used = h.Now()
		record()
		if time.Since(began) >= slowAnswer {
			at.pace = slow
		}
		h.await(at)
		h.offer(l)
		retry.Wake(h.freed)
	})
}

// end records how a job ended, unless it ended because the hub stops: then it is done
// again after the next start.
func (j *job) end(ctx context.Context, err error) {
	if err == nil || ctx.Err() == nil {
		j.done(err)
	}
}

// lookUp looks up a host's addresses. What it returns, to be called with mu locked, puts
// the job back to the front of the queue, which may be in another lane now; or, without an
// address, ends all jobs of the host.
func (h *Hub) lookUp(ctx context.Context, at *host, j *job) (record func()) {
	name, _, _ := net.SplitHostPort(at.name) // hostPort made it
	limited, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	addrs, err := h.Resolve(limited, name)
	if err == nil && len(addrs) == 0 {
		err = errors.New("the host has no address")
	}
	return func() {
		jobs := append([]*job{j}, at.jobs...)
		if err == nil {
			at.jobs = jobs
			h.locate(at, addrs)
			return
		}
		at.jobs = nil
		for _, j := range jobs {
			j.end(ctx, err)
		}
	}
}

// locate notes the addresses of a host, and counts its subscriptions there. The caller holds
// mu.
func (h *Hub) locate(at *host, addrs []netip.Addr) {
	at.looked = h.Now()
	at.addrs = make([]netip.Addr, 0, maxAddrs)
	for _, ip := range addrs[:min(len(addrs), maxAddrs)] {
		at.addrs = append(at.addrs, ip.Unmap())
	}
	for _, q := range at.located {
		q.subs -= at.subs
	}
	at.located = h.quotasAt(at.addrs[0])
	for _, q := range at.located {
		q.subs += at.subs
	}
}
