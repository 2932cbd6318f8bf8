package notify

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/mail"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"github.com/slugline/slugline/internal/news"
)

var (
	errNoMailServer   = errors.New("feeds.yaml names no mail server")
	errConnectionLost = errors.New("the connection to the mail server was lost")
)

// mailNotice sends a content to a mailbox.
func (n *Notifier) mailNotice(ctx context.Context, set *Settings, t *Target, c *content) outcome {
	if set.Mail == nil {
		return failed(errNoMailServer)
	}
	m, err := noticeMail(set, t, c)
	if err != nil {
		return outcome{err: err, problem: err.Error(), permanent: true}
	}
	client, err := n.server(ctx, set.Mail)
	if err != nil {
		return failed(err)
	}
	if err := client.DialWithContext(ctx); err != nil {
		return failed(fmt.Errorf("connect to the mail server: %w", err))
	}
	defer func() { _ = client.Close() }()
	return sendOutcome(m, client.Send(m))
}

// sendOutcome returns what came of sending a mail. When a mailbox refuses permanently,
// so is the outcome.
func sendOutcome(m *gomail.Msg, err error) outcome {
	var s *gomail.SendError
	switch {
	case err == nil || m.IsDelivered():
		return outcome{}
	case !errors.As(err, &s) || s.ErrorCode() == 0:
		return failed(errConnectionLost)
	}
	o := failed(fmt.Errorf("the mail server answered %d", s.ErrorCode()))
	o.permanent = s.ErrorCode()/100 == 5 && (s.Reason == gomail.ErrSMTPRcptTo || s.Reason == gomail.ErrSMTPDataClose) // at other steps it refuses us, not the mailbox
	return o
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// host is the domain of our Message-IDs.
func host(set *Settings) string {
	if set.Site.ID != "" && !strings.Contains(set.Site.ID, "@") {
		return set.Site.ID
	}
	if u, err := url.Parse(set.Site.URL); err == nil && u.Hostname() != "" {
		return strings.Trim(u.Hostname(), "[]")
	}
	return "localhost"
}

// newMessage makes a mail with From, To and Message-ID. A mail made twice has the same
// bytes.
func newMessage(set *Settings, to, id string) (*gomail.Msg, error) {
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent(), gomail.WithBoundary(fmt.Sprintf("part-%016x", news.Key('b', id))))
	from, err := mail.ParseAddress(set.Mail.From)
	if err != nil {
		return nil, fmt.Errorf("mail.from: %w", err)
	}
	if err := m.FromFormat(cmp.Or(from.Name, set.Site.Title), from.Address); err != nil {
		return nil, fmt.Errorf("mail.from: %w", err)
	}
	if err := m.To(to); err != nil {
		return nil, errors.New("the address is not valid for mail")
	}
	m.SetMessageIDWithValue(id)
	return m, nil
}

// server makes a client for the mail server, whose connections end with ctx. Unless the
// server is on this machine, connections are encrypted if the server can, and must be
// before a password is sent.
func (n *Notifier) server(ctx context.Context, m *Mail) (*gomail.Client, error) {
	u, err := url.Parse(m.SMTP)
	if err != nil {
		return nil, errors.New("the mail server's address is not valid")
	}
	port, policy, auth := 25, gomail.TLSOpportunistic, gomail.SMTPAuthAutoDiscover
	user := u.User.Username()
	if user != "" {
		port, policy = 587, gomail.TLSMandatory
	}
	if isLoopback(u.Hostname()) {
		policy, auth = gomail.NoTLS, gomail.SMTPAuthPlainNoEnc
	}
	d := mailDialer{ctx: ctx, dial: n.Dial}
	if u.Scheme == "smtps" { // encrypted from the start, so STARTTLS can't be asked for
		port, policy = 465, max(policy, gomail.TLSOpportunistic)
		d.tls = &tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12}
	}
	options := []gomail.Option{gomail.WithTimeout(attemptTimeout), gomail.WithTLSPolicy(policy), gomail.WithDialContextFunc(d.connect)}
	if user != "" {
		password, _ := u.User.Password()
		options = append(options, gomail.WithUsername(user), gomail.WithPassword(password), gomail.WithSMTPAuth(auth))
	}
	if p, err := strconv.Atoi(u.Port()); err == nil {
		port = p
	}
	return gomail.NewClient(u.Hostname(), append(options, gomail.WithPort(port))...)
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
