package notify_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"log"
	"mime"
	"net"
	"net/http/httptest"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/bubble"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/notify"
)

// awaits is how long a test waits for what other goroutines do.
const awaits = 3 * time.Minute

// waitFor waits until other goroutines have done something.
func (r *env) waitFor(what string, met func() bool) {
	r.Helper()
	deadline := time.After(awaits)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !met() {
		select {
		case <-tick.C:
		case <-deadline:
			r.Fatalf("waited %v until %s", awaits, what)
		}
	}
}

var harbour = news.Notice{
	ID: "0123456789abc", Story: "zyxwvtsrqpnmk", Event: "zyxwvtsrqpnmk", Headline: "Harbour <reopens> & trades | أخبار", Link: "https://afp.example/1?a=b&c=d",
	Outlets: []string{"AFP", "BBC", "DPA", "EFE", "ANSA", "TASS"}, Voices: 6,
}

func TestTargetsOfEachKindOverHTTP(t *testing.T) {
	h := new(hook)
	srv := httptest.NewServer(h)
	defer srv.Close()
	r := open(t)
	r.stop()
	client, err := fetch.NewTransport(fetch.Reach{Written: []string{srv.URL}})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	r.outside = client
	r.target("hook", "webhook", srv.URL+"/hook")
	signed := r.settings.Targets["hook"]
	signed.Secret = "whsec_" + base64.StdEncoding.EncodeToString([]byte("the key"))
	r.settings.Targets["hook"] = signed
	r.target("slack", "slack", srv.URL+"/slack")
	r.target("ntfy", "ntfy", srv.URL+"/desk")
	r.start()
	defer func() { r.stop() }()
	for i, target := range []string{"hook", "slack", "ntfy"} {
		n := harbour
		n.ID, n.Target = n.ID[:12]+string(rune('a'+i)), target
		r.ring(n)
	}
	got := map[string]call{}
	r.waitFor("all three calls came", func() bool {
		for _, c := range h.calls() {
			got[c.path] = c
		}
		return len(got) == 3
	})
	checkWebhook(t, got["/hook"])
	checkSlack(t, got["/slack"])
	checkNtfy(t, got["/desk"])
}

func checkWebhook(t *testing.T, c call) {
	mac := hmac.New(sha256.New, []byte("the key"))
	_, _ = io.WriteString(mac, c.header.Get("webhook-id")+"."+c.header.Get("webhook-timestamp")+"."+c.body)
	if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); c.header.Get("webhook-signature") != want {
		t.Errorf("signature %q, want %q", c.header.Get("webhook-signature"), want)
	}
	var m struct {
		Type string
		Data struct {
			Alerts, Outlets      []string
			Headline, Link, Page string
			Voices               int
		}
	}
	if err := json.Unmarshal([]byte(c.body), &m); err != nil {
		t.Fatal(err)
	}
	d := m.Data
	if m.Type != "alert.story" || d.Headline != harbour.Headline || d.Page != "https://press.example/stories/"+harbour.Story || d.Voices != 6 || len(d.Outlets) != 6 || len(d.Alerts) != 1 {
		t.Errorf("webhook body: got %s", c.body)
	}
	if c.header.Get("webhook-id") != harbour.ID[:12]+"a" || c.header.Get("Content-Type") != "application/json" {
		t.Errorf("webhook headers: got %v", c.header)
	}
}

func checkSlack(t *testing.T, c call) {
	var m struct{ Text string }
	if err := json.Unmarshal([]byte(c.body), &m); err != nil {
		t.Fatal(err)
	}
	want := "*boats*\n<https://afp.example/1?a=b&amp;c=d|Harbour &lt;reopens&gt; &amp; trades ¦ أخبار>\nAFP, BBC, DPA, EFE and 2 more"
	if diff := cmp.Diff(want, m.Text); diff != "" {
		t.Errorf("slack (-want +got):\n%s", diff)
	}
}

func checkNtfy(t *testing.T, c call) {
	if want := harbour.Headline + "\nAFP, BBC, DPA, EFE and 2 more"; c.body != want {
		t.Errorf("ntfy body %q, want %q", c.body, want)
	}
	if c.header.Get("Title") != "boats" || c.header.Get("Click") != harbour.Link || c.header.Get("Tags") != "newspaper" {
		t.Errorf("ntfy headers %v", c.header)
	}
}

// A private address is not sent to unless feeds.yaml allows it, and the problem does not
// disclose the path.
func TestAPrivateAddressIsNotSentTo(t *testing.T) {
	h := new(hook)
	srv := httptest.NewServer(h)
	defer srv.Close()
	r := open(t)
	r.stop()
	client, err := fetch.NewTransport(fetch.Reach{})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	r.outside = client
	r.target("hook", "webhook", srv.URL+"/secret-path")
	r.start()
	defer func() { r.stop() }()
	d := r.tryHook()
	if calls := h.calls(); !strings.Contains(d.Problem, "forbidden") || strings.Contains(d.Problem, "secret-path") || len(calls) != 0 {
		t.Errorf("problem %q, %d calls; want forbidden without the path, and none", d.Problem, len(calls))
	}
}

// tryHook has a notice sent to the target hook, and returns what came of the first attempt.
func (r *env) tryHook() (d *news.Dispatch) {
	r.Helper()
	n := harbour
	n.Target = "hook"
	r.ring(n)
	r.waitFor("it was tried", func() bool {
		_, outcomes := r.notices()
		d = outcomes[harbour.ID]
		return d != nil
	})
	return d
}

