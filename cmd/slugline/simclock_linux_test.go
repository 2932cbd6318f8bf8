package main

import (
	"time"

	"github.com/slugline/slugline/internal/clock"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// simErrors are errors of the machine's clock, each more than may be believed. A clock that is
// behind by about as long as the program was stopped is believed until servers deny it.
var simErrors = []time.Duration{10 * 365 * 24 * time.Hour, 24 * time.Hour, 2 * time.Hour, -24 * time.Hour, -10 * 365 * 24 * time.Hour, -56 * 365 * 24 * time.Hour}

// simVerdict is how long the program may take to find out about its clock. It asks the
// sources again every five minutes.
const simVerdict = 30 * time.Minute

// wall is what the machine's clock says. The fake time is the right one: servers tell it.
func (s *simulation) wall() time.Time {
	if d := time.Duration(s.ahead.Load()); d != 0 {
		return time.Now().Round(0).Add(d)
	}
	return time.Now()
}

// wrongClock has the machine's clock be wrong for a while.
func (s *simulation) wrongClock() {
	s.did("wrong clock")
	s.setClock(simErrors[s.rng.IntN(len(simErrors))])
	s.sleep(simVerdict + time.Duration(s.rng.Int64N(int64(2*time.Hour))))
	if s.node.clock.Believed() {
		s.fault("a clock that is wrong by %v is believed", time.Duration(s.ahead.Load()))
	}
	s.setClock(0)
	s.up = time.Now() // what is held is published at the next sweep
}

// setClock sets the machine's clock while the program runs, or when it is stopped.
func (s *simulation) setClock(ahead time.Duration) {
	stopped := s.rng.IntN(2) == 0
	if stopped {
		s.stop()
	}
	s.world.mu.Lock()
	s.world.wrong, s.world.set = ahead != 0, time.Now()
	s.world.filed(time.Now())
	for _, src := range s.world.sources {
		s.world.lost(src)
	}
	s.world.mu.Unlock()
	s.bells.cannotStore(ahead != 0)
	s.ahead.Store(int64(ahead))
	if stopped {
		s.start()
	}
}

// inVain tells whether a visit that begins now may have no effect, because the program does
// not know yet whether its clock is right.
func (w *simWorld) inVain() bool {
	return w.wrong || !w.set.IsZero() && time.Since(w.set) < simVerdict
}

// checkRecordTime checks the time of a record that is about to be filed.
func (s *simulation) checkRecordTime(r *news.Record) {
	if off := time.Until(r.At); off.Abs() > clock.Tolerance {
		s.world.mu.Lock()
		s.world.guests.complain("a record is filed with a time that is off by %v", off)
		s.world.mu.Unlock()
	}
}

// checkClock checks that a clock that is right is believed in the end, and that no record is
// ahead.
func (s *simulation) checkClock() {
	if !s.world.inVain() && !s.node.clock.Believed() && time.Since(s.up) > simVerdict {
		s.fault("the clock is right and not believed: %v", s.node.clock.Err())
	}
	s.must(s.node.store.View(func(tx *store.Tx) error {
		if at := tx.At(); time.Until(at) > time.Second {
			s.fault("the newest record is of %v, which is ahead", at)
		}
		return nil
	}))
}
