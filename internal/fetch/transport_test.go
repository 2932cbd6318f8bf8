package fetch_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/origin"
)

// listenTLS runs a TLS server and returns it with its authority as a file has it.
func listenTLS(t *testing.T, h http.Handler, conf *tls.Config) (s *httptest.Server, authority string) {
	t.Helper()
	s = httptest.NewUnstartedServer(h)
	s.TLS = conf
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}))
}

// A server of TLS 1.2 may have the old key exchange alone, and the result says so. TLS 1.1
// stays refused.
func TestOldTLS(t *testing.T) {
	feed := origin.Bytes("text/xml", []byte("<rss/>"))
	for _, tt := range []struct {
		name string
		conf *tls.Config
		old  bool
	}{
		{"TLS 1.3", &tls.Config{}, false},
		{"TLS 1.2", &tls.Config{MaxVersion: tls.VersionTLS12}, false},
		{"RSA key exchange", &tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_GCM_SHA256}}, true},
		{"RSA key exchange with CBC", &tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_256_CBC_SHA}}, true},
	} {
		s, authority := listenTLS(t, feed, tt.conf)
		r := get(t, client(t, fetch.Config{}, s), fetch.Request{URL: s.URL, Authority: authority})
		if string(r.Body) != "<rss/>" || r.OldTLS != tt.old {
			t.Errorf("%s: body %q, old %t", tt.name, r.Body, r.OldTLS)
		}
		if p := problem(t, client(t, fetch.Config{}, s), fetch.Request{URL: s.URL}); p.Kind != fetch.Insecure {
			t.Errorf("%s: its certificate is not checked: %q (%s)", tt.name, p.Kind, p.Text)
		}
	}
	s, authority := listenTLS(t, feed, &tls.Config{MaxVersion: tls.VersionTLS11})
	if p := problem(t, client(t, fetch.Config{}, s), fetch.Request{URL: s.URL, Authority: authority}); p.Kind != fetch.Insecure {
		t.Errorf("TLS 1.1: %q (%s), want %q", p.Kind, p.Text, fetch.Insecure)
	}
}

// An authority is trusted for the requests that name it, and for no others.
func TestAuthority(t *testing.T) {
	s, authority := listenTLS(t, origin.Bytes("text/xml", []byte("<rss/>")), nil)
	c := client(t, fetch.Config{}, s)
	for range 2 {
		if p := problem(t, c, fetch.Request{URL: s.URL}); p.Kind != fetch.Insecure {
			t.Errorf("without the authority: %q (%s), want %q", p.Kind, p.Text, fetch.Insecure)
		}
		get(t, c, fetch.Request{URL: s.URL, Authority: "A comment.\n" + authority}).Release()
	}
	for i := range 40 {
		other := anotherAuthority(t)
		if err := fetch.CheckAuthority([]byte(other)); err != nil {
			t.Fatal(err)
		}
		if p := problem(t, c, fetch.Request{URL: s.URL, Authority: other}); p.Kind != fetch.Insecure {
			t.Fatalf("with the wrong authority %d: %q (%s), want %q", i, p.Kind, p.Text, fetch.Insecure)
		}
	}
	get(t, c, fetch.Request{URL: s.URL, Authority: authority}).Release()
	if err := fetch.CheckAuthority([]byte("no certificate")); err == nil {
		t.Error("CheckAuthority accepts a text without a certificate")
	}
}

// anotherAuthority returns a new certificate that signs nothing.
func anotherAuthority(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, about, about, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// http2Server speaks HTTP/2 badly: answer gets each request. Over HTTP/1.1 it answers with
// a feed.
type http2Server struct {
	answer func(net.Conn, *http2.Framer, uint32)
	bad    atomic.Int32 // requests over HTTP/2
}

func (h *http2Server) serve(s *http.Server, c *tls.Conn, _ http.Handler) {
	defer c.Close()
	if _, err := io.ReadFull(c, make([]byte, len(http2.ClientPreface))); err != nil {
		return
	}
	f := http2.NewFramer(c, c)
	if f.WriteSettings() != nil {
		return
	}
	for {
		frame, err := f.ReadFrame()
		if err != nil {
			return
		}
		switch frame := frame.(type) {
		case *http2.SettingsFrame:
			if !frame.IsAck() {
				_ = f.WriteSettingsAck()
			}
		case *http2.HeadersFrame:
			h.bad.Add(1)
			h.answer(c, f, frame.StreamID)
		}
	}
}

func answerHeader(f *http2.Framer, stream uint32, status string) {
	var b bytes.Buffer
	e := hpack.NewEncoder(&b)
	_ = e.WriteField(hpack.HeaderField{Name: ":status", Value: status})
	_ = e.WriteField(hpack.HeaderField{Name: "content-type", Value: "text/xml"})
	_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: b.Bytes(), EndHeaders: true})
}

