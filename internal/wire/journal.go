package wire

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/slugline/slugline/internal/journal"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// ErrNotOwner is what Commit returns for a visit of a partition that is not this node's, or no
// longer is. Nothing of it is stored.
var ErrNotOwner = errors.New("another node visits this source")

// Journal commits records through a log that several nodes share. Run must be running.
type Journal struct {
	Messages Log
	Store    *store.Store
	// Submit queues a record at this node's desk; see desk.Submit.
	Submit func(ctx context.Context, r news.Record, note func(*store.Tx) error) (wait func(context.Context) error, err error)
	Node   string       // this node
	Log    *slog.Logger // nil: none

	Outside bool // servers that no node runs keep the log

	// Partition is the partition of a source, by its id, below Partitions. Nil: visits need no
	// lane.
	Partition func(source string) int
	// Lost is called when another node has taken a partition whose lane this one held. It must
	// not wait.
	Lost func(partition int)

	// Digests is where nodes tell each other the digests of their stores; nil: none are made.
	Digests Table

	lanes [Partitions]lane

	digestOrders chan digestOrder      // made by Run
	digestBegan  func(seq uint64)      // called in the transaction of a digest before it is made; nil: not called
	hasRoom      func(size int64) bool // in place of Store.RoomBeside, in tests

	mu       sync.Mutex // guards the fields below
	waiting  map[string][]chan error
	refusals refusals
	status   status
}

// subjects begins the subjects of the log.
const subjects = "wire.rec."

// subjectOf is the subject of a record that is no visit of a partition.
func subjectOf(r *news.Record) string {
	switch {
	case r.Visit != nil:
		return subjects + "visit"
	case r.Order != nil:
		return subjects + "order"
	case r.Rules != nil:
		return subjects + "rules"
	case r.Sweep != nil:
		return subjects + "sweep"
	case r.Sent != nil:
		return subjects + "sent"
	}
	return subjects + "other"
}

// Commit publishes a record, again and again until the log has acknowledged it, and returns
// when this node's desk has applied it.
//
//   - nil means that it is applied here, and will be on all nodes.
//   - An error that wraps journal.ErrRefused means that no node applies it.
//   - ErrNotOwner: see there.
//   - ErrUnreachable: see there. As after any other error, filing the record again is safe.
//   - Any other error means that it may be applied or not, now or later, and on all nodes alike.
//     Filing it again is safe.
func (j *Journal) Commit(ctx context.Context, r news.Record) error {
	data, err := encode(&r)
	if errors.Is(err, ErrTooLarge) {
		return fmt.Errorf("%w: %w", journal.ErrRefused, err)
	}
	if err != nil {
		return err
	}
	d := Draft{Subject: subjectOf(&r), ID: r.ID, Data: data}
	if r.Visit != nil && j.Partition != nil {
		return j.commitVisit(ctx, j.Partition(r.Visit.Source), d)
	}
	answer := j.await(d.ID)
	defer j.forget(d.ID, answer)
	seq, again, err := j.publish(ctx, d)
	if err != nil {
		return err
	}
	return j.applied(ctx, d.ID, seq, again, answer)
}

// How long publish waits between two attempts: at first, and at most.
const (
	firstWait = 50 * time.Millisecond
	lastWait  = time.Second
)

// publish adds a message to the log. It tries until the log has answered, ctx ends, this node
// has stopped applying the log, or the log has not been reached for longer than an election takes.
func (j *Journal) publish(ctx context.Context, d Draft) (seq uint64, again bool, err error) {
	for wait := firstWait; ; wait = min(2*wait, lastWait) {
		if err := j.Fault(); err != nil {
			return 0, false, err
		}
		seq, again, err = j.Messages.Append(ctx, d)
		switch {
		case err == nil:
			return seq, again, nil
		case errors.Is(err, ErrTooLarge):
			return 0, false, fmt.Errorf("%w: %w", journal.ErrRefused, err)
		case errors.Is(err, ErrStale), ctx.Err() != nil:
			return 0, false, err
		}
		if !j.reached() {
			return 0, false, fmt.Errorf("%w (%w)", ErrUnreachable, err)
		}
		j.log().Debug("a record was not acknowledged, will retry", "record", d.ID, "err", err)
		if sleep(ctx, wait) != nil {
			return 0, false, err
		}
	}
}

// await registers for the answer to a record, which has room in the channel.
func (j *Journal) await(id string) chan error {
	answer := make(chan error, 1)
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.waiting == nil {
		j.waiting = map[string][]chan error{}
	}
	j.waiting[id] = append(j.waiting[id], answer)
	return answer
}

// forget ends what await began.
func (j *Journal) forget(id string, answer chan error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	all := j.waiting[id]
	for i := range all {
		if all[i] == answer {
			all = append(all[:i:i], all[i+1:]...)
			break
		}
	}
	if j.waiting[id] = all; len(all) == 0 {
		delete(j.waiting, id)
	}
}

// answer answers all who wait for a record. The caller holds mu.
func (j *Journal) answer(id string, err error) {
	for _, waiting := range j.waiting[id] {
		waiting <- err
	}
	delete(j.waiting, id)
}

// applied waits until a message of the log is applied here. again says that the log had it
// before, so that it may have been answered before anybody waited.
func (j *Journal) applied(ctx context.Context, id string, seq uint64, again bool, answer chan error) error {
	if again {
		if answered, err := j.answered(id, seq, answer); answered || err != nil {
			return err
		}
	}
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// answered returns what the answer to a message was if it is applied already.
func (j *Journal) answered(id string, seq uint64, answer chan error) (answered bool, err error) {
	j.mu.Lock()
	past, refused := j.status.position.Seq >= seq, j.refusals.reason(id)
	j.mu.Unlock()
	switch {
	case !past:
		return false, nil
	case len(answer) > 0:
		return true, <-answer
	case refused != nil:
		return true, refused
	}
	err = j.Store.View(func(tx *store.Tx) error {
		if !tx.Records.Applied(id) {
			return fmt.Errorf("%w: record %s was refused before", journal.ErrRefused, id)
		}
		return nil
	})
	return true, err
}

func (j *Journal) log() *slog.Logger {
	if j.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return j.Log
}

// maxRefusals bounds how many reasons of refused records are remembered.
const maxRefusals = 1000

// refusals are why the last refused records were refused, by their IDs.
type refusals struct {
	reasons map[string]error
	ids     []string // the oldest first
}

func (r *refusals) add(id string, why error) {
	if r.reasons == nil {
		r.reasons = map[string]error{}
	}
	if r.reasons[id] == nil {
		r.ids = append(r.ids, id)
	}
	r.reasons[id] = why
	if len(r.ids) > maxRefusals {
		delete(r.reasons, r.ids[0])
		r.ids = r.ids[1:]
	}
}

func (r *refusals) reason(id string) error { return r.reasons[id] }
