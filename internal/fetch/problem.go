package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// Kind is the kind of a problem. Values are stored.
type Kind string

// The kinds of problems. How the program reacts to a problem depends only on its kind.
const (
	BadAddress       Kind = "address"     // the source's address is not valid
	ForbiddenAddress Kind = "forbidden"   // the address leads to a private one that feeds.yaml does not allow
	Unreachable      Kind = "unreachable" // no such name, refused, no route
	Insecure         Kind = "tls"         // no TLS connection, or none that can be trusted
	TimedOut         Kind = "slow"        // a time limit was exceeded
	Truncated        Kind = "cut"         // the body ended too early
	TooLarge         Kind = "large"       // a size limit was exceeded
	Malformed        Kind = "garbled"     // the answer is not valid HTTP, or can't be decoded
	BadRedirect      Kind = "redirect"    // redirects without an address, in a circle, or too many
	Unsolicited      Kind = "unasked"     // 304 or 226, which the request did not ask for
	BadStatus        Kind = "status"      // any other status without a document
	RetryLater       Kind = "busy"        // 429, or 503 with Retry-After: come back later
	Gone             Kind = "gone"        // 410
	Blocked          Kind = "blocked"     // 401, 403, 407, 451, or a challenge page: more visits are useless
)

// Problem is a failed visit that is the source's fault. Text is for people, in plain words
// and without credentials.
type Problem struct {
	Kind       Kind
	Text       string
	URL        string    // of the hop that failed; empty for BadAddress
	Status     int       // 0 without an answer
	RetryAfter time.Time // visit not before this time; zero when not said
	MovedTo    string    // as in Result
	Err        error     // the cause; may be nil
}

func (p *Problem) Error() string { return p.Text }

// Unwrap returns the cause, for logs.
func (p *Problem) Unwrap() error { return p.Err }

var (
	errTotal  = errors.New("the visit took too long")
	errHeader = errors.New("the answer did not begin")
	errRate   = errors.New("the body came too slowly")
)

// isLimit reports whether ctx ended because of one of the visit's own limits.
func isLimit(cause error) bool { return cause == errTotal || cause == errHeader || cause == errRate }

// bodyError is an error while the body was read.
type bodyError struct{ error }

func (e *bodyError) Unwrap() error { return e.error }

// statusText says which status a host answered.
func statusText(u *url.URL, status int) string {
	s := fmt.Sprintf("%s answered %d", u.Hostname(), status)
	if text := http.StatusText(status); text != "" {
		s += " " + text
	}
	return s
}

// statusProblem returns the problem that an answer without a document is.
func (v *visit) statusProblem(res *http.Response) *Problem {
	who := challenge(res, peek(res))
	status := res.StatusCode
	text := statusText(v.url, status)
	switch {
	case who != "":
		return v.problemFrom(res, Blocked, challengeText(v.url, who))
	case status == http.StatusUnauthorized, status == http.StatusProxyAuthRequired:
		return v.problemFrom(res, Blocked, text+": it asks for a user name and a password; if you have them, set headers for this source")
	case status == http.StatusForbidden:
		return v.problemFrom(res, Blocked, text+": it does not let us in; ask its owner, or set user_agent or headers for this source")
	case status == http.StatusUnavailableForLegalReasons:
		return v.problemFrom(res, Blocked, text+": it may not be read from here")
	case status == http.StatusGone:
		return v.problemFrom(res, Gone, text+": the feed was taken down for good")
	case status == http.StatusTooManyRequests:
		return v.problemFrom(res, RetryLater, text+": it asks for fewer visits")
	case status == http.StatusServiceUnavailable && res.Header.Get("Retry-After") != "":
		return v.problemFrom(res, RetryLater, text+": it asks to come back later")
	case status == http.StatusNotFound:
		return v.problemFrom(res, BadStatus, text+": there is no feed at this address")
	case status >= 500:
		return v.problemFrom(res, BadStatus, text+": something is broken there")
	}
	return v.problemFrom(res, BadStatus, text)
}

// peek reads the beginning of an answer without a document, so that the connection can be
// reused.
func peek(res *http.Response) []byte {
	b, _ := io.ReadAll(io.LimitReader(res.Body, 32<<10)) // what has arrived by then is enough
	return b
}

