package main

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/bubble"
	"github.com/slugline/slugline/internal/desk"
	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/journal"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/poll"
	"github.com/slugline/slugline/internal/store"
)

// TestSimulation runs poller, desk, store and editions for days, in the fake time of
// synctest, over a world that is known: sources that publish, copy, edit, withdraw,
// re-issue, move and fail. Meanwhile the program is restarted and killed, the disk is full
// for a while, editors give orders and feeds.yaml changes. Each hour everything that the
// design promises is checked against what the world published (simcheck_linux_test.go).
//
// Environment variables say how much: SLUGLINE_SIM_SOURCES, SLUGLINE_SIM_DAYS,
// SLUGLINE_SIM_SEED (a number, or random), and SLUGLINE_SIM_TIME, the real time after which the
// run ends, having checked what it got to; there is no limit where one of the others is set
// and it is not. SLUGLINE_SIM_LOG logs what is done.
//
// A failure prints the seed. The same seed gives the same run as far as that can be had: what
// happens at different moments of fake time happens in their order, and chance follows from
// seed and time. What happens at the same moment may differ, because the scheduler and maps
// decide the order: what several visits file when they waited for one verdict on the clock,
// with every fourth seed, or which of two timers finds a full disk empty again. Most failures
// are found again; the number at the end tells whether two runs were the same.
func TestSimulation(t *testing.T) {
	size := simSize{sources: 30, days: 2, seed: 1, budget: time.Minute}
	if testing.Short() {
		size.sources, size.days, size.budget = 12, 1, 15*time.Second
	}
	size.read(t)
	// With one processor the scheduler runs things in the same order each time.
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	defer debug.SetGCPercent(debug.SetGCPercent(300)) // a collection marks all that the world remembers
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(simMemory))
	bubble.Test(t, func(t *testing.T) {
		s := &simulation{t: t, size: size, rng: rand.New(rand.NewPCG(size.seed, 2)), folder: simFolder(t)}
		s.run()
	})
}

// simMemory is the memory, in bytes, beyond which it is collected more often, with three times
// what the world remembers: huge documents leave much for a moment.
const simMemory = 512 << 20

// simFolder is a folder in memory if there is one: the program is never killed for real, so
// nothing needs to reach a disk.
func simFolder(t *testing.T) string {
	folder, err := os.MkdirTemp("/dev/shm", "slugline-simulation-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	return folder
}

type simSize struct {
	sources, days int
	seed          uint64
	budget        time.Duration // of real time; 0: no limit
}

func (z *simSize) read(t *testing.T) {
	number := func(name string, into *int) {
		if v := os.Getenv(name); v != "" {
			n, err := strconv.Atoi(v)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			*into, z.budget = n, 0
		}
	}
	seed := int(z.seed)
	number("SLUGLINE_SIM_SOURCES", &z.sources)
	number("SLUGLINE_SIM_DAYS", &z.days)
	if os.Getenv("SLUGLINE_SIM_SEED") == "random" {
		seed = int(realTime() % 1e9)
	} else {
		number("SLUGLINE_SIM_SEED", &seed)
	}
	z.seed = uint64(seed)
	if v := os.Getenv("SLUGLINE_SIM_TIME"); v != "" {
		d, err := time.ParseDuration(v)
		if err != nil {
			t.Fatalf("SLUGLINE_SIM_TIME: %v", err)
		}
		z.budget = d
	}
}

// simulation is one run.
type simulation struct {
	t      *testing.T
	size   simSize
	rng    *rand.Rand   // what is done to the program
	chance simChance    // the program's
	ahead  atomic.Int64 // nanoseconds by which the machine's clock is wrong
	folder string
	began  time.Duration // real time
	up     time.Time     // when the program was last started

	world    *simWorld
	config   simConfig
	node     *simNode
	follower *simFollower
	hub      *simHub
	bells    *simBells
	readers  map[string]*simReader // by topic

	before *simState
	idle   int    // goroutines on the first day, besides those of requests
	heap   uint64 // bytes at the last look

	killAt  atomic.Pointer[simKill]
	killed  chan struct{}
	counts  map[string]int // of what was done
	verbose bool
	failed  int
}

// simChance draws numbers that follow from the time, and within one moment from the order: the
// draws of two moments do not depend on each other.
type simChance struct {
	mu    sync.Mutex // guards the fields below
	at    time.Time
	drawn uint64
}

// float64 returns a number in [0,1).
func (c *simChance) float64() float64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := time.Now(); !now.Equal(c.at) {
		c.at, c.drawn = now, 0
	}
	c.drawn++
	return rand.New(rand.NewPCG(uint64(c.at.UnixNano()), c.drawn)).Float64()
}

