package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/slugline/slugline/internal/cluster"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/reply"
	"github.com/slugline/slugline/internal/wire"
)

// task does what `slugline cluster` asks of the running daemon.
func (m *member) task(ctx context.Context, task string) (any, error) {
	do := map[string]func(context.Context) (any, error){
		"verify":    func(ctx context.Context) (any, error) { return m.verify(ctx) },
		"refill":    func(ctx context.Context) (any, error) { return m.refill(ctx) },
		"adopt":     func(ctx context.Context) (any, error) { return m.adopt(ctx) },
		"ask-adopt": func(ctx context.Context) (any, error) { return m.log.CanAdopt(ctx) },
	}[task]
	if do == nil {
		return nil, fmt.Errorf("there is no task %q", task)
	}
	answer, err := do(ctx)
	if err != nil {
		if _, ok := reply.AsFault(err); !ok {
			err = reply.Faultf(http.StatusConflict, "%v", err)
		}
	}
	return answer, err
}

// adopt lets this node go on with another log. One without a server that has lived through the
// change of the log connects anew: what it watches is that of the old one.
func (m *member) adopt(ctx context.Context) (*wire.Adoption, error) {
	a, err := m.log.Adopt(ctx)
	if err == nil && (m.outside || !m.node.Roles) {
		err = m.wire.Restart(ctx)
	}
	return a, err
}

// How long verify waits for the digest of a node, which reads all that it has stored for it. One
// that has a problem may never answer.
const (
	verifyTime  = 10 * time.Minute
	problemTime = time.Minute
)

// nodeDigest is what verify found of a node.
type nodeDigest struct {
	Node   string `json:"node"`
	Digest string `json:"digest,omitempty"`
	Says   string `json:"says"` // same, or what is wrong
}

// verified is the answer of verify.
type clusterDigests struct {
	Record uint64       `json:"record"` // the message of the log after which the digests were made
	Same   bool         `json:"same"`   // all nodes answered, and have the same
	Nodes  []nodeDigest `json:"nodes"`
}

// verify has all nodes make a digest after the same record, and compares them.
func (m *member) verify(ctx context.Context) (*clusterDigests, error) {
	if err := m.ready(); err != nil {
		return nil, fmt.Errorf("nothing is compared, because %w", err)
	}
	seq, err := m.log.AskDigests(ctx)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, verifyTime)
	defer cancel()
	for began := time.Now(); ; {
		found, all := m.digestsAt(seq, time.Since(began) < problemTime)
		if all || ctx.Err() != nil {
			return found, nil
		}
		pauseFor(ctx, catchUpEvery)
	}
}

// digestsAt returns the digests after a message. all is whether each node has one that lives and,
// unless patient, has no problem.
func (m *member) digestsAt(seq uint64, patient bool) (found *clusterDigests, all bool) {
	found, all = &clusterDigests{Record: seq}, true
	digests, votes := m.log.LastDigests(), map[wire.DigestNote]int{}
	nodes := slices.DeleteFunc(m.node.Status().Nodes, func(n cluster.NodeState) bool { return n.Gone })
	for _, n := range nodes {
		if d := digests[n.Name]; d.Seq == seq {
			votes[d]++
		}
	}
	var most wire.DigestNote
	for d, n := range votes {
		if n > votes[most] || n == votes[most] && d.Digest < most.Digest {
			most = d
		}
	}
	found.Same = len(votes) == 1
	for _, n := range nodes {
		d := digests[n.Name]
		says := "same"
		switch {
		case d.Seq != seq:
			says, found.Same, all = "no answer", false, all && (n.Late || !patient && n.Problem != "")
			if n.Problem != "" {
				says = "no answer: " + n.Problem
			}
			d.Digest = ""
		case d.Schema != most.Schema:
			says = "another version of Slugline, which can't be compared"
		case d.Digest != most.Digest:
			says = "differs"
		}
		found.Nodes = append(found.Nodes, nodeDigest{n.Name, d.Digest, says})
	}
	return found, all
}

// maxUnseen is for how long a node that is well may not have renewed its session.
const maxUnseen = 4 * time.Second

// maxLag is how many of the newest messages a replica that is well may lack for a moment.
const maxLag = 100

// checkOthers refuses to delete what a node keeps of the log unless two other voters have all of
// it.
func checkOthers(state *cluster.ClusterState, node string) error {
	if !state.Session {
		return fmt.Errorf("nothing is deleted: %s does not reach most of the voters, so the replicas of the others may be incomplete", state.Node)
	}
	well, newest := 0, time.Time{}
	for i := range state.Nodes {
		newest = news.Later(newest, state.Nodes[i].Seen)
	}
	for i := range state.Nodes {
		n := &state.Nodes[i]
		if n.Name == node || !n.Roles { // of one that is gone nothing is known
			continue
		}
		why := n.Problem
		switch {
		case n.Name != state.Node && (n.Late || newest.Sub(n.Seen) > maxUnseen): // of itself it says Session
			why = "it is not heard of"
		case n.Deleted > 0:
			why = fmt.Sprintf("its replica lacks %d records", n.Deleted)
		case n.Lag > maxLag:
			why = fmt.Sprintf("its replica lacks the newest %d records", n.Lag)
		}
		if why != "" {
			return fmt.Errorf("nothing is deleted, because %s is not well (%s): the log must be whole on both other voters. See to %[1]s first", n.Name, why)
		}
		well++
	}
	if well < 2 {
		return fmt.Errorf("nothing is deleted: %d of the two other voters is known to have the whole log, and both must. `slugline cluster status` lists the nodes", well)
	}
	return nil
}

