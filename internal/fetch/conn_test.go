package fetch_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"syscall"
	"testing"

	"github.com/slugline/slugline/internal/fetch"
)

// A request that is given up is not left to the network: its connection is reset. One that was
// answered is closed in order.
func TestGivenUpRequest(t *testing.T) {
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	s, authority := listenTLS(t, http.NotFoundHandler(), nil) // for its certificate
	secure := tls.NewListener(plain, &tls.Config{Certificates: s.TLS.Certificates, NextProtos: []string{"http/1.1"}})
	c, err := fetch.New(fetch.Config{Allow: []string{plain.Addr().String()}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		l      net.Listener
		url    string
		answer string // none: the request is given up
		want   error  // nil: the end in order
	}{
		{"given up", plain, "http://", "", syscall.ECONNRESET},
		{"answered", plain, "http://", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", nil},
		{"given up, TLS", secure, "https://", "", syscall.ECONNRESET},
		{"answered, TLS", secure, "https://", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ctx, giveUp := context.WithCancel(t.Context())
			defer giveUp()
			done := make(chan struct{})
			go func() {
				defer close(done)
				_, err := c.Get(ctx, fetch.Request{URL: tt.url + plain.Addr().String() + "/", Authority: authority}, now)
				if (err == nil) != (tt.answer != "") {
					t.Errorf("the request ends with %v", err)
				}
			}()
			server, err := tt.l.Accept()
			if err != nil {
				t.Fatal(err)
			}
			defer server.Close()
			if _, err := http.ReadRequest(bufio.NewReader(server)); err != nil {
				t.Fatal(err)
			}
			if tt.answer == "" {
				giveUp()
			} else if _, err := io.WriteString(server, tt.answer); err != nil {
				t.Fatal(err)
			}
			<-done
			if s, ok := server.(*tls.Conn); ok {
				server = s.NetConn()
			}
			if _, err := io.Copy(io.Discard, server); !errors.Is(err, tt.want) {
				t.Errorf("the connection ends with %v, want %v", err, tt.want)
			}
		})
	}
}
