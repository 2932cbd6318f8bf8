// Package cluster decides which node of several does what: who visits which sources, and
// who holds the roles that only one node may have.
//
// Sources are divided into 64 partitions by the registrable domain of their address, so all
// sources of one host are in one. A partition or a role is a Claim. Each node has a session
// in a key-value bucket, which it renews; claims are in another bucket, each with the session
// that owns it. Rendezvous hashing over the nodes that are well says which node is wanted for
// a claim. A node takes a claim that it is wanted for if nobody owns it or if the owner's
// session is over, and gives one back when another node is wanted: first it owns the claim no
// longer, then Node.Leave waits for what is under way, then the claim is deleted.
//
// It promises that no two nodes own a claim at the same time, whatever the bucket's server or
// the nodes' wall clocks do. That rests on four things:
//
//   - Each write of a claim names the revision that it replaces.
//   - A session holds until 0.8 TTL after the request of its last renewal was made, on the
//     node's own monotonic clock, and not past the time that its wall clock then gave: the
//     monotonic clock stands still while a machine sleeps. An answer that comes later does not
//     revive it. Without the bucket a session ends by itself, and its node owns nothing.
//   - A node that was told of no renewal of a session for a TTL, on its own monotonic clock,
//     writes into the bucket that the session is over. The write names the revision of the
//     last renewal that it was told: where it is accepted there was no later one, and none can
//     follow, as each renewal names the revision that it replaces. All nodes count the session
//     as over then.
//   - A session that is not in the bucket any more, because its node has begun another one or
//     because it has expired, can't be ended so. A node counts it as over only if it was told
//     of no renewal for a TTL, and if its view is complete for that time: the bucket has one
//     order, so a node that is told a renewal of its own was told all that came before it and
//     is still there. A renewal that a deletion has replaced is not: a node that heard nothing
//     for a while counts a session that is gone from the end of that while.
//
// What the machines do while they are frozen is not in a program's hands: a request that was
// sent before may still be answered. The fence in the log, see Node.Take, keeps its result
// from being filed.
//
// A node takes nothing while its clock differs by more than MaxSkew from those of most nodes,
// or while Announcement.Problem says that it is not well. Status says so. Nor does it take
// anything in a new session before it has compared clocks.
//
// The files:
//
//	claim.go     claims: partitions and roles, and which node is wanted for one
//	kv.go        what a bucket must do
//	node.go      Node: its settings, Run, Owns and Holds
//	session.go   the node's own session
//	view.go      what the buckets told of sessions and claims
//	claims.go    taking claims, and giving them back
//	skew.go      whose clock is off
//	status.go    the state of all nodes, for people
package cluster