// refillLock is the key under which a node notes that it fills its replica again, so that two
// never do so at the same time.
const refillLock = "refill"

// refillNote is the value of that key.
type refillNote struct {
	Node string    `json:"node"`
	At   time.Time `json:"at"`
}

// refillPause is the time after which another node may do so, if by then all are well.
const refillPause = time.Minute

// refilled is the answer of refill.
type refilled struct {
	Node    string `json:"node"`
	Records uint64 `json:"records"` // of the log
	Lag     uint64 `json:"lag"`     // how many of them the replica does not have yet
	Seconds int    `json:"seconds"`
}

// errNoReplica says what is to be done where a repair would delete a replica of the log.
var errNoReplica = errors.New("NATS servers keep the log of this cluster, and this node has nothing of it to repair. Where the replica on a server is damaged: wait until the two others have all of the log (`nats stream info WIRE` says that they are current), stop the damaged server, delete its JetStream folder (`store_dir` in its nats-server.conf) and start it: the others fill it again. `slugline cluster repair --database` replaces the database of this node")

// refill deletes this node's replica of the log and waits until the others have filled it.
func (m *member) refill(ctx context.Context) (*refilled, error) {
	if m.outside {
		return nil, errNoReplica
	}
	if !m.node.Roles {
		return nil, fmt.Errorf("%s is a reader and keeps nothing of the log: there is nothing to repair but its database", m.node.Name)
	}
	state := m.node.Status()
	if err := checkOthers(&state, m.node.Name); err != nil {
		return nil, err
	}
	if err := m.checkReplicas(ctx); err != nil {
		return nil, err
	}
	if err := m.lockRefill(ctx); err != nil {
		return nil, err
	}
	m.refilling.Store(true)
	defer m.refilling.Store(false)
	m.logger.Warn("the replica of the log is deleted and filled again, as an operator asked")
	begun := time.Now()
	if err := m.wire.Refill(ctx); err != nil {
		return nil, err
	}
	done := &refilled{Node: m.node.Name}
	for {
		s, err := m.wire.Log.State(ctx)
		if err == nil && s.Missing > 0 {
			return nil, fmt.Errorf("the replica was filled and lacks %d records again: is the disk of this machine damaged?", s.Missing)
		}
		if err == nil {
			done.Records, done.Lag, done.Seconds = s.Last, s.Lag, int(time.Since(begun).Seconds())
		}
		if err == nil && s.Lag == 0 {
			m.logger.Info("the replica of the log is filled", "records", s.Last, "took", time.Since(begun))
			return done, nil
		}
		pauseFor(ctx, catchUpEvery)
		if ctx.Err() != nil {
			return done, ctx.Err()
		}
	}
}

// checkReplicas asks the leader of the log whether the other replicas have all of it.
func (m *member) checkReplicas(ctx context.Context) error {
	s, err := m.wire.Log.State(ctx)
	if err != nil {
		return fmt.Errorf("nothing is deleted: %w", err)
	}
	others := slices.DeleteFunc(s.Incomplete, func(node string) bool { return node == m.node.Name })
	if len(others) > 0 {
		return fmt.Errorf("nothing is deleted, because %s is not well: its replica of the log is not complete or does not answer. See to it first", others[0])
	}
	if connected, all := m.wire.Others(); connected < all {
		return fmt.Errorf("nothing is deleted: this node is connected to %d of the %d other voters. See to these first", connected, all)
	}
	return nil
}

// lockRefill notes that this node fills its replica, unless another one has begun to.
func (m *member) lockRefill(ctx context.Context) error {
	own, err := json.Marshal(refillNote{m.node.Name, m.node.Wall()})
	if err != nil {
		return err
	}
	value, revision, err := m.wire.Side.Get(ctx, refillLock)
	if err != nil {
		return err
	}
	var note refillNote
	if value != nil && json.Unmarshal(value, &note) == nil && note.Node != m.node.Name && m.node.Wall().Sub(note.At).Abs() < refillPause {
		return fmt.Errorf("nothing is deleted: %s has begun to fill its replica. Try again in a minute", note.Node)
	}
	var ok bool
	if value == nil {
		_, ok, err = m.wire.Side.Create(ctx, refillLock, own)
	} else {
		_, ok, err = m.wire.Side.Update(ctx, refillLock, own, revision)
	}
	if err == nil && !ok {
		err = fmt.Errorf("nothing is deleted: another node has begun to fill its replica. Try again in a minute")
	}
	return err
}

// deskURL returns the address at which other nodes reach this one's desk: where it listens, or
// the host of the node's address for the others if it listens on all addresses.
func deskURL(desk net.Addr, listen string) string {
	host, port, err := net.SplitHostPort(desk.String())
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host, _, err = net.SplitHostPort(listen)
	}
	if err != nil || host == "" {
		return ""
	}
	return "http://" + net.JoinHostPort(host, port)
}