// A target where nothing listens is said in the words that sources have, not in those of the
// network library.
func TestARefusedConnectionIsSaidPlainly(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	r := open(t)
	r.stop()
	client, err := fetch.NewTransport(fetch.Reach{Allow: []string{"127.0.0.0/8"}})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	r.outside = client
	r.target("hook", "webhook", "http://"+address+"/secret-path")
	r.start()
	defer func() { r.stop() }()
	d := r.tryHook()
	if want := "nothing answers at " + address + ": the connection was refused"; d.Problem != want {
		t.Errorf("problem %q, want %q", d.Problem, want)
	}
}

// mailServer is a mail server that records what it accepts.
type mailServer struct {
	mu           sync.Mutex // guards the fields below
	refuse       int        // answers RCPT with this code
	beforeAccept func()     // called before a mail is accepted; nil: nothing
	got          []receivedMail
	opened       int
}

type receivedMail struct {
	to  string
	raw string
	*mail.Message
}

func (p *mailServer) NewSession(*smtp.Conn) (smtp.Session, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.opened++
	return &session{server: p}, nil
}

// answerRcpt makes RCPT fail with this code from now on; 0 accepts mail again.
func (p *mailServer) answerRcpt(code int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refuse = code
}

func (p *mailServer) mails() []receivedMail {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]receivedMail(nil), p.got...)
}

type session struct {
	server *mailServer
	to     string
}

func (s *session) Reset()                               { s.to = "" }
func (s *session) Logout() error                        { return nil }
func (s *session) Mail(string, *smtp.MailOptions) error { return nil }
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	if s.server.refuse != 0 {
		return &smtp.SMTPError{Code: s.server.refuse, Message: "no"}
	}
	s.to = to
	return nil
}

func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	m, err := mail.ReadMessage(strings.NewReader(string(raw)))
	if err != nil {
		return err
	}
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.server.got = append(s.server.got, receivedMail{s.to, string(raw), m})
	if s.server.beforeAccept != nil {
		s.server.beforeAccept()
	}
	return nil
}

// startMailServer runs a mail server until the test ends, and returns its URL.
func startMailServer(t *testing.T) (*mailServer, string) {
	server := new(mailServer)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := smtp.NewServer(server)
	srv.Domain, srv.ErrorLog = "mail.example", log.New(io.Discard, "", 0)
	done := make(chan error, 1)
	go func() { done <- srv.Serve(l) }()
	t.Cleanup(func() {
		_ = srv.Close()
		<-done
	})
	return server, "smtp://" + l.Addr().String()
}

func TestAnAlertByMail(t *testing.T) {
	server, address := startMailServer(t)
	r := open(t)
	r.stop()
	r.settings.Mail = &notify.Mail{SMTP: address, From: "news@press.example"}
	r.target("desk", "mail", "Desk <desk@press.example>")
	r.start()
	defer func() { r.stop() }()
	n := harbour
	n.Target = "desk"
	r.ring(n)
	r.waitFor("the mail came", func() bool { return len(server.mails()) == 1 })
	m := server.mails()[0]
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil || subject != "boats: "+harbour.Headline {
		t.Errorf("subject %q (%v)", subject, err)
	}
	date, err := m.Header.Date()
	all, _ := r.notices()
	if m.to != "desk@press.example" || m.Header.Get("Message-ID") != "<0123456789abc@press.example>" || err != nil || date.Unix() != all[0].At.Unix() {
		t.Errorf("to %s, headers %v", m.to, m.Header)
	}
	if from, err := mail.ParseAddress(m.Header.Get("From")); err != nil || from.Name != "Arab Press" || from.Address != "news@press.example" {
		t.Errorf("from %v (%v)", from, err)
	}
}

func TestAMailboxThatRefusesPermanentlyIsGivenUp(t *testing.T) {
	for code, dead := range map[int]bool{550: true, 451: false} {
		server, address := startMailServer(t)
		server.answerRcpt(code)
		r := open(t)
		r.stop()
		r.settings.Mail = &notify.Mail{SMTP: address, From: "news@press.example"}
		r.target("desk", "mail", "desk@press.example")
		r.start()
		n := harbour
		n.Target = "desk"
		r.ring(n)
		var d *news.Dispatch
		r.waitFor("it was tried", func() bool {
			_, outcomes := r.notices()
			d = outcomes[harbour.ID]
			return d != nil
		})
		if d.Dead != dead || strings.Contains(d.Problem, "desk@") {
			t.Errorf("after %d: outcome %+v, want given up %v", code, d, dead)
		}
		r.stop()
	}
}

// A mail server that never answers does not hold up the end of the program.
func TestASilentMailServerDoesNotDelayTheEnd(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		asked := make(chan struct{})
		r := open(t)
		r.stop()
		r.settings.Mail = &notify.Mail{SMTP: "smtp://mail.example", From: "news@press.example"}
		r.target("desk", "mail", "desk@press.example")
		r.dial = func(context.Context, string, string) (net.Conn, error) {
			ours, theirs := net.Pipe()
			t.Cleanup(func() { _ = theirs.Close() })
			close(asked)
			return ours, nil
		}
		r.start()
		n := harbour
		n.Target = "desk"
		r.ring(n)
		<-asked
		synctest.Wait()
		stopped := time.Now()
		r.stop()
		if took := time.Since(stopped); took > 2*time.Second {
			t.Errorf("the end took %v", took)
		}
	})
}