// simKill says at which record the program is killed.
type simKill struct {
	left  atomic.Int64 // records until then
	after bool         // the record is committed, but its filer does not learn it
}

// realTime is the time that passed outside of the bubble.
func realTime() time.Duration {
	var tv syscall.Timeval
	_ = syscall.Gettimeofday(&tv)
	return time.Duration(tv.Nano())
}

func (s *simulation) overtime() bool {
	return s.size.budget > 0 && realTime()-s.began > s.size.budget
}

// simMaxFaults is how many faults are shown before a run ends.
const simMaxFaults = 20

// fault reports something that the design promises and that is not so.
func (s *simulation) fault(format string, args ...any) {
	s.t.Helper()
	s.failed++
	if s.failed <= simMaxFaults {
		s.t.Errorf("%s: %s", time.Now().UTC().Format(time.DateTime), fmt.Sprintf(format, args...))
	}
}

func (s *simulation) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatalf("%s: %v; SLUGLINE_SIM_SEED=%d", time.Now().UTC().Format(time.DateTime), err, s.size.seed)
	}
}

// did counts what was done, and logs it with SLUGLINE_SIM_LOG.
func (s *simulation) did(what string) {
	s.counts[what]++
	if s.verbose {
		s.t.Logf("%s: %s", time.Now().UTC().Format(time.DateTime), what)
	}
}

func (s *simulation) run() {
	s.verbose = os.Getenv("SLUGLINE_SIM_LOG") != ""
	s.began, s.counts, s.killed = realTime(), map[string]int{}, make(chan struct{}, 1)
	s.readers = map[string]*simReader{}
	s.t.Logf("SLUGLINE_SIM_SEED=%d SLUGLINE_SIM_SOURCES=%d SLUGLINE_SIM_DAYS=%d", s.size.seed, s.size.sources, s.size.days)
	time.Sleep(27 * 365 * 24 * time.Hour) // a clock that says 2000 is not believed
	s.world = newSimWorld(s.size.seed, s.size.sources, time.Now())
	s.config.init(s)
	s.bells = newSimBells(s)
	s.follower = newSimFollower(s)
	defer s.follower.close()
	defer s.startHub()()
	s.start()
	defer func() {
		s.world.mu.TryLock() // a fatal fault may hold it
		s.world.mu.Unlock()
		s.stop()
	}()
	hour := 0
	for hour < 24*s.size.days && !s.overtime() && s.failed < simMaxFaults {
		hour++
		s.hour()
		s.check()
		if hour%24 == 0 {
			s.daily(hour / 24)
		}
	}
	if hour%24 > 0 {
		s.daily(hour/24 + 1)
	}
	s.end()
}

// hour lets an hour pass, in which a few things are done.
func (s *simulation) hour() {
	until := time.Now().Add(time.Hour)
	for {
		d := time.Duration(s.rng.ExpFloat64() * float64(20*time.Minute))
		if time.Now().Add(d).After(until) {
			break
		}
		s.sleep(d)
		s.act()
	}
	s.sleep(time.Until(until))
}

// sleep waits, and starts the program again when it is killed meanwhile.
func (s *simulation) sleep(d time.Duration) {
	until := time.After(d)
	for {
		select {
		case <-until:
			s.startIfKilled()
			return
		case <-s.killed:
			s.restartKilled()
		}
	}
}

// startIfKilled starts the program again when it was killed at this moment.
func (s *simulation) startIfKilled() {
	select {
	case <-s.killed:
		s.restartKilled()
	default:
	}
}

// act does something to the program.
func (s *simulation) act() {
	switch n := s.rng.IntN(100); {
	case n < 6:
		s.restart()
	case n < 10:
		s.kill()
	case n < 14:
		s.armKill()
	case n < 22:
		s.fillDisk()
	case n < 24:
		s.wrongClock()
	case n < 40 && (s.size.sources < 500 || n < 25): // it looks at all stories, here and in the follower
		s.config.reload(s)
	default:
		s.order()
	}
}

// simNode is the running program: the parts of the daemon, without its listeners.
type simNode struct {
	*daemon
	cancel  context.CancelFunc
	stopped []chan error // of the services; the desk's is the last
	endDesk context.CancelFunc
	pushes  sync.WaitGroup // requests of the hub
	dead    atomic.Bool    // it was killed: what it does now does not count
	image   string         // a copy of the database as it was then
	file    *os.File
	good    int       // descriptor of the database
	full    time.Time // since then the disk is full; zero: it is not
	died    time.Time
}