// E27: a request that fails over HTTP/2 is made again over HTTP/1.1, once (RFC 9113 section 7).
// The next visit begins there.
func TestHTTP2Fallback(t *testing.T) {
	reset := func(code http2.ErrCode) func(net.Conn, *http2.Framer, uint32) {
		return func(_ net.Conn, f *http2.Framer, stream uint32) { _ = f.WriteRSTStream(stream, code) }
	}
	inBody := func(after func(net.Conn, *http2.Framer, uint32)) func(net.Conn, *http2.Framer, uint32) {
		return func(c net.Conn, f *http2.Framer, stream uint32) {
			answerHeader(f, stream, "200")
			_ = f.WriteData(stream, false, []byte("<rss><item>"))
			after(c, f, stream)
		}
	}
	hangUp := func(c net.Conn, _ *http2.Framer, _ uint32) { c.Close() }
	goAway := func(c net.Conn, f *http2.Framer, stream uint32) {
		_ = f.WriteGoAway(0, http2.ErrCodeHTTP11Required, []byte("no"))
		c.Close()
	}
	garbage := func(c net.Conn, _ *http2.Framer, _ uint32) {
		_, _ = io.WriteString(c, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
		c.Close()
	}
	for name, answer := range map[string]func(net.Conn, *http2.Framer, uint32){
		"HTTP_1_1_REQUIRED":          reset(http2.ErrCodeHTTP11Required),
		"INTERNAL_ERROR":             reset(http2.ErrCodeInternal),
		"PROTOCOL_ERROR":             reset(http2.ErrCodeProtocol),
		"REFUSED_STREAM":             reset(http2.ErrCodeRefusedStream),
		"CANCEL":                     reset(http2.ErrCodeCancel),
		"ENHANCE_YOUR_CALM":          reset(http2.ErrCodeEnhanceYourCalm),
		"NO_ERROR":                   reset(http2.ErrCodeNo),
		"GOAWAY":                     goAway,
		"hang up":                    hangUp,
		"HTTP/1.1 for frames":        garbage,
		"no status":                  func(_ net.Conn, f *http2.Framer, stream uint32) { answerHeader(f, stream, "") },
		"INTERNAL_ERROR in the body": inBody(reset(http2.ErrCodeInternal)),
		"CANCEL in the body":         inBody(reset(http2.ErrCodeCancel)),
		"GOAWAY in the body":         inBody(goAway),
		"hang up in the body":        inBody(hangUp),
		"garbage in the body":        inBody(garbage),
	} {
		bad := &http2Server{answer: answer}
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, "<rss>%s</rss>", r.Proto) }))
		s.TLS = &tls.Config{NextProtos: []string{"h2", "http/1.1"}}
		s.Config.TLSNextProto = map[string]func(*http.Server, *tls.Conn, http.Handler){"h2": bad.serve}
		s.Config.ErrorLog = log.New(io.Discard, "", 0)
		s.StartTLS()
		t.Cleanup(s.Close)
		roots := x509.NewCertPool()
		roots.AddCert(s.Certificate())
		c := client(t, fetch.Config{TLS: &tls.Config{RootCAs: roots}, HeaderTimeout: 5 * time.Second}, s)
		for range 2 {
			r, err := c.Get(context.Background(), fetch.Request{URL: s.URL + "/feed"}, now)
			if err != nil || string(r.Body) != "<rss>HTTP/1.1</rss>" || r.Cut {
				t.Errorf("%s: %v, %+v", name, err, r)
			}
		}
		if n := bad.bad.Load(); n < 1 || n > 2 {
			t.Errorf("%s: %d requests over HTTP/2", name, n)
		}
	}
}

// A server that knows neither name of HTTP is asked without naming it.
func TestNoProtocol(t *testing.T) {
	s, authority := listenTLS(t, origin.Bytes("text/xml", []byte("<rss/>")), &tls.Config{NextProtos: []string{"other"}})
	c := client(t, fetch.Config{}, s)
	for range 2 {
		get(t, c, fetch.Request{URL: s.URL, Authority: authority}).Release()
	}
}

// What fails over HTTP/1.1 too is a problem, and over HTTP/2 what works is left alone.
func TestHTTP2(t *testing.T) {
	var requests []string
	o := http.NewServeMux()
	o.HandleFunc("/feed", func(w http.ResponseWriter, r *http.Request) {
		requests = append(requests, r.Proto)
		fmt.Fprint(w, "<rss/>")
	})
	o.HandleFunc("/broken", func(w http.ResponseWriter, r *http.Request) {
		requests = append(requests, r.Proto)
		panic(http.ErrAbortHandler)
	})
	o.HandleFunc("/large", func(w http.ResponseWriter, r *http.Request) {
		requests = append(requests, r.Proto)
		fmt.Fprint(w, "<rss>", strings.Repeat(" ", 4<<10), "</rss>")
	})
	s := httptest.NewUnstartedServer(o)
	s.EnableHTTP2 = true
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	c := client(t, fetch.Config{TLS: &tls.Config{RootCAs: roots}}, s)
	get(t, c, fetch.Request{URL: s.URL + "/feed"})
	if r := get(t, c, fetch.Request{URL: s.URL + "/large", MaxBytes: 1 << 10}); !r.Cut {
		t.Errorf("large: %+v, want it cut", r)
	}
	if p := problem(t, c, fetch.Request{URL: s.URL + "/broken"}); p.Kind != fetch.Unreachable {
		t.Errorf("broken: %q (%s), want %q", p.Kind, p.Text, fetch.Unreachable)
	}
	get(t, c, fetch.Request{URL: s.URL + "/feed"})
	if got, want := strings.Join(requests, " "), "HTTP/2.0 HTTP/2.0 HTTP/2.0 HTTP/1.1 HTTP/2.0"; got != want {
		t.Errorf("requests %q, want %q", got, want)
	}
}
