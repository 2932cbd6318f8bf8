// Package notify sends notices: alerts to webhooks, Slack, ntfy and mail boxes, and
// newsletters to those who asked for them.
//
// What is to be sent is in the store before it is sent, and stays there until it
// left or is given up, so that a kill loses nothing. Each notice goes out at least
// once, and always under the same id: after a kill only what was under way is
// repeated, one mail for each open connection at most. Failures are tried again for
// a day, later and later. What goes out was decided by desk; addresses and secrets
// come from feeds.yaml, are never stored, and are in no message and no log.
package notify

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/slugline/slugline/internal/live"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// Notifier sends alerts. Its fields are not changed once it runs.
type Notifier struct {
	Store     *store.Store
	Live      *live.Live
	File      func(context.Context, news.Record) error // takes the records of what left
	Transport http.RoundTripper                        // guards what it dials: a fetch.Client's Guarded
	Settings  func() *Settings                         // in force
	Now       func() time.Time
	Chance    func() float64 // in [0,1), for jitter; nil: rand
	Log       *slog.Logger   // nil: silent
}

// Settings is what feeds.yaml says of sending.
type Settings struct {
	Targets map[string]Target // by id
	Mail    *Mail             // nil: none is sent
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

// Run sends what is due until ctx ends.
func (n *Notifier) Run(ctx context.Context) error {
	<-ctx.Done()
	return nil
}
