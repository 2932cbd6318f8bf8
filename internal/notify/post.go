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

// maxLines is how many connections to the mail server letters go over.
const maxLines = 4

// errUnwanted is a letter whose recipient left, or whose issue is empty by now.
var errUnwanted = errors.New("nobody wants it")

// post is the letters on their way. It stands under Notifier.mu.
type post struct {
	bag    []*news.Mail // that are not sent, those that failed last
	lines  int          // open connections
	outage int          // connections in a row that failed
	shut   time.Time    // no connection is tried before this
}

// collect reads what was left to be sent. The caller holds mu.
func (n *Notifier) collect(tx *store.Tx) error {
	all, err := tx.Mails.All()
	if err != nil {
		return err
	}
	n.post.bag = n.post.bag[:0]
	for _, m := range all {
		if m.Sent.IsZero() && !m.Dead {
			n.post.bag = append(n.post.bag, m)
		}
	}
	return nil
}

// ship opens connections as long as there are letters that are due, and says how long
// to wait for the next. The caller holds mu.
func (n *Notifier) ship(ctx context.Context, work *sync.WaitGroup, now time.Time) time.Duration {
	p := &n.post
	if n.Settings().Mail == nil {
		return lookAgain
	}
	due, wait := 0, lookAgain
	for _, m := range p.bag {
		if m.Next.After(now) {
			wait = min(wait, m.Next.Sub(now))
		} else {
			due++
		}
	}
	if due > 0 && p.shut.After(now) {
		return min(wait, p.shut.Sub(now))
	}
	for p.lines < min(due, maxLines) {
		p.lines++
		work.Go(func() { n.line(ctx) })
	}
	return wait
}

// line is one connection: it sends letters until none is due or it breaks. After each
// letter it waits until that is noted, so that a kill doubles the last one at most.
func (n *Notifier) line(ctx context.Context) {
	err := n.carry(ctx)
	n.mu.Lock()
	defer n.mu.Unlock()
	p := &n.post
	p.lines--
	p.outage++
	if err == nil {
		p.outage = 0
	} else if ctx.Err() == nil {
		p.shut = n.Now().Add(n.backOff(p.outage))
		n.Log.Warn("letters wait", "err", err)
	}
	nudge(n.wake)
}

func (n *Notifier) carry(ctx context.Context) error {
	set := n.Settings()
	if set.Mail == nil {
		return nil
	}
	c, err := n.server(set.Mail)
	if err != nil {
		return err
	}
	if err := c.DialWithContext(ctx); err != nil {
		return errors.New("the mail server can't be reached: " + plain(err))
	}
	defer func() { _ = c.Close() }()
	for ctx.Err() == nil {
		m := n.next()
		if m == nil {
			return nil
		}
		if err := n.deliver(c, set, m); err != nil {
			return err
		}
	}
	return nil
}

// next takes a letter that is due out of the bag, nil when there is none.
func (n *Notifier) next() *news.Mail {
	n.mu.Lock()
	defer n.mu.Unlock()
	now := n.Now()
	for i, m := range n.post.bag {
		if !m.Next.After(now) {
			n.post.bag = append(n.post.bag[:i], n.post.bag[i+1:]...)
			return m
		}
	}
	return nil
}

// deliver sends a letter and notes what came of it. An error means that the connection
// is of no more use, or that nothing can be noted at the moment; one that left is then
// noted later, and not sent again.
func (n *Notifier) deliver(c *gomail.Client, set *Settings, m *news.Mail) error {
	var o outcome
	if m.Sent.IsZero() {
		msg, err := n.write(set, m)
		switch {
		case errors.Is(err, errUnwanted):
			return n.Store.Update(func(tx *store.Tx) error { return tx.Mails.Delete(m) })
		case err != nil:
			o = failed(err)
		default:
			o = sent(msg, c.Send(msg))
		}
	}
	done := n.tried(m, &o)
	err := n.Store.Update(func(tx *store.Tx) error { return note(tx, done, &o) })
	if err != nil || o.err != nil && !done.Dead {
		n.mu.Lock()
		n.post.bag = append(n.post.bag, done)
		n.mu.Unlock()
	}
	if err != nil {
		return fmt.Errorf("note a letter: %w", err)
	}
	if errors.Is(o.err, errBroken) {
		return o.err
	}
	return nil
}

// tried is a letter after an attempt.
func (n *Notifier) tried(m *news.Mail, o *outcome) *news.Mail {
	now := news.Instant(n.Now())
	done := *m
	switch {
	case !m.Sent.IsZero():
	case o.err == nil:
		done.Sent, done.Problem = now, ""
	default:
		done.Tries++
		done.Problem, done.Next = o.problem, now.Add(n.backOff(done.Tries))
		done.Dead = o.fatal || now.Sub(m.Made) >= giveUp
	}
	return &done
}

// note writes down what came of a letter. Who never confirmed and whose mail box does
// not exist is forgotten.
func note(tx *store.Tx, m *news.Mail, o *outcome) error {
	r, err := tx.Recipients.Get(m.Newsletter, m.Recipient)
	switch {
	case err != nil || r == nil:
		return err // they left meanwhile, and their letters with them
	case o.fatal && m.Issue.IsZero():
		return forget(tx, r)
	}
	return tx.Mails.Put(m)
}
