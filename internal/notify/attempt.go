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

// ErrNotGivenUp is the answer of Again and Discard to what was not given up.
var ErrNotGivenUp = errors.New("no such notice was given up")

var (
	errClosed  = errors.New("the target is closed")
	errUnknownTarget = errors.New("feeds.yaml has no such target")
)

// outcome is what came of an attempt. Without err and dropped the notice left.
type outcome struct {
	err     error
	problem string        // in plain words, with nothing secret in it
	wait    time.Duration // Retry-After
	permanent   bool          // trying again is in vain
	targetGone    bool          // the target wants no more
	obsolete bool          // what it tells was taken back
}

func failed(err error) outcome { return outcome{err: err, problem: problemText(err)} }

// problemText leaves the address out of what a client says: whoever has it can ring.
func problemText(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return err.Error()
}

// attempt sends a notice to its target.
func (n *Notifier) attempt(ctx context.Context, notice *news.Notice) outcome {
	void, err := n.isObsolete(notice)
	switch {
	case err != nil:
		return failed(err)
	case void:
		return outcome{obsolete: true, problem: "what it tells was taken back before this could be sent"}
	}
	set := n.Settings()
	t, ok := set.Targets[notice.Target]
	if !ok {
		return failed(errUnknownTarget)
	}
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	if t.Kind == "mail" {
		return n.mailNotice(ctx, set, &t, notice)
	}
	req, err := n.request(ctx, set, &t, notice)
	if err != nil {
		return failed(err)
	}
	return n.postRequest(req)
}

// isObsolete says whether a notice's story was killed or hidden since, or the source was
// well again before quiet hours ended.
func (n *Notifier) isObsolete(notice *news.Notice) (void bool, err error) {
	if notice.Story == "" && (notice.Source == "" || notice.Due.IsZero()) {
		return false, nil
	}
	err = n.Store.View(func(tx *store.Tx) error {
		if notice.Story == "" {
			all, err := tx.Troubles()
			void = !slices.ContainsFunc(all, func(t *news.Trouble) bool { return t.When == notice.When && t.Source == notice.Source })
			return err
		}
		s, err := tx.Story(notice.Story)
		void = s != nil && (!s.Killed.IsZero() || s.IsHidden(news.Everywhere))
		return err
	})
	return void, err
}

func (n *Notifier) postRequest(req *http.Request) outcome {
	res, err := n.client.Do(req)
	if err != nil {
		return failed(err)
	}
	_ = res.Body.Close() // what it says is of no interest
	switch {
	case res.StatusCode/100 == 2:
		return outcome{}
	case res.StatusCode == http.StatusGone:
		return outcome{err: errClosed, problem: "it answered 410 Gone and gets nothing any more", permanent: true, targetGone: true}
	}
	o := failed(fmt.Errorf("it answered %d %s", res.StatusCode, http.StatusText(res.StatusCode)))
	if wait, ok := fetch.RetryAfter(res.Header.Get("Retry-After"), n.Now()); ok {
		o.wait = min(wait, giveUpAfter)
	}
	return o
}
