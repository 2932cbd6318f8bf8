package main

import (
	"runtime"
	"runtime/debug"

	"github.com/slugline/slugline/internal/store"
)

// simMaxIdle is how many goroutines there may be beyond those of the first day and three for
// each request in flight.
const simMaxIdle = 20

// checkLimits checks that memory, goroutines, the file and what is stored for sources follow
// from what was published, not from how many visits, orders and restarts there were.
func (s *simulation) checkLimits() {
	facts := int64(len(s.world.facts))
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	if most := 128<<20 + facts*8<<10; int64(m.HeapAlloc) > most {
		s.fault("%d MB of heap for %d facts", m.HeapAlloc>>20, facts)
	}
	if most := 48<<20 + facts*12<<10; s.node.store.Size() > most {
		s.fault("a file of %d MB for %d facts", s.node.store.Size()>>20, facts)
	}
	idle := runtime.NumGoroutine() - 3*s.world.guests.inFlight()
	if s.idle == 0 {
		s.idle = idle
	}
	if idle > s.idle+simMaxIdle {
		s.fault("%d goroutines, and %d on the first day", idle, s.idle)
	}
	s.checkRows()
	s.heap = m.HeapAlloc
	debug.SetMemoryLimit(simMemory + 3*int64(s.heap))
}

// checkRows checks that what is stored for sources goes with them.
func (s *simulation) checkRows() {
	s.must(s.node.store.View(func(tx *store.Tx) error {
		visits, err := tx.Visits.All()
		if err != nil {
			return err
		}
		pushes, err := tx.Pushes.All()
		if n := len(s.world.sources); len(visits) > n || len(pushes) > n/8+1 {
			s.fault("%d schedules and %d subscriptions for %d sources", len(visits), len(pushes), n)
		}
		return err
	}))
}

// inFlight returns how many requests are in flight.
func (g *simGuests) inFlight() (n int) {
	for _, h := range g.hosts {
		n += h.inFlight
	}
	return n
}
