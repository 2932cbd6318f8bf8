package cluster

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// MaxSkew is how far the wall clocks of nodes that visit may be apart.
const MaxSkew = 2 * time.Second

// skewWatch finds out whether this node's wall clock is the one that is off.
type skewWatch struct {
	bad     int  // renewals in a row at which most nodes disagreed
	sure    bool // in this session it agreed with most nodes, or there was no other
	problem string
}

// check returns why the node may not visit; empty: its clock agrees with most. Nodes half of
// which disagree are all off: nobody knows which are right. Where this node has not been told
// of its own renewals for a while, what it was told of others may have waited as long, so the
// answer stays as it was.
func (s *skewWatch) check(self string, v *view, now, wall time.Time) string {
	if now.Sub(v.heard) <= longGap {
		s.problem = s.compare(self, v, now, wall)
	}
	return s.problem
}

func (s *skewWatch) compare(self string, v *view, now, wall time.Time) string {
	agree, total := 1, 1
	var others []string
	var offsets []time.Duration
	live := v.live(self, now)
	for name, p := range live {
		if len(v.prompt(p)) == 0 { // nothing was told yet
			continue
		}
		total++
		least, most := v.offset(p, now, wall)
		if -MaxSkew <= most && least <= MaxSkew {
			agree++
			continue
		}
		others, offsets = append(others, name), append(offsets, least)
	}
	if total == 1 || 2*agree > total {
		s.bad = 0
		s.sure = s.sure || total > 1 || len(live) == 0
		return ""
	}
	if s.bad++; s.bad < 2 { // one late telling is no proof
		return ""
	}
	slices.Sort(others)
	slices.Sort(offsets)
	off, direction := offsets[len(offsets)/2], "ahead of"
	if off < 0 {
		direction = "behind"
	}
	return fmt.Sprintf("this machine's clock is %v %s %s: set it, or start its time service; until then this node visits nothing",
		off.Abs().Round(time.Second), direction, list(others))
}

// list writes names as a sentence has them.
func list(names []string) string {
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// prompt returns the samples of a peer that did not wait for the end of a gap.
func (v *view) prompt(p *peer) []sample {
	i := slices.IndexFunc(p.samples, func(s sample) bool { return !s.told.Before(v.whole) })
	if i < 0 {
		return nil
	}
	return p.samples[i:]
}

// offset returns how far this node's wall clock is ahead of the peer's: at least and at most. A
// telling takes no negative time, so it is at most what the samples show. It is at least that
// less what tellings take; watches tell in order, so a renewal of this node that was told at
// about the same time shows how much, also where they come later and later.
func (v *view) offset(p *peer, now, wall time.Time) (least, most time.Duration) {
	for i, s := range v.prompt(p) {
		d := s.offset(now, wall)
		if i == 0 || d < most {
			most = d
		}
		if d -= v.delayAt(s.told); i == 0 || d < least {
			least = d
		}
	}
	return least, most
}

// offset compares the peer's clock with what this wall clock would have said at the telling,
// had it never been set.
func (s sample) offset(now, wall time.Time) time.Duration {
	return wall.Add(-now.Sub(s.told)).Sub(s.clock)
}

// delayAt returns how long the renewal of this node took until it was told that was told
// nearest to a time; 0 if none was.
func (v *view) delayAt(told time.Time) time.Duration {
	var nearest delay
	for _, d := range v.delays {
		if nearest.told.IsZero() || d.told.Sub(told).Abs() < nearest.told.Sub(told).Abs() {
			nearest = d
		}
	}
	return nearest.took
}
