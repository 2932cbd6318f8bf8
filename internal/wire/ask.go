package wire

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go"
)

// Ask sends a question to the nodes that answer a subject and returns the first answer. It
// returns an error as soon as it is known that nobody answers, or when ctx ends.
func (w *Wire) Ask(ctx context.Context, subject string, question []byte) (answer []byte, err error) {
	t, err := w.door.wait(ctx)
	if err != nil {
		return nil, err
	}
	m, err := t.js.Conn().RequestWithContext(ctx, subject, question)
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", subject, err)
	}
	return m.Data, nil
}

// Tell sends a message to the nodes that answer a subject. It does not wait, and the message
// may be lost.
func (w *Wire) Tell(subject string, message []byte) error {
	t, _ := w.door.look()
	if t == nil {
		return fmt.Errorf("tell %s: the servers are not reached", subject)
	}
	if err := t.js.Conn().Publish(subject, message); err != nil {
		return fmt.Errorf("tell %s: %w", subject, err)
	}
	return nil
}

// Answer calls fn for each question or message of a subject, whose last part may be *, until
// ctx ends. A nil answer means that another node answers. fn must be quick: the next question
// waits for it.
func (w *Wire) Answer(ctx context.Context, subject string, fn func(subject string, question []byte) (answer []byte)) error {
	return w.AnswerLater(ctx, subject, func(subject string, question []byte, answer func([]byte)) {
		if b := fn(subject, question); b != nil {
			answer(b)
		}
	})
}

// AnswerLater is Answer for questions that take a while: fn returns at once, and calls answer
// later, from any goroutine, at most once.
func (w *Wire) AnswerLater(ctx context.Context, subject string, fn func(subject string, question []byte, answer func([]byte))) error {
	for ctx.Err() == nil {
		t, changed := w.door.look()
		if t != nil {
			end, err := subscribe(t.js.Conn(), subject, fn)
			if err != nil {
				w.log.Debug("questions of other nodes can't be answered yet", "err", err)
				_ = sleep(ctx, openRetry)
				continue
			}
			defer end()
		}
		select { // the connection ends before there is another one
		case <-changed:
		case <-ctx.Done():
		}
	}
	return nil
}

// subscribe calls fn for each message of a subject until end is called or the connection ends.
func subscribe(c *nats.Conn, subject string, fn func(string, []byte, func([]byte))) (end func(), err error) {
	sub, err := c.Subscribe(subject, func(m *nats.Msg) {
		fn(m.Subject, m.Data, func(answer []byte) {
			if m.Reply != "" {
				_ = m.Respond(answer) // who asked goes on without it
			}
		})
	})
	if err != nil {
		return nil, fmt.Errorf("answer %s: %w", subject, err)
	}
	return func() { _ = sub.Unsubscribe() }, nil // it is no error if the connection is closed
}
