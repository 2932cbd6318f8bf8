package wire

// gaps counts where this node found that the log lacks messages.
type gaps struct {
	found uint64
	last  uint64 // the last message of the newest one
}

// note counts a gap from one message to another, once.
func (g *gaps) note(first, last uint64) {
	if first > g.last {
		g.found++
	}
	g.last = max(g.last, last)
}

// noteFault counts a gap that a check found.
func (g *gaps) noteFault(f *Fault) {
	switch {
	case f.Check != Contiguous:
	case f.Seq == 0:
		g.found++
	default:
		g.note(f.Seq, f.Seq)
	}
}

// noteGap counts that messages were left out when the log was read.
func (j *Journal) noteGap(first, last uint64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.status.gaps.note(first, last)
}

// Gaps returns how often this node has found, since it started, that records are missing in
// the log or in a replica of it, whether another replica had them or not.
func (j *Journal) Gaps() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.status.gaps.found
}
