package wire

import (
	"time"

	"github.com/slugline/slugline/internal/news"
)

// tieWait is for how long as many nodes may differ from this one as agree: others may not
// have spoken yet.
const tieWait = 10 * time.Second

// votes are whether other nodes agree with this one, as far as that can be said.
type votes struct {
	same map[string]bool // by node
	tied time.Time       // since when as many differ as agree; zero: it is not so
}

func (v *votes) set(node string, same bool) {
	if v.same == nil {
		v.same = map[string]bool{}
	}
	v.same[node] = same
}

// outvoted reports whether more nodes differ from this one than agree with it, itself
// included, or for some time as many. Of two that differ, both stop: neither can know which
// is right.
func (v *votes) outvoted(now time.Time) bool {
	agree, differ := 1, 0
	for _, same := range v.same {
		if same {
			agree++
		} else {
			differ++
		}
	}
	if differ != agree {
		v.tied = time.Time{}
		return differ > agree
	}
	if v.tied.IsZero() {
		v.tied = now
	}
	return now.Sub(v.tied) >= tieWait
}

// differing names a node that differs.
func (v *votes) differing() (node string) {
	for n, same := range v.same {
		if !same && (node == "" || n < node) {
			node = n
		}
	}
	return node
}

// Agree compares what another node announces of its position with what this one applied. If
// more nodes differ than agree, or as many for some time, this one stops applying the log. A
// position that this node has not reached, or passed long ago, says nothing.
func (j *Journal) Agree(node string, p news.WirePosition) {
	j.mu.Lock()
	s := &j.status
	if own := s.chains.at(p.Seq); own != "" && p.Stream == s.position.Stream {
		s.chainVotes.set(node, own == p.Chain)
		s.chainSeq = p.Seq
	}
	j.mu.Unlock()
	j.count()
}

// AgreeDigest is Agree for digests of the shared state after a record of the log, by this node
// and by another one.
func (j *Journal) AgreeDigest(node string, seq uint64, own, others string) {
	j.mu.Lock()
	s := &j.status
	if s.digestSeq != seq {
		s.digestVotes, s.digestSeq = votes{}, seq
	}
	s.digestVotes.set(node, own == others)
	j.mu.Unlock()
	j.count()
}

// count stops applying the log if this node is outvoted.
func (j *Journal) count() {
	if f := j.verdict(time.Now()); f != nil {
		j.fail(f)
	}
}

func (j *Journal) verdict(now time.Time) *Fault {
	j.mu.Lock()
	defer j.mu.Unlock()
	s := &j.status
	switch {
	case s.chainVotes.outvoted(now):
		return chainFault(j.Node, s.chainSeq, s.chainVotes.differing())
	case s.digestVotes.outvoted(now):
		return digestFault(j.Node, s.digestSeq, s.digestVotes.differing())
	}
	return nil
}

// fail stops applying the log because of a fault, also where nothing is read at the moment.
func (j *Journal) fail(f *Fault) {
	j.noteReadError(f)
	j.stop(f)
}
