package cluster

import "context"

// KV is a bucket of small values. The changes of a bucket have one order, and a revision is
// a place in it. An error of a write means that nobody knows whether it was done.
type KV interface {
	// Get returns a value and its revision; revision 0 means that there is none. It may
	// return an older state than the last.
	Get(ctx context.Context, key string) (value []byte, revision uint64, err error)
	// Create writes a key that has no value. ok is false if it has one.
	Create(ctx context.Context, key string, value []byte) (revision uint64, ok bool, err error)
	// Update replaces the value of the revision. ok is false if it is not the last one.
	Update(ctx context.Context, key string, value []byte, revision uint64) (newRevision uint64, ok bool, err error)
	// Delete deletes the value of the revision. ok is false if it is not the last one.
	Delete(ctx context.Context, key string, revision uint64) (ok bool, err error)
	// Watch calls fn for each key below prefix that has a value, then with key "", then for
	// each change in order, with a nil value for keys that are deleted or have expired. A
	// change may be told twice. It returns when ctx ends, with the error of fn, or with
	// one of its own; then it may be called again.
	Watch(ctx context.Context, prefix string, fn func(key string, value []byte, revision uint64) error) error
}
