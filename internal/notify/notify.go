// Package notify sends notices: alerts to webhooks, Slack, ntfy and mail boxes, and
// newsletters to those who asked for them.
//
// What is to be sent is in the store before it is sent, and stays there until it
// left or is given up, so that a kill loses nothing. Each notice goes out at least
// once, and always under the same id: after a kill only what was under way is
// repeated, one mail for each open connection at most. Failures are tried again for
// a day, later and later. Which stories ring was decided by desk; that a source is
// quiet or can't be read is this node's own account, and decided here. Addresses and
// secrets come from feeds.yaml, are never stored, and are in no message and no log.
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
	"github.com/slugline/slugline/internal/store"
)

// Notifier sends alerts and newsletters. Its fields are not changed once it runs.
type Notifier struct {
	Store     *store.Store
	Live      *live.Live
	File      func(context.Context, news.Record) error // takes the records of what left
	Transport http.RoundTripper                        // guards what it dials: a fetch.Client's Guarded
	Settings  func() *Settings                         // in force
	Now       func() time.Time
	Chance    func() float64 // in [0,1), for jitter; nil: rand
	Log       *slog.Logger   // nil: silent

	// Items are the stories that records after a Seq brought to a topic and that are not
	// older than since, as far as they may be shown, and the topic's title.
	Items func(tx *store.Tx, topic string, after uint64, since time.Time) (title string, items []news.Item, err error)

	// Offline says whether sources can't be read for want of a network here: then none is
	// said to be in trouble. nil: never.
	Offline func() bool

	// Dial reaches the mail server; nil: as net.Dialer does. Its address is allowed by
	// standing in feeds.yaml: most are on the machine itself.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	start  sync.Once
	client *http.Client
	wake   chan struct{} // room for one: something may be due

	mu     sync.Mutex // guards the fields below
	seq    uint64     // notices of records so far are in queue, or were sent
	queue  map[string]*pendingNotice
	busyTargets   map[string]bool      // targets that something is on its way to
	pausedUntil map[string]time.Time // targets that asked to be left alone until then
	closedTargets map[string]string    // targets that want no more, and why
	mails   mailQueue

	lastCleanup time.Time // when what is old was last forgotten; Run's own
	lastCheck time.Time // when sources were last looked at; Run's own
}

// Settings is what feeds.yaml says of sending.
type Settings struct {
	Site    news.Site
	Alerts  []news.Alert
	Targets map[string]Target // by id
	Mail    *Mail             // nil: none is sent

	Newsletters []Newsletter
	Titles      map[string]string // of their topics, by newsletter
	NewslettersHash        string            // another one when Newsletters changed
}

// Target is where notices go, with what must not be told.
type Target struct {
	news.Target
	Address string
	Secret  string // of a webhook
}

// Mail is the server that takes our mail.
type Mail struct {
	SMTP string // smtp or smtps address, with user and password
	From string // an address, perhaps with a name before it
}

const (
	attemptTimeout    = 15 * time.Second // for one attempt
	eventBuffer = 256              // events that may wait for us
	rereadEvery   = time.Minute      // the store is read then, whatever was announced
)

func (n *Notifier) ready() {
	n.start.Do(func() {
		n.client = &http.Client{
			Transport:     n.Transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			Timeout:       attemptTimeout,
		}
		n.wake = make(chan struct{}, 1)
		n.queue, n.busyTargets = map[string]*pendingNotice{}, map[string]bool{}
		n.pausedUntil, n.closedTargets = map[string]time.Time{}, map[string]string{}
		if n.Log == nil {
			n.Log = slog.New(slog.DiscardHandler)
		}
		if n.Offline == nil {
			n.Offline = func() bool { return false }
		}
		if n.Chance == nil {
			n.Chance = rand.Float64
		}
	})
}

// Run sends what is due until ctx ends. What is under way then is let finish, for as
// long as one attempt may take.
func (n *Notifier) Run(ctx context.Context) error {
	n.ready()
	if err := n.load(); err != nil {
		return fmt.Errorf("load notices: %w", err)
	}
	var work sync.WaitGroup
	defer work.Wait()
	told := n.Live.Join(eventBuffer)
	defer func() { told.Leave() }()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-n.wake:
		case <-timer.C:
		case _, ok := <-told.C:
			if !ok {
				told = n.Live.Join(eventBuffer)
			}
		}
		timer.Reset(n.startDue(ctx, &work))
	}
}

func nudge(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
