package notify_test

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/bubble"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/notify"
	"github.com/slugline/slugline/internal/store"
)

// pipes is a listener without sockets, for synctest.
type pipes struct {
	conns chan net.Conn
	done  chan struct{} // closed by Close
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { close(p.done); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case p.conns <- there:
		return here, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// newsletterEnv starts an env with a newsletter at 07:00 on working days, and its mail
// server.
func newsletterEnv(t *testing.T) (*env, *mailServer) {
	server := new(mailServer)
	p := startPipes(t, server)
	r := open(t)
	r.stop()
	r.dial = p.dial
	r.settings.Mail = &notify.Mail{SMTP: "smtp://mail.example", From: "news@press.example"}
	r.settings.Newsletters = []notify.Newsletter{{Name: "morning", Topic: "cyber", At: 7 * time.Hour, Days: []time.Weekday{1, 2, 3, 4, 5}}}
	r.settings.Titles = map[string]string{"morning": "Cyber security"}
	r.items = []news.Item{
		{Story: "0000000000001", Headline: "Port <closes> & reopens", Link: "https://afp.example/1", Page: "https://press.example/stories/0000000000001", Summary: "It did.", Outlet: "AFP", More: 2, At: time.Now()},
		{Story: "0000000000002", Headline: "أخبار اليوم", Link: "https://ahram.example/2", Page: "https://press.example/stories/0000000000002", Language: "ar", Outlet: "الأهرام", At: time.Now()},
	}
	r.start()
	return r, server
}

// parts returns the plain and the HTML part of a mail.
func parts(t *testing.T, m receivedMail) (plain, html string) {
	t.Helper()
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	_, body, _ := strings.Cut(m.raw, "\r\n\r\n")
	mr := multipart.NewReader(strings.NewReader(body), params["boundary"])
	var out []string
	for {
		p, err := mr.NextRawPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(quotedprintable.NewReader(p))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(b))
	}
	if len(out) != 2 {
		t.Fatalf("%d parts in %s", len(out), m.raw)
	}
	return strings.ReplaceAll(out[0], "\r\n", "\n"), strings.ReplaceAll(out[1], "\r\n", "\n")
}

var address = regexp.MustCompile(`https://press\.example/newsletters/\S+`)

// follow does the action of a link.
func (r *env) follow(t *testing.T, link string) error {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(u.Path, "/")
	return r.notifier.FollowLink(parts[3], parts[2], u.Query().Get("r"), u.Query().Get("k"))
}

func TestANewsletterFromConfirmationToUnsubscribing(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r, server := newsletterEnv(t)
		if err := r.notifier.Subscribe("morning", " Ann@Reader.Example ", "de"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if err := r.notifier.Subscribe("morning", "ann@reader.example", "de"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(73 * time.Hour / 2) // past the first issue: nobody has confirmed
		got := server.mails()
		if len(got) != 1 || got[0].to != "Ann@reader.example" {
			t.Fatalf("got mails %+v, want only the confirmation mail", got)
		}
		plain, html := parts(t, got[0])
		link := address.FindString(plain)
		if !strings.Contains(plain, "Arab Press: Cyber security") || !strings.Contains(html, `lang="de"`) || link == "" {
			t.Fatalf("confirmation mail:\n%s", plain)
		}
		if err := r.follow(t, strings.Replace(link, "k=", "k=0", 1)); !errors.Is(err, notify.ErrBadLink) {
			t.Errorf("a forged link: %v, want ErrBadLink", err)
		}
		if err := r.follow(t, link); err != nil {
			t.Fatal(err)
		}
		r.restart()
		time.Sleep(24 * time.Hour)
		got = server.mails()
		if len(got) != 2 {
			t.Fatalf("%d mails after the first issue, want 2", len(got))
		}
		leave := checkIssue(t, got[1])
		if err := r.follow(t, leave); err != nil {
			t.Fatal(err)
		}
		if err := r.follow(t, leave); !errors.Is(err, notify.ErrBadLink) {
			t.Errorf("unsubscribed twice: %v, want ErrBadLink", err)
		}
		time.Sleep(24 * time.Hour)
		if n := len(server.mails()); n != 2 {
			t.Errorf("%d mails after unsubscribing, want 2", n)
		}
		r.view(func(tx *store.Tx) error {
			all, err := tx.Recipients.All("")
			mails, err2 := tx.Mails.All()
			if len(all)+len(mails) != 0 {
				t.Errorf("still stored: recipients %+v, mails %+v", all, mails)
			}
			return errors.Join(err, err2)
		})
		r.stop()
	})
}

// checkIssue checks the mail of an issue, and returns its unsubscribe link.
func checkIssue(t *testing.T, m receivedMail) string {
	t.Helper()
	plain, html := parts(t, m)
	for _, want := range []string{"Port <closes> & reopens\nAFP und 2 weitere Medien · 1. Januar 2000, ", "Zeitzone: UTC", "It did.\nhttps://afp.example/1", "أخبار اليوم"} {
		if !strings.Contains(plain, want) {
			t.Errorf("the plain part has no %q:\n%s", want, plain)
		}
	}
	for _, want := range []string{`<a href="https://afp.example/1"`, `>Port &lt;closes&gt; &amp; reopens</a>`, `dir="rtl" lang="ar"`, "https://press.example/stories/0000000000001"} {
		if !strings.Contains(html, want) {
			t.Errorf("the HTML part has no %q:\n%s", want, html)
		}
	}
	if strings.Contains(html, "<img") || strings.Contains(html, "<script") {
		t.Error("the HTML part loads something")
	}
	date, err := m.Header.Date()
	if err != nil || date.UTC().Format("15:04:05") != "07:00:00" {
		t.Errorf("date %v (%v)", date, err)
	}
	if got := m.Header.Get("List-Unsubscribe-Post"); got != "List-Unsubscribe=One-Click" {
		t.Errorf("List-Unsubscribe-Post: %s", got)
	}
	leave := strings.Trim(m.Header.Get("List-Unsubscribe"), "<>")
	if !strings.Contains(plain, leave) || !strings.Contains(leave, "/newsletters/morning/leave?") || strings.Contains(leave, "eader.example") {
		t.Errorf("List-Unsubscribe: %s", leave)
	}
	if _, err := mail.ParseAddress(m.Header.Get("From")); err != nil || m.Header.Get("List-Id") != "<morning.press.example>" {
		t.Errorf("headers %v", m.Header)
	}
	return leave
}

func TestAnIssueOmitsStoriesThatMayNotBeShown(t *testing.T) {
	for name, s := range map[string]news.Story{
		"hidden": {Hidden: map[string]uint64{"cyber": 1}},
		"held":   {Takes: []news.Take{{Holds: []news.Hold{{Topic: "cyber", Why: "verdict"}}}}},
	} {
		bubble.Test(t, func(t *testing.T) {
			r, server := newsletterEnv(t)
			r.subscribe("a@reader.example")
			server.answerRcpt(451)
			time.Sleep(56 * time.Hour) // the issue is made but can't be sent
			s.ID = "0000000000001"
			if err := r.store.Update(func(tx *store.Tx) error { return tx.Stories.Put(&s) }); err != nil {
				t.Fatal(err)
			}
			r.change(func() { r.items = nil }) // there is no next issue
			server.answerRcpt(0)
			time.Sleep(12 * time.Hour)
			got := server.mails()
			if len(got) == 0 {
				t.Fatal("no mail came")
			}
			for _, m := range got {
				if plain, _ := parts(t, m); strings.Contains(plain, "Port") || !strings.Contains(plain, "أخبار") {
					t.Errorf("the mail is\n%s\nwant only the story that is not %s", plain, name)
				}
			}
			r.stop()
		})
	}
}

// subscribe stores recipients who have confirmed.
func (r *env) subscribe(addresses ...string) {
	r.Helper()
	err := r.store.Update(func(tx *store.Tx) error {
		for _, a := range addresses {
			id := (strings.ReplaceAll(strings.ReplaceAll(a, "@", ""), ".", "") + "0000000000000")[:13]
			if err := tx.Recipients.Put(&news.Recipient{ID: id, Newsletter: "morning", Address: a, Asked: time.Now(), Confirmed: time.Now()}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		r.Fatal(err)
	}
}

func TestAnIssueIsMadeOnceAtItsTime(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r, server := newsletterEnv(t)
		r.subscribe("a@reader.example")
		wait := func(until string) int {
			at, err := time.Parse("2006-01-02T15:04", until)
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Until(at))
			return len(server.mails())
		}
		// 1 January 2000 is a Saturday.
		if n := wait("2000-01-03T06:59"); n != 0 {
			t.Errorf("%d mails over the weekend", n)
		}
		if n := wait("2000-01-03T07:01"); n != 1 {
			t.Errorf("%d mails on Monday, want 1", n)
		}
		r.restart()
		if n := wait("2000-01-03T23:00"); n != 1 {
			t.Errorf("%d mails after a restart, want 1", n)
		}
		r.stop()
		_ = wait("2000-01-04T12:00")
		r.start()
		if n := wait("2000-01-04T12:01"); n != 2 {
			t.Errorf("%d mails though the daemon was not running at the time, want 2", n)
		}
		r.stop()
		_ = wait("2000-01-05T14:00")
		r.start()
		if n := wait("2000-01-05T14:01"); n != 2 {
			t.Errorf("%d mails seven hours late, want no more than 2", n)
		}
		r.change(func() { r.settings.Newsletters[0].At = 15 * time.Hour }) // a changed time makes no issue at once
		if n := wait("2000-01-05T14:59"); n != 2 {
			t.Errorf("%d mails before the new time, want 2", n)
		}
		if n := wait("2000-01-05T15:01"); n != 3 {
			t.Errorf("%d mails at the new time, want 3", n)
		}
		r.stop()
	})
}

func TestAddressesAreChecked(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r, server := newsletterEnv(t)
		for _, a := range []string{"", "x", "a@b", "a@b.example\r\nBcc: c@d.example", "Ann <a@b.example>", `"a b"@c.example`, "a@b.example, c@d.example", "a@" + strings.Repeat("x", 300) + ".example", "å@b.example", "a@b.example>"} {
			if err := r.notifier.Subscribe("morning", a, "en"); !errors.Is(err, notify.ErrBadAddress) {
				t.Errorf("%q: %v, want ErrBadAddress", a, err)
			}
		}
		if err := r.notifier.Subscribe("evening", "a@b.example", "en"); !errors.Is(err, notify.ErrNoNewsletter) {
			t.Errorf("an unknown newsletter: %v, want ErrNoNewsletter", err)
		}
		if err := r.notifier.Subscribe("morning", "a@münchen.example", "en"); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Second)
		if got := server.mails(); len(got) != 1 || got[0].to != "a@xn--mnchen-3ya.example" {
			t.Errorf("mails %+v, want one to the ASCII form", got)
		}
		time.Sleep(80 * time.Hour)
		r.view(func(tx *store.Tx) error {
			all, err := tx.Recipients.All("")
			if len(all) != 0 {
				t.Errorf("not deleted: %+v", all[0])
			}
			return err
		})
		r.stop()
	})
}
