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

// refillOf says what an editor does about a damaged replica on a node, or on a NATS server that
// runs elsewhere.
func (j *Journal) refillOf(replica string) string {
	if j.Outside {
		return "wait until the two other NATS servers have all of the log (`nats stream info " + streamName + "` says that they are current), stop the damaged one, delete its JetStream folder (`store_dir` in its nats-server.conf) and start it: the others fill it again."
	}
	return fmt.Sprintf("run `slugline cluster repair %s` on that node: it deletes the replica, and the other nodes fill it again.", replica)
}

// replaceOf says what an editor does about a database that can't be used any more.
func replaceOf(node string) string {
	return fmt.Sprintf("Stop Slugline on %[1]s and run `slugline cluster repair %[1]s --database --from URL` there, where URL is the desk of a node that is ready: it keeps this database under another name and puts a copy of that node's in its place. Then start Slugline.", node)
}

func (j *Journal) gapFault(seq uint64) *Fault {
	where := "`slugline cluster status` names the node whose replica lacks records"
	if j.Outside {
		where = "`num_deleted` of " + streamName + " at /jsz?streams=1 of the monitoring of each NATS server shows whose replica lacks records"
	}
	return &Fault{Contiguous, seq, fmt.Sprintf("record %d is missing in the log: this node applies nothing after it. %s: %s", seq, where, j.refillOf("NODE"))}
}

func (j *Journal) replicaFault(s LogState) *Fault {
	return &Fault{Contiguous, 0, fmt.Sprintf("the log's replica on %s lacks %d records: it is damaged. To repair it, %s", s.Replica, s.Missing, j.refillOf(s.Replica))}
}

func (j *Journal) tailFault(p news.WirePosition) *Fault {
	remove := "delete the folder `dir` of `cluster` in feeds.yaml on each"
	if j.Outside {
		remove = "delete the stream with `nats stream rm " + streamName + "`"
	}
	return &Fault{Tail, 0, fmt.Sprintf("the log has lost its end: it does not have record %s as its number %d, which this node has applied. If another node is ready: %s If no node is ready and each says this: stop all, %s, start them, and run `slugline cluster adopt` on each; the databases stay as they are.", p.ID, p.Seq, replaceOf(j.Node), remove)}
}

func agedFault(node string, p news.WirePosition, s LogState) *Fault {
	return &Fault{Contiguous, 0, fmt.Sprintf("this node has applied %d records of the log, which begins with record %d now: those between are deleted by age. %s", p.Seq, s.First, replaceOf(node))}
}

func (j *Journal) identityFault(p news.WirePosition, s LogState) *Fault {
	key := "`peers`"
	if j.Outside {
		key = "`servers` and `creds` of cluster.nats"
	}
	return &Fault{Identity, 0, fmt.Sprintf("this is another log (%s) than the one this node has applied so far (%s). Check %s in feeds.yaml. If the cluster's log was made anew on purpose, run `slugline cluster adopt` here, which says what that means. If a node that has always read this log is ready: %s", s.Identity, p.Stream, key, replaceOf(j.Node))}
}

func newerFault(m Message, err error) *Fault {
	return &Fault{Readable, m.Seq, fmt.Sprintf("this node does not understand record %d of the log (%v). Upgrade Slugline on this node.", m.Seq, err)}
}

func (j *Journal) unreadableFault(m Message, err error) *Fault {
	return &Fault{Readable, m.Seq, fmt.Sprintf("record %d of the log can't be read (%v). If the other nodes are ready, this one's replica is damaged: %s", m.Seq, err, j.refillOf(j.Node))}
}

func chainFault(node string, seq uint64, other string) *Fault {
	return &Fault{Chain, seq, fmt.Sprintf("this node and %s have applied different records up to number %d of the log. %s", other, seq, replaceOf(node))}
}

func digestFault(node string, seq uint64, other string) *Fault {
	return &Fault{Digest, seq, fmt.Sprintf("this node and %s have applied the same records up to number %d of the log and have come to different states. Keep the database for a report. %s", other, seq, replaceOf(node))}
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
	doubt    doubt
	log      LogState  // at the last look
	reached  time.Time // when that was
	cut      bool      // it could not be read since

	target   uint64    // a message that the log had at since; once it is applied, the next look sets another
	since    time.Time // zero: the target is applied
	stopRead func(error)
	gaps     gaps

	chainVotes, digestVotes votes
	chainSeq, digestSeq     uint64 // the messages that they are about
	digest                  DigestNote
	others                  map[string]DigestNote // by node
	underway                *underway             // nil: no digest is being made
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
	if l.Last < s.target { // another log, or it has lost its end
		s.since = time.Time{}
	}
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
