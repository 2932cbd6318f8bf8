package websub

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/reply"
)

const (
	maxForm   = 16 << 10 // bytes
	maxSecret = 200      // bytes; a secret must be shorter (section 5.1)

	minLease     = time.Hour
	defaultLease = 5 * 24 * time.Hour
	maxLease     = 10 * 24 * time.Hour
)

// form is a request to the hub (section 5.1).
type form struct {
	unsubscribe bool
	topic       string
	callback    string
	lease       time.Duration
	secret      string
}

// refusal is an error that is answered with a status.
type refusal struct {
	status int
	text   string
	wait   time.Duration // Retry-After; 0: none
}

func (r *refusal) Error() string {
	if r.wait == 0 {
		return r.text
	}
	return r.text + "; come back in " + waitText(r.wait)
}

// waitText says how long to wait, in seconds, minutes or hours.
func waitText(wait time.Duration) string {
	n, unit := int(wait/time.Second), "second"
	switch {
	case wait >= time.Hour && wait%time.Hour == 0:
		n, unit = int(wait/time.Hour), "hour"
	case wait >= time.Minute && wait%time.Minute == 0:
		n, unit = int(wait/time.Minute), "minute"
	}
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}

func refuse(status int, format string, args ...any) error {
	return &refusal{status: status, text: fmt.Sprintf(format, args...)}
}

// retryLater refuses a request that may be repeated after wait.
func retryLater(status int, wait time.Duration, format string, args ...any) error {
	return &refusal{status: status, text: fmt.Sprintf(format, args...), wait: wait}
}

// request returns what the callback is asked to confirm.
func (f *form) request() *news.SubscriptionRequest {
	r := &news.SubscriptionRequest{Unsubscribe: f.unsubscribe, Topic: f.topic}
	if !f.unsubscribe {
		r.Lease, r.Secret = f.lease, f.secret
	}
	return r
}

func readForm(w http.ResponseWriter, r *http.Request) (form, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" {
		return form{}, refuse(http.StatusUnsupportedMediaType, "the request must be application/x-www-form-urlencoded")
	}
	body, err := readBody(w, r, "form", maxForm)
	if err != nil {
		return form{}, err
	}
	return parseForm(string(body))
}

// readBody reads a body that has at most so many bytes. One that says that it has more is
// refused unread; one that does not arrive, with a status after which it may be sent again.
func readBody(w http.ResponseWriter, r *http.Request, name string, most int64) ([]byte, error) {
	err := reply.LimitBody(w, r, most)
	var body []byte
	if err == nil {
		body, err = io.ReadAll(r.Body)
	}
	switch fault := (*reply.Fault)(nil); {
	case err == nil:
		return body, nil
	case errors.As(err, &fault), reply.IsTooLong(err):
		return nil, refuse(http.StatusRequestEntityTooLarge, "the %s has more than %d KB", name, most>>10)
	}
	return nil, refuse(http.StatusRequestTimeout, "the %s was cut off or took too long", name)
}

// parseForm parses the body of a request. It ignores parameters that it does not know.
func parseForm(body string) (f form, err error) {
	q, err := url.ParseQuery(body)
	if err != nil {
		return f, refuse(http.StatusBadRequest, "the form is not valid")
	}
	for name, values := range q {
		if strings.HasPrefix(name, "hub.") && len(values) > 1 {
			return f, refuse(http.StatusBadRequest, "%.40q is there more than once", name)
		}
	}
	switch q.Get("hub.mode") {
	case "subscribe":
	case "unsubscribe":
		f.unsubscribe = true
	default:
		return f, refuse(http.StatusBadRequest, "hub.mode must be subscribe or unsubscribe")
	}
	f.topic, f.callback, f.secret = q.Get("hub.topic"), q.Get("hub.callback"), q.Get("hub.secret")
	if _, err := httpAddress(f.topic); err != nil {
		return f, refuse(http.StatusBadRequest, "hub.topic is %v", err)
	}
	if _, err := httpAddress(f.callback); err != nil {
		return f, refuse(http.StatusBadRequest, "hub.callback is %v", err)
	}
	if len(f.secret) >= maxSecret {
		return f, refuse(http.StatusBadRequest, "hub.secret must be shorter than %d bytes", maxSecret)
	}
	f.lease, err = parseLease(q.Get("hub.lease_seconds"))
	return f, err
}

// parseLease parses hub.lease_seconds. A lease beyond our bounds becomes the nearest one
// within.
func parseLease(s string) (time.Duration, error) {
	if s == "" {
		return defaultLease, nil
	}
	n, err := strconv.ParseUint(s, 10, 64)
	switch {
	case err != nil && strings.Trim(s, "0123456789") != "" || err == nil && n == 0:
		return 0, refuse(http.StatusBadRequest, "hub.lease_seconds must be a positive number")
	case err != nil || n > uint64(maxLease/time.Second):
		return maxLease, nil
	}
	return max(time.Duration(n)*time.Second, minLease), nil
}