// explain returns the problem for an error of the network, in plain words.
func (v *visit) explain(ctx context.Context, err error) *Problem {
	host := v.url.Hostname()
	p := func(k Kind, format string, args ...any) *Problem {
		return &Problem{Kind: k, Text: fmt.Sprintf(format, args...), Err: err}
	}
	var forbidden *forbiddenError
	switch cause := context.Cause(ctx); {
	case errors.As(err, &forbidden):
		return p(ForbiddenAddress, "%s", forbidden.text(host))
	case cause == errTotal:
		return p(TimedOut, "%s did not send its whole answer within %v", host, v.total)
	case cause == errHeader:
		return p(TimedOut, "%s did not answer within %v", host, v.timeout)
	case cause == errRate:
		return p(TimedOut, "%s sent less than %d bytes in %v", host, v.conf.MinBytes, v.conf.RateWindow)
	}
	var body *bodyError
	if errors.As(err, &body) {
		return v.explainBody(p, err)
	}
	return v.explainConn(p, err)
}

// problemFunc returns a problem with a formatted text.
type problemFunc func(k Kind, format string, args ...any) *Problem

// explainBody explains an error while the body was read.
func (v *visit) explainBody(p problemFunc, err error) *Problem {
	host := v.url.Hostname()
	var odd *encodingError
	switch {
	case errors.Is(err, errLarge):
		return p(TooLarge, "%s sent more than the limit, and its beginning can't be decoded%s", host, v.higherLimit("; "))
	case errors.As(err, &odd):
		return p(Malformed, "%s sent a body in an unknown content coding (%q)", host, odd.name)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		return p(Truncated, "%s broke off in the middle of its answer", host)
	case isTimeout(err):
		return p(TimedOut, "%s stopped in the middle of its answer", host)
	case errors.Is(err, errDecode):
		return p(Malformed, "%s sent a body that can't be decompressed", host)
	}
	return p(Truncated, "%s broke off in the middle of its answer", host)
}

// explainConn explains an error before the header was read.
func (v *visit) explainConn(p problemFunc, err error) *Problem {
	host := v.url.Hostname()
	var dns *net.DNSError
	switch {
	case IsExhausted(err):
		return p(Unreachable, "this machine could not open a connection to %s: it is out of descriptors, memory or ports", host)
	case errors.As(err, &dns) && dns.IsNotFound:
		return p(Unreachable, "the name %s does not exist", host)
	case errors.As(err, &dns):
		return p(Unreachable, "the name %s can't be looked up at the moment", host)
	case errors.Is(err, syscall.ECONNREFUSED):
		return p(Unreachable, "nothing answers at %s: the connection was refused", v.url.Host)
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return p(Unreachable, "there is no route to %s", host)
	}
	if text := tlsProblem(err); text != "" {
		return p(Insecure, "no trusted connection to %s: %s", host, text)
	}
	switch msg := err.Error(); {
	case isTimeout(err):
		return p(TimedOut, "%s could not be reached within %v", host, v.conf.ConnectTimeout)
	case strings.Contains(msg, "response headers exceeded"):
		return p(TooLarge, "%s sent a header larger than %d KB", host, v.conf.MaxHeader>>10)
	case strings.Contains(msg, "malformed"), strings.Contains(msg, "invalid header"):
		return p(Malformed, "%s did not answer with HTTP", host)
	}
	return p(Unreachable, "%s closed the connection without an answer", host)
}

// IsExhausted reports whether this machine lacks what a connection needs: descriptors,
// memory, buffers or ports. Then an error says nothing about the other side.
func IsExhausted(err error) bool {
	for _, errno := range []syscall.Errno{syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM, syscall.ENOBUFS, syscall.EADDRNOTAVAIL} {
		if errors.Is(err, errno) {
			return true
		}
	}
	return false
}

func isTimeout(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}

// tlsProblem says why a TLS connection failed; empty when TLS is not the reason.
func tlsProblem(err error) string {
	var (
		name    x509.HostnameError
		unknown x509.UnknownAuthorityError
		invalid x509.CertificateInvalidError
		verify  *tls.CertificateVerificationError
		record  tls.RecordHeaderError
		alert   tls.AlertError
	)
	switch {
	case errors.As(err, &name):
		return "its certificate is for another name"
	case errors.As(err, &unknown):
		return "its certificate is signed by an unknown authority; if you trust that one, name its file in `ca` for this source"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "its certificate has expired or is not valid yet"
	case errors.As(err, &invalid), errors.As(err, &verify):
		return "its certificate is not valid"
	case errors.As(err, &record), strings.Contains(err.Error(), "HTTP response to HTTPS client"):
		return "it does not speak TLS on this port"
	case errors.As(err, &alert), strings.Contains(err.Error(), "tls: "):
		return "it supports no TLS version or cipher that we do"
	case strings.Contains(err.Error(), "TLS handshake timeout"):
		return "the handshake took too long"
	}
	return ""
}
