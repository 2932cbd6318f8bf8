package wire

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// lookEvery is the time between looks at the log.
const lookEvery = 2 * time.Second

// monitor looks at the log until ctx ends. It ends reading when a check fails, and when the log
// has had messages for some time that do not come: a reader may wait at a replica that does not
// get them, and the next one asks another.
func (j *Journal) monitor(ctx context.Context) {
	stalled := stall{since: time.Now()}
	for sleep(ctx, lookEvery) == nil {
		var f *Fault
		if err := j.check(ctx, j.Position()); errors.As(err, &f) || errors.Is(err, errUnsure) {
			j.stop(err)
		}
		if stalled.look(j.Position().Seq, j.Behind() > 0, time.Now()) {
			j.stop(errStalled)
		}
		j.count()
	}
}

// errStalled says that messages of the log did not come.
var errStalled = errors.New("read the log: it has messages that do not come")

// stall notices that nothing is applied although the log has more.
type stall struct {
	seq   uint64
	since time.Time // when it was last otherwise
}

// look reports whether it has been so for maxBehind, and then not again for as long.
func (s *stall) look(seq uint64, behind bool, now time.Time) bool {
	if seq == s.seq && behind && now.Sub(s.since) < maxBehind {
		return false
	}
	stalled := seq == s.seq && behind
	s.seq, s.since = seq, now
	return stalled
}

// stop ends reading because of a fault, or so that it begins again.
func (j *Journal) stop(why error) {
	j.mu.Lock()
	stopRead := j.status.stopRead
	j.mu.Unlock()
	if stopRead != nil {
		stopRead(why)
	}
}

// check looks at the log and compares it with a position, whose messages are applied. An
// error that is no *Fault means that the log could not be asked.
func (j *Journal) check(ctx context.Context, p news.WirePosition) error {
	s, err := j.Messages.State(ctx)
	if err != nil {
		return err
	}
	j.mu.Lock()
	j.status.look(s, time.Now())
	j.mu.Unlock()
	switch {
	case p.Stream != "" && p.Stream != s.Identity:
		return j.identityFault(p, s)
	case s.Missing > 0:
		return j.replicaFault(s)
	case p.Seq > s.Last:
		return j.certain(j.tailFault(p), p.Seq)
	case p.Seq+1 < s.First:
		return agedFault(j.Node, p, s)
	}
	return j.checkTail(ctx, p, s)
}

// checkTail checks that the log has the last applied message, unless that was deleted by age.
func (j *Journal) checkTail(ctx context.Context, p news.WirePosition, s LogState) error {
	if p.Seq == 0 || p.Seq < s.First {
		return nil
	}
	m, err := j.Messages.Message(ctx, p.Seq)
	switch {
	case errors.Is(err, ErrMissing):
		return j.missing(ctx, p.Seq)
	case err != nil:
		return err
	case m.ID != p.ID:
		return j.certain(j.tailFault(p), p.Seq)
	}
	return nil
}

// certainAfter is how long the log must lack a message until this node says so. A server that led
// it before it was cut off still leads in its own eyes when it is back, until it hears from the
// others, and lacks what they have taken since.
const certainAfter = 10 * time.Second

// errUnsure says that the log does not seem to have a message that it must have.
var errUnsure = errors.New("the log does not seem to have a record that this node has applied or was told of; it is asked again")

// doubt is a fault that is not certain yet.
type doubt struct {
	check       Check
	seq         uint64
	since, last time.Time
}

// certain returns a fault about a message once it has been seen for certainAfter, and errUnsure
// before.
func (j *Journal) certain(f *Fault, seq uint64) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	now, d := time.Now(), &j.status.doubt
	if d.check != f.Check || d.seq != seq || now.Sub(d.last) > certainAfter {
		*d = doubt{check: f.Check, seq: seq, since: now}
	}
	d.last = now
	if now.Sub(d.since) < certainAfter {
		return errUnsure
	}
	return f
}

// missing returns the fault of a missing message, nil if it was deleted by age meanwhile.
func (j *Journal) missing(ctx context.Context, seq uint64) error {
	s, err := j.Messages.State(ctx)
	if err != nil {
		return err
	}
	if seq < s.First {
		return nil
	}
	return j.certain(j.gapFault(seq), seq)
}

// start returns where reading begins, after the checks. stored is the position in the store.
// A store without one begins with the first message; its chain begins with its last record, so
// that stores which differ before the log are noticed.
func (j *Journal) start(ctx context.Context, stored news.WirePosition) (news.WirePosition, error) {
	if err := j.check(ctx, stored); err != nil {
		return stored, err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if f := j.status.fault; f != nil {
		if !f.passes() {
			return stored, f
		}
		if f.Seq == 0 {
			j.status.fault = nil
		}
	}
	if stored.Stream != "" {
		return stored, nil
	}
	err := j.Store.View(func(tx *store.Tx) error {
		stored.Stream, stored.Chain = j.status.log.Identity, tx.Records.ID(tx.Seq())
		return nil
	})
	return stored, err
}

// fetch returns a message that this node's replica does not have from the leader's.
func (j *Journal) fetch(ctx context.Context, seq uint64) (Message, error) {
	m, err := j.Messages.Message(ctx, seq)
	if errors.Is(err, ErrMissing) {
		return m, j.certain(j.gapFault(seq), seq)
	}
	if err == nil {
		j.log().Warn("a record is missing in a replica of the log and was read from another", "number", seq)
	}
	return m, err
}

// noteReadError notes why reading the log has ended.
func (j *Journal) noteReadError(err error) {
	var f *Fault
	if !errors.As(err, &f) {
		j.noteCut(err)
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if old := j.status.fault; old != nil && !old.passes() {
		return // the first says what to do
	} else if old == nil || *old != *f {
		j.log().Error("the log of the cluster is not applied", "check", f.Check, "err", f)
		j.status.gaps.noteFault(f)
	}
	j.status.fault = f
	for id := range j.waiting {
		j.answer(id, fmt.Errorf("not applied yet: %w", f))
	}
}

// noteCut logs that the log could not be read on, once until it answers again.
func (j *Journal) noteCut(err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	level := slog.LevelInfo
	if j.status.cut {
		level = slog.LevelDebug
	}
	j.status.cut = true
	j.log().Log(context.Background(), level, "the log of the cluster is read again", "err", err)
}