func (s *simulation) path() string { return filepath.Join(s.folder, "slugline.db") }

// start starts the program on the database.
func (s *simulation) start() {
	s.up = time.Now()
	n := &simNode{}
	s.node = n
	st, err := store.Open(s.path(), store.Options{Created: time.Now(), OpenFile: func(name string, flag int, perm os.FileMode) (*os.File, error) {
		f, err := os.OpenFile(name, flag, perm)
		if flag&os.O_RDWR != 0 {
			n.file = f
		}
		return f, err
	}})
	s.must(err)
	n.good, err = syscall.Dup(int(n.file.Fd()))
	s.must(err)
	log := slog.New(slog.DiscardHandler)
	if s.verbose {
		log = slog.New(slog.NewTextHandler(s.t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	}
	d := &daemon{path: filepath.Join(s.folder, "feeds.yaml"), stdout: io.Discard, log: log, store: st}
	n.daemon = d
	d.desk, err = desk.Open(st, &d.live, log, nil)
	s.must(err)
	d.clock, err = openClock(st, s.wall, log)
	s.must(err)
	d.journal = &journal.Journal{Commit: s.commit(n), Store: st, Clock: d.clock}
	d.visits = newVisitor(d.journal, st, log, poll.NewMeters(nil))
	d.visits.Clock = d.clock
	d.visits.Get = s.world.get(n.dead.Load)
	d.visits.Random = s.chance.float64
	d.sourceHubs = s.newSubscriber(n)
	d.visits.Pushed = d.sourceHubs.Relied
	d.editions = &edition.Press{Store: st}
	s.attachBells(n)
	s.follower.settle()
	s.sameAsBefore()
	n.startServices(s)
	s.hub.attach(n)
}

func (n *simNode) startServices(s *simulation) {
	deskCtx, endDesk := context.WithCancel(context.Background())
	ctx, cancel := context.WithCancel(context.Background())
	n.cancel, n.endDesk = cancel, endDesk
	started := n.serve(func() error { return n.desk.Run(deskCtx) })
	s.must(s.config.apply(n.daemon))
	n.stopped = append(n.stopped, n.serve(func() error { return n.visits.Run(ctx) }), n.serve(func() error { return n.sweep(ctx) }), n.serve(func() error { return n.review(ctx) }),
		n.serve(func() error { return n.watchDatabase(ctx) }), n.serve(func() error { return n.follow(ctx) }),
		n.serve(func() error { return n.notices.Run(ctx) }), started)
}

func (n *simNode) serve(run func() error) chan error {
	done := make(chan error, 1)
	go func() { done <- run() }()
	return done
}

// stop ends the program as SIGTERM would.
func (s *simulation) stop() {
	n := s.node
	n.restoreFile()
	s.bells.stopped()
	s.hub.attach(nil)
	n.cancel()
	for i, done := range n.stopped {
		if i == len(n.stopped)-1 {
			n.endDesk()
		}
		if err := <-done; err != nil {
			s.fault("a service ended with %v", err)
		}
	}
	s.world.mu.Lock()
	for _, src := range s.world.sources {
		s.world.lost(src)
	}
	s.world.guests.restarted(n.unsaved())
	s.world.guests.full = false
	s.world.mu.Unlock()
	if !n.dead.Load() {
		s.remember()
	}
	s.must(n.store.Close())
	_ = syscall.Close(n.good)
}

// unsaved is since when what the program learned may not be written: it saves the state of
// visits each 2 s.
func (n *simNode) unsaved() time.Time {
	switch {
	case !n.dead.Load():
		return time.Now()
	case n.full.IsZero():
		return n.died.Add(-5 * time.Second)
	}
	return n.full.Add(-5 * time.Second)
}

func (s *simulation) restart() {
	s.did("restart")
	s.world.mu.Lock()
	s.world.filed(time.Now())
	s.world.mu.Unlock()
	s.stop()
	if s.rng.IntN(3) == 0 {
		s.sleep(time.Duration(s.rng.Int64N(int64(3 * time.Hour))))
	}
	s.start()
}

// kill ends the program as kill -9 would: what goes on is the database as it was at this
// moment.
func (s *simulation) kill() {
	s.did("kill")
	s.node.die(s)
	s.restartKilled()
}

// armKill has the program be killed at one of its next records.
func (s *simulation) armKill() {
	k := &simKill{after: s.rng.IntN(2) == 0}
	k.left.Store(s.rng.Int64N(20))
	s.killAt.Store(k)
}

// die copies the database and lets nothing that happens later count.
func (n *simNode) die(s *simulation) {
	if n.dead.Swap(true) {
		return
	}
	n.died = time.Now()
	s.bells.stopped()
	n.restoreFile() // to be read, too
	n.image = filepath.Join(s.folder, "killed.db")
	f, err := os.Create(n.image)
	s.must(err)
	s.must(n.store.Copy(context.Background(), f))
	s.must(f.Close())
	n.cancel()
}

func (s *simulation) restartKilled() {
	n := s.node
	s.stop()
	s.killAt.Store(nil)
	s.must(os.Rename(n.image, s.path()))
	_ = os.Remove(s.path() + ".checked")
	s.start()
}

// commit hands records to the desk, and kills the program at some.
func (s *simulation) commit(n *simNode) func(context.Context, news.Record) error {
	return func(ctx context.Context, r news.Record) error {
		if n.dead.Load() {
			return desk.ErrStopped
		}
		s.takeTurn(&r)
		if n.dead.Load() {
			return desk.ErrStopped
		}
		k := s.killAt.Load()
		now := k != nil && k.left.Add(-1) == 0
		if now && !k.after {
			return s.die(n, r)
		}
		s.follower.note(r)
		s.checkRecordTime(&r)
		s.world.course.note("file", r.ID)
		err := n.desk.File(ctx, r)
		if now && err == nil {
			return s.die(n, r)
		}
		if err != nil && r.Visit != nil {
			s.world.mu.Lock()
			s.world.lost(s.world.byID[r.Visit.Source])
			s.world.guests.source(s.world.byID[r.Visit.Source]).unfiled = true
			s.world.mu.Unlock()
		}
		return err
	}
}

// takeTurn lets no two visits be filed at the same moment, in whose order the scheduler would
// have a say. With every fourth seed they are, since the desk commits those together.
func (s *simulation) takeTurn(r *news.Record) {
	if s.size.seed%4 == 0 || r.Visit == nil {
		return
	}
	h := fnv.New64a()
	_, _ = io.WriteString(h, r.ID) // never fails
	time.Sleep(time.Duration(1 + h.Sum64()%uint64(time.Millisecond)))
}

func (s *simulation) die(n *simNode, r news.Record) error {
	s.did("kill at a record")
	n.die(s)
	s.killed <- struct{}{}
	return desk.ErrStopped
}

// fillDisk makes writes to the database fail for a while.
func (s *simulation) fillDisk() {
	s.did("full disk")
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	s.must(err)
	n := s.node
	n.full = time.Now()
	s.setFull(true)
	s.bells.cannotStore(true)
	s.must(syscall.Dup3(int(full.Fd()), int(n.file.Fd()), syscall.O_CLOEXEC))
	s.must(full.Close())
	s.must(os.MkdirAll(filepath.Join(n.probe(), "full"), 0o700)) // in place of the file that would tell that there is space
	s.sleep(time.Duration(s.rng.Int64N(int64(20 * time.Minute))))
	s.node.mend()
	s.setFull(false)
	s.bells.cannotStore(false)
}

func (s *simulation) setFull(full bool) {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	s.world.guests.full = full
}

// mend ends what fillDisk began.
func (n *simNode) mend() {
	n.restoreFile()
	n.full = time.Time{}
}

func (n *simNode) restoreFile() {
	_ = syscall.Dup3(n.good, int(n.file.Fd()), syscall.O_CLOEXEC)
	_ = os.RemoveAll(n.probe())
}

// probe is the file with which the store finds out whether there is space again.
func (n *simNode) probe() string { return n.store.Path() + ".probe" }

// order gives an editor's order about a story of a topic.
func (s *simulation) order() {
	n := s.node
	o := s.config.drawOrder(s)
	if o == nil {
		return
	}
	s.world.mu.Lock()
	for _, id := range o.Args {
		s.taintStory(id, o.Verb)
	}
	s.world.mu.Unlock()
	_, err := n.order(context.Background(), *o, n.clock.Now())
	switch {
	case err == nil:
		s.did(o.Verb)
	case errors.Is(err, journal.ErrRefused):
		s.did(o.Verb + " refused")
	case n.dead.Load(), errors.Is(err, store.ErrFull):
	default:
		s.fault("%s %v: %v", o.Verb, o.Args, err)
	}
}
