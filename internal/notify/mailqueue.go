package notify

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// maxConnections is how many connections to the mail server letters go over.
const maxConnections = 4

// errNotWanted is a letter whose recipient left, or whose issue is empty by now.
var errNotWanted = errors.New("nobody wants it")

// mailQueue is the letters on their way. It stands under Notifier.mu.
type mailQueue struct {
	pending    []*news.Mail // that are not sent, those that failed last
	connections  int          // open connections
	failures int          // connections in a row that failed
	blockedUntil   time.Time    // no connection is tried before this
}

// readMails reads what was left to be sent. The caller holds mu.
func (n *Notifier) readMails(tx *store.Tx) error {
	all, err := tx.Mails()
	if err != nil {
		return err
	}
	n.mails.pending = n.mails.pending[:0]
	for _, m := range all {
		if m.Sent.IsZero() && !m.Dead {
			n.mails.pending = append(n.mails.pending, m)
		}
	}
	return nil
}

// startMailing opens connections as long as there are letters that are due, and says how long
// to wait for the next. The caller holds mu.
func (n *Notifier) startMailing(ctx context.Context, work *sync.WaitGroup, now time.Time) time.Duration {
	p := &n.mails
	if n.Settings().Mail == nil {
		return rereadEvery
	}
	due, wait := 0, rereadEvery
	for _, m := range p.pending {
		if m.Next.After(now) {
			wait = min(wait, m.Next.Sub(now))
		} else {
			due++
		}
	}
	if due > 0 && p.blockedUntil.After(now) {
		return min(wait, p.blockedUntil.Sub(now))
	}
	for p.connections < min(due, maxConnections) {
		p.connections++
		work.Go(func() { n.runConnection(ctx) })
	}
	return wait
}

// runConnection is one connection: it sends letters until none is due or it breaks. After each
// letter it waits until that is noted, so that a kill doubles the last one at most.
func (n *Notifier) runConnection(ctx context.Context) {
	err := n.sendMails(ctx)
	n.mu.Lock()
	defer n.mu.Unlock()
	p := &n.mails
	p.connections--
	p.failures++
	if err == nil {
		p.failures = 0
	} else if ctx.Err() == nil {
		p.blockedUntil = n.Now().Add(n.backOff(p.failures))
		n.Log.Warn("letters wait", "err", err)
	}
	nudge(n.wake)
}

func (n *Notifier) sendMails(ctx context.Context) error {
	set := n.Settings()
	if set.Mail == nil {
		return nil
	}
	c, err := n.server(set.Mail)
	if err != nil {
		return err
	}
	if err := c.DialWithContext(ctx); err != nil {
		return errors.New("the mail server can't be reached: " + problemText(err))
	}
	defer func() { _ = c.Close() }()
	for ctx.Err() == nil {
		m := n.nextMail()
		if m == nil {
			return nil
		}
		if err := n.sendMail(c, set, m); err != nil {
			return err
		}
	}
	return nil
}

// nextMail takes a letter that is due out of the bag, nil when there is none.
func (n *Notifier) nextMail() *news.Mail {
	n.mu.Lock()
	defer n.mu.Unlock()
	now := n.Now()
	for i, m := range n.mails.pending {
		if !m.Next.After(now) {
			n.mails.pending = append(n.mails.pending[:i], n.mails.pending[i+1:]...)
			return m
		}
	}
	return nil
}

// sendMail sends a letter and notes what came of it. An error means that the connection
// is of no more use, or that nothing can be noted at the moment; one that left is then
// noted later, and not sent again.
func (n *Notifier) sendMail(c *gomail.Client, set *Settings, m *news.Mail) error {
	var o outcome
	if m.Sent.IsZero() {
		msg, err := n.composeMail(set, m)
		switch {
		case errors.Is(err, errNotWanted):
			return n.Store.Update(func(tx *store.Tx) error { return tx.DropMail(m) })
		case err != nil:
			o = failed(err)
		default:
			o = sendOutcome(msg, c.Send(msg))
		}
	}
	done := n.afterAttempt(m, &o)
	err := n.Store.Update(func(tx *store.Tx) error { return recordMail(tx, done, &o) })
	if err != nil || o.err != nil && !done.Dead {
		n.mu.Lock()
		n.mails.pending = append(n.mails.pending, done)
		n.mu.Unlock()
	}
	if err != nil {
		return fmt.Errorf("note a letter: %w", err)
	}
	if errors.Is(o.err, errConnectionLost) {
		return o.err
	}
	return nil
}

// afterAttempt is a letter after an attempt.
func (n *Notifier) afterAttempt(m *news.Mail, o *outcome) *news.Mail {
	now := news.Instant(n.Now())
	done := *m
	switch {
	case !m.Sent.IsZero():
	case o.err == nil:
		done.Sent, done.Problem = now, ""
	default:
		done.Tries++
		done.Problem, done.Next = o.problem, now.Add(n.backOff(done.Tries))
		done.Dead = o.permanent || now.Sub(m.Made) >= giveUpAfter
	}
	return &done
}

// recordMail writes down what came of a letter. Who never confirmed and whose mail box does
// not exist is forgotten.
func recordMail(tx *store.Tx, m *news.Mail, o *outcome) error {
	r, err := tx.Recipient(m.Newsletter, m.Recipient)
	switch {
	case err != nil || r == nil:
		return err // they left meanwhile, and their letters with them
	case o.permanent && m.Issue.IsZero():
		return deleteRecipient(tx, r)
	}
	return tx.PutMail(m)
}
