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
	send func(context.Context) (sent bool, err error) // sent is false if there was nothing to send any more
	done func(error)                                  // called with Hub.mu locked
}

// pace is how quickly a host answered last.
type pace int

const (
	unknown pace = iota // it was not asked yet
	prompt
	slow // or not at all
	paces
)

// bounds are how many jobs may be in flight: of all hosts of a pace, of those of a pace in
// one address block, and of one host. Hosts of one pace take nothing from those of another:
// whoever answers promptly waits for nobody who does not. All hosts that were not asked yet
// can be asked at the same time, so one of them waits only for others in its block.
//
// patience is how long an answer takes at least that makes its host slow. See overstay.
var bounds = [paces]struct {
	all, block, host int
	patience         time.Duration
}{
	unknown: {all: maxRequests, block: 32, host: 2, patience: time.Second},
	prompt:  {all: 1000, block: 8, host: 4, patience: 2 * time.Second},
	slow:    {all: 256, block: 4, host: 2, patience: 2 * time.Second},
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
	l := h.laneOf(at.laneKey())
	at.lane = l
	l.hosts = append(l.hosts, at)
	h.offer(l)
}

// laneOf returns a lane, which it makes if there is none. The caller holds mu.
func (h *Hub) laneOf(k laneKey) *lane {
	l := h.lanes[k]
	if l == nil {
		l = &lane{laneKey: k}
		h.lanes[k] = l
	}
	return l
}

// offer makes a lane wait for its turn if it has hosts and may start a job, and drops it if
// it is of no more use. The caller holds mu.
func (h *Hub) offer(l *lane) {
	switch {
	case l.offered:
	case len(l.hosts) > 0 && l.inFlight < bounds[l.pace].block:
		l.offered = true
		h.ready[l.pace] = append(h.ready[l.pace], l)
	case len(l.hosts) == 0 && l.inFlight == 0 && h.lanes[l.laneKey] == l:
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

// flight is a job in flight. Hub.mu guards it.
type flight struct {
	*job
	host   *host
	lane   *lane // that it counts for
	cancel context.CancelFunc
	ended  bool
	late   bool // see overstay
	again  bool // it was cancelled, to be done again when slow hosts have their turn
}

// startJob starts a job in a goroutine. The caller holds mu.
func (h *Hub) startJob(ctx context.Context, work *sync.WaitGroup, l *lane, at *host, j *job) {
	f := &flight{job: j, host: at, lane: l}
	h.countFlight(f, 1)
	at.inFlight++
	addrs, patience := at.addrs, bounds[l.pace].patience
	work.Go(func() {
		limited, cancel := context.WithCancel(ctx)
		defer cancel()
		f.cancel = cancel
		late := time.AfterFunc(patience, func() { h.overstay(f) })
		defer late.Stop()
		var sent bool
		var err error
		var record func()
		if addrs == nil {
			record, err = h.lookUp(limited, f)
		} else {
			sent, err = j.send(fetch.Pin(limited, addrs))
			record = func() { j.end(ctx, err) }
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		h.land(f, sent)
		if f.again && err != nil {
			at.jobs = append([]*job{j}, at.jobs...)
		} else {
			record()
		}
		h.await(at)
		h.offer(f.lane)
		retry.Wake(h.freed)
	})
}

// countFlight adds n to the counts that a flight is part of. The caller holds mu.
func (h *Hub) countFlight(f *flight, n int) {
	h.inFlight[f.lane.pace] += n
	f.lane.inFlight += n
}

// land ends a flight. sent says that the host was sent something, so it was not only looked
// up. The caller holds mu.
func (h *Hub) land(f *flight, sent bool) {
	at := f.host
	h.countFlight(f, -1)
	at.inFlight--
	at.used = h.Now()
	f.ended = true
	if sent && !f.late {
		at.pace = prompt
	}
}

// overstay makes the host of a flight slow, so that the place of the flight is free for
// others: it goes on in a place for slow hosts. If none is free, it is cancelled, and done
// again when its host has its turn.
func (h *Hub) overstay(f *flight) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if f.ended {
		return
	}
	f.late, f.host.pace = true, slow
	if f.lane.pace == slow {
		return
	}
	before, k := f.lane, laneKey{slow, f.lane.block}
	if to := h.laneOf(k); h.inFlight[slow] < bounds[slow].all && to.inFlight < bounds[slow].block {
		h.countFlight(f, -1)
		f.lane = to
		h.countFlight(f, 1)
	} else {
		f.again = true
		f.cancel()
	}
	h.offer(before)
	h.offer(h.laneOf(k))
	retry.Wake(h.freed)
}

// end records how a job ended, unless it ended because the hub stops: then it is done
// again after the next start.
func (j *job) end(ctx context.Context, err error) {
	if err == nil || ctx.Err() == nil {
		j.done(err)
	}
}

// lookUp looks up the addresses of a flight's host. What it returns, to be called with mu
// locked, puts the job back to the front of the queue, which may be in another lane now; or,
// without an address, ends all jobs of the host.
func (h *Hub) lookUp(ctx context.Context, f *flight) (record func(), err error) {
	name, _, _ := net.SplitHostPort(f.host.name) // hostPort made it
	limited, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	addrs, err := h.Resolve(limited, name)
	if err == nil && len(addrs) == 0 {
		err = errors.New("the host has no address")
	}
	return func() {
		jobs := append([]*job{f.job}, f.host.jobs...)
		if err == nil {
			f.host.jobs = jobs
			h.locate(f.host, addrs)
			return
		}
		f.host.jobs = nil
		for _, j := range jobs {
			j.end(ctx, err)
		}
	}, err
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
