package wire

import (
	"errors"
	"fmt"
	"time"

	"github.com/slugline/slugline/internal/news"
)

// Check is one of the conditions under which a node applies the log.
type Check string

// The checks.
const (
	Contiguous Check = "contiguity" // no message is missing
	Tail       Check = "tail"       // the log still has the last message that this node applied
	Chain      Check = "chain"      // other nodes applied the same messages
	Digest     Check = "digest"     // and came to the same state
	Identity   Check = "identity"   // it is the log that this node has always read
	Readable   Check = "format"     // this version knows what the messages mean
)

// Fault says that a check has failed, so that this node applies nothing.
type Fault struct {
	Check Check
	Seq   uint64 // the message at which it failed; 0: the log as a whole
	Text  string // what is wrong, and what to do
}

func (f *Fault) Error() string { return f.Text }

// passes reports whether the fault may end without this node being started again: a replica
// may be repaired, and another one may lead. What differs from other nodes stays so.
func (f *Fault) passes() bool { return f.Check != Chain && f.Check != Digest }

// What an editor does about most faults.
const (
	refill          = "stop Slugline, delete the folder `dir` of `cluster` in feeds.yaml, and start it: the replica is filled from the others. Do so on one node at a time."
	replaceDatabase = "Stop Slugline here, move its database away, put a copy in its place that `slugline backup` made on a node that is ready, and start it."
)

func gapFault(seq uint64) *Fault {
	return &Fault{Contiguous, seq, fmt.Sprintf("record %d is missing in the log: this node applies nothing after it. On the node whose replica lacks records, which says so itself, "+refill, seq)}
}

func replicaFault(s LogState) *Fault {
	return &Fault{Contiguous, 0, fmt.Sprintf("the log's replica on %s lacks %d records: it is damaged. To repair it, "+refill, s.Replica, s.Missing)}
}

func tailFault(p news.WirePosition) *Fault {
	return &Fault{Tail, 0, fmt.Sprintf("the log has lost its end: it does not have record %s as its number %d, which this node has applied. "+replaceDatabase, p.ID, p.Seq)}
}

func agedFault(p news.WirePosition, s LogState) *Fault {
	return &Fault{Contiguous, 0, fmt.Sprintf("this node has applied %d records of the log, which begins with record %d now: those between are deleted by age. "+replaceDatabase, p.Seq, s.First)}
}

func identityFault(p news.WirePosition, s LogState) *Fault {
	return &Fault{Identity, 0, fmt.Sprintf("this is another log (%s) than the one this node has applied so far (%s). Check `peers` in feeds.yaml. If a node that has always read this log is ready: "+replaceDatabase, s.Identity, p.Stream)}
}

func newerFault(m Message, err error) *Fault {
	return &Fault{Readable, m.Seq, fmt.Sprintf("this node does not understand record %d of the log (%v). Upgrade Slugline on this node.", m.Seq, err)}
}

func unreadableFault(m Message, err error) *Fault {
	return &Fault{Readable, m.Seq, fmt.Sprintf("record %d of the log can't be read (%v). If it can be read on other nodes, this one's replica is damaged: "+refill, m.Seq, err)}
}

func chainFault(seq uint64, other string) *Fault {
	return &Fault{Chain, seq, fmt.Sprintf("this node and %s have applied different records up to number %d of the log. "+replaceDatabase, other, seq)}
}

func digestFault(seq uint64, other string) *Fault {
	return &Fault{Digest, seq, fmt.Sprintf("this node and %s have applied the same records up to number %d of the log and have come to different states. Run `slugline verify` on both and keep the database for a report. "+replaceDatabase, other, seq)}
}

// ErrUnreachable is what Ready and Commit return while the log does not answer.
var ErrUnreachable = errors.New("the log of the cluster can't be reached: are most of its voters running?")

// Limits of Ready.
const (
	maxBehind      = 10 * time.Second // of the log
	maxUnreachable = 10 * time.Second // without an answer about it: longer than an election
)

// Fault returns the check that has failed, nil if none has.
func (j *Journal) Fault() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if f := j.status.fault; f != nil {
		return f
	}
	return nil
}

// Ready returns why this node can't commit records, or shows what is old, or nil.
func (j *Journal) Ready() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	switch s, now := &j.status, time.Now(); {
	case s.fault != nil:
		return s.fault
	case !s.isReached(now):
		return ErrUnreachable
	case s.behind(now) > maxBehind:
		return fmt.Errorf("this node is behind the log of the cluster: %d of %d records are applied", s.position.Seq, s.target)
	}
	return nil
}

// reached reports whether the log has answered lately.
func (j *Journal) reached() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.status.isReached(time.Now())
}

// Position returns how far this node has applied the log.
func (j *Journal) Position() news.WirePosition {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.status.position
}

// Behind returns for how long the log has had a record that is not applied here, to some
// seconds.
func (j *Journal) Behind() time.Duration {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.status.behind(time.Now())
}

// State returns what the log held at the last look.
func (j *Journal) State() LogState {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.status.log
}

// status is what is known about the log and this node's place in it.
type status struct {
	position news.WirePosition
	chains   chains
	fault    *Fault
	log      LogState  // at the last look
	reached  time.Time // when that was
	cut      bool      // it could not be read since

	target   uint64    // a message that the log had at since; once it is applied, the next look sets another
	since    time.Time // zero: the target is applied
	stopRead func(*Fault)
	gaps     gaps

	chainVotes, digestVotes votes
	chainSeq, digestSeq     uint64 // the messages that they are about
	digest                  digestNote
	others                  map[string]digestNote // by node
}

// isReached reports whether the log has answered lately.
func (s *status) isReached(now time.Time) bool {
	return !s.reached.IsZero() && now.Sub(s.reached) <= maxUnreachable
}

// moveTo notes that the messages up to a position are applied.
func (s *status) moveTo(p news.WirePosition) {
	s.position = p
	s.chains.add(p.Seq, p.Chain)
	if s.target <= p.Seq {
		s.since = time.Time{}
	}
	if f := s.fault; f != nil && f.passes() && f.Seq != 0 && f.Seq <= p.Seq {
		s.fault = nil
	}
}

// look notes what the log holds.
func (s *status) look(l LogState, now time.Time) {
	s.log, s.reached, s.cut = l, now, false
	if s.since.IsZero() && l.Last > s.position.Seq {
		s.target, s.since = l.Last, now
	}
}

func (s *status) behind(now time.Time) time.Duration {
	if s.since.IsZero() {
		return 0
	}
	return now.Sub(s.since)
}
