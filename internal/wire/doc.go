// Package wire lets several nodes share one journal: a log on NATS JetStream, which each node
// applies to its own desk and store in the same order.
//
// Journal.Commit publishes a record under its ID until the log has acknowledged it, and
// returns when this node's own desk has applied the record or refused it. Journal.Run reads
// the log from the position that is stored with the last applied record, so that a record is
// applied exactly once whatever restarts. Bucket is a table of the same servers, for state
// that nodes change by compare-and-set.
//
// A node never applies past a message that is missing or that it can't read. It checks that
// messages have consecutive numbers, that the log still has the last message it applied, that
// the log is the one it has always read, and that other nodes applied the same records and
// have the same digest. If one of these fails, it stops applying, and Ready returns a *Fault
// whose text says what to do. Nothing repairs itself by guessing.
//
// The log is kept by three nodes, the voters, which run a server each, or by NATS servers that
// somebody runs already. With those all nodes are clients, and a node uses them only while their
// monitoring shows that each that keeps a part of the log syncs its disk before it acknowledges
// a message, is not too old and takes large messages, and while the streams have three replicas
// and the settings that Slugline gave them. It looks when it connects and every 10 s; one that
// does not answer is believed for 30 s, one that is down acknowledges nothing. Streams carry the
// name of the cluster, so that two clusters in one account are noticed.
//
// Which node visits which source is not its business: Lane only makes sure that of two nodes
// which both believe they own a partition one is refused.
//
// It is the only importer of nats.
//
//	log.go       the log as Journal sees it
//	jetlog.go    that log on JetStream
//	bucket.go    tables with compare-and-set; ask.go questions to other nodes; door.go who waits for them
//	server.go    the embedded server; connect.go the connection, stream and buckets; disk.go keeps both
//	outside.go   the connection to servers elsewhere; proof.go what these must show
//	encode.go    records as bytes
//	journal.go   Commit; lane.go the partitions' lanes
//	apply.go     Run: reads the log and applies it
//	position.go  positions and the chain
//	check.go     what must be true of the log; votes.go, digest.go of other nodes
//	fault.go     what is said when it is not; gaps.go counts gaps; adopt.go goes on with another log
package wire
