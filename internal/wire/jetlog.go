package wire

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// streamName is the name of the stream of records.
const streamName = "WIRE"

// duplicates is for how long the stream knows the IDs of its messages.
const duplicates = 10 * time.Minute

// Headers of a message, beside that with its ID.
const (
	headerNode = "Slug-Node" // who published it
	headerFold = "Slug-Fold" // the version of the publisher's fold
)

// jetLog is the log on a JetStream stream.
type jetLog struct {
	door   *door
	header nats.Header // of each message

	// replica returns what this node's own replica of the stream holds, nil where there is none.
	replica func() (*LogState, error)
}

// requestTimeout bounds one request to the servers. An election takes up to 9 s.
const requestTimeout = 5 * time.Second

// inFlightWait is the time between two attempts to add to a subject while another message
// for it is under way.
const inFlightWait = 20 * time.Millisecond

func (l *jetLog) Append(ctx context.Context, d Draft) (seq uint64, again bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	t, err := l.door.wait(ctx)
	if err != nil {
		return 0, false, err
	}
	m := &nats.Msg{Subject: d.Subject, Data: d.Data, Header: nats.Header{}}
	for k, v := range l.header {
		m.Header[k] = v
	}
	o := []jetstream.PublishOpt{jetstream.WithMsgID(d.ID), jetstream.WithExpectStream(streamName), jetstream.WithRetryAttempts(0)}
	if d.Follows != nil {
		o = append(o, jetstream.WithExpectLastSequencePerSubject(*d.Follows))
	}
	for {
		ack, err := t.js.PublishMsg(ctx, m, o...)
		if err == nil {
			return ack.Sequence, ack.Duplicate, nil
		}
		if !hasCode(err, jetstream.JSErrCodeStreamWrongLastSequenceConstant) {
			return 0, false, appendError(err)
		}
		if err := sleep(ctx, inFlightWait); err != nil {
			return 0, false, err
		}
	}
}

// appendError returns the error of Append for one of nats.
func appendError(err error) error {
	switch {
	case hasCode(err, jetstream.JSErrCodeStreamWrongLastSequence):
		return fmt.Errorf("%w (%w)", ErrStale, err)
	case errors.Is(err, nats.ErrMaxPayload), hasCode(err, jetstream.JSErrCodeStreamMessageExceedsMaximum):
		return fmt.Errorf("%w (%w)", ErrTooLarge, err)
	}
	return err
}

// hasCode reports whether err is an answer of JetStream with a code.
func hasCode(err error, code jetstream.ErrorCode) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && api.ErrorCode == code
}

// How much is under way to a reader.
const (
	readMessages = 256
	readBytes    = 4 * maxEncoded
)

// readHeartbeat is how often the servers show a reader that they are there. After two times
// as long without one, Read returns.
const readHeartbeat = 2 * time.Second

// Read uses a consumer without acknowledgements that any replica may serve. It ends with the
// connection.
func (l *jetLog) Read(ctx context.Context, after uint64, fn func(Message) error) error {
	if _, err := l.door.wait(ctx); err != nil {
		return err
	}
	t, changed := l.door.look()
	if t == nil {
		return errConnectionEnded
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() { // ends with Read
		select {
		case <-changed:
			cancel(errConnectionEnded)
		case <-ctx.Done():
		}
	}()
	c, err := t.stream.CreateConsumer(ctx, jetstream.ConsumerConfig{
		AckPolicy: jetstream.AckNonePolicy, DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: after + 1,
		InactiveThreshold: time.Minute, MemoryStorage: true, Replicas: 1,
	})
	if err != nil {
		return fmt.Errorf("read the log: %w", err)
	}
	defer deleteConsumer(ctx, t.stream, c.CachedInfo().Name)
	messages, err := c.Messages(jetstream.PullMaxMessagesWithBytesLimit(readMessages, readBytes), jetstream.PullHeartbeat(readHeartbeat), jetstream.PullExpiry(5*readHeartbeat), jetstream.WithMessagesErrOnMissingHeartbeat(true))
	if err != nil {
		return fmt.Errorf("read the log: %w", err)
	}
	defer messages.Stop()
	return readAll(ctx, messages, fn)
}

// errConnectionEnded says that the connection was ended so that another is made.
var errConnectionEnded = errors.New("read the log: the connection was ended")

// deleteConsumer deletes a consumer that is no longer read. If it fails, the servers do so
// after a minute.
func deleteConsumer(ctx context.Context, stream jetstream.Stream, name string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_ = stream.DeleteConsumer(ctx, name)
}

// readAll calls fn for the messages of a consumer. A message that was lost on its way to this
// node ends it with an error: the next Read gets it.
func readAll(ctx context.Context, messages jetstream.MessagesContext, fn func(Message) error) error {
	for n := uint64(1); ; n++ {
		m, err := messages.Next(jetstream.NextContext(ctx))
		if err != nil {
			return fmt.Errorf("read the log: %w", err)
		}
		about, err := m.Metadata()
		if err != nil {
			return fmt.Errorf("read the log: %w", err)
		}
		if about.Sequence.Consumer != n {
			return fmt.Errorf("read the log: message %d came where %d of this reader was next", about.Sequence.Consumer, n)
		}
		err = fn(Message{Seq: about.Sequence.Stream, Subject: m.Subject(), ID: m.Headers().Get(nats.MsgIdHdr), Time: about.Timestamp.UTC(), Data: m.Data()})
		if err != nil {
			return err
		}
	}
}

func (l *jetLog) Message(ctx context.Context, seq uint64) (Message, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	t, err := l.door.wait(ctx)
	if err != nil {
		return Message{}, err
	}
	m, err := t.stream.GetMsg(ctx, seq)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return Message{}, fmt.Errorf("message %d: %w", seq, ErrMissing)
	}
	if err != nil {
		return Message{}, fmt.Errorf("read message %d of the log: %w", seq, err)
	}
	return Message{Seq: m.Sequence, Subject: m.Subject, ID: m.Header.Get(nats.MsgIdHdr), Time: m.Time.UTC(), Data: m.Data}, nil
}

func (l *jetLog) State(ctx context.Context) (LogState, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	t, err := l.door.wait(ctx)
	if err != nil {
		return LogState{}, err
	}
	info, err := t.stream.Info(ctx)
	if err != nil {
		return LogState{}, fmt.Errorf("state of the log: %w", err)
	}
	s := LogState{Identity: identity(info), First: info.State.FirstSeq, Last: info.State.LastSeq, Missing: info.State.NumDeleted}
	if info.Cluster != nil {
		if info.Cluster.Leader == "" {
			return LogState{}, errNoLeader
		}
		s.Replica = info.Cluster.Leader
		for _, r := range info.Cluster.Replicas {
			if r.Offline || !r.Current {
				s.Incomplete = append(s.Incomplete, r.Name)
			}
		}
	}
	own, err := l.replica()
	if err == nil && own != nil { // that of the leader is its own node's business
		s.Missing, s.Replica, s.Lag = own.Missing, own.Replica, s.Last-min(s.Last, max(own.Last, s.First-min(s.First, 1)))
	}
	return s, err
}

// errNoLeader says that the replica that answered knows no leader. It may have been cut off, and
// lack the newest messages.
var errNoLeader = errors.New("state of the log: the replica that answered knows no leader")

// identity names a stream so that one that was deleted and made again has another name.
func identity(info *jetstream.StreamInfo) string {
	return info.Config.Name + " of " + info.Created.UTC().Format(time.RFC3339Nano)
}

// sleep waits for d unless ctx ends earlier, whose error it returns.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
