package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/mail"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/slugline/slugline/internal/loopback"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// mailbox is a mail server that stores the mails it accepts, and can hold back its replies.
type mailbox struct {
	mu       sync.Mutex // guards the fields below
	bodies   map[string][]byte
	copies   map[string]int
	to       map[string]string // recipient by Message-ID
	problems []string
	limit    int           // from this number of mails on, replies are held back; 0: never
	waiting  int           // connections that wait for a reply
	gate     chan struct{} // closed when replies are sent again
}

func (b *mailbox) NewSession(*smtp.Conn) (smtp.Session, error) { return &delivery{box: b}, nil }

// count returns the number of different mails, and of connections that wait for a reply.
func (b *mailbox) count() (mails, held int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.bodies), b.waiting
}

// holdReplies holds replies back from limit mails on, until the next call.
func (b *mailbox) holdReplies(limit int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.gate != nil {
		close(b.gate)
	}
	b.gate, b.limit, b.waiting = make(chan struct{}), limit, 0
}

type delivery struct {
	box *mailbox
	to  string
}

func (d *delivery) Reset()                                    {}
func (d *delivery) Logout() error                             { return nil }
func (d *delivery) Mail(string, *smtp.MailOptions) error      { return nil }
func (d *delivery) Rcpt(to string, _ *smtp.RcptOptions) error { d.to = to; return nil }

func (d *delivery) Data(r io.Reader) error {
	body, err := io.ReadAll(r)
	if err != nil {
		return err // the connection was cut: not accepted
	}
	m, err := mail.ReadMessage(bytes.NewReader(body))
	if err != nil {
		return err
	}
	id := m.Header.Get("Message-ID")
	if gate := d.box.receive(id, d.to, body); gate != nil {
		<-gate
	}
	return nil
}

// receive stores a mail. It returns a channel to wait for before the reply, or nil.
func (b *mailbox) receive(id, to string, body []byte) <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if had, ok := b.bodies[id]; ok && !bytes.Equal(had, body) {
		b.problems = append(b.problems, "two mails are "+id)
	}
	if was, ok := b.to[id]; ok && was != to {
		b.problems = append(b.problems, id+" went to two")
	}
	b.bodies[id], b.to[id] = body, to
	b.copies[id]++
	if b.limit == 0 || len(b.bodies) < b.limit {
		return nil
	}
	b.waiting++
	return b.gate
}

// startMailServer accepts mail until the test ends.
func startMailServer(t *testing.T) (*mailbox, string) {
	box := &mailbox{bodies: map[string][]byte{}, copies: map[string]int{}, to: map[string]string{}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := smtp.NewServer(box)
	srv.Domain, srv.ErrorLog = "mail.example", log.New(io.Discard, "", 0)
	done := make(chan error, 1)
	go func() { done <- srv.Serve(l) }()
	t.Cleanup(func() {
		_ = srv.Close()
		<-done
	})
	return box, l.Addr().String()
}

// TestNewslettersSurviveKills queues an issue for a thousand readers and kills the daemon three
// times, each time when the mail server has accepted a mail on every connection but not
// replied. Every mail arrives, at most those mails arrive twice, and copies have the same
// bytes and the same Message-ID.
func TestNewslettersSurviveKills(t *testing.T) {
	const readers, kills, lines = 1000, 3, 4
	box, smtpAt := startMailServer(t)
	td := newTestDaemon(t, 1)
	td.configure(t, fmt.Sprintf("site: {id: press.example}\nmail: {smtp: 'smtp://%s', from: news@press.example}\nnewsletters: [{name: morning, topic: all, at: '07:00'}]\n", smtpAt))
	td.run(t, "poll")
	td.queue(t, readers)
	for i := range kills {
		d := td.start(t)
		box.holdReplies(readers * (i + 1) / (kills + 1))
		td.until(t, "the mail server holds back its reply on all connections", func() bool { _, held := box.count(); return held == lines })
		d.kill(t)
	}
	box.holdReplies(0)
	for range 2 { // the second daemon has nothing left to send
		d := td.start(t)
		d.wait(t)
		td.until(t, "all mails came", func() bool { mails, _ := box.count(); return mails == readers })
		d.terminate(t)
	}
	box.mu.Lock()
	defer box.mu.Unlock()
	doubled, reached := 0, map[string]bool{}
	for id, n := range box.copies {
		doubled += n - 1
		reached[box.to[id]] = true
	}
	if len(reached) != readers || len(box.bodies) != readers {
		t.Errorf("%d readers got %d mails, want %d", len(reached), len(box.bodies), readers)
	}
	if doubled > kills*lines {
		t.Errorf("%d mails were doubled by %d kills with %d connections each", doubled, kills, lines)
	}
	for _, w := range box.problems {
		t.Error(w)
	}
	t.Logf("%d mails, %d kills while %d replies were held back, %d mails arrived twice", readers, kills, lines, doubled)
}

// TestOneClickUnsubscribe unsubscribes as mail programs do (RFC 8058, section 3.2).
func TestOneClickUnsubscribe(t *testing.T) {
	box, smtpAt := startMailServer(t)
	td := newTestDaemon(t, 1)
	td.configure(t, fmt.Sprintf("mail: {smtp: 'smtp://%s', from: news@press.example}\nnewsletters: [{name: morning, topic: all, at: '07:00'}]\n", smtpAt))
	td.run(t, "poll")
	td.queue(t, 2)
	d := td.start(t)
	d.wait(t)
	defer d.terminate(t)
	td.until(t, "both mails came", func() bool { mails, _ := box.count(); return mails == 2 })
	for id, to := range box.to {
		if to != "reader1@reader.example" {
			continue
		}
		m, err := mail.ReadMessage(bytes.NewReader(box.bodies[id]))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.Post(strings.Trim(m.Header.Get("List-Unsubscribe"), "<> "), "application/x-www-form-urlencoded", strings.NewReader(m.Header.Get("List-Unsubscribe-Post")))
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("unsubscribe: %s", resp.Status)
		}
	}
	if got := td.run(t, "recipients"); !strings.HasPrefix(got, "reader0@reader.example\t") || strings.Count(got, "\n") != 1 {
		t.Errorf("left are %q, want reader0 alone", got)
	}
}

