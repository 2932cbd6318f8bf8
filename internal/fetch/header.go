package fetch

import (
	"crypto/x509"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/news"
)

// maxValidator is the length of the longest validator that is stored, in bytes.
const maxValidator = 4 << 10

// validators returns the validators of an answer, unchanged. It leaves out those that a
// request could not contain.
func validators(h http.Header) (v news.Validators) {
	if s := h.Get("ETag"); isSendable(s) {
		v.ETag = s
	}
	if s := h.Get("Last-Modified"); isSendable(s) {
		v.LastModified = s
	}
	return v
}

// isSendable reports whether a request's header may contain s.
func isSendable(s string) bool {
	if s == "" || len(s) > maxValidator {
		return false
	}
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// mergeValidators returns the validators to store after a 304: those that it has, and the
// old ones for which it has none.
func mergeValidators(old, got news.Validators) news.Validators {
	if got.ETag == "" {
		got.ETag = old.ETag
	}
	if got.LastModified == "" {
		got.LastModified = old.LastModified
	}
	return got
}

// retryTime returns the time before which a server does not want to be visited, at most
// limit from now. It is zero when the server does not say.
func retryTime(h http.Header, now time.Time, limit time.Duration) time.Time {
	s := h.Get("Retry-After")
	if s == "" {
		return time.Time{}
	}
	wait, ok := RetryAfter(s, serverTime(h, now))
	if !ok {
		return time.Time{}
	}
	return news.Instant(now.Add(min(wait, limit)))
}

// RetryAfter reads a Retry-After header: seconds, or a date (RFC 9110 section 10.2.3). A
// date is relative to date, the time on the server's clock.
func RetryAfter(s string, date time.Time) (time.Duration, bool) {
	s = strings.TrimSpace(s)
	if wait, ok := parseSeconds(s); ok {
		return wait, true
	}
	t, err := http.ParseTime(s)
	if err != nil {
		return 0, false
	}
	return max(0, t.Sub(date)), true
}

// serverTime returns the time on the server's clock, with which its other dates must be
// compared; now when the header does not say.
func serverTime(h http.Header, now time.Time) time.Time {
	if t, err := http.ParseTime(h.Get("Date")); err == nil {
		return t
	}
	return now
}

// maxCached is the longest time for which a cache can have stored an answer whose Date is
// believed.
const maxCached = 365 * 24 * time.Hour

// presentTime returns the time that it is by an answer: its Date, and the time since then for
// which caches have stored it (RFC 9111 section 5.1). It is zero when the answer does not say.
func presentTime(h http.Header) time.Time {
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return time.Time{}
	}
	age, _ := parseSeconds(strings.TrimSpace(h.Get("Age")))
	if age > maxCached {
		return time.Time{}
	}
	return date.Add(age)
}

// tell calls Told with what an answer says, or a certificate that was refused for its time.
func (v *visit) tell(res *http.Response, err error) {
	if v.Told == nil {
		return
	}
	var invalid x509.CertificateInvalidError
	switch {
	case err == nil:
		now := presentTime(res.Header)
		v.Told(v.url.String(), now, now)
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired && invalid.Cert != nil:
		v.Told(v.url.String(), invalid.Cert.NotBefore, invalid.Cert.NotAfter)
	}
}

// parseSeconds reads delta-seconds (RFC 9111 section 1.2.2). A number that is too large
// becomes the longest duration.
func parseSeconds(s string) (time.Duration, bool) {
	if s == "" {
		return 0, false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n > math.MaxInt64/int64(time.Second) {
		return math.MaxInt64, true
	}
	return time.Duration(n) * time.Second, true
}

// Freshness returns how long an answer stays fresh (RFC 9111 section 4.2): max-age minus
// Age or, without max-age, Expires minus Date. It is 0 if the server says neither, or
// forbids caching.
func Freshness(h http.Header, now time.Time) time.Duration {
	maxAge, said := cacheControl(h["Cache-Control"])
	if said {
		age, _ := parseSeconds(strings.TrimSpace(h.Get("Age")))
		return max(0, maxAge-age)
	}
	s := h.Get("Expires")
	if s == "" {
		return 0
	}
	t, err := http.ParseTime(s)
	if err != nil {
		return 0
	}
	return max(0, t.Sub(serverTime(h, now)))
}

// cacheControl returns max-age, which is 0 with no-store and no-cache. said is false when
// the header has none of these.
func cacheControl(values []string) (maxAge time.Duration, said bool) {
	for _, value := range values {
		for value != "" {
			var directive string
			directive, value = cutOutside(value, ',')
			name, arg, _ := strings.Cut(directive, "=")
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "no-store", "no-cache":
				return 0, true
			case "max-age":
				if d, ok := parseSeconds(strings.Trim(strings.TrimSpace(arg), `"`)); ok && !said {
					maxAge, said = d, true
				}
			}
		}
	}
	return maxAge, said
}

// cutOutside cuts s at the first sep outside of quotes and angle brackets.
func cutOutside(s string, sep byte) (before, after string) {
	quoted, angled := false, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\':
			i++
		case c == '"' && !angled:
			quoted = !quoted
		case quoted:
		case c == '<':
			angled = true
		case c == '>':
			angled = false
		case c == sep && !angled:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}
