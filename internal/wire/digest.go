package wire

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
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

// makeDigest notes the digest of what is stored, which must be the state after message seq.
func (j *Journal) makeDigest(ctx context.Context, seq uint64) error {
	d, err := j.Store.Digest()
	if err != nil {
		return fmt.Errorf("digest after message %d: %w", seq, err)
	}
	note := DigestNote{Seq: seq, Schema: store.Schema(), Digest: d}
	j.mu.Lock()
	j.status.digest = note
	j.mu.Unlock()
	j.compareDigests()
	b, err := json.Marshal(note)
	if err != nil {
		return err
	}
	if _, err := j.Digests.Put(ctx, digestPrefix+j.Node, b); err != nil {
		j.log().Warn("the digest of this node was not told to the others", "err", err)
	}
	return nil
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
