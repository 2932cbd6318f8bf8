package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"syscall"
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

// outcome is what came of an attempt. Without err, the notices were sent that were not
// obsolete.
type outcome struct {
	err        error
	problem    string           // for pages, without secrets
	wait       time.Duration    // Retry-After
	permanent  bool             // no further attempt can succeed
	targetGone bool             // the target wants no more notices
	refused    bool             // the target refused this message, and may accept others
	doubtful   bool             // it is unknown whether the target would accept others
	obsolete   []*pendingNotice // notices that are no longer true
}

const obsoleteText = "the story was withdrawn, hidden or held, or the source recovered, before this could be sent"

const cancelledText = "the decision to send it was undone before this could be sent"

func failed(err error) outcome { return outcome{err: err, problem: problemText(err)} }

// problemText is the text of an error without the target's address, which is a secret:
// whoever has it can send to the target.
func problemText(err error) string {
	var u *url.Error
	if !errors.As(err, &u) {
		return err.Error()
	}
	var dial *net.OpError
	var name *net.DNSError
	switch {
	case errors.As(u.Err, &name) && name.IsNotFound:
		return fmt.Sprintf("the name %s does not exist", name.Name)
	case errors.As(u.Err, &dial) && dial.Addr != nil && errors.Is(u.Err, syscall.ECONNREFUSED):
		return fmt.Sprintf("nothing answers at %s: the connection was refused", dial.Addr)
	case errors.Is(u.Err, context.DeadlineExceeded):
		return fmt.Sprintf("the address did not answer within %v", attemptTimeout)
	}
	return u.Err.Error()
}

// attempt sends a message to its target.
func (n *Notifier) attempt(ctx context.Context, m *message) outcome {
	c := &content{id: m.id, isDigest: len(m.notices) > 1}
	var obsolete []*pendingNotice
	for _, p := range m.notices {
		gone, err := n.isObsolete(p.Notice, p.Batch != "")
		switch {
		case err != nil:
			return failed(err)
		case gone:
			obsolete = append(obsolete, p)
		default:
			c.notices = append(c.notices, p.Notice)
		}
	}
	if len(c.notices) == 0 {
		return outcome{obsolete: obsolete}
	}
	o := n.send(ctx, m.target, c)
	o.obsolete = obsolete
	return o
}

// send sends a content to a target.
func (n *Notifier) send(ctx context.Context, target string, c *content) outcome {
	set := n.Settings()
	t, err := n.findTarget(set, target)
	if err != nil {
		return failed(err)
	}
	send, ok := senders[t.Kind]
	if !ok {
		return outcome{err: errUnknownKind, problem: fmt.Sprintf("this version cannot send to %q", t.Kind), permanent: true}
	}
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	return send(n, ctx, set, t, c)
}

// findTarget finds a target by its id. A target that feeds.yaml does not have, but whose
// kind no sender knows, is from the rules of a newer version: it is returned without an
// address, so that its kind can be named.
func (n *Notifier) findTarget(set *Settings, id string) (*Target, error) {
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
	for _, t := range rules.Targets {
		if t.ID == id && senders[t.Kind] == nil {
			return &Target{Target: t.Target}, nil
		}
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

// isObsolete reports whether a notice's story was withdrawn, hidden or held since, or its
// source recovered while the notice waited for the end of quiet hours or for a digest.
func (n *Notifier) isObsolete(notice *news.Notice, waited bool) (obsolete bool, err error) {
	if notice.Story == "" && (notice.Source == "" || notice.Due.IsZero() && !waited) {
		return false, nil
	}
	err = n.Store.View(func(tx *store.Tx) error {
		if notice.Story == "" {
			all, err := tx.Troubles.All()
			obsolete = !slices.ContainsFunc(all, func(t *news.Trouble) bool { return t.When == notice.When && t.Source == notice.Source })
			return err
		}
		s, err := tx.Stories.Get(notice.Story)
		if err != nil {
			return err
		}
		current, err := tx.Notices.Get(notice.ID)
		if err != nil {
			return err
		}
		if current != nil && current.Cancelled {
			notice.Cancelled, obsolete = true, true
			return nil
		}
		obsolete = s != nil && (s.IsWithdrawn() || s.IsTakenDown() || s.IsHeld(""))
		return err
	})
	return obsolete, err
}

// do sends a request, and reads the status of the answer.
func (n *Notifier) do(req *http.Request) outcome {
	res, err := n.client.Do(req)
	if err != nil {
		return failed(err)
	}
	defer func() { _ = res.Body.Close() }()
	switch {
	case res.StatusCode/100 == 2:
		return outcome{}
	case res.StatusCode == http.StatusGone:
		return outcome{err: errClosed, problem: "it answered 410 Gone, so nothing more is sent to it", permanent: true, targetGone: true}
	}
	o := failed(fmt.Errorf("it answered %d %s", res.StatusCode, http.StatusText(res.StatusCode)))
	o.refused, o.doubtful = blames(res.StatusCode)
	wait, ok := fetch.RetryAfter(res.Header.Get("Retry-After"), n.Now())
	if !ok && res.StatusCode == http.StatusTooManyRequests {
		wait = waitInBody(res.Body)
	}
	o.wait = max(0, min(wait, giveUpAfter))
	return o
}

// waitInBody returns how long the body of a 429 answer asks to wait: that of Telegram in
// seconds, that of older Matrix servers in milliseconds. Other bodies ask for nothing.
func waitInBody(body io.Reader) time.Duration {
	const most = 4 << 10
	var v struct {
		Parameters struct {
			RetryAfter float64 `json:"retry_after"`
		} `json:"parameters"`
		RetryAfterMS float64 `json:"retry_after_ms"`
	}
	if err := json.NewDecoder(io.LimitReader(body, most)).Decode(&v); err != nil {
		return 0
	}
	seconds := max(v.Parameters.RetryAfter, v.RetryAfterMS/1000)
	return time.Duration(max(0, min(seconds, giveUpAfter.Seconds())) * float64(time.Second))
}

// blames says what the status of an error tells about other messages: that the target
// refused this one alone, or that this is in doubt. Otherwise it would not accept any.
func blames(status int) (refused, doubtful bool) {
	switch status {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity:
		return true, false
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return false, false
	}
	return false, status >= 500
}
