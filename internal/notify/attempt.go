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

var (
	errClosed        = errors.New("the target is closed")
	errUnknownTarget = errors.New("feeds.yaml has no such target")
	errUnknownKind   = errors.New("unknown kind of target")
)

// outcome is what came of an attempt. Without err and obsolete, the notice was sent.
type outcome struct {
	err        error
	problem    string        // for pages, without secrets
	wait       time.Duration // Retry-After
	permanent  bool          // no further attempt can succeed
	targetGone bool          // the target wants no more notices
	obsolete   bool          // the notice is no longer true
}

func failed(err error) outcome { return outcome{err: err, problem: problemText(err)} }

// problemText is the text of an error without the target's address, which is a secret:
// whoever has it can send to the target.
func problemText(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return err.Error()
}

// attempt sends a notice to its target.
func (n *Notifier) attempt(ctx context.Context, notice *news.Notice) outcome {
	obsolete, err := n.isObsolete(notice)
	switch {
	case err != nil:
		return failed(err)
	case obsolete:
		return outcome{obsolete: true, problem: "the story was withdrawn, or the source recovered, before this could be sent"}
	}
	set := n.Settings()
	t, err := n.target(set, notice.Target)
	if err != nil {
		return failed(err)
	}
	send, ok := senders[t.Kind]
	if !ok {
		return outcome{err: errUnknownKind, problem: fmt.Sprintf("this version cannot send to %q", t.Kind), permanent: true}
	}
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	return send(n, ctx, set, t, notice)
}

// target finds a target by its id. A target that feeds.yaml does not have, but whose
// kind no sender knows, is from the rules of a newer version: it is returned without an
// address, so that its kind can be named.
func (n *Notifier) target(set *Settings, id string) (*Target, error) {
	if t, ok := set.Targets[id]; ok {
		return &t, nil
	}
	var rules *news.Rules
	err := n.Store.View(func(tx *store.Tx) (err error) {
		rules, err = tx.Rules()
		return err
	})
	if err != nil || rules == nil {
		return nil, errors.Join(errUnknownTarget, err)
	}
	for _, a := range rules.Alerts {
		for _, t := range a.To {
			if t.ID == id && senders[t.Kind] == nil {
				return &Target{Target: t}, nil
			}
		}
	}
	return nil, errUnknownTarget
}

// isObsolete reports whether a notice's story was withdrawn or hidden since, or its
// source recovered before the end of quiet hours.
func (n *Notifier) isObsolete(notice *news.Notice) (obsolete bool, err error) {
	if notice.Story == "" && (notice.Source == "" || notice.Due.IsZero()) {
		return false, nil
	}
	err = n.Store.View(func(tx *store.Tx) error {
		if notice.Story == "" {
			all, err := tx.Troubles.All()
			obsolete = !slices.ContainsFunc(all, func(t *news.Trouble) bool { return t.When == notice.When && t.Source == notice.Source })
			return err
		}
		s, err := tx.Stories.Get(notice.Story)
		obsolete = s != nil && (s.IsWithdrawn() || s.IsTakenDown())
		return err
	})
	return obsolete, err
}

// do sends a request, and reads the status of the answer. The body is ignored.
func (n *Notifier) do(req *http.Request) outcome {
	res, err := n.client.Do(req)
	if err != nil {
		return failed(err)
	}
	_ = res.Body.Close()
	switch {
	case res.StatusCode/100 == 2:
		return outcome{}
	case res.StatusCode == http.StatusGone:
		return outcome{err: errClosed, problem: "it answered 410 Gone, so nothing more is sent to it", permanent: true, targetGone: true}
	}
	o := failed(fmt.Errorf("it answered %d %s", res.StatusCode, http.StatusText(res.StatusCode)))
	if wait, ok := fetch.RetryAfter(res.Header.Get("Retry-After"), n.Now()); ok {
		o.wait = min(wait, giveUpAfter)
	}
	return o
}
