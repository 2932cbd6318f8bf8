package notify

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// ErrNotDead is the answer of Again and Discard to what was not given up.
var ErrNotDead = errors.New("no such notice was given up")

var (
	errClosed  = errors.New("the target is closed")
	errUnknown = errors.New("feeds.yaml has no such target")
)

// outcome is what came of an attempt. Without err and dropped the notice left.
type outcome struct {
	err     error
	problem string        // in plain words, with nothing secret in it
	wait    time.Duration // Retry-After
	fatal   bool          // trying again is in vain
	gone    bool          // the target wants no more
	dropped bool          // what it tells was taken back
}

func failed(err error) outcome { return outcome{err: err, problem: plain(err)} }

// plain leaves the address out of what a client says: whoever has it can ring.
func plain(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return err.Error()
}

// attempt sends a notice to its target.
func (n *Notifier) attempt(ctx context.Context, notice *news.Notice) outcome {
	void, err := n.void(notice)
	switch {
	case err != nil:
		return failed(err)
	case void:
		return outcome{dropped: true, problem: "what it tells was taken back before this could be sent"}
	}
	set := n.Settings()
	t, ok := set.Targets[notice.Target]
	if !ok {
		return failed(errUnknown)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if t.Kind == "mail" {
		return n.mailNotice(ctx, set, &t, notice)
	}
	req, err := n.request(ctx, set, &t, notice)
	if err != nil {
		return failed(err)
	}
	return n.push(req)
}

// void says whether a notice's story was killed or hidden since, or the source was
// well again before quiet hours ended.
func (n *Notifier) void(notice *news.Notice) (void bool, err error) {
	if notice.Story == "" && (notice.Source == "" || notice.Due.IsZero()) {
		return false, nil
	}
	err = n.Store.View(func(tx *store.Tx) error {
		if notice.Story == "" {
			all, err := tx.Troubles.All()
			void = !slices.ContainsFunc(all, func(t *news.Trouble) bool { return t.When == notice.When && t.Source == notice.Source })
			return err
		}
		s, err := tx.Stories.Get(notice.Story)
		void = s != nil && (!s.Killed.IsZero() || s.IsHidden(news.Everywhere))
		return err
	})
	return void, err
}

func (n *Notifier) push(req *http.Request) outcome {
	res, err := n.client.Do(req)
	if err != nil {
		return failed(err)
	}
	_ = res.Body.Close() // what it says is of no interest
	switch {
	case res.StatusCode/100 == 2:
		return outcome{}
	case res.StatusCode == http.StatusGone:
		return outcome{err: errClosed, problem: "it answered 410 Gone and gets nothing any more", fatal: true, gone: true}
	}
	o := failed(fmt.Errorf("it answered %d %s", res.StatusCode, http.StatusText(res.StatusCode)))
	if wait, ok := fetch.RetryAfter(res.Header.Get("Retry-After"), n.Now()); ok {
		o.wait = min(wait, giveUp)
	}
	return o
}
