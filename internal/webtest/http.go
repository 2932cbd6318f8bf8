package webtest

import (
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/slugline/slugline/internal/reply"
)

// Serve serves h on loopback until the test ends and returns its address.
func Serve(t testing.TB, h http.Handler) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := reply.NewServer(t.Context(), h)
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
	return "http://" + l.Addr().String()
}

// Request sends a request and returns the answer and its body. Headers are "Name: value";
// Host sets the host. It follows no redirect and decodes no content coding.
func Request(t *testing.T, method, address string, headers ...string) (*http.Response, string) {
	t.Helper()
	return RequestWithBody(t, method, address, nil, headers...)
}

// RequestWithBody is Request with a body.
func RequestWithBody(t *testing.T, method, address string, body io.Reader, headers ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, body)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if name == "Host" {
			req.Host = value
			continue
		}
		req.Header.Add(name, value)
	}
	c := http.Client{
		Transport:     &http.Transport{DisableCompression: true, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(b)
}

// PostForm sends a form as a browser does, and follows no redirect.
func PostForm(t *testing.T, address string, fields url.Values) (*http.Response, string) {
	t.Helper()
	return RequestWithBody(t, "POST", address, strings.NewReader(fields.Encode()), "Content-Type: application/x-www-form-urlencoded", "Accept: text/html", "Sec-Fetch-Site: same-origin")
}
