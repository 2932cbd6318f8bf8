package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http/httptest"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	gomail "github.com/wneessen/go-mail"
)

// passwordServer is a mail server that wants a password.
type passwordServer struct{ got chan string }

func (p passwordServer) NewSession(*smtp.Conn) (smtp.Session, error) { return p, nil }
func (p passwordServer) Reset()                                      {}
func (p passwordServer) Logout() error                               { return nil }
func (p passwordServer) Mail(string, *smtp.MailOptions) error        { return nil }
func (p passwordServer) Rcpt(string, *smtp.RcptOptions) error        { return nil }
func (p passwordServer) Data(io.Reader) error                        { return nil }
func (p passwordServer) AuthMechanisms() []string                    { return []string{sasl.Plain} }

func (p passwordServer) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, _, password string) error { p.got <- password; return nil }), nil
}

// A connection that is encrypted from the start counts as encrypted: a password is sent.
func TestPasswordOverSMTPS(t *testing.T) {
	web := httptest.NewTLSServer(nil) // for its certificate
	defer web.Close()
	l, err := tls.Listen("tcp", "127.0.0.1:0", web.TLS)
	if err != nil {
		t.Fatal(err)
	}
	p := passwordServer{make(chan string, 1)}
	srv := smtp.NewServer(p)
	srv.Domain, srv.ErrorLog = "mail.example", log.New(io.Discard, "", 0)
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(l) }()
	defer func() { _ = srv.Close(); <-ended }()
	n := &Notifier{Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, l.Addr().String())
	}}
	roots := x509.NewCertPool()
	roots.AddCert(web.Certificate())
	d := mailDialer{ctx: t.Context(), dial: n.Dial, tls: &tls.Config{ServerName: "example.com", RootCAs: roots}}
	c, err := n.server(t.Context(), &Mail{SMTP: "smtps://news:secret@example.com"})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.DialWithContext(t.Context()); err == nil {
		t.Error("a certificate that nobody vouches for was accepted")
	}
	if err := gomail.WithDialContextFunc(d.connect)(c); err != nil {
		t.Fatal(err)
	}
	if err := c.DialWithContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if got := <-p.got; got != "secret" {
		t.Errorf("password %q", got)
	}
}
