package wire

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Bucket is a table that all nodes see. Its keys are made of letters, digits and -_=./ alone.
// All changes of a bucket have one order, and revisions grow with it.
//
// After an error that is not that of ctx it is not known whether something was written.
//
// While this node does not reach the others, Watch waits, and the other methods do so for some
// seconds.
type Bucket struct {
	name string
	door *door
}

// open waits until this node reaches the bucket, or ctx ends.
func (b *Bucket) open(ctx context.Context) (jetstream.KeyValue, error) {
	t, err := b.door.wait(ctx)
	if err != nil {
		return nil, err
	}
	return t.buckets[b.name], nil
}

// Identity returns what no other bucket has, also not one of the same name that takes its place.
func (b *Bucket) Identity(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	kv, err := b.open(ctx)
	if err != nil {
		return "", fmt.Errorf("identity of %s: %w", b.name, err)
	}
	info, err := bucketInfo(ctx, b.name, kv)
	if err != nil {
		return "", fmt.Errorf("identity of %s: %w", b.name, err)
	}
	return info.Created.UTC().Format(time.RFC3339Nano), nil
}

// bucketInfo returns the state of the stream that a bucket is.
func bucketInfo(ctx context.Context, name string, kv jetstream.KeyValue) (*jetstream.StreamInfo, error) {
	status, err := kv.Status(ctx)
	if err != nil {
		return nil, err
	}
	about, ok := status.(*jetstream.KeyValueBucketStatus)
	if !ok {
		return nil, fmt.Errorf("bucket %s is not kept by JetStream", name)
	}
	return about.StreamInfo(), nil
}

// Get returns a value and its revision, 0 if there is no such key.
func (b *Bucket) Get(ctx context.Context, key string) (value []byte, revision uint64, err error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	t, err := b.door.wait(ctx)
	if err != nil {
		return nil, 0, b.failed("read", key, err)
	}
	m, err := b.last(ctx, t, key)
	if err != nil {
		return nil, 0, b.failed("read", key, err)
	}
	if m == nil || isDeletion(m.Header) {
		return nil, 0, nil
	}
	return m.Data, m.Sequence, nil
}

// last returns the last change of the keys that match, nil if there is none. The replica that
// leads answers: the nearest one, which KeyValue.Get asks, can be behind for minutes.
func (b *Bucket) last(ctx context.Context, t *tables, keys string) (*nats.RawStreamMsg, error) {
	m, err := t.leaders.GetLastMsg("KV_"+b.name, "$KV."+b.name+"."+keys, nats.Context(ctx))
	if errors.Is(err, nats.ErrMsgNotFound) {
		return nil, nil
	}
	return m, err
}

// isDeletion reports whether a message of a bucket says that its key was deleted or has expired.
func isDeletion(h nats.Header) bool {
	operation := h.Get("KV-Operation")
	return operation == "DEL" || operation == "PURGE" || operation == "" && h.Get(jetstream.MarkerReasonHeader) != ""
}

// Create makes a key that does not exist. ok is false if it exists; then nothing was written.
func (b *Bucket) Create(ctx context.Context, key string, value []byte) (revision uint64, ok bool, err error) {
	return b.write(ctx, key, func(ctx context.Context, kv jetstream.KeyValue) (uint64, error) { return kv.Create(ctx, key, value) })
}

// Update writes a key if revision is that of its last change. ok is false if it is not; then
// nothing was written. In a bucket whose keys expire, it renews the key.
func (b *Bucket) Update(ctx context.Context, key string, value []byte, revision uint64) (next uint64, ok bool, err error) {
	return b.write(ctx, key, func(ctx context.Context, kv jetstream.KeyValue) (uint64, error) {
		return kv.Update(ctx, key, value, revision)
	})
}

// Put writes a key, whatever it holds.
func (b *Bucket) Put(ctx context.Context, key string, value []byte) (revision uint64, err error) {
	revision, _, err = b.write(ctx, key, func(ctx context.Context, kv jetstream.KeyValue) (uint64, error) { return kv.Put(ctx, key, value) })
	return revision, err
}

// Delete deletes a key if revision is that of its last change, or 0. ok is false if it is not;
// then nothing was deleted.
func (b *Bucket) Delete(ctx context.Context, key string, revision uint64) (ok bool, err error) {
	var o []jetstream.KVDeleteOpt
	if revision != 0 {
		o = append(o, jetstream.LastRevision(revision))
	}
	_, ok, err = b.write(ctx, key, func(ctx context.Context, kv jetstream.KeyValue) (uint64, error) { return 0, kv.Purge(ctx, key, o...) })
	return ok, err
}

// purgedKept is for how long a watcher that was away still learns of a Purge.
const purgedKept = defaultKeep

