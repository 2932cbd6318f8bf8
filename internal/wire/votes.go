package wire

import (
	"fmt"

	"github.com/slugline/slugline/internal/news"
)

// votes are whether other nodes agree with this one, by node, as far as that can be said.
type votes map[string]bool

// outvoted reports whether this node and those that agree with it are not more than the
// others. Of two that differ, both stop: neither can know which is right.
func (v votes) outvoted() bool {
	agree, differ := 1, 0
	for _, same := range v {
		if same {
			agree++
		} else {
			differ++
		}
	}
	return differ >= agree
}

// differing names a node that differs.
func (v votes) differing() (node string) {
	for n, same := range v {
		if !same && (node == "" || n < node) {
			node = n
		}
	}
	return node
}

// Agree compares what another node announces of its position with what this one applied. If
// at least as many nodes differ as agree, this one stops applying the log. A position that
// this node has not reached, or passed long ago, says nothing.
func (j *Journal) Agree(node string, p news.WirePosition) {
	j.mu.Lock()
	s := &j.status
	own := s.chains.at(p.Seq)
	if p.Seq == 0 || own == "" || p.Stream != s.position.Stream {
		j.mu.Unlock()
		return
	}
	if s.chainVotes == nil {
		s.chainVotes = votes{}
	}
	s.chainVotes[node] = own == p.Chain
	outvoted, other := s.chainVotes.outvoted(), s.chainVotes.differing()
	j.mu.Unlock()
	if outvoted {
		j.fail(&Fault{Chain, p.Seq, fmt.Sprintf("this node and %s have applied different records up to number %d of the log. Stop this node and run `slugline cluster join NODE` with a node that is ready; the database of this one is kept beside it.", other, p.Seq)})
	}
}

// AgreeDigest is Agree for digests of the shared state after a record of the log, by this node
// and by another one.
func (j *Journal) AgreeDigest(node string, seq uint64, own, others string) {
	j.mu.Lock()
	s := &j.status
	if s.digestVotes == nil || s.digestSeq != seq {
		s.digestVotes, s.digestSeq = votes{}, seq
	}
	s.digestVotes[node] = own == others
	outvoted, other := s.digestVotes.outvoted(), s.digestVotes.differing()
	j.mu.Unlock()
	if outvoted {
		j.fail(&Fault{Digest, seq, fmt.Sprintf("this node and %s have applied the same records up to number %d of the log and have come to different states. Run `slugline verify`, then stop this node and run `slugline cluster join NODE` with a node that is ready; keep the database that it leaves for a report.", other, seq)})
	}
}

// fail stops applying the log because of a fault, also where nothing is read at the moment.
func (j *Journal) fail(f *Fault) {
	j.noteReadError(f)
	j.stop(f)
}