// queue stores an issue of a newsletter with mails to so many readers.
func (td *testDaemon) queue(t *testing.T, readers int) {
	st, err := store.Open(filepath.Join(td.dir, "slugline.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	at := news.Instant(time.Now().Add(-time.Minute))
	issue := &news.Issue{Newsletter: "morning", At: at, Topic: "all", Title: "All", Recipients: readers, Items: []news.Item{
		{Story: "0000000000001", Headline: "Harbour reopens", Link: "http://outlet.example/1", Page: "http://press.example/stories/0000000000001", Outlet: "Gulf Wire", At: at},
	}}
	err = st.Update(func(tx *store.Tx) error {
		if err := errors.Join(tx.Secrets.Put("letters", make([]byte, 32)), tx.Issues.Put(issue)); err != nil {
			return err
		}
		for i := range readers {
			r := &news.Recipient{ID: fmt.Sprintf("%013d", i), Newsletter: "morning", Address: fmt.Sprintf("reader%d@reader.example", i), Language: "en", Asked: at, Confirmed: at}
			if err := tx.Recipients.Put(r); err != nil {
				return err
			}
			if err := tx.Mails.Put(&news.Mail{Newsletter: "morning", Issue: at, Recipient: r.ID, Made: at}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestRecipients lists and deletes addresses, with and without a daemon.
func TestRecipients(t *testing.T) {
	td := newTestDaemon(t, 1)
	td.configure(t, "mail: {smtp: 'smtp://"+loopback.Address(t)+"', from: news@press.example}\nnewsletters: [{name: morning, topic: all, at: '07:00'}]\n")
	td.run(t, "poll")
	td.queue(t, 4)
	lists := func(want ...string) {
		t.Helper()
		got := ""
		for line := range strings.Lines(td.run(t, "recipients", "morning")) {
			address, rest, _ := strings.Cut(line, "\t")
			if !strings.HasPrefix(rest, "morning\t20") || !strings.HasSuffix(rest, "Z\ten\n") {
				t.Errorf("a line of recipients: %q", line)
			}
			got += address + " "
		}
		if want := strings.Join(want, " ") + " "; got != want {
			t.Errorf("recipients are %s, want %s", got, want)
		}
	}
	lists("reader0@reader.example", "reader1@reader.example", "reader2@reader.example", "reader3@reader.example")
	td.run(t, "recipients", "--remove", "Reader1@reader.example")
	lists("reader0@reader.example", "reader2@reader.example", "reader3@reader.example")
	d := td.start(t)
	d.wait(t)
	td.run(t, "recipients", "morning", "--remove", "reader2@reader.example")
	lists("reader0@reader.example", "reader3@reader.example")
	if got := td.runFails(t, "recipients", "--remove", "reader2@reader.example"); !strings.Contains(got, "is not subscribed") {
		t.Errorf("removed twice: %q", got)
	}
	d.terminate(t)
	st, err := store.Open(filepath.Join(td.dir, "slugline.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	if err := st.View(func(tx *store.Tx) error {
		mails, err := tx.Mails.All()
		if len(mails) != 2 {
			t.Errorf("%d mails are queued, want those of the two remaining readers", len(mails))
		}
		return err
	}); err != nil {
		t.Error(err)
	}
}
