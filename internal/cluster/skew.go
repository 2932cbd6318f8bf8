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
type skewWatch struct{ bad int } // renewals in a row at which most nodes disagreed

// check returns why the node may not visit; empty: its clock agrees with most. Nodes half of
// which disagree are all off: nobody knows which are right.
func (s *skewWatch) check(self string, v *view, now, wall time.Time) string {
	agree, total := 1, 1
	var others []string
	var offsets []time.Duration
	for name, p := range v.live(self, now) {
		offset, ok := p.offset(now, wall)
		if !ok {
			continue
		}
		total++
		if -MaxSkew <= offset && offset <= MaxSkew+v.delay() {
			agree++
			continue
		}
		others, offsets = append(others, name), append(offsets, offset)
	}
	if total == 1 || 2*agree > total {
		s.bad = 0
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
		off.Abs().Round(time.Second), direction, strings.Join(others, " and "))
}

// offset returns how far this node's wall clock is ahead of the peer's, plus the time that
// tellings take. ok is false if nothing was told yet.
func (p *peer) offset(now, wall time.Time) (least time.Duration, ok bool) {
	for i, s := range p.samples {
		if d := s.offset(now, wall); i == 0 || d < least {
			least = d
		}
	}
	return least, len(p.samples) > 0
}

// offset compares the peer's clock with what this wall clock would have said at the telling,
// had it never been set.
func (s sample) offset(now, wall time.Time) time.Duration {
	return wall.Add(-now.Sub(s.at)).Sub(s.clock)
}

// delay returns how long a renewal of this node took at least until it was told.
func (v *view) delay() time.Duration {
	if len(v.delays) == 0 {
		return 0
	}
	return slices.Min(v.delays)
}
