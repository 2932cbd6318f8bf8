package wire

import (
	"context"
	"errors"
	"time"
)

// Log is an ordered log that several nodes share. Messages are numbered from 1 without a gap
// and are never changed; only the oldest are removed.
type Log interface {
	// Append adds a message and returns its number. A message whose ID was added in the last
	// minutes is not added again: again is true, and seq is the number it has. ErrStale
	// means that the message was not added because of Draft.Follows; ErrTooLarge that it
	// never can be. After any other error it is not known whether it was added.
	Append(ctx context.Context, d Draft) (seq uint64, again bool, err error)

	// Read calls fn for the messages after a number, in their order, until ctx ends, fn
	// returns an error or the log can't be read on, and returns why. A number that is left
	// out is a message that this replica of the log does not have.
	Read(ctx context.Context, after uint64, fn func(Message) error) error

	// Message returns the message with a number as the leader of the log has it. ErrMissing
	// means that it has none.
	Message(ctx context.Context, seq uint64) (Message, error)

	// State returns what the log holds.
	State(ctx context.Context) (LogState, error)
}

// Draft is a message that is to be added to a log.
type Draft struct {
	Subject string
	ID      string // the same message has the same ID
	Data    []byte
	Follows *uint64 // the number of the last message of the subject; nil: whatever it is
}

// Message is a message of a log.
type Message struct {
	Seq     uint64
	Subject string
	ID      string
	Time    time.Time // when the log took it; the same for all nodes
	Data    []byte    // empty: it only takes a lane, see Journal.Take
}

// LogState is what a log holds.
type LogState struct {
	Identity    string // differs from that of any other log, also of one with the same name
	First, Last uint64 // numbers of the oldest and the newest message; First is Last+1 when there is none
	Missing     int    // messages between them that a replica lacks
	Lag         uint64 // the newest messages that this node's own replica does not have yet
	Replica     string // which replica

	Incomplete []string // the nodes whose replicas do not have all messages or do not answer, as the leader sees it
}

var (
	// ErrStale is what Append returns when another node has added to the subject.
	ErrStale = errors.New("another node has added to the subject")
	// ErrTooLarge is what Append returns for a message that no server takes.
	ErrTooLarge = errors.New("the message is too large")
	// ErrMissing is what Message returns for a number that the log does not have.
	ErrMissing = errors.New("the log does not have the message")
)
