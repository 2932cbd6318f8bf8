package wire

import (
	"context"
	"fmt"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// Adoption is what adopting the log that the cluster has now means.
type Adoption struct {
	Old     string `json:"old"`     // the log that this node has read so far
	New     string `json:"new"`     // the one that it reads from now on
	Applied uint64 `json:"applied"` // how many messages of the old one this node has applied
	Records uint64 `json:"records"` // how many messages the new one has
}

// CanAdopt returns what Adopt would do, or why it can't.
func (j *Journal) CanAdopt(ctx context.Context) (*Adoption, error) {
	p := j.Position()
	s, err := j.Messages.State(ctx)
	switch {
	case err != nil:
		return nil, err
	case p.Stream == "" || p.Stream == s.Identity:
		return nil, fmt.Errorf("this node already reads the log of the cluster (%s): there is nothing to adopt", s.Identity)
	case s.First > 1:
		return nil, fmt.Errorf("the log of the cluster (%s) no longer has its first %d records, which this node would need: replace its database by that of another node with `slugline cluster join` instead", s.Identity, s.First-1)
	}
	return &Adoption{Old: p.Stream, New: s.Identity, Applied: p.Seq, Records: s.Last}, nil
}

// Adopt makes the log that the cluster has now the one that this node reads, from its first
// message. A record that was already applied is not applied again. If this node's records
// before that log are not those of other nodes, the chains differ and it stops again.
func (j *Journal) Adopt(ctx context.Context) (*Adoption, error) {
	a, err := j.CanAdopt(ctx)
	if err != nil {
		return nil, err
	}
	if err := j.Store.Update(func(tx *store.Tx) error { return tx.PutWire(news.WirePosition{}) }); err != nil {
		return nil, err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	s := &j.status
	s.position, s.chains, s.chainVotes, s.digestVotes, s.digest, s.others = news.WirePosition{}, chains{}, votes{}, votes{}, DigestNote{}, nil
	if s.fault != nil && s.fault.Check == Identity {
		s.fault = nil // the next look at the log finds others
	}
	j.log().Warn("another log is adopted", "old", a.Old, "new", a.New)
	return a, nil
}
