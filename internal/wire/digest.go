package wire

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// Table is a bucket, as Journal uses it to exchange digests.
type Table interface {
	Put(ctx context.Context, key string, value []byte) (revision uint64, err error)
	Watch(ctx context.Context, prefix string, fn func(key string, value []byte, revision uint64) error) error
}

// digestHour is the hour, in UTC, whose sweeps are followed by a digest.
const digestHour = 3

// digestPrefix begins the keys of the nodes' last digests.
const digestPrefix = "digest."

// DigestNote is what a node says of the shared half of its store.
type DigestNote struct {
	Seq    uint64 `json:"seq"`    // the last message that was applied
	Schema int    `json:"schema"` // of the store; digests of different ones can't be compared
	Digest string `json:"digest"`
}

// askID begins the IDs of messages that ask for digests. They have no data, so that a version
// which does not know them passes over them.
const askID = "digest."

// askFor is for how long such a message is obeyed: not by a node that reads old ones.
const askFor = 10 * time.Minute

// wantsDigest reports whether a message, whose record may be nil, is followed by a digest. For
// records it depends on them alone, so that all nodes make theirs after the same ones.
func wantsDigest(m Message, r *news.Record) bool {
	if r == nil {
		return strings.HasPrefix(m.ID, askID) && time.Since(m.Time) < askFor
	}
	return r.Sweep != nil && r.At.UTC().Hour() == digestHour
}

// AskDigests asks all nodes for their digests after a message, whose number it returns. Ready
// must have no error: a node that has stopped makes none.
func (j *Journal) AskDigests(ctx context.Context) (seq uint64, err error) {
	seq, _, err = j.publish(ctx, Draft{Subject: subjects + "digest", ID: askID + j.Node + "." + rand.Text()})
	return seq, err
}

// LastDigests returns the last digests of this node and of others, by node.
func (j *Journal) LastDigests() map[string]DigestNote {
	j.mu.Lock()
	defer j.mu.Unlock()
	all := maps.Clone(j.status.others)
	if all == nil {
		all = map[string]DigestNote{}
	}
	if j.status.digest.Seq > 0 {
		all[j.Node] = j.status.digest
	}
	return all
}

// digestOrder asks for the digest of what is stored when it is received, which must be the state
// after message seq.
type digestOrder struct {
	seq   uint64
	begun chan struct{} // closed when later records may be applied
}

// underway is a digest that is being made.
type underway struct {
	size int64         // of the file when it began
	done chan struct{} // closed when it ends
}

// makeDigests makes one digest after the other until ctx ends, each in a transaction of its own,
// while later records are applied.
func (j *Journal) makeDigests(ctx context.Context) {
	for {
		select {
		case o := <-j.digestOrders:
			j.makeDigest(ctx, o)
		case <-ctx.Done():
			return
		}
	}
}

func (j *Journal) makeDigest(ctx context.Context, o digestOrder) {
	d, err := j.digestOf(ctx, o)
	if err == nil {
		err = j.tellDigest(ctx, DigestNote{Seq: o.seq, Schema: store.Schema(), Digest: d})
	}
	if err != nil && ctx.Err() == nil {
		j.log().Error("the digest of this node was not made, or not told to the others", "record", o.seq, "err", err)
	}
}

// digestOf closes begun when its transaction has begun, or can't.
func (j *Journal) digestOf(ctx context.Context, o digestOrder) (d string, err error) {
	begin, end := sync.OnceFunc(func() { close(o.begun) }), j.noteUnderway()
	defer end()
	defer begin()
	err = j.Store.ViewContext(ctx, func(tx *store.Tx) (err error) {
		begin()
		if j.digestBegan != nil {
			j.digestBegan(o.seq)
		}
		d, err = tx.Digest()
		return err
	})
	return d, err
}

// noteUnderway notes that a digest is being made until end is called.
func (j *Journal) noteUnderway() (end func()) {
	u := &underway{size: j.Store.Size(), done: make(chan struct{})}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.status.underway = u
	return func() {
		j.mu.Lock()
		defer j.mu.Unlock()
		j.status.underway = nil
		close(u.done)
	}
}

// awaitRoom waits for the end of a digest beside which the file has no room for more records.
func (j *Journal) awaitRoom(ctx context.Context) error {
	j.mu.Lock()
	u := j.status.underway
	j.mu.Unlock()
	if u == nil || j.roomBeside(u.size) {
		return nil
	}
	select {
	case <-u.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (j *Journal) roomBeside(size int64) bool {
	if j.hasRoom != nil {
		return j.hasRoom(size)
	}
	return j.Store.RoomBeside(size)
}

// tellDigest compares the digest of this node and tells it to the others.
func (j *Journal) tellDigest(ctx context.Context, note DigestNote) error {
	j.mu.Lock()
	j.status.digest = note
	j.mu.Unlock()
	j.compareDigests()
	b, err := json.Marshal(note)
	if err == nil {
		_, err = j.Digests.Put(ctx, digestPrefix+j.Node, b)
	}
	return err
}

// followDigests compares what other nodes note until ctx ends.
func (j *Journal) followDigests(ctx context.Context) {
	for ctx.Err() == nil {
		err := j.Digests.Watch(ctx, digestPrefix, func(key string, value []byte, _ uint64) error {
			j.hearDigest(key, value)
			return nil
		})
		if !errors.Is(err, context.Canceled) {
			j.log().Debug("digests are watched again", "err", err)
		}
		_ = sleep(ctx, readRetry)
	}
}

// hearDigest notes the digest of another node. What can't be read is of a newer version.
func (j *Journal) hearDigest(key string, value []byte) {
	var note DigestNote
	node := key[min(len(key), len(digestPrefix)):]
	if value == nil || node == "" || node == j.Node || json.Unmarshal(value, &note) != nil {
		return
	}
	j.mu.Lock()
	if j.status.others == nil {
		j.status.others = map[string]DigestNote{}
	}
	j.status.others[node] = note
	j.mu.Unlock()
	j.compareDigests()
}

// compareDigests compares this node's last digest with those that others made after the same
// message.
func (j *Journal) compareDigests() {
	j.mu.Lock()
	own := j.status.digest
	same := map[string]string{}
	for node, note := range j.status.others {
		if note.Seq == own.Seq && note.Schema == own.Schema && own.Seq != 0 {
			same[node] = note.Digest
		}
	}
	j.mu.Unlock()
	for node, digest := range same {
		j.AgreeDigest(node, own.Seq, own.Digest, digest)
	}
}
