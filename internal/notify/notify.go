// Package notify sends notices: alerts to webhooks, chats, push services and mailboxes,
// and newsletters to their recipients.
//
// What is to be sent is in the store before it is sent, and stays there until it is
// sent or given up, so a kill loses nothing. Each notice is sent at least once, always
// under the same id: after a kill only what was in flight is sent again, one mail for
// each open connection at most. Failures are tried again for a day, at growing
// intervals; while a target can't be reached its notices wait behind the oldest, and
// the first success sends them in order. The desk decides which stories ring; this
// package decides which sources are in trouble, because only this node's visits say
// that. Addresses and secrets come from feeds.yaml; they are never stored, and appear in
// no message and no log.
//
//	notify.go     Notifier and its settings
//	queue.go      notices: what is due
//	digest.go     which notices are sent together
//	outcome.go    what came of attempts, and how targets recover
//	resend.go     what editors do with notices that were given up
//	attempt.go    one attempt at a target
//	target.go     how each kind of target is sent to; service.go the chat and push services
//	message.go    texts of one notice or a digest; alertmail.go their mails
//	mail.go       the mail server, and what all mails have in common; maildialer.go connections
//	mailqueue.go  newsletter mails: what is due, and what came of it
//	issue.go      issues of newsletters; compose.go renders their mails
//	recipient.go  who receives a newsletter
//	trouble.go    alerts about sources
package notify

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/slugline/slugline/internal/live"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/retry"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/webhook"
)

// Notifier sends alerts and newsletters. Its fields must not change once it runs.
type Notifier struct {
	Store     *store.Store
	Live      *live.Live
	File      func(context.Context, news.Record) error // files the records of sent notices
	Transport http.RoundTripper                        // refuses addresses that feeds.yaml does not have: a fetch.Transport
	Settings  func() *Settings                         // the settings in force
	Now       func() time.Time
	Chance    func() float64 // in [0,1), for jitter; nil: rand
	Log       *slog.Logger   // nil: silent

	// Items returns the stories that records after a Seq brought to a topic and that
	// are not older than since, as far as they may be shown and fit in an issue, how many
	// more there are, and the topic's title.
	Items func(tx *store.Tx, topic string, after uint64, since time.Time) (title string, items []news.Item, more int, err error)

	// Where several nodes share the work, Run is called on one of them at a time, and
	// FollowSources on all. Settle waits until the others know what was stored here: nothing is
	// sent before, so that who takes over sends the same. Owns reports whether this node visits
	// the sources at an address. Both are nil on a node that is alone.
	Settle func(context.Context) error
	Owns   func(address string) bool

	// Offline reports whether this machine has no network. Then no source is said to be
	// in trouble. nil: never.
	Offline func() bool

	// Dial connects to the mail server; nil: as net.Dialer does. The server's address
	// is not checked, because feeds.yaml names it and most are on this machine.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	start  sync.Once
	client *http.Client
	wake   chan struct{} // capacity 1: something may be due

	mu       sync.Mutex // guards the fields below
	running  bool       // Run is
	reread   bool       // other nodes have changed what is stored
	seq      uint64     // notices of records up to this one are in queue, or done
	queue    map[string]*pendingNotice
	targets  map[string]*targetState // by id
	windows  map[windowKey]*news.AlertWindow
	inFlight int // attempts
	troubled int // of these, at targets whose last attempt failed
	mails    mailQueue

	// Used by Run's goroutine only.
	lastCleanup time.Time
	lastCheck   time.Time // of the sources
}

// Settings is what feeds.yaml says about sending.
type Settings struct {
	Site    news.Site
	Alerts  []news.Alert
	Targets map[string]Target // by id
	Mail    *Mail             // nil: no mail is sent

	Newsletters     []Newsletter
	Titles          map[string]string // of their topics, by newsletter
	NewslettersHash string            // changes with Newsletters
}

// Target is a target of alerts, with what must not be disclosed.
type Target struct {
	news.Target
	Address   string            // of the webhook or topic, of the service, or of a mailbox
	Recipient string            // a chat, a room or a user at the service
	Token     string            // for access to the service; empty: none is needed
	Secret    string            // of a webhook; empty: messages are not signed
	Header    http.Header       // of requests to a webhook; may be nil
	Template  *webhook.Template // of a webhook; nil: our own JSON
}

// Mail is the server that accepts our mail.
type Mail struct {
	SMTP string // smtp or smtps URL, with user and password
	From string // an address, perhaps with a name before it
}

const (
	attemptTimeout = 15 * time.Second
	eventBuffer    = 256         // events that may wait for Run
	rereadEvery    = time.Minute // the store is read this often, even if nothing is announced
)

func (n *Notifier) ready() {
	n.start.Do(func() {
		n.client = &http.Client{
			Transport:     n.Transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			Timeout:       attemptTimeout,
		}
		n.wake = make(chan struct{}, 1)
		n.queue, n.targets = map[string]*pendingNotice{}, map[string]*targetState{}
		n.windows = map[windowKey]*news.AlertWindow{}
		n.mails.sending = map[mailKey]bool{}
		if n.Log == nil {
			n.Log = slog.New(slog.DiscardHandler)
		}
		if n.Offline == nil {
			n.Offline = func() bool { return false }
		}
		if n.Chance == nil {
			n.Chance = rand.Float64
		}
		if n.Settle == nil {
			n.Settle = func(context.Context) error { return nil }
		}
	})
}

// Wake has Run look at once what is due: the time that Now returns has jumped.
func (n *Notifier) Wake() {
	n.ready()
	retry.Wake(n.wake)
}

// Reread has Run read again what is stored: another node has changed it.
func (n *Notifier) Reread() {
	n.ready()
	n.mu.Lock()
	n.reread = true
	n.mu.Unlock()
	retry.Wake(n.wake)
}

// Run sends what is due until ctx ends. It waits for attempts in flight, up to
// attemptTimeout. It may be called again after that.
func (n *Notifier) Run(ctx context.Context) error {
	n.ready()
	if err := n.load(); err != nil {
		return fmt.Errorf("load notices: %w", err)
	}
	var work sync.WaitGroup
	defer n.stopped()
	defer work.Wait()
	events := n.Live.Subscribe(eventBuffer)
	defer func() { events.Close() }()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-n.wake:
		case <-timer.C:
		case _, ok := <-events.C:
			if !ok {
				events = n.Live.Subscribe(eventBuffer)
			}
		}
		timer.Reset(n.startDue(ctx, &work))
	}
}

func (n *Notifier) stopped() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.running = false
}
