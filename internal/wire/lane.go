package wire

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
)

// Partitions is how many partitions the sources are divided into.
const Partitions = 64

// lane is where the visits of one partition are published, one after the other, each on the
// condition that nothing has come between. So a node that does not know yet that another one
// has taken the partition gets ErrStale.
type lane struct {
	turn chan struct{} // holds a value while a message is under way; see lock

	// The fields below belong to whoever has the turn.
	held   bool
	last   uint64 // number of the last message of the partition
	unsure *Draft // was published without an answer; it may be the last message
}

// lock takes the turn of a lane, or returns ctx's error.
func (j *Journal) lock(ctx context.Context, partition int) (*lane, error) {
	l := &j.lanes[partition]
	j.mu.Lock()
	if l.turn == nil {
		l.turn = make(chan struct{}, 1)
	}
	j.mu.Unlock()
	select {
	case l.turn <- struct{}{}:
		return l, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *lane) unlock() { <-l.turn }

func laneSubject(partition int) string { return fmt.Sprintf("%sp%02d", subjects, partition) }

// Take takes the lane of a partition. From when it returns, visits of a former owner are
// refused and those that were accepted are applied here.
func (j *Journal) Take(ctx context.Context, partition int) error {
	l, err := j.lock(ctx, partition)
	if err != nil {
		return err
	}
	defer l.unlock()
	d := Draft{Subject: laneSubject(partition), ID: "take." + j.Node + "." + rand.Text()}
	answer := j.await(d.ID)
	defer j.forget(d.ID, answer)
	seq, again, err := j.publish(ctx, d)
	if err != nil {
		return fmt.Errorf("take partition %d: %w", partition, err)
	}
	if err := j.applied(ctx, d.ID, seq, again, answer); err != nil {
		return fmt.Errorf("take partition %d: %w", partition, err)
	}
	l.held, l.last, l.unsure = true, seq, nil
	return nil
}

// Give gives a lane back after the visit that is being published, for which it waits until ctx
// ends. Once ctx has ended, a visit under way may still be published: another node's Take
// refuses it.
func (j *Journal) Give(ctx context.Context, partition int) {
	if l, err := j.lock(ctx, partition); err == nil {
		l.held = false
		l.unlock()
	}
}

// commitVisit is Commit for a visit of a partition.
func (j *Journal) commitVisit(ctx context.Context, partition int, d Draft) error {
	d.Subject = laneSubject(partition)
	answer := j.await(d.ID)
	defer j.forget(d.ID, answer)
	seq, again, err := j.publishVisit(ctx, partition, d)
	if errors.Is(err, ErrStale) {
		if j.Lost != nil {
			j.Lost(partition)
		}
		return ErrNotOwner
	}
	if err != nil {
		return err
	}
	return j.applied(ctx, d.ID, seq, again, answer)
}

// publishVisit publishes a visit after the last one of its partition.
func (j *Journal) publishVisit(ctx context.Context, partition int, d Draft) (seq uint64, again bool, err error) {
	l, err := j.lock(ctx, partition)
	if err != nil {
		return 0, false, err
	}
	defer l.unlock()
	if !l.held {
		return 0, false, ErrNotOwner
	}
	if l.unsure != nil && l.unsure.ID != d.ID {
		if _, _, err := j.publishNext(ctx, l, *l.unsure); err != nil {
			return 0, false, err
		}
	}
	return j.publishNext(ctx, l, d)
}

// publishNext publishes a message of a lane. If it gets no answer, the next call begins with
// the same message.
func (j *Journal) publishNext(ctx context.Context, l *lane, d Draft) (seq uint64, again bool, err error) {
	d.Follows = &l.last
	l.unsure = &d
	seq, again, err = j.publish(ctx, d)
	switch {
	case err == nil:
		l.last, l.unsure = max(l.last, seq), nil
	case errors.Is(err, ErrStale):
		l.held, l.unsure = false, nil
	}
	return seq, again, err
}
