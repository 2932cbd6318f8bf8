package store

import (
	"bytes"
	"encoding/json"

	bolt "go.etcd.io/bbolt"
)

// Files of schemas before 16 have rows in the form of earlier releases: JSON where coder.go has
// a shorter encoding, and not compressed. They are read in both forms. Row "rewrite" of bucket
// meta says how far they are rewritten; a file without it has none that are left.

var keyRewrite = []byte("rewrite")

// rewritten are the buckets with rows that have another form in earlier releases, in the order
// in which they are rewritten.
var rewritten = []bucket{bodies, entries, stories, changes, sources, orders, events, archives, starred}

// rewriteState says how far old rows are rewritten.
type rewriteState struct {
	Bucket string `json:"bucket"`          // by its name in the file; the buckets before it are done
	After  []byte `json:"after,omitempty"` // the key of its last row that is done
	Done   int64  `json:"done"`            // rows that were looked at, of all buckets
	Rows   int64  `json:"rows"`            // that all buckets had at the beginning
}

// noteOldRows is the migration that notes that all rows are to be rewritten. It does not read
// them.
func noteOldRows(b *bolt.Tx) error {
	r := &rows{b: b}
	state := rewriteState{Bucket: rewritten[0].String()}
	for _, in := range rewritten {
		n, err := r.sumOfBucket(in)
		if err != nil {
			return err
		}
		state.Rows += n.rows
	}
	if state.Rows == 0 {
		return nil
	}
	return r.putRewriteState(&state)
}

// sumOfBucket adds up the sums of a bucket.
func (r *rows) sumOfBucket(b bucket) (all sum, err error) {
	prefix := sumKey(b, nil)
	c := r.bucket(sums).Cursor()
	for k, v := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, v = c.Next() {
		p, err := sums.unseal(k, v)
		if err != nil {
			return sum{}, err
		}
		if len(p) != sumSize {
			return sum{}, mismatch(sums, k, "has a wrong length")
		}
		all.add(readSum(p))
	}
	return all, nil
}

// putRewriteState stores the state in its bucket: it is part of the transaction that rewrites,
// and of no log.
func (r *rows) putRewriteState(s *rewriteState) error {
	p, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return r.putStored(meta, keyRewrite, p)
}
