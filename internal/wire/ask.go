package wire

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go"
)

// Ask sends a question to the nodes that answer a subject and returns the first answer. It
// returns an error as soon as it is known that nobody answers, or when ctx ends.
func (w *Wire) Ask(ctx context.Context, subject string, question []byte) (answer []byte, err error) {
	m, err := w.conn.RequestWithContext(ctx, subject, question)
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", subject, err)
	}
	return m.Data, nil
}

// Tell sends a message to the nodes that answer a subject. It does not wait, and the message
// may be lost.
func (w *Wire) Tell(subject string, message []byte) error {
	if err := w.conn.Publish(subject, message); err != nil {
		return fmt.Errorf("tell %s: %w", subject, err)
	}
	return nil
}

// Answer calls fn for each question or message of a subject, whose last part may be *, until
// ctx ends. A nil answer means that another node answers. fn must be quick: the next question
// waits for it.
func (w *Wire) Answer(ctx context.Context, subject string, fn func(subject string, question []byte) (answer []byte)) error {
	sub, err := w.conn.Subscribe(subject, func(m *nats.Msg) {
		if answer := fn(m.Subject, m.Data); answer != nil && m.Reply != "" {
			_ = m.Respond(answer) // who asked goes on without it
		}
	})
	if err != nil {
		return fmt.Errorf("answer %s: %w", subject, err)
	}
	<-ctx.Done()
	_ = sub.Unsubscribe() // it is no error if the connection is closed
	return nil
}