// Purge is Delete that returns the revision of the deletion. What the key held is deleted from
// the bucket; the deletion itself is forgotten after 7 days. It needs a bucket whose keys expire,
// or Wire.Side.
func (b *Bucket) Purge(ctx context.Context, key string, revision uint64) (next uint64, ok bool, err error) {
	m := nats.NewMsg("$KV." + b.name + "." + key)
	m.Header.Set("KV-Operation", "PURGE")
	m.Header.Set(jetstream.MsgRollup, jetstream.MsgRollupSubject)
	if revision != 0 {
		m.Header.Set(jetstream.ExpectedLastSubjSeqHeader, strconv.FormatUint(revision, 10))
	}
	return b.write(ctx, key, func(ctx context.Context, _ jetstream.KeyValue) (uint64, error) {
		t, err := b.door.wait(ctx)
		if err != nil {
			return 0, err
		}
		ack, err := t.js.PublishMsg(ctx, m, jetstream.WithMsgTTL(purgedKept))
		if err != nil {
			return 0, err
		}
		return ack.Sequence, nil
	})
}

// write carries out one change. It tries again while another one is under way for the key.
func (b *Bucket) write(ctx context.Context, key string, change func(context.Context, jetstream.KeyValue) (uint64, error)) (revision uint64, ok bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	kv, err := b.open(ctx)
	if err != nil {
		return 0, false, b.failed("write", key, err)
	}
	for {
		revision, err := change(ctx, kv)
		switch {
		case err == nil:
			return revision, true, nil
		case hasCode(err, jetstream.JSErrCodeStreamWrongLastSequenceConstant): // the other change may fail
		case errors.Is(err, jetstream.ErrKeyExists), hasCode(err, jetstream.JSErrCodeStreamWrongLastSequence):
			return 0, false, nil
		default:
			return 0, false, b.failed("write", key, err)
		}
		if err := sleep(ctx, inFlightWait); err != nil {
			return 0, false, b.failed("write", key, err)
		}
	}
}

// failed is the error of what was to be done with a key, or, if key is empty, with the bucket.
func (b *Bucket) failed(what, key string, err error) error {
	if key == "" {
		return fmt.Errorf("%s %s: %w", what, b.name, err)
	}
	return fmt.Errorf("%s %s of %s: %w", what, key, b.name, err)
}

// Watch calls fn for each key that exists, then with key "", and then for each change, in
// their order, until ctx ends, fn returns an error or it can't go on, and returns why. value
// is nil when the key was deleted or has expired. prefix is empty, for all keys, or ends with
// a dot. It goes on after a lost connection; a change may be reported twice.
func (b *Bucket) Watch(ctx context.Context, prefix string, fn func(key string, value []byte, revision uint64) error) error {
	kv, err := b.open(ctx)
	if err != nil {
		return err
	}
	w, err := kv.Watch(ctx, prefix+">")
	if err != nil {
		return b.failed("watch", strings.TrimSuffix(prefix, "."), err)
	}
	defer func() {
		go func() { _ = w.Stop() }() // asks the servers, for up to 5 s where most are away, or until the connection is closed
	}()
	silence := newSilence(ctx, func(ctx context.Context) (uint64, error) { return b.newest(ctx, prefix) })
	defer silence.end()
	for {
		select {
		case e, open := <-w.Updates():
			if !open {
				return b.failed("watch", strings.TrimSuffix(prefix, "."), errors.New("the connection was closed"))
			}
			if err := report(e, fn); err != nil {
				return err
			}
			silence.told(e, time.Now())
		case <-silence.tick.C:
			silence.ask(time.Now())
		case newest := <-silence.answer:
			if silence.isTooLong(newest, time.Now()) && len(w.Updates()) == 0 {
				return b.failed("watch", strings.TrimSuffix(prefix, "."), errSilent)
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// newest returns the revision of the last change of a key below prefix, 0 if there is none.
func (b *Bucket) newest(ctx context.Context, prefix string) (uint64, error) {
	t, _ := b.door.look()
	if t == nil {
		return 0, errConnectionEnded
	}
	m, err := b.last(ctx, t, prefix+">")
	if err != nil || m == nil {
		return 0, err
	}
	return m.Sequence, nil
}

// report calls fn for what a watcher told: nil once it has told all keys that exist.
func report(e jetstream.KeyValueEntry, fn func(string, []byte, uint64) error) error {
	switch {
	case e == nil:
		return fn("", nil, 0)
	case e.Operation() != jetstream.KeyValuePut:
		return fn(e.Key(), nil, e.Revision())
	}
	value := e.Value()
	if value == nil {
		value = []byte{}
	}
	return fn(e.Key(), value, e.Revision())
}

// markerTTL is for how long a watcher that was away still learns that a key has expired.
const markerTTL = time.Minute
