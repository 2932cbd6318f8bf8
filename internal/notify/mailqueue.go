package notify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/retry"
	"github.com/slugline/slugline/internal/store"
)

// maxConnections is how many connections to the mail server are open at once.
const maxConnections = 4

// errNotWanted means that a mail's recipient unsubscribed, or that its issue has no
// stories any more.
var errNotWanted = errors.New("the mail is not wanted any more")

// mailQueue has the newsletter mails that are not sent. Notifier.mu guards it.
type mailQueue struct {
	pending      []*news.Mail // those that failed last
	sending      map[mailKey]bool
	connections  int       // open
	failures     int       // connections in a row that failed
	blockedUntil time.Time // no connection is opened before this
}

// mailKey identifies a mail.
type mailKey struct {
	newsletter, recipient string
	issue                 int64 // Unix milliseconds
}

func keyOf(m *news.Mail) mailKey { return mailKey{m.Newsletter, m.Recipient, m.Issue.UnixMilli()} }

// readMails reads the mails that are not sent, but for those that are being sent, or were and
// could not be recorded. The caller holds mu.
func (n *Notifier) readMails(tx *store.Tx) error {
	all, err := tx.Mails.All()
	if err != nil {
		return err
	}
	q := &n.mails
	sent := slices.DeleteFunc(q.pending, func(m *news.Mail) bool { return m.Sent.IsZero() })
	known := map[mailKey]bool{}
	for _, m := range sent {
		known[keyOf(m)] = true
	}
	q.pending = sent
	for _, m := range all {
		if m.Sent.IsZero() && !m.Dead && !known[keyOf(m)] && !q.sending[keyOf(m)] {
			q.pending = append(q.pending, m)
		}
	}
	return nil
}

// startMailing opens connections while more mails are due, and returns how long to wait
// for the next. The caller holds mu.
func (n *Notifier) startMailing(ctx context.Context, work *sync.WaitGroup, now time.Time) time.Duration {
	q := &n.mails
	if n.Settings().Mail == nil {
		return rereadEvery
	}
	due, wait := 0, rereadEvery
	for _, m := range q.pending {
		if m.Next.After(now) {
			wait = min(wait, m.Next.Sub(now))
		} else {
			due++
		}
	}
	if due > 0 && q.blockedUntil.After(now) {
		return min(wait, q.blockedUntil.Sub(now))
	}
	for q.connections < min(due, maxConnections) {
		q.connections++
		work.Go(func() { n.runConnection(ctx) })
	}
	return wait
}

// runConnection sends mails over one connection until none is due or the connection
// fails. Each mail is recorded before the next is sent, so a kill repeats one at most.
func (n *Notifier) runConnection(ctx context.Context) {
	err := n.sendMails(ctx)
	n.mu.Lock()
	defer n.mu.Unlock()
	q := &n.mails
	q.connections--
	q.failures++
	if err == nil {
		q.failures = 0
	} else if ctx.Err() == nil {
		q.blockedUntil = n.Now().Add(backoff.Wait(q.failures, n.Chance()))
		n.Log.Warn("newsletter mails are delayed", "err", err)
	}
	retry.Wake(n.wake)
}

func (n *Notifier) sendMails(ctx context.Context) error {
	set := n.Settings()
	if set.Mail == nil {
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c, err := n.server(ctx, set.Mail)
	if err != nil {
		return err
	}
	if err := n.Settle(ctx); err != nil {
		return fmt.Errorf("tell the other nodes what is to be sent: %w", err)
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
		if err := errors.Join(n.sendMail(c, set, m), n.Settle(ctx)); err != nil {
			return err
		}
	}
	return nil
}

// nextMail removes a mail that is due from the queue, nil when there is none.
func (n *Notifier) nextMail() *news.Mail {
	n.mu.Lock()
	defer n.mu.Unlock()
	now := n.Now()
	for i, m := range n.mails.pending {
		if !m.Next.After(now) {
			n.mails.pending = append(n.mails.pending[:i], n.mails.pending[i+1:]...)
			n.mails.sending[keyOf(m)] = true
			return m
		}
	}
	return nil
}

// sendMail sends a mail and records the outcome. An error means that the connection is
// of no more use, or that the outcome can't be stored now. A mail that was sent is then
// recorded later, and not sent again.
func (n *Notifier) sendMail(c *gomail.Client, set *Settings, m *news.Mail) error {
	var o outcome
	if m.Sent.IsZero() {
		msg, err := n.composeMail(set, m)
		switch {
		case errors.Is(err, errNotWanted):
			err := n.Store.Update(func(tx *store.Tx) error { return tx.Mails.Delete(m) })
			n.mailDone(m, nil)
			return err
		case err != nil:
			o = failed(err)
		default:
			o = sendOutcome(msg, c.Send(msg))
		}
	}
	done := n.afterAttempt(m, &o)
	err := n.Store.Update(func(tx *store.Tx) error { return recordMail(tx, done, &o) })
	if err != nil || o.err != nil && !done.Dead {
		n.mailDone(m, done)
	} else {
		n.mailDone(m, nil)
	}
	if err != nil {
		return fmt.Errorf("record a mail: %w", err)
	}
	if errors.Is(o.err, errConnectionLost) {
		return o.err
	}
	return nil
}

// mailDone notes that a mail is not being sent any more; again is what is to be tried or
// recorded later, nil if nothing is.
func (n *Notifier) mailDone(m, again *news.Mail) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.mails.sending, keyOf(m))
	if again != nil {
		n.mails.pending = append(n.mails.pending, again)
	}
}

// afterAttempt returns the state of a mail after an attempt.
func (n *Notifier) afterAttempt(m *news.Mail, o *outcome) *news.Mail {
	now := news.Instant(n.Now())
	done := *m
	switch {
	case !m.Sent.IsZero():
	case o.err == nil:
		done.Sent, done.Problem = now, ""
	default:
		done.Tries++
		done.Problem, done.Next = o.problem, now.Add(backoff.Wait(done.Tries, n.Chance()))
		done.Dead = o.permanent || now.Sub(m.Made) >= giveUpAfter
	}
	return &done
}

// recordMail stores the state of a mail after an attempt. A recipient who has not
// confirmed and whose mailbox does not exist is deleted.
func recordMail(tx *store.Tx, m *news.Mail, o *outcome) error {
	r, err := tx.Recipients.Get(m.Newsletter, m.Recipient)
	switch {
	case err != nil || r == nil:
		return err // unsubscribed meanwhile, which deleted the mail
	case o.permanent && m.Issue.IsZero():
		return deleteRecipient(tx, r)
	}
	return tx.Mails.Put(m)
}
